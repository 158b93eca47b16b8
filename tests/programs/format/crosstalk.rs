//! Two speakers at the same time: every format keeps both, at their own times.

use super::{expected, in_srt, plain, reader, said, write_all};
use serde_json::{Value, json};
use transcribe::format::{Captions, cues};
use transcribe::{Millis, RecordingId, Transcript, import};

/// `SpeakerId(2)` interrupts `SpeakerId(1)`, who goes on; then both speak at once again.
fn crosstalk() -> Transcript {
    let segments = vec![
        said(0, 4000, Some(1), "en", "I come to the budget of the town."),
        said(1000, 2000, Some(2), "en", "That is wrong!"),
        said(4000, 7000, Some(1), "en", "Let me finish the sentence."),
        said(5000, 8000, Some(2), "en", "I will not do that."),
        said(9000, 10_000, Some(1), "en", "Thank you."),
    ];
    let recording = RecordingId { name: "talk.wav".into(), size: 1, ..RecordingId::default() };
    Transcript { language: "en".into(), segments, duration: Millis(12_000), recording, ..Transcript::default() }
}

/// Start, end, text and speaker of each segment.
fn heard(transcript: &Transcript) -> Vec<(u64, u64, &str, u16)> {
    transcript.segments.iter().map(|s| (s.span.start.0, s.span.end.0, &*s.text, s.speaker.unwrap().0)).collect()
}

#[test]
fn captions_show_both() {
    let folder = tempfile::tempdir().unwrap();
    let crosstalk = crosstalk();
    write_all(&crosstalk, folder.path());
    let seen = reader("captions", folder.path());
    let cues = cues(&crosstalk, &Captions::default());
    for (first, second) in [(0, 1), (2, 3)] {
        let [first, second] = [first, second].map(|n| &crosstalk.segments[n]);
        let at = second.span.start;
        let shown: Vec<_> = cues.iter().filter(|c| c.span.start <= at && at < c.span.end).map(|c| c.speaker).collect();
        assert_eq!(shown, [first.speaker, second.speaker], "{cues:?}");
    }
    assert!(cues.iter().all(|cue| crosstalk.segments.iter().any(|s| s.span.start == cue.span.start)), "{cues:?}");
    for reader in ["srt", "pysubs2 srt"] {
        assert_eq!(seen[reader], expected(&cues, in_srt), "{reader}");
    }
    assert_eq!(seen["pysubs2 vtt"], expected(&cues, plain));
    let voices: Vec<&str> = seen["webvtt"].as_array().unwrap().iter().map(|c| c[3].as_str().unwrap()).collect();
    let speakers: Vec<String> = cues.iter().map(|cue| format!("Speaker {}", cue.speaker.unwrap().0)).collect();
    assert_eq!(voices, speakers);
}

#[test]
fn tiers_have_one_for_each() {
    let folder = tempfile::tempdir().unwrap();
    let crosstalk = crosstalk();
    write_all(&crosstalk, folder.path());
    let seen = reader("tiers", folder.path());
    let tier = |speaker: u16| {
        let own = heard(&crosstalk).into_iter().filter(|(.., id)| *id == speaker);
        json!([
            format!("Speaker {speaker}"),
            own.map(|(start, end, text, _)| json!([start, end, text])).collect::<Vec<_>>()
        ])
    };
    assert_eq!(seen["pympi"]["tiers"], json!([tier(1), tier(2)]));
    for reader in ["praatio", "praat"] {
        assert_eq!([&seen[reader]["tiers"][0], &seen[reader]["tiers"][2]], [&tier(1), &tier(2)], "{reader}");
    }
}

#[test]
fn tables_and_json_keep_their_times() {
    let folder = tempfile::tempdir().unwrap();
    let crosstalk = crosstalk();
    write_all(&crosstalk, folder.path());
    let seen = reader("tables", folder.path());
    let all = heard(&crosstalk);
    let rows: Vec<Value> =
        seen["csv"].as_array().unwrap()[1..].iter().map(|r| json!([r[4], r[5], r[6], r[2]])).collect();
    let row = |(start, end, text, id): &(u64, u64, &str, u16)| {
        json!([start.to_string(), end.to_string(), text, format!("Speaker {id}")])
    };
    assert_eq!(rows, all.iter().map(row).collect::<Vec<_>>());
    let labels = all.iter().map(|(start, end, text, id)| {
        json!([*start as f64 / 1000.0, *end as f64 / 1000.0, format!("Speaker {id}: {text}")])
    });
    assert_eq!(seen["labels"], labels.collect::<Value>());
    // A pause of NIST's is part of a line, also where somebody else speaks.
    assert_eq!(
        seen["rttm"],
        json!([
            ["talk", 0.0, 7.0, "Speaker_1"],
            ["talk", 1.0, 1.0, "Speaker_2"],
            ["talk", 5.0, 3.0, "Speaker_2"],
            ["talk", 9.0, 1.0, "Speaker_1"],
        ])
    );
    let json = reader("transcript", folder.path());
    let names: Vec<String> = all.iter().map(|(.., id)| format!("Speaker {id}")).collect();
    assert_eq!(json["speakers"], json!(names));
    let dialects = reader("dialects", folder.path());
    let plain: Vec<Value> = all.iter().map(|(start, end, text, _)| json!([start, end, text])).collect();
    assert_eq!([&dialects["whisper"], &dialects["whispercpp"]], [&json!(plain), &json!(plain)]);
}

#[test]
fn paragraphs_follow_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let crosstalk = crosstalk();
    write_all(&crosstalk, folder.path());
    let seen = reader("reading", folder.path());
    let all = heard(&crosstalk);
    let coded: Vec<Value> =
        all.iter().map(|(start, _, text, id)| json!([start / 1000, format!("Speaker {id}"), text])).collect();
    assert_eq!(seen["qualcoder"], json!(coded));
    let f4 = seen["f4"].as_array().unwrap().iter().map(|p| json!([p[0], p[1], p[2]]));
    let ends = all.iter().map(|(_, end, text, id)| json!([end / 100, format!("Speaker {id}"), text]));
    assert_eq!(f4.collect::<Vec<_>>(), ends.collect::<Vec<_>>());
    let turns: Vec<&Value> =
        seen["python-docx"]["paragraphs"].as_array().unwrap().iter().filter(|p| p[0] == "Turn").collect();
    let lines = all.iter().map(|(start, _, text, id)| format!("[00:00:{:02}]\tSpeaker {id}: {text}", start / 1000));
    assert_eq!(turns.iter().map(|p| p[1].as_str().unwrap()).collect::<Vec<_>>(), lines.collect::<Vec<_>>());
}

#[test]
fn what_was_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let crosstalk = crosstalk();
    write_all(&crosstalk, folder.path());
    for file in ["talk.json", "talk.whisperx.json", "talk.whispercpp.json"] {
        let (read, _) = import::read(&folder.path().join(file)).unwrap();
        assert_eq!(heard(&read), heard(&crosstalk), "{file}");
        assert_eq!(read.warnings, [], "{file}");
    }
    // Captions divide the text in their own way.
    let of = |transcript: &Transcript, speaker| {
        let own =
            heard(transcript).into_iter().filter(|(.., id)| *id == speaker).map(|(_, _, text, _)| text.to_owned());
        own.collect::<Vec<_>>().join(" ")
    };
    for file in ["talk.srt", "talk.vtt"] {
        let (read, _) = import::read(&folder.path().join(file)).unwrap();
        for speaker in [1, 2] {
            assert_eq!(of(&read, speaker), of(&crosstalk, speaker), "{file}");
        }
    }
}
