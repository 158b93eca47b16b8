//! A document to read, as blocks in order: what Markdown, Word and HTML render. Knows neither transcripts nor formats.

use crate::{Millis, Span, SpeakerId};

/// Blocks in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// ISO 639-1 code of the language that it is written in; empty if not known.
    pub language: String,
    /// From the first to the last.
    pub blocks: Vec<Block>,
}

/// A part of a [`Document`]. No text holds line ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading; level 1 is the title of the document, 6 the lowest.
    Heading {
        /// In `1..=6`.
        level: u8,
        /// Its text.
        text: String,
    },
    /// What is known about the document, as `(label, value)`.
    Facts(Vec<(String, String)>),
    /// What whoever reads the document must know.
    Notice {
        /// Without brackets.
        text: String,
        /// Does it stand out from the others?
        strong: bool,
    },
    /// Running text.
    Paragraph(Vec<Run>),
    /// Items with bullets.
    List(Vec<Vec<Run>>),
    /// Rows of cells.
    Table {
        /// The heading of each column.
        head: Vec<String>,
        /// Each has as many cells as `head`.
        rows: Vec<Vec<Vec<Run>>>,
    },
    /// A picture of what a table beside it says, too. Only HTML has it.
    Chart(Chart),
    /// What somebody says, and when.
    Quote {
        /// When it begins.
        at: Millis,
        /// Who says it; `None`: not known, or the same as in the quote before.
        speaker: Option<String>,
        /// Does a turn begin here, whether or not the speaker is known?
        turn: bool,
        /// What is said.
        runs: Vec<Run>,
    },
    /// What stands between quotes: a gap, or a marker.
    Aside {
        /// When it begins.
        at: Millis,
        /// Without brackets.
        text: String,
        /// Which it is.
        kind: Aside,
    },
}

/// A picture of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// The numbers.
    pub content: ChartContent,
}

/// What a [`Chart`] shows.
#[derive(Clone, Debug, PartialEq)]
pub enum ChartContent {
    /// Parts of one whole, one bar each.
    Shares(Vec<Share>),
    /// Who speaks when, one row each.
    Timeline {
        /// From left to right.
        window: Span,
        /// From top to bottom.
        rows: Vec<(String, Vec<Span>)>,
        /// Where something begins, and what, in order.
        marks: Vec<(Millis, String)>,
    },
}

/// A bar of [`ChartContent::Shares`].
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// What it is the part of.
    pub label: String,
    /// In `0.0..=1.0`.
    pub part: f64,
    /// The part as people write it.
    pub value: String,
}

/// What a [`Block::Aside`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// Somebody speaks, and there is no text.
    Inaudible,
    /// Nothing was recorded.
    Gap,
    /// A marker.
    Marker,
}

/// Text of one kind within a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// With the blank before it, if there is one.
    pub text: String,
    /// Is it emphasised?
    pub strong: bool,
    /// The segment of the transcript that it is; `None` for any other text.
    pub source: Option<Source>,
    /// Where it leads; `None`: nowhere.
    pub link: Option<Link>,
}

impl Run {
    /// Plain text.
    pub fn plain(text: impl Into<String>) -> Run {
        Run { text: text.into(), ..Run::default() }
    }

    /// Emphasised text.
    pub fn strong(text: impl Into<String>) -> Run {
        Run { text: text.into(), strong: true, ..Run::default() }
    }
}

/// A place in another file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The file: a relative path with slashes.
    pub path: String,
    /// The name of the place in it.
    pub anchor: String,
}

impl Link {
    /// The anchor of a segment on the review page.
    pub(crate) fn segment(span: Span, speaker: Option<SpeakerId>) -> String {
        let speaker = speaker.map_or_else(String::new, |speaker| format!("S{}", speaker.0));
        format!("ts_{}_{}_{speaker}", span.start.0, span.end.0)
    }
}

/// The segment that a [`Run`] is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// When it is said.
    pub span: Span,
    /// Who says it; `None`: not known.
    pub speaker: Option<SpeakerId>,
    /// ISO 639-1 code, if it is not that of the document.
    pub language: Option<String>,
    /// Did somebody write or correct it?
    pub edited: bool,
    /// Is the model unsure of it?
    pub uncertain: bool,
}
