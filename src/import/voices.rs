//! Numbers for speakers that have names.

use crate::SpeakerId;
use crate::format::line;
use crate::names::composed;
use crate::wording::{Language, speaker, speaker_number};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Gives numbers to names: 3 to `Speaker 3`, if that is free, and to any other name the lowest free number, in order of asking.
#[derive(Default)]
pub(crate) struct Voices {
    met: BTreeSet<String>,
    ids: BTreeMap<String, SpeakerId>,
    taken: BTreeSet<SpeakerId>,
    /// All lower ones are taken.
    next: u16,
}

impl Voices {
    /// The speakers of a transcript.
    pub(crate) fn of(names: impl IntoIterator<Item = (SpeakerId, String)>) -> Voices {
        let mut voices = Voices::default();
        for (id, name) in names {
            let name = canonical(&name).into_owned();
            voices.met.insert(name.clone());
            voices.take(name, id);
        }
        voices
    }

    fn take(&mut self, name: String, id: SpeakerId) {
        self.ids.insert(name, id);
        self.taken.insert(id);
    }

    /// Was the name met?
    pub(crate) fn has(&self, name: &str) -> bool {
        self.met.contains(&*canonical(name))
    }

    /// Registers a name.
    pub(crate) fn meet(&mut self, name: &str) {
        self.meet_as(name, numbered(name));
    }

    /// Registers a name that has a number, which counts if it is free.
    pub(crate) fn meet_as(&mut self, name: &str, number: Option<SpeakerId>) {
        let name = &*canonical(name);
        if !self.has(name) {
            self.met.insert(name.to_owned());
            if let Some(number) = number.filter(|number| number.0 > 0 && !self.taken.contains(number)) {
                self.take(name.to_owned(), number);
            }
        }
    }

    /// The number of a name that was met; `None` beyond 65,535 speakers. To be asked after all names were met.
    pub(crate) fn id(&mut self, name: &str) -> Option<SpeakerId> {
        let name = &*canonical(name);
        if let Some(id) = self.ids.get(name) {
            return Some(*id);
        }
        let free = (self.next.max(1)..=u16::MAX).map(SpeakerId).find(|id| !self.taken.contains(id))?;
        self.next = free.0;
        self.take(name.to_owned(), free);
        Some(free)
    }

    /// For [`Transcript::names`](crate::Transcript::names).
    pub(crate) fn names(&self) -> BTreeMap<SpeakerId, String> {
        let named = self.ids.iter().filter(|(name, id)| numbered(name) != Some(**id));
        named.map(|(name, id)| (*id, name.clone())).collect()
    }
}

/// The number in `Speaker 3`, in any language of the program's.
pub(crate) fn numbered(name: &str) -> Option<SpeakerId> {
    speaker_number(name).map(SpeakerId)
}

/// The name by which a speaker is known here: `Speaker 3` for what other languages call so, or else the name itself in composed
/// form, without what no file shows.
pub(crate) fn canonical(name: &str) -> Cow<'_, str> {
    let name = line(name);
    match (speaker_number(&name), name) {
        (Some(number), _) => Cow::Owned(speaker(number, Language::English)),
        (None, Cow::Borrowed(name)) => composed(name),
        (None, Cow::Owned(name)) => Cow::Owned(composed(&name).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_one() {
        let mut voices = Voices::default();
        for name in ["Anna Meyer", "Anna\u{e} \n Meyer", "\u{feff}Anna Meyer "] {
            voices.meet(name);
            assert_eq!(voices.id(name), Some(SpeakerId(1)), "{name:?}");
        }
        assert_eq!(voices.names().len(), 1);
    }
}
