//! What the fields of a request ask for.

use super::error::ApiError;
use super::models;
use super::service::Service;
use crate::app::language_code;
use crate::app::library::JobSettings;
use crate::models::Store;

/// Bytes of a prompt; a model takes about a thousand of them.
const LONGEST_PROMPT: usize = 8_000;

/// Which of the two routes is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Text in the language that is spoken.
    Transcribe,
    /// Text in English.
    Translate,
}

impl Task {
    /// As answers name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Task::Transcribe => "transcribe",
            Task::Translate => "translate",
        }
    }
}

/// What the answer is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AnswerFormat {
    #[default]
    Json,
    Text,
    Srt,
    Vtt,
    VerboseJson,
    DiarizedJson,
}

impl AnswerFormat {
    const ALL: [(AnswerFormat, &'static str); 6] = [
        (AnswerFormat::Json, "json"),
        (AnswerFormat::Text, "text"),
        (AnswerFormat::Srt, "srt"),
        (AnswerFormat::Vtt, "vtt"),
        (AnswerFormat::VerboseJson, "verbose_json"),
        (AnswerFormat::DiarizedJson, "diarized_json"),
    ];

    /// Blanks before it change nothing.
    pub(super) fn is_json(self) -> bool {
        matches!(self, AnswerFormat::Json | AnswerFormat::VerboseJson | AnswerFormat::DiarizedJson)
    }
}

/// What the answer is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) task: Task,
    pub(super) format: AnswerFormat,
    /// Whether it lists words.
    pub(super) words: bool,
    /// Whether it comes as events.
    pub(super) stream: bool,
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) settings: JobSettings,
    pub(super) shape: Shape,
}

/// Understands the fields of a form; of a field that has one value the last counts. Those that only say how OpenAI's own models
/// should go about it are passed over.
///
/// # Errors
/// Which field is wrong, and why.
pub(super) fn understood(fields: &[(String, String)], task: Task, service: &Service) -> Result<Wanted, ApiError> {
    let fields = Fields(fields);
    for unknown in ["known_speaker_names", "known_speaker_references"] {
        if fields.all(unknown).next().is_some() {
            return Err(ApiError::field(unknown, "voices can't be told apart by samples"));
        }
    }
    let needs_model = service.needs_model();
    let shape = shape(&fields, task)?;
    let model = models::chosen(fields.last("model"), needs_model)?;
    let mut settings = language(&fields)?.with("model", &model).with("prompt", &prompt(&fields)?);
    settings = settings.with("temperature", &temperature(&fields)?);
    let speakers = shape.format == AnswerFormat::DiarizedJson;
    if speakers && needs_model && Store::of_user().speakers().is_none() {
        return Err(ApiError::field("response_format", "what tells voices apart is not installed on this server"));
    }
    settings = settings.with("speakers", if speakers { "auto" } else { "off" });
    if task == Task::Translate {
        settings = settings.with("translate", "true");
    }
    let keywords: Vec<String> = fields.all("keywords").map(on_one_line).filter(|line| !line.is_empty()).collect();
    settings.glossary = keywords.join("\n");
    Ok(Wanted { settings, shape })
}

/// The fields of a form by their names. Names of lists may end in `[]` or `[0]`.
struct Fields<'a>(&'a [(String, String)]);

impl<'a> Fields<'a> {
    fn all<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        let named = move |given: &str| given.split('[').next() == Some(name);
        self.0.iter().filter(move |(given, _)| named(given)).map(|(_, value)| value.trim())
    }

    /// Empty if there is none.
    fn last(&self, name: &str) -> &'a str {
        self.all(name).last().unwrap_or_default()
    }
}

fn shape(fields: &Fields<'_>, task: Task) -> Result<Shape, ApiError> {
    let name = fields.last("response_format");
    let known = AnswerFormat::ALL.iter().find(|(_, known)| *known == name).map(|(format, _)| *format);
    let format = match (name, known) {
        ("", _) => AnswerFormat::default(),
        (_, Some(format)) => format,
        _ => {
            let names = AnswerFormat::ALL.map(|(_, name)| name).join(", ");
            return Err(ApiError::field("response_format", format!("expected one of {names}")));
        }
    };
    let mut words = false;
    for granularity in fields.all("timestamp_granularities") {
        match granularity {
            "word" => words = true,
            "segment" | "" => {}
            _ => return Err(ApiError::field("timestamp_granularities", "expected word or segment")),
        }
    }
    let stream = match fields.last("stream").to_ascii_lowercase().as_str() {
        "true" | "1" => true,
        "false" | "0" | "" => false,
        _ => return Err(ApiError::field("stream", "expected true or false")),
    };
    if stream && matches!(format, AnswerFormat::Srt | AnswerFormat::Vtt) {
        return Err(ApiError::field("stream", "captions don't come as events"));
    }
    Ok(Shape { task, format, words, stream })
}

/// One language, or those that may be spoken.
fn language(fields: &Fields<'_>) -> Result<JobSettings, ApiError> {
    let code = |param, given: &str| language_code(given).map_err(|error| ApiError::field(param, error.message));
    let one = fields.last("language");
    let several: Vec<&str> =
        fields.all("languages").flat_map(|list| list.split(',')).map(str::trim).filter(|one| !one.is_empty()).collect();
    let settings = JobSettings::default();
    match (one, several.as_slice()) {
        ("", []) => Ok(settings),
        (one, []) => Ok(settings.with("language", &code("language", one)?.unwrap_or_default())),
        ("", several) => {
            let mut codes = Vec::new();
            for given in several {
                let code = code("languages", given)?;
                codes.push(code.ok_or_else(|| ApiError::field("languages", "`auto` is no language"))?);
            }
            Ok(settings.with("languages", &codes.join(",")))
        }
        _ => Err(ApiError::field("languages", "either `language` or `languages` can be given")),
    }
}

fn prompt(fields: &Fields<'_>) -> Result<String, ApiError> {
    let prompt = on_one_line(fields.last("prompt"));
    match prompt.len() <= LONGEST_PROMPT {
        true => Ok(prompt),
        false => Err(ApiError::field("prompt", format!("it is longer than {LONGEST_PROMPT} bytes"))),
    }
}

/// Empty for the usual one, so that those who name it and those who don't get the same job.
fn temperature(fields: &Fields<'_>) -> Result<String, ApiError> {
    match fields.last("temperature") {
        "" => Ok(String::new()),
        given => match given.parse::<f64>() {
            Ok(0.0) => Ok(String::new()),
            Ok(number) if (0.0..=1.0).contains(&number) => Ok(number.to_string()),
            _ => Err(ApiError::field("temperature", "expected a number from 0 to 1")),
        },
    }
}

/// What goes to another process as an argument or a line.
fn on_one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.trim().to_owned()
}
