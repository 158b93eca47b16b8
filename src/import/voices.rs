//! Numbers for voices that have names.

use crate::SpeakerId;
use std::collections::BTreeMap;

/// `Speaker 3` has the number 3; any other name gets the lowest one that is free, in order of appearance.
#[derive(Default)]
pub(crate) struct Voices {
    met: Vec<String>,
    ids: BTreeMap<String, SpeakerId>,
}

impl Voices {
    /// Those of a transcript.
    pub(crate) fn of(names: impl IntoIterator<Item = (SpeakerId, String)>) -> Voices {
        let ids: BTreeMap<_, _> = names.into_iter().map(|(id, name)| (name, id)).collect();
        Voices { met: ids.keys().cloned().collect(), ids }
    }

    /// Was it met?
    pub(crate) fn has(&self, name: &str) -> bool {
        self.met.iter().any(|met| met == name)
    }

    /// Takes note of a name.
    pub(crate) fn meet(&mut self, name: &str) {
        if self.has(name) {
            return;
        }
        self.met.push(name.to_owned());
        if let Some(number) = numbered(name) {
            self.ids.insert(name.to_owned(), number);
        }
    }

    /// The number of a name that was met; `None` beyond 65,535 voices. Ask after all were met.
    pub(crate) fn id(&mut self, name: &str) -> Option<SpeakerId> {
        if let Some(id) = self.ids.get(name) {
            return Some(*id);
        }
        let free = (1..=u16::MAX).map(SpeakerId).find(|id| self.ids.values().all(|taken| taken != id))?;
        self.ids.insert(name.to_owned(), free);
        Some(free)
    }

    /// What [`Transcript::names`](crate::Transcript::names) must hold.
    pub(crate) fn names(&self) -> BTreeMap<SpeakerId, String> {
        let named = self.ids.iter().filter(|(name, id)| numbered(name) != Some(**id));
        named.map(|(name, id)| (*id, name.clone())).collect()
    }
}

/// The number in `Speaker 3`.
pub(crate) fn numbered(name: &str) -> Option<SpeakerId> {
    let number = name.strip_prefix("Speaker ")?;
    let number: u16 = number.parse().ok().filter(|n: &u16| *n > 0 && n.to_string() == number)?;
    Some(SpeakerId(number))
}
