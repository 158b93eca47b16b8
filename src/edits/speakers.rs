//! Who is meant by a name in a file of edits, and how speakers get other names.
//!
//! A speaker keeps its number when it is renamed, and the transcript remembers the names that it had, so that it does not matter
//! whether edits were made before or after somebody else renamed it.

use super::{Applied, Edits, OtherName};
use crate::import::Voices;
use crate::{SpeakerId, Transcript};
use std::collections::BTreeMap;

/// The speakers of a transcript.
pub(super) struct Speakers {
    /// Their names.
    pub(super) names: BTreeMap<SpeakerId, String>,
    /// The names that they had before.
    former: BTreeMap<SpeakerId, Vec<String>>,
}

impl Speakers {
    pub(super) fn of(transcript: &Transcript) -> Speakers {
        let named = |id: SpeakerId| (id, transcript.name(id).into_owned());
        Speakers {
            names: transcript.speakers().into_iter().map(named).collect(),
            former: transcript.former_names.clone(),
        }
    }

    fn was(&self, id: SpeakerId, name: &str) -> bool {
        self.former.get(&id).is_some_and(|names| names.iter().any(|former| former == name))
    }

    fn first(&self, is: impl Fn(SpeakerId, &str) -> bool) -> Option<SpeakerId> {
        self.names.iter().find(|(id, name)| is(**id, name)).map(|(id, _)| *id)
    }

    /// Who is called `name` in the edits; `None`: somebody new.
    pub(super) fn meant(&self, name: &str, edits: &Edits) -> Option<SpeakerId> {
        let called = |name: &str| self.first(|_, current| current == name);
        // A number means somebody only together with a name, for the edits may be of another transcript of the recording.
        let numbered = edits.speakers.get(name).filter(|known| {
            let is = |current: &String| current == name || known.former_names.contains(current);
            self.was(known.id, name) || self.names.get(&known.id).is_some_and(is)
        });
        numbered
            .map(|known| known.id)
            .or_else(|| called(name))
            .or_else(|| self.first(|id, _| self.was(id, name)))
            // Transcripts of former versions remember no names: the same edits may have renamed the speaker.
            .or_else(|| edits.names.get(name).and_then(|new| called(new)))
    }

    /// Whether somebody is called `new`, and was `old` before; by number if the edits have one.
    fn is_renamed(&self, old: &str, new: &str, edits: &Edits) -> bool {
        let number = edits.speakers.get(old).map(|known| known.id).filter(|id| self.names.contains_key(id));
        self.first(|id, current| current == new && self.was(id, old) && number.is_none_or(|number| number == id))
            .is_some()
    }
}

impl Edits {
    /// Renames speakers, all at once; speakers with the same name then become one. Who was given another name by somebody else
    /// keeps it, unless `over` is true.
    pub(super) fn rename(&self, transcript: &mut Transcript, over: bool, applied: &mut Applied) {
        let before = Speakers::of(transcript);
        let mut after = before.names.clone();
        for (old, new) in self.names.iter().filter(|(old, new)| old != new && !new.is_empty()) {
            let Some(id) = before.meant(old, self).filter(|_| !before.is_renamed(old, new, self)) else { continue };
            let current = &before.names[&id];
            if current == new {
                continue;
            }
            // The names that lead to the new one.
            let known = self.speakers.get(old).map_or(&[][..], |known| &known.former_names);
            if current == old || known.contains(current) || over {
                after.insert(id, new.clone());
                let former = transcript.former_names.entry(id).or_default();
                former.extend([current].into_iter().chain(known).chain([old]).cloned());
            } else if !before.was(id, new) {
                applied.other_names.push(OtherName { current: current.clone(), given: new.clone() });
            }
        }
        applied.renamed = after.iter().filter(|(id, name)| before.names.get(id) != Some(name)).count();
        if applied.renamed == 0 {
            return;
        }
        unite(transcript, &before.names, &after);
    }
}

/// Gives the speakers their new names; of those with one name, the one that had it before is kept, or else the first.
fn unite(transcript: &mut Transcript, before: &BTreeMap<SpeakerId, String>, after: &BTreeMap<SpeakerId, String>) {
    let mut first: BTreeMap<&str, SpeakerId> = BTreeMap::new();
    for (id, name) in after {
        let kept = before.get(id) == Some(name);
        first.entry(name).and_modify(|one| *one = if kept { *id } else { *one }).or_insert(*id);
    }
    let united = |id: SpeakerId| after.get(&id).and_then(|name| first.get(name.as_str()).copied());
    let machine = transcript.edits.iter_mut().flat_map(|edit| &mut edit.machine);
    for segment in transcript.segments.iter_mut().chain(machine) {
        segment.speaker = segment.speaker.and_then(united);
    }
    for (id, names) in std::mem::take(&mut transcript.former_names) {
        let Some(id) = united(id) else { continue };
        let kept = transcript.former_names.entry(id).or_default();
        for name in names {
            if !kept.contains(&name) && after.get(&id) != Some(&name) {
                kept.push(name);
            }
        }
    }
    transcript.former_names.retain(|_, names| !names.is_empty());
    transcript.names = Voices::of(first.into_iter().map(|(name, id)| (id, name.to_owned()))).names();
}
