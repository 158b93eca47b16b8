//! Who is meant by a name in a file of edits, and how speakers get other names.
//!
//! A speaker keeps its number when it is renamed, and the transcript remembers the names that it had, so that it does not matter
//! whether edits were made before or after somebody else renamed it.

use super::{Applied, Edits, OtherName};
use crate::import::Voices;
use crate::transcript::is_blank;
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

    /// Who is called `name` in the edits; `None`: somebody new. Somebody else may have been called so before: then it is who is among
    /// `concerned`, or else who is called so now.
    pub(super) fn meant(&self, name: &str, edits: &Edits, concerned: &[SpeakerId]) -> Option<SpeakerId> {
        let called = |name: &str| self.first(|_, current| current == name);
        let is_concerned = |id: &SpeakerId| concerned.contains(id);
        self.by_number(name, edits)
            .or_else(|| called(name).filter(is_concerned))
            .or_else(|| self.first(|id, _| self.was(id, name) && concerned.contains(&id)))
            .or_else(|| called(name))
            .or_else(|| self.first(|id, _| self.was(id, name)))
            // Transcripts of former versions remember no names: the same edits may have renamed the speaker.
            .or_else(|| edits.names.get(name).and_then(|new| called(new)))
    }

    /// Who has the number that the edits give to `name`. It means somebody only together with a name, for the edits may be of another
    /// transcript of the recording.
    fn by_number(&self, name: &str, edits: &Edits) -> Option<SpeakerId> {
        let known = edits.speakers.get(name)?;
        let is = |current: &String| current == name || known.former_names.contains(current);
        (self.was(known.id, name) || self.names.get(&known.id).is_some_and(is)).then_some(known.id)
    }

    /// Who was called `name` before, while somebody else is called so now. Without a number, nobody knows which of them is meant.
    fn mistakable(&self, name: &str, edits: &Edits) -> Option<SpeakerId> {
        let current = self.first(|_, current| current == name).filter(|_| self.by_number(name, edits).is_none())?;
        self.first(|id, _| id != current && self.was(id, name))
    }

    /// Whether somebody is called `new`, and was `old` before; by number if the edits have one.
    fn is_renamed(&self, old: &str, new: &str, edits: &Edits) -> bool {
        let number = edits.speakers.get(old).map(|known| known.id).filter(|id| self.names.contains_key(id));
        self.first(|id, current| current == new && self.was(id, old) && number.is_none_or(|number| number == id))
            .is_some()
    }
}

/// A new name that the edits give to a speaker.
struct Renaming<'a> {
    id: SpeakerId,
    /// The speaker's name in the edits.
    old: &'a str,
    new: &'a str,
    /// Somebody else has given the speaker another name, which stays.
    refused: bool,
}

impl Edits {
    /// Renames speakers, all at once; speakers with the same name then become one. Who was given another name by somebody else
    /// keeps it, unless `over` is true, and so does whoever would get the name of such a speaker.
    pub(super) fn rename(&self, transcript: &mut Transcript, over: bool, applied: &mut Applied) {
        let before = Speakers::of(transcript);
        let mut renamings = self.renamings(&before, over);
        refuse_dependent(&mut renamings, &before);
        let mut after = before.names.clone();
        for Renaming { id, old, new, refused } in &renamings {
            let current = &before.names[id];
            if *refused {
                applied.other_names.push(OtherName { current: current.clone(), given: (*new).to_owned() });
                continue;
            }
            after.insert(*id, (*new).to_owned());
            let former = transcript.former_names.entry(*id).or_default();
            former.extend([current].into_iter().chain(self.former_names(old)).cloned().chain([(*old).to_owned()]));
        }
        for Renaming { id, new, .. } in renamings.iter().filter(|renaming| !renaming.refused) {
            let others = || before.names.iter().filter(|(other, _)| *other != id);
            let is_there = others().any(|(other, name)| name == new && after.get(other) == Some(name));
            // Who saw the other one in the transcript means it.
            if is_there && !self.speakers.contains_key(*new) {
                applied.united.push(OtherName { current: before.names[id].clone(), given: (*new).to_owned() });
            }
        }
        applied.renamed = after.iter().filter(|(id, name)| before.names.get(id) != Some(name)).count();
        if applied.renamed > 0 {
            unite(transcript, &after);
        }
    }

    /// The names that led to `name` in the transcript that was edited.
    fn former_names(&self, name: &str) -> &[String] {
        self.speakers.get(name).map_or(&[], |known| &known.former_names)
    }

    /// Whether these are names of two voices in the transcript that was edited.
    fn are_two(&self, one: &str, other: &str) -> bool {
        let known = |name: &str| self.speakers.get(name).map(|known| known.id);
        known(one).zip(known(other)).is_some_and(|(one, other)| one != other)
    }

    /// The new names that speakers do not have yet, and did not have before they were given a later one.
    fn renamings<'a>(&'a self, before: &Speakers, over: bool) -> Vec<Renaming<'a>> {
        let mut renamings = Vec::new();
        for (old, new) in self.names.iter().filter(|(old, new)| old != new && !is_blank(new)) {
            let mistakable = before.mistakable(old, self).filter(|_| !over);
            let id = mistakable.or_else(|| before.meant(old, self, &[]));
            let Some(id) = id.filter(|_| !before.is_renamed(old, new, self)) else { continue };
            let current = &before.names[&id];
            let expected = current == old || self.former_names(old).contains(current);
            let refused = !(over || expected && mistakable.is_none());
            // Of two voices that somebody has united, the one has the names that the other had.
            let had_it = before.was(id, new) && !self.are_two(old, new);
            if current != new && !(refused && had_it) {
                renamings.push(Renaming { id, old, new, refused });
            }
        }
        renamings
    }
}

/// Refuses whoever would get the name of a speaker who keeps it because the other one was refused: half of a swap, or two who would
/// become one although the edits tell them apart.
fn refuse_dependent(renamings: &mut [Renaming<'_>], before: &Speakers) {
    loop {
        let kept = renamings
            .iter()
            .filter(|one| one.refused)
            .flat_map(|one| [one.old, before.names.get(&one.id).map_or("", String::as_str)].map(|name| (one.id, name)));
        let kept: Vec<(SpeakerId, &str)> = kept.collect();
        let depends = |one: &Renaming<'_>| kept.iter().any(|(id, name)| *id != one.id && *name == one.new);
        match renamings.iter().position(|one| !one.refused && depends(one)) {
            Some(at) => renamings[at].refused = true,
            None => return,
        }
    }
}

/// Gives the speakers their new names; of those with one name, the one with the smallest number is kept, in whatever order they were
/// renamed.
fn unite(transcript: &mut Transcript, after: &BTreeMap<SpeakerId, String>) {
    let mut first: BTreeMap<&str, SpeakerId> = BTreeMap::new();
    for (id, name) in after {
        first.entry(name).or_insert(*id);
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
    // What was known of the voices concerned each of them alone.
    transcript.voices.retain(|id, _| after.values().filter(|name| Some(*name) == after.get(id)).count() == 1);
    transcript.names = Voices::of(first.into_iter().map(|(name, id)| (id, name.to_owned()))).names();
}
