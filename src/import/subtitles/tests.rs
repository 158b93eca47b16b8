//! Captions as other programs and people write them.

use crate::import::parse;
use crate::{Error, Segment, Transcript, TranscriptErrorKind, WarningKind};
use std::path::Path;

fn read(bytes: impl AsRef<[u8]>) -> Transcript {
    parse(bytes.as_ref(), Path::new("x")).unwrap().0
}

/// `start-end name|text` of each segment, and the codes of the warnings.
fn shown(transcript: &Transcript) -> (Vec<String>, Vec<&'static str>) {
    let segment = |s: &Segment| {
        let voice = s.speaker.map(|id| transcript.name(id).into_owned()).unwrap_or_default();
        format!("{}-{} {voice}|{}", s.span.start.0, s.span.end.0, s.text)
    };
    let warnings = transcript.warnings.iter().map(|warning| warning.kind.code()).collect();
    (transcript.segments.iter().map(segment).collect(), warnings)
}

#[track_caller]
fn assert_read(text: &str, segments: &[&str], warnings: &[&str]) {
    let read = read(text);
    let shown = shown(&read);
    assert_eq!(shown.0, segments, "{text}");
    assert_eq!(shown.1, warnings, "{text}");
}

const HALLO_WELT: [&str; 2] = ["1000-2000 |Hallo", "3000-4000 |Welt"];

#[test]
fn sloppy_subrip_is_read_with_a_warning() {
    let guessed = [
        "1\n00:00:01.000 --> 00:00:02.000\nHallo\n\n2\n00:00:03.000 --> 00:00:04.000\nWelt\n",
        "1\n0:00:01,000 --> 0:00:02,000\nHallo\n\n2\n0:00:03,000 --> 0:00:04,000\nWelt\n",
        "1\n00:01,000 --> 00:02,000\nHallo\n\n2\n00:03,000 --> 00:04,000\nWelt\n",
        "1\n0:0:1,0 --> 0:0:2,00\nHallo\n\n2\n0:0:3 --> 0:0:4\nWelt\n",
        "1\n00:00:01,000 -> 00:00:02,000\nHallo\n\n2\n00:00:03,000–>00:00:04,000\nWelt\n",
        "1\n00:00:01,000-->00:00:02,000\nHallo\n\n2\n00:00:03,000 — > 00:00:04,000\nWelt\n",
        "1\n00: 00: 01, 000 --> 00: 00: 02, 000\nHallo\n\n2\n00:00:03:000 --> 00:00:04:000\nWelt\n",
        "1\n00:00:01,000 --> 00:00:02,000\nHallo\n2\n00:00:03,000 --> 00:00:04,000\nWelt\n",
        "00:00:01,000 --> 00:00:02,000\nHallo\n00:00:03,000 --> 00:00:04,000\nWelt",
        "00:00:01,000 --> 00:00:02,000\nHallo\n\n00:00:03,000 --> 00:00:04,000\nWelt",
        "1\n\n00:00:01,000 --> 00:00:02,000\n\nHallo\n\n2\n\n00:00:03,000 --> 00:00:04,000\n\nWelt\n\n",
        "1\n1\n00:00:01,000 --> 00:00:02,000\nHallo\n\n2\n2\n00:00:03,000 --> 00:00:04,000\nWelt\n",
        "1\n00:00:01,000 --> 00:00:02,000 Hallo\n\n2\n00:00:03,000 --> 00:00:04,000 Welt\n",
        "1 00:00:01,000 --> 00:00:02,000\nHallo\n\n2 00:00:03,000 --> 00:00:04,000\nWelt\n",
        "1\n00:00:01,000 – 00:00:02,000\nHallo\n\n2\n00:00:03,000 - 00:00:04,000\nWelt\n",
        "1\n00:00:01,000 → 00:00:02,000\nHallo\n\n2\n00:00:03,000 --&gt; 00:00:04,000\nWelt\n",
        "1\n00：00：01，000 --> 00：00：02，000\nHallo\n\n２\n０0：00:03,000 －－＞ 00:00:04．000\nWelt\n",
        "1\n\u{200e}00:00:01,000 --> \u{202a}00:00:02,000\u{202c}\nHallo\n\n\u{200e}2\n00:00:03\u{feff},000\u{a0}--> 00:00:04,000\nWelt\n",
        "1\n00:00:01.000,000 --> 00:00:02,000\nHallo\n\n2\n00:00:03,000,000 --> 00:00:04,000\nWelt\n",
        "[00:00:01.000 --> 00:00:02.000]   Hallo\n[00:00:03.000 --> 00:00:04.000]  Welt\n",
        "1\n00:00:01,000 --> 00:00:02,000 \u{202a}Hallo\n\n2\n\u{feff}00:00:03,000 --> 00:00:04,000\u{200b} Welt\n",
    ];
    for text in guessed {
        assert_read(text, &HALLO_WELT, &["cues_guessed"]);
        let WarningKind::CuesGuessed { guessed: 1 | 2, total: 2 } = read(text).warnings[0].kind else {
            panic!("{text}")
        };
    }
}

#[test]
fn times_that_cannot_be_right_are_read_as_they_seem_to_be_meant() {
    let text = "1\n-00:00:01,000 --> 00:00:02,000\nvor null\n\n2\n00:75:10,000 --> 00:75:72,500\nviele Minuten\n\n3\n01:20:00,000 --> 01:10:00,000\nrückwärts\n\n4\n01:30:00,000 --> 9000:00:00,000\nEnde zu spät\n";
    assert_read(
        text,
        &[
            "0-2000 |vor null",
            "4510000-4572500 |viele Minuten",
            "4800000-4800000 |rückwärts",
            "5400000-5400000 |Ende zu spät",
        ],
        &["cues_guessed"],
    );
    assert_eq!(read(text).warnings[0].kind, WarningKind::CuesGuessed { guessed: 4, total: 4 });
    for vtt in ["00:75:10.000 --> 00:75:12.000", "75:10.000 --> 75:12.000"] {
        assert_read(&format!("WEBVTT\n\n{vtt}\nJa\n"), &["4510000-4512000 |Ja"], &["cues_guessed"]);
    }
}

#[test]
fn cues_after_1000_hours_are_told() {
    let text = "1\n999:59:58,000 --> 999:59:59,500\nSpät\n\n2\n1000:00:00,000 --> 1000:00:01,000\nZu spät\n\n3\n00:00:01,000 --> 00:00:02,000\nFrüh\n";
    assert_read(text, &["1000-2000 |Früh", "3599998000-3599999500 |Spät"], &["segments_sorted", "cues_out_of_range"]);
    assert_eq!(read(text).warnings[1].kind, WarningKind::CuesOutOfRange { skipped: 1, total: 3 });
    let only = parse(b"1\n1000:00:00,000 --> 1000:00:01,000\nHallo\n", Path::new("x")).unwrap_err();
    assert!(only.to_string().ends_with("all cues begin after 1000 hours"), "{only}");
}

#[test]
fn tidy_files_have_no_warning() {
    let tidy = [
        "1\n00:00:01,000 --> 00:00:02,000\nHallo\n\n2\n00:00:03,000 --> 00:00:04,000\nWelt\n",
        "0\n00:00:01,000 --> 00:00:02,000\nHallo\n\n1\n00:00:03,000 --> 00:00:04,000\nWelt\n",
        "7\n00:00:01,000 --> 00:00:02,000 X1:0 X2:9 Y1:0 Y2:9\n{\\an8}<i>Hallo</i>\n\n7\n00:00:03,000 --> 00:00:04,000\n<font color=\"red\">Welt</font>\n\n\n",
        "WEBVTT\n\n00:01.000 --> 00:02.000\nHallo\n\n00:00:03.000 --> 00:00:04.000 align:start position:0%\n<b>Welt</b>\n",
        "WEBVTT - a title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE\nMeyer: nicht gesagt\n\nREGION\nid:a\n\nfirst\n00:01.000 --> 00:02.000\nHallo\n\nNOTE a --> b\n\n2\n00:03.000 --> 00:04.000\nWelt\n\nNOTE Ende\n",
    ];
    for text in tidy {
        for end in ["\n", "\r\n", "\r", "\r\r\n"] {
            assert_read(&text.replace('\n', end), &HALLO_WELT, &[]);
            assert_read(&format!("\u{feff}{}", text.replace('\n', end)), &HALLO_WELT, &[]);
        }
    }
}

#[test]
fn sloppy_webvtt_is_read_with_a_warning() {
    let guessed = [
        "WEBVTT\n\n0:0:1.0 --> 0:0:2.00\nHallo\n\n0:0:3.0 --> 0:0:4.000\nWelt\n",
        "WEBVTT\n\n00:00:01,000 --> 00:00:02,000\nHallo\n\n00:00:03,000 --> 00:00:04,000\nWelt\n",
        "WEBVTT\n00:01.000 -> 00:02.000\nHallo\n00:03.000 -> 00:04.000\nWelt\n",
        "WEBVTT\n\n1\n00:00:01 --> 00:00:02\nHallo\n\n2\n00:00:03 --> 00:00:04\nWelt\n",
    ];
    for text in guessed {
        assert_read(text, &HALLO_WELT, &["cues_guessed"]);
    }
    let mixed = "WEBVTT\n\n00:01.000 --> 00:02.000\nHallo\n00:03.000 --> 00:04.000\nWelt\n\nnoch etwas\n\nWEBVTT\n\n00:05.000 --> 00:06.000\nEnde\n";
    assert_read(mixed, &["1000-2000 |Hallo", "3000-4000 |Welt noch etwas", "5000-6000 |Ende"], &["cues_guessed"]);
}

#[test]
fn text_that_looks_like_a_number_or_a_time_stays_text() {
    let text = "1\n00:00:01,000 --> 00:00:02,000\nEs sind\n42\n\n2\n00:00:03,000 --> 00:00:04,000\nvon 10:30 -> 11:00 Uhr\n10:30 -> 11:00\nI <3 you & 3 < 4\n\n";
    assert_read(
        text,
        &["1000-2000 |Es sind 42", "3000-4000 |von 10:30 -> 11:00 Uhr 10:30 -> 11:00 I <3 you & 3 < 4"],
        &[],
    );
}

#[test]
fn a_sentence_with_an_arrow_and_a_time_stays_text() {
    let texts = [
        "Gehe von A --> 10:30",
        "Von 00:00:05,000 --> 00:00:06,000 sprechen wir",
        "10:30 --> 11:00 Uhr ist Pause",
        "10:30 - 11:00",
        "10:30 --> danach",
        "siehe A:B --> 10:30",
        "Sitzung von 10:30:00 – 11:00:00",
        "08:00:00 - 09:00:00 Uhr",
        "(10:30:00 - 11:00:00)",
        "3:20 > 3:10",
        "Ergebnis 3:2 -> 4:2",
        "10:30:00 – 11:00:00",
        "08:00:00 - 09:00:00",
        "3:20,5 > 3:10,2",
        "std::io -> std::fs",
        "a:b:c - d:e:f",
    ];
    for text in texts {
        let file =
            format!("1\n00:00:01,000 --> 00:00:02,000\nHallo\n{text}\n\n2\n00:00:03,000 --> 00:00:04,000\nWelt\n");
        assert_read(&file, &[&format!("1000-2000 |Hallo {text}"), "3000-4000 |Welt"], &[]);
    }
}

#[test]
fn a_line_of_broken_times_takes_nothing_from_the_cue_before() {
    let lines = [
        "00:00:xx,000 --> 00:00:04,000",
        "00:00:03,000 -->",
        "--> 00:00:04,000",
        "xx:xx:xx,xxx --> 00:00:04,000",
        "00:00:03:12 - 00:00:04:13",
        "00:00:0x,000 – 00:00:06,000",
        "00:00:03,000 --> gleich",
    ];
    for line in lines {
        let file = format!(
            "1\n00:00:01,000 --> 00:00:02,000\nHallo\n\n2\n{line}\nfehlt\n\n3\n00:00:03,000 --> 00:00:04,000\nWelt\n"
        );
        assert_read(&file, &HALLO_WELT, &["cues_skipped"]);
    }
}

#[test]
fn cues_out_of_order_and_overlapping_are_sorted_and_kept() {
    let text = "1\n00:00:03,000 --> 00:00:09,000\nb\n\n2\n00:00:01,000 --> 00:00:04,000\na\n\n3\n00:00:05,000 --> 00:00:04,000\nc\n";
    assert_read(text, &["1000-4000 |a", "3000-9000 |b", "5000-5000 |c"], &["segments_sorted", "cues_guessed"]);
}

#[test]
fn what_has_no_time_is_told_and_never_all_there_is() {
    let text = "1\n00:00:01,000 --> 00:00:02,000\nHallo\n\n2\n00:0x:03,000 --> 00:00:04,000\nWelt\n\n3\n00:00:05,000 --> 00:00:06,000\nEnde\n\n4\n";
    assert_read(text, &["1000-2000 |Hallo", "5000-6000 |Ende"], &["cues_skipped"]);
    assert_eq!(read(text).warnings[0].kind, WarningKind::CuesSkipped { skipped: 2, total: 4 });
    for text in [
        "WEBVTT\n\n00:00:01:12 --> 00:00:02:13\nHallo\n",
        "1\n00:9x:01,000 --> 00:99:02,000\nHallo\n",
        "1\n00:00:01,000 --> 00:00:02,000\n\n",
        "1\n99999:00:01,000 --> 99999:00:02,000\nHallo\n",
    ] {
        let error = parse(text.as_bytes(), Path::new("x")).unwrap_err();
        let Error::Transcript { kind, .. } = error else { panic!("{error:?}") };
        assert_eq!(kind, TranscriptErrorKind::InvalidCue, "{text}");
    }
    assert_read("WEBVTT\n", &[], &[]);
}

#[test]
fn text_behind_a_blank_line_belongs_to_the_cue_before() {
    let text = "1\n00:00:01,000 --> 00:00:02,000\nok\n\nund mehr\n";
    assert_read(text, &["1000-2000 |ok und mehr"], &["cues_guessed"]);
}

#[test]
fn entities_and_line_breaks_are_characters() {
    let text = "1\n00:00:01,000 --> 00:00:02,000\nM&uuml;ller &amp; S&#246;hne&nbsp;GmbH<br>ja\n";
    assert_read(text, &["1000-2000 |Müller & Söhne GmbH ja"], &[]);
}

/// A file of these texts, a second each.
fn srt(texts: &[&str]) -> String {
    let cue = |(n, text): (usize, &&str)| format!("{}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{text}\n\n", n + 1);
    texts.iter().enumerate().map(cue).collect()
}

/// `name|text`.
fn voices(texts: &[&str]) -> (Vec<String>, bool) {
    let read = read(srt(texts));
    let (segments, warnings) = shown(&read);
    let voices = segments.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect();
    (voices, warnings.contains(&"speakers_unclear"))
}

#[track_caller]
fn assert_no_voices(texts: &[&str]) {
    let expected: Vec<String> = texts.iter().map(|text| format!("|{text}")).collect();
    assert_eq!(voices(texts).0, expected);
}

#[test]
fn all_have_a_name_or_nobody_has() {
    let zoom = [
        "Christina Meyer: Guten Abend",
        "iPhone von Peter: Hallo",
        "Christina Meyer: Hören Sie uns? Eins noch: danke",
        "iPhone von Peter: Ja, gut.",
        "anna schmidt: Ich auch",
        "+49 170 1234567: 3 Leute",
        "Dr.-Ing. Hans Groß: Weiter bitte",
        "Rat Saal 3 (Rathaus, 2. OG, Zimmer 204 links): Danke",
        "Dr.-Ing. Hans Groß: Gern",
        "anna schmidt: Fertig",
    ];
    let named: Vec<String> = zoom.iter().map(|text| text.replacen(": ", "|", 1)).collect();
    assert_eq!(voices(&zoom), (named, false));
    // One without a name, and nobody knows who that is.
    let [first, rest @ ..] = zoom;
    let unnamed: Vec<&str> = [&first[17..]].into_iter().chain(rest).collect();
    assert_no_voices(&unnamed);
    assert!(voices(&unnamed).1, "that is told");
}

#[test]
fn what_stands_before_a_colon_is_not_always_a_name() {
    let minutes =
        ["Wir treffen uns um 10: 30 Uhr", "Ergebnis: 3 zu 2", "Ergebnis: 4 zu 2", "Beschluss: angenommen", "Also: los"];
    assert_no_voices(&minutes);
    assert_no_voices(&minutes[1..]);
    assert_no_voices(&minutes[1..3]);
    assert_no_voices(&["Punkt 1: Begrüßung", "Punkt 2: Haushalt"]);
    assert_no_voices(&["Frage: Warum?", "Antwort: Darum.", "Frage: Wann?", "Antwort: Nie."]);
    assert_no_voices(&["Es steht 3: 2", "Es steht 3: 3", "Es steht 3: 2", "Es steht 3: 3"]);
    assert_no_voices(&["Guten Abend. Eins vorweg: danke", "Guten Abend. Eins vorweg: danke"]);
    assert_no_voices(&["Frage: Warum?"]);
    assert_no_voices(&["[Musik]", "[Musik]", "(lacht)"]);
}

#[test]
fn names_are_known_in_several_ways_of_writing() {
    let ways: [fn(&str) -> String; 6] = [
        |name| format!("[{name}] Ja"),
        |name| format!("[{name}]: Ja"),
        |name| format!("({name}) Ja"),
        |name| format!(">> {}: Ja", name.to_uppercase()),
        |name| format!(">>{name}: Ja"),
        |name| format!("<i>{name}:</i> Ja"),
    ];
    for way in ways {
        let texts = ["Anna Meyer", "Bert", "Anna Meyer", "Bert"].map(way);
        let named = voices(&texts.each_ref().map(String::as_str)).0;
        let lower: Vec<String> = named.iter().map(|text| text.to_lowercase()).collect();
        assert_eq!(lower, ["anna meyer|ja", "bert|ja", "anna meyer|ja", "bert|ja"], "{texts:?}");
    }
}

#[test]
fn labels_of_programs_are_believed_and_who_has_none_is_not_known() {
    let whisperx = voices(&["[SPEAKER_00]: Ja.", "Wer war das?", "[SPEAKER_01]: Ich.", "[SPEAKER_01]: Gut."]).0;
    assert_eq!(whisperx, ["SPEAKER_00|Ja.", "|Wer war das?", "SPEAKER_01|Ich.", "SPEAKER_01|Gut."]);
    // As this program writes them, with a name where a turn begins.
    let ours = voices(&["Sprecher 1: Ja.", "und so", "Sprecher 2: Gut.", "eben"]);
    assert_eq!(
        ours,
        (["Speaker 1|Ja.", "Speaker 1|und so", "Speaker 2|Gut.", "Speaker 2|eben"].map(String::from).into(), false)
    );
    // Each cue has one, so one without has none.
    let each = voices(&["Speaker 1: Ja.", "Speaker 1: Gut.", "eben"]).0;
    assert_eq!(each, ["Speaker 1|Ja.", "Speaker 1|Gut.", "|eben"]);
    let mixed = ["Sprecher 1: Ja.", "und so", "Anna Meyer: Gut.", "eben"];
    assert_no_voices(&mixed);
    assert!(voices(&mixed).1, "that is told");
    // Somebody has given a name to one of them.
    let named = voices(&["SPEAKER_00: Ja.", "Anna Meyer: Gut.", "SPEAKER_01: Eben."]);
    assert_eq!(named, (["SPEAKER_00|Ja.", "Anna Meyer|Gut.", "SPEAKER_01|Eben."].map(String::from).into(), false));
}

#[test]
fn names_that_are_only_partly_there_are_told() {
    let partly = [
        &["[Anna] Hallo", "[Bert] Hi", "[Musik]"][..],
        &["(Anna Meyer) Hallo", "und", "so", "weiter", "(Anna Meyer) Hi"],
        &[">> ANNA: Hallo", ">> BERT: Hi", ">> und weiter"],
        &["Anna Meyer: Hallo", "und noch etwas", "Bert: Hi"],
        // Nobody comes again.
        &["Bürgermeister: eins", "Herr Özdemir: zwei", "Frau X: drei"],
        &["Anna Meyer:\nHallo Welt", "Bert:\nHi"],
        &["Speaker 1: Ja", "Bert Kohl: ja", "ja", "ja", "ja", "ja"],
    ];
    for texts in partly {
        let plain: Vec<String> = texts.iter().map(|text| text.replace('\n', " ")).collect();
        assert_no_voices(&plain.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(voices(texts).1, "{texts:?}");
    }
    let silent = [
        &["[Musik] Hallo", "(lacht) Ja", "[Musik] Nein", "(Heiterkeit) Ja", "(Heiterkeit) Na"][..],
        &["Hallo", "Achtung: Stufe", "Frage 1: Wer?", "Ende: 10 Uhr"],
        &["https://a.de/x", "Er sagte: nein", "um 10: 30", "Anna: ja"],
    ];
    for texts in silent {
        assert_no_voices(texts);
        assert!(!voices(texts).1, "{texts:?}");
    }
    // Beside the names of WebVTT.
    assert_read(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>Hallo</v>\n\n00:03.000 --> 00:04.000\n[Bert] Hi\n",
        &["1000-2000 Anna|Hallo", "3000-4000 |[Bert] Hi"],
        &["speakers_unclear"],
    );
}

#[test]
fn voices_of_webvtt_and_webex_are_taken_as_they_are() {
    assert_read(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v.loud Jörg Özdemir (Guest)>Hallo &amp; willkommen.</v>\n\n00:03.000 --> 00:04.000\nPunkt 1: ja\n",
        &["1000-2000 Jörg Özdemir (Guest)|Hallo & willkommen.", "3000-4000 |Punkt 1: ja"],
        &[],
    );
    assert_read(
        "WEBVTT\n\n1 \"Anna Meyer\" (3221225472)\n00:00:01.000 --> 00:00:02.000\nHallo\n\n2 \"Jörg \"JJ\" Müller\" (17)\n00:00:03.000 --> 00:00:04.000\nErgebnis: 3\n",
        &["1000-2000 Anna Meyer|Hallo", "3000-4000 Jörg \"JJ\" Müller|Ergebnis: 3"],
        &[],
    );
    // A line of minutes without a header is SubRip with WebVTT's tags.
    assert_read("00:00:01.000 --> 00:00:02.000\n<v Anna>Hallo</v>\n", &["1000-2000 Anna|Hallo"], &["cues_guessed"]);
}

const YOUTUBE: &str = "WEBVTT\nKind: captions\nLanguage: de-DE\n\n\
    00:00:00.160 --> 00:00:03.429 align:start position:0%\n \n\
    Linus,<00:00:00.960><c> do</c><00:00:01.520><c> your</c><00:00:02.159><c> kids</c>\n\n\
    00:00:03.429 --> 00:00:03.439 align:start position:0%\nLinus, do your kids\n \n\n\
    00:00:03.439 --> 00:00:05.749 align:start position:0%\nLinus, do your kids\n\
    think<00:00:03.760><c> your</c><00:00:04.000><c> job</c>\n\n\
    00:00:05.749 --> 00:00:05.759 align:start position:0%\nthink your job\n \n\n";

#[test]
fn rolling_captions_are_read_once() {
    assert_read(YOUTUBE, &["160-3429 |Linus, do your kids", "3439-5749 |think your job"], &["repeats_removed"]);
    let read = read(YOUTUBE);
    assert_eq!(read.language, "de");
    let words: Vec<_> = read.segments[0].words.iter().map(|w| (&*w.text, w.span.start.0, w.span.end.0)).collect();
    assert_eq!(words, [("Linus,", 160, 960), ("do", 960, 1520), ("your", 1520, 2159), ("kids", 2159, 3429)]);
    // The same without times of words, as SubRip.
    let text = "1\n00:00:00,160 --> 00:00:03,429\nLinus\n\n2\n00:00:03,429 --> 00:00:03,439\nLinus\n\n3\n00:00:03,439 --> 00:00:05,749\nLinus\nthink\n\n4\n00:00:05,749 --> 00:00:05,759\nthink\n";
    assert_read(text, &["160-3429 |Linus", "3439-5749 |think"], &["repeats_removed"]);
}

#[test]
fn a_sentence_shown_again_for_each_word_is_one() {
    let text = "WEBVTT\n\n00:00.000 --> 00:01.000\n<u>Guten</u> Tag\n\n00:01.000 --> 00:02.000\nGuten <u>Tag</u>\n\n00:02.000 --> 00:03.000\n<u>Na</u> dann\n\n00:03.000 --> 00:04.000\nNa <u>dann</u>\n";
    assert_read(text, &["0-2000 |Guten Tag", "2000-4000 |Na dann"], &["repeats_removed"]);
}

#[test]
fn people_who_repeat_themselves_are_heard_each_time() {
    let texts = vec!["drei"; 14];
    let text: String = (0..)
        .zip(&texts)
        .map(|(n, text)| format!("{}\n00:00:{n:02},000 --> 00:00:{:02},000\n{text}\n\n", n + 1, n + 1))
        .collect();
    let read = read(text);
    assert_eq!((read.segments.len(), read.warnings.len()), (14, 0));
}

#[test]
fn old_encodings_are_guessed_with_a_warning() {
    let text = "Bürgermeisterin Özdemir grüßt schöne Straßen";
    let srt = format!("1\r\n00:00:01,000 --> 00:00:02,000\r\n{text}\r\n\r\n");
    let vtt = format!("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n{text}\n");
    let json = format!(r#"{{"segments": [{{"start": 1, "end": 2, "text": " {text}"}}], "language": "de"}}"#);
    let list = format!(r#"[{{"start": 1, "end": 2, "text": " {text}"}}]"#);
    let cpp = format!(r#"{{"transcription": [{{"offsets": {{"from": 1000, "to": 2000}}, "text": " {text}"}}]}}"#);
    for file in [srt, vtt, json, list, cpp] {
        let latin = encoding_rs::WINDOWS_1252.encode(&file).0.into_owned();
        let little: Vec<u8> = file.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = file.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = |mark: [u8; 2], bytes: &[u8]| [&mark[..], bytes].concat();
        for bytes in [latin, marked([0xff, 0xfe], &little), marked([0xfe, 0xff], &big), little, big] {
            let read = read(&bytes);
            assert_eq!(shown(&read), (vec![format!("1000-2000 |{text}")], vec!["encoding_guessed"]), "{file}");
        }
    }
}

#[test]
fn a_few_damaged_characters_do_not_make_another_encoding_of_it() {
    let mut bytes = b"1\n00:00:01,000 --> 00:00:02,000\n".to_vec();
    bytes.extend("Grüße, schöne Straße, Bürger".as_bytes());
    bytes.push(0xfc);
    let transcript = read(&bytes);
    assert_eq!(shown(&transcript).0, ["1000-2000 |Grüße, schöne Straße, Bürger\u{fffd}"]);
    let warning = &transcript.warnings[0].kind;
    assert!(matches!(warning, WarningKind::CharactersDamaged), "{warning:?}");
    let short = ["1\n00:00:01,000 --> 00:00:02,000\nGrüße, schöne Straß".as_bytes(), b"\xfc\n"].concat();
    assert_eq!(shown(&read(&short)).0, ["1000-2000 |Grüße, schöne Straß\u{fffd}"]);
}

#[test]
fn a_blank_before_a_time_inside_a_cue_divides_words() {
    let text = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nA <00:00:01.500>eins zwei<00:00:01.900>te\n";
    let words: Vec<String> = read(text).segments[0].words.iter().map(|word| word.text.clone()).collect();
    assert_eq!(words, ["A", "eins", "zweite"]);
}

#[test]
fn words_and_sounds_that_come_again_are_nobody() {
    assert_no_voices(&["Frage 1: wer", "Frage 2: was", "Frage 1: nochmal", "Frage 2: nochmal"]);
    assert_no_voices(&["[Applaus] Danke", "[Musik] Los", "[Applaus] Gut", "[Musik] weiter"]);
    assert_no_voices(&["Peter und Anna: hallo", "Beginn: 10 Uhr", "Beginn: 12 Uhr", "Peter und Anna: na"]);
    assert_no_voices(&["Er sagte: nein", "Sie sagte: doch", "Er sagte: nie", "Sie sagte: nie"]);
}

/// Cues of two lines or two voices, and what each says.
const SHARED: [(&[&str], &[&str]); 8] = [
    (
        &["Anna: Hallo.\nBert: Ja.", "Anna: Gut.\nBert: Nein.", "Bert: So."],
        &["Anna|Hallo.", "Bert|Ja.", "Anna|Gut.", "Bert|Nein.", "Bert|So."],
    ),
    (
        &["Speaker 1: Hallo.\nSpeaker 2: Ja.", "Speaker 1: Gut."],
        &["Speaker 1|Hallo.", "Speaker 2|Ja.", "Speaker 1|Gut."],
    ),
    (
        &["[Anna] Hallo.\n[Bert] Ja.", "[Anna] Gut. [Bert] nein", "[Bert] So."],
        &["Anna|Hallo.", "Bert|Ja.", "Anna|Gut.", "Bert|nein", "Bert|So."],
    ),
    (
        &[">> ANNA: Hi. >> BERT: Yes.", ">> ANNA: Good.\n>> BERT: no"],
        &["ANNA|Hi.", "BERT|Yes.", "ANNA|Good.", "BERT|no"],
    ),
    (
        &["- Anna: Hallo.\n- Bert: Ja.", "- Anna: Gut.\n- Bert: Nein."],
        &["Anna|Hallo.", "Bert|Ja.", "Anna|Gut.", "Bert|Nein."],
    ),
    // A line that a sentence goes on in, although it has a colon.
    (
        &["Anna: Wir beraten jetzt über die\nKosten: zehn Euro", "Bert: Ja.\nErgebnis: 3", "Anna: Gut.", "Bert: Na"],
        &["Anna|Wir beraten jetzt über die Kosten: zehn Euro", "Bert|Ja. Ergebnis: 3", "Anna|Gut.", "Bert|Na"],
    ),
    // Who this is nobody knows.
    (
        &["Anna: Ja.\nCem: Nein.", "Anna: Gut.", "Bert: So.", "Bert: Ende."],
        &["|Anna: Ja. Cem: Nein.", "Anna|Gut.", "Bert|So.", "Bert|Ende."],
    ),
    (
        &["Anna: Ja\nund so", "Bert:\nNein", "Anna: Gut", "Bert: So"],
        &["Anna|Ja und so", "Bert|Nein", "Anna|Gut", "Bert|So"],
    ),
];

#[test]
fn several_may_speak_in_one_cue() {
    for (texts, expected) in SHARED {
        assert_eq!(voices(texts), (expected.iter().map(|text| text.to_string()).collect(), texts[0].contains("Cem")));
    }
    let read = read(
        "1\n00:00:01,000 --> 00:00:02,200\nAnna: Ja.\nBert: Nein, gut.\n\n2\n00:00:03,000 --> 00:00:04,000\nBert: A\nAnna: B\n",
    );
    let shown = shown(&read).0;
    assert_eq!(shown[..2], ["1000-1276 Anna|Ja.", "1276-2200 Bert|Nein, gut."]);
}

#[test]
fn sounds_and_connecting_words_are_nobody() {
    for [first, second] in [
        ["[crosstalk] ja ja", "[crosstalk laughter] na"],
        ["(lacht) ja", "(hustet laut) na"],
        ["[unverständlich] ja", "[Anna lacht] na"],
        ["(Gelächter im Saal) ja", "(Allgemeine Heiterkeit) na"],
        ["[Background noise] yes", "[BLANK_AUDIO] no"],
        ["Sagte er: nein", "sagte sie: doch"],
        ["Übrigens: nein", "Kurz gesagt: doch"],
        ["Zweitens: nein", "However: yes"],
    ] {
        let texts = [first, second, first, second];
        assert_no_voices(&texts);
    }
    assert_eq!(
        voices(&["Speaker 1: Hallo", "Kurz gesagt: ja ja", "Speaker 2: gut"]),
        (["Speaker 1|Hallo", "Speaker 1|Kurz gesagt: ja ja", "Speaker 2|gut"].map(String::from).into(), false)
    );
    assert_eq!(
        voices(&["[Musik]", "Speaker 1: Hallo", "und so", "[Musik]", "weiter"]).0,
        ["|[Musik]", "Speaker 1|Hallo", "Speaker 1|und so", "|[Musik]", "Speaker 1|weiter"]
    );
    // They take nothing from labels.
    for [label, other, sound] in
        [["[SPEAKER_00]", "[SPEAKER_01]", "[MUSIC]"], ["[SPEAKER_00]:", "[SPEAKER_01]:", "[laughter]"]]
    {
        let read = voices(&[&format!("{label} Hallo"), &format!("{sound} ja ja"), &format!("{other} gut")]);
        let expected = ["SPEAKER_00|Hallo".to_owned(), format!("|{sound} ja ja"), "SPEAKER_01|gut".to_owned()];
        assert_eq!(read, (expected.to_vec(), false));
    }
}

#[test]
fn a_label_without_text_is_nothing_said() {
    assert_eq!(
        voices(&["[SPEAKER_00]: Ja.", "[SPEAKER_00]: ", "[SPEAKER_01]: Gut."]).0,
        ["SPEAKER_00|Ja.", "SPEAKER_01|Gut."]
    );
}

#[test]
fn names_may_have_no_blank_behind_their_colon() {
    assert_eq!(
        voices(&["Anna:Hallo", "Bert:um 10:30 Uhr", "Anna:Ja", "Bert: Gut"]),
        (["Anna|Hallo", "Bert|um 10:30 Uhr", "Anna|Ja", "Bert|Gut"].map(String::from).into(), false)
    );
    assert_eq!(
        voices(&["田中：こんにちは", "鈴木：はい", "田中：ええ", "鈴木：では"]).0,
        ["田中|こんにちは", "鈴木|はい", "田中|ええ", "鈴木|では"]
    );
    assert_no_voices(&["https://a.de", "https://b.de", "ftp://c.de", "ftp://d.de"]);
    assert_no_voices(&["Es ist 10:30", "Es war 10:45", "Es ist 10:50", "Es war 10:55"]);
}

#[test]
fn a_voice_ends_where_the_next_begins() {
    let read = read("WEBVTT\n\n00:05.000 --> 00:08.000\n<v Anna>a <00:06.000>b</v> <v Bert><00:07.000>c d</v>\n");
    assert_eq!(shown(&read).0, ["5000-7000 Anna|a b", "7000-8000 Bert|c d"]);
}

#[test]
fn zeros_are_damage_and_not_another_kind_of_file() {
    let srt = "1\n00:00:01,000 --> 00:00:02,000\nHallo\n\n2\n00:00:03,000 --> 00:00:04,000\nWelt\n";
    assert_read(&format!("{srt}{}", "\0".repeat(4096)), &HALLO_WELT, &["characters_damaged"]);
    assert_read(
        &srt.replace("Welt", "Welt\0 da"),
        &["1000-2000 |Hallo", "3000-4000 |Welt\u{fffd} da"],
        &["characters_damaged"],
    );
    let wide: Vec<u8> = srt.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(shown(&read(&wide)), (HALLO_WELT.map(String::from).into(), vec!["encoding_guessed"]));
    let binary = parse(b"RIFF\x24\x08\0\0WAVEfmt \x10\0\0\0\x01\0\n", Path::new("x")).unwrap_err();
    assert!(binary.to_string().ends_with("it holds no text"), "{binary}");
}

#[test]
fn the_first_word_of_webvtt_may_be_in_lower_case() {
    assert_read("webvtt\n\n00:01.000 --> 00:02.000\nHi\n", &["1000-2000 |Hi"], &[]);
}

#[test]
fn brackets_alone_do_not_make_json() {
    for text in ["[Script Info]\nTitle: x\n", "{1}{25}Hallo\n", "[00:12.00]Hallo\n", "[ti:x]\n"] {
        let error = parse(text.as_bytes(), Path::new("x")).unwrap_err().to_string();
        assert!(error.ends_with("it is neither JSON nor captions (SRT, WebVTT)"), "{error}");
    }
}

/// What is written on the line of times is a setting only if players know it.
#[test]
fn text_behind_times_is_not_lost() {
    for (line, text) in [
        ("[00:00:03.000 --> 00:00:04.000]  https://stadt.de/rat", "https://stadt.de/rat"),
        ("[00:00:03.000 --> 00:00:04.000]  line:0", "line:0"),
        ("00:00:03,000 --> 00:00:04,000 Anna:Ja", "Anna:Ja"),
        ("00:00:03,000 --> 00:00:04,000 10:30", "10:30"),
    ] {
        let file = format!("1\n00:00:01,000 --> 00:00:02,000\nHallo\n\n2\n{line}\n");
        assert_read(&file, &["1000-2000 |Hallo", &format!("3000-4000 |{text}")], &["cues_guessed"]);
    }
}

/// No line of times becomes text of the cue before.
#[test]
fn times_are_known_whatever_is_around_them() {
    let times = "00:00:03,000 --> 00:00:04,000";
    for line in [
        format!("3. {times}"),
        format!("3\t{times}"),
        format!("3) {times}"),
        format!("#3 {times}"),
        format!("3 [{times}]"),
        format!("\"{times}\""),
        format!("„{times}“"),
        format!("> {times}"),
        format!("<b>{times}</b>"),
        format!("**{times}**"),
        format!("* {times}"),
        format!("{times}."),
        times.replace(',', "'"),
        times.replace(',', "_"),
        times.replace(',', "/"),
    ] {
        let file = format!("1\n00:00:01,000 --> 00:00:02,000\nHallo\n\n{line}\nWelt\n");
        assert_read(&file, &HALLO_WELT, &["cues_guessed"]);
    }
    for line in ["00.00.03,000 --> 00.00.04,000", "3.5 --> 4.5", "00h00m03s --> 00h00m04s", "* 3,5s --> 4,5s *"] {
        let file = format!(
            "1\n00:00:01,000 --> 00:00:02,000\nHallo\n\n{line}\nfehlt\n\n3\n00:00:03,000 --> 00:00:04,000\nWelt\n"
        );
        assert_read(&file, &HALLO_WELT, &["cues_skipped"]);
    }
    let written = "WEBVTT\n\n00:01.000 --> 00:02.000\n1 --&gt; 2\n00:00:07.000 --&gt; 00:00:08.000\n";
    assert_read(written, &["1000-2000 |1 --> 2 00:00:07.000 --> 00:00:08.000"], &[]);
}

#[test]
fn numbers_of_cues_may_have_a_word_or_a_sign() {
    for [first, second] in [
        ["Cue 1", "Cue 2"],
        ["1.", "2."],
        ["#1", "#2"],
        ["1)", "2)"],
        ["Untertitel Nr. 7:", "Untertitel Nr. 8:"],
        ["Titel\n\n1/2", "2/2"],
    ] {
        let file =
            format!("{first}\n00:00:01,000 --> 00:00:02,000\nHallo\n\n{second}\n00:00:03,000 --> 00:00:04,000\nWelt\n");
        assert_read(&file, &HALLO_WELT, &["cues_guessed"]);
        assert_eq!(read(file).warnings[0].kind, WarningKind::CuesGuessed { guessed: 2, total: 2 });
    }
    // Text above the times of a cue without a number.
    let text = "1\n00:00:01,000 --> 00:00:02,000\nWir sind auf\n\nPlatz 2\n00:00:03,000 --> 00:00:04,000\nWelt\n";
    assert_read(text, &["1000-2000 |Wir sind auf Platz 2", "3000-4000 |Welt"], &["cues_guessed"]);
    let head = "Niederschrift\n\n1\n00:00:01.000 --> 00:00:02.000\nHallo\n\n2\n00:00:03.000 --> 00:00:04.000\nWelt\n";
    assert_eq!(read(head).warnings[0].kind, WarningKind::CuesGuessed { guessed: 2, total: 2 });
}

/// stable-ts marks the word that is spoken by its colour, or makes it bold.
#[test]
fn a_sentence_with_a_coloured_word_is_read_once() {
    for (open, close) in [("<font color=\"#00ff00\">", "</font>"), ("<b>", "</b>"), ("<i>", "</i>"), ("<U>", "</U>")] {
        let cue = |n: u64, text: &str| {
            let text = text.replace('[', open).replace(']', close);
            format!("{}\n00:00:0{n},000 --> 00:00:0{},000\n{text}\n\n", n + 1, n + 1)
        };
        let texts = [
            "[Guten] Abend zusammen.",
            "Guten [Abend] zusammen.",
            "Guten Abend [zusammen.]",
            "[Ja] dann.",
            "Ja [dann.]",
        ];
        let file: String = (0..).zip(texts).map(|(n, text)| cue(n, text)).collect();
        assert_read(&file, &["0-3000 |Guten Abend zusammen.", "3000-5000 |Ja dann."], &["repeats_removed"]);
        // All in one colour is how somebody wants it to look.
        let whole: String = (0..).zip(["[drei]"; 6]).map(|(n, text)| cue(n, text)).collect();
        assert_eq!(read(whole).segments.len(), 6);
    }
}

/// Many lines must not take long, whoever wrote them.
#[test]
fn cues_of_many_lines_are_read_quickly() {
    let lines = "a\n".repeat(60_000);
    let cue = |n: u64| format!("{}\n00:00:0{n},000 --> 00:00:0{},000\n{lines}b{n}\n\n", n + 1, n + 1);
    let file: String = (0..4).map(cue).collect();
    let start = std::time::Instant::now();
    assert_eq!(read(file).segments.len(), 4);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn a_colon_within_a_word_makes_no_name() {
    for words in [
        ["Anna: Guten Abend", "Kolleg:innen, bitte Ruhe", "Anna: Gut", "Kolleg:innen, bitte"],
        ["Bürger:innen fragen", "Bürger:innen antworten", "jede:r weiß das", "jede:r kann das"],
        // Where names have a blank behind their colon, all have.
        ["Anna: Guten Abend", "Ratsbeschluss:Haushalt", "Anna: Gut", "Ratsbeschluss:Haushalt"],
    ] {
        assert_no_voices(&words);
    }
}

#[test]
fn a_point_of_a_list_is_nobody() {
    let (voices, unclear) = voices(&[
        "Anna: Wir brauchen drei Dinge.\n- Kosten: zehn Euro\n- Zeit",
        "Bert: Ja.",
        "Anna: Gut.",
        "Bert: So.",
    ]);
    let expected = ["|Anna: Wir brauchen drei Dinge. - Kosten: zehn Euro - Zeit", "Bert|Ja.", "Anna|Gut.", "Bert|So."];
    assert_eq!((voices, unclear), (expected.map(String::from).into(), true));
}

#[test]
fn a_label_does_not_make_names_of_sentences() {
    assert_eq!(
        voices(&["Speaker 1: Hallo zusammen.", "Eines ist klar: wir bauen das.", "Speaker 2: Gut."]),
        (
            ["Speaker 1|Hallo zusammen.", "Speaker 1|Eines ist klar: wir bauen das.", "Speaker 2|Gut."]
                .map(String::from)
                .into(),
            false
        )
    );
    // A train is none.
    assert_no_voices(&["S21: das wird wieder teurer.", "Und dann?", "S1: nach Herrsching"]);
    assert_eq!(voices(&["S1: Ja.", "S2: Nein.", "S1: Gut."]).0, ["S1|Ja.", "S2|Nein.", "S1|Gut."]);
    // What follows a label may begin with a figure.
    assert_eq!(voices(&["Speaker 1: 3 Leute", "Speaker 2: 10 Leute"]).0, ["Speaker 1|3 Leute", "Speaker 2|10 Leute"]);
}

/// As this program writes them, where the first speaks longer than the one who interrupts.
#[test]
fn a_label_may_come_again_where_another_was_shown_longest() {
    let file = "1\n00:00:00,000 --> 00:00:05,000\nSprecher 1: Ich komme zum Haushalt\n\n\
        2\n00:00:01,000 --> 00:00:02,000\nSprecher 2: Nein!\n\n3\n00:00:05,000 --> 00:00:06,000\nSprecher 2: Na also.\n\n\
        4\n00:00:06,000 --> 00:00:07,000\nGenau.\n";
    let names = ["Speaker 1|Ich komme zum Haushalt", "Speaker 2|Nein!", "Speaker 2|Na also.", "Speaker 2|Genau."];
    let shown = shown(&read(file));
    let texts: Vec<&str> = shown.0.iter().map(|text| text.split_once(' ').unwrap().1).collect();
    assert_eq!((texts, shown.1), (names.to_vec(), vec![]));
}

#[test]
fn an_unknown_speaker_of_other_programs_is_nobody() {
    for name in ["Speaker?", "Speaker ?", "SPEAKER_?", "sprecher ?"] {
        assert_read(
            &format!(
                "WEBVTT\n\n00:01.000 --> 00:02.000\n<v {name}>Hallo\n\n00:03.000 --> 00:04.000\n<v Speaker0>Welt\n"
            ),
            &["1000-2000 |Hallo", "3000-4000 Speaker0|Welt"],
            &[],
        );
    }
    assert_eq!(
        voices(&["(speaker 0) Hallo", "(speaker ?) Ja", "(speaker 1) 3 Leute"]).0,
        ["speaker 0|Hallo", "|Ja", "speaker 1|3 Leute"]
    );
}

/// Deepgram writes a label on a line of its own where the speaker changes.
#[test]
fn labels_on_lines_of_their_own_hold_until_the_next() {
    assert_eq!(
        voices(&["[speaker:0]\nGuten Abend", "zusammen.", "[speaker:1]\n3 Leute", "sind da.", "[speaker:0]\nGut."]),
        (
            [
                "Speaker 0|Guten Abend",
                "Speaker 0|zusammen.",
                "Speaker 1|3 Leute",
                "Speaker 1|sind da.",
                "Speaker 0|Gut."
            ]
            .map(String::from)
            .into(),
            false
        )
    );
    let lines = ["Anna Meyer\nGuten Abend", "Bert Kohl\nHallo", "Anna Meyer\nGut", "weiter"];
    assert_eq!(voices(&lines), (lines.map(|text| format!("|{}", text.replace('\n', " "))).into(), true));
    let song = ["Wir sind\nhier", "Wir sind\nda", "und dort", "oder\nnirgends", "Schluss"];
    assert!(!voices(&song).1);
}

#[test]
fn addresses_and_comparisons_stay_as_they_are() {
    for text in [
        "https://stadt.de/?id=3&section=5&copy=1&lt=2",
        "Müller &copy Söhne",
        "a<b und c>d",
        "wenn x <s und y> z",
        "3 < 4 > 2",
        "A&B; <x> </y>",
    ] {
        assert_read(&format!("1\n00:00:01,000 --> 00:00:02,000\n{text}\n"), &[&format!("1000-2000 |{text}")], &[]);
    }
    let marked = "1\n00:00:01,000 --> 00:00:02,000\n<b class=\"x\">M&amp;S</b> <i >ja</i> &#228;\n";
    assert_read(marked, &["1000-2000 |M&S ja ä"], &[]);
}
