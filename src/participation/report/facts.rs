//! What stands above the numbers and below them: what was measured, what a reader must know, and how it is counted.

use super::{Page, from_to, heading, seconds, table};
use crate::document::{Block, Run};
use crate::participation::{Conversation, LONGEST_LATENCY, Views};
use crate::wording::{self, ParticipationTexts};

/// Title, facts and notices of the whole.
pub(super) fn head(page: Page<'_>) -> Vec<Block> {
    let Page { of, texts, language, .. } = page;
    let names: Vec<&str> = of.parts.iter().map(|part| &*part.conversation.name).collect();
    let label = if names.len() == 1 { texts.recording } else { texts.recordings };
    let mut facts = vec![(label.to_owned(), names.join(", "))];
    if let [part] = &of.parts[..] {
        facts.extend(times(page, &part.conversation, &part.whole));
    }
    let mut blocks =
        vec![heading(1, &texts.title.replace("{}", &of.title)), Block::Facts(facts), notice(texts.draft, true)];
    if of.parts.iter().any(|part| !part.conversation.separate && !part.conversation.stretches.is_empty()) {
        blocks.push(notice(texts.estimate, false));
    }
    if !page.overlaps {
        blocks.push(notice(texts.one_microphone, false));
    }
    if of.whole().is_some_and(|views| views.without.is_some()) {
        let roles: Vec<&str> = of.excluded.iter().map(|role| wording::role(role, language)).collect();
        blocks.push(notice(&texts.excluded.replace("{}", &roles.join(", ")), false));
    }
    if !of.persons.is_empty() {
        blocks.push(notice(texts.presence, false));
    }
    let unexpected = of.unexpected();
    if !unexpected.is_empty() {
        blocks.push(notice(&texts.unexpected.replace("{}", &unexpected.join(", ")), false));
    }
    blocks
}

/// What was measured of a recording.
pub(super) fn times(page: Page<'_>, conversation: &Conversation, views: &Views) -> Vec<(String, String)> {
    let Page { texts, .. } = page;
    let (all, unassigned) = (&views.all, views.unassigned);
    let mut facts = vec![
        (texts.measured, format!("{} ({})", from_to(all.window), all.window.length())),
        (texts.speech, (all.speech + unassigned).to_string()),
        (texts.silence, (all.silence - unassigned).to_string()),
    ];
    if unassigned.0 > 0 {
        facts.push((texts.unassigned, unassigned.to_string()));
    }
    if all.left_out.0 > 0 {
        facts.push((texts.left_out, all.left_out.to_string()));
    }
    let overlap = if conversation.knows_overlaps() { all.overlap.to_string() } else { texts.unknown.to_owned() };
    facts.push((texts.overlap, overlap));
    facts.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

/// What a reader must know about a recording.
pub(super) fn remarks(page: Page<'_>, conversation: &Conversation) -> Vec<Block> {
    let Page { texts, language, .. } = page;
    let mut blocks = Vec::new();
    if let Some((until, reason)) = &conversation.ends {
        blocks.push(notice(&wording::incomplete(*until, reason, language), false));
    }
    match (conversation.stretches.is_empty(), conversation.unassigned.is_empty()) {
        (true, true) => blocks.push(notice(texts.nobody_speaks, false)),
        (true, false) => blocks.push(notice(texts.no_speakers, false)),
        _ => {}
    }
    blocks
}

/// Parameters and definitions.
pub(super) fn method(page: Page<'_>) -> Vec<Block> {
    let Page { of, texts, language, .. } = page;
    let parameters = of.parameters;
    let rows = [
        (texts.gap, parameters.gap),
        (texts.backchannel, parameters.backchannel),
        (texts.terminal, parameters.terminal),
        (texts.hold, parameters.hold),
        (texts.longest_latency, LONGEST_LATENCY),
    ];
    let row = |((name, meaning), value): ((&str, &str), _)| {
        vec![name.to_owned(), seconds(value, language), meaning.to_owned()]
    };
    vec![
        heading(2, texts.method),
        table(&[texts.parameter, texts.value, texts.meaning], rows.map(row)),
        Block::List(definitions(texts)),
    ]
}

/// Each begins with what it defines.
fn definitions(texts: &ParticipationTexts) -> Vec<Vec<Run>> {
    let runs = |text: &&str| match text.split_once(':') {
        Some((term, rest)) => vec![Run::strong(format!("{term}:")), Run::plain(rest)],
        None => vec![Run::plain(*text)],
    };
    texts.definitions.iter().map(runs).collect()
}

fn notice(text: &str, strong: bool) -> Block {
    Block::Notice { text: text.to_owned(), strong }
}
