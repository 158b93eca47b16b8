//! Several recordings of one assembly: its tables, or the parts of a day.

use super::{Measures, Person, Spread};
use crate::{Millis, Span};
use std::collections::{BTreeMap, BTreeSet};

/// What the recordings measure together. Times add up, and who speaks at several tables counts once. How the floor goes from one to
/// another is only known within a recording, so latencies are those of the parts.
pub fn combined(parts: &[&Measures], persons: &[Person], excluded: &BTreeSet<String>) -> Measures {
    let mut all = Measures::default();
    let mut window = 0;
    for part in parts {
        window += part.window.length().0;
        for (sum, one) in [
            (&mut all.speech, part.speech),
            (&mut all.overlap, part.overlap),
            (&mut all.overlap_excess, part.overlap_excess),
            (&mut all.silence, part.silence),
            (&mut all.left_out, part.left_out),
            (&mut all.talk, part.talk),
        ] {
            *sum = *sum + one;
        }
        all.turns += part.turns;
        all.backchannels += part.backchannels;
        all.transfers += part.transfers;
        all.overlapped_transfers += part.overlapped_transfers;
        all.after_silence += part.after_silence;
        add(&mut all.takeovers, &part.takeovers);
        add(&mut all.attempts, &part.attempts);
        for (name, one) in &part.speakers {
            let speaker = all.speakers.entry(name.clone()).or_default();
            speaker.talk = speaker.talk + one.talk;
            speaker.in_turns = speaker.in_turns + one.in_turns;
            speaker.longest_turn = speaker.longest_turn.max(one.longest_turn);
            speaker.turns += one.turns;
            speaker.words += one.words;
            speaker.backchannels += one.backchannels;
            speaker.took_over += one.took_over;
            speaker.lost_floor += one.lost_floor;
            speaker.attempts += one.attempts;
        }
    }
    all.window = Span::new(0, window);
    all.share_out(persons, excluded);
    all
}

fn add(to: &mut BTreeMap<(String, String), usize>, pairs: &BTreeMap<(String, String), usize>) {
    pairs.iter().for_each(|(pair, count)| *to.entry(pair.clone()).or_default() += count);
}

impl Measures {
    /// Everything that follows from the talk time of each: shares, and how evenly it is spread.
    pub(super) fn share_out(&mut self, persons: &[Person], excluded: &BTreeSet<String>) {
        let (talk, window) = (self.talk.0 as f64, (self.window.length() - self.left_out).0 as f64);
        for speaker in self.speakers.values_mut() {
            speaker.share = speaker.talk.0 as f64 / talk;
            speaker.share_of_window = speaker.talk.0 as f64 / window;
        }
        self.spoke = Spread::of(self.speakers.values().map(|speaker| speaker.talk));
        let counts = |person: &&Person| person.present && !person.has_role(excluded);
        let present: Vec<Millis> = persons.iter().filter(counts).map(|person| self.talk_of(&person.name)).collect();
        let spoke = present.iter().filter(|talk| **talk > Millis(0)).count();
        self.coverage = (!present.is_empty()).then(|| spoke as f64 / present.len() as f64);
        self.present = (!present.is_empty()).then(|| Spread::of(present));
    }

    /// Zero for who does not speak.
    pub(super) fn talk_of(&self, name: &str) -> Millis {
        self.speakers.get(name).map_or(Millis(0), |speaker| speaker.talk)
    }
}

/// What those with one role, or of one group, contribute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupMeasures {
    /// How many of them spoke.
    pub spoke: usize,
    /// How many of them are present; `None` without a list of persons.
    pub present: Option<usize>,
    /// How long they speak.
    pub talk: Millis,
    /// The part of the talk time of all, in `0.0..=1.0`.
    pub share: f64,
    /// Turns.
    pub turns: usize,
    /// The longest of these turns.
    pub longest_turn: Millis,
    /// All turns together.
    pub in_turns: Millis,
    /// Words.
    pub words: usize,
    /// Backchannels.
    pub backchannels: usize,
    /// How often one of them took over while another spoke.
    pub took_over: usize,
    /// How often another took over while one of them spoke.
    pub lost_floor: usize,
    /// How often one of them tried to.
    pub attempts: usize,
    /// Their share of the talk time over their share of those present: 1 is proportional. `None` if it is not known who is present.
    pub parity: Option<f64>,
}

/// The speakers by role or by group, in alphabetical order, those without one last and without a name; empty if nobody has one.
pub fn by(
    measures: &Measures,
    persons: &[Person],
    excluded: &BTreeSet<String>,
    key: impl Fn(&Person) -> Option<&String>,
) -> Vec<(Option<String>, GroupMeasures)> {
    let mut groups: BTreeMap<(bool, Option<String>), GroupMeasures> = BTreeMap::new();
    let place = |key: Option<&String>| (key.is_none(), key.cloned());
    let known: BTreeMap<&str, Option<&String>> = persons.iter().map(|person| (&*person.name, key(person))).collect();
    let mut heads = 0;
    for person in persons.iter().filter(|person| person.present && !person.has_role(excluded)) {
        heads += 1;
        *groups.entry(place(key(person))).or_default().present.get_or_insert(0) += 1;
    }
    for (name, one) in &measures.speakers {
        let group = groups.entry(place(known.get(&**name).copied().flatten())).or_default();
        group.spoke += 1;
        group.talk = group.talk + one.talk;
        group.share += one.share;
        group.turns += one.turns;
        group.longest_turn = group.longest_turn.max(one.longest_turn);
        group.in_turns = group.in_turns + one.in_turns;
        group.words += one.words;
        group.backchannels += one.backchannels;
        group.took_over += one.took_over;
        group.lost_floor += one.lost_floor;
        group.attempts += one.attempts;
    }
    for group in groups.values_mut() {
        let expected = group.present.map(|present| f64::from(present as u32) / f64::from(heads.max(1)));
        group.parity = expected.filter(|part| *part > 0.0 && measures.talk > Millis(0)).map(|part| group.share / part);
    }
    let named = groups.keys().any(|(_, name)| name.is_some());
    groups.into_iter().filter(|_| named).map(|((_, name), group)| (name, group)).collect()
}

/// The part of the larger of two groups, in `0.5..=1.0`; `None` if there are not exactly two, or nobody speaks.
pub fn balance(groups: &[(Option<String>, GroupMeasures)]) -> Option<f64> {
    let [(Some(_), one), (Some(_), other)] = groups else { return None };
    let sum = (one.talk + other.talk).0;
    (sum > 0).then(|| one.talk.max(other.talk).0 as f64 / sum as f64)
}
