//! Who speaks when, and in which item of the agenda.

use super::people::ranked;
use super::{Page, from_to, heading, or_dash, table, title};
use crate::document::{Block, Chart, ChartContent};
use crate::participation::pieces::joined;
use crate::participation::{Item, Measures, Part, Scope, Views, measure};
use crate::wording::{decimal, percent};
use crate::{Millis, Span};
use std::collections::BTreeMap;

/// Rows of a chart: those who speak most.
const MOST_ROWS: usize = 60;
/// Persons in a list of who speaks.
const MOST_NAMED: usize = 12;
/// Lengths of the stretches in the table, in minutes; of these the shortest that gives at most [`MOST_STRETCHES`].
const STRETCHES: [u64; 7] = [1, 2, 5, 10, 15, 30, 60];
const MOST_STRETCHES: u64 = 24;

/// A chart of who speaks when, and the same as a table.
pub(super) fn timeline(page: Page<'_>, part: &Part, level: u8) -> Vec<Block> {
    let Page { texts, .. } = page;
    let (all, conversation) = (&part.whole.all, &part.conversation);
    if all.speakers.is_empty() {
        return Vec::new();
    }
    let mut spans: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
    for stretch in &conversation.stretches {
        spans.entry(&stretch.who).or_default().push((stretch.span.start.0, stretch.span.end.0));
    }
    let row = |(name, _): &(&String, _)| {
        let spans = joined(spans.remove(name.as_str()).unwrap_or_default());
        ((*name).clone(), spans.into_iter().map(|(start, end)| Span::new(start, end)).collect())
    };
    let rows = ranked(all).iter().take(MOST_ROWS).map(row).collect();
    let marks = part.items.iter().map(|(item, _)| (item.span.start, item.name.clone())).collect();
    let content = ChartContent::Timeline { window: all.window, rows, marks };
    let chart = Chart { title: texts.timeline_chart.to_owned(), content };
    let stretches = stretches(all.window).into_iter().map(|window| {
        let scope = Scope { window: Some(window), parameters: page.of.parameters, ..Scope::default() };
        vec![from_to(window), who(page, &measure(&conversation.stretches, &[], &scope), true)]
    });
    vec![heading(level, texts.timeline), Block::Chart(chart), table(&[texts.when, texts.who], stretches)]
}

/// Stretches of equal length, which begin at full minutes.
fn stretches(window: Span) -> Vec<Span> {
    let minutes = window.length().0.div_ceil(60_000);
    let length = STRETCHES.into_iter().find(|length| minutes.div_ceil(*length) <= MOST_STRETCHES);
    let length = length.unwrap_or(minutes.div_ceil(MOST_STRETCHES)) * 60_000;
    let first = window.start.0 / length;
    let within = |n: u64| Span::new((n * length).max(window.start.0), ((n + 1) * length).min(window.end.0));
    (first..window.end.0.div_ceil(length)).map(within).filter(|span| span.length().0 > 0).collect()
}

/// Those who speak, who speaks most first, with talk time or share.
fn who(page: Page<'_>, measures: &Measures, times: bool) -> String {
    let all = ranked(measures);
    let one = |(name, speaker): &(&String, &crate::participation::SpeakerMeasures)| match times {
        true => format!("{name} {}", minutes(speaker.talk)),
        false => format!("{name} {}", percent(speaker.share, page.language)),
    };
    let mut named: Vec<String> = all.iter().take(MOST_NAMED).map(one).collect();
    if all.len() > MOST_NAMED {
        named.push("…".to_owned());
    }
    if named.is_empty() { "–".to_owned() } else { named.join(", ") }
}

/// `3:07`.
fn minutes(time: Millis) -> String {
    format!("{}:{:02}", time.0 / 60_000, time.0 / 1000 % 60)
}

/// One row for each item of the agenda; nothing if it is not known where they begin.
pub(super) fn items(page: Page<'_>, part: &Part, level: u8) -> Vec<Block> {
    let Page { texts, language, .. } = page;
    if part.items.is_empty() || part.whole.all.speakers.is_empty() {
        return Vec::new();
    }
    let row = |(item, views): &(Item, Views)| {
        let all = &views.all;
        let longest = all.speakers.values().map(|speaker| speaker.longest_turn).max();
        vec![
            title(item, texts),
            item.span.start.to_string(),
            item.span.length().to_string(),
            all.turns.to_string(),
            or_dash(longest.map(|turn| turn.to_string())),
            or_dash(all.spoke.gini.map(|gini| decimal(gini, 3, language))),
            who(page, all, false),
        ]
    };
    let head = [texts.item, texts.begin, texts.length, texts.turns, texts.longest_turn, "Gini", texts.who];
    vec![heading(level, texts.items), table(&head, part.items.iter().map(row))]
}
