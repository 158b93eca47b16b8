//! Who takes part in a conversation, and how much: talk time, turns, shares, who follows whom, and how evenly all of it is spread.
//!
//! Everything here is a pure function of who speaks when. `docs/participation.md` defines the measures; times are whole milliseconds and
//! intervals half-open. None of it says anything about the quality of what is said.

mod assembly;
mod conversation;
mod distribution;
mod floor;
mod pieces;
mod report;
mod rows;
mod views;

pub use assembly::{GroupMeasures, balance, by, combined};
pub use conversation::{Conversation, Item, Naming, item_name, items, persons};
pub use distribution::{evenness, gini};
pub use report::report;
pub use rows::rows;
pub use views::{Part, Participation, Views};

use crate::{Millis, Span};
use distribution::lower_median;
use floor::{Takeover, Turn, backchannels, takeovers, turns};
use pieces::{Piece, coverage, pieces};
use std::collections::{BTreeMap, BTreeSet};

/// A longer wait before somebody speaks is silence, and no latency of an answer.
pub const LONGEST_LATENCY: Millis = Millis(5_000);

/// Roles of those who lead a conversation.
pub const MODERATION: [&str; 2] = ["chair", "moderator"];

/// When one speaker speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Name of the speaker.
    pub who: String,
    /// From the first sound to the last.
    pub span: Span,
    /// Words that are said in it; they count where it begins.
    pub words: usize,
}

/// Somebody who is expected to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// As in [`Stretch::who`].
    pub name: String,
    /// Such as `chair`; `None`: none is known.
    pub role: Option<String>,
    /// Such as a parliamentary group; `None`: none is known. Never guessed.
    pub group: Option<String>,
    /// Whether the person is there.
    pub present: bool,
}

impl Person {
    fn has_role(&self, roles: &BTreeSet<String>) -> bool {
        self.role.as_ref().is_some_and(|role| roles.contains(role))
    }
}

/// What the measures depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// A longer pause of one speaker ends a turn.
    pub gap: Millis,
    /// The longest backchannel.
    pub backchannel: Millis,
    /// Who begins to speak so shortly before another ends, or after another began, takes over from nobody.
    pub terminal: Millis,
    /// Who goes on so long after another fell silent has taken over.
    pub hold: Millis,
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters { gap: Millis(1_000), backchannel: Millis(1_000), terminal: Millis(500), hold: Millis(1_000) }
    }
}

/// What is measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// The part of the recording; `None`: from the first sound of anybody to the last.
    pub window: Option<Span>,
    /// Roles that are left out before anything is measured.
    pub excluded: BTreeSet<String>,
    /// Times that are left out, in order: nobody speaks in them, they are no silence, and nobody answers across them.
    pub left_out: Vec<Span>,
    /// How.
    pub parameters: Parameters,
}

/// How a conversation is shared among its speakers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measures {
    /// The part of the recording.
    pub window: Span,
    /// When at least one speaks.
    pub speech: Millis,
    /// When at least two speak.
    pub overlap: Millis,
    /// What is said by those beside the first: all talk time is `speech` and this.
    pub overlap_excess: Millis,
    /// When nobody speaks.
    pub silence: Millis,
    /// The part of the window that is left out.
    pub left_out: Millis,
    /// The talk time of all speakers.
    pub talk: Millis,
    /// Among those who spoke.
    pub spoke: Spread,
    /// Among those who are present, silent ones included; `None` without a list of persons.
    pub present: Option<Spread>,
    /// The part of those present who spoke, in `0.0..=1.0`; `None` without a list of persons.
    pub coverage: Option<f64>,
    /// Turns of all.
    pub turns: usize,
    /// Short remarks while another has the floor, which are no turns.
    pub backchannels: usize,
    /// How often the floor goes from one to another.
    pub transfers: usize,
    /// How many of them begin before the other has ended.
    pub overlapped_transfers: usize,
    /// How many of them follow a silence of more than [`LONGEST_LATENCY`].
    pub after_silence: usize,
    /// How long others take to begin; `None` of several recordings together, since nobody answers across them.
    pub latency: Option<Latency>,
    /// How often one began while another spoke, and went on when the other fell silent: by whom, from whom.
    pub takeovers: BTreeMap<(String, String), usize>,
    /// How often one began while another spoke, and fell silent first: by whom, from whom.
    pub attempts: BTreeMap<(String, String), usize>,
    /// Those who spoke, by name.
    pub speakers: BTreeMap<String, SpeakerMeasures>,
}

/// How talk time is spread over some people.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// How many there are.
    pub count: usize,
    /// The [Gini coefficient](gini()).
    pub gini: Option<f64>,
    /// The [evenness](evenness()).
    pub evenness: Option<f64>,
}

impl Spread {
    fn of(amounts: impl IntoIterator<Item = Millis>) -> Spread {
        let amounts: Vec<u64> = amounts.into_iter().map(|amount| amount.0).collect();
        Spread { count: amounts.len(), gini: gini(&amounts), evenness: evenness(&amounts) }
    }

    /// The Gini coefficient with the correction for small groups, which reaches 1; `None` for fewer than two.
    pub fn gini_corrected(self) -> Option<f64> {
        let n = self.count as f64;
        self.gini.filter(|_| self.count >= 2).map(|gini| gini * n / (n - 1.0))
    }
}

/// How long it takes until somebody begins to speak after another has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// The lower median; `None` if there are none.
    pub median: Option<Millis>,
    /// How many there are: without overlaps, and without those after a silence.
    pub count: usize,
}

impl Latency {
    fn of(offsets: Vec<u64>) -> Latency {
        Latency { count: offsets.len(), median: lower_median(offsets).map(Millis) }
    }
}

/// What one speaker contributes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SpeakerMeasures {
    /// How long the person speaks.
    pub talk: Millis,
    /// The part of the talk time of all, in `0.0..=1.0`.
    pub share: f64,
    /// The part of the window, in `0.0..=1.0`.
    pub share_of_window: f64,
    /// Turns.
    pub turns: usize,
    /// From the first sound of a turn to its last; zero without turns.
    pub longest_turn: Millis,
    /// All turns together.
    pub in_turns: Millis,
    /// Words.
    pub words: usize,
    /// Backchannels.
    pub backchannels: usize,
    /// How long the person takes to begin after others; `None` of several recordings together.
    pub latency: Option<Latency>,
    /// How often the person took over while another spoke.
    pub took_over: usize,
    /// How often another took over while the person spoke.
    pub lost_floor: usize,
    /// How often the person tried to.
    pub attempts: usize,
}

impl SpeakerMeasures {
    /// The mean length of turns; `None` without turns.
    pub fn mean_turn(&self) -> Option<Millis> {
        (self.turns > 0).then(|| Millis(self.in_turns.0 / self.turns as u64))
    }

    /// Words a minute of talk time; `None` if no words are known.
    pub fn words_per_minute(&self) -> Option<f64> {
        (self.words > 0 && self.talk.0 > 0).then(|| self.words as f64 * 60_000.0 / self.talk.0 as f64)
    }
}

/// Measures who takes part. A speaker whom `persons` does not name has no role.
pub fn measure(stretches: &[Stretch], persons: &[Person], scope: &Scope) -> Measures {
    let excluded = |person: &&Person| person.has_role(&scope.excluded);
    let left_out: BTreeSet<&str> = persons.iter().filter(excluded).map(|person| &*person.name).collect();
    let kept: Vec<&Stretch> = stretches.iter().filter(|stretch| !left_out.contains(&*stretch.who)).collect();
    let window = scope.window.unwrap_or_else(|| whole(&kept));
    let (names, pieces) = pieces(&kept, window);
    let left_out: u64 = scope.left_out.iter().map(|span| within(*span, window)).sum();
    let floor = Floor::new(&pieces, scope);
    let (speech, overlap, overlap_excess) = coverage(&pieces);
    let mut speakers = speakers(&names, &pieces, &floor);
    for stretch in kept.iter().filter(|stretch| (window.start..window.end).contains(&stretch.span.start)) {
        if let Some(speaker) = speakers.get_mut(&stretch.who) {
            speaker.words += stretch.words;
        }
    }
    let pairs = |succeeds| {
        let mut pairs = BTreeMap::new();
        for one in floor.takeovers.iter().filter(|one| one.succeeds == succeeds) {
            *pairs.entry((names[one.by].clone(), names[one.from].clone())).or_default() += 1;
        }
        pairs
    };
    let mut measures = Measures {
        window,
        speech: Millis(speech),
        overlap: Millis(overlap),
        overlap_excess: Millis(overlap_excess),
        silence: window.length() - Millis(left_out) - Millis(speech),
        left_out: Millis(left_out),
        talk: Millis(pieces.iter().map(|piece| piece.length()).sum()),
        turns: floor.turns.len(),
        backchannels: floor.backchannels.iter().filter(|is| **is).count(),
        transfers: floor.transfers.len(),
        overlapped_transfers: floor.transfers.iter().filter(|(_, offset)| *offset < 0).count(),
        after_silence: floor.transfers.iter().filter(|(_, offset)| *offset > LONGEST_LATENCY.0 as i64).count(),
        latency: Some(Latency::of(floor.latencies().map(|(_, offset)| offset).collect())),
        takeovers: pairs(true),
        attempts: pairs(false),
        speakers,
        ..Measures::default()
    };
    measures.share_out(persons, &scope.excluded);
    measures
}

/// How much of a span is within the window, in milliseconds.
fn within(span: Span, window: Span) -> u64 {
    (span.end.min(window.end) - span.start.max(window.start)).0
}

/// From the first sound to the last.
fn whole(stretches: &[&Stretch]) -> Span {
    let start = stretches.iter().map(|stretch| stretch.span.start.0).min().unwrap_or_default();
    Span::new(start, stretches.iter().map(|stretch| stretch.span.end.0).max().unwrap_or_default())
}

/// Who has the floor when.
struct Floor {
    backchannels: Vec<bool>,
    turns: Vec<Turn>,
    /// To whom the floor goes, and how long after the end of the other's turn, in milliseconds; below zero before.
    transfers: Vec<(usize, i64)>,
    takeovers: Vec<Takeover>,
}

impl Floor {
    fn new(pieces: &[Piece], scope: &Scope) -> Floor {
        let parameters = scope.parameters;
        let backchannels = backchannels(pieces, parameters);
        let spoken: Vec<Piece> =
            pieces.iter().zip(&backchannels).filter(|(_, is)| !**is).map(|(piece, _)| *piece).collect();
        let turns = turns(&spoken, parameters);
        let offset = |pair: &[Turn]| (pair[1].who, pair[1].start as i64 - pair[0].end as i64);
        let is_cut = |pair: &[Turn]| {
            let next = scope.left_out.partition_point(|span| span.end.0 <= pair[0].end);
            scope.left_out.get(next).is_some_and(|span| span.start.0 < pair[1].start)
        };
        let transfer = |pair: &&[Turn]| pair[0].who != pair[1].who && !is_cut(pair);
        let transfers = turns.windows(2).filter(transfer).map(offset).collect();
        Floor { backchannels, transfers, turns, takeovers: takeovers(&spoken, parameters) }
    }

    /// Who answers, and after how long.
    fn latencies(&self) -> impl Iterator<Item = (usize, u64)> {
        let offsets = self.transfers.iter().filter_map(|(who, offset)| Some((*who, u64::try_from(*offset).ok()?)));
        offsets.filter(|(_, offset)| *offset <= LONGEST_LATENCY.0)
    }
}

/// What each speaker contributes, without shares and words.
fn speakers(names: &[String], pieces: &[Piece], floor: &Floor) -> BTreeMap<String, SpeakerMeasures> {
    let mut all = vec![SpeakerMeasures::default(); names.len()];
    for (piece, is_backchannel) in pieces.iter().zip(&floor.backchannels) {
        all[piece.who].talk.0 += piece.length();
        all[piece.who].backchannels += usize::from(*is_backchannel);
    }
    for turn in &floor.turns {
        let speaker = &mut all[turn.who];
        speaker.turns += 1;
        speaker.in_turns.0 += turn.length();
        speaker.longest_turn = speaker.longest_turn.max(Millis(turn.length()));
    }
    for one in &floor.takeovers {
        all[one.by].took_over += usize::from(one.succeeds);
        all[one.by].attempts += usize::from(!one.succeeds);
        all[one.from].lost_floor += usize::from(one.succeeds);
    }
    let mut latencies = vec![Vec::new(); names.len()];
    floor.latencies().for_each(|(who, offset)| latencies[who].push(offset));
    for (speaker, latencies) in all.iter_mut().zip(latencies) {
        speaker.latency = Some(Latency::of(latencies));
    }
    names.iter().cloned().zip(all).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
