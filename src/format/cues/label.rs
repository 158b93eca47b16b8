//! The speaker's name before the first words of a turn, for formats that have no other place for it.

use super::super::Captions;
use super::super::text::width;
use crate::SpeakerId;
use std::collections::{BTreeMap, HashMap};

/// The labels of all who speak.
pub(super) struct Labels<'a> {
    pub(super) rules: &'a Captions,
    /// The names, and how they are shortened.
    names: BTreeMap<Option<SpeakerId>, (String, String)>,
}

impl<'a> Labels<'a> {
    /// `names` are those of all who speak.
    pub(super) fn new(names: BTreeMap<Option<SpeakerId>, String>, rules: &'a Captions) -> Labels<'a> {
        let room = if rules.line_count > 1 { rules.line_width - 1 } else { rules.line_width / 2 - 2 };
        let short = told_apart(&names, room);
        let names = names.into_iter().zip(short).map(|((speaker, name), short)| (speaker, (name, short)));
        Labels { rules, names: names.collect() }
    }

    /// `Speaker 1: `; on a line of its own where it would leave too little room beside it, and shortened where it does not fit even
    /// then, or where there is one line only. `first`: columns of the first word.
    pub(super) fn label(&self, speaker: Option<SpeakerId>, first: usize) -> String {
        let Some((name, short)) = self.names.get(&speaker) else { return String::new() };
        let (columns, room) = (width(name) + 2, self.rules.line_width);
        if columns <= room * 2 / 3 && columns + first <= room {
            format!("{name}: ")
        } else if self.rules.line_count > 1 {
            format!("{short}:\n")
        } else {
            format!("{short}: ")
        }
    }
}

/// The names in at most `most` columns (at least 2): the beginning of each if no other begins so, or else its beginning and its end,
/// or, if these are another's, too, its beginning and a number.
fn told_apart(names: &BTreeMap<Option<SpeakerId>, String>, most: usize) -> Vec<String> {
    let beginnings: Vec<String> = names.values().map(|name| shortened(name, most)).collect();
    let both: Vec<String> = names.values().map(|name| ends(name, most)).collect();
    let (begun, ended) = (counts(&beginnings), counts(&both));
    let pieces = names.values().zip(&beginnings).zip(&both).enumerate();
    let told = pieces.map(|(n, ((name, beginning), both))| {
        let number = format!(" {}", n + 1);
        match (begun[&**beginning], ended[&**both], most.saturating_sub(number.len())) {
            (1, ..) => beginning.clone(),
            (_, 1, _) => both.clone(),
            (.., room @ 2..) => format!("{}{number}", shortened(name, room)),
            _ => beginning.clone(),
        }
    });
    told.collect()
}

/// How often each text is there.
fn counts(texts: &[String]) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    texts.iter().for_each(|text| *counts.entry(&**text).or_default() += 1);
    counts
}

/// The beginning and the end of `name`, with `…` between them if something is missing.
fn ends(name: &str, most: usize) -> String {
    if width(name) <= most {
        return name.to_owned();
    }
    let room = most / 2;
    let starts = name.char_indices().map(|(at, _)| at);
    let end = starts.rev().take_while(|&at| width(&name[at..]) <= room).last().unwrap_or(name.len());
    let end = name[end..].trim_start();
    format!("{}{end}", shortened(name, most - width(end)))
}

/// `name` in at most `most` columns (at least 2), with `…` if something is missing.
fn shortened(name: &str, most: usize) -> String {
    if width(name) <= most {
        return name.to_owned();
    }
    let ends = name.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|&end| width(&name[..end]) < most).last().unwrap_or(0);
    format!("{}…", name[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(names: &[&str], first: usize, rules: &Captions) -> Vec<String> {
        let names = (1..).map(SpeakerId).map(Some).zip(names.iter().map(|name| name.to_string())).collect();
        let labels = Labels::new(names, rules);
        labels.names.keys().map(|speaker| labels.label(*speaker, first)).collect()
    }

    fn label(name: &str, first: usize, rules: &Captions) -> String {
        labels(&[name], first, rules).remove(0)
    }

    #[test]
    fn names_leave_room_for_words() {
        let two = Captions::web();
        let one = Captions { line_count: 1, ..two };
        let long = "Anna-Lena Meyer-Schmidt (Vorsitz)";
        assert_eq!(label("Frau Öz", 5, &two), "Frau Öz: ");
        assert_eq!(label("Oberbürgermeister Dr. Jung", 14, &two), "Oberbürgermeister Dr. Jung: ");
        assert_eq!(label("Oberbürgermeister Dr. Jung", 15, &two), "Oberbürgermeister Dr. Jung:\n");
        assert_eq!(label(long, 5, &two), format!("{long}:\n"));
        assert_eq!(label(&format!("{long}, Fraktion der Grünen"), 5, &two), format!("{long}, Frakt…:\n"));
        assert_eq!(label(long, 5, &one), "Anna-Lena Meyer-Sc…: ");
        assert_eq!(label("会議の議長です会議の議長", 5, &Captions { line_width: 10, ..two }), "会議の議…:\n");
        assert_eq!(label("会議", 9, &Captions { line_width: 10, ..one }), "会…: ");
    }

    #[test]
    fn names_that_differ_get_labels_that_differ() {
        let party = "Bündnis 90/Die Grünen im Rat der Stadt Köln";
        let [anna, bert] = [" – Anna", " – Bert"].map(|end| format!("{party}{end}"));
        let two = Captions::web();
        assert_eq!(
            labels(&[&anna, &bert], 5, &two),
            ["Bündnis 90/Die Grüne…er Stadt Köln – Anna:\n", "Bündnis 90/Die Grüne…er Stadt Köln – Bert:\n"]
        );
        let one = Captions { line_count: 1, ..two };
        assert_eq!(labels(&[&anna, &bert], 5, &one), ["Bündnis 9…ln – Anna: ", "Bündnis 9…ln – Bert: "]);
        let middle = ["Anna", "Bert"].map(|name| format!("{:x<50}{name}{:x<50}", "", ""));
        for rules in [two, one, Captions { line_width: 10, ..two }] {
            let labels = labels(&middle.each_ref().map(|name| &**name), 5, &rules);
            assert_ne!(labels[0], labels[1]);
            assert!(labels.iter().all(|label| width(label.trim_end()) <= rules.line_width), "{labels:?}");
        }
    }
}
