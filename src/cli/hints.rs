//! What a user can do about an error: the library names the problem, and only this program knows the option or the
//! command that helps.

use std::io;
use std::path::Path;
use std::sync::OnceLock;

use clap::{ArgMatches, Command, CommandFactory as _};
use transcribe::models::{DEFAULT, RECOMMENDED, published, size_for_people};
use transcribe::{
    DecodeErrorKind, DownloadErrorKind, Error, MicrophoneErrorKind, ModelErrorKind, NoModelKind, TranscriptErrorKind,
};

use super::args::Cli;

/// The options of the command that runs; not set: all.
static OPTIONS: OnceLock<Vec<String>> = OnceLock::new();

/// From now on hints name only options of the command that was parsed.
pub(crate) fn only_for(mut matches: &ArgMatches) {
    let mut root = Cli::command();
    root.build();
    let mut command = &root;
    while let Some((name, inner)) = matches.subcommand()
        && let Some(found) = command.find_subcommand(name)
    {
        (command, matches) = (found, inner);
    }
    let _ = OPTIONS.set(options_of(command));
}

/// As `-o` and `--output-dir`.
fn options_of(command: &Command) -> Vec<String> {
    let short = command.get_arguments().filter_map(|arg| arg.get_short()).map(|name| format!("-{name}"));
    let long = command.get_arguments().filter_map(|arg| arg.get_long()).map(|name| format!("--{name}"));
    short.chain(long).collect()
}

/// The options that a text for people names, as `` `-o FOLDER` ``; not those of Cargo.
fn named_options(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2).filter(|quoted| quoted.starts_with('-'));
    let names = quoted.filter_map(|quoted| quoted.split([' ', '=']).next());
    // A negative number is none, nor is a name that is put in later.
    names.filter(|name| name.contains(char::is_alphabetic) && !name.contains('{') && *name != "--features")
}

/// What to do about `error`; `None` where nothing is known to help.
pub(crate) fn hint(error: &Error) -> Option<String> {
    hint_with(error, OPTIONS.get().map(Vec::as_slice))
}

/// The hint for a command with these options; `None`: all.
fn hint_with(error: &Error, options: Option<&[String]>) -> Option<String> {
    let ways = ways_out(error)?;
    let has = |way: &&String| {
        named_options(way).all(|name| options.is_none_or(|options| options.iter().any(|option| option == name)))
    };
    let possible: Vec<&str> = ways.0.iter().filter(has).map(String::as_str).collect();
    (!possible.is_empty()).then(|| possible.join(ways.1))
}

/// Ways out, and what stands between two of them.
struct Ways(Vec<String>, &'static str);

impl<T: Into<String>> From<T> for Ways {
    fn from(one: T) -> Ways {
        Ways(vec![one.into()], "")
    }
}

fn either<const N: usize>(ways: [&str; N], between: &'static str) -> Option<Ways> {
    Some(Ways(ways.map(str::to_owned).into(), between))
}

fn ways_out(error: &Error) -> Option<Ways> {
    match error {
        Error::Read { path, source } => read(path, source).map(Ways::from),
        Error::Decode { path, kind, .. } => decode(path, kind).map(Ways::from),
        Error::Model { kind, .. } => model(kind).map(Ways::from),
        Error::NoModel(kind) => Some(no_model(kind).into()),
        Error::Glossary { .. } => Some("one term a line, as UTF-8 text, e.g. `Dembrane: Dembrahne, Dem Brane`".into()),
        Error::Transcript { kind, .. } => Some(transcript(kind).into()),
        Error::Meeting { .. } => Some("`transcribe minutes --init` writes a file that shows all fields".into()),
        Error::Cues { .. } => Some("cues are regular expressions in lists, as docs/minutes.md shows".into()),
        Error::Download { kind, .. } => download(kind),
        Error::Write { source, .. } => write(source),
        Error::Exists { .. } => either(["`--overwrite` replaces it", "`-o FOLDER` writes elsewhere"], ", "),
        Error::Busy { .. } => either(["wait until it is done", "`-o FOLDER` writes elsewhere"], ", or "),
        Error::Changed { .. } => Some("transcribe it again when nothing writes to it any more".into()),
        Error::Microphone { kind, .. } => microphone(kind),
        Error::Serve { address, source } => serve(*address, source).map(Ways::from),
        // The library may get further variants; a hint for them is added here.
        _ => None,
    }
}

fn read(path: &Path, source: &io::Error) -> Option<String> {
    match source.kind() {
        io::ErrorKind::NotFound => Some("check the name and the folder".into()),
        io::ErrorKind::IsADirectory => {
            Some(format!("`transcribe batch {}` transcribes all recordings in it", path.display()))
        }
        io::ErrorKind::NotSeekable => {
            Some("what comes through a pipe is read from standard input: `… | transcribe -`".into())
        }
        _ => None,
    }
}

fn decode(path: &Path, kind: &DecodeErrorKind) -> Option<String> {
    Some(match kind {
        DecodeErrorKind::Empty => "it has no content; copy it again from the recorder".into(),
        DecodeErrorKind::NoSuchTrack => "`--track 1` is the first".into(),
        DecodeErrorKind::NoFfmpeg => format!(
            "convert it first, e.g. `ffmpeg -i {} -vn recording.flac`, or install ffmpeg: it is then used automatically",
            path.display()
        ),
        DecodeErrorKind::NoAudio => "ffmpeg finds no sound in it either".into(),
        DecodeErrorKind::FfmpegFailed(message) => format!("ffmpeg can't decode it either: {message}"),
        _ => return None,
    })
}

fn model(kind: &ModelErrorKind) -> Option<String> {
    Some(match kind {
        ModelErrorKind::NotFound(name) => format!("`-m {name}` finds it in the folder for models"),
        ModelErrorKind::Damaged(name) => format!("`transcribe models get {name}` downloads it again"),
        ModelErrorKind::NotAModel => {
            "a model is a ggml file as whisper.cpp's tools write it; `transcribe models list` shows \
                                      the published ones"
                .into()
        }
        ModelErrorKind::OtherFolder => "delete the file yourself if nobody else needs it".into(),
        ModelErrorKind::EnglishOnly => "take one without `.en` in its name: `transcribe models list`".into(),
        ModelErrorKind::TooLarge => "close other programs, or take a smaller model: `transcribe models list`".into(),
        ModelErrorKind::OutOfMemory => "a smaller model needs less: `transcribe models list`".into(),
        ModelErrorKind::NotFinite => "its file is damaged; `transcribe models list` shows the published ones".into(),
        ModelErrorKind::NotPublished(name) => {
            format!(
                "`transcribe models get {name}` downloads the published one; a model of your own needs another file name"
            )
        }
        ModelErrorKind::WrongProcessor => "build the program on this computer".into(),
        _ => return None,
    })
}

fn no_model(kind: &NoModelKind) -> String {
    match kind {
        NoModelKind::NoFolder => "name one with `TRANSCRIBE_MODELS=FOLDER`".into(),
        NoModelKind::NoneInstalled => {
            let size = |name| published(name).map_or_else(String::new, |model| size_for_people(model.size));
            format!(
                "`transcribe models get {DEFAULT}` downloads a small one ({}), `transcribe models get {RECOMMENDED}` the \
                 recommended one ({})",
                size(DEFAULT),
                size(RECOMMENDED)
            )
        }
        NoModelKind::Unknown { near, .. } if !near.is_empty() => {
            format!("did you mean {}? `transcribe models list` shows all", quoted(near, " or "))
        }
        NoModelKind::NotInstalled { name, size } => {
            format!("`transcribe models get {name}` downloads it ({})", size_for_people(*size))
        }
        _ => "`transcribe models list` shows all; any other ggml file works by its path".into(),
    }
}

fn transcript(kind: &TranscriptErrorKind) -> &'static str {
    match kind {
        TranscriptErrorKind::NotText => "for a recording: `transcribe FILE`",
        TranscriptErrorKind::Newer => "get the newer version",
        TranscriptErrorKind::Edits => "`transcribe apply EDITS TRANSCRIPT` puts them into one",
        TranscriptErrorKind::Truncated => "it was cut off; take a complete copy",
        TranscriptErrorKind::Invalid => "fix it there with a text editor, or take a copy that was not edited",
        TranscriptErrorKind::InvalidCue => {
            "fix it there with a text editor: a number, a line with two times, the text, a blank line"
        }
        TranscriptErrorKind::NoHeader => "fix it with a text editor",
        TranscriptErrorKind::NotImported => "`transcribe import` makes a transcript of it first",
        TranscriptErrorKind::OtherRecording => {
            "take the transcript that the review page was made from, or a newer one of that recording"
        }
        _ => {
            "JSON of this program, whisper.cpp, openai-whisper, faster-whisper or WhisperX can be read, and SRT and WebVTT"
        }
    }
}

fn download(kind: &DownloadErrorKind) -> Option<Ways> {
    Some(match kind {
        DownloadErrorKind::NotAnAddress => "an address starts with `https://` or `http://`".into(),
        DownloadErrorKind::Unreachable => {
            let ways = [
                "without internet access, `--mirror URL` names a server within reach",
                "put the file into the folder that `transcribe models path` shows",
            ];
            return either(ways, "; or ");
        }
        DownloadErrorKind::WrongFile => "is it the address of the right folder?".into(),
        DownloadErrorKind::WrongDigest => return either(["try again later", "with another `--mirror`"], ", or "),
        DownloadErrorKind::Interrupted { downloaded: 0, .. } => "try again later".into(),
        DownloadErrorKind::Interrupted { downloaded, size } => {
            let (done, all) = (size_for_people(*downloaded), size_for_people(*size));
            format!("the same command resumes the download ({done} of {all} are there)").into()
        }
        DownloadErrorKind::DiskFull => {
            "free some space and repeat the command, which resumes the download; or name a folder \
                                        on another disk with `TRANSCRIBE_MODELS=FOLDER`"
                .into()
        }
        DownloadErrorKind::NotWritable => "`TRANSCRIBE_MODELS=FOLDER` names another folder for models".into(),
        _ => return None,
    })
}

fn write(source: &io::Error) -> Option<Ways> {
    match source.kind() {
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::NotFound => Some("`-o FOLDER` writes elsewhere".into()),
        io::ErrorKind::NotADirectory => {
            either(["a file is where a folder is needed", "`-o FOLDER` takes another"], "; ")
        }
        io::ErrorKind::AlreadyExists => {
            either(["something else has that name: move it away", "`-o FOLDER` writes elsewhere"], ", or ")
        }
        io::ErrorKind::FileTooLarge => Some("a limit for files is set here (`ulimit -f`): set it higher".into()),
        io::ErrorKind::StorageFull => either(["free some space", "`-o FOLDER` on another disk"], ", or "),
        _ => None,
    }
}

fn microphone(kind: &MicrophoneErrorKind) -> Option<Ways> {
    const LIST: &str = "`transcribe devices` lists what there is";
    Some(match kind {
        MicrophoneErrorKind::NoneFound => format!("connect one; {LIST}").into(),
        MicrophoneErrorKind::Busy => format!("close that program or choose another: {LIST}").into(),
        MicrophoneErrorKind::NotAllowed => ALLOW.into(),
        MicrophoneErrorKind::Unknown { near } if !near.is_empty() => {
            format!("did you mean {}? {LIST}", quoted(near, ", ")).into()
        }
        MicrophoneErrorKind::Ambiguous { names } => format!("name one of them: {}", quoted(names, ", ")).into(),
        MicrophoneErrorKind::Unknown { .. } | MicrophoneErrorKind::Unusable => LIST.into(),
        MicrophoneErrorKind::NotSupported => {
            return either(
                ["build it with `--features microphone`", "give it a recording with `--input FILE`"],
                ", or ",
            );
        }
        _ => return None,
    })
}

const ALLOW: &str = if cfg!(target_os = "macos") {
    "allow it in System Settings → Privacy & Security → Microphone"
} else if cfg!(windows) {
    "allow it in Settings → Privacy & security → Microphone"
} else {
    "on most systems you must be in the group `audio`; in a container, pass `/dev/snd` or the sound server's socket"
};

fn serve(address: std::net::SocketAddr, source: &io::Error) -> Option<String> {
    match source.kind() {
        io::ErrorKind::AddrInUse => Some(format!(
            "another program is there; take another port, e.g. `--serve {}:{}`",
            address.ip(),
            address.port().wrapping_add(1)
        )),
        io::ErrorKind::AddrNotAvailable => {
            Some("it is no address of this machine; without one it is 127.0.0.1:7272".into())
        }
        io::ErrorKind::PermissionDenied => Some("ports below 1024 belong to the system; take a higher one".into()),
        _ => None,
    }
}

/// `` `a`, `b` ``, with `between` in place of the comma.
fn quoted(names: &[impl AsRef<str>], between: &str) -> String {
    names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(error: Error) -> String {
        hint(&error).unwrap_or_default()
    }

    /// Those of `transcribe` if there is no name.
    fn options(names: &[&str]) -> Vec<String> {
        let mut root = Cli::command();
        root.build();
        let command = names.iter().fold(&root, |command, name| command.find_subcommand(name).expect("a command"));
        options_of(command)
    }

    #[test]
    fn a_hint_names_no_option_that_the_command_lacks() {
        let of = |names: &[&str], error: &Error| hint_with(error, Some(&options(names)));
        let write = |kind: io::ErrorKind| Error::Write { path: "x".into(), source: kind.into() };
        let [full, denied] = [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied].map(write);
        assert_eq!(of(&["apply"], &full).as_deref(), Some("free some space"));
        assert_eq!(of(&["apply"], &denied), None);
        for command in [&[][..], &["batch"], &["live"], &["export"], &["import"]] {
            assert_eq!(of(command, &full).as_deref(), Some("free some space, or `-o FOLDER` on another disk"));
            assert_eq!(of(command, &denied).as_deref(), Some("`-o FOLDER` writes elsewhere"));
            let exists = Error::Exists { path: "x".into() };
            let both = "`--overwrite` replaces it, `-o FOLDER` writes elsewhere";
            assert_eq!(of(command, &exists).as_deref(), Some(both), "{command:?}");
        }
        let unreachable = Error::Download { url: "u".into(), reason: "r".into(), kind: DownloadErrorKind::Unreachable };
        assert!(of(&["models", "get"], &unreachable).is_some_and(|hint| hint.contains("--mirror")));
        assert!(of(&[], &unreachable).is_some_and(|hint| hint.starts_with("put the file")));
    }

    /// In all that is said by the program or its application: by whatever is for one command only, options of that command.
    #[test]
    fn options_that_are_named_exist() {
        let mut names: Vec<&[&str]> =
            vec![&[], &["batch"], &["live"], &["export"], &["import"], &["apply"], &["speakers"]];
        names.extend([&["minutes"][..], &["participation"], &["contributions"], &["models", "get"]]);
        if cfg!(feature = "summarise") {
            names.push(&["summarise"]);
        }
        if cfg!(feature = "app") {
            names.extend([&["app"][..], &["serve"]]);
        }
        let all: Vec<String> = names.iter().flat_map(|names| options(names)).collect();
        let mut folders = vec!["src/cli".to_owned(), "src/app".to_owned()];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            for entry in std::fs::read_dir(root.join(&folder)).expect("a folder").map(|entry| entry.expect("a name")) {
                let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
                if entry.path().is_dir() {
                    folders.push(path);
                    continue;
                }
                let own = match path.as_str() {
                    p if p.starts_with("src/cli/live") || p.starts_with("src/app/session") => options(&["live"]),
                    p if p.starts_with("src/cli/batch") || p.starts_with("src/cli/shard") => options(&["batch"]),
                    _ => all.clone(),
                };
                for line in std::fs::read_to_string(entry.path()).expect("text").lines() {
                    // What the batch system of a cluster is told.
                    for name in named_options(line).filter(|name| *name != "--array") {
                        seen += 1;
                        assert!(own.iter().any(|option| option == name), "{path}: `{name}`");
                    }
                }
            }
        }
        assert!(seen > 50, "{seen}");
    }

    fn of_download(kind: DownloadErrorKind) -> String {
        of(Error::Download { url: "u".into(), reason: "r".into(), kind })
    }

    fn of_microphone(kind: MicrophoneErrorKind) -> String {
        of(Error::Microphone { reason: "r".into(), kind })
    }

    fn of_transcript(kind: TranscriptErrorKind) -> String {
        of(Error::Transcript { path: "t".into(), place: None, reason: "r".into(), kind })
    }

    #[test]
    fn a_missing_model_names_the_command_that_gets_it() {
        assert!(of(Error::NoModel(NoModelKind::NoneInstalled)).contains("`transcribe models get base-q8_0`"));
        let missing = NoModelKind::NotInstalled { name: "small-q8_0".into(), size: 264_464_607 };
        assert_eq!(of(Error::NoModel(missing)), "`transcribe models get small-q8_0` downloads it (264 MB)");
        let unknown = |near| of(Error::NoModel(NoModelKind::Unknown { name: "x".into(), near }));
        assert_eq!(unknown(vec!["a", "b"]), "did you mean `a` or `b`? `transcribe models list` shows all");
        assert_eq!(unknown(vec![]), "`transcribe models list` shows all; any other ggml file works by its path");
        assert!(of(Error::NoModel(NoModelKind::NoFolder)).contains("TRANSCRIBE_MODELS"));
    }

    #[test]
    fn a_broken_model_names_the_command_that_replaces_it() {
        let of = |kind| of(Error::Model { path: "m".into(), reason: "r".into(), kind });
        let damaged = ModelErrorKind::Damaged("base".into());
        assert_eq!(of(damaged), "`transcribe models get base` downloads it again");
        assert!(of(ModelErrorKind::NotAModel).contains("`transcribe models list`"));
        assert_eq!(of(ModelErrorKind::Other), "");
    }

    #[test]
    fn a_download_that_failed_can_be_helped() {
        assert!(of_download(DownloadErrorKind::DiskFull).contains("resumes the download"));
        assert!(of_download(DownloadErrorKind::NotWritable).contains("TRANSCRIBE_MODELS"));
        assert!(of_download(DownloadErrorKind::Unreachable).contains("--mirror"));
        let stopped = |downloaded| of_download(DownloadErrorKind::Interrupted { downloaded, size: 300_000 });
        assert_eq!(stopped(1000), "the same command resumes the download (1 kB of 300 kB are there)");
        assert_eq!(stopped(0), "try again later");
    }

    #[test]
    fn a_microphone_that_fails_leads_to_the_list() {
        let list = "`transcribe devices` lists what there is";
        assert_eq!(of_microphone(MicrophoneErrorKind::NoneFound), format!("connect one; {list}"));
        assert_eq!(of_microphone(MicrophoneErrorKind::Busy), format!("close that program or choose another: {list}"));
        assert_eq!(of_microphone(MicrophoneErrorKind::Unusable), list);
        assert_eq!(
            of_microphone(MicrophoneErrorKind::Unknown { near: vec!["Yeti, USB Audio".into()] }),
            format!("did you mean `Yeti, USB Audio`? {list}")
        );
        assert_eq!(of_microphone(MicrophoneErrorKind::Unknown { near: vec![] }), list);
        assert_eq!(
            of_microphone(MicrophoneErrorKind::Ambiguous { names: vec!["A usb".into(), "B usb".into()] }),
            "name one of them: `A usb`, `B usb`"
        );
        assert!(!of_microphone(MicrophoneErrorKind::NotAllowed).is_empty());
    }

    #[test]
    fn a_file_that_is_no_transcript_can_be_helped() {
        assert!(of_transcript(TranscriptErrorKind::UnknownFormat).starts_with("JSON of this program, whisper.cpp"));
        assert!(of_transcript(TranscriptErrorKind::Edits).starts_with("`transcribe apply"));
        assert!(of_transcript(TranscriptErrorKind::Invalid).contains("text editor"));
    }

    #[test]
    fn a_full_disk_and_a_taken_port_can_be_helped() {
        let write = |kind: io::ErrorKind| of(Error::Write { path: "x".into(), source: kind.into() });
        assert_eq!(write(io::ErrorKind::StorageFull), "free some space, or `-o FOLDER` on another disk");
        assert_eq!(write(io::ErrorKind::Other), "");
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 7272));
        let taken = of(Error::Serve { address, source: io::ErrorKind::AddrInUse.into() });
        assert!(taken.ends_with("e.g. `--serve 127.0.0.1:7273`"), "{taken}");
        assert!(of(Error::Glossary { path: "g".into(), line: None, reason: "r".into() }).contains("one term a line"));
    }
}
