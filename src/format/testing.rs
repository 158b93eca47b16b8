//! Transcripts for tests of formats.

use super::{Format, Style, write};
use crate::{
    Completeness, Correction, Coverage, Gap, GapReason, Millis, ModelId, PartialReason, RecordingId, Removal,
    RemovalReason, Segment, Span, SpeakerId, TranscribeOptions, Transcript, Warning, WarningKind, Word,
};

/// The content of a file.
pub(super) fn written(format: Format, transcript: &Transcript) -> String {
    let mut bytes = Vec::new();
    write(format, transcript, &Style::default(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// A segment whose words share the time by their length.
pub(super) fn spoken_segment(language: &str, start: u64, end: u64, speaker: Option<u16>, text: &str) -> Segment {
    let total: usize = text.split_whitespace().map(|w| w.chars().count()).sum();
    let mut done = 0;
    let mut word = |text: &str| {
        let at = |n: usize| start + (end - start) * n as u64 / total as u64;
        let from = done;
        done += text.chars().count();
        Word { span: Span::new(at(from), at(done)), text: text.to_owned(), spaced: true, confidence: 0.95 }
    };
    Segment {
        span: Span::new(start, end),
        text: text.to_owned(),
        words: text.split_whitespace().map(&mut word).collect(),
        speaker: speaker.map(SpeakerId),
        language: language.to_owned(),
        avg_logprob: -0.1875,
        no_speech_prob: 0.01,
        temperature: 0.0,
        compression_ratio: 1.32,
        edited: false,
    }
}

/// Two voices, a pause, and a sentence in English.
pub(super) fn council() -> Transcript {
    let segments = vec![
        spoken_segment("de", 340, 2400, Some(1), "Guten Abend, meine Damen und Herren."),
        spoken_segment(
            "de",
            2500,
            9100,
            Some(1),
            "Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.",
        ),
        spoken_segment(
            "en",
            12_000,
            16_500,
            Some(2),
            "Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.",
        ),
        spoken_segment("de", 16_800, 17_200, Some(1), "Gern."),
    ];
    Transcript {
        language: "de".into(),
        duration: Millis(20_480),
        segments,
        gaps: vec![Gap { span: Span::new(9_600, 11_800), reason: GapReason::Unrecognised }],
        removed: vec![Removal {
            span: Span::new(18_000, 20_000),
            text: "Vielen Dank.".into(),
            reason: RemovalReason::HallucinationNoSpeech,
            uncertain: false,
        }],
        corrections: vec![Correction { span: Span::new(16_000, 16_500), from: "Führt".into(), to: "Fürth".into() }],
        coverage: Coverage { speech: Millis(15_000), with_text: Millis(12_800) },
        warnings: vec![
            Warning::new(Some(Millis(9_500)), WarningKind::PacketDamaged { detail: "bad checksum".into() }),
            Warning::new(None, WarningKind::Other { message: "the file is shorter than its header says".into() }),
        ],
        recording: RecordingId {
            name: "ratssitzung.m4a".into(),
            size: 327_680,
            sha256: "ab".repeat(32),
            parts: Vec::new(),
            tracks: vec![],
            started: None,
        },
        model: ModelId { file: "ggml-base-q8_0.bin".into(), sha256: "cd".repeat(32) },
        settings: TranscribeOptions { beam_size: Some(5), ..Transcript::default().settings },
        ..Transcript::default()
    }
}

/// Cut off at 0:12:34.
pub(super) fn interrupted(transcript: Transcript) -> Transcript {
    let completeness = Completeness::Partial { until: Millis(754_000), reason: PartialReason::Interrupted };
    Transcript { completeness, ..transcript }
}

/// Without word times.
pub(super) fn wordless(mut transcript: Transcript) -> Transcript {
    transcript.segments.iter_mut().for_each(|s| s.words.clear());
    transcript
}

/// Text that could break a file, and a script that runs from right to left.
pub(super) fn vile() -> Transcript {
    let texts = [
        "1\n00:00:01,000 --> 00:00:02,000\n\nx",
        "<i>kursiv</i> & {\\an8}oben </script> \u{0}\u{1b}[31m\u{feff}",
        "مرحبا بالعالم، كيف حالكم؟",
        "👍🏽 👩‍👩‍👧 Tab\there\r\rNOTE x",
        "\u{200b}\u{7}",
    ];
    let segments =
        (0..).zip(texts).map(|(n, text)| spoken_segment("en", n * 3000, n * 3000 + 1500, None, text)).collect();
    Transcript { language: "en".into(), duration: Millis(15_000), segments, ..Transcript::default() }
}

/// One word a character, no blanks.
pub(super) fn japanese() -> Transcript {
    let segment = |start: u64, text: &str| {
        let word = |(n, c): (u64, char)| Word {
            span: Span::new(start + n * 180, start + n * 180 + 180),
            text: c.into(),
            spaced: false,
            confidence: 0.8,
        };
        let words: Vec<Word> = (0..).zip(text.chars()).map(word).collect();
        let span = Span::new(start, words.last().map_or(start, |w| w.span.end.0));
        Segment { span, words, text: text.into(), language: "ja".into(), ..Segment::default() }
    };
    let segments = vec![
        segment(500, "それでは会議を始めたいと思います。"),
        segment(4000, "本日の議題は来年度の予算案についてです。"),
    ];
    Transcript { language: "ja".into(), duration: Millis(9_000), segments, ..Transcript::default() }
}

/// Numbers of a model that computes nonsense.
pub(super) fn numberless() -> Transcript {
    let mut transcript = council();
    let segment = &mut transcript.segments[0];
    (segment.avg_logprob, segment.no_speech_prob) = (f32::NEG_INFINITY, f32::NAN);
    (segment.compression_ratio, segment.temperature) = (f32::INFINITY, f32::NAN);
    segment.words[0].confidence = f32::NAN;
    transcript.settings.temperature = f32::INFINITY;
    transcript
}

/// Many segments of ten words each.
pub(super) fn endless(segments: u64) -> Transcript {
    let texts = [
        "Der Ausschuss hat den Antrag in seiner letzten Sitzung einstimmig angenommen,",
        "und wir wollen das heute im Rat so beschließen, denke ich.",
    ];
    let segment = |n: u64| spoken_segment("de", n * 3500, n * 3500 + 3300, None, texts[n as usize % 2]);
    Transcript { language: "de".into(), segments: (0..segments).map(segment).collect(), ..Transcript::default() }
}
