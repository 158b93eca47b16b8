//! Do programs that we did not write read what we write?

mod crosstalk;
mod dialects;
mod reading;
mod scoring;
mod tables;
mod tiers;

use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::{fs, str};
use transcribe::format::{Captions, Cue, Format, Style, cues, write};
use transcribe::{
    Completeness, Gap, GapReason, Millis, ModelId, PartialReason, RecordingId, Segment, Span, SpeakerId,
    TranscribeOptions, Transcript, Warning, WarningKind, Word,
};

use crate::running::Running;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Words share the segment's time evenly.
fn said(start: u64, end: u64, speaker: Option<u16>, language: &str, text: &str) -> Segment {
    let texts: Vec<&str> = text.split_whitespace().collect();
    let at = |n: usize| start + (end - start) * n as u64 / texts.len() as u64;
    let word = |(n, text): (usize, &&str)| Word {
        span: Span::new(at(n), at(n + 1)),
        text: text.to_string(),
        spaced: true,
        confidence: 0.87654,
    };
    Segment {
        span: Span::new(start, end),
        text: text.to_owned(),
        words: texts.iter().enumerate().map(word).collect(),
        speaker: speaker.map(SpeakerId),
        language: language.to_owned(),
        avg_logprob: -0.25,
        no_speech_prob: 0.02,
        compression_ratio: 1.5,
        ..Segment::default()
    }
}

fn meeting() -> Transcript {
    let segments = vec![
        said(340, 2400, Some(1), "de", "Guten Abend, meine Damen und Herren."),
        said(
            2500,
            9100,
            Some(1),
            "de",
            "Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.",
        ),
        said(12_000, 16_500, Some(2), "en", "Thank you, Mr. Mayor, for the invitation to the town hall in Fürth."),
        said(16_800, 17_000, Some(1), "de", "Gern."),
        said(3_599_000, 3_603_210, Some(3), "de", "Was heißt A&B <i>GmbH</i> --> {\\an8}5 < 6, \"fragt\" C:\\Neu?"),
        said(3_604_000, 3_606_000, Some(3), "ar", "مرحبا بالعالم، كيف حالكم؟"),
        said(3_607_000, 3_609_000, Some(3), "en", "2026"),
        said(3_611_000, 3_612_000, Some(3), "en", "👍🏽 NOTE </script>"),
    ];
    Transcript {
        language: "de".into(),
        duration: Millis(3_700_000),
        segments,
        warnings: vec![Warning::new(Some(Millis(9_500)), WarningKind::PacketDamaged { detail: "bad checksum".into() })],
        completeness: Completeness::Partial { until: Millis(3_620_000), reason: PartialReason::Interrupted },
        recording: RecordingId {
            name: "sitzung.m4a".into(),
            size: 1 << 40,
            sha256: "0f".repeat(32),
            parts: Vec::new(),
            tracks: vec![],
            started: None,
        },
        model: ModelId { file: "ggml-base-q8_0.bin".into(), sha256: "c5".repeat(32) },
        settings: TranscribeOptions {
            languages: vec!["de".into()],
            beam_size: Some(5),
            to: Some(Millis(12)),
            ..Transcript::default().settings
        },
        ..Transcript::default()
    }
}

/// Named voices and one without a name, a gap, doubts, a pause, and signs that mean something in one format or another.
fn interview() -> Transcript {
    let mut segments = vec![
        said(340, 2400, Some(1), "de", "Guten Abend, meine Damen und Herren."),
        said(2500, 9100, Some(1), "de", "TOP 1: \"Haus & Hof\", <b>laut</b>, *leise*, [um] {12:30} und C:\\Neu"),
        said(12_000, 16_500, Some(2), "en", "=SUM(A1) | thank you, 'Mr. Mayor' --> 👍🏽 #1_a_"),
        said(16_800, 17_000, Some(1), "de", "- Gern."),
        said(3_599_000, 3_603_210, Some(3), "ar", "مرحبا بالعالم، كيف حالكم؟"),
        said(3_604_000, 3_605_000, None, "ja", "議題"),
    ];
    // `meine Damen`; the last words come after a pause.
    segments[0].words[2].confidence = 0.1;
    segments[0].words[3].confidence = 0.2;
    segments[4].words[2].span = Span::new(3_602_500, 3_602_800);
    segments[4].words[0].span.end = Millis(3_599_100);
    segments[4].words[1].span = Span::new(3_599_100, 3_599_500);
    segments[4].words[3].span.start = Millis(3_602_800);
    let names = [(SpeakerId(1), "Anna  Meyer\n".to_owned()), (SpeakerId(2), "Bob: \"B\"".to_owned())].into();
    let gaps = vec![Gap { span: Span::new(9600, 11_800), reason: GapReason::Unrecognised }];
    let mut meeting = Transcript { segments, names, gaps, ..meeting() };
    meeting.recording.started = Some("2026-11-22T18:00:45+01:00".into());
    meeting
}

/// Files as somebody could have changed them: overlaps, no time, wrong order.
fn muddle() -> Transcript {
    let segments = vec![
        said(0, 5000, Some(1), "de", "Eins zwei"),
        said(3000, 8000, Some(1), "de", "drei \"vier\""),
        said(3000, 3500, Some(1), "de", "fünf"),
        said(2000, 2000, Some(1), "de", "sechs"),
        said(20_000, 21_000, Some(2), "de", "sieben"),
    ];
    Transcript { segments, duration: Millis(10_000), ..Transcript::default() }
}

fn write_all(transcript: &Transcript, folder: &Path) {
    write_with(&Style::default(), transcript, folder);
}

fn write_with(style: &Style, transcript: &Transcript, folder: &Path) {
    for format in Format::ALL {
        let mut file = fs::File::create(folder.join(format!("talk.{}", format.extension()))).unwrap();
        write(format, transcript, style, &mut file).unwrap();
    }
}

fn output(command: &mut Command) -> String {
    let out = Running::start(command).output();
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn reader(script: &str, folder: &Path) -> Value {
    let mut python = Command::new(format!("{HERE}/scripts/python"));
    python.arg(format!("{HERE}/tests/programs/readers/{script}.py")).arg(folder).env("PYTHONIOENCODING", "utf-8");
    serde_json::from_str(&output(python.arg(format!("{HERE}/docs/transcript.schema.json")))).unwrap()
}

/// What a reader should see of the cues.
fn expected(cues: &[Cue], text: impl Fn(&Cue) -> String) -> Value {
    cues.iter().map(|cue| json!([cue.span.start.0, cue.span.end.0, text(cue)])).collect()
}

/// Players take braces and `\N` for formatting whatever the format says.
fn plain(cue: &Cue) -> String {
    cue.lines.join("\n").replace('{', "(").replace('}', ")").replace("\\N", "/N")
}

/// SRT has no escapes: what looks like a tag is written with signs that look alike.
fn in_srt(cue: &Cue) -> String {
    cue.label.clone() + &plain(cue).replace('<', "‹").replace('>', "›")
}

#[test]
fn python_packages_read_captions() {
    let folder = tempfile::tempdir().unwrap();
    let meeting = meeting();
    write_all(&meeting, folder.path());
    let seen = reader("captions", folder.path());
    let cues = cues(&meeting, &Captions::default());
    assert!(cues.len() >= 10, "{cues:?}");
    assert!(cues.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{cues:?}");
    assert_eq!(seen["srt"], expected(&cues, in_srt));
    assert_eq!(seen["pysubs2 srt"], expected(&cues, in_srt));
    let webvtt: Vec<Value> = seen["webvtt"].as_array().unwrap().iter().map(|c| json!([c[0], c[1], c[2]])).collect();
    assert_eq!(json!(webvtt), expected(&cues, plain));
    let voices: Vec<&str> = seen["webvtt"].as_array().unwrap().iter().map(|c| c[3].as_str().unwrap()).collect();
    let speakers: Vec<String> = cues.iter().map(|c| format!("Sprecher {}", c.speaker.unwrap().0)).collect();
    assert_eq!(voices, speakers);
    assert_eq!(seen["pysubs2 vtt"], expected(&cues, plain));
}

#[test]
fn python_programs_read_json() {
    let folder = tempfile::tempdir().unwrap();
    let meeting = meeting();
    write_all(&meeting, folder.path());
    let seen = reader("transcript", folder.path());
    let speakers: Vec<_> = meeting.segments.iter().map(|s| format!("Speaker {}", s.speaker.unwrap().0)).collect();
    let words: usize = meeting.segments.iter().map(|s| s.words.len()).sum();
    assert_eq!(seen, json!({"segments": meeting.segments.len(), "words": words, "speakers": speakers}));
}

/// `[start, end, text]` of each cue that ffmpeg finds, as it writes them itself in WebVTT; its text unescaped.
fn through_ffmpeg(file: &Path) -> Value {
    let written = output(Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(file).args(["-f", "webvtt", "-"]));
    let cue = |block: &str| {
        let (times, text) = block.split_once('\n').unwrap_or((block, ""));
        let (start, end) = times.split_once(" --> ")?;
        let text = text.trim_end().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        Some(json!([milliseconds(start), milliseconds(end), text]))
    };
    written.split("\n\n").filter_map(cue).collect()
}

/// ffmpeg leaves out hours that are none.
fn milliseconds(stamp: &str) -> u64 {
    let (whole, thousandths) = stamp.split_once('.').unwrap();
    let seconds = whole.split(':').fold(0, |sum, part| sum * 60 + part.parse::<u64>().unwrap());
    seconds * 1000 + thousandths.parse::<u64>().unwrap()
}

#[test]
fn ffmpeg_reads_captions() {
    let folder = tempfile::tempdir().unwrap();
    let meeting = meeting();
    write_all(&meeting, folder.path());
    let cues = cues(&meeting, &Captions::default());
    assert_eq!(through_ffmpeg(&folder.path().join("talk.srt")), expected(&cues, in_srt));
    assert_eq!(through_ffmpeg(&folder.path().join("talk.vtt")), expected(&cues, plain));
    for (file, codec) in [("talk.srt", "subrip"), ("talk.vtt", "webvtt")] {
        let mut probe = Command::new("ffprobe");
        probe.args([
            "-v",
            "error",
            "-count_packets",
            "-show_entries",
            "stream=codec_name,nb_read_packets",
            "-of",
            "csv=p=0",
        ]);
        assert_eq!(output(probe.arg(folder.path().join(file))).trim(), format!("{codec},{}", cues.len()));
    }
}

#[test]
fn ffmpeg_reads_lines_for_players() {
    let folder = tempfile::tempdir().unwrap();
    let mut meeting = meeting();
    // Past 99 minutes, too.
    meeting.segments.push(said(7_500_120, 7_501_000, Some(1), "de", "[00:01.00]Ende <00:02.00>."));
    write_all(&meeting, folder.path());
    let seen = through_ffmpeg(&folder.path().join("talk.lrc"));
    let seen: Vec<Value> = seen.as_array().unwrap().iter().map(|line| json!([line[0], line[2]])).collect();
    let mut voice = None;
    let line = |segment: &Segment| {
        let name = match voice.replace(segment.speaker.unwrap()) == segment.speaker {
            true => String::new(),
            false => format!("Sprecher {}: ", segment.speaker.unwrap().0),
        };
        let text = segment.text.replace(['[', '{'], "(").replace([']', '}'], ")");
        // On the way from plain text to WebVTT ffmpeg doubles what is left of backslashes.
        let text = text.replace('<', "‹").replace('>', "›").replace("\\N", "/N").replace('\\', "\\\\");
        json!([segment.span.start.0 / 10 * 10, name + &text])
    };
    assert_eq!(seen, meeting.segments.iter().map(line).collect::<Vec<_>>());
    let probe = ["-v", "error", "-show_entries", "format_tags=title", "-of", "csv=p=0"];
    let title = output(Command::new("ffprobe").args(probe).arg(folder.path().join("talk.lrc")));
    assert_eq!(title.trim(), "sitzung");
}

#[test]
fn nothing_said_is_read_as_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_all(&Transcript::default(), folder.path());
    let none = json!({"srt": [], "pysubs2 srt": [], "pysubs2 vtt": [], "webvtt": []});
    assert_eq!(reader("captions", folder.path()), none);
    assert_eq!(reader("transcript", folder.path()), json!({"segments": 0, "words": 0, "speakers": []}));
    assert_eq!(through_ffmpeg(&folder.path().join("talk.vtt")), json!([]));
}
