//! JSON of openai-whisper, faster-whisper and WhisperX: the fields that this program's JSON has, too.
//!
//! openai-whisper's words begin with the blank before them. WhisperX's do not, and have no times where it could not align them
//! (figures, mostly). Where the words do not make up the text, somebody has edited the text, and the text counts.

use super::lenient;
use super::parsing::broken;
use super::rows::{Row, TimeCheck, collect, millis, sentences, span};
use super::voices::Voices;
use crate::retime::{retime, same_text};
use crate::transcript::{is_blank, unspaced_script};
use crate::{Error, Millis, ModelId, Segment, Span, Transcript, TranscriptErrorKind, Warning, WarningKind, Word};
use serde::Deserialize;
use std::path::Path;

/// The file.
#[derive(Deserialize)]
pub(super) struct Root<O> {
    #[serde(default)]
    pub(super) language: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub(super) duration: Option<f64>,
    #[serde(default)]
    pub(super) segments: Option<Vec<JsonSegment>>,
    /// OpenAI's interface has the words of all segments here.
    #[serde(default)]
    words: Option<Vec<JsonWord>>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default = "Option::default")]
    pub(super) transcribe: Option<O>,
}

/// A segment. Its times and its text may be null, but not missing.
#[derive(Default, Deserialize)]
pub(super) struct JsonSegment {
    #[serde(deserialize_with = "lenient::number")]
    start: Option<f64>,
    #[serde(deserialize_with = "lenient::number")]
    end: Option<f64>,
    #[serde(deserialize_with = "Option::deserialize")]
    text: Option<String>,
    #[serde(default)]
    words: Option<Vec<JsonWord>>,
    #[serde(default, deserialize_with = "lenient::speaker")]
    pub(super) speaker: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    avg_logprob: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    no_speech_prob: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    temperature: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    compression_ratio: Option<f64>,
    #[serde(default)]
    edited: bool,
}

#[derive(Deserialize)]
struct JsonWord {
    #[serde(alias = "text", deserialize_with = "Option::deserialize")]
    word: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    start: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    end: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    probability: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    score: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    confidence: Option<f64>,
    /// WhisperX has it here, and at the segment only if it is asked to.
    #[serde(default, deserialize_with = "lenient::speaker")]
    speaker: Option<String>,
}

/// What other programs do not write.
type Foreign = serde::de::IgnoredAny;

pub(super) fn transcript(root: Root<Foreign>, path: &Path) -> Result<Transcript, Error> {
    let language = root.language.unwrap_or_default();
    let mut transcript = Transcript { model: ModelId::default(), language: language.clone(), ..Transcript::default() };
    let mut check = TimeCheck::default();
    transcript.duration = check.known(root.duration).and_then(millis).unwrap_or_default();
    let text = root.text.filter(|text| !is_blank(text));
    let mut rows = match (root.segments, root.words) {
        (Some(mut segments), words) => {
            give_words(&mut segments, words.unwrap_or_default());
            rows(segments, &language, &mut check)
        }
        (None, Some(words)) => words_alone(words, text.as_deref(), &language, &mut check),
        (None, None) => Vec::new(),
    };
    let mut warnings = Vec::from_iter(check.warning(path)?);
    if let Some(text) = text.filter(|_| rows.iter().all(|row| is_blank(&row.segment.text))) {
        let end = rows.iter().map(|row| row.segment.span.end).fold(transcript.duration, Millis::max);
        if end == Millis(0) {
            return Err(broken(
                path,
                "it has text, but no segments or words with times",
                TranscriptErrorKind::UnknownFormat,
            ));
        }
        let segment = Segment { span: Span::new(0, end.0), text: text.trim().into(), language, ..Segment::default() };
        rows = vec![Row { segment, voice: None }];
        warnings.push(Warning::new(None, WarningKind::TimesUnknown));
    }
    collect(&mut transcript, rows, &mut Voices::default());
    transcript.warnings.extend(warnings);
    Ok(transcript)
}

/// A list of segments alone, as people write them out with faster-whisper.
pub(super) fn list(segments: Vec<JsonSegment>, path: &Path) -> Result<Transcript, Error> {
    let segments = Some(segments);
    transcript(Root { language: None, duration: None, segments, words: None, text: None, transcribe: None }, path)
}

/// Gives each of the words to the segment in which its middle lies, if no segment has words of its own.
fn give_words(segments: &mut [JsonSegment], words: Vec<JsonWord>) {
    if segments.iter().any(|segment| segment.words.as_ref().is_some_and(|words| !words.is_empty())) {
        return;
    }
    let mut at = 0;
    for word in words {
        let middle = word.start.zip(word.end).map(|(start, end)| (start + end) / 2.0);
        while at + 1 < segments.len() && middle >= segments[at + 1].start.or(Some(f64::INFINITY)) {
            at += 1;
        }
        if let Some(segment) = segments.get_mut(at) {
            segment.words.get_or_insert_default().push(word);
        }
    }
}

/// Sentences of words that come without segments; `text` has their punctuation.
fn words_alone(words: Vec<JsonWord>, text: Option<&str>, language: &str, check: &mut TimeCheck) -> Vec<Row> {
    let (start, end) = (words.iter().find_map(|word| word.start), words.iter().rev().find_map(|word| word.end));
    let text = text.map(str::to_owned);
    let whole = JsonSegment { start, end, text, words: Some(words), ..JsonSegment::default() };
    let voices = |row: Row| {
        let Row { segment, voice } = row;
        let language = segment.language;
        let sentences = sentences(segment.words).into_iter();
        sentences.map(move |sentence| Row {
            segment: Segment { language: language.clone(), ..sentence },
            voice: voice.clone(),
        })
    };
    rows(vec![whole], language, check).into_iter().flat_map(voices).collect()
}

/// The segments in rows.
pub(super) fn rows(mut segments: Vec<JsonSegment>, language: &str, check: &mut TimeCheck) -> Vec<Row> {
    for segment in &mut segments {
        (segment.start, segment.end) = check.both(segment.start, segment.end);
        for word in segment.words.iter_mut().flatten() {
            (word.start, word.end) = (check.known(word.start), check.known(word.end));
        }
    }
    // When the next segment with a known start begins.
    let mut next = vec![None; segments.len()];
    for n in (1..segments.len()).rev() {
        next[n - 1] = segments[n].begins().or(next[n]);
    }
    let mut reached = 0.0;
    let mut rows = Vec::with_capacity(segments.len());
    for (segment, next) in segments.into_iter().zip(next) {
        let start = segment.begins().unwrap_or(reached);
        let spoken = segment.words.iter().flatten().rev().find_map(|word| word.end);
        let end = segment.end.or(spoken).or(next).unwrap_or(start);
        reached = end;
        rows.extend(segment.rows(span(start, end).unwrap_or_default(), language));
    }
    rows
}

impl JsonSegment {
    /// When it begins, by itself or by its words.
    fn begins(&self) -> Option<f64> {
        self.start.or_else(|| self.words.iter().flatten().find_map(|word| word.start))
    }

    /// A row; several if only its words have speakers, and these differ.
    fn rows(mut self, span: Span, language: &str) -> Vec<Row> {
        let mut words = Vec::new();
        let mut voices = Vec::new();
        let given = self.words.take().unwrap_or_default();
        let is_apart = |word: &JsonWord| word.word.as_ref().is_some_and(|word| word.starts_with(char::is_whitespace));
        let blanks = given.iter().any(is_apart);
        for word in given {
            let spaced = !blanks || is_apart(&word);
            let text = word.word.unwrap_or_default();
            if !is_blank(&text) {
                let confidence = word.probability.or(word.score).or(word.confidence).unwrap_or(1.0).clamp(0.0, 1.0);
                let made = Word { span, text: text.trim().into(), spaced, confidence: confidence as f32 };
                words.push((word.start.and_then(millis), word.end.and_then(millis), made));
                voices.push(word.speaker);
            }
        }
        let spoken = timed(words, span);
        let text = self.text.take().filter(|text| !is_blank(text)).unwrap_or_else(|| text_of_words(&spoken));
        let text = text.trim().to_owned();
        let mut words = spoken.clone();
        if !words.is_empty() && !same_text(&text, &words) {
            words = retime(&text, span, &words);
        } else if !blanks {
            respaced(&text, &mut words);
        }
        let voice = self.speaker.take();
        let segment = self.segment(span, text, words, language);
        match voice.is_none() && voices.iter().any(Option::is_some) {
            true => by_voice(segment, &spoken, &voices),
            false => vec![Row { segment, voice }],
        }
    }

    fn segment(self, span: Span, text: String, words: Vec<Word>, language: &str) -> Segment {
        Segment {
            span,
            text,
            words,
            speaker: None,
            language: self.language.unwrap_or_else(|| language.to_owned()),
            avg_logprob: self.avg_logprob.unwrap_or_default() as f32,
            no_speech_prob: self.no_speech_prob.unwrap_or_default() as f32,
            temperature: self.temperature.unwrap_or_default() as f32,
            compression_ratio: self.compression_ratio.unwrap_or_default() as f32,
            edited: self.edited,
        }
    }
}

/// The text of words, with a blank before those that have one, apart from scripts without blanks.
fn text_of_words(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        let unspaced = text.ends_with(unspaced_script) && word.text.starts_with(unspaced_script);
        if word.spaced && !unspaced {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// Divides a segment by the speakers of its words as they were given. A word that nobody is named for belongs to the speaker before it,
/// or to the first one.
fn by_voice(segment: Segment, given: &[Word], voices: &[Option<String>]) -> Vec<Row> {
    let first = voices.iter().flatten().next();
    let mut speaking = first;
    let known: Vec<Option<&String>> = voices
        .iter()
        .map(|voice| {
            speaking = voice.as_ref().or(speaking);
            speaking
        })
        .collect();
    let voice = |word: &Word| {
        let middle = (word.span.start.0 + word.span.end.0) / 2;
        let at = given.partition_point(|given| given.span.end.0 <= middle).min(given.len().saturating_sub(1));
        known.get(at).copied().flatten()
    };
    let parts = segment.split_by(voice);
    let named = |segment: Segment| Row { voice: segment.words.first().and_then(voice).or(first).cloned(), segment };
    parts.into_iter().map(named).collect()
}

/// Words without times share the time between their neighbours.
fn timed(words: Vec<(Option<Millis>, Option<Millis>, Word)>, span: Span) -> Vec<Word> {
    // For each word the next start that is known, and how many words share the time until then.
    let mut ahead = vec![(span.end, 1); words.len()];
    for n in (1..words.len()).rev() {
        let (to, sharing) = ahead[n];
        ahead[n - 1] = words[n].0.map_or((to, sharing + 1), |start| (start, 1));
    }
    let mut from = span.start;
    let timed = words.into_iter().zip(ahead).map(|((start, end, word), (to, sharing))| {
        let start = start.unwrap_or(from);
        let end = end.unwrap_or_else(|| Millis(start.0 + (to - start).0 / sharing));
        from = end;
        Word { span: Span::new(start.0, end.0), ..word }
    });
    timed.collect()
}

/// Takes the blanks between words from the text.
fn respaced(text: &str, words: &mut [Word]) {
    let mut rest = text;
    for word in words {
        let after = rest.trim_start();
        word.spaced = after.len() < rest.len() || rest.len() == text.len();
        rest = after.get(word.text.len()..).unwrap_or_default();
    }
}
