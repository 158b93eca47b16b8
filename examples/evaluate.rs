//! Measures the word error rate over folders of recordings with reference texts beside them: `talk.flac` and
//! `talk.txt`.
//!
//! ```text
//! cargo run --release --example evaluate -- [--model NAME] [--language CODE] [--beam-size N] [--names FILE [--glossary]] FOLDER...
//! ```
//!
//! Errors are counted by jiwer after Whisper's text normaliser (English rules for English, basic rules that keep
//! diacritics for everything else), through `scripts/word_errors.py`. A reference of one space means that nobody
//! speaks, so that every word there is a hallucination.
//!
//! Also counted: the share of detected speech that has text, gaps, and removed hallucinations; with `--expect de`,
//! words that were recognised in another language (with `--expect Anna=de,Ben=en`, in another language than that of
//! their speaker in the `.stm` beside the recording); with `--names FILE`, how many terms of a glossary are written
//! correctly, and with `--glossary` the glossary is also used.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread::available_parallelism;
use std::time::Instant;

use clap::Parser;
use serde_json::json;
use transcribe::audio::{self, Selection};
use transcribe::models::{Header, Store};
use transcribe::pipeline::{self, Recognisers, TranscribeOptions};
use transcribe::speech::VadOptions;
use transcribe::whisper::Whisper;
use transcribe::{Glossary, Millis, Recogniser, Segment, Transcript, Word};

#[derive(Parser)]
struct Args {
    /// Folders, searched recursively
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// Model name or file [default: the best installed]
    #[arg(short, long)]
    model: Option<String>,
    /// Language spoken in all recordings [default: detected]
    #[arg(short, long)]
    language: Option<String>,
    /// Count words recognised in another language than this one, or than those of the speakers in an `.stm`
    #[arg(long, value_name = "CODE|SPEAKER=CODE,...", value_delimiter = ',')]
    expect: Vec<String>,
    /// Hypotheses kept while decoding [default: 1, and 5 if the text of one is doubtful]
    #[arg(long)]
    beam_size: Option<u8>,
    /// Count how many terms of this glossary are written correctly
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Also use the glossary of `--names`
    #[arg(long, requires = "names")]
    glossary: bool,
    /// Longest chunk, in seconds
    #[arg(long = "longest", default_value_t = 28)]
    max_chunk: u64,
    /// Threads of each worker; there are as many workers as cores allow
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Write the recognised texts into this folder
    #[arg(long)]
    keep: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut recordings = Vec::new();
    for folder in &args.folders {
        recordings.extend(find_recordings(folder)?);
    }
    recordings.sort();
    if recordings.is_empty() {
        return Err("no recording with a `.txt` beside it".into());
    }
    let store = Store::of_user();
    let path = match &args.model {
        Some(model) => store.find(model)?,
        None => store.best()?.path,
    };
    let model = Whisper::load(&path, &Header::read(&path)?, false)?;
    let one = |threads: u16| Box::new(model.worker(threads)) as Box<dyn Recogniser + '_>;
    let count = (available_parallelism()?.get() / usize::from(args.threads)).max(1);
    let workers = (0..count).map(|_| one(args.threads)).collect();
    let mut recognisers = Recognisers { workers, language_detector: Some(one(1)) };
    let names = args.names.as_deref().map(std::fs::read_to_string).transpose()?.unwrap_or_default();
    let names = names.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<&str> = names.filter_map(|line| line.split(':').next()).collect();
    let glossary = args.names.as_deref().filter(|_| args.glossary).map(Glossary::read).transpose()?;
    let options = TranscribeOptions {
        vad: VadOptions { max_chunk: Millis(args.max_chunk * 1_000), ..VadOptions::default() },
        languages: args.language.iter().cloned().collect(),
        beam_size: args.beam_size,
        ..TranscribeOptions::default()
    };
    let mut results = Vec::new();
    for recording in &recordings {
        let start = Instant::now();
        let opened = audio::open(recording, Selection::default());
        match opened.and_then(|open| pipeline::transcribe(open, &mut recognisers, &options, glossary.as_ref(), &())) {
            Ok((transcript, _)) => results.push(result(args, recording, &transcript, &names, start)?),
            Err(error) => eprintln!("{error}"),
        }
    }
    count_errors(&results)
}

/// What `scripts/word_errors.py` needs of a recording, whose transcription began at `start`.
fn result(
    args: &Args,
    recording: &Path,
    transcript: &Transcript,
    names: &[&str],
    start: Instant,
) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
    let took = start.elapsed().as_secs_f64();
    let text: Vec<&str> = transcript.segments.iter().map(|segment| segment.text.as_str()).collect();
    let text = text.join(" ");
    if let (Some(folder), Some(stem)) = (&args.keep, recording.file_stem()) {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(stem).with_extension("heard.txt"), &text)?;
    }
    let turns = std::fs::read_to_string(recording.with_extension("stm")).unwrap_or_default();
    Ok(json!({
        "name": recording.strip_prefix(&args.folders[0]).unwrap_or(recording).display().to_string(),
        "reference": std::fs::read_to_string(recording.with_extension("txt"))?,
        "heard": text,
        "names": names,
        "language": transcript.language,
        "speech": transcript.coverage.speech.seconds(),
        "with_text": transcript.coverage.with_text.seconds(),
        "gaps": transcript.gaps.len(),
        "removed": transcript.removed.len(),
        "astray": in_wrong_language(transcript, &args.expect, &turns),
        "seconds": transcript.duration.seconds(),
        "took": took,
    }))
}

/// Number of words recognised in another language than expected. `turns`: lines of an `.stm`, with recording, channel,
/// speaker, start, end and words.
fn in_wrong_language(transcript: &Transcript, expected: &[String], turns: &str) -> usize {
    let speakers: HashMap<&str, &str> = expected.iter().filter_map(|one| one.split_once('=')).collect();
    let turns = turns.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, _, speaker, start, end, ..] = fields[..] else { return None };
        Some((start.parse::<f64>().ok()?..end.parse().ok()?, *speakers.get(speaker)?))
    });
    let turns: Vec<_> = turns.collect();
    let language_of = |word: &Word| match expected {
        [everywhere] if speakers.is_empty() => Some(everywhere.as_str()),
        _ => {
            let middle = (word.span.start.seconds() + word.span.end.seconds()) / 2.0;
            turns.iter().find(|(turn, _)| turn.contains(&middle)).map(|(_, language)| *language)
        }
    };
    let wrong = |segment: &Segment| {
        let differs = |word: &&Word| language_of(word).is_some_and(|code| code != segment.language);
        segment.words.iter().filter(differs).count()
    };
    transcript.segments.iter().map(wrong).sum()
}

/// Recordings under `folder` that have a reference.
fn find_recordings(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(find_recordings(&path)?);
        } else if !["txt", "md", "rttm", "stm", "TextGrid", "json", "srt"]
            .contains(&path.extension().and_then(|e| e.to_str()).unwrap_or("txt"))
            && path.with_extension("txt").is_file()
        {
            found.push(path);
        }
    }
    Ok(found)
}

/// Prints the errors as `scripts/word_errors.py` counts them.
fn count_errors(results: &[serde_json::Value]) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut python =
        Command::new(scripts.join("python")).arg(scripts.join("word_errors.py")).stdin(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = python.stdin.take() {
        stdin.write_all(&serde_json::to_vec(results)?)?;
    }
    Ok(if python.wait()?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
