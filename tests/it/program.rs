//! The whole program, with a scripted recogniser in place of a model: files, messages, exit codes.

use std::fs;
use std::io::Write as _;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::run::{Place, SECRET, done, says, talk, turn};
use crate::running::Running;

/// A place with a recording of 11 s.
fn with_jfk() -> Place {
    let place = Place::new();
    place.recording("jfk.flac", "talk.flac");
    place
}

#[test]
fn json_and_srt_lie_beside_the_recording() {
    let place = with_jfk();
    fs::create_dir(place.path("deep")).unwrap();
    fs::rename(place.path("talk.flac"), place.path("deep/talk.flac")).unwrap();
    let done = place.scripted("deep/talk.flac");
    assert_snapshot!(done.told(), @"
    exit 0
    talk.flac: 0:00:11 in _, English, 6 words → deep/talk.json, deep/talk.srt
      36 % of the speech has text, 1 stretch of speech without text
      listen again: 0:00:04–0:00:11 (no text)
    ");
    assert_eq!(done.stdout, "");
    assert_eq!(place.files("deep"), ["talk.flac", "talk.json", "talk.srt"]);
}

#[test]
fn all_formats_into_a_folder_that_is_made() {
    let place = with_jfk();
    place.scripted("-f json,srt,vtt -f txt,tsv,json -o a/b talk.flac").ok();
    assert_eq!(place.files("a/b"), ["talk.json", "talk.srt", "talk.tsv", "talk.txt", "talk.vtt"]);
    assert_eq!(place.files(""), ["a", "script.json", "talk.flac"]);
    let json = place.json("a/b/talk.json");
    assert_eq!(json["segments"][1]["start"], 3.3);
    assert_eq!(json["word_segments"].as_array().unwrap().len(), 6);
    assert_eq!(json["transcribe"]["complete"], true);
    assert_eq!(json["transcribe"]["recording"]["name"], "talk.flac");
    assert!(place.read("a/b/talk.srt").starts_with("1\n00:00:00,500 --> 00:00:02,000\nGeheimnis at 500\n"));
    assert!(place.read("a/b/talk.vtt").starts_with("WEBVTT\n"));
    assert_eq!(place.read("a/b/talk.tsv").lines().next(), Some("start\tend\ttext"));
    assert!(place.read("a/b/talk.txt").contains(SECRET));
}

/// Several `.txt` and `.json` of one recording, and the document that is not text.
#[test]
fn every_format_at_once() {
    let place = with_jfk();
    let formats = transcribe::format::Format::ALL;
    let names: Vec<_> = formats.iter().map(|format| format.name()).collect();
    place.scripted(&format!("--line-numbers --word-timestamps false -f {} -o out talk.flac", names.join(","))).ok();
    let mut files: Vec<_> = formats.iter().map(|format| format!("talk.{}", format.extension())).collect();
    files.sort();
    assert_eq!(place.files("out"), files);
    assert!(place.json("out/talk.whisper.json")["segments"][0].get("words").is_none());
    assert!(fs::read(place.path("out/talk.docx")).unwrap().starts_with(b"PK"));
    let mut piped = place.command("-q --scripted script.json --line-numbers --stdout docx talk.flac");
    let piped = Running::start(&mut piped).output();
    assert!(piped.status.success());
    assert_eq!(piped.stdout, fs::read(place.path("out/talk.docx")).unwrap());
}

#[test]
fn files_have_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = with_jfk();
    place.scripted("talk.flac").ok();
    let mode = |name: &str| fs::metadata(place.path(name)).unwrap().permissions().mode();
    place.write("other", "x");
    assert_eq!(mode("talk.json"), mode("other"));
}

#[test]
fn standard_output_is_data_and_nothing_else() {
    let place = with_jfk();
    for verbosity in ["", "-q", "-v"] {
        let done = place.scripted(&format!("{verbosity} --stdout tsv talk.flac")).ok();
        assert_eq!(done.stdout, "start\tend\ttext\n500\t2000\tGeheimnis at 500\n3300\t4000\tGeheimnis at 3300\n");
        assert_eq!(done.stderr.is_empty(), verbosity == "-q", "{}", done.stderr);
    }
    assert_eq!(place.files(""), ["script.json", "talk.flac"], "no files unless asked for");
    let done = place.scripted("-q --stdout json -f txt talk.flac").ok();
    assert!(serde_json::from_str::<Value>(&done.stdout).is_ok());
    assert_eq!(place.files(""), ["script.json", "talk.flac", "talk.txt"]);
    assert_snapshot!(place.scripted("--stdout txt talk.flac talk.flac").told(), @r"
    exit 2
    error: `--stdout` works with one recording
    hint: `-f` and `-o` write files for many
    ");
}

#[test]
fn quiet_silences_no_error() {
    let place = with_jfk();
    let done = place.scripted("-q talk.flac missing.wav");
    assert_snapshot!(done.told(), @r"
    exit 1
    error: cannot read `missing.wav`: no such file or directory
    hint: check the name and the folder
    ");
    assert_eq!(place.scripted("-q -o out talk.flac").ok().stderr, "");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let place = with_jfk();
    let lines: Vec<Value> =
        (0..2_000).map(|n| json!({"start": 400 + n * 5, "end": 405 + n * 5, "text": "word ".repeat(40)})).collect();
    place.script("script.json", &json!(lines));
    for arguments in ["--scripted script.json --stdout json talk.flac", "models list"] {
        assert_eq!(Running::start_with(&mut place.command(arguments), false).done().code, Some(0), "{arguments}");
    }
}

#[test]
fn a_transcript_is_replaced_only_if_asked_for() {
    let place = with_jfk();
    place.write("talk.srt", "mine");
    let done = place.scripted("talk.flac");
    assert_snapshot!(done.told(), @r"
    exit 1
    error: `talk.srt` exists already
    hint: `--overwrite` replaces it, `-o FOLDER` writes elsewhere
    ");
    assert_eq!(place.read("talk.srt"), "mine");
    assert_eq!(place.files(""), ["script.json", "talk.flac", "talk.srt"], "nothing was tried");
    place.scripted("--overwrite talk.flac").ok();
    assert!(place.read("talk.srt").starts_with("1\n"));
}

#[test]
fn no_transcript_overwrites_another_of_the_same_run() {
    let place = with_jfk();
    place.recording("jfk.flac", "talk.wav");
    fs::create_dir(place.path("sub")).unwrap();
    assert_snapshot!(place.scripted("--overwrite talk.flac talk.wav").told(), @r"
    exit 2
    error: `talk.flac` and `talk.wav` would both be written to `talk.json`
    hint: rename one, or transcribe them one by one with different `-o` folders
    ");
    assert_snapshot!(place.scripted("talk.flac ./talk.flac").told(), @r"
    exit 2
    error: `talk.flac` and `./talk.flac` would both be written to `talk.json`
    hint: rename one, or transcribe them one by one with different `-o` folders
    ");
    assert_snapshot!(place.scripted("talk.flac sub/../talk.wav").told(), @r"
    exit 2
    error: `talk.flac` and `sub/../talk.wav` would both be written to `sub/../talk.json`
    hint: rename one, or transcribe them one by one with different `-o` folders
    ");
    assert_snapshot!(place.scripted("talk.flac talk.flac").told(), @r"
    exit 2
    error: `talk.flac` is given twice
    ");
    assert_eq!(place.files(""), ["script.json", "sub", "talk.flac", "talk.wav"], "nothing was tried");
}

#[test]
fn one_bad_recording_does_not_stop_the_others() {
    let place = with_jfk();
    place.write("bad.mp3", "no sound");
    place.recording("phone-es.wav", "last.wav");
    let done = place.scripted("-o out bad.mp3 talk.flac missing.ogg last.wav");
    // What ffmpeg says differs from version to version, and so does which of the two is done first.
    let told = done.told().lines().filter(|l| !l.contains("ffmpeg")).collect::<Vec<_>>().join("\n");
    let told = match told.split_once("\nlast.wav").map(|(before, after)| (before, after.split_once("\ntalk.flac"))) {
        Some((failed, Some((last, talk)))) => format!("{failed}\ntalk.flac{talk}\nlast.wav{last}"),
        _ => told,
    };
    assert_snapshot!(told, @"
    exit 1
    error: cannot decode `bad.mp3`: it is no recording, or of an unknown kind
    error: cannot read `missing.ogg`: no such file or directory
    hint: check the name and the folder
    talk.flac: 0:00:11 in _, English, 6 words → out/talk.json, out/talk.srt
      36 % of the speech has text, 1 stretch of speech without text
      listen again: 0:00:04–0:00:11 (no text)
    last.wav: 0:00:25 in _, English, 6 words → out/last.json, out/last.srt
      14 % of the speech has text, 2 stretches of speech without text
      listen again: 0:00:02–0:00:03 (no text), 0:00:04–0:00:25 (no text)
    ");
    assert_eq!(place.files("out"), ["last.json", "last.srt", "talk.json", "talk.srt"]);
}

#[test]
fn a_recogniser_that_fails_keeps_what_was_done_and_goes_on() {
    let place = with_jfk();
    talk(&place, "long.wav", 4);
    let mut lines = says(&[(500, 2_000), (turn(1) + 500, turn(1) + 1_500)]);
    lines.as_array_mut().unwrap().push(json!({"start": turn(2) + 500, "fail": "out of memory"}));
    place.script("script.json", &lines);
    let done = place.scripted("long.wav talk.flac");
    assert_eq!(done.code, Some(1));
    let told = done.told();
    for line in [
        "long.wav: 0:00:08 in _, English, 6 words, only up to 0:00:08 (recognition failed: out of memory) → long.json, long.srt",
        "error: long.wav: recognition failed: out of memory",
        "talk.flac: 0:00:11 in _, English, 6 words → talk.json, talk.srt",
    ] {
        assert!(told.lines().any(|l| l == line), "{line} is not in {told}");
    }
    let json = place.json("long.json");
    assert_eq!(json["transcribe"]["complete"], false);
    assert_eq!(json["transcribe"]["reason"], "failed");
    assert_eq!(json["transcribe"]["message"], "recognition failed: out of memory");
    assert!(json["transcribe"]["until"].as_f64().is_some_and(|until| (7.0..9.0).contains(&until)), "{json}");
    assert_eq!(json["segments"].as_array().unwrap().len(), 2);
}

#[test]
fn a_crash_is_a_failure_and_says_nothing_of_what_was_said() {
    let place = Place::new();
    talk(&place, "long.wav", 3);
    let lines =
        json!([{"start": 500, "end": 900, "text": SECRET}, {"start": turn(1) + 500, "panic": true, "text": SECRET}]);
    place.script("script.json", &lines);
    let done = place.scripted("-v long.wav");
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.ends_with("error: long.wav: recognition failed: the recogniser crashed\n"), "{}", done.stderr);
    assert_eq!(place.json("long.json")["transcribe"]["complete"], false);

    // Nothing at all was done: nothing is written.
    place.script("script.json", &json!([{"start": 500, "panic": true, "text": SECRET}]));
    assert_eq!(place.scripted("--progress json -o out long.wav").code, Some(1));
    // But the clips after it, if they were done, for the next time.
    assert!(place.files("out").iter().all(|file| file == ".long.transcribe-checkpoint"), "{:?}", place.files("out"));
}

#[test]
fn a_part_keeps_the_clock_of_the_recording() {
    let place = with_jfk();
    place.script("script.json", &says(&[(500, 2_000), (3_500, 7_000), (8_200, 9_900)]));
    let done = place.scripted("--from 3 --to 0:08.1 talk.flac").ok();
    assert_snapshot!(done.told(), @"
    exit 0
    talk.flac: 0:00:05 in _, English, 3 words → talk.json, talk.srt
      87 % of the speech has text
    ");
    let json = place.json("talk.json");
    assert_eq!(json["segments"].as_array().unwrap().len(), 1);
    assert_eq!(json["segments"][0]["start"], 3.5);
    assert_eq!(json["transcribe"]["settings"]["from"], 3.0);
    assert_eq!(json["transcribe"]["settings"]["to"], 8.1);
    assert_snapshot!(place.scripted("--from 0:20 -o out talk.flac").told(), @r"
    exit 1
    error: cannot decode `talk.flac`: it ends at 0:00:11, before the start that was asked for
    ");
    for nothing in ["--to 0", "--to 0:00", "--to 0.0004", "--from 5 --to 0"] {
        let told = place.scripted(&format!("{nothing} talk.flac")).told();
        assert!(told.starts_with("exit 2\nerror: `--to 0` leaves nothing to transcribe\n"), "{nothing}: {told}");
    }
    assert_snapshot!(place.scripted("--from 8 --to 5 talk.flac").told(), @r"
    exit 2
    error: `--from` (0:00:08) is not before `--to` (0:00:05)
    ");
}

#[test]
fn standard_input_is_a_recording() {
    let place = with_jfk();
    let feed = |arguments: &str, sound: &[u8]| {
        let mut command = place.command(&format!("--scripted script.json {arguments}"));
        let (input, mut end) = std::io::pipe().unwrap();
        let running = Running::start(command.stdin(input));
        end.write_all(sound).unwrap();
        drop(end);
        running.done()
    };
    // An index at the end, as MP4 has it, needs a file that can be read back and forth.
    let sound = fs::read(format!("{}/phone-en.m4a", crate::run::RECORDINGS)).unwrap();
    let done = feed("-f json -", &sound).ok();
    assert_snapshot!(done.told(), @"
    exit 0
    stdin: 0:00:53 in _, English, 6 words → stdin.json
      6 % of the speech has text, 4 stretches of speech without text
      listen again: 0:00:02–0:00:03 (no text), 0:00:04–0:00:19 (no text), 0:00:19–0:00:30 (no text), 0:00:31–0:00:52 (no text)
    ");
    assert_eq!(place.json("stdin.json")["transcribe"]["recording"]["size"], sound.len());
    assert!(feed("--stdout txt -", &sound).ok().stdout.contains(SECRET));
    assert_eq!(place.files(""), ["script.json", "stdin.json", "talk.flac"], "what came in is gone");
    let nothing = feed("--stdout txt -", b"");
    assert_eq!(nothing.code, Some(1));
    assert!(nothing.stderr.contains("is empty"), "{}", nothing.stderr);
}

#[test]
fn names_with_underscores_are_understood() {
    let place = with_jfk();
    place.scripted("--output_dir out --output_format json,vtt --beam_size 3 --word_timestamps False --initial_prompt Fürth talk.flac").ok();
    let json = place.json("out/talk.json");
    assert_eq!(place.files("out"), ["talk.json", "talk.vtt"]);
    assert_eq!(json["transcribe"]["settings"]["beam_size"], 3);
    assert_eq!(json["transcribe"]["settings"]["prompt"], "Fürth");
    assert!(json["segments"][0].get("words").is_none_or(|words| words == &json!([])), "{json}");
}

#[test]
fn a_language_that_there_is_not() {
    let place = with_jfk();
    assert_snapshot!(place.scripted("-l germn talk.flac").told(), @r"
    exit 2
    error: unknown language `germn`
    hint: did you mean `de` (german)? a code or a name is expected, e.g. `de`, `german` or `deutsch`; `auto` detects it
    ");
    assert_snapshot!(place.scripted("-l qqq talk.flac").told(), @r"
    exit 2
    error: unknown language `qqq`
    hint: a code or a name is expected, e.g. `de`, `german` or `deutsch`; `auto` detects it
    ");
    place.scripted("-l Spanish talk.flac").ok();
    assert_eq!(place.json("talk.json")["language"], "es");
    // In the settings file, too, and for pages.
    place.write("my.toml", "languages = [\"Deutsch\", \"français\"]\nui-language = \"Englisch\"\n");
    place.scripted("--config my.toml -f json,html -o out talk.flac").ok();
    assert_eq!(place.json("out/talk.json")["transcribe"]["settings"]["languages"], json!(["de", "fr"]));
    let page = |folder: &str, options: &str| {
        place.scripted(&format!("--languages de,fr {options} -f html -o {folder} talk.flac")).ok();
        place.read(&format!("{folder}/talk.html"))
    };
    assert_eq!(place.read("out/talk.html"), page("english", "--ui-language en"));
    assert_ne!(place.read("out/talk.html"), page("any", ""));
    assert_snapshot!(place.scripted("--ui-language Spanisch talk.flac").told(), @r"
    exit 2
    error: invalid value 'Spanisch' for '--ui-language <LANGUAGE>': expected de or en

    For more information, try '--help'.
    ");
}

#[test]
fn settings_come_from_a_file() {
    let place = with_jfk();
    let text = "language = \"fr\"\noutput-format = [\"vtt\", \"json\"]\noutput-dir = \"out\"\nbeam-size = 2\n";
    place.write("my.toml", text);
    place.scripted("--config my.toml talk.flac").ok();
    assert_eq!(place.files("out"), ["talk.json", "talk.vtt"]);
    let settings = &place.json("out/talk.json")["transcribe"]["settings"];
    assert_eq!((&settings["language"], &settings["beam_size"]), (&json!("fr"), &json!(2)));

    // The one of the user, and the command line counts more.
    fs::create_dir_all(place.path("home/CONFIG/transcribe")).unwrap();
    place.write("home/CONFIG/transcribe/config.toml", "language = \"it\"\ntemperature = 0.5\n");
    place.scripted("-l de -o out2 talk.flac").ok();
    let settings = &place.json("out2/talk.json")["transcribe"]["settings"];
    assert_eq!((&settings["language"], &settings["temperature"]), (&json!("de"), &json!(0.5)));
}

#[test]
fn mistakes_in_the_settings_are_named() {
    let place = with_jfk();
    let with = |text: &str| {
        place.write("my.toml", text);
        place.scripted("--config my.toml talk.flac").told()
    };
    assert_snapshot!(with("\nlangauge = \"de\""), @r#"
    exit 2
    error: cannot use the settings in `my.toml`: TOML parse error at line 2, column 1
      |
    2 | langauge = "de"
      | ^^^^^^^^
    unknown field `langauge`, expected one of `ui-language`, `device`, `model`, `output-format`, `output-dir`, `word-timestamps`, `captions`, `max-line-width`, `max-line-count`, `max-cps`, `min-duration`, `min-gap`, `report`, `channels`, `language`, `languages`, `translate`, `prompt`, `glossary`, `beam-size`, `temperature`, `vad`, `vad-threshold`, `vad-min-speech-duration-ms`, `vad-min-silence-duration-ms`, `vad-speech-pad-ms`, `vad-max-speech-duration-s`, `speakers`, `threads`, `progress`
    "#);
    assert_snapshot!(with("beam-size = 9"), @r"
    exit 2
    error: cannot use the settings in `my.toml`: `beam-size`: 9 is not in 1..=8
    ");
    assert_snapshot!(with("output-format = \"doc\""), @r"
    exit 2
    error: cannot use the settings in `my.toml`: `output-format`: unknown format `doc`: there are json, srt, vtt, txt, tsv, html, md, docx, csv, qda, f4, nvivo, eaf, textgrid, audacity, rttm, seglst, stm, ctm, lrc, whisper, whisperx, whispercpp
    ");
    assert!(with("language = \"xx\"").contains("unknown language `xx`"));
    assert_snapshot!(place.scripted("--config no.toml talk.flac").told(), @r"
    exit 2
    error: cannot read `no.toml`: no such file or directory
    ");
    assert_eq!(place.files(""), ["my.toml", "script.json", "talk.flac"]);
}

#[test]
fn wrong_arguments_are_told_before_anything_is_done() {
    let place = with_jfk();
    for (arguments, part) in [
        ("", "<RECORDING>..."),
        ("--frm 3 talk.flac", "'--from'"),
        ("--from soon talk.flac", "expected seconds, m:ss or h:mm:ss"),
        ("--beam-size 9 talk.flac", "9 is not in 1..=8"),
        ("--temperature 1.5 talk.flac", "a number from 0 to 1"),
        ("--track 0 talk.flac", "0 is not in 1.."),
        ("-f doc talk.flac", "there are json, srt, vtt, txt, tsv, html, md, docx,"),
        ("-q -v talk.flac", "cannot be used with"),
        ("--device gpu talk.flac", "built without support for graphics cards"),
        ("--progress loud talk.flac", "possible values: auto, plain, json, none"),
    ] {
        let done = place.scripted(arguments);
        assert_eq!(done.code, Some(2), "{arguments}: {}", done.stderr);
        assert!(done.stderr.contains(part), "{arguments}: {}", done.stderr);
        assert!(done.stdout.is_empty());
    }
    assert_eq!(place.files(""), ["script.json", "talk.flac"]);
}

#[test]
fn a_command_behind_options_is_no_recording() {
    let place = with_jfk();
    assert_snapshot!(place.scripted("-l de batch in").told(), @"
    exit 2
    error: `batch` is a command, and no recording of this name is there
    hint: options go behind a command: `transcribe batch …`
    ");
    place.recording("jfk.flac", "batch");
    place.scripted("-l de ./batch").ok();
    place.scripted("-o out batch").ok();
}

#[test]
fn a_list_may_have_blanks() {
    let place = with_jfk();
    let mut command = place.command("--scripted script.json -o out talk.flac -f");
    done(command.arg("txt, srt")).ok();
    assert_eq!(place.files("out"), ["talk.srt", "talk.txt"]);
}

#[test]
fn what_is_read_for_a_recording_is_not_written_over() {
    let place = with_jfk();
    place.write("talk.txt", "Lindenau");
    place.write("talk.vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:05.000\n<v Cem>x</v>\n");
    fs::create_dir(place.path("sub")).unwrap();
    for (arguments, file) in
        [("-f json,txt --glossary ./talk.txt", "talk.txt"), ("-f vtt --names-from sub/../talk.vtt", "talk.vtt")]
    {
        for overwrite in ["", "--overwrite"] {
            let refused = place.scripted(&format!("{overwrite} {arguments} talk.flac"));
            assert_eq!(refused.code, Some(2), "{}", refused.stderr);
            let told =
                format!("error: the transcript of `talk.flac` would be written over `{file}`, which is read for it\n");
            assert_eq!(refused.stderr, told + "hint: `-o FOLDER` writes elsewhere\n");
        }
        place.scripted(&format!("-o out {arguments} talk.flac")).ok();
    }
    assert_eq!(place.read("talk.txt"), "Lindenau");
    assert!(place.read("out/talk.vtt").contains("Cem"));
    let live = "live --scripted script.json --input talk.flac --speed 0 --glossary talk.txt --overwrite -f txt";
    let refused = place.run(&format!("{live} --name talk"));
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("it is read for this session"), "{}", refused.stderr);
    place.run(&format!("{live} --name other")).ok();
    assert_eq!(place.read("talk.txt"), "Lindenau");
}

#[test]
fn events_are_json_and_count_up() {
    let place = Place::new();
    talk(&place, "long.wav", 6);
    place.recording("jfk.flac", "talk.flac");
    let spans: Vec<(u64, u64)> = (0..6).map(|n| (turn(n) + 500, turn(n) + 1_500)).collect();
    place.script("script.json", &says(&spans));
    let done = place.scripted("--progress json -v -o out long.wav missing.wav talk.flac");
    assert_eq!(done.code, Some(1));
    let events = events(&done.stderr);
    let of = |kind: &str| events.iter().filter(|e| e["event"] == kind).collect::<Vec<_>>();
    assert_eq!(of("start").len(), 2);
    assert_eq!(of("error").len(), 1);
    assert_eq!(of("error")[0]["recording"], "missing.wav");
    assert_eq!(of("error")[0]["hint"], "check the name and the folder");
    assert_eq!(of("done").len(), 2);
    let long = |kind: &str| of(kind).into_iter().find(|e| e["recording"] == "long.wav").unwrap();
    assert_eq!(long("done")["files"], json!(["out/long.json", "out/long.srt"]));
    assert_eq!(long("done")["complete"], true);
    assert_eq!(long("start")["duration"], 36.0);
    let total = of("total").last().copied().unwrap();
    assert_eq!([&total["finished"], &total["recordings"], &total["position"]], [&json!(2), &json!(2), &json!(47.0)]);
    let positions: Vec<f64> = of("progress")
        .iter()
        .filter(|e| e["recording"] == "long.wav")
        .map(|e| e["position"].as_f64().unwrap())
        .collect();
    assert!(positions.len() >= 6 && positions.is_sorted(), "{positions:?}");
    assert_eq!(positions.last(), Some(&36.0));
}

#[test]
fn a_program_reads_every_kind_of_trouble_as_json() {
    let place = with_jfk();
    let of = |done: crate::run::Done| events(&done.stderr);
    let clash = of(place.scripted("--progress json talk.flac talk.flac"));
    assert_eq!(
        clash,
        [json!({"event": "error", "recording": null, "message": "`talk.flac` is given twice", "hint": null})]
    );
    let unknown = of(place.scripted("--progress json -l germn talk.flac"));
    assert!(unknown[0]["hint"].as_str().unwrap().starts_with("did you mean `de`"), "{unknown:?}");
    let none = of(place.run("--progress json talk.flac"));
    assert_eq!(none[0]["message"], "no model is installed");
    #[cfg(feature = "download")]
    {
        // Nobody listens at this address.
        let mut yes = place.command("--progress json --yes talk.flac");
        let tried = Running::start(yes.env("TRANSCRIBE_MODEL_MIRROR", "http://127.0.0.1:1/")).done();
        assert_eq!(tried.code, Some(2));
        assert!(tried.stderr.contains("http://127.0.0.1:1/ggml-large-v3-turbo-q8_0.bin"), "{}", tried.stderr);
    }
    place.script("script.json", &json!([{"start": 500, "panic": true}]));
    let crash = of(place.scripted("--progress json talk.flac"));
    assert_eq!(crash.last().unwrap()["message"], "recognition failed: the recogniser crashed");
}

pub(crate) fn events(stderr: &str) -> Vec<Value> {
    stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

#[test]
fn without_a_model_the_command_that_gets_one_is_named() {
    let place = with_jfk();
    assert_snapshot!(place.run("talk.flac").told(), @r"
    exit 2
    error: no model is installed
    hint: `transcribe models get base-q8_0` downloads a small one (82 MB), `transcribe models get large-v3-turbo-q8_0` the recommended one (874 MB)
    ");
    assert_snapshot!(place.run("-m small talk.flac").told(), @r"
    exit 2
    error: the model `small` is not installed
    hint: `transcribe models get small` downloads it (488 MB)
    ");
    assert_snapshot!(place.run("-m smal talk.flac").told(), @r"
    exit 2
    error: there is no model `smal`
    hint: did you mean `small` or `small.en` or `small-q8_0`? `transcribe models list` shows all
    ");
    assert_snapshot!(place.run("-m no/ggml-base.bin talk.flac").told(), @r"
    exit 2
    error: cannot use the model `no/ggml-base.bin`: no such file or directory
    hint: `-m base` finds it in the folder for models
    ");
    place.write("mine.bin", "this is no model");
    let done = place.run("-m mine.bin talk.flac");
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.starts_with("error: cannot use the model `mine.bin`: "), "{}", done.stderr);
    assert_eq!(place.files(""), ["mine.bin", "script.json", "talk.flac"], "nothing was tried");
}

/// A stranger's archive may bring a folder `models`, and whoever unpacks it may work there.
#[test]
fn models_of_the_current_folder_are_not_used() {
    let place = with_jfk();
    std::fs::create_dir(place.path("models")).unwrap();
    let planted = std::fs::File::create(place.path("models/ggml-base-q8_0.bin")).unwrap();
    planted.set_len(81_768_585).unwrap();
    place.write("models/ggml-mine.bin", "mine");
    assert!(!place.run("models list").ok().stdout.contains("installed"));
    for arguments in ["talk.flac", "-m base-q8_0 talk.flac", "-m mine talk.flac", "models path base-q8_0"] {
        let done = place.run(arguments);
        assert_eq!(done.code, Some(2), "{arguments}");
        let known = ["no model is installed", "is not installed", "there is no model `mine`"];
        assert!(known.iter().any(|message| done.stderr.contains(message)), "{arguments}: {}", done.stderr);
    }
    // A path is the user's own word.
    let done = place.run("-m models/ggml-mine.bin talk.flac");
    assert!(done.stderr.starts_with("error: cannot use the model `models/ggml-mine.bin`: "), "{}", done.stderr);
}

#[test]
fn models_are_listed_without_a_network() {
    let place = Place::new();
    let list = place.run("models list").ok().stdout;
    for name in ["base-q8_0", "large-v3-turbo-q8_0", "tiny.en"] {
        assert!(list.lines().any(|line| line.starts_with(&format!("{name} "))), "{list}");
    }
    assert!(list.lines().all(|line| line == line.trim_end()), "{list}");
    assert!(!list.contains("installed"));
    let folder = place.run("models path").ok().stdout;
    assert_eq!(folder.trim(), place.path("home/DATA/transcribe/models").to_str().unwrap());
    assert_snapshot!(place.run("models path base").told(), @r"
    exit 2
    error: the model `base` is not installed
    hint: `transcribe models get base` downloads it (148 MB)
    ");
    assert_eq!(place.run("models check").code, Some(0));
    assert_eq!(place.run("models remove base").code, Some(2));
}

#[test]
fn our_encoder_is_used_where_the_processor_suits_it() {
    #[cfg(target_arch = "x86_64")]
    let suits = is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    let suits = false;
    let said = Place::new().run("--version -v").ok().stdout;
    assert_eq!(said.contains("encoder: whisper.cpp"), !suits, "{said}");
}

/// One build runs on all processors since 2013: with their instruction sets, and none of the building processor's.
#[cfg(target_arch = "x86_64")]
#[test]
fn this_build_is_for_every_processor_with_avx2() {
    let said = Place::new().run("--version -v").ok().stdout;
    // If not: cargo does not notice other settings, and `cargo clean --release -p whisper-rs-sys` helps.
    for set in ["AVX", "AVX2", "BMI2", "FMA", "F16C"] {
        assert!(said.contains(&format!(" {set} = 1 ")), "{set}: {said}");
    }
    assert!(!said.contains("AVX512") && !said.contains("VNNI"), "{said}");
}

#[test]
fn help_version_and_completions() {
    let place = Place::new();
    let help = place.run("--help").ok().stdout;
    for part in ["Examples:", "Model and language:", "--word-timestamps", "transcribe models get"] {
        assert!(help.contains(part), "{help}");
    }
    assert!(!help.contains("--scripted"), "{help}");
    assert_eq!(place.run("-h").ok().stderr, "");
    assert_eq!(place.run("--version").ok().stdout, format!("transcribe {}\n", env!("CARGO_PKG_VERSION")));
    assert!(place.run("-V -v").ok().stdout.contains("\nwhisper.cpp 1."));
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(&format!("completions {shell}")).ok().stdout;
        assert!(script.contains("output-format"), "{script}");
    }
}
