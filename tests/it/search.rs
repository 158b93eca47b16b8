//! Which files `transcribe batch` takes for recordings, and what it says of the others.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;
use rustix::process::Signal;

use crate::recordings::with;
use crate::run::{Done, Place};
use crate::running::Running;

fn batch(place: &Place, arguments: &str) -> Done {
    place.run(&format!("batch --scripted script.json {arguments}"))
}

/// Names of the recordings that would be transcribed.
fn planned(place: &Place, arguments: &str) -> Vec<String> {
    let plan = batch(place, &format!("-q -n -o out {arguments} in")).ok().stdout;
    let name = |line: &str| Some(line.strip_prefix("transcribe  ")?.rsplit_once(" (")?.0.to_owned());
    plan.lines().filter_map(name).collect()
}

#[test]
fn case_does_not_count_in_patterns() {
    let place = with(&["a.wav", "b.WAV", "c.Wav", "d.flac"]);
    for pattern in ["*.wav", "*.WAV"] {
        assert_eq!(planned(&place, &format!("--include {pattern}")), ["a.wav", "b.WAV", "c.Wav"], "{pattern}");
        assert_eq!(planned(&place, &format!("--exclude {pattern}")), ["d.flac"], "{pattern}");
    }
}

#[test]
fn a_folder_is_excluded_with_all_that_is_in_it() {
    let place = with(&["a.wav", "old/b.wav", "old/deep/c.wav", "new/old/d.wav", "older/e.wav"]);
    for folder in ["old", "old/", "OLD"] {
        assert_eq!(planned(&place, &format!("-r --exclude {folder}")), ["a.wav", "older/e.wav"], "{folder}");
    }
    // As a shell completes it, and as it is called elsewhere.
    let absolute = place.path("in/old").display().to_string();
    for folder in ["in/old", "./in/old/", &absolute] {
        let rest = ["a.wav", "new/old/d.wav", "older/e.wav"];
        assert_eq!(planned(&place, &format!("-r --exclude {folder}")), rest, "{folder}");
    }
}

#[test]
fn a_pattern_that_matches_nothing_is_told() {
    let place = with(&["a.wav", "old/b.wav"]);
    let done = batch(&place, "-r in -o out --include *.wav --include *.wave --exclude old --exclude archive").ok();
    assert!(done.stderr.contains("warning: `--include *.wave` matches nothing\n"), "{}", done.stderr);
    assert!(done.stderr.contains("warning: `--exclude archive` matches nothing\n"), "{}", done.stderr);
    assert_eq!(done.stderr.matches("matches nothing").count(), 2, "{}", done.stderr);
    let plan = batch(&place, "-n in -o out --exclude olt").ok();
    assert!(plan.stderr.contains("warning: `--exclude olt` matches nothing\n"), "{}", plan.stderr);
}

#[test]
fn whatever_is_no_recording_is_told_by_its_ending() {
    let place = with(&["a.wav"]);
    for name in ["b.txt", "c.TXT", "a.txt", "d.docx", "README", ".hidden.xyz", "code.ts", "tune.mid"] {
        place.write(&format!("in/{name}"), "x");
    }
    symlink(place.path("in/a.wav"), place.path("in/link.wav")).unwrap();
    symlink(place.path("nowhere"), place.path("in/dangling.wav")).unwrap();
    let told = "passed over, as no recordings: 2 .txt, 1 without an ending, 1 .docx, 1 .mid, 1 .ts, \
                2 links (`--follow-links` takes them)";
    let plan = batch(&place, "-n in").ok();
    assert!(plan.stdout.ends_with(&format!("\n{told}\n")), "{}", plan.stdout);
    // What this program wrote is not counted, in either run.
    for _ in 0..2 {
        let run = batch(&place, "in -f txt,json --overwrite").ok();
        assert!(run.stderr.starts_with(&format!("{told}\n")), "{}", run.stderr);
        assert_eq!(run.stderr.matches("passed over").count(), 1);
    }
    let json = batch(&place, "in -f json --overwrite --progress json").ok();
    assert!(json.stderr.contains("passed over, as no recordings"), "{}", json.stderr);
}

#[test]
fn links_are_followed_if_asked_for() {
    let place = with(&["a.wav", "elsewhere/b.wav"]);
    fs::rename(place.path("in/elsewhere"), place.path("elsewhere")).unwrap();
    symlink(place.path("elsewhere"), place.path("in/folder")).unwrap();
    symlink(place.path("elsewhere/b.wav"), place.path("in/link.wav")).unwrap();
    assert_eq!(planned(&place, "-r"), ["a.wav"]);
    assert_eq!(planned(&place, "-r --follow-links"), ["a.wav", "folder/b.wav", "link.wav"]);
    let flat = batch(&place, "-n in -o out").ok();
    assert!(
        flat.stdout.ends_with("passed over, as no recordings: 1 link (`--follow-links` takes it)\n"),
        "{}",
        flat.stdout
    );
    // The folder that is named may be one.
    symlink(place.path("elsewhere"), place.path("named")).unwrap();
    assert!(batch(&place, "-n named -o out").ok().stdout.contains("transcribe  b.wav"));
}

const COMPOSED: &str = "B\u{fc}rgerrat";
const DECOMPOSED: &str = "Bu\u{308}rgerrat";

#[test]
fn a_name_is_the_same_however_its_letters_are_composed() {
    let place = with(&[&format!("{DECOMPOSED}.wav"), "b.wav"]);
    assert_eq!(planned(&place, &format!("--include {COMPOSED}*")), [format!("{DECOMPOSED}.wav")]);
    assert_eq!(planned(&place, &format!("--exclude {COMPOSED}.wav")), ["b.wav"]);
    batch(&place, "in -o out").ok();
    // As a folder looks after it went from a Mac to another system.
    for (folder, ending) in [("in", "wav"), ("out", "json"), ("out", "srt")] {
        let path = |name: &str| place.path(format!("{folder}/{name}.{ending}"));
        fs::rename(path(DECOMPOSED), path(COMPOSED)).unwrap();
    }
    let again = batch(&place, "in -o out").ok();
    assert!(again.stderr.ends_with("done         0\nskipped      2\n"), "{}", again.stderr);
    assert_eq!(place.json("out/transcribe-batch.json")["recordings"].as_array().unwrap().len(), 2);
    // Both would write one file on a Mac.
    fs::copy(place.path("in/b.wav"), place.path(format!("in/{DECOMPOSED}.flac"))).unwrap();
    let clash = batch(&place, "in -o out2");
    assert_eq!(clash.code, Some(1));
    assert_eq!(clash.stderr.matches("would be written for").count(), 4, "{}", clash.stderr);
    let clash = place.scripted(&format!("-o out3 in/{COMPOSED}.wav in/{DECOMPOSED}.flac"));
    assert_eq!(clash.code, Some(2));
    assert!(clash.stderr.contains("would both be written to"), "{}", clash.stderr);
}

#[test]
fn watching_takes_up_a_clash_that_was_resolved() {
    let place = with(&["talk.wav", "talk.flac"]);
    for name in ["in/talk.wav", "in/talk.flac"] {
        let file = fs::File::options().append(true).open(place.path(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(100)).unwrap();
    }
    let mut running = Running::start(&mut place.command("batch --scripted script.json in -o out --watch --settle 1"));
    running.until_told("talk.wav: `out/talk.json` would be written for `talk.flac`, too");
    running.until_told("failed       2");
    assert!(!place.path("out/talk.json").exists());
    fs::rename(place.path("in/talk.flac"), place.path("in/other.flac")).unwrap();
    running.until("both are done", || {
        ["talk", "other"].iter().all(|name| place.path(format!("out/{name}.srt")).is_file())
    });
    running.signal(Signal::INT);
    let done = running.done();
    assert_eq!(done.stderr.matches("error: talk.wav").count(), 1, "{}", done.stderr);
    let manifest = place.json("out/transcribe-batch.json");
    assert_eq!(manifest["totals"]["done"], 2, "{manifest}");
}

#[test]
fn an_empty_search_says_what_lies_there() {
    let place = with(&[]);
    fs::create_dir(place.path("in")).unwrap();
    place.write("in/a.xyz", "x");
    assert_snapshot!(batch(&place, "in -o out").told(), @"
    exit 0
    passed over, as no recordings: 1 .xyz
    no recordings found; `--recursive` looks into the folders in it, too
    done         0
    ");
}
