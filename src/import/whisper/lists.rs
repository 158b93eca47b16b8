//! Which lists of a file hold its text, and in what unit their times are.

use super::{Foreign, JsonSegment, JsonWord, Root};
use crate::import::lenient;
use crate::import::parsing::broken;
use crate::import::rows::LATEST;
use crate::transcript::unspaced_script;
use crate::{Error, TranscriptErrorKind};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// A segment or a word of Hugging Face's pipeline: `{"timestamp": [0.0, 1.5], "text": " Hallo"}`. The last one may have no end.
#[derive(Deserialize)]
pub(super) struct Chunk {
    timestamp: (Option<f64>, Option<f64>),
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient::speaker")]
    speaker: Option<String>,
}

impl Chunk {
    fn is_word(&self) -> bool {
        self.text.as_ref().is_some_and(|text| text.split_whitespace().count() == 1)
    }

    fn word(self) -> JsonWord {
        let Chunk { timestamp: (start, end), text, speaker } = self;
        JsonWord { start, end, text, speaker, ..JsonWord::default() }
    }

    fn segment(self) -> JsonSegment {
        let Chunk { timestamp: (start, end), text, speaker } = self;
        JsonSegment { start, end, text, speaker, ..JsonSegment::default() }
    }
}

impl Root<Foreign> {
    fn is_of_assembly_ai(&self) -> bool {
        self.audio_duration.is_some() && (self.utterances.given || self.acoustic_model || self.language_model)
    }

    /// Makes seconds of AssemblyAI's milliseconds.
    pub(super) fn convert_to_seconds(&mut self) {
        if self.segments.as_ref().is_none_or(Vec::is_empty) && self.is_of_assembly_ai() {
            let utterances = &mut self.utterances.objects;
            let spans = utterances.iter_mut().flat_map(|utterance| [&mut utterance.start, &mut utterance.end]);
            spans.flatten().for_each(|time| *time /= 1000.0);
            let inside = utterances.iter_mut().filter_map(|utterance| utterance.words.as_mut());
            let words = inside.chain(&mut self.words).flatten();
            words.flat_map(|word| [&mut word.start, &mut word.end]).flatten().for_each(|time| *time /= 1000.0);
            self.duration = self.duration.or(self.audio_duration.as_ref().and_then(Value::as_f64));
        }
    }

    /// Takes the text from another list if those of segments and words are empty.
    pub(super) fn choose(&mut self) {
        let words = std::mem::take(&mut self.word_segments.objects);
        self.segments = self.segments.take().filter(|segments| !segments.is_empty());
        self.words = self.words.take().filter(|words| !words.is_empty());
        if self.segments.is_some() {
            return;
        }
        self.words = self.words.take().or(Some(words).filter(|words| !words.is_empty()));
        if self.words.is_some() {
            return;
        }
        let utterances = std::mem::take(&mut self.utterances.objects);
        // Only of AssemblyAI is the unit of the times known.
        if self.is_of_assembly_ai() && !utterances.is_empty() {
            self.segments = Some(utterances);
            return;
        }
        self.utterances.foreign |= !utterances.is_empty();
        let lists = [&mut self.speakers, &mut self.chunks].map(|list| std::mem::take(&mut list.objects));
        let chunks = lists.into_iter().find(|list| !list.is_empty()).unwrap_or_default();
        if chunks.len() > 1 && chunks.iter().all(Chunk::is_word) {
            self.words = Some(chunks.into_iter().map(Chunk::word).collect());
        } else if !chunks.is_empty() {
            self.segments = Some(chunks.into_iter().map(Chunk::segment).collect());
        }
    }

    /// Whether a list holds something else than what is known.
    pub(super) fn has_unread(&self) -> bool {
        self.utterances.foreign || self.word_segments.foreign || self.chunks.foreign
    }
}

/// Seconds that no word lasts in the mean.
const LONG_WORD: f64 = 10.0;
/// Seconds for each word that no segment lasts in the mean, pauses and music included.
const LONG_SEGMENT: f64 = 60.0;
/// Fewer words than that may be one that is stretched over silence.
const FEW_WORDS: usize = 3;

/// Refuses times that are milliseconds: whole numbers, and words would last for minutes.
pub(super) fn refuse_milliseconds(root: &Root<Foreign>, path: &Path) -> Result<(), Error> {
    let segments = || root.segments.iter().flatten();
    let in_segments = segments().filter_map(|segment| segment.words.as_ref());
    let words = in_segments.chain(&root.words).flatten().filter_map(|word| word.start.zip(word.end));
    let words: Vec<(f64, f64)> = words.filter(is_possible).collect();
    let refuse = |reason: &str| Err(broken(path, reason, TranscriptErrorKind::UnknownFormat));
    if !words.is_empty() {
        return match are_milliseconds(&words, words.len(), LONG_WORD) {
            true => {
                refuse("its words last more than 10 s in the mean: its times are probably milliseconds, not seconds")
            }
            false => Ok(()),
        };
    }
    // Whisper programs always write seconds.
    let is_of_whisper = |s: &JsonSegment| s.words.is_some() || s.avg_logprob.is_some() || s.temperature.is_some();
    if root.word_segments.given || segments().any(is_of_whisper) {
        return Ok(());
    }
    let spans = segments().filter_map(|segment| segment.start.zip(segment.end));
    let spans: Vec<(f64, f64)> = spans.filter(is_possible).collect();
    let count = segments().filter_map(|segment| segment.text.as_deref()).map(count_words).sum();
    match are_milliseconds(&spans, count, LONG_SEGMENT) {
        true => refuse("its segments last more than 60 s a word: its times are probably milliseconds, not seconds"),
        false => Ok(()),
    }
}

fn is_possible((start, end): &(f64, f64)) -> bool {
    (0.0..LATEST * 1000.0).contains(end) && *start >= 0.0
}

/// Whether all `times` are whole, and `words` would last longer than `most` seconds in the mean.
fn are_milliseconds(times: &[(f64, f64)], words: usize, most: f64) -> bool {
    let are_whole = times.iter().all(|(start, end)| start.fract() == 0.0 && end.fract() == 0.0);
    let mean = times.iter().map(|(start, end)| end - start).sum::<f64>() / words as f64;
    words >= FEW_WORDS && mean > most && are_whole
}

/// Words of a text, and characters of scripts without blanks.
fn count_words(text: &str) -> usize {
    text.split_whitespace().count() + text.matches(unspaced_script).count()
}
