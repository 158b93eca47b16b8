//! Settled captions as lines for a reader that is no terminal: a screen reader, a braille display, OBS.

use std::time::{Duration, Instant};

use transcribe::SpeakerId;
use transcribe::live::Caption;

/// Most characters of a line, as in two rows of captions.
const MAX_CHARS: usize = 84;
/// A line is written when its first words have waited so long for more.
const MAX_WAIT: Duration = Duration::from_secs(7);

/// Text that is settled and not yet written.
#[derive(Default)]
pub(super) struct Lines {
    text: String,
    speaker: Option<SpeakerId>,
    /// When its first words came; `None` if there are none.
    since: Option<Instant>,
}

impl Lines {
    /// The lines that are complete now that a caption came, at `now`. `name` says how a voice is called.
    pub(super) fn add(&mut self, caption: &Caption, now: Instant, name: fn(SpeakerId) -> String) -> Vec<String> {
        let mut lines = Vec::new();
        match caption {
            Caption::Settled { text, speaker, .. } => {
                if *speaker != self.speaker {
                    lines.extend(self.end());
                    self.speaker = *speaker;
                }
                if self.text.is_empty() {
                    self.text = speaker.map_or_else(String::new, |speaker| format!("{}: ", name(speaker)));
                    self.text.push_str(text.trim_start());
                } else {
                    self.text.push_str(text);
                }
                self.since.get_or_insert(now);
                let mut rows: Vec<String> =
                    textwrap::wrap(&self.text, MAX_CHARS).into_iter().map(std::borrow::Cow::into_owned).collect();
                if rows.len() > 1 {
                    self.text = rows.pop().unwrap_or_default();
                    self.since = Some(now);
                    lines.extend(rows);
                }
            }
            Caption::Done { .. } => lines.extend(self.end()),
            Caption::Tentative { .. } | Caption::State { .. } => {}
        }
        lines.extend(self.due(now));
        lines
    }

    /// The line that has waited long enough at `now`; `None` if there is none.
    pub(super) fn due(&mut self, now: Instant) -> Option<String> {
        self.since.filter(|since| now.duration_since(*since) >= MAX_WAIT)?;
        self.end()
    }

    /// The line that is not complete; `None` if there is none.
    pub(super) fn end(&mut self) -> Option<String> {
        self.since = None;
        Some(std::mem::take(&mut self.text).trim_end().to_owned()).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(speaker: SpeakerId) -> String {
        format!("S{}", speaker.0)
    }

    fn settled(text: &str, speaker: Option<u16>) -> Caption {
        Caption::Settled { line: 0, text: text.into(), speaker: speaker.map(SpeakerId) }
    }

    #[test]
    fn long_speech_without_a_pause_comes_in_lines_of_84_characters() {
        let (mut lines, now) = (Lines::default(), Instant::now());
        let said: Vec<String> =
            (0..60).flat_map(|_| lines.add(&settled(" Ausschuss tagt,", None), now, name)).collect();
        assert!(said.len() == 11 && said.iter().all(|line| line.len() <= MAX_CHARS), "{said:?}");
        let last = lines.add(&Caption::Done { line: 0 }, now, name);
        assert_eq!(
            said.into_iter().chain(last).collect::<Vec<_>>().join(" "),
            "Ausschuss tagt, ".repeat(60).trim_end()
        );
    }

    #[test]
    fn words_wait_for_seven_seconds_at_most() {
        let (mut lines, now) = (Lines::default(), Instant::now());
        assert!(lines.add(&settled(" Ich", None), now, name).is_empty());
        assert!(lines.add(&settled(" eröffne", None), now + Duration::from_secs(6), name).is_empty());
        assert_eq!(lines.add(&settled(" die", None), now + Duration::from_secs(7), name), ["Ich eröffne die"]);
        let later = now + Duration::from_secs(13);
        assert!(lines.add(&settled(" Sitzung.", None), later, name).is_empty());
        assert_eq!(lines.due(later + MAX_WAIT - Duration::from_millis(1)), None);
        assert_eq!(lines.due(later + MAX_WAIT).as_deref(), Some("Sitzung."), "also if nothing more comes");
    }

    #[test]
    fn each_voice_has_lines_of_its_own() {
        let (mut lines, now) = (Lines::default(), Instant::now());
        assert!(lines.add(&settled(" Wer ist dafür?", Some(1)), now, name).is_empty());
        assert_eq!(lines.add(&settled(" Ich.", Some(2)), now, name), ["S1: Wer ist dafür?"]);
        assert_eq!(lines.add(&Caption::Done { line: 0 }, now, name), ["S2: Ich."]);
        assert!(lines.add(&Caption::Done { line: 1 }, now, name).is_empty());
    }
}
