//! Summaries by a language model.

use crate::wording::SummaryTexts;

pub(in crate::wording) const SUMMARY: SummaryTexts = SummaryTexts {
    title: "Summary: {}",
    model: "Language model",
    draft: "Written by a language model, unchecked. What is not marked here may be wrong, too. What counts is the recording.",
    nothing: "The model wrote nothing about this item.",
    failed: "No summary",
    unsupported: "not supported",
    no_source: "names no exact place",
    quote: "quote",
    number: "number",
    name: "name",
    decision: "decision or vote",
    combined: "a decision with details from elsewhere",
    no_item: "Outside the items of the agenda",
    prompt_cut: "the model did not get the whole text.",
    answer_cut: "the answer is cut off.",
    answer: "the model did not answer as it was asked to.",
    other_language: "the model answered in another language.",
    slow: "the answer took too long.",
    server: "the server does not answer.",
};
