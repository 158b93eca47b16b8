//! Tables of persons, roles and groups.

use super::{Page, heading, or_dash, seconds, shown, table};
use crate::document::{Block, Chart, ChartContent, Share};
use crate::participation::{GroupMeasures, Latency, Measures, Person, SpeakerMeasures, Views, balance, by};
use crate::wording::{self, Language, decimal, percent};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Bars of a chart.
const MOST_BARS: usize = 60;

/// The speakers, who speaks most first.
pub(super) fn ranked(measures: &Measures) -> Vec<(&String, &SpeakerMeasures)> {
    let mut speakers: Vec<_> = measures.speakers.iter().collect();
    speakers.sort_by_key(|(_, speaker)| Reverse(speaker.talk));
    speakers
}

/// One row for each recording.
pub(super) fn overview(page: Page<'_>) -> Vec<Block> {
    let Page { of, texts, language, .. } = page;
    let row = |part: &crate::participation::Part| {
        let all = &part.whole.all;
        let longest = all.speakers.values().map(|speaker| speaker.longest_turn).max().unwrap_or_default();
        vec![
            part.conversation.name.clone(),
            all.window.length().to_string(),
            all.talk.to_string(),
            all.spoke.count.to_string(),
            all.turns.to_string(),
            longest.to_string(),
            or_dash(all.spoke.gini.map(|gini| decimal(gini, 3, language))),
            or_dash(latency(all.latency, language)),
        ]
    };
    let head = [
        texts.recording,
        texts.length,
        texts.talk,
        texts.spoke,
        texts.turns,
        texts.longest_turn,
        "Gini",
        texts.latency,
    ];
    vec![table(&head, of.parts.iter().map(row))]
}

/// Who speaks how long.
pub(super) fn shares(page: Page<'_>, views: &Views, level: u8) -> Vec<Block> {
    let Page { of, texts, language, .. } = page;
    let ranked = ranked(&views.all);
    let bars = ranked.iter().take(MOST_BARS).map(|(name, speaker)| Share {
        label: (*name).clone(),
        part: speaker.share,
        value: percent(speaker.share, language),
    });
    let chart = Chart { title: texts.shares_chart.to_owned(), content: ChartContent::Shares(bars.collect()) };
    let known: BTreeMap<&str, &Person> = of.persons.iter().map(|person| (&*person.name, person)).collect();
    let (roles, groups) = (has(page, |person| person.role.as_ref()), has(page, |person| person.group.as_ref()));
    let row = |(name, speaker): (&String, &SpeakerMeasures)| {
        let person = known.get(name.as_str());
        let without = views.without.as_ref().and_then(|without| without.speakers.get(name));
        vec![
            name.clone(),
            person
                .and_then(|person| person.role.as_deref())
                .map_or_else(String::new, |r| wording::role(r, language).into()),
            person.and_then(|person| person.group.clone()).unwrap_or_default(),
            speaker.talk.to_string(),
            percent(speaker.share, language),
            or_dash(without.map(|speaker| percent(speaker.share, language))),
            speaker.turns.to_string(),
            speaker.longest_turn.to_string(),
        ]
    };
    let silent = of.persons.iter().filter(|person| person.present && !views.all.speakers.contains_key(&person.name));
    let none = SpeakerMeasures::default();
    let silent = silent.filter(|_| views.all.present.is_some()).map(|person| (&person.name, &none));
    let rows: Vec<Vec<String>> = ranked.into_iter().chain(silent).map(row).collect();
    let head = [
        texts.person,
        shown(roles, texts.role),
        shown(groups, texts.group),
        texts.talk,
        texts.share,
        shown(views.without.is_some(), texts.share_without),
        texts.turns,
        texts.longest_turn,
    ];
    vec![heading(level, texts.shares), Block::Chart(chart), table(&head, rows)]
}

/// How each behaves in the conversation.
pub(super) fn floor(page: Page<'_>, views: &Views, level: u8) -> Vec<Block> {
    let Page { texts, language, overlaps, .. } = page;
    let row = |(name, speaker): (&String, &SpeakerMeasures)| {
        vec![
            name.clone(),
            or_dash(speaker.mean_turn().map(|turn| turn.to_string())),
            or_dash(latency(speaker.latency, language)),
            or_dash(speaker.words_per_minute().map(|speed| decimal(speed, 0, language))),
            speaker.backchannels.to_string(),
            speaker.took_over.to_string(),
            speaker.lost_floor.to_string(),
            speaker.attempts.to_string(),
        ]
    };
    let head = [
        texts.person,
        texts.mean_turn,
        shown(views.all.latency.is_some_and(|latency| latency.count > 0), texts.latency),
        texts.speed,
        texts.backchannels,
        shown(overlaps, texts.took_over),
        shown(overlaps, texts.lost_floor),
        shown(overlaps, texts.attempts),
    ];
    vec![heading(level, texts.floor), table(&head, ranked(&views.all).into_iter().map(row))]
}

fn latency(latency: Option<Latency>, language: Language) -> Option<String> {
    let latency = latency?;
    Some(format!("{} ({})", seconds(latency.median?, language), latency.count))
}

/// How evenly it is spread, with and without some roles.
pub(super) fn spread(page: Page<'_>, views: &Views, level: u8) -> Vec<Block> {
    let Page { texts, .. } = page;
    let none = BTreeSet::new();
    let mut columns = vec![figures(page, &views.all, &none)];
    columns.extend(views.without.as_ref().map(|without| figures(page, without, &page.of.excluded)));
    let rows = (0..columns[0].len()).filter(|row| columns.iter().any(|column| column[*row].1.is_some())).map(|row| {
        let cells = columns.iter().map(|column| or_dash(column[row].1.clone()));
        [columns[0][row].0.to_owned()].into_iter().chain(cells).collect()
    });
    let mut head = vec![texts.measure, if views.without.is_some() { texts.with_all } else { texts.value }];
    head.extend(views.without.is_some().then_some(texts.without));
    vec![heading(level, texts.spread), table(&head, rows)]
}

/// The figures of a conversation as a whole, without those of some roles. `None`: not known.
fn figures<'t>(page: Page<'t>, measures: &Measures, excluded: &BTreeSet<String>) -> Vec<(&'t str, Option<String>)> {
    let Page { of, texts, language, overlaps } = page;
    let number = |value: Option<f64>| value.map(|value| decimal(value, 3, language));
    let (spoke, present) = (measures.spoke, measures.present);
    let groups = by(measures, &of.persons, excluded, |person| person.group.as_ref());
    let takeovers: usize = measures.takeovers.values().sum();
    vec![
        (texts.spoke, Some(spoke.count.to_string())),
        (texts.gini_spoke, number(spoke.gini)),
        (texts.gini_corrected, number(spoke.gini_corrected())),
        (texts.evenness_spoke, number(spoke.evenness)),
        (texts.present, present.map(|present| present.count.to_string())),
        (texts.coverage, measures.coverage.map(|part| percent(part, language))),
        (texts.gini_present, number(present.and_then(|present| present.gini))),
        (texts.evenness_present, number(present.and_then(|present| present.evenness))),
        (texts.balance, number(balance(&groups))),
        (texts.turns, Some(measures.turns.to_string())),
        (texts.backchannels, Some(measures.backchannels.to_string())),
        (texts.transfers, Some(measures.transfers.to_string())),
        (texts.overlapped, overlaps.then(|| measures.overlapped_transfers.to_string())),
        (texts.after_silence, Some(measures.after_silence.to_string())),
        (texts.latency, latency(measures.latency, language)),
        (texts.all_takeovers, overlaps.then(|| takeovers.to_string())),
    ]
}

/// By role and by group, where the file of the meeting has them.
pub(super) fn groups(page: Page<'_>, views: &Views, level: u8) -> Vec<Block> {
    let Page { of, texts, language, .. } = page;
    let none = BTreeSet::new();
    let roles = by(&views.all, &of.persons, &none, |person| person.role.as_ref());
    let roles = roles.into_iter().map(|(role, one)| (role.map(|role| wording::role(&role, language).to_owned()), one));
    let groups = by(&views.all, &of.persons, &none, |person| person.group.as_ref());
    let mut blocks = Vec::new();
    for (title, label, groups) in
        [(texts.roles, texts.role, roles.collect::<Vec<_>>()), (texts.groups, texts.group, groups)]
    {
        if !groups.is_empty() {
            blocks.extend([heading(level, title), of_groups(page, label, &groups, views.all.present.is_some())]);
        }
    }
    blocks
}

fn of_groups(page: Page<'_>, label: &str, groups: &[(Option<String>, GroupMeasures)], present: bool) -> Block {
    let Page { texts, language, .. } = page;
    let row = |(name, one): &(Option<String>, GroupMeasures)| {
        vec![
            name.clone().unwrap_or_else(|| texts.none.to_owned()),
            format!("{} / {}", one.spoke, one.present.unwrap_or_default()),
            one.talk.to_string(),
            percent(one.share, language),
            one.turns.to_string(),
            one.longest_turn.to_string(),
            or_dash(one.parity.map(|parity| decimal(parity, 2, language))),
        ]
    };
    let head = [
        label,
        shown(present, texts.heads),
        texts.talk,
        texts.share,
        texts.turns,
        texts.longest_turn,
        shown(present, texts.parity),
    ];
    table(&head, groups.iter().map(row))
}

/// Who took over from whom; nothing if it cannot be known or nobody did.
pub(super) fn takeovers(page: Page<'_>, views: &Views, level: u8) -> Vec<Block> {
    let Page { texts, overlaps, .. } = page;
    let all = &views.all;
    let pairs: BTreeSet<_> = all.takeovers.keys().chain(all.attempts.keys()).collect();
    if !overlaps || pairs.is_empty() {
        return Vec::new();
    }
    let count =
        |of: &BTreeMap<_, usize>, pair: &(String, String)| of.get(pair).copied().unwrap_or_default().to_string();
    let row = |pair: &(String, String)| {
        vec![pair.0.clone(), pair.1.clone(), count(&all.takeovers, pair), count(&all.attempts, pair)]
    };
    let head = [texts.by, texts.from, texts.succeeded, texts.attempts];
    vec![heading(level, texts.takeovers), table(&head, pairs.into_iter().map(row))]
}

/// Whether anybody has a role, or a group.
fn has(page: Page<'_>, key: impl Fn(&Person) -> Option<&String>) -> bool {
    page.of.persons.iter().any(|person| key(person).is_some())
}
