//! Numbers for voices that have names.

use crate::SpeakerId;
use std::collections::{BTreeMap, BTreeSet};

/// `Speaker 3` has the number 3, if nobody else has; any other name gets the lowest one that is free, in order of asking.
#[derive(Default)]
pub(crate) struct Voices {
    met: BTreeSet<String>,
    ids: BTreeMap<String, SpeakerId>,
    taken: BTreeSet<SpeakerId>,
    /// All lower ones are taken.
    next: u16,
}

impl Voices {
    /// Those of a transcript.
    pub(crate) fn of(names: impl IntoIterator<Item = (SpeakerId, String)>) -> Voices {
        let mut voices = Voices::default();
        for (id, name) in names {
            voices.met.insert(name.clone());
            voices.take(name, id);
        }
        voices
    }

    fn take(&mut self, name: String, id: SpeakerId) {
        self.ids.insert(name, id);
        self.taken.insert(id);
    }

    /// Was it met?
    pub(crate) fn has(&self, name: &str) -> bool {
        self.met.contains(name)
    }

    /// Takes note of a name.
    pub(crate) fn meet(&mut self, name: &str) {
        if !self.has(name) {
            self.met.insert(name.to_owned());
            if let Some(number) = numbered(name).filter(|number| !self.taken.contains(number)) {
                self.take(name.to_owned(), number);
            }
        }
    }

    /// The number of a name that was met; `None` beyond 65,535 voices. Ask after all were met.
    pub(crate) fn id(&mut self, name: &str) -> Option<SpeakerId> {
        if let Some(id) = self.ids.get(name) {
            return Some(*id);
        }
        let free = (self.next.max(1)..=u16::MAX).map(SpeakerId).find(|id| !self.taken.contains(id))?;
        self.next = free.0;
        self.take(name.to_owned(), free);
        Some(free)
    }

    /// What [`Transcript::names`](crate::Transcript::names) must hold.
    pub(crate) fn names(&self) -> BTreeMap<SpeakerId, String> {
        let named = self.ids.iter().filter(|(name, id)| numbered(name) != Some(**id));
        named.map(|(name, id)| (*id, name.clone())).collect()
    }
}

/// The number in `Speaker 3`.
pub(super) fn numbered(name: &str) -> Option<SpeakerId> {
    let number = name.strip_prefix("Speaker ")?;
    let number: u16 = number.parse().ok().filter(|n: &u16| *n > 0 && n.to_string() == number)?;
    Some(SpeakerId(number))
}
