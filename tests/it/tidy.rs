//! Tests of the project itself: does the code keep to `docs/architecture.md`, and do the documents speak of the program
//! that there is? By lines and words, without a parser; what is in comments and in test modules does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::done;

/// What each module of the library may import from the crate: the arrows of `docs/architecture.md`.
const ARROWS: &[(&str, &[&str])] = &[
    ("options", &[]),
    ("names", &[]),
    ("transcript", &["names", "options"]),
    ("wording", &["transcript"]),
    ("error", &[]),
    ("digest", &[]),
    ("files", &["digest"]),
    ("checkpoint_record", &["transcript"]),
    ("observe", &["checkpoint_record", "transcript"]),
    ("document", &["transcript"]),
    ("format", &["digest", "document", "transcript", "wording"]),
    ("retime", &["transcript"]),
    ("import", &["error", "files", "format", "names", "retime", "transcript", "wording"]),
    ("meeting", &["error", "files", "import", "names", "transcript"]),
    ("edits", &["error", "files", "import", "meeting", "retime", "transcript"]),
    ("glossary", &["error", "files", "names", "transcript"]),
    (
        "minutes",
        &["document", "edits", "error", "files", "format", "glossary", "meeting", "names", "transcript", "wording"],
    ),
    ("audio", &["error", "files", "transcript", "wording"]),
    ("participation", &["document", "meeting", "minutes", "transcript", "wording"]),
    ("contributions", &["format", "participation", "transcript"]),
    ("summarise", &["document", "names", "transcript", "wording"]),
    ("speech", &["audio", "transcript"]),
    ("multitrack", &["audio", "error", "names", "transcript"]),
    ("speakers", &["audio", "error", "observe", "transcript"]),
    ("models", &["digest", "error", "files", "speakers", "transcript"]),
    ("recognise", &["audio", "error", "observe", "transcript"]),
    ("whisper", &["audio", "error", "models", "observe", "recognise", "transcript"]),
    ("pipeline", &["audio", "error", "glossary", "observe", "recognise", "speech", "checkpoint_record", "transcript"]),
    (
        "live",
        &[
            "audio",
            "error",
            "glossary",
            "observe",
            "pipeline",
            "recognise",
            "speech",
            "checkpoint_record",
            "transcript",
        ],
    ),
    ("page", &["live", "transcript", "wording"]),
    (
        "app",
        &[
            "audio",
            "checkpoint_record",
            "digest",
            "edits",
            "error",
            "files",
            "format",
            "glossary",
            "import",
            "live",
            "meeting",
            "minutes",
            "models",
            "multitrack",
            "names",
            "observe",
            "options",
            "pipeline",
            "recognise",
            "speakers",
            "transcript",
            "whisper",
            "wording",
        ],
    ),
    (
        "web",
        &[
            "app",
            "digest",
            "edits",
            "error",
            "files",
            "format",
            "import",
            "live",
            "meeting",
            "minutes",
            "models",
            "page",
            "participation",
            "transcript",
            "whisper",
            "wording",
        ],
    ),
    (
        "fuzzing",
        &[
            "app",
            "audio",
            "edits",
            "format",
            "import",
            "live",
            "models",
            "page",
            "pipeline",
            "recognise",
            "transcript",
            "whisper",
        ],
    ),
];

/// What only one place may know about: a crate, and how the paths of the files that name it begin.
const HOMES: &[(&str, &str)] = &[
    ("transcribe_whisper", "src/whisper.rs"),
    ("transcribe_whisper", "src/main.rs"),
    ("transcribe_whisper", "src/cli/interrupt.rs"),
    ("signal_hook", "src/cli/interrupt.rs"),
    ("unicode_normalization", "src/names.rs"),
    ("mp4_atom", "src/audio/mp4"),
    ("symphonia", "src/audio/"),
    ("symphonia_adapter_libopus", "src/audio/"),
    ("rubato", "src/audio/resample.rs"),
    ("realfft", "src/multitrack/align/"),
    ("earshot", "src/speech/detector.rs"),
    ("transcribe_speakers", "src/speakers.rs"),
    ("rayon", "src/speakers.rs"),
    ("realfft", "src/speech/music.rs"),
    ("flate2", "src/pipeline/quality.rs"),
    ("flate2", "src/app/library/versions.rs"),
    ("fasrt", "src/import/subtitles.rs"),
    ("chardetng", "src/import/encoding.rs"),
    ("encoding_rs", "src/import/encoding.rs"),
    ("icu_segmenter", "src/transcript/words.rs"),
    ("serde_path_to_error", "src/import/parsing.rs"),
    ("serde_path_to_error", "src/meeting/file.rs"),
    ("similar", "src/retime.rs"),
    ("base64", "src/app/jobs/render.rs"),
    ("pathdiff", "src/app/store/paths.rs"),
    ("opusic_c", "src/audio/opus.rs"),
    ("ogg", "src/audio/opus.rs"),
    ("rphonetic", "src/glossary/similarity.rs"),
    ("csv", "src/format"),
    ("csv", "src/import/speaker_log.rs"),
    ("csv", "src/contributions/presets"),
    ("csv", "src/meeting/table.rs"),
    ("docx_rs", "src/format/docx.rs"),
    ("quick_xml", "src/format/eaf.rs"),
    ("hmac", "src/digest.rs"),
    ("sha2", "src/digest.rs"),
    ("base64", "src/format/html/escape.rs"),
    ("percent_encoding", "src/format/html/escape.rs"),
    ("percent_encoding", "src/web/export.rs"),
    ("percent_encoding", "src/web/folder.rs"),
    ("ureq", "src/models/download"),
    ("ureq", "src/summarise/server.rs"),
    ("clap", "src/cli"),
    ("clap_complete", "src/cli"),
    ("indicatif", "src/cli/output.rs"),
    ("ctrlc", "src/cli/"),
    ("sysinfo", "src/app/"),
    ("toml", "src/cli/"),
    ("toml", "src/models/catalogue.rs"),
    ("jiff", "src/app/"),
    ("jiff", "src/meeting"),
    ("jiff", "src/minutes"),
    ("toml", "src/meeting/file.rs"),
    ("toml", "src/minutes/cues.rs"),
    ("regex", "src/minutes"),
    ("notify", "src/app/batch/watch.rs"),
    ("walkdir", "src/app/batch/find.rs"),
    ("globset", "src/app/batch/find/patterns.rs"),
    ("infer", "src/app/jobs/kind.rs"),
    ("same_file", "src/files.rs"),
    ("cpal", "src/audio/microphone"),
    ("alsa", "src/audio/microphone/device.rs"),
    ("rustix", "src/"),
    ("hound", "src/audio/save"),
    ("flacenc", "src/audio/save"),
    ("axum", "src/page"),
    ("axum", "src/web"),
    ("tokio", "src/page"),
    ("tokio", "src/web"),
    ("futures_util", "src/page"),
    ("futures_util", "src/web"),
    ("maud", "src/web"),
    ("jiff", "src/web/words.rs"),
    ("rusqlite", "src/app/library"),
    ("getrandom", "src/app/store/key.rs"),
    ("getrandom", "src/app/library/tokens.rs"),
    ("getrandom", "src/page"),
    ("getrandom", "src/summarise.rs"),
    ("crossterm", "src/cli/"),
    ("insta", "tests/"),
    ("jsonschema", "tests/"),
    ("proptest", "tests/"),
];

/// Lines that a file of `src` may have before its tests.
const LONGEST: usize = 400;
/// Files that are longer today. To be made shorter, not to be added to.
const TOO_LONG: &[&str] = &[];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}")).replace("\r\n", "\n")
}

/// All Rust files of `folder`, as paths from the root with slashes, apart from those that are only compiled for tests.
fn sources(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found.retain(|path| !matches!(path.rsplit('/').next(), Some("tests.rs" | "testing.rs" | "document_tests.rs")));
    found.sort();
    assert!(!found.is_empty());
    found
}

/// The lines of a file before its test module.
fn without_tests(path: &str) -> Vec<String> {
    let text = read(path);
    let lines: Vec<&str> = text.lines().collect();
    let is_module = |at: usize| {
        let next = lines[at + 1..].iter().find(|line| !line.starts_with("#["));
        next.is_some_and(|line| line.starts_with("mod tests"))
    };
    let end = (0..lines.len()).find(|at| lines[*at] == "#[cfg(test)]" && is_module(*at)).unwrap_or(lines.len());
    lines[..end].iter().map(|line| (*line).to_owned()).collect()
}

/// The same without comments. A `//` in a string ends a line here, too; nothing that is looked for stands behind one.
fn code(path: &str) -> String {
    let lines = without_tests(path);
    lines.iter().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Places after each `word` that is no part of a longer one.
fn after<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(word).filter_map(move |(at, _)| {
        let rest = &text[at + word.len()..];
        let inside = text[..at].ends_with(is_name) || rest.starts_with(is_name);
        (!inside).then_some(rest)
    })
}

/// The first names of a path or of a list of paths: `a` of `a::b`, `a` and `b` of `{a::{c, d}, b as e}`.
fn first_names(text: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().chars().take_while(|c| is_name(*c)).collect::<String>();
    let Some(list) = text.trim_start().strip_prefix('{') else { return vec![name(text)] };
    let mut names = Vec::new();
    let (mut depth, mut start) = (1, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (c == ',' && depth == 1) || depth == 0 {
            names.push(name(&list[start..at]));
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// `Clip` → `audio`, as the library's root re-exports it.
fn exports() -> BTreeMap<String, String> {
    let text = code("src/lib.rs");
    let mut all = BTreeMap::new();
    for rest in after(&text, "pub use") {
        let (module, names) = rest.split_once("::").unwrap();
        all.extend(first_names(names).into_iter().map(|name| (name, module.trim().to_owned())));
    }
    assert_eq!(all.get("Clip").map(String::as_str), Some("audio"), "src/lib.rs reads otherwise than expected");
    all
}

/// The modules of the crate that a file names.
fn imports(path: &str, exports: &BTreeMap<String, String>) -> BTreeSet<String> {
    let text = code(path);
    // `a` for src/a.rs, `a::b` for src/a/b.rs: so many `super` lead to the root.
    let depth = path.trim_start_matches("src/").matches('/').count() + 1;
    let to_root = format!("{}::", vec!["super"; depth].join("::"));
    let mut found = BTreeSet::new();
    for root in ["crate::", &to_root] {
        for (at, _) in text.match_indices(root) {
            if text[..at].ends_with(|c: char| is_name(c) || c == ':') {
                continue;
            }
            for name in first_names(&text[at + root.len()..]) {
                found.insert(exports.get(&name).cloned().unwrap_or(name));
            }
        }
    }
    found
}

#[test]
fn imports_go_one_way() {
    let exports = exports();
    let mut wrong = Vec::new();
    for path in sources("src") {
        let name = path.trim_start_matches("src/").trim_end_matches(".rs");
        let module = name.split('/').next().unwrap();
        if matches!(module, "main" | "lib" | "cli") {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(m, _)| *m == module) else {
            wrong.push(format!("{path}: `{module}` has no arrows: add it to docs/architecture.md and here"));
            continue;
        };
        for target in imports(&path, &exports) {
            if target != module && !allowed.contains(&target.as_str()) {
                wrong.push(format!("{path} imports `{target}`, which docs/architecture.md does not allow"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The map itself has no circles: each row only names rows above it.
    for (at, (module, allowed)) in ARROWS.iter().enumerate() {
        let above: Vec<&str> = ARROWS[..at].iter().map(|(m, _)| *m).collect();
        assert!(allowed.iter().all(|a| above.contains(a)), "{module}");
    }
}

#[test]
fn the_map_shows_the_same_arrows() {
    let map = read("docs/architecture.md");
    for (module, allowed) in ARROWS {
        let row = map.lines().find(|line| line.starts_with(&format!("| `{module}` |")));
        let row = row.unwrap_or_else(|| panic!("docs/architecture.md has no row for `{module}`"));
        let named: Vec<&str> = row.split('|').nth(2).unwrap().split('`').skip(1).step_by(2).collect();
        assert_eq!(named, *allowed, "{module}");
    }
}

#[test]
fn the_library_does_not_know_the_command_line() {
    assert!(after(&code("src/lib.rs"), "mod cli").next().is_none());
    for path in sources("src").iter().filter(|p| !p.starts_with("src/cli") && *p != "src/main.rs") {
        assert!(after(&code(path), "cli::").next().is_none(), "{path}");
    }
}

/// The application works the same behind a terminal and behind a web service.
#[test]
fn the_application_knows_no_terminal_and_no_environment() {
    for path in sources("src").iter().filter(|path| path.starts_with("src/app")) {
        let text = code(path);
        for word in ["env::var", "env::args", "IsTerminal", "io::stdout", "io::stderr"] {
            assert!(!text.contains(word), "{path} has `{word}`");
        }
    }
}

#[test]
fn each_crate_has_its_place() {
    let mut wrong = Vec::new();
    for path in sources("src") {
        let text = code(&path);
        for (name, home) in HOMES {
            // `name::`, or `use name;`. A word in a string or a field of that name is neither.
            let named = after(&text, name).any(|rest| rest.starts_with("::"))
                || text
                    .lines()
                    .any(|line| line.trim_start().starts_with(&format!("use {name}")) && line.ends_with(';'));
            let at_home = HOMES.iter().any(|(other, home)| other == name && path.starts_with(home));
            if named && !at_home {
                wrong.push(format!("{path} names `{name}`, which only {home} may"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let dependencies = read("Cargo.toml");
    for (name, _) in HOMES {
        let known = dependencies
            .lines()
            .any(|line| line.split([' ', '=']).next().is_some_and(|key| key.replace('-', "_") == *name));
        assert!(known, "`{name}` is no dependency any more");
    }
}

#[test]
fn no_file_is_about_two_things() {
    for path in sources("src").into_iter().chain(sources("crates")) {
        let lines = without_tests(&path).len();
        match TOO_LONG.contains(&path.as_str()) {
            true => assert!(lines > LONGEST, "{path} is short enough now: take it out of TOO_LONG"),
            false => assert!(lines <= LONGEST, "{path} has {lines} lines before its tests: it is about two things"),
        }
    }
    assert!(TOO_LONG.iter().all(|path| root().join(path).is_file()), "a file of TOO_LONG is gone: take it out");
}

/// Lines that a function may have.
const LONGEST_FUNCTION: usize = 60;
/// Parameters that it may have beside `self`.
const MOST_PARAMETERS: usize = 5;

/// Functions of a file before its tests: name, lines, parameters, and whether the comment above gives a reason to be long.
fn functions(path: &str) -> Vec<(String, usize, usize, bool)> {
    let lines = without_tests(path);
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(rest) = after(line, "fn").next().filter(|_| !line.trim_start().starts_with("//")) else { continue };
        let name: String = rest.trim_start().chars().take_while(|c| is_name(*c)).collect();
        let indent = &line[..line.len() - line.trim_start().len()];
        if name.is_empty() || !rest.starts_with(' ') {
            continue;
        }
        // rustfmt closes a function where it begins.
        let end = (at..lines.len()).find(|n| lines[*n] == format!("{indent}}}")).unwrap_or(at);
        // An arrow closes nothing.
        let head = lines[at..=end].join(" ").replace("->", "");
        let reason = lines[..at]
            .iter()
            .rev()
            .take_while(|l| l.trim_start().starts_with(['/', '#']))
            .any(|l| l.contains("Long because"));
        let body = if head[..head.find(['{', ';']).unwrap_or(head.len())].len() < line.len() && line.ends_with('}') {
            at
        } else {
            end
        };
        found.push((name, body + 1 - at, parameters(&head), reason));
    }
    found
}

/// Parameters of a function, without `self`.
fn parameters(head: &str) -> usize {
    let Some((_, rest)) = head.split_once('(') else { return 0 };
    let (mut depth, mut current, mut all) = (0, String::new(), Vec::new());
    for c in rest.chars() {
        match c {
            '(' | '[' | '<' | '{' => depth += 1,
            ')' if depth == 0 => break,
            ')' | ']' | '>' | '}' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 {
            all.push(std::mem::take(&mut current));
        } else {
            current.push(c);
        }
    }
    all.push(current);
    all.iter()
        .filter(|p| {
            !p.trim().is_empty()
                && !p.trim().trim_start_matches(['&', ' ']).trim_start_matches("mut ").starts_with("self")
        })
        .count()
}

#[test]
fn no_function_is_too_long_to_be_read_at_once() {
    let mut wrong = Vec::new();
    for path in sources("src") {
        for (name, lines, parameters, reason) in functions(&path) {
            if !reason && (lines > LONGEST_FUNCTION || parameters > MOST_PARAMETERS) {
                wrong.push(format!("{path}: `{name}` has {lines} lines and {parameters} parameters"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_library_neither_prints_nor_exits_nor_unwraps() {
    let of_program = |path: &String| path.starts_with("src/cli") || path == "src/main.rs";
    let library = sources("src").into_iter().filter(|path| !of_program(path));
    for path in library.chain(sources("crates/whisper/src")) {
        let text = code(&path);
        for word in ["println!", "eprintln!", "print!", "eprint!", "dbg!", "process::exit", "process::abort"] {
            assert!(after(&text, word).next().is_none(), "{path} has `{word}`");
        }
        assert!(!text.contains(".unwrap()"), "{path} has `.unwrap()`");
    }
}

/// So that what a terminal would obey is made visible in all that is shown.
#[test]
fn one_file_writes_to_the_terminal() {
    for path in sources("src").iter().filter(|path| *path != "src/cli/output.rs") {
        let text = code(path);
        let called = |name: &str| after(&text, name).any(|rest| rest.starts_with('('));
        let handles = ["stdout", "stderr"].iter().any(|name| text.contains(&format!("io::{name}")) || called(name));
        // What a child process writes to is no output of ours.
        let handles = handles && !["src/audio/ffmpeg.rs", "src/app/library/child.rs"].contains(&path.as_str());
        let prints = ["println!", "eprintln!", "print!", "eprint!", "dbg!"]
            .iter()
            .any(|word| after(&text, word).next().is_some());
        // clap's own ways.
        let clap = [".print()", ".exit()", "Cli::parse()"].iter().any(|word| text.contains(word));
        assert!(!handles && !prints && !clap, "{path} writes around src/cli/output.rs");
    }
}

/// Messages of the library name the problem. The options and commands that help are in `src/cli/hints.rs`.
#[test]
fn the_library_speaks_of_no_options_or_commands() {
    // The application declares the options.
    let is_face = |path: &&String| ["src/cli", "src/main.rs", "src/app"].iter().any(|face| path.starts_with(face));
    for path in sources("src").iter().filter(|path| !is_face(path)) {
        let text = code(path);
        let option = text.split("`--").skip(1).find(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
        assert!(option.is_none(), "{path} names an option");
        assert!(!text.contains("`transcribe ") && !text.contains("=FOLDER"), "{path} names a command or a setting");
    }
}

/// `--name` in `text`, without what is written to other programs.
fn options(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in text.split("--").skip(1) {
        let name: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        if name.starts_with(|c: char| c.is_ascii_lowercase()) {
            found.insert(format!("--{}", name.trim_end_matches('-')));
        }
    }
    found
}

fn help(command: &[&str]) -> String {
    done(Command::new(env!("CARGO_BIN_EXE_transcribe")).args(command).arg("--help")).ok().stdout
}

/// Options as the help lists them: at the beginning of a line, perhaps after a short one.
fn listed(help: &str) -> BTreeSet<String> {
    let list = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    list.flat_map(|line| options(line).into_iter().take(1)).collect()
}

/// The options of `transcribe` that a document names.
fn named_options(page: &str) -> BTreeSet<String> {
    let text = read(page);
    // Commands of other programs have options of their own.
    let ours: Vec<&str> = text
        .lines()
        .flat_map(|line| if line.contains('`') { line.split('`').collect() } else { vec![line] })
        .filter(|part| !["cargo ", "ffmpeg ", "--features", "arecord "].iter().any(|other| part.contains(other)))
        .collect();
    options(&ours.join("\n"))
}

#[test]
fn the_guide_names_every_option_and_no_document_invents_one() {
    let mut there = listed(&help(&[]));
    there.extend(listed(&help(&["batch"])));
    for command in ["live", "export", "import", "apply", "speakers", "participation", "contributions"] {
        there.extend(listed(&help(&[command])));
    }
    if cfg!(feature = "app") {
        there.extend(listed(&help(&["app"])));
        there.extend(listed(&help(&["serve"])));
    }
    if cfg!(feature = "summarise") {
        there.extend(listed(&help(&["summarise"])));
    }
    assert!(there.len() > 15, "{there:?}");
    let named = named_options("docs/guide.md");
    let missing: Vec<_> = there.difference(&named).collect();
    assert!(missing.is_empty(), "docs/guide.md does not name {missing:?}");
    if cfg!(all(feature = "download", feature = "summarise")) {
        let mut all = there;
        for command in [&["minutes"][..], &["models"], &["models", "get"], &["models", "check"], &["completions"]] {
            all.extend(listed(&help(command)));
        }
        for page in ["README.md", "CHANGELOG.md", "docs/guide.md"] {
            let named = named_options(page);
            let invented: Vec<_> = named.difference(&all).collect();
            assert!(invented.is_empty(), "{page} names options that do not exist: {invented:?}");
        }
    }
}

#[test]
fn the_document_about_minutes_names_their_options() {
    let named = named_options("docs/minutes.md");
    let known = |option: &String| option == "--help" || named.contains(option);
    let missing: Vec<_> = listed(&help(&["minutes"])).into_iter().filter(|option| !known(option)).collect();
    assert!(missing.is_empty(), "docs/minutes.md does not name {missing:?}");
}

#[test]
fn every_format_is_described() {
    for format in transcribe::format::Format::ALL {
        let name = format!("`{format}`");
        for page in ["docs/guide.md", "docs/formats.md"] {
            let rows = read(page);
            let described = rows.lines().any(|row| row.starts_with('|') && row.contains(&name));
            assert!(described, "{page} has no row for {name}");
        }
    }
}

#[test]
fn the_guide_has_the_example_of_the_library() {
    let block = |text: &str, fence: &str| -> Vec<String> {
        let lines = text.lines().skip_while(|line| *line != fence).skip(1).take_while(|line| *line != "```");
        let shown = lines.filter(|line| !line.starts_with("# "));
        shown.map(str::trim_end).map(str::to_owned).collect()
    };
    let docs = read("src/lib.rs");
    let docs: Vec<&str> =
        docs.lines().filter_map(|l| l.strip_prefix("//!")).map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
    let example = block(&docs.join("\n"), "```");
    assert!(example.len() > 5);
    assert_eq!(block(&read("docs/guide.md"), "```rust"), example);
}

#[test]
fn the_changelog_knows_this_version() {
    let heading = format!("## [{}]", env!("CARGO_PKG_VERSION"));
    assert!(read("CHANGELOG.md").lines().any(|line| line.starts_with(&heading)), "no section `{heading}`");
}

#[test]
fn the_first_pages_stay_short() {
    let readme = read("README.md").len();
    assert!(readme <= 12_000, "README.md has {readme} bytes: move details to docs/guide.md");
    let map = read("docs/architecture.md").lines().count();
    assert!(map <= 160, "docs/architecture.md has {map} lines: reasons belong in docs/decisions.md");
}

/// All documents of the checkout, as paths from the root with slashes, without hidden folders and what is built.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let name = entry.unwrap().file_name();
            let path = folder.join(&name);
            if name.to_str().unwrap().starts_with('.') || path == Path::new("target") {
                continue;
            }
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

/// A document without its code blocks, in which `#` begins a comment and `](` is code.
fn prose(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The anchors that GitHub gives to the headings of a document.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text);
    let headings =
        headings.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

/// Targets of the links in a document that do not lead to another server.
fn links(text: &str) -> Vec<String> {
    let text = prose(text);
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|link| !link.contains("://")).map(str::to_owned).collect()
}

#[test]
fn links_between_our_files_lead_somewhere() {
    let pages = documents();
    for known in ["README.md", "docs/guide.md", "examples/slurm/README.md"] {
        assert!(pages.iter().any(|page| page == known), "{known} is not found in {pages:?}");
    }
    let mut wrong = Vec::new();
    for page in &pages {
        for link in links(&read(page)) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => root().join(page),
                file => root().join(page).parent().unwrap().join(file),
            };
            let leads = target.exists()
                && (anchor.is_empty() || anchors(&fs::read_to_string(&target).unwrap_or_default()).contains(anchor));
            if !leads {
                wrong.push(format!("{page} links to {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// In comments and messages.
#[test]
fn the_code_refers_to_documents_that_exist() {
    for folder in ["src", "tests", "examples"] {
        for path in sources(folder) {
            let text = read(&path);
            for rest in text.split("docs/").skip(1) {
                let name: String = rest.chars().take_while(|c| is_name(*c) || matches!(c, '-' | '.')).collect();
                let name = name.trim_end_matches('.');
                let exists = !name.ends_with(".md") || root().join("docs").join(name).is_file();
                assert!(exists, "{path} refers to docs/{name}");
            }
        }
    }
}

/// The checks above, checked.
#[test]
fn names_are_found_as_people_write_them() {
    let names = |text| first_names(text).join(" ");
    assert_eq!(names("audio::{self, Selection};"), "audio");
    assert_eq!(names("{Clip, audio::{Samples, duration}, models::Store as S,\n};"), "Clip audio models");
    assert_eq!(names("{\n    A, b::C}"), "A b");
    assert_eq!(options("`--from 3` -- and `--output-dir`").into_iter().collect::<Vec<_>>(), ["--from", "--output-dir"]);
    assert_eq!(after("a::b xa::b a_b::c", "a").count(), 1);
    let page = "# A `b`, c\n```sh\n# d\n```\n## 72. E: f-g\n[x](y.md#z) [w](https://v)\n";
    assert_eq!(anchors(page).into_iter().collect::<Vec<_>>(), ["72-e-f-g", "a-b-c"]);
    assert_eq!(links(page), ["y.md#z"]);
    assert_eq!(listed("  -o, --output-dir <X>  as --stdout").into_iter().collect::<Vec<_>>(), ["--output-dir"]);
}
