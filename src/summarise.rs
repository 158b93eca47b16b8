//! Prose about what was said, by a language model that the user runs on this computer, one item of the agenda at a time. Whatever it writes
//! is checked against what was said, and marked where that fails: it is a draft, and a model can be wrong in ways that no check finds.

mod check;
mod decisions;
mod numbers;
mod prompt;
mod report;
mod server;

pub use report::{Summary, outside_items, report};
pub use server::{Api, Server};

use crate::Millis;
use crate::wording::Language;
use check::{Evidence, faults, in_other_language};
use prompt::{ANSWER, parts, prompt, schema, tokens};
use serde::Deserialize;
use server::{Question, Shape};

/// The smallest context in tokens.
pub const SMALLEST_CONTEXT: u32 = 4_096;
/// Sentences of an answer; ten are asked for.
const MOST_SENTENCES: usize = 40;
/// Segments that a sentence may cite: whoever cites everything has a source for anything.
const MOST_CITED: usize = 10;

/// A segment of the transcript, as a model gets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Who says it; `None`: not known.
    pub who: Option<String>,
    /// When it begins.
    pub at: Millis,
    /// What is said, on one line.
    pub text: String,
}

/// An item of the agenda, or a whole meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topic {
    /// Number and title; empty for a whole meeting.
    pub title: String,
    /// What is said.
    pub sources: Vec<Source>,
}

/// A sentence of a summary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence {
    /// As the model wrote it.
    pub text: String,
    /// When what it cites begins, and who says it.
    pub cited: Vec<(Millis, Option<String>)>,
    /// Why it is not to be trusted; empty if all checks passed.
    pub faults: Vec<Fault>,
}

/// What a check found in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It cites nothing, a segment that there is not, or too many.
    NoSource,
    /// What it quotes is not in what it cites.
    Quote,
    /// A number is not in what it cites.
    Number,
    /// A name is not in what it cites, nor that of who says it.
    Name,
    /// It tells of a decision or a vote, and what it cites does not tell of the same.
    Decision,
    /// It tells of a decision with a number or a name that was said elsewhere.
    Combined,
}

/// Why there is no summary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The address may lead to another computer.
    #[error("`{address}` is no address of this computer")]
    NotLocal {
        /// As it was given.
        address: String,
    },
    /// The model runs on somebody else's computer.
    #[error("the model `{model}` runs in a cloud")]
    Cloud {
        /// Its name.
        model: String,
    },
    /// It did not become clear that the model runs on this computer.
    #[error("the server does not say whether it runs the model `{model}` itself")]
    Unchecked {
        /// Its name.
        model: String,
    },
    /// The server has no such model.
    #[error("the server has no model `{model}`")]
    NoModel {
        /// Its name.
        model: String,
    },
    /// Nobody answers there.
    #[error("no server answers at `{address}`")]
    Unreachable {
        /// Where.
        address: String,
    },
    /// The answer takes too long.
    #[error("the server at `{address}` takes too long")]
    Slow {
        /// Where.
        address: String,
    },
    /// The server ended the connection.
    #[error("the server at `{address}` broke off")]
    Gone {
        /// Where.
        address: String,
    },
    /// The server refused, with this status.
    #[error("the server answered with status {status}")]
    Status {
        /// Of HTTP.
        status: u16,
    },
    /// The server does not know this way to ask for JSON.
    #[error("the server takes no such format of answers")]
    Shape,
    /// What came back is not what was asked for.
    #[error("the model did not answer as it was asked to")]
    Answer,
    /// The answer ends in the middle.
    #[error("the answer is cut off")]
    AnswerCut,
    /// The beginning of the prompt did not reach the model.
    #[error("the model did not get the whole text: its context is shorter than the server says")]
    PromptCut,
    /// The answer is in another language.
    #[error("the model answered in another language")]
    OtherLanguage,
}

impl Failure {
    /// Whether asking for the next item makes no sense, either.
    pub fn is_final(&self) -> bool {
        use Failure::{Cloud, Gone, NoModel, NotLocal, Unchecked, Unreachable};
        let misused = matches!(self, NotLocal { .. } | Cloud { .. } | Unchecked { .. } | NoModel { .. });
        misused || matches!(self, Unreachable { .. } | Gone { .. })
    }
}

/// What a summary depends on.
#[derive(Clone, Debug)]
pub struct SummaryOptions<'a> {
    /// The language that it is written in.
    pub language: Language,
    /// The language of the transcript, which says how numbers are written in it.
    pub spoken: Language,
    /// Tokens that the model can take at once.
    pub context: u32,
    /// Names of persons: none of them may be named where nobody did.
    pub names: &'a [String],
}

#[derive(Deserialize)]
struct Answer {
    code: String,
    sentences: Vec<AnswerSentence>,
}

#[derive(Deserialize)]
struct AnswerSentence {
    text: String,
    #[serde(default)]
    segments: Vec<u32>,
    #[serde(default)]
    quote: Option<String>,
}

/// Has the server summarise an item; one that is too long for its context is summarised in parts.
///
/// # Errors
/// Why there is none.
pub fn summarise(topic: &Topic, server: &Server, options: &SummaryOptions<'_>) -> Result<Vec<Sentence>, Failure> {
    let mut sentences = Vec::new();
    for part in parts(&topic.title, topic.sources.clone(), options.context) {
        let answer = ask(&topic.title, &part, server, options)?;
        sentences.extend(checked(answer, &topic.title, &part, options));
    }
    Ok(sentences)
}

/// The answer to one prompt, in the strictest form that the server knows.
fn ask(title: &str, part: &[Source], server: &Server, options: &SummaryOptions<'_>) -> Result<Answer, Failure> {
    let code = code()?;
    let prompt = prompt(title, part, &code, options.language);
    let schema = schema();
    // As much as it needs, in steps, so that a server need not load the model anew for each item.
    let needed = tokens(&prompt).saturating_add(ANSWER);
    let context = needed.next_multiple_of(SMALLEST_CONTEXT).min(options.context);
    if needed > options.context {
        return Err(Failure::PromptCut);
    }
    let mut failure = Failure::Answer;
    for shape in Shape::ALL {
        let question = Question { prompt: &prompt, schema: &schema, shape, context, answer: ANSWER };
        match server.ask(&question).and_then(|text| read(&text, &code, options.language)) {
            Ok(answer) => return Ok(answer),
            Err(Failure::Shape) => {}
            Err(error @ (Failure::Answer | Failure::OtherLanguage)) => failure = error,
            Err(error) => return Err(error),
        }
    }
    Err(failure)
}

/// Eight hexadecimal digits that no model can guess.
fn code() -> Result<String, Failure> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|_| Failure::Answer)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The answer in what a model wrote, perhaps with text around the JSON.
fn read(text: &str, code: &str, language: Language) -> Result<Answer, Failure> {
    let json = text.find('{').zip(text.rfind('}')).and_then(|(start, end)| text.get(start..=end));
    let answer: Answer = json.and_then(|json| serde_json::from_str(json).ok()).ok_or(Failure::Answer)?;
    if answer.sentences.len() > MOST_SENTENCES {
        return Err(Failure::Answer);
    }
    if answer.code.trim() != code {
        return Err(Failure::PromptCut);
    }
    let all = answer.sentences.iter().map(|sentence| &*sentence.text).collect::<Vec<_>>().join(" ");
    match in_other_language(&all, language == Language::German) {
        true => Err(Failure::OtherLanguage),
        false => Ok(answer),
    }
}

/// What is cited, by place: segments that follow each other.
fn places<'a>(segments: &[u32], part: &'a [Source]) -> Vec<Vec<&'a Source>> {
    let mut numbers: Vec<usize> = segments.iter().filter_map(|n| usize::try_from(*n).ok()?.checked_sub(1)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let places = numbers.chunk_by(|one, next| one + 1 == *next);
    places.map(|place| place.iter().filter_map(|n| part.get(*n)).collect()).collect()
}

/// The sentences with what is wrong with them.
fn checked(answer: Answer, title: &str, part: &[Source], options: &SummaryOptions<'_>) -> Vec<Sentence> {
    let sentence = |sentence: AnswerSentence| {
        let place = |n: &u32| part.get(usize::try_from(*n).ok()?.checked_sub(1)?);
        let cited: Vec<&Source> = sentence.segments.iter().filter_map(place).collect();
        let exact = cited.len() == sentence.segments.len() && (1..=MOST_CITED).contains(&cited.len());
        let places = places(&sentence.segments, part);
        let evidence = Evidence { cited: &cited, places: &places, title, options };
        let mut faults = faults(&sentence.text, sentence.quote.as_deref(), &evidence);
        if !exact {
            faults.insert(0, Fault::NoSource);
        }
        Sentence {
            faults,
            cited: cited.iter().take(MOST_CITED).map(|source| (source.at, source.who.clone())).collect(),
            text: sentence.text.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    };
    let sentences = answer.sentences.into_iter().map(sentence);
    sentences.filter(|sentence| !sentence.text.is_empty()).collect()
}
