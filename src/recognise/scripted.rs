//! A recogniser that says what a script tells it: for tests of the whole program, and for trying the outputs
//! without a model.

use serde::Deserialize;
use std::{collections::HashMap, fs, path::Path};

use super::{DetectedLanguage, Recogniser, Recognition, Request};
use crate::transcript::text_of;
use crate::{Clip, Error, Millis, ModelErrorKind, Observer, Segment, Span, Word};

/// One line of a script, at its place on the recording's clock.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Line {
    /// In milliseconds.
    pub start: u64,
    /// In milliseconds.
    pub end: u64,
    /// What is said; its words share the time evenly.
    pub text: String,
    /// `en` if empty.
    pub language: String,
    /// `0.9` if 0.
    pub confidence: f32,
    /// The model fails here with these words.
    pub fail: String,
    /// The recogniser panics here.
    pub panic: bool,
    /// The model takes this long, in milliseconds.
    pub delay: u64,
    /// The model says it from this try at a clip on, counted from 1; 0: at each.
    pub from_try: u32,
    /// The model says it up to this try at a clip; 0: at each.
    pub until_try: u32,
    /// The model says it in clips that are no longer than this, in milliseconds; 0: in all.
    pub max_clip: u64,
}

/// Says each word of a [`Line`] in the clips that its start lies in.
#[derive(Clone, Debug, Default)]
pub struct Scripted {
    lines: Vec<Line>,
    /// How often each clip was tried.
    tries: HashMap<Millis, u32>,
}

impl Scripted {
    /// A recogniser with these lines.
    pub fn new(lines: Vec<Line>) -> Scripted {
        Scripted { lines, ..Scripted::default() }
    }

    /// Reads a JSON array of lines.
    ///
    /// # Errors
    /// [`Error::Read`] if it can't be read, [`Error::Model`] if it is not a script.
    pub fn load(path: &Path) -> Result<Scripted, Error> {
        let text = fs::read_to_string(path).map_err(|source| Error::Read { path: path.into(), source })?;
        let wrong = |e: serde_json::Error| Error::Model {
            path: path.into(),
            reason: e.to_string(),
            kind: ModelErrorKind::Other,
        };
        serde_json::from_str(&text).map(Scripted::new).map_err(wrong)
    }
}

impl Recogniser for Scripted {
    fn language(&mut self, clip: Clip<'_>, _among: &[String]) -> Result<DetectedLanguage, Error> {
        let first = self.lines.iter().find(|l| clip.start.0 <= l.start && l.start < clip.end().0);
        let language = first.map_or("", |line| line.language.as_str());
        Ok(DetectedLanguage { language: if language.is_empty() { "en" } else { language }.into(), probability: 0.9 })
    }

    fn recognise(&mut self, clip: Clip<'_>, request: &Request, observer: &dyn Observer) -> Result<Recognition, Error> {
        let mut heard = Recognition::default();
        let tries = self.tries.entry(clip.start).or_default();
        *tries += 1;
        let within = |l: &&Line| l.start < clip.end().0 && (clip.start.0 <= l.start || clip.start.0 < l.end);
        let said = |l: &&Line| {
            l.from_try <= *tries
                && (l.until_try == 0 || *tries <= l.until_try)
                && (l.max_clip == 0 || clip.span().length().0 <= l.max_clip)
        };
        for line in self.lines.iter().filter(within).filter(said) {
            std::thread::sleep(std::time::Duration::from_millis(line.delay));
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            assert!(!line.panic, "the script says so");
            if !line.fail.is_empty() {
                return Err(Error::Recognise(line.fail.clone()));
            }
            if !line.text.is_empty() {
                heard.segments.extend(line.segment(request, clip.span()));
            }
        }
        if let Some(first) = heard.segments.first() {
            heard.language.clone_from(&first.language);
        }
        Ok(heard)
    }
}

impl Line {
    /// The words that begin in `clip`.
    fn segment(&self, request: &Request, clip: Span) -> Option<Segment> {
        let or = |given: &str, default: &str| match given {
            "" => default.to_owned(),
            given => given.to_owned(),
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
        let (first, last) = (words.first()?, words.last()?);
        Some(Segment {
            span: Span { start: first.span.start, end: last.span.end },
            text: text_of(&words),
            words,
            language: or(request.language.as_deref().unwrap_or_default(), &or(&self.language, "en")),
            avg_logprob: confidence.ln(),
            temperature: request.temperature,
            ..Segment::default()
        })
    }
}
