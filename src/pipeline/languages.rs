//! Which language to decode a clip in, when nobody said.
//!
//! Clip by clip and in order, so that a recording may change its language; but not for a clip that is short or unclear,
//! for two words of greeting are often taken for a neighbouring language.

use crate::{Clip, Guess, Millis};

/// A change of language needs a clip of this length.
const LONG_ENOUGH: Millis = Millis(2_500);
/// A change of language needs this probability.
const SURE: f32 = 0.7;

/// Remembers the language that is being spoken.
#[derive(Debug, Default)]
pub(super) struct Languages {
    current: Option<String>,
}

impl Languages {
    /// The language of the next clip, given what the model makes of it.
    pub(super) fn decide(&mut self, clip: Clip<'_>, guess: Guess) -> String {
        let clear = clip.span().length() >= LONG_ENOUGH && guess.probability >= SURE;
        match &self.current {
            Some(current) if !clear => current.clone(),
            // An unclear beginning binds nobody.
            None if !clear => guess.language,
            _ => self.current.insert(guess.language).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(clips: &[(u64, &str, f32)]) -> Vec<String> {
        let sound = vec![0.0; 16_000 * 30];
        let mut languages = Languages::default();
        clips
            .iter()
            .map(|(seconds, language, probability)| {
                let clip = Clip { start: Millis(0), samples: &sound[..16_000 * *seconds as usize] };
                languages.decide(clip, Guess { language: (*language).into(), probability: *probability })
            })
            .collect()
    }

    #[test]
    fn a_clear_clip_changes_the_language() {
        assert_eq!(decide(&[(20, "de", 0.9), (10, "en", 0.9), (10, "de", 0.8)]), ["de", "en", "de"]);
    }

    #[test]
    fn two_words_or_a_guess_do_not() {
        assert_eq!(decide(&[(20, "de", 0.9), (1, "nl", 0.9), (10, "nl", 0.5)]), ["de", "de", "de"]);
    }

    #[test]
    fn an_unclear_beginning_does_not_bind() {
        assert_eq!(decide(&[(1, "nl", 0.4), (1, "de", 0.6), (20, "de", 0.9)]), ["nl", "de", "de"]);
    }
}
