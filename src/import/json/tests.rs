//! JSON as other programs write it, and whether every transcript can be written and read again.

use crate::format::{Format, Style, write};
use crate::import::parse;
use crate::{Error, Segment, Transcript, TranscriptErrorKind, WarningKind, Word};
use std::path::Path;

fn read(bytes: impl AsRef<[u8]>) -> Transcript {
    parse(bytes.as_ref(), Path::new("x")).unwrap().0
}

/// `start-end name|text [word@start-end …]`.
fn shown(transcript: &Transcript) -> Vec<String> {
    let word = |w: &Word| format!("{}@{}-{}", w.text, w.span.start.0, w.span.end.0);
    let segment = |s: &Segment| {
        let voice = s.speaker.map(|id| transcript.name(id).into_owned()).unwrap_or_default();
        let words: Vec<String> = s.words.iter().map(word).collect();
        format!("{}-{} {voice}|{} [{}]", s.span.start.0, s.span.end.0, s.text, words.join(" "))
    };
    transcript.segments.iter().map(segment).collect()
}

fn codes(transcript: &Transcript) -> Vec<&'static str> {
    transcript.warnings.iter().map(|warning| warning.kind.code()).collect()
}

#[test]
fn languages_become_codes() {
    let root = |language: &str| {
        read(format!(
            r#"{{"segments": [{{"start": 0, "end": 1, "text": "x", "language": "{language}"}}], "language": "{language}"}}"#
        ))
    };
    for (name, code) in
        [("german", "de"), ("German", "de"), ("de-DE", "de"), ("deu", "de"), ("ger", "de"), ("auto", ""), ("", "")]
    {
        let read = root(name);
        assert_eq!((&*read.language, &*read.segments[0].language, read.warnings.len()), (code, code, 0), "{name}");
    }
    for name in ["Schweizerdeutsch", "<|de|>", "de-CH-1901", "gsw"] {
        assert_eq!((&*root(name).language, &*root(name).segments[0].language), ("de", "de"), "{name}");
    }
    for (name, warnings) in
        [("Klingon, as spoken", &["language_unknown"][..]), ("xx", &["language_unknown"]), ("und", &[])]
    {
        let unknown = root(name);
        assert_eq!(
            (&*unknown.language, &*unknown.segments[0].language, &*codes(&unknown)),
            ("", "", warnings),
            "{name}"
        );
    }
    let cpp = read(
        r#"{"result": {"language": "german"}, "transcription": [{"offsets": {"from": 0, "to": 1000}, "text": " Ja."}]}"#,
    );
    assert_eq!((&*cpp.language, &*cpp.segments[0].language), ("de", "de"));
}

#[test]
fn words_beside_the_segments_are_theirs() {
    let openai = r#"{"task": "transcribe", "language": "german", "duration": 6.54, "text": "Guten Tag. Wie geht's?",
        "words": [{"word": "Guten", "start": 0.0, "end": 0.5}, {"word": "Tag", "start": 0.5, "end": 1.0},
            {"word": "Wie", "start": 2.0, "end": 2.5}, {"word": "geht's", "start": 2.5, "end": 3.0}],
        "segments": [{"id": 0, "start": 0.0, "end": 1.2, "text": " Guten Tag."}, {"id": 1, "start": 2.0, "end": 3.2, "text": " Wie geht's?"}]}"#;
    let read_ = read(openai);
    assert_eq!(
        shown(&read_),
        ["0-1200 |Guten Tag. [Guten@0-500 Tag.@500-1000]", "2000-3200 |Wie geht's? [Wie@2000-2500 geht's?@2500-3000]"]
    );
    assert_eq!((&*read_.language, read_.duration.0), ("de", 6540));
    let alone = openai.split(",\n        \"segments\"").next().unwrap().to_owned() + "}";
    assert_eq!(
        shown(&read(alone)),
        ["0-1000 |Guten Tag. [Guten@0-500 Tag.@500-1000]", "2000-3000 |Wie geht's? [Wie@2000-2500 geht's?@2500-3000]"]
    );
}

#[test]
fn speakers_of_words_are_kept() {
    let read = read(
        r#"{"segments": [{"start": 1, "end": 4, "text": " Hallo zusammen ja", "words": [
            {"word": "Hallo", "start": 1, "end": 2, "speaker": "SPEAKER_00"},
            {"word": "zusammen", "start": 2, "end": 3, "speaker": "SPEAKER_01"}, {"word": "ja"}]},
            {"start": 5, "end": 6, "text": " Doch!", "words": [{"word": "Ja", "start": 5, "end": 6, "speaker": "SPEAKER_00"}]},
            {"start": 7, "end": 8, "text": " Gut", "speaker": "Anna", "words": [{"word": "Gut", "start": 7, "end": 8, "speaker": "Bert"}]}]}"#,
    );
    assert_eq!(
        shown(&read),
        [
            "1000-2000 SPEAKER_00|Hallo [Hallo@1000-2000]",
            "2000-4000 SPEAKER_01|zusammen ja [zusammen@2000-3000 ja@3000-4000]",
            "5000-6000 SPEAKER_00|Doch! [Doch!@5000-6000]",
            "7000-8000 Anna|Gut [Gut@7000-8000]",
        ]
    );
}

#[test]
fn what_is_no_number_is_not_known() {
    let read = read(
        r#"{"text": "NaN", "segments": [
            {"start": 0.0, "end": NaN, "text": " Das \"NaN\" \\", "avg_logprob": NaN, "no_speech_prob": -Infinity},
            {"start": 2, "end": Infinity, "text": " Welt", "words": [{"word": "Welt", "start": NaN, "end": NaN, "score": NaN}]},
            {"start": NaN, "end": 4, "text": " Ende"}, {"start": null, "end": null, "text": "-Infinity"}], "language": "de"}"#,
    );
    assert_eq!(
        shown(&read),
        [
            "0-2000 |Das \"NaN\" \\ []",
            "2000-2000 |Welt [Welt@2000-2000]",
            "2000-4000 |Ende []",
            "4000-4000 |-Infinity []"
        ]
    );
    assert_eq!(read.warnings[0].kind, WarningKind::NumbersUnknown { count: 8 });
    let error = parse(br#"{"segments": [{"start": NaN, "end": 1, "text": Geheim}]}"#, Path::new("x.json")).unwrap_err();
    let told = error.to_string();
    assert!(told.starts_with("cannot read `x.json`: line 1, column ") && told.ends_with(": expected value"), "{told}");
}

#[test]
fn loose_types_are_read() {
    let loose = read(
        r#"{"duration": "6.54", "language": "de", "segments": [
            {"start": "0.0", "end": " 1.5 ", "text": " Ja", "speaker": 0, "avg_logprob": "-0.25", "words": null},
            {"start": 2, "end": "", "text": null, "speaker": 1.0, "words": [
                {"word": "Guten", "start": "2.0", "end": "2.5", "score": "0.25"}, {"word": null, "start": 2.5}, {"word": "Tag", "start": 2.5, "end": 3}]},
            {"start": 4, "end": 5, "text": null, "speaker": null}, {"start": 5, "end": 6, "text": "Nein", "speaker": -1}]}"#,
    );
    assert_eq!(
        shown(&loose),
        [
            "0-1500 SPEAKER_00|Ja []",
            "2000-3000 SPEAKER_01|Guten Tag [Guten@2000-2500 Tag@2500-3000]",
            "5000-6000 |Nein []"
        ]
    );
    assert_eq!((loose.duration.0, codes(&loose)), (6540, vec![]));
    assert_eq!((loose.segments[0].avg_logprob, loose.segments[1].words[0].confidence), (-0.25, 0.25));
    let cpp = read(
        r#"{"result": {"language": "de"}, "transcription": [
            {"offsets": {"from": "0", "to": 900.0}, "text": " Ja.", "tokens": null, "speaker": 1},
            {"offsets": {"from": 900, "to": null}, "text": null}]}"#,
    );
    assert_eq!(shown(&cpp), ["0-900 SPEAKER_01|Ja. [Ja.@0-900]"]);
}

#[test]
fn words_beside_an_empty_text_are_its_text() {
    let beside = read(
        r#"{"segments": [{"start": 0, "end": 2, "text": ""}], "language": "de",
            "words": [{"word": "Hallo", "start": 0, "end": 1}, {"word": "Welt", "start": 1, "end": 2}]}"#,
    );
    assert_eq!(shown(&beside), ["0-2000 |Hallo Welt [Hallo@0-1000 Welt@1000-2000]"]);
    let inside = read(
        r#"{"segments": [{"start": 0, "end": 2, "text": " ", "words": [
            {"word": " 10", "start": 0, "end": 1}, {"word": ":30", "start": 1, "end": 1.5}, {"word": " Uhr", "start": 1.5, "end": 2}]}]}"#,
    );
    assert_eq!(shown(&inside), ["0-2000 |10:30 Uhr [10@0-1000 :30@1000-1500 Uhr@1500-2000]"]);
    let japanese = read(
        r#"{"segments": [{"start": 0, "end": 2, "text": "\u200b", "words": [{"word": "会", "start": 0, "end": 1}, {"word": "議", "start": 1, "end": 2}]}]}"#,
    );
    assert_eq!(shown(&japanese), ["0-2000 |会議 [会@0-1000 議@1000-2000]"]);
}

#[test]
fn text_without_times_is_one_segment_or_refused() {
    for file in [
        r#"{"text": " Guten Tag.", "segments": [], "language": "de", "duration": 6.5}"#,
        r#"{"text": " Guten Tag.", "segments": null, "language": "de", "duration": "6.5"}"#,
        r#"{"text": " Guten Tag.", "words": [], "language": "de", "duration": 6.5}"#,
        r#"{"text": " Guten Tag.", "language": "de", "duration": 6.5}"#,
        r#"{"text": " Guten Tag.", "segments": [{"start": 1, "end": 6.5, "text": ""}], "language": "de"}"#,
    ] {
        let read = read(file);
        assert_eq!(
            (shown(&read), codes(&read)),
            (vec!["0-6500 |Guten Tag. []".to_owned()], vec!["times_unknown"]),
            "{file}"
        );
        assert_eq!((&*read.language, &*read.segments[0].language), ("de", "de"), "{file}");
    }
    // Silence is no error.
    assert_eq!(read(r#"{"text": "", "segments": [], "language": "de"}"#).segments, []);
}

#[test]
fn times_that_cannot_be_right_cost_no_segment() {
    for file in [
        r#"{"segments": [{"start": 0, "end": 1, "text": "a"}, {"start": 1e10, "end": 2e10, "text": "b"}, {"start": 3, "end": 1e12, "text": "c"},
            {"start": -50, "end": 5, "text": "d", "words": [{"word": "d", "start": 4, "end": -1e300}]}]}"#,
        r#"{"transcription": [{"offsets": {"from": 0, "to": 1000}, "text": " a"}, {"offsets": {"from": 1e13, "to": 2e13}, "text": " b"},
            {"offsets": {"from": 3000, "to": 1e15}, "text": " c"}, {"offsets": {"from": 4000, "to": 5000}, "text": " d. e"}]}"#,
    ] {
        let read = read(file);
        let texts: Vec<&str> = read.segments.iter().map(|segment| segment.text.split('.').next().unwrap()).collect();
        let starts: Vec<u64> = read.segments.iter().map(|segment| segment.span.start.0).collect();
        assert_eq!((texts, starts), (vec!["a", "b", "c", "d"], vec![0, 1000, 3000, 4000]), "{file}");
        assert_eq!((codes(&read), read.duration.0), (vec!["times_out_of_range"], 5000), "{file}");
    }
}

/// What has no length is written as 20 ms long.
#[test]
fn what_ends_after_1000_hours_can_be_written_and_read_again() {
    let end = read(
        r#"{"segments": [{"start": 3599999, "end": 3600000, "text": "Ja gut", "words": [
            {"word": "Ja", "start": 3599999, "end": 3600000}, {"word": "gut", "start": 3600000, "end": 3600000}]},
            {"start": 3600000, "end": 3600000, "text": "Na dann"}, {"start": 3600000.02, "end": 3600001, "text": "Am Ende"}], "duration": 3600000.5}"#,
    );
    assert_eq!(codes(&end), [""; 0]);
    for format in [Format::Json, Format::Whisper, Format::WhisperX, Format::WhisperCpp] {
        let again = read(written(&end, format));
        assert_eq!((again.segments.len(), again.duration.0), (3, 3_600_000_000), "{format}");
        assert_eq!(codes(&again), [""; 0], "{format}");
    }
    let json = written(&end, Format::Json);
    assert_eq!(written(&read(&json), Format::Json), json);
}

#[test]
fn tokens_within_characters_and_words_are_joined() {
    let file = |language: &str, segments: &[u8]| {
        [
            br#"{"params": {"model": "m.bin"}, "result": {"language": ""#,
            language.as_bytes(),
            br#""}, "transcription": ["#,
            segments,
            b"]}",
        ]
        .concat()
    };
    let split = b"{\"offsets\": {\"from\": 0, \"to\": 2000}, \"text\": \"\xe3\x83\xb3\xe3\x83\x8f\", \"tokens\": [\
        {\"text\": \"\xe3\x83\xb3\xe3\x83\", \"offsets\": {\"from\": 0, \"to\": 1000}, \"p\": 0.9},\
        {\"text\": \"\x8f\", \"offsets\": {\"from\": 1000, \"to\": 2000}, \"p\": 0.8}]}";
    let japanese = read(file("ja", split));
    assert_eq!((shown(&japanese), japanese.warnings.len()), (vec!["0-2000 |ンハ [ンハ@0-2000]".to_owned()], 0));
    // A segment that ends within a character.
    let halves = b"{\"offsets\": {\"from\": 0, \"to\": 500}, \"text\": \" B\xc3\"}, {\"offsets\": {\"from\": 500, \"to\": 900}, \"text\": \"\xbcrger\"}";
    assert_eq!(shown(&read(file("de", halves))), ["0-900 |Bürger [Bürger@0-900]"]);
    let single = |words: &[(u64, u64, &str)]| -> Vec<u8> {
        let segment = |(from, to, text): &(u64, u64, &str)| {
            format!(r#"{{"offsets": {{"from": {from}, "to": {to}}}, "text": "{text}"}}"#)
        };
        words.iter().map(segment).collect::<Vec<_>>().join(",").into_bytes()
    };
    let words = single(&[
        (0, 500, " Gu"),
        (500, 800, "ten"),
        (800, 1200, " Tag"),
        (1200, 1300, "."),
        (1300, 1800, " Ja"),
        (1800, 1900, "."),
    ]);
    assert_eq!(
        shown(&read(file("de", &words))),
        ["0-1300 |Guten Tag. [Guten@0-800 Tag.@800-1300]", "1300-1900 |Ja. [Ja.@1300-1900]"]
    );
    let characters =
        single(&[(0, 500, "会"), (500, 900, "議"), (900, 1000, "。"), (1000, 1500, "は"), (1500, 1600, "い")]);
    assert_eq!(
        shown(&read(file("ja", &characters))),
        ["0-1000 |会議。 [会@0-500 議@500-900 。@900-1000]", "1000-1600 |はい [は@1000-1500 い@1500-1600]"]
    );
    // `-ml 20`: lines end within words.
    let lines = single(&[
        (0, 2000, " Wir sind im Gemein"),
        (2000, 4000, "derat heute"),
        (4000, 5000, " abend."),
        (5000, 6000, "[Musik]"),
    ]);
    assert_eq!(
        shown(&read(file("de", &lines))),
        ["0-2909 |Wir sind im Gemeinderat []", "2909-4000 |heute []", "4000-5000 |abend. []", "5000-6000 |[Musik] []"]
    );
}

/// A file of each shape, with the same two sentences.
fn shapes() -> Vec<(&'static str, String)> {
    let word = |word: &str, start: f64| {
        format!(
            r#"{{"word": "{word}", "start": {start}, "end": {}, "score": 0.9, "probability": 0.9, "text": "{word}"}}"#,
            start + 0.4
        )
        .replace(r#", "text""#, r#", "t""#)
    };
    let words = [word(" Guten", 1.0), word(" Tag.", 1.5), word(" Danke", 3.0), word(" sehr.", 3.5)];
    let (one, two) = (words[..2].join(","), words[2..].join(","));
    let whisper = format!(
        r#"{{"text": "", "segments": [{{"id": 0, "start": 1.0, "end": 2.0, "text": " Guten Tag.", "speaker": "Anna", "words": [{one}]}},
            {{"id": 1, "start": 3.0, "end": 4.0, "text": " Danke sehr.", "speaker": "Bert", "words": [{two}]}}], "language": "de"}}"#
    );
    let cpp = r#"{"result": {"language": "de"}, "transcription": [{"offsets": {"from": 1000, "to": 2000}, "text": " Guten Tag.", "speaker": "Anna"},
        {"offsets": {"from": 3000, "to": 4000}, "text": " Danke sehr.", "speaker": "Bert"}]}"#;
    let list = whisper[whisper.find('[').unwrap()..=whisper.rfind(']').unwrap()].to_owned();
    let vtt = "WEBVTT\nLanguage: de\n\n00:01.000 --> 00:02.000\n<v Anna>Guten Tag.</v>\n\n00:03.000 --> 00:04.000\n<v Bert>Danke sehr.</v>\n";
    let srt = "1\n00:00:01,000 --> 00:00:02,000\n[Anna] Guten Tag.\n\n2\n00:00:03,000 --> 00:00:04,000\n[Bert] Danke sehr.\n\n\
        3\n00:00:05,000 --> 00:00:06,000\n[Anna] Guten Tag.\n\n4\n00:00:07,000 --> 00:00:08,000\n[Bert] Danke sehr.\n";
    let own = written(&read(&whisper), Format::Json);
    vec![
        ("whisper", whisper),
        ("list", list),
        ("whisper.cpp", cpp.to_owned()),
        ("vtt", vtt.to_owned()),
        ("srt", srt.to_owned()),
        ("own", String::from_utf8(own).unwrap()),
    ]
}

fn written(transcript: &Transcript, format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(format, transcript, &Style::default(), &mut bytes).unwrap();
    bytes
}

#[test]
fn every_shape_has_its_text_times_speakers_words_and_language() {
    for (shape, file) in shapes() {
        let read = read(&file);
        let segments: Vec<String> =
            shown(&read).into_iter().map(|line| line.split(" [").next().unwrap().to_owned()).take(2).collect();
        assert_eq!(segments, ["1000-2000 Anna|Guten Tag.", "3000-4000 Bert|Danke sehr."], "{shape}");
        let words: Vec<&str> = read.segments[0].words.iter().map(|word| &*word.text).collect();
        assert!(words.is_empty() || words == ["Guten", "Tag."], "{shape}");
        assert_eq!(!words.is_empty(), matches!(shape, "whisper" | "list" | "own"), "{shape}");
        assert_eq!(&*read.language, if matches!(shape, "list" | "srt") { "" } else { "de" }, "{shape}");
        assert_eq!(codes(&read), [""; 0], "{shape}");
    }
}

/// What is read can be written in every format, and what is read of that again has the same text, also after a thousand hours.
#[test]
fn every_shape_can_be_written_in_every_format_and_read_again() {
    for (shape, file) in shapes() {
        for shift in [0, 3_599_000_000] {
            let mut transcript = read(&file);
            for segment in &mut transcript.segments {
                let shift = |span: crate::Span| crate::Span::new(span.start.0 + shift, span.end.0 + shift);
                segment.span = shift(segment.span);
                segment.words.iter_mut().for_each(|word| word.span = shift(word.span));
            }
            let texts = |transcript: &Transcript| {
                transcript.segments.iter().map(|s| s.text.clone()).collect::<Vec<_>>().join(" ")
            };
            for format in Format::ALL {
                let bytes = written(&transcript, format);
                assert!(!bytes.is_empty(), "{shape} {format}");
                use Format::{Json, Srt, Vtt, Whisper, WhisperCpp, WhisperX};
                if matches!(format, Json | Srt | Vtt | Whisper | WhisperCpp | WhisperX) {
                    let again = parse(&bytes, Path::new("x")).map(|(again, _)| again);
                    let again = again.unwrap_or_else(|error| panic!("{shape} {format}: {error}"));
                    let (was, is) = (texts(&transcript), texts(&again));
                    // In SubRip, names are part of the text.
                    assert!(format == Srt || was == is, "{shape} {format}: {was} / {is}");
                    assert_eq!(again.segments[0].span.start, transcript.segments[0].span.start, "{shape} {format}");
                    assert!(again.warnings.iter().all(|w| w.kind == WarningKind::SpeakersUnclear), "{shape} {format}");
                }
            }
        }
    }
}

#[test]
fn json_of_other_programs_is_refused_with_a_reason() {
    for text in [
        r#"{"utterances": [{"start": 250, "end": 650, "text": "x", "speaker": "A"}]}"#,
        r#"{"results": {"utterances": []}, "metadata": {}}"#,
        r#"{"jobName": "x", "results": {"transcripts": [], "items": []}}"#,
        r#"{"recognizedPhrases": [], "combinedRecognizedPhrases": []}"#,
        r#"{"monologues": []}"#,
        r#"{"text": "x"}"#,
    ] {
        let error = parse(text.as_bytes(), Path::new("x")).unwrap_err();
        assert!(matches!(error, Error::Transcript { kind: TranscriptErrorKind::UnknownFormat, .. }), "{text}");
    }
}

/// The reason for which `text` is refused.
fn refused(text: &str) -> String {
    let error = parse(text.as_bytes(), Path::new("x")).unwrap_err();
    assert!(matches!(error, Error::Transcript { .. }), "{error:?}");
    error.to_string()
}

#[test]
fn words_of_overlapping_segments_keep_their_times() {
    let segment = |from: u64, text: &str| {
        let (to, half) = (from + 2000, from + 1000);
        format!(
            r#"{{"offsets": {{"from": {from}, "to": {to}}}, "text": " {text} da", "tokens": [
            {{"text": " {text}", "offsets": {{"from": {from}, "to": {half}}}, "p": 0.9}},
            {{"text": " da", "offsets": {{"from": {half}, "to": {to}}}, "p": 0.9}}]}}"#
        )
    };
    let segments = [segment(5000, "Anna"), segment(0, "Bert"), segment(0, "Cem")].join(",");
    let read = read(format!(r#"{{"result": {{"language": "de"}}, "transcription": [{segments}]}}"#));
    assert_eq!(
        shown(&read),
        [
            "0-2000 |Bert da [Bert@0-1000 da@1000-2000]",
            "0-2000 |Cem da [Cem@0-1000 da@1000-2000]",
            "5000-7000 |Anna da [Anna@5000-6000 da@6000-7000]"
        ]
    );
}

#[test]
fn assembly_ai_counts_milliseconds() {
    let words = r#""language_code": "en_us", "text": "Hello there. Yes.", "words": [
        {"text": "Hello", "start": 250, "end": 650, "confidence": 0.9, "speaker": "A"},
        {"text": "there.", "start": 730, "end": 1022, "confidence": 0.9, "speaker": "A"},
        {"text": "Yes.", "start": 1100, "end": 1400, "confidence": 0.9, "speaker": "B"}]"#;
    let whole = read(format!(r#"{{{words}, "utterances": null, "audio_duration": 2}}"#));
    let spoken = ["250-1022 A|Hello there. [Hello@250-650 there.@730-1022]", "1100-1400 B|Yes. [Yes.@1100-1400]"];
    assert_eq!(shown(&whole), spoken);
    assert_eq!((&*whole.language, whole.duration.0, codes(&whole)), ("en", 2000, vec![]));
    // Where nothing says whose it is, it is refused.
    let list = words.split_once("\"words\": ").unwrap().1;
    for file in [
        format!("{{{words}}}"),
        format!(r#"[{{"speaker": "A", "text": "Hello there. Yes.", "start": 250, "end": 1400, "words": {list}}}]"#),
    ] {
        assert!(refused(&file).ends_with("its times are probably milliseconds, not seconds"), "{file}");
    }
    // Long words in seconds: few in a caption of ten hours.
    let words = ["Wir", "treffen", "uns"].iter().zip([0.56, 12_000.5, 24_000.5]);
    let words = words.map(|(word, at)| format!(r#"{{"word": "{word}", "start": {at}, "end": {}}}"#, at + 12_000.0));
    let words = words.collect::<Vec<_>>().join(",");
    let long = read(format!(
        r#"{{"segments": [{{"start": 0.56, "end": 36000.5, "text": "Wir treffen uns", "words": [{words}]}}]}}"#
    ));
    assert_eq!(long.segments[0].span, crate::Span::new(560, 36_000_500));
}

#[test]
fn lists_of_values_are_no_objects() {
    for file in [
        r#"[[0, 312, " Hello"]]"#,
        r#"{"segments": [[0, 312, " Hello"]]}"#,
        r#"{"words": [["Hello", 0, 1]]}"#,
        r#"{"segments": [{"start": 0, "end": 1, "text": "Hello", "words": [["Hello", 0, 1]]}]}"#,
        r#"{"transcription": [[{"from": 0, "to": 312}, " Hello"]]}"#,
        r#"{"transcription": [{"offsets": {"from": 0, "to": 9}, "text": " a", "tokens": [[" a"]]}]}"#,
    ] {
        assert!(refused(file).ends_with("expected an object with named fields"), "{file}: {}", refused(file));
    }
}

#[test]
fn blanks_may_be_words_of_their_own() {
    let word = |text: &str, start: f64, voice: u8| {
        let kind = if text == " " { "spacing" } else { "word" };
        format!(
            r#"{{"text": "{text}", "start": {start}, "end": {}, "type": "{kind}", "speaker_id": "speaker_{voice}"}}"#,
            start + 0.5
        )
    };
    let words = [
        word("Hallo", 0.0, 0),
        word(" ", 0.5, 0),
        word("da", 1.0, 0),
        word(".", 1.5, 0),
        word(" ", 2.0, 1),
        word("Ja.", 2.5, 1),
    ];
    let read = read(format!(r#"{{"language_code": "deu", "words": [{}]}}"#, words.join(",")));
    assert_eq!(
        shown(&read),
        [
            "0-2000 speaker_0|Hallo da. [Hallo@0-500 da@1000-1500 .@1500-2000]",
            "2500-3000 speaker_1|Ja. [Ja.@2500-3000]"
        ]
    );
    assert_eq!(read.language, "de");
}

#[test]
fn segments_without_any_time_are_text_without_times() {
    let segments =
        r#""segments": [{"start": null, "end": null, "text": "A b"}, {"start": null, "end": NaN, "text": "c d"}]"#;
    let known = read(format!(r#"{{"duration": 20, {segments}}}"#));
    assert_eq!(shown(&known), ["0-20000 |A b c d []"]);
    assert_eq!(codes(&known), ["times_unknown", "numbers_unknown"]);
    let cpp = r#"{"transcription": [{"offsets": {"from": null, "to": null}, "text": " a"}]}"#;
    for file in [&format!("{{{segments}}}"), cpp] {
        assert!(refused(file).ends_with("it has text, but no segments or words with times"), "{file}");
    }
}

#[test]
fn segments_of_which_none_has_a_text_are_refused() {
    for file in [
        r#"{"segments": [{"start": 0, "end": 2, "text": ""}, {"start": 2, "end": 3, "text": "  "}], "text": ""}"#,
        r#"{"words": [{"word": " ", "start": 0, "end": 2}]}"#,
        r#"{"transcription": [{"offsets": {"from": 0, "to": 2000}, "text": " "}]}"#,
    ] {
        assert!(refused(file).ends_with("none has a text"), "{file}");
    }
    for format in [Format::Json, Format::Whisper, Format::WhisperX, Format::WhisperCpp, Format::Vtt] {
        assert_eq!(read(written(&Transcript::default(), format)).segments, [], "a silent recording as {format}");
    }
}

#[test]
fn times_of_words_outside_their_segment_or_out_of_order_are_not_known() {
    let file = |words: &str| {
        read(format!(
            r#"{{"segments": [{{"start": 0, "end": 10, "text": "a b c d", "words": [{words}]}}, {{"start": 10, "end": 12, "text": "e"}}]}}"#
        ))
    };
    let words = |times: [(f64, f64); 4]| {
        let word = |(word, (start, end))| format!(r#"{{"word": "{word}", "start": {start}, "end": {end}}}"#);
        ["a", "b", "c", "d"].into_iter().zip(times).map(word).collect::<Vec<_>>().join(",")
    };
    for (times, expected, count) in [
        ([(0.0, 1.0), (50.0, 60.0), (4.0, 5.0), (9.0, 10.9)], "a@0-1000 b@1000-4000 c@4000-5000 d@9000-10900", 2),
        ([(7.0, 7.5), (0.5, 1.0), (2.0, 2.5), (3.0, 3.5)], "a@0-500 b@500-1000 c@2000-2500 d@3000-3500", 1),
        ([(4.0, 5.0), (5.0, 6.0), (1.0, 2.0), (7.0, 8.0)], "a@4000-5000 b@5000-6000 c@6000-7000 d@7000-8000", 1),
    ] {
        let read = file(&words(times));
        assert_eq!(shown(&read)[0], format!("0-10000 |a b c d [{expected}]"));
        assert_eq!(read.warnings[0].kind, WarningKind::TimesOutOfRange { count });
    }
    // Programs round.
    assert_eq!(codes(&file(&words([(-0.5, 1.0), (1.0, 3.0), (2.5, 5.0), (9.0, 10.9)]))), [""; 0]);
}

#[test]
fn who_is_not_known_comes_back_unknown_from_captions() {
    let file = |names: [&str; 4]| {
        let segment = |(n, name): (usize, &str)| {
            let name = if name.is_empty() { String::new() } else { format!(r#", "speaker": "{name}""#) };
            format!(r#"{{"start": {}, "end": {}.5, "text": "Satz {n}."{name}}}"#, n * 9, n * 9 + 4)
        };
        let segments: Vec<String> = (0..).zip(names).map(segment).collect();
        read(format!(r#"{{"language": "de", "segments": [{}]}}"#, segments.join(",")))
    };
    let names = |transcript: &Transcript| -> Vec<String> {
        transcript
            .segments
            .iter()
            .map(|s| s.speaker.map_or(String::new(), |id| transcript.name(id).into_owned()))
            .collect()
    };
    for speakers in [
        ["Speaker 1", "", "Speaker 2", "Speaker 2"],
        ["Speaker 1", "", "", "Speaker 1"],
        ["", "Speaker 1", "Speaker 1", ""],
        ["", "", "", ""],
        ["Rat. Anna", "Bert", "Rat. Anna", "Bert"],
    ] {
        for format in [Format::Srt, Format::Vtt] {
            // A colon would end the name.
            let transcript = file(speakers.map(|name| if name == "Rat. Anna" { "Rat: Anna" } else { name }));
            let expected =
                speakers.map(|name| if format == Format::Vtt { name.replace('.', ":") } else { name.to_owned() });
            let again = read(written(&transcript, format));
            assert_eq!((names(&again), codes(&again)), (expected.to_vec(), vec![]), "{format}");
        }
    }
}

/// An empty list says nothing where another one is full.
#[test]
fn empty_lists_do_not_decide() {
    let words = r#"[{"word": "Hallo", "start": 0, "end": 1, "speaker": "A"}, {"word": "Welt", "start": 1, "end": 2, "speaker": "A"}]"#;
    for file in [
        format!(r#"{{"segments": [], "word_segments": {words}}}"#),
        format!(r#"{{"segments": [], "words": {words}}}"#),
        format!(r#"{{"text": "", "words": [], "word_segments": {words}}}"#),
        format!(r#"{{"transcription": [], "words": {words}}}"#),
        format!(r#"{{"transcription": [], "segments": [{{"start": 0, "end": 2, "text": "", "words": {words}}}]}}"#),
    ] {
        assert_eq!(shown(&read(&file)), ["0-2000 A|Hallo Welt [Hallo@0-1000 Welt@1000-2000]"], "{file}");
    }
    // Nobody knows the times of these.
    for file in [
        r#"{"words": [], "utterances": [{"start": 250, "end": 1400, "text": "Hallo", "speaker": "A"}]}"#,
        r#"{"text": "", "segments": [], "chunks": [[0, 1, "Hallo"]]}"#,
        r#"{"text": "", "segments": [], "word_segments": [["Hallo", 0, 1]]}"#,
    ] {
        assert!(refused(file).contains("are empty"), "{file}: {}", refused(file));
    }
    for silence in
        [r#"{"transcription": []}"#, r#"{"segments": [], "word_segments": [], "utterances": null, "text": ""}"#]
    {
        assert_eq!(read(silence).segments, [], "{silence}");
    }
}

#[test]
fn chunks_of_hugging_face_are_segments_or_words() {
    let segments = read(
        r#"{"text": " Guten Tag. Ja.", "chunks": [{"timestamp": [0.0, 1.5], "text": " Guten Tag."}, {"timestamp": [2.0, null], "text": " Ja."}]}"#,
    );
    assert_eq!(shown(&segments), ["0-1500 |Guten Tag. []", "2000-2000 |Ja. []"]);
    let words = read(
        r#"{"text": " Guten Tag.", "chunks": [{"timestamp": [0.0, 0.5], "text": " Guten"}, {"timestamp": [0.5, 1.0], "text": " Tag."}]}"#,
    );
    assert_eq!(shown(&words), ["0-1000 |Guten Tag. [Guten@0-500 Tag.@500-1000]"]);
    let named = read(
        r#"{"text": "Guten Tag.", "chunks": [{"timestamp": [0, 1], "text": "Guten Tag."}],
            "speakers": [{"timestamp": [0, 1], "text": "Guten Tag.", "speaker": "SPEAKER_00"}]}"#,
    );
    assert_eq!(shown(&named), ["0-1000 SPEAKER_00|Guten Tag. []"]);
}

#[test]
fn utterances_of_assembly_ai_are_read_without_words() {
    let file = r#"{"text": "Hello there. Yes.", "words": [], "audio_duration": 2, "language_code": "en", "utterances": [
        {"speaker": "A", "text": "Hello there.", "start": 250, "end": 1022, "words": [
            {"text": "Hello", "start": 250, "end": 650}, {"text": "there.", "start": 730, "end": 1022}]},
        {"speaker": "B", "text": "Yes.", "start": 1100, "end": 1400}]}"#;
    let expected = ["250-1022 A|Hello there. [Hello@250-650 there.@730-1022]", "1100-1400 B|Yes. []"];
    assert_eq!((shown(&read(file)), codes(&read(file))), (expected.map(String::from).into(), vec![]));
}

#[test]
fn milliseconds_are_known_without_words() {
    let segment = |from: u64, to: u64, text: &str| {
        format!(r#"{{"speaker": "A", "start": {from}, "end": {to}, "text": "{text}"}}"#)
    };
    let list = |segments: &[String]| format!("[{}]", segments.join(","));
    let milliseconds = list(&[segment(250, 1400, "Hello there."), segment(1500, 4400, "We begin now.")]);
    assert!(refused(&milliseconds).ends_with("its times are probably milliseconds, not seconds"));
    // Seconds of somebody who says little, or in a script without blanks.
    let slow = list(&[segment(0, 30, "Vielen Dank."), segment(30, 60, "Vielen Dank."), segment(60, 90, "Musik")]);
    assert_eq!(read(slow).duration.0, 90_000);
    let japanese =
        list(&[segment(0, 90, "会議を始めます"), segment(90, 180, "はい"), segment(180, 300, "では次の議題です")]);
    assert_eq!(read(japanese).duration.0, 300_000);
    // A caption that stays, as Whisper programs would write it.
    let caption = read("1\n00:00:00,000 --> 00:20:00,000\nWir sind gleich zurück\n");
    for format in [Format::Whisper, Format::WhisperX, Format::WhisperCpp] {
        assert_eq!(read(written(&caption, format)).duration.0, 1_200_000, "{format}");
    }
}

#[test]
fn a_word_may_have_its_text_twice() {
    let read = read(
        r#"{"segments": [{"start": 0, "end": 1, "text": "Hallo Welt", "words": [
            {"word": "Hallo", "text": "hallo", "start": 0, "end": 0.5}, {"word": null, "text": "Welt", "start": 0.5, "end": 1}]}]}"#,
    );
    assert_eq!(shown(&read), ["0-1000 |Hallo Welt [Hallo@0-500 Welt@500-1000]"]);
}

/// whisper.cpp numbers channels, and people may be called by a number.
#[test]
fn numbers_are_channels_only_in_files_of_whisper_cpp() {
    let cpp = |speakers: [&str; 3]| {
        let segment = |(n, speaker): (usize, &&str)| {
            let (from, to) = (n * 1000, n * 1000 + 900);
            format!(r#"{{"offsets": {{"from": {from}, "to": {to}}}, "text": " Ja.", "speaker": "{speaker}"}}"#)
        };
        let segments: Vec<String> = speakers.iter().enumerate().map(segment).collect();
        format!(r#"{{"model": {{"vocab": 51866}}, "transcription": [{}]}}"#, segments.join(","))
    };
    let names = |transcript: &Transcript| -> Vec<String> {
        shown(transcript).iter().map(|line| line.split(['|', ' ']).nth(1).unwrap().to_owned()).collect()
    };
    let spoken = |file: String| -> Vec<String> {
        shown(&read(file))
            .iter()
            .map(|line| line.split_once(' ').unwrap().1.split('|').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(spoken(cpp(["0", "1", "?"])), ["Speaker 1", "Speaker 2", ""]);
    assert_eq!(spoken(cpp(["1", "2", "?"])), ["1", "2", ""]);
    let called = read(
        r#"[{"start": 0, "end": 1, "text": "Ja.", "speaker": "1"}, {"start": 1, "end": 2, "text": "Ja.", "speaker": "0"},
            {"start": 2, "end": 3, "text": "Ja.", "speaker": "?"}]"#,
    );
    assert_eq!(names(&called), ["1", "0", "?"]);
    assert_eq!(names(&read(written(&called, Format::WhisperCpp))), ["1", "0", "?"]);
}

/// In captions, names stand where the speaker changes, also where two speak at once.
#[test]
fn who_speaks_comes_back_from_captions_after_an_interjection() {
    let long = "Ich möchte Ihnen heute den Haushalt des kommenden Jahres vorstellen und dabei auf drei Punkte eingehen, \
        nämlich auf die Schulen, die Straßen und die Rücklagen der Stadt, die uns seit langem beschäftigen.";
    let file = format!(
        r#"{{"language": "de", "segments": [{{"start": 0, "end": 14, "text": "{long}", "speaker": "Speaker 1"}},
            {{"start": 5, "end": 6, "text": "Zwischenruf!", "speaker": "Speaker 2"}},
            {{"start": 14, "end": 15, "text": "Nein & nochmals nein, &lt;nein&gt;!", "speaker": "Speaker 2"}}]}}"#
    );
    let said = |transcript: &Transcript, name: &str| -> String {
        let of = |s: &&Segment| s.speaker.is_some_and(|id| transcript.name(id) == name);
        transcript.segments.iter().filter(of).map(|s| s.text.clone()).collect::<Vec<_>>().join(" ")
    };
    for format in [Format::Srt, Format::Vtt] {
        let again = read(written(&read(&file), format));
        assert_eq!(said(&again, "Speaker 1"), long, "{format}");
        let kept = if format == Format::Srt { "＆lt;nein＆gt;" } else { "&lt;nein&gt;" };
        assert_eq!(said(&again, "Speaker 2"), format!("Zwischenruf! Nein & nochmals nein, {kept}!"), "{format}");
        assert_eq!(codes(&again), [""; 0]);
    }
}
