use super::super::testing::*;
use super::super::text::{line, sits_on_another, unspaced_script, width};
use super::*;
use crate::{Millis, Segment, Word};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn shown_cues(transcript: &Transcript) -> String {
    let show =
        |cue: &Cue| format!("{:>6} {:>6}  {}\n", cue.span.start.0, cue.span.end.0, cue.lines.join("\n               "));
    cues(transcript, &Captions::web()).iter().map(show).collect()
}

fn talk(language: &str, sentences: &[(u64, u64, &str)]) -> Transcript {
    let segments =
        sentences.iter().map(|&(start, end, text)| spoken_segment(language, start, end, None, text)).collect();
    Transcript { language: language.into(), segments, ..Transcript::default() }
}

#[test]
fn a_german_speech_reads_well() {
    insta::assert_snapshot!(shown_cues(&talk("de", &[
        (300, 5200, "Meine sehr geehrten Damen und Herren, ich darf Sie herzlich zur heutigen Sitzung begrüßen."),
        (5300, 11_900, "Wir kommen zum Tagesordnungspunkt 4, dem Bebauungsplan Nr. 27 für das Gewerbegebiet an der Nürnberger Straße."),
        (12_100, 18_800, "Der Ausschuss hat am 3. März mit sieben zu zwei Stimmen empfohlen, den Entwurf in der vorliegenden Fassung zu billigen und öffentlich auszulegen."),
        (19_000, 19_900, "Gibt es Wortmeldungen?"),
        (20_300, 20_900, "Frau Dr. Schneider, bitte."),
        (21_500, 29_700, "Danke, Herr Vorsitzender. Wir haben in der Fraktion lange darüber gesprochen, ob die 250.000 Euro für den neuen Kreisverkehr wirklich notwendig sind"),
        (29_700, 34_000, "und wie wir das unseren Bürgerinnen und Bürgern erklären sollen."),
    ])), @"
      300   2336  Meine sehr geehrten Damen und Herren,
     2336   5300  ich darf Sie herzlich
                  zur heutigen Sitzung begrüßen.
     5300   9021  Wir kommen zum Tagesordnungspunkt 4,
                  dem Bebauungsplan Nr. 27
     9021  12100  für das Gewerbegebiet
                  an der Nürnberger Straße.
    12100  15095  Der Ausschuss hat am 3. März
                  mit sieben zu zwei Stimmen empfohlen,
    15095  19000  den Entwurf in der vorliegenden Fassung
                  zu billigen und öffentlich auszulegen.
    19000  20300  Gibt es Wortmeldungen?
    20300  21500  Frau Dr. Schneider, bitte.
    21500  22985  Danke, Herr Vorsitzender.
    22985  25825  Wir haben in der Fraktion
                  lange darüber gesprochen,
    25825  29700  ob die 250.000 Euro für den neuen
                  Kreisverkehr wirklich notwendig sind
    29700  34000  und wie wir das unseren Bürgerinnen
                  und Bürgern erklären sollen.
    ");
}

#[test]
fn an_english_speech_reads_well() {
    insta::assert_snapshot!(shown_cues(&talk("en", &[
        (0, 10_500, "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."),
        (11_000, 17_000, "The committee met on Tuesday to discuss the proposal that Mr. Johnson and the town council of Springfield had put forward."),
    ])), @r#"
        0   6879  And so, my fellow Americans,
                  ask not what your country can do for you,
     6879  10500  ask what you can do for your country.
    11000  13588  The committee met on Tuesday
                  to discuss the proposal
    13588  17588  that Mr. Johnson and the town council
                  of Springfield had put forward.
    "#);
}

/// A base model in a bad room: no punctuation, segments of arbitrary length.
#[test]
fn without_punctuation_small_words_help() {
    insta::assert_snapshot!(shown_cues(&talk("de", &[
        (0, 5800, "also ich möchte dazu sagen dass wir das in der letzten Sitzung schon besprochen haben und"),
        (5800, 12_500, "dass die Verwaltung uns damals zugesagt hat bis zum Ende des Jahres einen Bericht über die Kosten vorzulegen"),
        (12_900, 16_000, "der liegt aber bis heute nicht vor und das finde ich nicht in Ordnung"),
    ])), @"
        0   4389  also ich möchte dazu sagen
                  dass wir das in der letzten Sitzung schon
     4389   8524  besprochen haben und dass die Verwaltung
                  uns damals zugesagt hat
     8524  12900  bis zum Ende des Jahres einen Bericht
                  über die Kosten vorzulegen
    12900  16900  der liegt aber bis heute nicht vor
                  und das finde ich nicht in Ordnung
    ");
}

#[test]
fn japanese_breaks_between_phrases() {
    let text = "本日の議題は来年度の予算案についてですが、その前に前回の議事録を確認したいと思います。";
    let segments =
        vec![Segment { text: text.into(), language: "ja".into(), span: Span::new(0, 9000), ..Segment::default() }];
    insta::assert_snapshot!(shown_cues(&Transcript { segments, ..japanese() }), @r#"
       0   4395  本日の議題は来年度の予算案についてですが、
    4395   9000  その前に前回の議事録を
                 確認したいと思います。
    "#);
}

#[test]
fn a_pause_and_a_voice_end_a_cue() {
    let mut transcript =
        talk("de", &[(0, 600, "Ja."), (1700, 2200, "Gut."), (2200, 2500, "Nein."), (2500, 3000, "Doch.")]);
    transcript.segments[3].speaker = Some(SpeakerId(2));
    let spans: Vec<_> = cues(&transcript, &Captions::web())
        .iter()
        .map(|c| (c.span.start.0, c.span.end.0, c.lines.join("/"), c.turn))
        .collect();
    let cue = |start, end, text: &str, turn| (start, end, text.to_owned(), turn);
    assert_eq!(
        spans,
        [cue(0, 1000, "Ja.", true), cue(1700, 2500, "Gut. Nein.", false), cue(2500, 3500, "Doch.", true)]
    );
}

#[test]
fn speakers_who_talk_at_the_same_time_are_shown_at_the_same_time() {
    let segments = vec![
        spoken_segment("de", 0, 3000, Some(1), "Ich komme damit zum Haushalt"),
        spoken_segment("de", 1000, 1800, Some(2), "Das stimmt nicht!"),
        spoken_segment("de", 3000, 5000, Some(1), "und zu den Rücklagen der Stadt."),
        spoken_segment("de", 5100, 6000, Some(2), "Na also."),
    ];
    let transcript = Transcript { language: "de".into(), segments, ..Transcript::default() };
    let shown: Vec<_> = cues(&transcript, &Captions::web())
        .iter()
        .map(|cue| format!("{}–{} {}", cue.span.start.0, cue.span.end.0, cue.labelled().replace('\n', " / ")))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    0–5100 Sprecher 1: Ich komme damit zum Haushalt / und zu den Rücklagen der Stadt.
    1000–2706 Sprecher 2: Das stimmt nicht!
    5100–6277 Sprecher 2: Na also.
    ");
}

/// Names stand only where the speaker changes, so whoever goes on after another's interjection is named again.
#[test]
fn who_goes_on_after_an_interjection_is_named_again() {
    let long = "Ich möchte Ihnen heute den Haushalt des kommenden Jahres vorstellen und dabei auf drei Punkte eingehen, \
        nämlich auf die Schulen, die Straßen und die Rücklagen der Stadt, die uns seit langem beschäftigen.";
    let segments =
        vec![spoken_segment("de", 0, 14_000, Some(1), long), spoken_segment("de", 5000, 6000, Some(2), "Zwischenruf!")];
    let transcript = Transcript { language: "de".into(), segments, ..Transcript::default() };
    for rules in [Captions::web(), Captions::ard(), Captions { line_count: 1, ..Captions::web() }] {
        let cues = cues(&transcript, &rules);
        let mut speaker = None;
        for cue in &cues {
            assert!(!cue.label.is_empty() || speaker == Some(cue.speaker), "{cues:#?}");
            assert!(cue.labelled().lines().all(|line| width(line) <= rules.line_width), "{cue:?}");
            speaker = Some(cue.speaker);
        }
        let at = cues.iter().position(|cue| cue.speaker == Some(SpeakerId(2))).unwrap();
        assert!(0 < at && at + 1 < cues.len());
        assert_eq!(cues[at].label, "Sprecher 2: ");
        assert_eq!(cues[at + 1].label, "Sprecher 1: ");
        assert!(cues.iter().skip(at + 2).all(|cue| cue.label.is_empty()));
        assert_eq!(
            cues.iter()
                .filter(|cue| cue.speaker == Some(SpeakerId(1)))
                .flat_map(|cue| cue.lines.clone())
                .collect::<Vec<_>>()
                .join(" "),
            long
        );
    }
}

/// Of two or three who talk at the same time, each is shown when it speaks, and long enough.
#[test]
fn simultaneous_captions_stay_near_their_time_and_long_enough() {
    let long = "Ich möchte Ihnen heute den Haushalt des kommenden Jahres vorstellen und dabei auf drei Punkte eingehen";
    let interjections = |speakers: [Option<u16>; 4]| {
        let said =
            [(0, 10_000, long), (3000, 3600, "Genau"), (3700, 4200, "Richtig"), (12_000, 14_000, "Zuerst die Schulen")];
        said.into_iter()
            .zip(speakers)
            .map(|((start, end, text), who)| spoken_segment("de", start, end, who, text))
            .collect()
    };
    let together = |speakers: [Option<u16>; 3]| {
        let texts = ["Erste Zeile", "Zweite Zeile", "Dritte Zeile"];
        texts.into_iter().zip(speakers).map(|(text, who)| spoken_segment("de", 0, 2000, who, text)).collect()
    };
    let all: [Vec<Segment>; 5] = [
        interjections([Some(1), Some(2), Some(3), Some(1)]),
        interjections([Some(1), Some(2), Some(2), Some(1)]),
        interjections([None; 4]),
        together([Some(1), Some(2), Some(3)]),
        together([None; 3]),
    ];
    for segments in all {
        let transcript = Transcript { language: "de".into(), segments: segments.clone(), ..Transcript::default() };
        for rules in [Captions::web(), Captions::ard(), Captions::bbc(), Captions::netflix_de()] {
            let cues = cues(&transcript, &rules);
            let shown = |text: &str| cues.iter().find(|cue| cue.lines.join(" ").contains(text)).unwrap();
            for segment in segments.iter().filter(|segment| segment.text != long) {
                let cue = shown(&segment.text);
                let late = cue.span.start.0.abs_diff(segment.span.start.0);
                assert!(late <= 700, "{cue:?}");
            }
            assert!(cues.iter().all(|cue| cue.span.length() >= rules.shortest), "{cues:#?}");
        }
    }
}

#[test]
fn a_name_has_room_on_its_line() {
    let mut transcript = talk("en", &[(0, 3000, "The quick brown fox jumps over the lazy dog.")]);
    assert_eq!(cues(&transcript, &Captions::web())[0].lines.len(), 2);
    transcript.segments[0].text = "The quick brown fox jumps over the dogs.".into();
    transcript.segments[0].words.clear();
    assert_eq!(cues(&transcript, &Captions::web())[0].lines.len(), 1);
    transcript.segments[0].speaker = Some(SpeakerId(1));
    assert_eq!(cues(&transcript, &Captions::web())[0].lines.len(), 2);
}

#[test]
fn a_long_name_stands_alone() {
    let mut transcript = talk(
        "de",
        &[(0, 6000, "Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.")],
    );
    transcript.segments[0].speaker = Some(SpeakerId(1));
    transcript.names.insert(SpeakerId(1), "Anna-Lena Meyer-Schmidt (Vorsitz)".into());
    let labelled = |rules| cues(&transcript, &rules).iter().map(Cue::labelled).collect::<Vec<_>>().join("\n\n");
    insta::assert_snapshot!(labelled(Captions::web()), @"
    Anna-Lena Meyer-Schmidt (Vorsitz):
    Ich eröffne die 14. Sitzung

    des Gemeinderats und stelle fest,
    dass wir beschlussfähig sind.
    ");
    insta::assert_snapshot!(labelled(Captions { line_count: 1, ..Captions::ard() }), @"
    Anna-Lena Meyer…: Ich eröffne

    die 14. Sitzung des Gemeinderats

    und stelle fest,

    dass wir beschlussfähig sind.
    ");
}

#[test]
fn three_lines_are_balanced_too() {
    let text = "Der Ausschuss hat am 3. März mit sieben zu zwei Stimmen empfohlen, den Entwurf zu billigen.";
    let rules = Captions { line_count: 3, line_width: 32, ..Captions::web() };
    insta::assert_snapshot!(cues(&talk("de", &[(0, 6500, text)]), &rules)[0].labelled(), @"
    Der Ausschuss hat
    am 3. März mit sieben
    zu zwei Stimmen empfohlen,
    ");
}

#[test]
fn small_gaps_are_closed_and_large_ones_stay() {
    let transcript = talk(
        "de",
        &[(0, 2000, "Das ist der erste Satz."), (2400, 4400, "Das ist der zweite."), (5300, 8000, "Das der letzte.")],
    );
    let ends = |rules| cues(&transcript, &rules).iter().map(|cue| cue.span.end.0).collect::<Vec<_>>();
    assert_eq!(ends(Captions { pause: Millis(300), ..Captions::web() }), [2400, 4400, 8000]);
    assert_eq!(ends(Captions { pause: Millis(300), ..Captions::netflix_de() }), [2316, 4400, 8000]);
    assert_eq!(ends(Captions { pause: Millis(300), ..Captions::bbc() }), [2400, 5300, 8000]);
}

#[test]
fn a_fast_sentence_takes_time_from_a_slow_one() {
    // 34 columns in a second, then ten in three.
    let transcript = talk("de", &[(0, 1000, "Das war sehr schnell gesprochen."), (1000, 4000, "Ganz ruhig.")]);
    let slow = Captions { reading_speed: 13.0, ..Captions::web() };
    assert_eq!(cues(&transcript, &slow).len(), 1);
    let apart = Captions { reading_speed: 100.0, ..Captions::web() };
    assert_eq!(cues(&transcript, &apart).len(), 2);
}

#[test]
fn a_word_that_lasts_a_minute_is_not_shown_for_one() {
    let mut transcript = talk("de", &[(0, 60_000, "Nun")]);
    assert_eq!(cues(&transcript, &Captions::web())[0].span, Span::new(0, 7000));
    transcript.segments.push(spoken_segment("de", 60_000, 60_500, None, "gut."));
    assert_eq!(cues(&transcript, &Captions::web())[1].span.start, Millis(60_000));
}

#[test]
fn words_without_times_are_still_shown_one_after_the_other() {
    let transcript = talk("de", &[(5000, 5000, &"Wort ".repeat(60)), (5000, 5000, "Ende.")]);
    let cues = cues(&transcript, &Captions::web());
    assert!(cues.windows(2).all(|c| c[0].span.end <= c[1].span.start && c[0].span.length().0 >= 100));
}

fn word() -> impl Strategy<Value = Word> {
    let text = prop_oneof![
        6 => "[a-zA-ZäöüßÄÖÜ]{1,14}[,.!?:;]?",
        1 => "[0-9]{1,4}[.%]?",
        1 => "[あ-ん会議本日。、「」ー]{1,4}",
        1 => "[ก-ฮะ-ูเ-๎]{1,60}",
        1 => "\\PC{1,8}",
        1 => "[-<>&{}\\\\ \t\n\u{0}\u{7}\u{feff}\u{200b}ا-ي👍]{1,6}",
        1 => "[a-z]{43,90}",
    ];
    let time = prop_oneof![8 => 0..20_000u64, 1 => 0..10_000_000u64, 1 => any::<u64>()];
    (text, time, prop_oneof![8 => 0..900u64, 1 => 0..90_000u64, 1 => any::<u64>()], prop::bool::weighted(0.9)).prop_map(
        |(text, start, length, spaced)| {
            let span = Span::new(start, start.saturating_add(length));
            Word { span, text, spaced, confidence: 0.5 }
        },
    )
}

fn segment() -> impl Strategy<Value = Segment> {
    let language = prop::sample::select(vec!["de", "en", "fr", "ja", "th", ""]);
    let words = prop::collection::vec(word(), 0..30);
    (words, 0..60_000u64, 0..9000u64, prop::option::of(1..3u16), language, any::<bool>(), any::<bool>()).prop_map(
        |(mut words, start, length, speaker, language, with_words, in_time)| {
            let text: Vec<&str> = words.iter().map(|w| &*w.text).collect();
            let text = text.join(" ");
            if in_time {
                let count = words.len().max(1) as u64;
                for (n, word) in (0..).zip(&mut words) {
                    word.span = Span::new(start + length * n / count, start + length * (n + 1) / count);
                }
            }
            let words = if with_words { words } else { Vec::new() };
            let (span, language) = (Span::new(start, start + length), language.to_owned());
            Segment { span, text, words, speaker: speaker.map(SpeakerId), language, ..Segment::default() }
        },
    )
}

/// In range and out of it.
fn rules() -> impl Strategy<Value = Captions> {
    let presets = prop::sample::select(vec![Captions::web(), Captions::ard(), Captions::bbc(), Captions::netflix_de()]);
    let time = || prop_oneof![8 => 0..9000u64, 1 => any::<u64>()];
    let speed = prop_oneof![8 => 5.0..40.0f64, 1 => any::<f64>()];
    let random = (0..90usize, 0..5usize, speed, [time(), time(), time(), time(), time(), time()]).prop_map(
        |(line_width, line_count, reading_speed, [shortest, longest, gap, chain, linger, pause])| Captions {
            divide: true,
            line_width,
            line_count,
            reading_speed,
            shortest: Millis(shortest),
            longest: Millis(longest),
            gap: Millis(gap / 10),
            chain: Millis(chain),
            linger: Millis(linger),
            pause: Millis(pause),
        },
    );
    prop_oneof![presets, random]
}

trait Sorted {
    fn sorted(self) -> String;
}

impl<I: Iterator<Item = char>> Sorted for I {
    fn sorted(self) -> String {
        let mut all: Vec<char> = self.collect();
        all.sort_unstable();
        all.into_iter().collect()
    }
}

/// What is to be seen, without blanks.
fn ink(texts: impl Iterator<Item = impl AsRef<str>>) -> String {
    texts.map(|t| line(t.as_ref()).replace(' ', "")).collect()
}

/// What another program wrote ends with its last segment; nobody knows whether the recording does.
#[test]
fn a_derived_duration_does_not_shorten_the_last_cue() {
    let segments = vec![spoken_segment("de", 0, 300, None, "Ja.")];
    let derived = Transcript { duration: Millis(300), segments, ..Transcript::default() };
    assert_eq!(cues(&derived, &Captions::web())[0].span, Span::new(0, 1000));
    let recording = crate::RecordingId { sha256: "ab".repeat(32), ..crate::RecordingId::default() };
    let known = Transcript { recording, ..derived.clone() };
    assert_eq!(cues(&known, &Captions::web())[0].span, Span::new(0, 300));
    let longer = Transcript { duration: Millis(700), ..derived };
    assert_eq!(cues(&longer, &Captions::web())[0].span, Span::new(0, 700));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_word_is_lost_and_every_limit_holds(
        mut segments in prop::collection::vec(segment(), 0..8),
        sorted in any::<bool>(),
        duration in 0..80_000u64,
        name in prop_oneof![3 => "", 1 => "\\PC{1,60}", 1 => "[A-Z][a-z]{1,9} [A-Z][a-z]{1,30}-[A-Z][a-z]{1,9}"],
        rules in rules(),
    ) {
        if sorted {
            segments.sort_by_key(|s| s.span.start);
        }
        let names = if name.is_empty() { BTreeMap::new() } else { [(SpeakerId(1), name)].into() };
        let transcript = Transcript { segments, duration: Millis(duration), names, ..Transcript::default() };
        let cues = cues(&transcript, &rules);
        let heard = transcript.segments.iter().flat_map(|s| match ink(s.words.iter().map(|w| &w.text)).is_empty() {
            true => vec![s.text.clone()],
            false => s.words.iter().map(|w| w.text.clone()).collect(),
        });
        let (shown, heard) = (ink(cues.iter().flat_map(|c| &c.lines)), ink(heard));
        // Speakers who talk at the same time take turns on the screen, and may overlap.
        let crosstalk = crate::transcript::lanes(&transcript.segments).iter().any(|lane| *lane > 0);
        match crosstalk {
            true => prop_assert_eq!(shown.chars().sorted(), heard.chars().sorted()),
            false => prop_assert_eq!(shown, heard),
        }
        let rules = rules.in_range();
        let mut before = Millis(0);
        for cue in &cues {
            prop_assert!(cue.span.start >= before, "{cue:?} begins before {before:?}");
            prop_assert!((100..=rules.longest.0).contains(&cue.span.length().0), "{cue:?}");
            prop_assert!((1..=rules.line_count).contains(&cue.labelled().lines().count()), "{cue:?}");
            prop_assert!(cue.turn != cue.label.is_empty() && (cue.speaker.is_some() || !cue.turn || has_speakers(&transcript)), "{cue:?}");
            let alone = cue.label.ends_with('\n');
            prop_assert!(!alone || width(cue.label.trim_end()) <= rules.line_width, "{cue:?}");
            for (n, text) in cue.lines.iter().enumerate() {
                let label = if n == 0 && !alone { width(&cue.label) } else { 0 };
                prop_assert!(!text.trim().is_empty() && *text == line(text), "{text:?}");
                // Before a mark, no line is broken.
                let breakable = |c: char| unspaced_script(c) && !sits_on_another(c);
                let single = text.split(' ').count() == 1 && !text.chars().any(breakable);
                prop_assert!(width(text) + label <= rules.line_width || single, "{cue:?}");
                // A single word is too wide for the line by itself, unless there is no other line for the name.
                prop_assert!(width(text) + label <= rules.line_width || label == 0 || rules.line_count == 1, "{cue:?}");
            }
            before = if crosstalk { cue.span.start } else { cue.span.end };
        }
        for pair in cues.windows(2).filter(|_| !crosstalk) {
            let (gap, time) = (pair[1].span.start - pair[0].span.end, pair[1].span.start - pair[0].span.start);
            let blink = pair[0].span.length().0 == times::BLINK;
            prop_assert!(gap.0 >= rules.gap.0.min(time.0 / 2) || blink, "{pair:?}");
        }
        let quality = super::super::quality(&cues, &rules);
        prop_assert_eq!((quality.cues, quality.line_count.broken, quality.longest.broken), (cues.len(), 0, 0));
        prop_assert!(quality.good <= quality.cues && quality.line_width.broken <= quality.cues);
    }

    #[test]
    fn undivided_is_as_it_was(segments in prop::collection::vec(segment(), 0..8)) {
        let transcript = Transcript { segments, ..Transcript::default() };
        let cues = cues(&transcript, &Captions::none());
        let seen: Vec<&Segment> = transcript.segments.iter().filter(|s| !line(&s.text).is_empty()).collect();
        prop_assert_eq!(seen.len(), cues.len());
        for (segment, cue) in seen.iter().zip(&cues) {
            prop_assert_eq!(&cue.lines, &vec![line(&segment.text).into_owned()]);
            prop_assert_eq!(cue.span.start, segment.span.start);
            prop_assert!(cue.span.end == segment.span.end || segment.span.length().0 == 0);
        }
    }

    #[test]
    fn words_and_blanks_stay_as_they_are(texts in prop::collection::vec("[a-zäöü]{1,12}[.,]?", 1..80), pause in 0..3000u64) {
        let segments: Vec<Segment> = (0..).zip(texts.chunks(7))
            .map(|(n, words)| spoken_segment("de", n * (2500 + pause), n * (2500 + pause) + 2500, None, &words.join(" ")))
            .collect();
        let cues = cues(&Transcript { segments, ..Transcript::default() }, &Captions::web());
        let lines: Vec<&str> = cues.iter().flat_map(|c| &c.lines).map(|l| &**l).collect();
        prop_assert_eq!(lines.join(" "), texts.join(" "));
        for pair in cues.windows(2) {
            let free = pair[1].span.start.0 - pair[0].span.start.0;
            prop_assert!(pair[0].span.length().0 >= free.min(1000), "{:?}", pair);
        }
    }
}
