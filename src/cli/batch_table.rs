//! The plan and the result of a batch, for people.

use std::time::Duration;

use serde_json::{Value, json};
use transcribe::Millis;
use transcribe::app::batch::{Decision, Item, PassedOver, Preview};
use transcribe::app::jobs::speed;
use transcribe::app::store::file_name;
use transcribe::wording::{self, Language};

/// Reasons of so many recordings are named one by one.
const MOST: usize = 20;
/// So many endings of other files are named one by one.
const MOST_ENDINGS: usize = 12;
/// What an hour of dense speech gives: JSON with times of words, and captions.
const BYTES_PER_HOUR: f64 = 2.1e6;

/// What would be done.
pub(super) fn preview(preview: &Preview) -> String {
    let items = &preview.items;
    let mut text = String::new();
    let (mut count, mut length, mut unknown) = (0, Millis(0), 0);
    for item in items {
        let name = &item.job.name;
        text.push_str(&match (&item.decision, &item.error) {
            (Decision::Done, _) => format!("skip        {name}: done\n"),
            (Decision::Skip(why), _) => format!("skip        {name}: {why}\n"),
            (Decision::Refuse(why), _) => format!("fail        {name}: {why}\n"),
            (_, Some(error)) => format!("fail        {name}: {error}\n"),
            _ => {
                count += 1;
                length = length + item.length.unwrap_or_default();
                unknown += usize::from(item.length.is_none());
                let long = item.length.map_or("?".to_owned(), |length| length.to_string());
                let files: Vec<String> = item.job.files.iter().map(|(_, file)| file_name(file)).collect();
                let parts = match item.job.parts.len() {
                    1 => String::new(),
                    _ if item.job.tracks => {
                        let tracks: Vec<String> = item.job.parts.iter().map(|track| file_name(track)).collect();
                        format!(": {}", tracks.join(", "))
                    }
                    many => format!(" and {} more", many - 1),
                };
                let missing = item.settings.known.missing.iter();
                let missing: String =
                    missing.map(|warning| format!("  {}\n", wording::warning(warning, Language::English))).collect();
                let files = files.join(", ");
                format!("transcribe  {name}{parts} ({long}) → {}: {files}\n{missing}", item.job.folder.display())
            }
        });
    }
    let time = match preview.time_per_length {
        Some(factor) => {
            format!("about {} if it goes as fast as the last time", Millis((length.seconds() * factor * 1e3) as u64))
        }
        None => "the time is known after a first run".to_owned(),
    };
    let megabytes = length.seconds() / 3600.0 * BYTES_PER_HOUR / 1e6;
    let open = if unknown > 0 { format!(" and {unknown} of unknown length") } else { String::new() };
    let not = items.len() - count;
    text.push_str(&match count {
        0 => format!("nothing to transcribe, {not} not\n"),
        _ => format!("{count} to transcribe, {not} not: {length} of sound{open}, {time}, about {megabytes:.1} MB\n"),
    });
    if let Some(others) = passed_over(&preview.passed_over) {
        text.push_str(&format!("{others}\n"));
    }
    text
}

/// What is no recording, most frequent first; `None` if there is nothing.
pub(super) fn passed_over(passed_over: &PassedOver) -> Option<String> {
    let PassedOver { files, links, special } = passed_over;
    let mut files: Vec<(&String, &usize)> = files.iter().collect();
    files.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let rest: usize = files.iter().skip(MOST_ENDINGS).map(|(_, count)| **count).sum();
    let mut parts: Vec<String> = files
        .iter()
        .take(MOST_ENDINGS)
        .map(|(ending, count)| match ending.as_str() {
            "" => format!("{count} without an ending"),
            ending => format!("{count} .{ending}"),
        })
        .collect();
    let mut add = |count: usize, what: &str| (count > 0).then(|| parts.push(format!("{count} {what}")));
    add(rest, "others");
    add(*links, if *links == 1 { "link (`--follow-links` takes it)" } else { "links (`--follow-links` takes them)" });
    add(*special, if *special == 1 { "pipe or device" } else { "pipes or devices" });
    (!parts.is_empty()).then(|| format!("passed over, as no recordings: {}", parts.join(", ")))
}

/// What was done.
pub(super) fn closing(items: &[Item], took: Duration) -> (String, Value) {
    let (mut done, mut sound, mut before, mut left) = (0, Millis(0), 0, 0);
    let (mut skipped, mut failed) = (Vec::new(), Vec::new());
    for item in items {
        match &item.decision {
            Decision::Done => before += 1,
            Decision::Skip(why) => skipped.push((item, why)),
            Decision::Refuse(why) => failed.push((item, why)),
            Decision::Transcribe => match item.done {
                Some(length) => {
                    done += 1;
                    sound = sound + length;
                }
                None => left += 1,
            },
        }
    }
    let mut text = format!("done     {done:>5}");
    if done > 0 {
        let speed = speed(sound, took);
        text.push_str(&format!("  ({sound} of sound in {}, {speed:.1}×)", Millis(took.as_millis() as u64)));
    }
    let mut section = |title: &str, count: usize, items: &[(&Item, &String)]| {
        if count == 0 {
            return;
        }
        text.push_str(&format!("\n{title} {count:>5}"));
        items.iter().take(MOST).for_each(|(item, why)| text.push_str(&format!("\n  {}: {why}", item.job.name)));
        if items.len() > MOST {
            text.push_str(&format!("\n  and {} more: see the manifest", items.len() - MOST));
        }
    };
    section("skipped ", before + skipped.len(), &skipped);
    section("failed  ", failed.len(), &failed);
    if left > 0 {
        text.push_str(&format!("\nnot done {left:>5}: run the same command again to continue"));
    }
    let facts = json!({
        "done": done, "skipped": before + skipped.len(), "failed": failed.len(), "not_done": left, "duration": sound.seconds(),
        "elapsed": took.as_secs_f64(),
    });
    (text, facts)
}
