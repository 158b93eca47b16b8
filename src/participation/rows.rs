//! Participation as a table for spreadsheets and programs: one row for each thing that is measured. Times are whole milliseconds, parts
//! are in `0..=1`, and a cell is empty where something is not known.

use super::{GroupMeasures, Measures, Part, Participation, SpeakerMeasures, Views, balance, by};
use crate::Millis;
use std::collections::{BTreeMap, BTreeSet};

/// The headings.
const HEAD: [&str; 48] = [
    "recording",
    "item",
    "without_roles",
    "kind",
    "name",
    "role",
    "group",
    "window_start_ms",
    "window_ms",
    "talk_ms",
    "share",
    "share_of_window",
    "turns",
    "longest_turn_ms",
    "mean_turn_ms",
    "words",
    "words_per_minute",
    "backchannels",
    "transfers",
    "overlapped_transfers",
    "after_silence",
    "latency_ms",
    "latency_n",
    "took_over",
    "taken_over_from",
    "attempts",
    "spoke_n",
    "present_n",
    "coverage",
    "parity",
    "balance",
    "gini_spoke",
    "gini_n1_spoke",
    "evenness_spoke",
    "gini_present",
    "gini_n1_present",
    "evenness_present",
    "speech_ms",
    "overlap_ms",
    "overlap_excess_ms",
    "silence_ms",
    "unassigned_ms",
    "left_out_ms",
    "speakers_estimated",
    "gap_ms",
    "backchannel_ms",
    "terminal_ms",
    "hold_ms",
];

/// What rows have in common.
struct Context<'a> {
    of: &'a Participation,
    recording: &'a str,
    item: &'a str,
    excluded: &'a BTreeSet<String>,
    overlaps: bool,
    estimated: bool,
    /// Speech of nobody who is known.
    unassigned: Millis,
}

/// A row, by the names of its cells; the others are empty.
type Cells = Vec<(&'static str, String)>;

/// What persons are put together by.
type Key = fn(&super::Person) -> Option<&String>;

/// The headings, and all rows: of the whole of each recording and of its items, with all and without some roles; of all recordings
/// together first.
pub fn rows(participation: &Participation) -> Vec<Vec<String>> {
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    if let Some(together) = &participation.together {
        let context = context(participation, None, "");
        rows.extend(of_views(&context, together));
    }
    for part in &participation.parts {
        let whole = context(participation, Some(part), "");
        rows.extend(of_views(&whole, &part.whole));
        for (item, views) in &part.items {
            rows.extend(of_views(&context(participation, Some(part), &item.name), views));
        }
    }
    rows
}

fn context<'a>(of: &'a Participation, part: Option<&'a Part>, item: &'a str) -> Context<'a> {
    static NONE: BTreeSet<String> = BTreeSet::new();
    Context {
        of,
        recording: part.map_or("", |part| &part.conversation.name),
        item,
        excluded: &NONE,
        overlaps: part.map_or(of.knows_overlaps(), |part| part.conversation.knows_overlaps()),
        estimated: of
            .parts
            .iter()
            .any(|one| part.is_none_or(|part| std::ptr::eq(part, one)) && !one.conversation.separate),
        unassigned: Millis(0),
    }
}

fn of_views(context: &Context<'_>, views: &Views) -> Vec<Vec<String>> {
    let context = Context { unassigned: views.unassigned, ..*context };
    let mut rows = of_measures(&context, &views.all);
    if let Some(without) = &views.without {
        rows.extend(of_measures(&Context { excluded: &context.of.excluded, ..context }, without));
    }
    rows
}

fn of_measures(context: &Context<'_>, measures: &Measures) -> Vec<Vec<String>> {
    let persons = &context.of.persons;
    let mut rows = vec![row(context, "meeting", measures, conversation(context, measures))];
    let known: BTreeMap<&str, &super::Person> = persons.iter().map(|person| (&*person.name, person)).collect();
    for (name, speaker) in &measures.speakers {
        let person = known.get(name.as_str());
        let mut cells = person_cells(context, name, speaker);
        cells.push(("role", person.and_then(|person| person.role.clone()).unwrap_or_default()));
        cells.push(("group", person.and_then(|person| person.group.clone()).unwrap_or_default()));
        rows.push(row(context, "person", measures, cells));
    }
    if measures.present.is_some() {
        let silent =
            SpeakerMeasures { latency: measures.latency.map(|_| Default::default()), ..SpeakerMeasures::default() };
        let counts = |person: &&super::Person| person.present && !person.has_role(context.excluded);
        for person in persons.iter().filter(counts).filter(|one| !measures.speakers.contains_key(&one.name)) {
            let mut cells = person_cells(context, &person.name, &silent);
            cells.push(("role", person.role.clone().unwrap_or_default()));
            cells.push(("group", person.group.clone().unwrap_or_default()));
            rows.push(row(context, "person", measures, cells));
        }
    }
    let kinds: [(&str, Key); 2] = [("role", |person| person.role.as_ref()), ("group", |person| person.group.as_ref())];
    for (kind, key) in kinds {
        for (name, group) in by(measures, persons, context.excluded, key) {
            let mut cells = group_cells(context, &group, measures.present.is_some());
            cells.push((kind, name.clone().unwrap_or_default()));
            cells.push(("name", name.unwrap_or_default()));
            rows.push(row(context, kind, measures, cells));
        }
    }
    rows
}

/// The cells that every row has, and those of its own.
fn row(context: &Context<'_>, kind: &str, measures: &Measures, own: Cells) -> Vec<String> {
    let parameters = context.of.parameters;
    let roles: Vec<&str> = context.excluded.iter().map(String::as_str).collect();
    let common: Cells = vec![
        ("recording", context.recording.to_owned()),
        ("item", context.item.to_owned()),
        ("without_roles", roles.join(" ")),
        ("kind", kind.to_owned()),
        ("window_start_ms", measures.window.start.0.to_string()),
        ("window_ms", measures.window.length().0.to_string()),
        ("speakers_estimated", context.estimated.to_string()),
        ("gap_ms", parameters.gap.0.to_string()),
        ("backchannel_ms", parameters.backchannel.0.to_string()),
        ("terminal_ms", parameters.terminal.0.to_string()),
        ("hold_ms", parameters.hold.0.to_string()),
    ];
    let cell = |name: &&str| {
        let found = common.iter().chain(&own).find(|(other, _)| other == name);
        found.map(|(_, text)| text.clone()).unwrap_or_default()
    };
    HEAD.iter().map(cell).collect()
}

fn conversation(context: &Context<'_>, measures: &Measures) -> Cells {
    let (spoke, present) = (measures.spoke, measures.present);
    let overlapped = |text: String| if context.overlaps { text } else { String::new() };
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let groups = by(measures, &context.of.persons, context.excluded, |person| person.group.as_ref());
    let longest = measures.speakers.values().map(|speaker| speaker.longest_turn.0).max();
    let mut cells = vec![
        ("talk_ms", measures.talk.0.to_string()),
        ("turns", measures.turns.to_string()),
        ("longest_turn_ms", longest.unwrap_or_default().to_string()),
        ("words", measures.speakers.values().map(|speaker| speaker.words).sum::<usize>().to_string()),
        ("backchannels", measures.backchannels.to_string()),
        ("transfers", measures.transfers.to_string()),
        ("overlapped_transfers", overlapped(measures.overlapped_transfers.to_string())),
        ("after_silence", measures.after_silence.to_string()),
        ("took_over", overlapped(measures.takeovers.values().sum::<usize>().to_string())),
        ("attempts", overlapped(measures.attempts.values().sum::<usize>().to_string())),
        ("spoke_n", spoke.count.to_string()),
        ("present_n", present.map(|present| present.count.to_string()).unwrap_or_default()),
        ("coverage", number(measures.coverage)),
        ("balance", number(balance(&groups))),
        ("gini_spoke", number(spoke.gini)),
        ("gini_n1_spoke", number(spoke.gini_corrected())),
        ("evenness_spoke", number(spoke.evenness)),
        ("gini_present", number(present.and_then(|present| present.gini))),
        ("gini_n1_present", number(present.and_then(super::Spread::gini_corrected))),
        ("evenness_present", number(present.and_then(|present| present.evenness))),
        ("speech_ms", measures.speech.0.to_string()),
        ("overlap_ms", overlapped(measures.overlap.0.to_string())),
        ("overlap_excess_ms", overlapped(measures.overlap_excess.0.to_string())),
        ("silence_ms", (measures.silence - context.unassigned).0.to_string()),
        ("unassigned_ms", context.unassigned.0.to_string()),
        ("left_out_ms", measures.left_out.0.to_string()),
    ];
    cells.extend(latency(measures.latency));
    cells
}

fn person_cells(context: &Context<'_>, name: &str, speaker: &SpeakerMeasures) -> Cells {
    let mut cells = vec![
        ("name", name.to_owned()),
        ("talk_ms", speaker.talk.0.to_string()),
        ("share", speaker.share.to_string()),
        ("share_of_window", speaker.share_of_window.to_string()),
        ("turns", speaker.turns.to_string()),
        ("longest_turn_ms", speaker.longest_turn.0.to_string()),
        ("mean_turn_ms", speaker.mean_turn().map(|turn| turn.0.to_string()).unwrap_or_default()),
        ("words", speaker.words.to_string()),
        ("words_per_minute", speaker.words_per_minute().map(|speed| format!("{speed:.1}")).unwrap_or_default()),
        ("backchannels", speaker.backchannels.to_string()),
    ];
    cells.extend(latency(speaker.latency));
    cells.extend(floor(context, speaker.took_over, speaker.lost_floor, speaker.attempts));
    cells
}

fn group_cells(context: &Context<'_>, group: &GroupMeasures, present: bool) -> Cells {
    let heads = group.present.unwrap_or_default();
    let mut cells = vec![
        ("talk_ms", group.talk.0.to_string()),
        ("share", group.share.to_string()),
        ("turns", group.turns.to_string()),
        ("longest_turn_ms", group.longest_turn.0.to_string()),
        ("words", group.words.to_string()),
        ("backchannels", group.backchannels.to_string()),
        ("spoke_n", group.spoke.to_string()),
        ("present_n", if present { heads.to_string() } else { String::new() }),
        ("parity", group.parity.filter(|_| present).map(|parity| parity.to_string()).unwrap_or_default()),
    ];
    cells.extend(floor(context, group.took_over, group.lost_floor, group.attempts));
    cells
}

fn floor(context: &Context<'_>, took_over: usize, lost: usize, attempts: usize) -> Cells {
    let cells = [("took_over", took_over), ("taken_over_from", lost), ("attempts", attempts)];
    cells.into_iter().filter(|_| context.overlaps).map(|(name, count)| (name, count.to_string())).collect()
}

fn latency(latency: Option<super::Latency>) -> Cells {
    let Some(latency) = latency else { return Vec::new() };
    let median = latency.median.map(|median| median.0.to_string()).unwrap_or_default();
    vec![("latency_ms", median), ("latency_n", latency.count.to_string())]
}
