use super::apply::segment_lines;
use super::*;
use crate::format::{Format, Style};
use crate::transcript::words_of;
use crate::{Completeness, Gap, GapReason, Millis, PartialReason, SpeakerId, Transcript};

/// Sentences of one second each, 300 ms a word.
fn talk(sentences: &[&str]) -> Transcript {
    let segment = |(n, text): (u64, &&str)| {
        let words = words_of(n * 1000, 300, text);
        let span = Span::new(n * 1000, words.last().map_or(0, |word| word.span.end.0));
        Segment {
            span,
            text: (*text).into(),
            words,
            speaker: Some(SpeakerId(1)),
            language: "de".into(),
            ..Segment::default()
        }
    };
    let segments: Vec<Segment> = (0..).zip(sentences).map(segment).collect();
    let duration = segments.last().map_or(crate::Millis(0), |segment| segment.span.end);
    Transcript { language: "de".into(), segments, duration, ..Transcript::default() }
}

fn change(start: u64, end: u64, before: &str, after: &[(u64, u64, &str)]) -> Edits {
    let said = |(start, end, text): &(u64, u64, &str)| EditedSegment {
        span: Span::new(*start, *end),
        speaker: Some("Speaker 1".into()),
        text: (*text).into(),
    };
    let after = after.iter().map(said).collect();
    Edits { changes: vec![Change { span: Span::new(start, end), before: before.into(), after }], ..Edits::default() }
}

fn machine(transcript: &Transcript) -> Vec<&str> {
    transcript.edits.iter().flat_map(|edit| &edit.machine).map(|segment| &*segment.text).collect()
}

#[test]
fn corrected_text_keeps_the_times_of_its_words() {
    let mut talk = talk(&["Guten Abend zusammen.", "Der Haushalt ist", "beschlossene Sache."]);
    let edits = change(1000, 1900, "Der Haushalt ist", &[(1000, 1900, "Der Nachtragshaushalt ist")]);
    assert_eq!(edits.apply(&mut talk, false), Applied { done: 1, ..Applied::default() });
    assert_eq!(
        segment_lines(&talk),
        "0-900 Guten Abend zusammen.\n*1000-1900 Der Nachtragshaushalt ist\n2000-2600 beschlossene Sache."
    );
    let words: Vec<_> = talk.segments[1].words.iter().map(|word| word.span.start.0).collect();
    assert_eq!(words, [1000, 1300, 1600]);
    assert!(talk.segments[1].words.iter().all(|word| word.confidence == 1.0));
    assert_eq!(machine(&talk), ["Der Haushalt ist"]);
    // Once more changes nothing.
    let before = talk.clone();
    assert_eq!(edits.apply(&mut talk, false), Applied { known: 1, ..Applied::default() });
    assert_eq!(talk, before);
}

#[test]
fn split_merged_moved_and_deleted() {
    let mut talk = talk(&["a b c", "d e f", "g h i"]);
    change(0, 900, "a b c", &[(0, 300, "a"), (300, 900, "b c")]).apply(&mut talk, false);
    assert_eq!(segment_lines(&talk), "*0-300 a\n*300-900 b c\n1000-1900 d e f\n2000-2900 g h i");
    // The new end reaches into the next segment, which stays.
    change(1000, 2500, "d e f", &[(1000, 2500, "d e f")]).apply(&mut talk, false);
    assert_eq!(segment_lines(&talk), "*0-300 a\n*300-900 b c\n*1000-2500 d e f\n2000-2900 g h i");
    // Who edits what was edited goes on from there, and the model's text is still that of the model.
    assert_eq!(change(0, 900, "a b c", &[(0, 900, "A b c")]).apply(&mut talk, false).done, 1);
    assert_eq!(segment_lines(&talk), "*0-900 A b c\n*1000-2500 d e f\n2000-2900 g h i");
    assert_eq!(change(2000, 2900, "g h i", &[]).apply(&mut talk, false).done, 1);
    assert_eq!(change(2000, 2900, "g h i", &[]).apply(&mut talk, false).known, 1);
    assert_eq!(segment_lines(&talk), "*0-900 A b c\n*1000-2500 d e f");
    assert_eq!(machine(&talk), ["a b c", "d e f", "g h i"]);
}

#[test]
fn somebody_elses_edit_is_not_replaced_unasked() {
    let mut talk = talk(&["a b c", "d e f"]);
    change(0, 900, "a b c", &[(0, 900, "mine")]).apply(&mut talk, false);
    let yours = change(0, 900, "a b c", &[(0, 900, "yours")]);
    let applied = yours.apply(&mut talk, false);
    assert_eq!((applied.done, applied.conflicts), (0, vec![Span::new(0, 900)]));
    assert_eq!(segment_lines(&talk), "*0-900 mine\n1000-1900 d e f");
    assert_eq!(yours.apply(&mut talk, true).done, 1);
    assert_eq!(segment_lines(&talk), "*0-900 yours\n1000-1900 d e f");
    assert_eq!(machine(&talk), ["a b c"]);
}

/// Anna speaks for four seconds, Bert within them, Anna again.
fn overlapping() -> Transcript {
    let segment = |start: u64, text: &str, speaker| Segment {
        span: Span::new(start, start + 300 * text.split(' ').count() as u64),
        text: text.into(),
        words: words_of(start, 300, text),
        speaker: Some(SpeakerId(speaker)),
        ..Segment::default()
    };
    let segments = vec![segment(0, "a b c d e f g h i j", 1), segment(900, "ja genau", 2), segment(4000, "k l", 1)];
    Transcript { segments, duration: crate::Millis(5000), ..Transcript::default() }
}

#[test]
fn an_edit_applied_twice_changes_nothing_also_where_two_speak_at_once() {
    let all = "a b c d e f g h i j";
    let edits = [
        change(0, 3000, all, &[]),
        change(0, 3000, all, &[(0, 3000, "A b c d e f g h i j")]),
        change(1200, 1500, "", &[(1200, 1500, "hört")]),
        change(900, 1500, "ja genau", &[]),
    ];
    for edits in edits {
        let mut talk = overlapping();
        assert_eq!(edits.apply(&mut talk, false), Applied { done: 1, ..Applied::default() });
        let once = talk.clone();
        assert_eq!(edits.apply(&mut talk, false), Applied { known: 1, ..Applied::default() });
        assert_eq!(talk, once);
        // It is not confused by what somebody else did to the other one.
        let other = change(4000, 4600, "k l", &[(4000, 4600, "K l")]);
        assert_eq!(other.apply(&mut talk, false).done, 1);
        assert_eq!(edits.apply(&mut talk, false).known, 1);
    }
    // What somebody inserted and then deleted stays deleted, and nothing else does.
    let mut talk = overlapping();
    change(1200, 1500, "", &[(1200, 1500, "hört")]).apply(&mut talk, false);
    let delete = change(1200, 1500, "hört", &[]);
    assert_eq!(delete.apply(&mut talk, false).done, 1);
    assert_eq!(delete.apply(&mut talk, false).known, 1);
    assert_eq!(talk.segments, overlapping().segments);
}

#[test]
fn what_somebody_has_deleted_is_not_brought_back_unasked() {
    let text = "a b c d e f g h i j";
    let (delete, edit) = (change(0, 3000, text, &[]), change(0, 3000, text, &[(0, 3000, "A")]));
    for (first, second) in [(&delete, &edit), (&edit, &delete)] {
        let mut talk = overlapping();
        first.apply(&mut talk, false);
        let before = talk.clone();
        assert_eq!(second.apply(&mut talk, false).conflicts, [Span::new(0, 3000)]);
        assert_eq!(talk, before);
        assert_eq!(second.apply(&mut talk, true).done, 1);
        assert!(segment_lines(&talk).contains("900-1500 ja genau"), "{}", segment_lines(&talk));
        assert_eq!(talk.segments.len(), 2 + second.changes[0].after.len());
        assert_eq!(machine(&talk), [text]);
    }
    // Of two segments that are to go, one is gone already.
    let mut talk = talk(&["a b c", "d e f", "g h i"]);
    change(0, 900, "a b c", &[]).apply(&mut talk, false);
    let both = change(0, 1900, "a b c d e f", &[]);
    assert_eq!(both.apply(&mut talk, false).done, 1);
    assert_eq!(both.apply(&mut talk, false).known, 1);
    assert_eq!(segment_lines(&talk), "2000-2900 g h i");
}

#[test]
fn edits_outlive_a_better_model() {
    let mut old = talk(&["guten abend", "der haus halt ist", "beschlossen"]);
    old.names.insert(SpeakerId(1), "Anna Meyer".into());
    let mut edits = change(1000, 2200, "der haus halt ist", &[(1000, 2200, "Der Haushalt ist")]);
    edits.changes[0].after[0].speaker = Some("Anna Meyer".into());
    edits.apply(&mut old, false);
    // It writes one sentence where the other wrote three.
    let mut new = talk(&["Guten Abend, lieber Rat, der Haus halt war beschlossen."]);
    new.segments[0].speaker = None;
    let applied = carry(&old, &mut new);
    assert_eq!(applied.done, 1);
    assert_eq!(
        segment_lines(&new),
        "0-900 Guten Abend, lieber\n*1000-2200 Der Haushalt ist\n2100-2700 war beschlossen."
    );
    assert_eq!(new.name(new.segments[1].speaker.unwrap()), "Anna Meyer");
    assert_eq!(machine(&new), ["Rat, der Haus halt"]);
    // And the next one.
    let mut third = talk(&["x y z", "p q r s", "t u v"]);
    assert_eq!(carry(&new, &mut third).done, 1);
    assert!(segment_lines(&third).contains("*1000-2200 Der Haushalt ist"), "{}", segment_lines(&third));
    // The same model again: the same text.
    let mut same = talk(&["guten abend", "der haus halt ist", "beschlossen"]);
    carry(&old, &mut same);
    assert_eq!((segment_lines(&same), &same.edits), (segment_lines(&old), &old.edits));
    // It was interrupted before it came there.
    let mut begun = talk(&["guten abend"]);
    begun.completeness = Completeness::Partial { until: Millis(1_000), reason: PartialReason::Interrupted };
    assert_eq!(carry(&old, &mut begun).done, 0);
    assert_eq!(segment_lines(&begun), "0-600 guten abend");
}

#[test]
fn voices_are_renamed_and_joined() {
    let mut talk = talk(&["a b c", "d e f"]);
    talk.segments[1].speaker = Some(SpeakerId(2));
    let rename = |old: &str, new: &str| Edits { names: [(old.to_owned(), new.to_owned())].into(), ..Edits::default() };
    let anna = rename("Speaker 1", "Anna Meyer");
    assert_eq!(anna.apply(&mut talk, false).renamed, 1);
    assert_eq!(talk.name(SpeakerId(1)), "Anna Meyer");
    assert_eq!(anna.apply(&mut talk, false).renamed, 0);
    // An edit from the same page speaks of her by her old name.
    let mut edits = change(0, 900, "a b c", &[(0, 900, "A b c")]);
    edits.names = anna.names;
    assert_eq!(edits.apply(&mut talk, false).done, 1);
    assert_eq!(talk.segments[0].speaker, Some(SpeakerId(1)));
    assert_eq!(rename("Speaker 2", "Anna Meyer").apply(&mut talk, false).renamed, 1);
    assert!(talk.segments.iter().all(|segment| segment.speaker == Some(SpeakerId(1))));
}

/// A file of edits as a page without numbers writes it.
fn named(pairs: &[(&str, &str)], edits: Edits) -> Edits {
    Edits { names: pairs.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect(), ..edits }
}

/// After it was written and read again, as between two calls of the program.
fn again(talk: &Transcript) -> Transcript {
    let mut json = Vec::new();
    crate::format::write(Format::Json, talk, &Style::default(), &mut json).unwrap();
    crate::import::parse(&json, Path::new("talk.json")).unwrap().0
}

fn two_voices() -> Transcript {
    let mut talk = talk(&["a b c", "d e f", "g h i"]);
    talk.segments[1].speaker = Some(SpeakerId(2));
    talk
}

fn who(talk: &Transcript) -> Vec<String> {
    talk.segments.iter().map(|s| talk.name(s.speaker.unwrap()).into_owned()).collect()
}

#[test]
fn edits_fit_before_and_after_a_renaming() {
    let names = named(&[("Speaker 1", "Anna"), ("Speaker 2", "Bert")], Edits::default());
    let text = change(2000, 2900, "g h i", &[(2000, 2900, "G h i")]);
    let mut outcomes = Vec::new();
    for order in [[&names, &text], [&text, &names]] {
        let mut talk = two_voices();
        for edits in order {
            let applied = edits.apply(&mut talk, false);
            assert_eq!((applied.conflicts, applied.other_names), (vec![], vec![]));
            talk = again(&talk);
        }
        assert_eq!(who(&talk), ["Anna", "Bert", "Anna"]);
        assert_eq!(talk.segments[2].speaker, Some(SpeakerId(1)));
        // Both again: nothing new.
        assert_eq!(names.apply(&mut talk, false), Applied::default());
        assert_eq!(text.apply(&mut talk, false), Applied { known: 1, ..Applied::default() });
        outcomes.push(talk);
    }
    assert_eq!(outcomes[0], outcomes[1]);
    // And after one more renaming, also by the name in between.
    let mut talk = outcomes.remove(0);
    assert_eq!(named(&[("Anna", "Anna Meyer")], Edits::default()).apply(&mut talk, false).renamed, 1);
    talk = again(&talk);
    for called in ["Speaker 1", "Anna", "Anna Meyer"] {
        let mut edits = change(0, 900, "a b c", &[(0, 900, called)]);
        edits.changes[0].after[0].speaker = Some(called.into());
        edits.apply(&mut talk, true);
        assert_eq!(who(&talk), ["Anna Meyer", "Bert", "Anna Meyer"], "{called}");
    }
}

/// A page that was made after the renaming knows the names from before.
#[test]
fn edits_of_a_page_with_new_names_fit_a_transcript_with_the_old_ones() {
    let names = named(&[("Speaker 1", "Anna")], Edits::default());
    let file = r#"{"transcribe_edits": 1, "names": {}, "edits": [{"start": 2, "end": 2.9, "before": "g h i",
        "segments": [{"start": 2, "end": 2.9, "speaker": "Anna", "text": "G h i"}]}],
        "speakers": [{"id": 1, "name": "Anna", "former_names": ["Sprecher 1"]}, {"id": 2, "name": "Sprecher 2"}]}"#;
    let text = Edits::parse(file, Path::new("e.json")).unwrap();
    let mut outcomes = Vec::new();
    for order in [[&names, &text], [&text, &names]] {
        let mut talk = two_voices();
        order.iter().for_each(|edits| assert_eq!(edits.apply(&mut talk, false).other_names, []));
        assert_eq!(who(&talk), ["Anna", "Speaker 2", "Anna"]);
        assert_eq!(talk.segments[2].speaker, Some(SpeakerId(1)));
        outcomes.push(talk);
    }
    assert_eq!(outcomes[0], outcomes[1]);
    // And a second renaming there: the first one does not undo it, and is no conflict.
    let again = Edits { names: named(&[("Anna", "Anna Meyer")], Edits::default()).names, ..text };
    for order in [[&names, &again], [&again, &names]] {
        let mut talk = two_voices();
        order.iter().for_each(|edits| assert_eq!(edits.apply(&mut talk, false).other_names, []));
        assert_eq!(who(&talk), ["Anna Meyer", "Speaker 2", "Anna Meyer"]);
        assert_eq!(talk.former_names, [(SpeakerId(1), vec!["Speaker 1".to_owned(), "Anna".to_owned()])].into());
    }
}

#[test]
fn two_names_for_one_voice_are_a_conflict() {
    let anna = named(&[("Speaker 1", "Anna")], Edits::default());
    let bert = named(&[("Speaker 1", "Frau Meyer"), ("Speaker 2", "Bert")], Edits::default());
    for (first, second, kept, given) in [(&anna, &bert, "Anna", "Frau Meyer"), (&bert, &anna, "Frau Meyer", "Anna")] {
        let mut talk = two_voices();
        first.apply(&mut talk, false);
        talk = again(&talk);
        let applied = second.apply(&mut talk, false);
        assert_eq!(applied.other_names, [OtherName { current: kept.into(), given: given.into() }]);
        assert_eq!(who(&talk), [kept, "Bert", kept]);
        let applied = second.apply(&mut talk, true);
        assert_eq!((applied.renamed, applied.other_names), (1, vec![]));
        assert_eq!(who(&talk), [given, "Bert", given]);
    }
    // Two who agree, and who is one with somebody else already.
    let mut talk = two_voices();
    anna.apply(&mut talk, false);
    assert_eq!(anna.apply(&mut talk, false), Applied::default());
    assert_eq!(named(&[("Speaker 2", "Anna")], Edits::default()).apply(&mut talk, false).renamed, 1);
    talk = again(&talk);
    assert_eq!(talk.former_names, [(SpeakerId(1), vec!["Speaker 1".to_owned(), "Speaker 2".to_owned()])].into());
    let applied = named(&[("Speaker 2", "Bert")], Edits::default()).apply(&mut talk, false);
    assert_eq!(applied.other_names, [OtherName { current: "Anna".into(), given: "Bert".into() }]);
}

/// As a page with numbers writes it that was made of [`two_voices`].
fn numbered(edits: Edits) -> Edits {
    let one = |id| (format!("Speaker {id}"), EditsSpeaker { id: SpeakerId(id), former_names: Vec::new() });
    Edits { speakers: [one(1), one(2)].into(), ..edits }
}

fn other(current: &str, given: &str) -> OtherName {
    OtherName { current: current.into(), given: given.into() }
}

#[test]
fn a_refused_name_unites_nobody() {
    let bert = named(&[("Speaker 1", "Bert")], Edits::default());
    let both = named(&[("Speaker 1", "Anna"), ("Speaker 2", "Bert")], Edits::default());
    for both in [both.clone(), numbered(both)] {
        let mut talk = two_voices();
        bert.apply(&mut talk, false);
        talk = again(&talk);
        let before = talk.clone();
        let applied = both.apply(&mut talk, false);
        assert_eq!(
            (applied.renamed, applied.other_names),
            (0, vec![other("Bert", "Anna"), other("Speaker 2", "Bert")])
        );
        assert_eq!(talk, before);
        assert_eq!(both.apply(&mut talk, true).renamed, 2);
        assert_eq!(who(&talk), ["Anna", "Bert", "Anna"]);
    }
}

#[test]
fn a_swap_is_taken_whole_or_not_at_all() {
    let anna = named(&[("Speaker 1", "Anna")], Edits::default());
    let swap = named(&[("Speaker 1", "Speaker 2"), ("Speaker 2", "Speaker 1")], Edits::default());
    for number in [|edits: Edits| edits, numbered] {
        let (anna, swap) = (number(anna.clone()), number(swap.clone()));
        let mut talk = again(&{
            let mut talk = two_voices();
            anna.apply(&mut talk, false);
            talk
        });
        let applied = swap.apply(&mut talk, false);
        assert_eq!(applied.other_names, [other("Anna", "Speaker 2"), other("Speaker 2", "Speaker 1")]);
        assert_eq!(who(&talk), ["Anna", "Speaker 2", "Anna"]);
        // The other way round it is still the same voice that has two names.
        let mut talk = two_voices();
        assert_eq!(swap.apply(&mut talk, false).renamed, 2);
        talk = again(&talk);
        assert_eq!(anna.apply(&mut talk, false).other_names, [other("Speaker 2", "Anna")]);
        assert_eq!(who(&talk), ["Speaker 2", "Speaker 1", "Speaker 2"]);
        assert_eq!(swap.apply(&mut talk, false), Applied::default(), "not swapped back");
    }
}

#[test]
fn a_swap_and_a_correction_fit_in_either_order() {
    let swap = named(&[("Speaker 1", "Speaker 2"), ("Speaker 2", "Speaker 1")], Edits::default());
    let text = change(2000, 2900, "g h i", &[(2000, 2900, "G h i")]);
    for number in [|edits: Edits| edits, numbered] {
        let (swap, text) = (number(swap.clone()), number(text.clone()));
        let outcomes = [[&swap, &text], [&text, &swap]].map(|order| {
            let mut talk = two_voices();
            for edits in order {
                assert_eq!(edits.apply(&mut talk, false).other_names, []);
                talk = again(&talk);
            }
            assert_eq!(who(&talk), ["Speaker 2", "Speaker 1", "Speaker 2"]);
            talk
        });
        assert_eq!(outcomes[0], outcomes[1]);
    }
}

#[test]
fn one_name_for_two_voices_is_told() {
    let [one, two] = ["Speaker 1", "Speaker 2"].map(|old| numbered(named(&[(old, "Anna")], Edits::default())));
    let mut talk = two_voices();
    assert_eq!(one.apply(&mut talk, false).united, []);
    talk = again(&talk);
    let applied = two.apply(&mut talk.clone(), false);
    assert_eq!((applied.renamed, applied.united), (1, vec![other("Speaker 2", "Anna")]));
    // Who has seen Anna means her.
    let mut seen = two.clone();
    seen.speakers.insert("Anna".into(), EditsSpeaker { id: SpeakerId(1), former_names: Vec::new() });
    assert_eq!(seen.apply(&mut talk, false).united, []);
    let both = numbered(named(&[("Speaker 1", "Anna"), ("Speaker 2", "Anna")], Edits::default()));
    assert_eq!(both.apply(&mut two_voices(), false).united, []);
}

#[test]
fn a_swap_of_two_voices_that_somebody_has_united_is_told() {
    let unite = numbered(named(&[("Speaker 1", "Anna"), ("Speaker 2", "Anna")], Edits::default()));
    let swap = numbered(named(&[("Speaker 1", "Speaker 2"), ("Speaker 2", "Speaker 1")], Edits::default()));
    for order in [[&unite, &swap], [&swap, &unite]] {
        let mut talk = two_voices();
        assert_eq!(order[0].apply(&mut talk, false).other_names, []);
        talk = again(&talk);
        let before = talk.clone();
        assert_eq!(order[1].apply(&mut talk, false).other_names.len(), 2);
        assert_eq!(talk, before);
    }
}

/// Four people, none of whom contradicts another, in all orders.
#[test]
fn the_order_of_edits_does_not_matter() {
    let mut new = change(1000, 1900, "d e f", &[(1000, 1900, "D e f")]);
    new.changes[0].after[0].speaker = Some("Anna".into());
    let files = [
        new,
        named(&[("Speaker 1", "Anna")], Edits::default()),
        named(&[("Speaker 2", "Bert")], change(0, 900, "a b c", &[(0, 900, "A b c")])),
        change(2000, 2900, "g h i", &[(2000, 2900, "G h i")]),
    ];
    let mut outcomes = Vec::new();
    for order in 0..24 {
        let mut left: Vec<&Edits> = files.iter().collect();
        let mut talk = two_voices();
        talk.segments.push(Segment {
            span: Span::new(3000, 3900),
            speaker: Some(SpeakerId(2)),
            text: "j k l".into(),
            ..talk.segments[0].clone()
        });
        for at in [order / 6, order / 2 % 3, order % 2, 0] {
            let applied = left.remove(at).apply(&mut talk, false);
            assert_eq!((applied.conflicts, applied.other_names), (vec![], vec![]), "{order}");
            talk = again(&talk);
        }
        assert_eq!(who(&talk), ["Anna", "Anna", "Anna", "Bert"], "{order}");
        assert_eq!(talk.segments[0].speaker, Some(SpeakerId(1)), "the smaller number stays");
        outcomes.push(talk);
    }
    assert!(outcomes.iter().all(|talk| *talk == outcomes[0]));
}

#[test]
fn numbers_tell_voices_apart_that_have_changed_names() {
    let one = |name: &str, id| (name.to_owned(), EditsSpeaker { id: SpeakerId(id), former_names: Vec::new() });
    let speakers: BTreeMap<_, _> = [one("Anna", 1), one("Jörg", 2)].into();
    let with_names = || {
        let mut talk = two_voices();
        talk.names = [(SpeakerId(1), "Anna".to_owned()), (SpeakerId(2), "Jörg".to_owned())].into();
        talk
    };
    let mut text = change(0, 900, "a b c", &[(0, 900, "A b c")]);
    text.changes[0].after[0].speaker = Some("Anna".into());
    for speakers in [BTreeMap::new(), speakers] {
        let swap =
            named(&[("Anna", "Jörg"), ("Jörg", "Anna")], Edits { speakers: speakers.clone(), ..Edits::default() });
        let text = Edits { speakers, ..text.clone() };
        let mut talk = with_names();
        assert_eq!(swap.apply(&mut talk, false).renamed, 2);
        talk = again(&talk);
        assert_eq!(swap.apply(&mut talk, false), Applied::default(), "not swapped back");
        assert_eq!(who(&talk), ["Jörg", "Anna", "Jörg"]);
        text.apply(&mut talk, false);
        // Without a number, it is who speaks there and was called so.
        assert_eq!(who(&talk), ["Jörg", "Anna", "Jörg"]);
    }
    // A number of another transcript means nobody.
    let mut talk = with_names();
    let mut strange = Edits { speakers: [one("Karl", 2)].into(), ..text };
    strange.changes[0].after[0].speaker = Some("Karl".into());
    strange.apply(&mut talk, false);
    assert_eq!(who(&talk), ["Karl", "Jörg", "Anna"]);
}

#[test]
fn a_name_is_the_same_however_its_letters_are_composed() {
    assert_eq!(super::speaker("Ju\u{308}rgen"), "Jürgen");
    let mut voices = crate::import::Voices::of([(crate::SpeakerId(1), "Ju\u{308}rgen".into())]);
    assert_eq!(voices.id("J\u{fc}rgen"), Some(crate::SpeakerId(1)));
}

#[test]
fn speakers_without_a_name_are_the_same_in_all_languages() {
    let file = r#"{"transcribe_edits": 1, "names": {"Sprecher 2": "Sprecher 1"}, "edits": [{"start": 1, "end": 2,
        "segments": [{"start": 1, "end": 2, "speaker": "Sprecher 1", "text": "a"}]}]}"#;
    let edits = Edits::parse(file, Path::new("e.json")).unwrap();
    assert_eq!(edits.changes[0].after[0].speaker.as_deref(), Some("Speaker 1"));
    let mut talk = talk(&["a b c", "d e f"]);
    talk.segments[1].speaker = Some(SpeakerId(2));
    edits.apply(&mut talk, false);
    assert!(talk.segments.iter().all(|segment| segment.speaker == Some(SpeakerId(1))));
}

#[test]
fn names_are_changed_all_at_once() {
    let two = || {
        let mut talk = talk(&["a b c", "d e f"]);
        talk.segments[1].speaker = Some(SpeakerId(2));
        talk.names = [(SpeakerId(1), "Anna".to_owned()), (SpeakerId(2), "Jörg".to_owned())].into();
        talk
    };
    let names = |talk: &Transcript| -> Vec<String> {
        talk.segments.iter().map(|s| talk.name(s.speaker.unwrap()).into_owned()).collect()
    };
    let renamed = |pairs: &[(&str, &str)], times: usize| {
        let mut talk = two();
        let pairs = pairs.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned()));
        let edits = Edits { names: pairs.collect(), ..Edits::default() };
        (0..times).for_each(|_| drop(edits.apply(&mut talk, false)));
        names(&talk)
    };
    assert_eq!(renamed(&[("Anna", "Jörg"), ("Jörg", "Anna")], 1), ["Jörg", "Anna"]);
    assert_eq!(renamed(&[("Anna", "Jörg"), ("Jörg", "Karl")], 1), ["Jörg", "Karl"]);
    assert_eq!(renamed(&[("Anna", "Jörg"), ("Jörg", "Karl")], 2), ["Jörg", "Karl"]);
    assert_eq!(renamed(&[("Anna", "Speaker 2")], 2), ["Speaker 2", "Jörg"], "she is not who has the number");
    assert_eq!(renamed(&[("Anna", "Karl"), ("Jörg", "Karl")], 2), ["Karl", "Karl"]);
    let mut talk = two();
    let mut edits = change(0, 900, "a b c", &[(0, 900, "A b c")]);
    edits.changes[0].after[0].speaker = Some("Speaker 2".into());
    edits.apply(&mut talk, false);
    assert_eq!(names(&talk), ["Speaker 2", "Jörg"]);
    // She is still known as whose words the model had.
    assert_eq!(talk.name(talk.edits[0].machine[0].speaker.unwrap()), "Anna");
    edits.changes[0] =
        Change { before: "d e f".into(), ..change(1000, 1900, "", &[(1000, 1900, "D")]).changes.remove(0) };
    edits.changes[0].after[0].speaker = Some("Karl".into());
    edits.apply(&mut talk, false);
    assert_eq!(talk.name(talk.edits[0].machine[0].speaker.unwrap()), "Anna");
}

#[test]
fn other_voices_and_the_rest_of_a_long_segment_stay() {
    let mut long = talk(&["Annas lange Rede über alles", "Zwischenruf"]);
    long.segments[0].span = Span::new(0, 50_000);
    long.segments[1].span = Span::new(29_000, 31_000);
    long.segments[1].speaker = Some(SpeakerId(2));
    long.segments.iter_mut().for_each(|segment| segment.words.clear());
    let mut edits = change(29_000, 31_000, "Zwischen Ruf!", &[(29_000, 31_000, "Zuruf")]);
    edits.changes[0].after[0].speaker = Some("Speaker 2".into());
    edits.apply(&mut long, false);
    assert_eq!(segment_lines(&long), "0-50000 Annas lange Rede über alles\n*29000-31000 Zuruf");
    let mut alone = talk(&["eins zwei drei vier fünf"]);
    alone.segments[0].words.clear();
    change(600, 900, "was anderes", &[(600, 900, "DREI")]).apply(&mut alone, false);
    assert_eq!(segment_lines(&alone), "0-600 eins zwei\n*600-900 DREI\n900-1500 vier fünf");
}

#[test]
fn a_segment_without_length_is_one_too() {
    let mut talk = talk(&["a b c"]);
    let edits = change(0, 900, "a b c", &[(0, 900, "a b"), (900, 900, "X")]);
    assert_eq!(edits.apply(&mut talk, false).done, 1);
    assert_eq!(edits.apply(&mut talk, false).known, 1);
    assert_eq!(Edits::of(&talk).changes[0].after, edits.changes[0].after);
}

#[test]
fn a_new_voice_gets_a_number() {
    let mut talk = talk(&["a b c"]);
    let mut edits = change(0, 900, "a b c", &[(0, 900, "a b c")]);
    edits.changes[0].after[0].speaker = Some("Frau Özdemir".into());
    edits.apply(&mut talk, false);
    assert_eq!(talk.segments[0].speaker, Some(SpeakerId(2)));
    assert_eq!(talk.name(SpeakerId(2)), "Frau Özdemir");
}

#[test]
fn text_of_which_nothing_can_be_seen_is_none() {
    for unseen in ["\\u200b", " \\u00ad\\ufeff ", "\\u2066\\u2069\\ufe0f", "\\u3164"] {
        let file = format!(
            r#"{{"transcribe_edits": 1, "edits": [{{"start": 0, "end": 0.9, "before": "a b c", "segments": [
            {{"start": 0, "end": 0.9, "speaker": "{unseen}", "text": "{unseen}"}}]}}]}}"#
        );
        let edits = Edits::parse(&file, Path::new("e.json")).unwrap();
        let mut talk = talk(&["a b c", "d e f"]);
        assert_eq!(edits.apply(&mut talk, false).done, 1);
        assert_eq!(segment_lines(&talk), "1000-1900 d e f", "{unseen}");
    }
}

#[test]
fn text_fills_a_gap() {
    let mut talk = talk(&["a b c"]);
    talk.gaps = vec![
        Gap { span: Span::new(1500, 2500), reason: GapReason::Unrecognised },
        Gap { span: Span::new(1500, 2500), reason: GapReason::Paused },
    ];
    change(1500, 2500, "", &[(1500, 2500, "Ja genau.")]).apply(&mut talk, false);
    assert_eq!(segment_lines(&talk), "0-900 a b c\n*1500-2500 Ja genau.");
    assert_eq!(talk.gaps.len(), 1);
    assert_eq!(talk.segments[1].words.len(), 2);
    // Of a longer one the rest stays.
    talk.gaps = vec![Gap { span: Span::new(3000, 9000), reason: GapReason::Unrecognised }];
    change(4500, 5500, "", &[(4500, 5500, "Nein.")]).apply(&mut talk, false);
    let gaps: Vec<_> = talk.gaps.iter().map(|gap| (gap.span.start.0, gap.span.end.0)).collect();
    assert_eq!(gaps, [(3000, 4500), (5500, 9000)]);
}

#[test]
fn a_correction_of_one_of_two_at_once_does_not_fill_the_gap_of_the_other() {
    let mut talk = two_voices();
    talk.gaps = vec![Gap { span: Span::new(1000, 1900), reason: GapReason::Overlapped }];
    let by = |mut edits: Edits, speakers: &[&str]| {
        let after = edits.changes[0].after.iter_mut();
        after.zip(speakers).for_each(|(segment, speaker)| segment.speaker = Some((*speaker).into()));
        edits
    };
    let mut filled = talk.clone();
    by(change(1000, 1900, "", &[(1000, 1900, "Nein.")]), &["Speaker 1"]).apply(&mut filled, false);
    assert_eq!((filled.gaps.len(), filled.segments.len()), (0, 4));
    by(change(1000, 1900, "d e f", &[(1000, 1900, "D e f")]), &["Speaker 2"]).apply(&mut talk, false);
    assert_eq!(talk.gaps.len(), 1);
    let added = change(1000, 1900, "D e f", &[(1000, 1900, "D e f"), (1000, 1900, "Nein.")]);
    by(added, &["Speaker 2", "Speaker 1"]).apply(&mut talk, true);
    assert_eq!((talk.gaps.len(), talk.segments.len()), (0, 4));
}

#[test]
fn the_file_is_read_or_refused() {
    let file = r#"{"transcribe_edits": 1, "recording": {"name": "a.wav", "sha256": "ab"}, "saved": "2026-11-22T15:00:00Z",
        "names": {"Speaker 1": "Anna"}, "edits": [{"start": 1, "end": 2.5, "before": "x",
        "segments": [{"start": 1, "end": 2.5, "speaker": "Speaker 1", "text": " a \n b "}, {"start": 2, "end": 3, "text": " "}]}]}"#;
    let edits = Edits::parse(file, Path::new("e.json")).unwrap();
    assert_eq!((&*edits.recording, &*edits.sha256, edits.names.len()), ("a.wav", "ab", 1));
    assert_eq!(edits.changes[0].span, Span::new(1000, 3000));
    assert_eq!(edits.changes[0].after[0].text, "a b");
    let refused = |text: &str| Edits::parse(text, Path::new("e.json")).unwrap_err().to_string();
    let place = "cannot read `e.json`: `edits[0].segments[0].text` (line 1, column 88): expected a string";
    let bad = r#"{"transcribe_edits": 1, "edits": [{"start": 1, "end": 2, "segments": [{"start": 1, "text": 5, "end": 2}]}]}"#;
    assert_eq!(refused(bad).split(" (").next(), place.split(" (").next());
    assert!(refused(r#"{"transcribe_edits": 2, "edits": []}"#).contains("another format (2; this program knows 1)"));
    assert!(
        refused(r#"{"transcribe_edits": 1, "edits": [{"start": -9, "end": 2, "segments": []}]}"#)
            .contains("`edits[0]`")
    );
}

#[test]
fn decisions_about_minutes_are_read() {
    let read = |minutes: &str| {
        let text = format!("{{\"transcribe_edits\": 1, \"edits\": [], \"minutes\": [{minutes}]}}");
        Edits::parse(&text, std::path::Path::new("x.json")).map_err(|error| error.to_string())
    };
    let edits = read(r#"{"decision": "add", "kind": "task", "start": 1.5, "text": " Weg\n räumen "}"#).unwrap();
    let one = &edits.minutes[0];
    assert_eq!(
        (one.decision, one.start, one.text.as_deref()),
        (Decision::Add, Some(crate::Millis(1_500)), Some("Weg räumen"))
    );
    assert!(edits.is_empty());
    let edits = read(r#"{"decision": "edit", "id": "vote@5", "outcome": "Abgelehnt", "no": 4}"#).unwrap();
    assert_eq!(edits.minutes[0].outcome, Some(crate::meeting::Outcome::Rejected));
    for (minutes, expected) in [
        (r#"{"decision": "perhaps", "id": "a"}"#, "`minutes[0].decision`"),
        (r#"{"decision": "accept"}"#, "`minutes[0].id`: it is empty"),
        (r#"{"decision": "add", "kind": "party", "start": 1}"#, "`minutes[0].kind`: it is none that can be added"),
        (r#"{"decision": "add", "kind": "vote"}"#, "`minutes[0].start`: what is added needs a time"),
        (r#"{"decision": "add", "kind": "vote", "start": 1e300}"#, "`minutes[0].start`: that is no time in seconds"),
        (r#"{"decision": "add", "kind": "item", "start": 1}"#, "`minutes[0].number`: it is empty"),
        (r#"{"decision": "accept", "id": "a", "colour": 1}"#, "`minutes[0]"),
        (r#"{"decision": "edit", "id": "vote@5", "outcome": "angenomen"}"#, "`minutes[0].outcome`: it is no outcome"),
        (r#"{"decision": "add", "kind": "decision", "start": 1}"#, "`minutes[0].outcome`: a decision needs one"),
        (r#"{"decision": "edit", "id": "task@5", "yes": 4}"#, "`minutes[0].yes`: nothing of this kind has it"),
        (r#"{"decision": "accept", "id": "vote@5", "no": 4}"#, "`accept` leaves all as it is"),
    ] {
        let error = read(minutes).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_was_not_changed_since_is_taken_back() {
    let before = talk(&["a b c", "d e f", "g h i"]);
    let mut edited = before.clone();
    let mut mine = change(0, 900, "a b c", &[(0, 300, "A"), (300, 900, "B C")]);
    mine.changes.extend(change(1000, 1900, "d e f", &[(1000, 1900, "D")]).changes);
    mine.changes.extend(change(2000, 2900, "g h i", &[]).changes);
    mine.names.insert("Speaker 1".into(), "Anna".into());
    mine.apply(&mut edited, false);
    let mut back = edited.clone();
    mine.take_back(&mut back);
    assert_eq!(
        (segment_lines(&back), &back.segments, &back.edits),
        (segment_lines(&before), &before.segments, &vec![])
    );
    assert_eq!(back.name(SpeakerId(1)), "Speaker 1");
    // What somebody else has changed since stays.
    let mut theirs = change(1000, 1900, "D", &[(1000, 1900, "their text")]);
    theirs.changes[0].after[0].speaker = Some("Anna".into());
    theirs.names.insert("Anna".into(), "Carla".into());
    theirs.apply(&mut edited, false);
    mine.take_back(&mut edited);
    assert_eq!(segment_lines(&edited), "0-900 a b c\n*1000-1900 their text\n2000-2900 g h i");
    assert_eq!(edited.name(SpeakerId(1)), "Carla");
    // And so does what they had written before.
    let mut later = change(1000, 1900, "their text", &[(1000, 1900, "mine again")]);
    later.changes[0].after[0].speaker = Some("Carla".into());
    assert_eq!(later.apply(&mut edited, false).done, 1);
    later.take_back(&mut edited);
    assert_eq!(segment_lines(&edited), "0-900 a b c\n*1000-1900 their text\n2000-2900 g h i");
    assert_eq!(machine(&edited), ["d e f"]);
}

#[test]
fn what_was_listened_to_again_is_marked_once_and_taken_back() {
    let parse = |list: &str| {
        Edits::parse(&format!("{{\"transcribe_edits\": 1, \"edits\": [], \"checked\": {list}}}"), Path::new("x.json"))
    };
    let mut talk = talk(&["Guten Abend zusammen.", "Der Haushalt ist"]);
    talk.checked = vec![Span::new(1000, 1900)];
    let edits = parse(
        "[{\"start\": 1, \"end\": 1.9, \"done\": false}, {\"start\": 0.5, \"end\": 0.9, \"done\": true}, \
          {\"start\": 0, \"end\": 0.4, \"done\": true}]",
    )
    .unwrap();
    assert!(!edits.is_empty());
    for _ in 0..2 {
        assert_eq!(edits.apply(&mut talk, false), Applied::default());
        assert_eq!(talk.checked, [Span::new(0, 400), Span::new(500, 900)]);
    }
    edits.take_back(&mut talk);
    assert_eq!(talk.checked, [Span::new(1000, 1900)]);
    let wrong = parse("[{\"start\": -3, \"end\": 1, \"done\": true}]").unwrap_err().to_string();
    assert!(wrong.contains("`checked[0]`"), "{wrong}");
    assert!(parse("[{\"start\": 1}]").is_err());
}

#[test]
fn edits_that_may_be_of_another_recording_need_their_text() {
    let meeting = || talk(&["Guten Abend zusammen.", "Der Haushalt ist", "beschlossene Sache."]);
    let corrected = change(1000, 1900, "Der Haushalt ist", &[(1000, 1900, "Der Nachtragshaushalt ist")]);
    let named = named(&[("Speaker 1", "Anna")], corrected.clone());
    let mut other = talk(&["Guten Tag allerseits.", "Nun zum Bebauungsplan", "für den Markt."]);
    let before = other.clone();
    let left = vec![Span::new(1000, 1900)];
    assert_eq!(named.apply_fitting(&mut other), Applied { unfitting: left.clone(), ..Applied::default() });
    assert_eq!(other, before, "nobody there is renamed, either");
    let insertion = |start| change(start, start + 500, "", &[(start, start + 500, "Hört, hört!")]);
    assert_eq!(insertion(1000).apply_fitting(&mut other).unfitting, [Span::new(1000, 1500)]);
    assert_eq!(insertion(4000).apply_fitting(&mut other).done, 1);
    let mut same = meeting();
    assert_eq!(named.apply_fitting(&mut same), Applied { done: 1, renamed: 1, ..Applied::default() });
    assert_eq!(named.apply_fitting(&mut same), Applied { known: 1, ..Applied::default() });
    let again = change(1000, 1900, "Der Haushalt ist", &[(1000, 1900, "Der Haushaltsplan ist")]);
    assert_eq!(again.apply_fitting(&mut same).conflicts, left);
    // One of them is not there, the others are.
    let mut both = corrected;
    both.changes.extend(change(2000, 2600, "ganz anderes", &[]).changes);
    let applied = both.apply_fitting(&mut meeting());
    assert_eq!((applied.done, applied.unfitting), (1, vec![Span::new(2000, 2600)]));
}

#[test]
fn what_recording_edits_are_of_is_known_by_its_content_or_its_name() {
    let of = |name: &str, sha256: &str, other: &str, digest: &str| {
        let recording =
            crate::RecordingId { name: other.into(), sha256: digest.into(), ..crate::RecordingId::default() };
        let edits = Edits { recording: name.into(), sha256: sha256.into(), ..Edits::default() };
        edits.are_of(&Transcript { recording, ..Transcript::default() })
    };
    assert_eq!(of("a.wav", "1", "b.wav", "1"), Some(true));
    assert_eq!(of("a.wav", "1", "a.wav", "2"), Some(false));
    assert_eq!(of("a.wav", "1", "a.wav", ""), Some(true));
    assert_eq!(of("a.wav", "", "b.wav", "2"), Some(false));
    assert_eq!([of("", "", "b.wav", "2"), of("a.wav", "1", "", "")], [None, None]);
}
