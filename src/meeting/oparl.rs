//! A meeting as council systems export it: OParl 1.1, `Meeting` with its `AgendaItem`s.
//!
//! Read as it is found in the wild: numbers are often empty, whether an item is public is often not said, items may be addresses
//! that nothing is known of, and results are free text.

use std::path::Path;

use jiff::civil::DateTime;
use jiff::{Timestamp, Zoned};
use serde::Deserialize;
use serde_json::Value;

use super::{AgendaItem, Meeting, wrong};
use crate::import::parse_json;
use crate::{Error, TranscriptErrorKind};

#[derive(Deserialize)]
struct OparlMeeting {
    #[serde(rename = "type", default)]
    kind: String,
    name: Option<String>,
    start: Option<String>,
    end: Option<String>,
    location: Option<Value>,
    #[serde(rename = "agendaItem", default)]
    items: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OparlItem {
    #[serde(default)]
    id: String,
    number: Option<Value>,
    order: Option<f64>,
    name: Option<String>,
    public: Option<bool>,
}

pub(super) fn parse(bytes: &[u8], path: &Path) -> Result<Meeting, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let read: OparlMeeting = parse_json(bytes, path).map_err(of_meeting)?;
    if !read.kind.ends_with("/Meeting") {
        return Err(wrong(
            path,
            Some("`type`".into()),
            "it is no meeting of OParl (https://schema.oparl.org/1.1/Meeting)",
        ));
    }
    let mut items = Vec::new();
    for (n, value) in read.items.into_iter().enumerate() {
        match value {
            // An address: the item is elsewhere.
            Value::String(_) => continue,
            value => items.push(OparlItem::deserialize(value).map_err(|error| {
                wrong(path, Some(format!("`agendaItem[{n}]`")), format!("it is no agenda item ({error})"))
            })?),
        }
    }
    items.sort_by(|a, b| a.order.unwrap_or(f64::MAX).total_cmp(&b.order.unwrap_or(f64::MAX)));
    let mut meeting = Meeting { title: line(read.name), place: place(read.location.as_ref()), ..Meeting::default() };
    let time = |field: &str, text: Option<String>| match text.filter(|text| !text.is_empty()) {
        Some(text) => local(&text).map(Some).ok_or_else(|| wrong(path, Some(format!("`{field}`")), "it is no time")),
        None => Ok(None),
    };
    let (start, end) = (time("start", read.start)?, time("end", read.end)?);
    meeting.date = start.map(|start| start.date());
    meeting.begin = start.map(|start| start.time());
    meeting.end = end.map(|end| end.time());
    meeting.agenda = items.into_iter().map(item).collect();
    meeting.oparl = Some((path.to_owned(), bytes.to_owned()));
    Ok(meeting)
}

fn item(item: OparlItem) -> AgendaItem {
    let number = match item.number {
        Some(Value::String(text)) => line(Some(text)),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let order = item.order.filter(|_| number.is_empty()).map(|order| format!("{order:.0}"));
    AgendaItem {
        number: order.unwrap_or(number),
        title: line(item.name),
        public: item.public,
        id: item.id,
        ..AgendaItem::default()
    }
}

/// Where: the description of a location, or its address, as far as it is there.
fn place(location: Option<&Value>) -> String {
    let text = |key: &str| location?.get(key)?.as_str().map(str::to_owned);
    let parts = ["description", "room", "streetAddress", "locality"].map(text);
    match &parts {
        [Some(description), ..] => line(Some(description.clone())),
        _ => line(Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))),
    }
}

/// On one line.
fn line(text: Option<String>) -> String {
    text.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Day and time as the clock there shows them, whatever the offset.
fn local(text: &str) -> Option<DateTime> {
    text.parse::<DateTime>().ok().or_else(|| text.parse::<Timestamp>().ok().map(|_| text.get(..19)?.parse().ok())?)
}

/// Errors of JSON are those of a meeting here.
fn of_meeting(error: Error) -> Error {
    match error {
        Error::Transcript { path, place, reason, kind } => {
            let cut =
                if kind == TranscriptErrorKind::Truncated { "the file ends in the middle".into() } else { reason };
            Error::Meeting { path, place, reason: cut }
        }
        other => other,
    }
}

/// The same JSON without the items that are not public: those that say so, and those of these addresses. Everything else stays as it is.
///
/// # Errors
/// [`Error::Meeting`], if the content is no meeting of OParl; `path` is for messages.
pub fn without_closed(bytes: &[u8], path: &Path, closed: &[String]) -> Result<Vec<u8>, Error> {
    changed(bytes, path, |items| {
        items.retain(|item| {
            let id = item.as_str().or_else(|| item.get("id")?.as_str()).unwrap_or_default();
            item.get("public").and_then(Value::as_bool) != Some(false) && !closed.iter().any(|other| other == id)
        });
    })
}

/// The same JSON with the times of its items: `times` has the address of an item, and when it began and ended. Everything else
/// stays as it is.
///
/// # Errors
/// [`Error::Meeting`], if the content is no meeting of OParl; `path` is for messages.
pub fn with_times(bytes: &[u8], path: &Path, times: &[(String, Zoned, Zoned)]) -> Result<Vec<u8>, Error> {
    changed(bytes, path, |items| {
        for item in items {
            let id = item.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            let Some((_, start, end)) = times.iter().find(|(other, ..)| *other == id) else { continue };
            for (key, time) in [("start", start), ("end", end)] {
                item[key] = Value::String(time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
            }
        }
    })
}

/// The same JSON with other items.
fn changed(bytes: &[u8], path: &Path, change: impl FnOnce(&mut Vec<Value>)) -> Result<Vec<u8>, Error> {
    parse(bytes, path)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut whole: Value = parse_json(bytes, path).map_err(of_meeting)?;
    if let Some(items) = whole.get_mut("agendaItem").and_then(Value::as_array_mut) {
        change(items);
    }
    let mut text = serde_json::to_vec_pretty(&whole).unwrap_or_default();
    text.push(b'\n');
    Ok(text)
}
