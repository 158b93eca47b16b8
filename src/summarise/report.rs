//! A summary as a document to read.

use super::{Failure, Fault, Sentence};
use crate::document::{Block, Document, Run};
use crate::wording::{Language, SummaryTexts};

/// Summaries of a meeting.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// What the meeting is called.
    pub title: String,
    /// The language that it is written in.
    pub language: Language,
    /// The model that wrote it, as the server calls it.
    pub model: String,
    /// Each item, by its title: what was written, or why nothing was.
    pub items: Vec<(String, Result<Vec<Sentence>, Failure>)>,
}

/// The title of what is said in no item of the agenda.
pub fn outside_items(language: Language) -> &'static str {
    SummaryTexts::of(language).no_item
}

/// The summary with its sources: each sentence with the times that it cites, and what is wrong with it.
pub fn report(summary: &Summary) -> Document {
    let texts = SummaryTexts::of(summary.language);
    let mut blocks = vec![
        Block::Heading { level: 1, text: texts.title.replace("{}", &summary.title) },
        Block::Facts(vec![(texts.model.to_owned(), summary.model.clone())]),
        Block::Notice { text: texts.draft.to_owned(), strong: true },
    ];
    for (title, written) in &summary.items {
        if !title.is_empty() {
            blocks.push(Block::Heading { level: 2, text: title.clone() });
        }
        match written {
            Ok(sentences) if sentences.is_empty() => {
                blocks.push(Block::Notice { text: texts.nothing.to_owned(), strong: false });
            }
            Ok(sentences) => blocks.push(Block::List(sentences.iter().map(|one| runs(one, texts)).collect())),
            Err(failure) => {
                let text = format!("{}: {}", texts.failed, texts.failure(failure));
                blocks.push(Block::Notice { text, strong: true });
            }
        }
    }
    Document { language: summary.language.code().to_owned(), blocks }
}

fn runs(sentence: &Sentence, texts: &SummaryTexts) -> Vec<Run> {
    let mut runs = Vec::new();
    if !sentence.faults.is_empty() {
        let reasons: Vec<&str> = sentence.faults.iter().map(|fault| texts.fault(*fault)).collect();
        runs.push(Run::strong(format!("[{}: {}]", texts.unsupported, reasons.join(", "))));
        runs.push(Run::plain(" "));
    }
    runs.push(Run::plain(sentence.text.clone()));
    let places = sentence.cited.iter().map(|(at, who)| match who {
        Some(who) => format!("{at} {who}"),
        None => at.to_string(),
    });
    let places: Vec<String> = places.collect();
    if !places.is_empty() {
        runs.push(Run::plain(format!(" ({})", places.join("; "))));
    }
    runs
}

impl SummaryTexts {
    fn fault(&self, fault: Fault) -> &'static str {
        match fault {
            Fault::NoSource => self.no_source,
            Fault::Quote => self.quote,
            Fault::Number => self.number,
            Fault::Name => self.name,
            Fault::Decision => self.decision,
            Fault::Combined => self.combined,
        }
    }

    fn failure(&self, failure: &Failure) -> &'static str {
        match failure {
            Failure::PromptCut => self.prompt_cut,
            Failure::AnswerCut => self.answer_cut,
            Failure::OtherLanguage => self.other_language,
            Failure::Slow { .. } => self.slow,
            Failure::Answer => self.answer,
            _ => self.server,
        }
    }
}
