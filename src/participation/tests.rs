use super::*;

fn said(who: &str, start: u64, end: u64) -> Stretch {
    Stretch { who: who.into(), span: Span::new(start, end), words: 1 }
}

fn measured(stretches: &[Stretch]) -> Measures {
    measure(stretches, &[], &Scope::default())
}

fn person(name: &str, role: &str, group: &str) -> Person {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Person { name: name.into(), role: text(role), group: text(group), present: true }
}

/// In any conversation, what all say in all is when anybody speaks, and what those beside the first say.
fn is_sound(measures: &Measures) {
    let talk: u64 = measures.speakers.values().map(|speaker| speaker.talk.0).sum();
    assert_eq!(talk, measures.talk.0);
    assert_eq!(talk, measures.speech.0 + measures.overlap_excess.0);
    assert_eq!(measures.window.length(), measures.speech + measures.silence);
    let shares: f64 = measures.speakers.values().map(|speaker| speaker.share).sum();
    assert!(measures.speakers.is_empty() || (shares - 1.0).abs() < 1e-9, "{shares}");
    assert_eq!(measures.speakers.values().map(|speaker| speaker.turns).sum::<usize>(), measures.turns);
    assert_eq!(measures.speakers.values().map(|speaker| speaker.backchannels).sum::<usize>(), measures.backchannels);
    let took: usize = measures.speakers.values().map(|speaker| speaker.took_over).sum();
    assert_eq!(took, measures.takeovers.values().sum::<usize>());
}

#[test]
fn two_who_speak_in_turn() {
    let measures = measured(&[said("A", 1_000, 4_000), said("B", 4_500, 5_500), said("A", 6_000, 9_000)]);
    is_sound(&measures);
    // B says a second between what A says: a backchannel. A goes on after 2 s, which is a turn of its own.
    assert_eq!((measures.turns, measures.backchannels, measures.transfers), (2, 1, 0));
    assert_eq!((measures.window, measures.silence), (Span::new(1_000, 9_000), Millis(1_000)));
    let [a, b] = ["A", "B"].map(|name| measures.speakers[name]);
    assert_eq!((a.talk, a.longest_turn, a.mean_turn()), (Millis(6_000), Millis(3_000), Some(Millis(3_000))));
    assert_eq!((b.talk, b.turns, b.mean_turn()), (Millis(1_000), 0, None));
    assert_eq!(measures.spoke.gini.map(|gini| (gini * 14.0).round()), Some(5.0), "5 of 2 · 2 · 3.5");
    assert_eq!(measures.spoke.gini_corrected(), measures.spoke.gini.map(|gini| gini * 2.0));
    assert_eq!(a.words_per_minute(), Some(20.0));
}

#[test]
fn what_counts_as_an_answer() {
    let talk = [
        said("A", 0, 2_000),
        said("B", 2_300, 6_000),
        said("A", 5_800, 9_000),
        said("B", 14_001, 17_000),
        said("A", 17_400, 20_000),
        said("C", 25_000, 27_000),
    ];
    let measures = measured(&talk);
    is_sound(&measures);
    // 300, -200, 5001, 400 and 5000 ms.
    assert_eq!((measures.transfers, measures.overlapped_transfers, measures.after_silence), (5, 1, 1));
    assert_eq!(measures.latency, Some(Latency { median: Some(Millis(400)), count: 3 }));
    assert_eq!(measures.speakers["B"].latency, Some(Latency { median: Some(Millis(300)), count: 1 }));
    assert_eq!(measures.speakers["C"].latency, Some(Latency { median: Some(Millis(5_000)), count: 1 }));
}

#[test]
fn a_takeover_counts_once_and_an_attempt_apart() {
    let talk = [said("A", 0, 10_000), said("B", 1_000, 9_000), said("C", 4_000, 12_000), said("D", 6_000, 8_000)];
    let measures = measured(&talk);
    is_sound(&measures);
    let pair = |by: &str, from: &str| ((by.to_owned(), from.to_owned()), 1);
    assert_eq!(measures.takeovers, BTreeMap::from([pair("C", "A")]), "A ends later than B");
    assert_eq!(measures.attempts, BTreeMap::from([pair("B", "A"), pair("D", "C")]));
    assert_eq!((measures.speakers["C"].took_over, measures.speakers["A"].lost_floor), (1, 1));
    assert_eq!(measures.overlap, Millis(9_000));
    assert_eq!(measures.overlap_excess, Millis(16_000));
}

#[test]
fn a_window_cuts_what_is_said() {
    let scope = Scope { window: Some(Span::new(2_000, 5_000)), ..Scope::default() };
    let measures = measure(&[said("A", 0, 3_000), said("B", 4_000, 9_000), said("C", 5_000, 6_000)], &[], &scope);
    is_sound(&measures);
    assert_eq!(measures.speakers.keys().collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!((measures.speech, measures.silence), (Millis(2_000), Millis(1_000)));
    assert_eq!(measures.speakers["A"].words, 0, "they are said before");
    assert_eq!((measures.speakers["A"].share, measures.speakers["A"].share_of_window), (0.5, 1.0 / 3.0));
}

#[test]
fn those_who_are_there_and_silent_count_where_somebody_says_who_is_there() {
    let persons = [person("A", "member", "Red"), person("B", "member", "Blue"), person("M", "moderator", "")];
    let absent = Person { present: false, ..person("D", "member", "Blue") };
    let persons = [&persons[..], &[absent]].concat();
    let talk = [said("A", 0, 6_000), said("M", 6_000, 8_000), said("X", 8_000, 10_000)];
    let all = measure(&talk, &persons, &Scope::default());
    is_sound(&all);
    assert_eq!((all.spoke.count, all.present.map(|present| present.count)), (3, Some(3)));
    assert_eq!(all.coverage, Some(2.0 / 3.0));
    let excluded = BTreeSet::from(["moderator".to_owned()]);
    let scope = Scope { excluded: excluded.clone(), ..Scope::default() };
    let without = measure(&talk, &persons, &scope);
    assert_eq!((without.coverage, without.talk), (Some(0.5), Millis(8_000)));
    assert_eq!(without.present.and_then(|present| present.gini), Some(0.5));
    // One of two is Red, and Red has three quarters of what is said, X is of none.
    let groups = by(&without, &persons, &excluded, |person| person.group.as_ref());
    let parities: Vec<_> = groups.iter().map(|(name, group)| (name.as_deref(), group.spoke, group.parity)).collect();
    assert_eq!(parities, [(Some("Blue"), 0, Some(0.0)), (Some("Red"), 1, Some(1.5)), (None, 1, None)]);
    assert_eq!(balance(&groups), None, "somebody is of neither");
    assert_eq!(balance(&groups[..2]), Some(1.0));
    assert_eq!(by(&without, &[], &excluded, |person| person.group.as_ref()), []);
}

#[test]
fn nobody_speaks() {
    let measures = measured(&[]);
    is_sound(&measures);
    assert_eq!(measures, Measures { latency: Some(Latency::default()), ..Measures::default() });
    let silent = measure(&[], &[person("A", "", "")], &Scope::default());
    assert_eq!((silent.coverage, silent.present.and_then(|present| present.gini)), (Some(0.0), None));
}

#[test]
fn any_conversation_is_sound() {
    // A simple generator: the same conversations in every run.
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..300 {
        let talk: Vec<Stretch> = (0..next(40))
            .map(|_| {
                let (start, who) = (next(60_000), next(5));
                said(&format!("P{who}"), start, start + next(9_000))
            })
            .collect();
        is_sound(&measured(&talk));
        let window = Some(Span::new(10_000, 30_000));
        is_sound(&measure(&talk, &[], &Scope { window, ..Scope::default() }));
    }
}

#[test]
fn tables_of_an_assembly_add_up() {
    let one = measured(&[said("Anna", 0, 6_000), said("1, Speaker 1", 6_500, 8_500)]);
    let other = measured(&[said("Anna", 0, 2_000), said("2, Speaker 1", 2_500, 8_500)]);
    let persons = [person("Anna", "", ""), person("Bert", "", "")];
    let all = combined(&[&one, &other], &persons, &BTreeSet::new());
    is_sound(&all);
    assert_eq!((all.talk, all.window.length(), all.turns), (Millis(16_000), Millis(17_000), 4));
    assert_eq!((all.speakers["Anna"].talk, all.speakers["Anna"].turns), (Millis(8_000), 2));
    assert_eq!((all.spoke.count, all.coverage), (3, Some(0.5)));
    assert_eq!(combined(&[], &[], &BTreeSet::new()), Measures::default());
}
