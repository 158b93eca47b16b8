//! Real speech through the real default model. A missing model is a failure: a test that is left out proves nothing.

use std::fs;
use std::path::PathBuf;

use insta::assert_snapshot;
use serde_json::Value;
use transcribe::Millis;
use transcribe::audio::{self, Selection};
use transcribe::models::{Header, Store};
use transcribe::whisper::Whisper;

use crate::run::{Done, Place, RECORDINGS, done, valid, write_wav};
use crate::running::Running;

const MODEL: &str = "base-q8_0";

fn model() -> PathBuf {
    Store::of_user().find(MODEL).unwrap_or_else(|e| panic!("{e}: run `make test`, which gets it"))
}

/// Runs the program with the default model and without this user's settings.
fn run(place: &Place, arguments: &str) -> Done {
    let mut command = place.command(arguments);
    done(command.env("TRANSCRIBE_MODELS", model().parent().unwrap()).args(["-m", MODEL]))
}

/// Otherwise everything would still work, several times as slowly.
#[test]
fn our_encoder_takes_the_place_of_whisper_cpps() {
    #[cfg(target_arch = "x86_64")]
    let suits = is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    let suits = false;
    let path = model();
    let whisper = Whisper::load(&path, &Header::read(&path).unwrap(), false).unwrap();
    assert_eq!(whisper.replaces_encoder(), suits);
}

/// Words in lower case without punctuation.
fn words(text: &str) -> Vec<String> {
    let plain: String = text.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    plain.split_whitespace().map(str::to_owned).collect()
}

/// How much of `wanted` is found in `heard`, in this order: the longest common subsequence, `0.0..=1.0`.
fn found(wanted: &[String], heard: &[String]) -> f64 {
    let mut row = vec![0_usize; heard.len() + 1];
    for word in wanted {
        let mut corner = 0;
        for (n, other) in heard.iter().enumerate() {
            let above = row[n + 1];
            row[n + 1] = if word == other { corner + 1 } else { above.max(row[n]) };
            corner = above;
        }
    }
    row[heard.len()] as f64 / wanted.len() as f64
}

/// Checks what must hold for every transcript of a recording in `examples/`.
fn check(json: &Value, recording: &str, language: &str) {
    let (name, _) = recording.split_once('.').unwrap();
    let reference = words(&fs::read_to_string(format!("{RECORDINGS}/{name}.txt")).unwrap());
    let heard = words(json["text"].as_str().unwrap());
    let part = found(&reference, &heard);
    println!("{recording}: {:.0} % of {} words found, {} heard", part * 100.0, reference.len(), heard.len());
    assert!(part >= 0.75, "{recording}: {heard:?}");
    // What is repeated or invented makes it longer.
    assert!(heard.len() * 4 <= reference.len() * 5, "{recording}: {heard:?}");
    assert_eq!(json["language"], language, "{recording}");
    assert_eq!(json["transcribe"]["complete"], true);
    assert_eq!(json["transcribe"]["model"]["file"], "ggml-base-q8_0.bin");
    valid(json);

    let length = json["duration"].as_f64().unwrap();
    let mut last = 0.0;
    for word in json["word_segments"].as_array().unwrap() {
        let (start, end) = (word["start"].as_f64().unwrap(), word["end"].as_f64().unwrap());
        assert!(last <= start && start <= end && end <= length, "{recording}: {word} after {last}, of {length}");
        last = end;
    }
    assert!(last > length * 0.8, "{recording}: the last word ends at {last} of {length}");
}

#[test]
fn one_language_after_another() {
    let place = Place::new();
    let all = [("phone-es.wav", "es"), ("phone-it.mp3", "it")];
    all.iter().for_each(|(recording, _)| place.recording(recording, recording));
    let names: Vec<&str> = all.iter().map(|(recording, _)| *recording).collect();
    run(&place, &format!("-f json {}", names.join(" "))).ok();
    for (recording, language) in all {
        check(&place.json(&format!("{}.json", recording.split_once('.').unwrap().0)), recording, language);
    }
}

#[test]
fn the_result_depends_neither_on_threads_nor_on_what_came_before() {
    let place = Place::new();
    place.recording("jfk.flac", "jfk.flac");
    place.recording("phone-it.mp3", "phone-it.mp3");
    run(&place, "-t 1 -f json,txt -o one jfk.flac phone-it.mp3").ok();
    run(&place, "-t 2 -f json -o two phone-it.mp3").ok();
    assert_eq!(place.read("one/phone-it.json"), place.read("two/phone-it.json"));
    assert_snapshot!(place.read("one/jfk.txt"), @"And so my fellow Americans ask not what your country can do for you, ask what you can do for your country.");
    let json = place.json("one/jfk.json");
    check(&json, "jfk.flac", "en");
    // As one hears and sees them in an editor.
    let starts = |word: &str| {
        let all = json["word_segments"].as_array().unwrap().iter().filter(|w| w["word"] == word);
        all.map(|w| w["start"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    for (word, wanted) in [("ask", [3.3, 8.2]), ("what", [5.4, 8.5]), ("country", [5.8, f64::NAN])] {
        for (start, wanted) in starts(word).into_iter().zip(wanted) {
            assert!((start - wanted).abs() <= 0.4, "{word}: {start} instead of {wanted}");
        }
        assert!(!starts(word).is_empty(), "{word}");
    }
}

#[test]
fn where_nobody_speaks_nothing_is_written() {
    let place = Place::new();
    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / 8_388_608.0 - 1.0
    };
    let count = 8 * 16_000;
    write_wav(&place.path("silence.wav"), &vec![0.0; count]);
    write_wav(&place.path("hiss.wav"), &(0..count).map(|_| noise() * 0.2).collect::<Vec<_>>());
    let mut smooth = 0.0;
    let rumble = (0..count).map(|_| {
        smooth += 0.02 * (noise() - smooth);
        smooth * 2.0
    });
    write_wav(&place.path("rumble.wav"), &rumble.collect::<Vec<_>>());
    let tone = |i: usize| (i as f32 * 440.0 * std::f32::consts::TAU / 16_000.0).sin() * 0.4;
    write_wav(&place.path("tone.wav"), &(0..count).map(tone).collect::<Vec<_>>());
    let all = ["silence", "hiss", "rumble", "tone"];
    let names: Vec<String> = all.iter().map(|name| format!("{name}.wav")).collect();
    run(&place, &format!("-f json {}", names.join(" "))).ok();
    for name in all {
        let json = place.json(&format!("{name}.json"));
        assert_eq!(json["text"], "", "{name}");
        valid(&json);
    }
}

/// Told that this is Italian, whisper.cpp's own program with one hypothesis writes the same four words three times. Ours does
/// not begin to, so what takes loops out is tested elsewhere (`guards`).
#[test]
fn what_makes_the_model_loop_makes_no_loop_here() {
    let place = Place::new();
    place.recording("jfk.flac", "jfk.flac");
    run(&place, "-l it -f json jfk.flac").ok();
    let json = place.json("jfk.json");
    let heard = words(json["text"].as_str().unwrap());
    for length in 1..=8 {
        let thrice = heard
            .windows(3 * length)
            .find(|run| run[..length] == run[length..2 * length] && run[..length] == run[2 * length..]);
        assert_eq!(thrice, None);
    }
    assert!(!heard.is_empty() || !json["transcribe"]["gaps"].as_array().unwrap().is_empty(), "speech is text or a gap");
    valid(&json);
}

#[test]
fn a_recording_may_change_its_language() {
    let place = Place::new();
    let part = |name: &str, from: u64, to: u64| {
        let part = Selection { from: Millis(from), to: Some(Millis(to)), ..Selection::default() };
        let mut recording = audio::open(&PathBuf::from(RECORDINGS).join(name), part).unwrap();
        let mut sound = Vec::new();
        while let Some(samples) = recording.read().unwrap() {
            sound.extend_from_slice(&samples);
        }
        sound.extend(vec![0.0; 9_600]);
        sound
    };
    let turns = [("phone-es.wav", "es"), ("phone-en.m4a", "en"), ("phone-it.mp3", "it")];
    let sound: Vec<f32> = turns.iter().flat_map(|(name, _)| part(name, 0, 9_000)).collect();
    write_wav(&place.path("mixed.wav"), &sound);
    run(&place, "-f json -o any mixed.wav").ok();
    run(&place, "-f json -o some --languages en,it,es mixed.wav").ok();
    for folder in ["any", "some"] {
        let json = place.json(&format!("{folder}/mixed.json"));
        let mut heard: Vec<(String, f64)> = Vec::new();
        for segment in json["segments"].as_array().unwrap() {
            let language = segment["language"].as_str().unwrap();
            if heard.last().is_none_or(|(last, _)| last != language) {
                heard.push((language.to_owned(), segment["start"].as_f64().unwrap()));
            }
        }
        let languages: Vec<&str> = heard.iter().map(|(language, _)| language.as_str()).collect();
        assert_eq!(languages, ["es", "en", "it"], "{heard:?}");
        for ((_, start), wanted) in heard.iter().zip([0.0, 9.6, 19.2]) {
            assert!((start - wanted).abs() < 1.5, "{heard:?}");
        }
        valid(&json);
    }
}

#[test]
fn chords_are_no_words() {
    let place = Place::new();
    // Four chords over and over, plucked: C, a, F, G.
    let chords = [[261.6, 329.6, 392.0], [220.0, 261.6, 329.6], [174.6, 220.0, 261.6], [196.0, 246.9, 293.7]];
    let sample = |i: usize| {
        let (at, chord) = (i % 12_000, chords[i / 12_000 % 4]);
        let tone = |hertz: f32| {
            let phase = i as f32 * hertz / 16_000.0 * std::f32::consts::TAU;
            phase.sin() + 0.5 * (2.0 * phase).sin() + 0.25 * (3.0 * phase).sin()
        };
        chord.into_iter().map(tone).sum::<f32>() * 0.08 * (-(at as f32) / 6_000.0).exp()
    };
    write_wav(&place.path("music.wav"), &(0..20 * 16_000).map(sample).collect::<Vec<_>>());
    run(&place, "-f json music.wav").ok();
    assert_eq!(place.json("music.json")["text"], "");
}

#[test]
fn a_damaged_model_is_found_before_anything_is_done() {
    let place = Place::new();
    place.recording("jfk.flac", "jfk.flac");
    let bytes = fs::read(model()).unwrap();
    place.write("cut.bin", &bytes[..bytes.len() / 2]);
    assert_snapshot!(place.run("-m cut.bin jfk.flac").told(), @r"
    exit 2
    error: cannot use the model `cut.bin`: it breaks off in the weight `decoder.blocks.1.cross_attn.query.weight`
    hint: a model is a ggml file as whisper.cpp's tools write it; `transcribe models list` shows the published ones
    ");
    // Under its published name its size is known.
    place.write("ggml-base-q8_0.bin", &bytes[..50_000_000]);
    let mut command = place.command("-m base-q8_0 jfk.flac");
    let told = done(command.env("TRANSCRIBE_MODELS", ".")).told();
    assert_snapshot!(told, @r"
    exit 2
    error: cannot use the model `./ggml-base-q8_0.bin`: it has 50000000 bytes instead of 81768585
    hint: `transcribe models get base-q8_0` downloads it again
    ");
}

/// The file of a model that knows only English has one token less; so one is made.
#[test]
fn a_model_that_knows_only_english() {
    let place = Place::new();
    place.recording("jfk.flac", "jfk.flac");
    let mut bytes = fs::read(model()).unwrap();
    let (many, fewer) = (51_865_u32.to_le_bytes(), 51_864_u32.to_le_bytes());
    let name = b"decoder.token_embedding.weight";
    let at = bytes.windows(name.len()).position(|w| w == name).unwrap();
    assert_eq!((&bytes[4..8], &bytes[at - 4..at]), (&many[..], &many[..]), "the layout of the file");
    bytes[4..8].copy_from_slice(&fewer);
    bytes[at - 4..at].copy_from_slice(&fewer);
    // A row of 512 numbers in q8_0: 16 blocks of 34 bytes.
    let row = at + name.len();
    bytes.drain(row..row + 16 * 34);
    place.write("english.bin", bytes);
    for wish in ["-l de", "--translate"] {
        let done = place.run(&format!("{wish} -m english.bin jfk.flac"));
        assert_eq!(done.code, Some(2), "{wish}: {}", done.stderr);
        let expected = "error: cannot use the model `english.bin`: it knows only English\n\
                        hint: take one without `.en` in its name: `transcribe models list`\n";
        assert_eq!(done.stderr, expected, "{wish}");
    }
    assert_eq!(place.files(""), ["english.bin", "jfk.flac", "script.json"]);
}

/// With the real model what is decoded after a break must not depend on what was decoded before it.
#[test]
fn a_killed_batch_gives_the_same_files_as_one_that_nobody_disturbed() {
    let place = Place::new();
    fs::create_dir(place.path("in")).unwrap();
    place.recording("phone-en.m4a", "in/phone-en.m4a");
    place.recording("jfk.flac", "in/jfk.flac");
    run(&place, "batch in -o whole").ok();
    let mut command = place.command("batch in -o out -m");
    command.arg(MODEL).env("TRANSCRIBE_MODELS", model().parent().unwrap());
    let mut running = Running::start(&mut command);
    let checkpoint = place.path("out/.phone-en.transcribe-checkpoint");
    let begun = || fs::read_to_string(&checkpoint).is_ok_and(|text| text.contains("\"chunk\""));
    running.until("a clip of the recording is done", begun);
    running.kill();
    let done = run(&place, "batch in -o out").ok();
    assert!(done.stderr.contains("phone-en.m4a: resuming the interrupted run"), "{}", done.stderr);
    for file in ["jfk.json", "jfk.srt", "phone-en.json", "phone-en.srt"] {
        assert!(place.read(&format!("out/{file}")) == place.read(&format!("whole/{file}")), "{file} differs");
    }
}

/// The transcript of a live session is the transcript of the recording; the captions have nearly the same words.
#[test]
fn live_is_as_good_as_a_file() {
    let place = Place::new();
    place.recording("jfk.flac", "jfk.flac");
    let live = run(&place, "live -l en --input jfk.flac --speed 0 --name live").ok();
    run(&place, "-l en -o file jfk.flac").ok();
    let (live_json, file) = (place.json("live.json"), place.json("file/jfk.json"));
    assert_eq!(live_json["segments"], file["segments"]);
    assert_eq!(live_json["transcribe"]["coverage"], file["transcribe"]["coverage"]);
    let share = found(&words(file["text"].as_str().unwrap()), &words(&live.stdout));
    assert!(share > 0.9, "{share}: {}", live.stdout);
    assert!(live.stdout.lines().count() > 1, "several utterances: {}", live.stdout);
}

/// whisper.cpp's tokenizer ran out of stack at 6,000 characters without a blank.
#[test]
fn a_prompt_may_be_of_any_length() {
    let place = Place::new();
    place.recording("jfk.flac", "jfk.flac");
    for prompt in ["a", "1", "-", "ü", "Wort "].map(|part| part.repeat(100_000 / part.len())) {
        let mut command = place.command("jfk.flac -l en -f txt -o out --overwrite");
        command.arg(format!("--prompt={prompt}")).args(["-m", MODEL]);
        let run = done(command.env("TRANSCRIBE_MODELS", model().parent().unwrap()));
        assert_eq!(run.code, Some(0), "a prompt of `{}`", &prompt[..2]);
    }
}
