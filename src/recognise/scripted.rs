//! A recogniser that returns scripted text, for tests of the whole program and for trying the outputs without a model.

use serde::Deserialize;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{DecodingOptions, DetectedLanguage, Recogniser, Recognition};
use crate::{Clip, Error, Millis, ModelErrorKind, Observer, Segment, Span, Word};

/// One line of a script, on the recording's clock.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Line {
    /// Start in milliseconds.
    pub start: u64,
    /// End in milliseconds.
    pub end: u64,
    /// The text; its words share the time evenly.
    pub text: String,
    /// ISO 639-1 code; `en` if empty.
    pub language: String,
    /// Confidence of each word, in `0.0..=1.0`; 0.9 if 0.
    pub confidence: f32,
    /// The recogniser fails here with this message; empty: it does not.
    pub fail: String,
    /// The recogniser panics here.
    pub panic: bool,
    /// How long the recogniser takes, in milliseconds.
    pub delay: u64,
    /// The recogniser reads this file, relative to the current folder, to its end before it answers: a named pipe holds
    /// it until the other end is closed. Empty: it does not wait.
    pub gate: PathBuf,
    /// The recogniser works until it is cancelled.
    pub endless: bool,
    /// The first attempt at a clip that returns the line, counted from 1; 0: every attempt does.
    pub from_try: u32,
    /// The last attempt at a clip that returns the line; 0: every attempt does.
    pub until_try: u32,
    /// The longest clip, in milliseconds, that the line is returned for; 0: any.
    pub max_clip: u64,
    /// The shortest clip, in milliseconds, that the line is returned for; 0: any.
    pub min_clip: u64,
}

/// Returns each word of a [`Line`] for the clips that contain the start of the word.
#[derive(Clone, Debug, Default)]
pub struct Scripted {
    lines: Vec<Line>,
    /// Number of attempts at the clip that starts at each time.
    attempts: HashMap<Millis, u32>,
}

impl Scripted {
    /// A recogniser with these lines.
    pub fn new(lines: Vec<Line>) -> Scripted {
        Scripted { lines, ..Scripted::default() }
    }

    /// Reads a JSON array of lines.
    ///
    /// # Errors
    /// [`Error::Read`] if the file can't be read, [`Error::Model`] if it is not a script.
    pub fn load(path: &Path) -> Result<Scripted, Error> {
        let text = fs::read_to_string(path).map_err(|source| Error::Read { path: path.into(), source })?;
        let invalid = |e: serde_json::Error| Error::Model {
            path: path.into(),
            reason: e.to_string(),
            kind: ModelErrorKind::Other,
        };
        serde_json::from_str(&text).map(Scripted::new).map_err(invalid)
    }
}

impl Recogniser for Scripted {
    fn detect_language(&mut self, clip: Clip<'_>, _candidates: &[String]) -> Result<DetectedLanguage, Error> {
        let first = self.lines.iter().find(|l| clip.start.0 <= l.start && l.start < clip.end().0);
        let language = first.map_or("", |line| line.language.as_str());
        Ok(DetectedLanguage { language: if language.is_empty() { "en" } else { language }.into(), probability: 0.9 })
    }

    fn recognise(
        &mut self,
        clip: Clip<'_>,
        options: &DecodingOptions,
        observer: &dyn Observer,
    ) -> Result<Recognition, Error> {
        let mut recognition = Recognition::default();
        let attempt = self.attempts.entry(clip.start).or_default();
        *attempt += 1;
        let within = |l: &&Line| l.start < clip.end().0 && (clip.start.0 <= l.start || clip.start.0 < l.end);
        let applies = |l: &&Line| {
            l.from_try <= *attempt
                && (l.until_try == 0 || *attempt <= l.until_try)
                && l.min_clip <= clip.span().length().0
                && (l.max_clip == 0 || clip.span().length().0 <= l.max_clip)
        };
        for line in self.lines.iter().filter(within).filter(applies) {
            std::thread::sleep(std::time::Duration::from_millis(line.delay));
            line.pass_gate()?;
            while line.endless && !observer.cancelled() {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            assert!(!line.panic, "the script asks for a panic");
            if !line.fail.is_empty() {
                return Err(Error::Recognise(line.fail.clone()));
            }
            if !line.text.is_empty() {
                recognition.segments.extend(line.segment(options, clip.span()));
            }
        }
        if let Some(first) = recognition.segments.first() {
            recognition.language.clone_from(&first.language);
        }
        Ok(recognition)
    }
}

impl Line {
    /// Waits until the gate is open.
    fn pass_gate(&self) -> Result<(), Error> {
        if self.gate.as_os_str().is_empty() {
            return Ok(());
        }
        fs::read(&self.gate).map(drop).map_err(|source| Error::Read { path: self.gate.clone(), source })
    }

    /// The words that begin in `clip`; `None` if there are none.
    fn segment(&self, options: &DecodingOptions, clip: Span) -> Option<Segment> {
        let or = |text: &str, default: &str| match text {
            "" => default.to_owned(),
            text => text.to_owned(),
        };
        let count = self.text.split_whitespace().count().max(1) as u64;
        let length = self.end.saturating_sub(self.start);
        let confidence = if self.confidence == 0.0 { 0.9 } else { self.confidence };
        let word = |(i, text): (u64, &str)| Word {
            span: Span::new(self.start + length * i / count, self.start + length * (i + 1) / count),
            text: text.to_owned(),
            spaced: true,
            confidence,
        };
        let words = (0..).zip(self.text.split_whitespace()).map(word);
        let words: Vec<Word> = words.filter(|w| clip.start <= w.span.start && w.span.start < clip.end).collect();
        Some(Segment {
            language: or(options.language.as_deref().unwrap_or_default(), &or(&self.language, "en")),
            avg_logprob: confidence.ln(),
            temperature: options.temperature,
            ..Segment::of_words(words)?
        })
    }
}
