//! One clip, as well as the model can: the cheapest way first, and more only where its text is not good enough.

use super::quality::Quality;
use crate::{Clip, Error, Observer, Recogniser, Recognition, Request, Span, Window};

/// Temperatures after the first tries, as openai-whisper raises them but in fewer steps.
const LADDER: [f32; 3] = [0.4, 0.8, 1.0];
/// Hypotheses where one was not enough.
pub(super) const BEAM: u8 = 5;

/// What a clip gave, and what to think of it.
pub(super) struct Best {
    pub(super) heard: Recognition,
    pub(super) quality: Quality,
    /// Even when it draws its words by chance, the model repeats the same: somebody may well have said it again and again.
    pub(super) insists: bool,
}

/// Tries greedily first unless `beam_size` says how many hypotheses to keep, then with more, then with the whole window;
/// what repeats itself even then, at rising temperatures, too: chance leads out of a loop, but makes no guess better. Stops
/// as soon as the text is good and keeps the best. `speech`: where it is in the clip.
/// What may be a noise (not `certain`) is not worth more than one try.
pub(super) fn best(
    recogniser: &mut (dyn Recogniser + '_),
    clip: Clip<'_>,
    beam_size: Option<u8>,
    request: &Request,
    speech: &[Span],
    certain: bool,
    observer: &dyn Observer,
) -> Result<Best, Error> {
    let mut attempt = |request: &Request| -> Result<Best, Error> {
        let mut heard = recogniser.recognise(clip, request, observer)?;
        for segment in &mut heard.segments {
            segment.compression_ratio = super::quality::compression_ratio(&segment.text);
        }
        let quality = Quality::of(&heard.segments, speech);
        Ok(Best { heard, quality, insists: false })
    };
    let mut request = Request { beam_size: beam_size.unwrap_or(1), ..request.clone() };
    let mut best = attempt(&request)?;
    if !certain {
        return Ok(best);
    }
    // The same language for all tries, whoever told it.
    request.language = Some(best.heard.language.clone()).filter(|l| !l.is_empty()).or(request.language);
    let mut last = best.quality.clone();
    let mut better = |request: &Request, best: &mut Best| -> Result<(), Error> {
        let next = attempt(request)?;
        last = next.quality.clone();
        if next.quality.is_better_than(&best.quality) {
            *best = next;
        }
        Ok(())
    };
    if beam_size.is_none() && request.temperature == 0.0 && best.quality.is_doubtful() {
        request.beam_size = BEAM;
        better(&request, &mut best)?;
    }
    if !best.quality.is_good() && request.window != Window::Whole {
        request.window = Window::Whole;
        better(&request, &mut best)?;
    }
    let start = request.temperature;
    for temperature in LADDER.into_iter().filter(|t| *t > start) {
        if !best.quality.repeats() {
            break;
        }
        // The prompt may be what it stumbles over.
        request.prompt.clear();
        request.temperature = temperature;
        better(&request, &mut best)?;
    }
    best.insists = best.quality.repeats_as(&last);
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DetectedLanguage, Millis, Segment};

    /// Says the same each time, and notes how warm it was asked.
    struct Says(&'static str, f32, Vec<f32>);

    impl Recogniser for Says {
        fn language(&mut self, _: Clip<'_>, _: &[String]) -> Result<DetectedLanguage, Error> {
            Ok(DetectedLanguage::default())
        }

        fn recognise(&mut self, _: Clip<'_>, request: &Request, _: &dyn Observer) -> Result<Recognition, Error> {
            self.2.push(request.temperature);
            let segment = Segment { text: self.0.into(), avg_logprob: self.1, ..Segment::default() };
            Ok(Recognition { segments: vec![segment], ..Recognition::default() })
        }
    }

    fn asked(text: &'static str, logprob: f32) -> Vec<f32> {
        let (mut says, clip) = (Says(text, logprob, Vec::new()), Clip { start: Millis(0), samples: &[] });
        best(&mut says, clip, None, &Request::default(), &[], true, &()).expect("an answer");
        says.2
    }

    #[test]
    fn it_gets_warmer_for_a_loop_and_not_for_a_guess() {
        assert_eq!(asked("Die Sitzung ist geschlossen.", -0.1), [0.0]);
        assert_eq!(asked("Die Sitzung ist geschlossen.", -0.5), [0.0, 0.0]);
        assert_eq!(asked("Die Sitzung ist geschlossen.", -1.5), [0.0, 0.0, 0.0]);
        assert_eq!(asked("no no no no no no no no no no no no no no", -0.1), [0.0, 0.0, 0.0, 0.4, 0.8, 1.0]);
    }
}
