//! Texts of summaries by a language model.

use super::{Language, de, en};

/// Headings, labels and remarks; `{}` stands for what is put in.
#[derive(Debug)]
pub(crate) struct SummaryTexts {
    pub(crate) title: &'static str,
    pub(crate) model: &'static str,
    pub(crate) draft: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) unsupported: &'static str,
    pub(crate) no_source: &'static str,
    pub(crate) quote: &'static str,
    pub(crate) number: &'static str,
    pub(crate) name: &'static str,
    pub(crate) decision: &'static str,
    pub(crate) combined: &'static str,
    pub(crate) no_item: &'static str,
    pub(crate) prompt_cut: &'static str,
    pub(crate) answer_cut: &'static str,
    pub(crate) answer: &'static str,
    pub(crate) other_language: &'static str,
    pub(crate) slow: &'static str,
    pub(crate) server: &'static str,
}

impl SummaryTexts {
    pub(crate) fn of(language: Language) -> &'static SummaryTexts {
        match language {
            Language::German => &de::SUMMARY,
            Language::English => &en::SUMMARY,
        }
    }
}
