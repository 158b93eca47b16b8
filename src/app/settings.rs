//! What a run works with, checked: what to transcribe, how, and into which files.

use crate::audio::Selection;
use crate::format::{Format, Style};
use crate::pipeline::TranscribeOptions;
use crate::{GlossaryId, Vad};

/// Settings of a run, all checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the recogniser is asked for.
    pub transcribe: TranscribeOptions,
    /// Which glossary is in use; `None`: none.
    pub glossary: Option<GlossaryId>,
    /// Which part of a recording, and which of its tracks.
    pub part: Selection,
    /// Files to write; empty if only standard output was asked for.
    pub formats: Vec<Format>,
    /// The format that goes to standard output; `None`: nothing does.
    pub stdout: Option<Format>,
    /// How files look.
    pub style: Style,
    /// Whether pages contain the recording itself.
    pub embed_audio: bool,
    /// Whether to report how well the captions keep to their limits.
    pub report: bool,
    /// Whether JSON has words.
    pub words: bool,
    /// Whether to compute on a graphics card.
    pub gpu: bool,
    /// Processor cores to use; `None`: all.
    pub threads: Option<u16>,
    /// Whether existing files are replaced.
    pub overwrite: bool,
    /// Whether an interrupted run is resumed.
    pub resume: bool,
}

impl Settings {
    /// What a transcript records of them: whatever can change the text or its times.
    pub fn recorded(&self) -> crate::Settings {
        let TranscribeOptions { vad: rules, languages, translate, prompt, glossary: _, beam_size, temperature } =
            &self.transcribe;
        crate::Settings {
            languages: languages.clone(),
            translate: *translate,
            prompt: prompt.clone(),
            glossary: self.glossary.clone(),
            beam_size: *beam_size,
            temperature: *temperature,
            vad: rules.detects().then_some(Vad {
                threshold: rules.enter,
                min_speech: rules.min_speech,
                min_silence: rules.min_silence,
                padding: rules.padding,
                longest: rules.longest,
            }),
            from: self.part.from,
            to: self.part.to,
            track: self.part.track,
        }
    }
}
