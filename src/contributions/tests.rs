use super::*;
use crate::{Millis, Segment, SpeakerId, Transcript};

fn said(start: u64, end: u64, speaker: u16, text: &str) -> Segment {
    let speaker = Some(speaker).filter(|n| *n > 0).map(SpeakerId);
    Segment { span: Span::new(start, end), text: text.into(), speaker, language: "de".into(), ..Segment::default() }
}

fn talk(segments: Vec<Segment>) -> Transcript {
    let names = [(SpeakerId(1), "Anna Meyer".to_owned()), (SpeakerId(2), "Moderation".to_owned())].into();
    Transcript { language: "de".into(), segments, names, ..Transcript::default() }
}

const NAMING: Naming<'static> = Naming { name: "tisch-1", meeting: None, several: true };

fn of(segments: Vec<Segment>, longest: usize) -> Vec<Contribution> {
    contributions(&talk(segments), &NAMING, &[], longest)
}

fn texts(contributions: &[Contribution]) -> Vec<(&str, &str, bool)> {
    contributions.iter().map(|one| (&*one.who, &*one.text, one.filler)).collect()
}

#[test]
fn a_turn_goes_on_over_what_only_shows_that_somebody_listens() {
    let found = of(
        vec![
            said(0, 4_000, 1, "Wir brauchen mehr Bäume,"),
            said(4_000, 4_500, 2, "Mhm."),
            said(4_500, 9_000, 1, "gerade am Markt."),
            said(9_000, 12_000, 2, "Und wer bezahlt das?"),
            said(12_000, 13_000, 3, "Die Stadt."),
            said(13_000, 14_000, 0, "Genau."),
        ],
        2_000,
    );
    let expected = [
        ("Anna Meyer", "Wir brauchen mehr Bäume, gerade am Markt.", false),
        ("Moderation", "Mhm.", true),
        ("Moderation", "Und wer bezahlt das?", false),
        ("tisch-1, Sprecher 3", "Die Stadt.", false),
        ("tisch-1", "Genau.", true),
    ];
    assert_eq!(texts(&found), expected);
    assert_eq!(found[0].span, Span::new(0, 9_000));
    assert_eq!(found.iter().map(|one| one.turn).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

#[test]
fn after_a_long_silence_a_turn_is_another() {
    let found =
        of(vec![said(0, 1_000, 1, "Eins."), said(1_000, 2_000, 2, "Ja."), said(12_000, 13_000, 1, "Zwei.")], 200);
    assert_eq!(found.iter().filter(|one| !one.filler).count(), 2);
}

#[test]
fn long_turns_end_with_a_sentence() {
    let text = "In der 14. Sitzung am 3. Mai hat Dr. Lang das Gutachten vorgestellt. Es ist sehr lang. Wir haben z. B. den Markt nicht geprüft. Das holen wir nach!";
    let found = of(vec![said(0, 16_000, 1, text)], 100);
    let parts: Vec<&str> = found.iter().map(|one| &*one.text).collect();
    assert_eq!(
        parts,
        [
            "In der 14. Sitzung am 3. Mai hat Dr. Lang das Gutachten vorgestellt. Es ist sehr lang.",
            "Wir haben z. B. den Markt nicht geprüft. Das holen wir nach!",
        ]
    );
    assert_eq!(found[0].span.end, found[1].span.start);
    assert_eq!((found[0].span.start, found[1].span.end), (Millis(0), Millis(16_000)));
    assert!(found.iter().all(|one| one.turn == 1));
}

#[test]
fn what_has_no_sentences_is_split_all_the_same() {
    let endless = vec!["Donaudampfschifffahrt"; 100].join(" ");
    let long_word = "x".repeat(250);
    for text in [&*endless, &*long_word, &"🌳".repeat(130), &"会議を始めます。".repeat(60)] {
        let found = of(vec![said(0, 60_000, 1, text)], 100);
        assert!(found.len() > 2 && found.iter().all(|one| length(&one.text) <= 100), "{text}");
        let blanks = |text: &str| text.replace(' ', "");
        let again: String = found.iter().map(|one| blanks(&one.text)).collect();
        assert_eq!(again, blanks(text), "nothing is lost");
    }
}

#[test]
fn nothing_is_no_contribution() {
    assert_eq!(of(vec![], 2_000), []);
    assert_eq!(of(vec![said(0, 1_000, 1, "\u{200b} \u{feff}"), said(1_000, 2_000, 1, "\u{fffd}\u{0}")], 2_000), []);
    for preset in Preset::ALL {
        assert_eq!(preset.write(&[], &Limits::default()), [], "{preset}");
    }
}

/// Text that somebody could say, or that a model could write, and that no program likes.
fn vile() -> Vec<Segment> {
    let texts = [
        "=HYPERLINK(\"http://x\";\"y\")",
        "Die Metadata: liegen bei\r\nFrau Budde (SPD).",
        "cmd | powershell javascript:alert(1) vbscript:x <SCRIPT>",
        "DDE ( \u{fffd}Zeichen\u{fffd}",
        "+SUM(A1) und, dann",
        "None",
        "\",\",\"\n Gut so\", sagte er",
        "nein",
    ];
    let segment = |(n, text): (u16, &str)| said(u64::from(n) * 2_000, u64::from(n) * 2_000 + 1_500, n % 3 + 1, text);
    (0..).zip(texts).map(segment).collect()
}

fn rows(file: &Written, separator: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(&*file.content);
    let row = |row: Result<csv::StringRecord, csv::Error>| row.unwrap().iter().map(str::to_owned).collect();
    reader.records().map(row).collect()
}

#[test]
fn each_program_gets_its_columns_and_no_line_ends_in_cells() {
    let contributions = of(vile(), 2_000);
    let heads = [
        (Preset::T3c, "t3c.csv", "id,interview,timestamp,comment", b','),
        (Preset::Sensemaker, "sensemaker.csv", "participant_id,survey_text", b','),
        (Preset::Kouchou, "kouchou.csv", "id,comment", b','),
        (Preset::Polis, "polis.csv", "comment_text", b','),
        (Preset::Decidim, "decidim.csv", "title/de;body/de", b';'),
    ];
    let limits = Limits { language: "de".into(), ..Limits::default() };
    for (preset, name, head, separator) in heads {
        let [file] = &preset.write(&contributions, &limits)[..] else { panic!("{preset}") };
        let text = String::from_utf8(file.content.clone()).unwrap();
        assert_eq!((&*file.ending, text.lines().next()), (name, Some(head)));
        let rows = rows(file, separator);
        assert_eq!(text.lines().count(), rows.len(), "{preset}: a cell has a line end");
        assert_eq!(rows.len(), 9, "{preset}");
        let width = rows[0].len();
        assert!(
            rows.iter().all(|row| row.len() == width && row.iter().all(|cell| !cell.trim().is_empty())),
            "{preset}"
        );
        assert!(!text.contains('\u{fffd}') && !text.contains('\r'));
        let ids: std::collections::BTreeSet<&String> = rows.iter().map(|row| &row[0]).collect();
        assert_eq!(ids.len(), rows.len(), "{preset}");
    }
}

/// What `common/csv-security` of tttc-light-js refuses in a cell.
fn is_refused(cell: &str) -> bool {
    let lower = cell.trim().to_lowercase();
    let call = |sign: char| {
        let rest = lower.strip_prefix(sign).unwrap_or_default();
        let name = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        name.len() < rest.len() && name.starts_with('(')
    };
    let before = |word: &str, sign: char| {
        lower.match_indices(word).any(|(at, _)| lower[at + word.len()..].trim_start().starts_with(sign))
    };
    let anywhere = ["powershell", "javascript:", "data:", "<script", "vbscript:"];
    lower.starts_with('=')
        || ['+', '-', '@'].into_iter().any(call)
        || before("dde", '(')
        || before("cmd", '|')
        || anywhere.iter().any(|word| lower.contains(word))
}

#[test]
fn talk_to_the_city_refuses_nothing() {
    assert!(vile().iter().filter(|segment| is_refused(&segment.text)).count() >= 4, "the check itself");
    let [file] = &Preset::T3c.write(&of(vile(), 5_000), &Limits::default())[..] else { panic!("one file") };
    for cell in rows(file, b',').into_iter().flatten() {
        assert!(!is_refused(&cell) && !cell.contains('\n'), "{cell}");
    }
}

#[test]
fn talk_to_the_city_gets_files_of_150_kib_at_most() {
    let segment = |n: u64| {
        said(n * 3_000, n * 3_000 + 2_000, (n % 2) as u16 + 1, &format!("Beitrag {n} {}", "für die Bäume ".repeat(20)))
    };
    let contributions = of((0..1_500).map(segment).collect(), 2_000);
    let files = Preset::T3c.write(&contributions, &Limits::default());
    assert_eq!(files.len(), 4);
    let sizes: Vec<usize> = files.iter().map(|file| file.content.len()).collect();
    assert!(sizes.iter().all(|size| *size <= 150 * 1024), "{sizes:?}");
    assert!(sizes[0] > 150 * 1024 - 500, "as much as goes in: {sizes:?}");
    let all: Vec<Vec<String>> = files.iter().flat_map(|file| rows(file, b',').split_off(1)).collect();
    assert_eq!(all.len(), 1_500);
    assert!(all.iter().zip(1..).all(|(row, n): (_, usize)| row[0] == n.to_string()), "none is missing");
    let short = |n: u64| said(n * 3_000, n * 3_000 + 2_000, (n % 2) as u16 + 1, "Nein danke");
    let many = Preset::T3c
        .write(&of((0..12_000).map(short).collect(), 2_000), &Limits { bytes: Some(1 << 30), ..Limits::default() });
    // As JavaScript's split counts lines: also what follows the last line end.
    let lines: Vec<usize> = many.iter().map(|file| file.content.split(|byte| *byte == b'\n').count()).collect();
    assert_eq!(lines, [10_000, 2_004]);
}

#[test]
fn polis_gets_short_comments_in_short_files() {
    let segment = |n: u64| {
        said(
            n * 3_000,
            n * 3_000 + 2_000,
            (n % 2) as u16 + 1,
            &(0..100).map(|part| format!("Zum Punkt {n}.{part} sehr viel Text. ")).collect::<String>(),
        )
    };
    let mut segments: Vec<Segment> = (0..20).map(segment).collect();
    segments.push(said(90_000, 91_000, 1, "Einmal gesagt."));
    segments.push(said(120_000, 121_000, 1, "Einmal gesagt."));
    let files = Preset::Polis.write(&of(segments, Preset::Polis.length(None)), &Limits::default());
    assert!(files.len() > 1);
    for file in &files {
        let rows = rows(file, b',');
        assert!(rows.len() <= 29 && rows.iter().all(|row| row.len() == 1 && length(&row[0]) <= 997));
        let text = String::from_utf8(file.content.clone()).unwrap();
        assert!(text.starts_with("comment_text\n") && !text.contains(",\n"));
        assert!(text.split('\n').count() <= 30);
    }
    let all: Vec<String> = files.iter().flat_map(|file| rows(file, b',').split_off(1)).flatten().collect();
    assert_eq!(all.iter().filter(|text| *text == "Einmal gesagt.").count(), 1);
}

#[test]
fn a_guess_at_the_encoding_is_sure() {
    let kouchou = |text: &str| {
        Preset::Kouchou.write(&of(vec![said(0, 1_000, 1, text)], 2_000), &Limits::default()).remove(0).content
    };
    assert!(kouchou("Ein Baum fuer alle").starts_with(b"id,"));
    assert!(kouchou("Ein Baum für alle").starts_with(b"\xef\xbb\xbfid,"));
    assert!(kouchou("Für größere Bäume").starts_with(b"id,"));
}

#[test]
fn a_corpus_is_one_thread_for_each_recording() {
    let mut contributions = of(vile(), 2_000);
    let other = Naming { name: "tisch-2", ..NAMING };
    contributions.extend(super::contributions(
        &talk(vec![said(0, 900, 1, "Größe."), said(900, 1_000, 2, "Mhm.")]),
        &other,
        &[],
        2_000,
    ));
    let files = Preset::Convokit.write(&contributions, &Limits::default());
    assert!(files.iter().all(|file| file.content.is_ascii()));
    let names: Vec<&str> = files.iter().map(|file| &*file.ending).collect();
    assert_eq!(
        names,
        ["utterances.jsonl", "speakers.json", "conversations.json", "corpus.json", "index.json"]
            .map(|name| format!("convokit/{name}"))
    );
    let lines = String::from_utf8(files[0].content.clone()).unwrap();
    let utterances: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(utterances.len(), contributions.len());
    assert_eq!((&utterances[0]["reply_to"], &utterances[1]["reply_to"]), (&serde_json::Value::Null, &"u1".into()));
    let last = utterances.last().unwrap();
    assert_eq!(
        (&last["conversation_id"], &last["reply_to"], &last["meta"]["filler"]),
        (&"u9".into(), &"u9".into(), &true.into())
    );
    let conversations: serde_json::Value = serde_json::from_slice(&files[2].content).unwrap();
    assert_eq!(conversations, serde_json::json!({"u1": {"recording": "tisch-1"}, "u9": {"recording": "tisch-2"}}));
    let speakers: serde_json::Value = serde_json::from_slice(&files[1].content).unwrap();
    assert!(utterances.iter().all(|one| speakers.get(one["speaker"].as_str().unwrap()).is_some()));
}

#[test]
fn text_is_one_file_for_each_recording() {
    let mut contributions =
        of(vec![said(0, 1_000, 1, "Guten Tag."), said(1_000, 2_000, 2, "Zur Sache: bitte.")], 2_000);
    let alone = Preset::Harmonica.write(&contributions, &Limits::default());
    assert_eq!(alone[0].ending, "harmonica.txt");
    assert_eq!(alone[0].content, b"Anna Meyer: Guten Tag.\n\nModeration: Zur Sache: bitte.\n");
    contributions.push(Contribution {
        recording: "tisch-2".into(),
        who: "tisch-2".into(),
        text: "Hallo.".into(),
        ..Contribution::default()
    });
    let two = Preset::Dembrane.write(&contributions, &Limits::default());
    assert_eq!(two.iter().map(|file| &*file.ending).collect::<Vec<_>>(), ["dembrane-1.txt", "dembrane-2.txt"]);
}

#[test]
fn fillers_stay_where_they_are_marked_or_wanted() {
    let contributions = of(vec![said(0, 4_000, 1, "Mehr Bäume!"), said(4_000, 4_500, 2, "Mhm.")], 2_000);
    let lines = |preset: Preset, fillers| {
        let files = preset.write(&contributions, &Limits { fillers, ..Limits::default() });
        rows(&files[0], b',').len() - 1
    };
    assert_eq!((lines(Preset::T3c, false), lines(Preset::T3c, true), lines(Preset::Csv, false)), (1, 2, 2));
    let only = of(vec![said(0, 500, 2, "Mhm.")], 2_000);
    assert_eq!(Preset::Polis.write(&only, &Limits::default()), []);
}
