use super::*;
use crate::format::{Format, Style, write};
use crate::{
    Channels, Completeness, Correction, Coverage, Edit, Gap, GapReason, GlossaryId, Marker, MarkerKind, Millis,
    ModelId, PartialReason, RecordingId, Removal, RemovalReason, Segment, Span, SpeakerId, TrackId, TranscribeOptions,
    VadOptions, VoiceEstimate, Word,
};

fn parsed(text: &str) -> Transcript {
    parse(text.as_bytes(), Path::new("x")).unwrap().0
}

fn refused(text: &str) -> String {
    let error = parse(text.as_bytes(), Path::new("x.json")).unwrap_err();
    let Error::Transcript { kind, .. } = &error else { panic!("{error:?}") };
    format!("{error}\n{kind:?}")
}

fn shown(transcript: &Transcript) -> String {
    let segment = |s: &Segment| {
        let words: Vec<_> = s.words.iter().map(|w| format!("{}@{}-{}", w.text, w.span.start.0, w.span.end.0)).collect();
        let voice = s.speaker.map(|id| format!("{}: ", transcript.name(id))).unwrap_or_default();
        format!("{}-{} {voice}{} [{}]", s.span.start.0, s.span.end.0, s.text, words.join(" "))
    };
    transcript.segments.iter().map(segment).collect::<Vec<_>>().join("\n")
}

/// One that has a value for everything.
fn whole() -> Transcript {
    let segment = |start: u64, speaker, text: &str, edited| Segment {
        span: Span::new(start, start + 900),
        text: text.into(),
        words: crate::transcript::words_of(start, 300, text),
        speaker: Some(SpeakerId(speaker)),
        language: "de".into(),
        avg_logprob: -0.25,
        no_speech_prob: 0.125,
        temperature: 0.2,
        compression_ratio: 1.5,
        edited,
    };
    Transcript {
        language: "de".into(),
        duration: Millis(9_999),
        segments: vec![segment(0, 9, "Guten Abend zusammen.", false), segment(1_000, 3, "Das ist neu.", true)],
        gaps: GapReason::ALL.map(|reason| Gap { span: Span::new(5_000, 6_000), reason }).to_vec(),
        markers: vec![Marker { at: Millis(7), kind: MarkerKind::AgendaItem }],
        removed: vec![Removal {
            span: Span::new(1, 2),
            text: "Vielen Dank.".into(),
            reason: RemovalReason::Other("music".into()),
            uncertain: true,
        }],
        corrections: vec![Correction { span: Span::new(3, 4), from: "Führt".into(), to: "Fürth".into() }],
        edits: vec![Edit { span: Span::new(1_000, 1_900), machine: vec![segment(1_000, 2, "Das ist alt.", false)] }],
        checked: vec![Span::new(500, 900), Span::new(1_000, 1_900)],
        // Numbers stay, whatever the order.
        names: [(SpeakerId(9), "Anna Meyer".into()), (SpeakerId(2), "Jörg".into())].into(),
        former_names: [(SpeakerId(9), vec!["Speaker 9".into(), "Anna".into()])].into(),
        voices: [
            (SpeakerId(9), VoiceEstimate { certainty: 0.93, perhaps: None }),
            (SpeakerId(3), VoiceEstimate { certainty: 0.5, perhaps: Some(SpeakerId(9)) }),
        ]
        .into(),
        coverage: Coverage { speech: Millis(5_000), with_text: Millis(4_321) },
        warnings: vec![
            Warning { at: Some(Millis(8)), file: Some("b.wav".into()), kind: WarningKind::PacketsDamaged { count: 3 } },
            Warning::new(None, WarningKind::Other { message: "b".into() }),
        ],
        completeness: Completeness::Partial {
            until: Millis(8_000),
            reason: PartialReason::Failed("out of memory".into()),
        },
        recording: RecordingId {
            name: "a.wav".into(),
            size: 17,
            sha256: "ab".repeat(32),
            parts: vec!["a.wav".into(), "b.wav".into()],
            tracks: vec![TrackId {
                file: "a.wav".into(),
                speaker: Some(SpeakerId(9)),
                start: Millis(1_350),
                drift: -12_345,
            }],
            started: Some("2026-11-22T15:00:00+01:00".into()),
        },
        model: ModelId { file: "ggml-base.bin".into(), sha256: "cd".repeat(32) },
        settings: TranscribeOptions {
            languages: vec!["de".into(), "en".into()],
            translate: true,
            prompt: "Fürth".into(),
            glossary: Some(GlossaryId { file: "n.txt".into(), sha256: "ef".repeat(32) }),
            beam_size: Some(5),
            temperature: 0.5,
            vad: VadOptions { onset: 0.6, min_speech: Millis(100), max_chunk: Millis(20_000), ..VadOptions::default() },
            from: Millis(1),
            to: Some(Millis(9_000)),
            track: Some(2),
            channels: Channels::Split,
        },
    }
}

#[test]
fn what_was_written_is_read() {
    let json = |transcript: &Transcript| {
        let mut bytes = Vec::new();
        write(Format::Json, transcript, &Style::default(), &mut bytes).unwrap();
        bytes
    };
    for transcript in [whole(), Transcript::default()] {
        let (read, source) = parse(&json(&transcript), Path::new("x.json")).unwrap();
        assert_eq!(source, Source::Transcribe);
        assert_eq!(read, transcript);
        assert_eq!(json(&read), json(&transcript));
    }
}

#[test]
fn text_that_was_edited_by_hand_counts_more_than_its_words() {
    let read = parsed(
        r#"{"language": "de", "segments": [{"start": 1, "end": 2, "text": " Guten Morgen", "words": [
            {"word": " Guten", "start": 1.0, "end": 1.4}, {"word": " Abend.", "start": 1.4, "end": 2}]}]}"#,
    );
    assert_eq!(shown(&read), "1000-2000 Guten Morgen [Guten@1000-1400 Morgen@1400-2000]");
}

#[test]
fn words_without_times_get_what_is_left() {
    let read = parsed(include_str!("../../tests/it/foreign/whisperx.json"));
    assert_eq!(
        shown(&read),
        "31-3500 SPEAKER_01: Wir haben 14 Punkte. [Wir@31-400 haben@500-900 14@900-2900 Punkte.@2900-3500]\n\
         4000-4600 SPEAKER_00: Ja. [Ja.@4000-4600]"
    );
    assert!(read.segments[0].words.iter().skip(1).all(|word| word.spaced));
}

#[test]
fn characters_without_blanks_stay_so() {
    let read = parsed(
        r#"{"language":"ja","segments":[{"start":0,"end":1,"text":"会議 で","words":[
        {"word":"会","start":0,"end":0.2},{"word":"議","start":0.2,"end":0.4},{"word":"で","start":0.4,"end":1}]}]}"#,
    );
    let spaced: Vec<bool> = read.segments[0].words.iter().map(|word| word.spaced).collect();
    assert_eq!(spaced, [true, false, true]);
}

#[test]
fn a_cue_of_which_nothing_can_be_seen_is_none() {
    let read =
        parsed("WEBVTT\n\n00:01.000 --> 00:02.000\n\u{8f}\u{200b} \u{feff}\n\n00:02.000 --> 00:03.000\nJa\u{8f}\n");
    assert_eq!(shown(&read), "2000-3000 Ja\u{8f} []");
}

#[test]
fn voices_are_known_by_tag_or_by_a_name_that_comes_again() {
    let teams = parsed(include_str!("../../tests/it/foreign/teams.vtt"));
    assert_eq!(
        shown(&teams),
        "3120-6480 Anna Meyer: Guten Abend, ich eröffne die Sitzung. []\n\
         7000-9250 Jörg Müller & Partner: Danke. Wirklich <danke>. []\n\
         10000-12000 Anna Meyer: Gern. []"
    );
    let zoom = parsed(include_str!("../../tests/it/foreign/zoom.vtt"));
    assert_eq!(
        shown(&zoom),
        "1000-3000 Anna Meyer: Guten Abend. Eins vorweg: danke. []\n\
         3500-5000 Speaker 2: Gern. []\n\
         5500-7000 Anna Meyer: Punkt 1: Begrüßung. []"
    );
    assert_eq!(zoom.segments[1].speaker, Some(SpeakerId(2)));
    let srt = |texts: &[&str]| -> Vec<String> {
        let cue = |(n, text): (usize, &&str)| format!("{}\n00:00:0{n},000 --> 00:00:0{n},900\n{text}\n\n", n + 1);
        let read = parsed(&texts.iter().enumerate().map(cue).collect::<String>());
        let voice = |s: &Segment| s.speaker.map_or(String::new(), |id| read.name(id).into_owned());
        read.segments.iter().map(|s| format!("{}|{}", voice(s), s.text)).collect()
    };
    let some = ["Dr. Karl Müller: Ja.", "so ist es", "von Stetten: Nein.", "doch", "Dr. Karl Müller: Gut.", "ja"];
    assert_eq!(srt(&some), some.map(|text| format!("|{text}")), "who has no name may be anybody");
    assert_eq!(srt(&["Anna: Ja.", "Bernd: Nein.", "gut"]), ["|Anna: Ja.", "|Bernd: Nein.", "|gut"]);
    assert_eq!(
        srt(&["Dr. Karl Müller: Ja.", "von Stetten: Nein.", "von Stetten: Doch.", "Dr. Karl Müller: Gut."]),
        ["Dr. Karl Müller|Ja.", "von Stetten|Nein.", "von Stetten|Doch.", "Dr. Karl Müller|Gut."]
    );
    let once = parsed("1\n00:00:01,000 --> 00:00:02,000\nFrage: Warum?\n");
    assert_eq!(shown(&once), "1000-2000 Frage: Warum? []");
}

#[test]
fn two_voices_in_one_cue_share_its_time() {
    let read = parsed("WEBVTT\n\n00:00.000 --> 00:04.000\n<v A>- Ja?</v>\n<v B>- Nein</v>\n");
    assert_eq!(shown(&read), "0-1818 A: - Ja? []\n1818-4000 B: - Nein []");
}

#[test]
fn captions_may_come_in_old_encodings() {
    let text = "1\r\n00:00:01,000 --> 00:00:02,000\r\nBürger müssen größer träumen, schön für Österreich\r\n\r\n";
    let (latin, ..) = encoding_rs::WINDOWS_1252.encode(text);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (bytes, warnings) in
        [(&latin[..], 1), (&utf16, 1), (text.as_bytes(), 0), (format!("\u{feff}{text}").as_bytes(), 0)]
    {
        let (read, source) = parse(bytes, Path::new("x.srt")).unwrap();
        assert_eq!((source, read.warnings.len()), (Source::Srt, warnings));
        assert_eq!(read.segments[0].text, "Bürger müssen größer träumen, schön für Österreich");
    }
}

#[test]
fn times_that_run_backwards_are_put_right() {
    let read = parsed(
        r#"{"segments": [{"start": 5, "end": 4, "text": "b"}, {"start": -0.02, "end": 1, "text": "a"},
                         {"start": 2, "end": 3, "text": "  "}]}"#,
    );
    assert_eq!(shown(&read), "0-1000 a []\n5000-5000 b []");
    let codes: Vec<_> = read.warnings.iter().map(|warning| warning.kind.code()).collect();
    assert_eq!(codes, ["segments_sorted", "times_out_of_range"]);
    assert_eq!(read.duration, Millis(5_000));
}

#[test]
fn what_is_broken_is_told_with_its_place_and_without_its_text() {
    let said = r#"{"segments": [{"start": "Geheim", "end": 1, "text": "Geheim"}]}"#;
    insta::assert_snapshot!(refused(said), @"
    cannot read `x.json`: `segments[0].start` (line 1, column 32): expected a number
    Invalid
    ");
    insta::assert_snapshot!(refused("{\"segments\": [\n{\"start\": 1, \"end\": 1, \"text\": \"Geheim\"}"), @"
    cannot read `x.json`: line 2, column 40: the file ends in the middle
    Truncated
    ");
    insta::assert_snapshot!(refused("{\"segments\": [\n{\"start\": 1, \"end\": 1 \"text\": \"Geheim\"}]}"), @"
    cannot read `x.json`: line 2, column 23: expected `,` or `}`
    Invalid
    ");
    insta::assert_snapshot!(refused(r#"{"segments": [{"start": 1e11, "end": 1e12, "text": "Geheim"}]}"#), @"
    cannot read `x.json`: all times are before zero or after 1000 hours
    Invalid
    ");
    insta::assert_snapshot!(refused(r#"{"segments": [{"start": 1, "end": 2, "text": "x", "speaker": {"Geheim": 1}}]}"#), @"
    cannot read `x.json`: `segments[0].speaker` (line 1, column 62): expected the name or the number of a speaker
    Invalid
    ");
    insta::assert_snapshot!(refused("{\"start\": 0, \"text\": \"Geheim\"}\n{\"start\": 1, \"text\": \"Geheim\"}\n"), @"
    cannot read `x.json`: it has several values one after the other, as JSON Lines has them; a list of them (`[ , ]`) can be read
    UnknownFormat
    ");
    insta::assert_snapshot!(refused(r#"{"text": "Geheim", "segments": []}"#), @"
    cannot read `x.json`: it has text, but no segments or words with times
    UnknownFormat
    ");
    insta::assert_snapshot!(refused(r#"{"segments": [{"start": 1, "end": 2}]}"#), @"
    cannot read `x.json`: `segments[0]` (line 1, column 36): missing field `text`
    Invalid
    ");
    insta::assert_snapshot!(refused(r#"{"segments": [], "transcribe": {"schema": 3, "gaps": "Geheim"}}"#), @"
    cannot read `x.json`: a newer version of this program wrote it (format 3, this one knows 2)
    Newer
    ");
    insta::assert_snapshot!(refused(r#"{"segments": [], "transcribe": {"schema": 1, "gaps": [{"start": 1}]}}"#), @"
    cannot read `x.json`: `transcribe.gaps[0]` (line 1, column 66): missing field `end`
    Invalid
    ");
    insta::assert_snapshot!(refused(r#"{"transcribe_edits": 1, "edits": []}"#), @"
    cannot read `x.json`: it holds edits of a transcript
    Edits
    ");
    insta::assert_snapshot!(refused(r#"{"a": "Geheim"}"#), @"
    cannot read `x.json`: it has neither `segments` nor `transcription`
    UnknownFormat
    ");
    insta::assert_snapshot!(refused("Geheim"), @"
    cannot read `x.json`: it is neither JSON nor captions (SRT, WebVTT)
    UnknownFormat
    ");
    insta::assert_snapshot!(refused("RIFF\0\0"), @"
    cannot read `x.json`: it holds no text
    NotText
    ");
    insta::assert_snapshot!(refused(""), @"
    cannot read `x.json`: it is empty
    UnknownFormat
    ");
    insta::assert_snapshot!(refused("1\n00:00:01,000 --> 00:9x:02,000\nGeheim\n"), @"
    cannot read `x.json`: no time can be read
    InvalidCue
    ");
}

#[test]
fn a_cue_with_broken_times_is_missed() {
    let read = parsed("WEBVTT\n\nNOTE a --> b\n\n00:01.000 --> 00:02.000\na\n\n00:0x.000 --> 00:04.000\nb\n");
    assert_eq!(shown(&read), "1000-2000 a []");
    assert_eq!(read.warnings[0].kind, WarningKind::CuesSkipped { skipped: 1, total: 2 });
}

#[test]
fn long_transcripts_are_read_quickly() {
    let line = r#"{"start": 1.0, "end": 2.0, "text": " ein Satz mit mehreren Worten", "words": [{"word": " ein", "start": 1, "end": 2}]}"#;
    let text = format!("{{\"segments\": [{}]}}", vec![line; 100_000].join(","));
    let start = std::time::Instant::now();
    assert_eq!(parsed(&text).segments.len(), 100_000);
    eprintln!("100,000 segments read in {:?}", start.elapsed());
    let voices: Vec<String> =
        (0..20_000).map(|n| format!(r#"{{"start": {n}, "end": {n}.5, "text": "x", "speaker": "V{n}"}}"#)).collect();
    assert_eq!(parsed(&format!("[{}]", voices.join(","))).names.len(), 20_000);
    let words = vec![r#"{"word": "x"}"#; 100_000].join(",");
    assert_eq!(
        parsed(&format!(
            r#"[{{"start": 0, "end": 9, "text": "", "words": [{words}]}}, {{"start": 1, "end": 2, "text": "x"}}]"#
        ))
        .segments
        .len(),
        2
    );
}

#[test]
fn confidence_comes_from_whoever_knows_it() {
    let read = parsed(include_str!("../../tests/it/foreign/openai-whisper.json"));
    let words: Vec<&Word> = read.segments.iter().flat_map(|s| &s.words).collect();
    assert!(words[1].is_uncertain() && !words[0].is_uncertain());
    assert_eq!(read.segments[1].temperature, 0.2);
    assert_eq!(read.language, "de");
}
