//! Word error rate over folders of recordings that have their words beside them: `talk.flac` and `talk.txt`.
//!
//! ```text
//! cargo run --release --example evaluate -- [--model NAME] [--language CODE] [--beam-size N] [--names FILE [--glossary]] FOLDER...
//! ```
//!
//! Errors are counted by jiwer after Whisper's text normaliser (English rules for English, basic rules with diacritics
//! kept for everything else), through `scripts/word_errors.py`. A reference of one blank means that nobody speaks: every
//! word there is invented. Also counted: speech with text as a share of the speech that was found, gaps, what was taken
//! out, with `--expect de` words that were heard in another language (`--expect Anna=de,Ben=en`: by who speaks according to
//! the `.stm` beside the recording), and with `--names FILE` how many of the terms of a glossary came out as it has them;
//! with `--glossary` it was used.

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
    /// Folders, searched with all that is in them
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// Model name or file [default: the best installed]
    #[arg(short, long)]
    model: Option<String>,
    /// Language spoken in all of them [default: detected]
    #[arg(short, long)]
    language: Option<String>,
    /// Count words that were heard in another language than this one, or than those of the voices in an `.stm`
    #[arg(long, value_name = "CODE|VOICE=CODE,...", value_delimiter = ',')]
    expect: Vec<String>,
    /// Hypotheses kept while decoding [default: 1, and 5 where that leaves doubts]
    #[arg(long)]
    beam_size: Option<u8>,
    /// Count how often the terms of a glossary came out right
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Use this glossary, too
    #[arg(long, requires = "names")]
    glossary: bool,
    /// The longest stretch decoded at once, in seconds
    #[arg(long, default_value_t = 28)]
    longest: u64,
    /// Threads of a worker; there are as many workers as cores allow
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Write what was heard into this folder
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
    let mut found = Vec::new();
    for folder in &args.folders {
        search(folder, &mut found)?;
    }
    found.sort();
    if found.is_empty() {
        return Err("no recording with a `.txt` beside it".into());
    }
    let store = Store::of_user();
    let path = match &args.model {
        Some(model) => store.find(model)?,
        None => store.best()?.path,
    };
    let model = Whisper::load(&path, &Header::read(&path)?, false)?;
    let one = |threads: u16| Box::new(model.worker(threads)) as Box<dyn Recogniser + '_>;
    let workers =
        (0..(available_parallelism()?.get() / usize::from(args.threads)).max(1)).map(|_| one(args.threads)).collect();
    let mut recognisers = Recognisers { workers, detector: Some(one(1)) };
    let names = args.names.as_deref().map(std::fs::read_to_string).transpose()?.unwrap_or_default();
    let names: Vec<&str> = names.lines().filter(|line| !line.starts_with('#')).collect();
    let names: Vec<&str> = names.iter().filter_map(|line| line.split(':').next()).collect();
    let transcribe = TranscribeOptions {
        glossary: args.names.as_deref().filter(|_| args.glossary).map(Glossary::read).transpose()?,
        vad: VadOptions { longest: Millis(args.longest * 1_000), ..VadOptions::default() },
        languages: args.language.iter().cloned().collect(),
        beam_size: args.beam_size,
        ..TranscribeOptions::default()
    };
    let mut results = Vec::new();
    for recording in &found {
        let start = Instant::now();
        let opened = audio::open(recording, Selection::default());
        let heard = opened.and_then(|open| pipeline::transcribe(open, &mut recognisers, &transcribe, &()));
        let transcript = match heard {
            Ok((transcript, _)) => transcript,
            Err(error) => {
                eprintln!("{error}");
                continue;
            }
        };
        let text: Vec<&str> = transcript.segments.iter().map(|s| s.text.as_str()).collect();
        let text = text.join(" ");
        if let (Some(folder), Some(stem)) = (&args.keep, recording.file_stem()) {
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join(stem).with_extension("heard.txt"), &text)?;
        }
        results.push(json!({
            "name": recording.strip_prefix(&args.folders[0]).unwrap_or(recording).display().to_string(),
            "reference": std::fs::read_to_string(recording.with_extension("txt"))?,
            "heard": text,
            "names": names,
            "language": transcript.language,
            "speech": transcript.coverage.speech.seconds(),
            "with_text": transcript.coverage.with_text.seconds(),
            "gaps": transcript.gaps.len(),
            "removed": transcript.removed.len(),
            "astray": astray(&transcript, &args.expect, &std::fs::read_to_string(recording.with_extension("stm")).unwrap_or_default()),
            "seconds": transcript.duration.seconds(),
            "took": start.elapsed().as_secs_f64(),
        }));
    }
    count(&results)
}

/// Words that were heard in another language. `turns`: lines of recording, channel, voice, start, end, words.
fn astray(transcript: &Transcript, expected: &[String], turns: &str) -> usize {
    let voices: HashMap<&str, &str> = expected.iter().filter_map(|one| one.split_once('=')).collect();
    let turns = turns.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, _, voice, start, end, ..] = fields[..] else { return None };
        Some((start.parse::<f64>().ok()?..end.parse().ok()?, *voices.get(voice)?))
    });
    let turns: Vec<_> = turns.collect();
    let said = |word: &Word| match expected {
        [everywhere] if voices.is_empty() => Some(everywhere.as_str()),
        _ => {
            let middle = (word.span.start.seconds() + word.span.end.seconds()) / 2.0;
            turns.iter().find(|(turn, _)| turn.contains(&middle)).map(|(_, language)| *language)
        }
    };
    let astray = |s: &Segment| s.words.iter().filter(|word| said(word).is_some_and(|code| code != s.language)).count();
    transcript.segments.iter().map(astray).sum()
}

/// Recordings under `folder` that have a reference.
fn search(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            search(&path, found)?;
        } else if !["txt", "md", "rttm", "stm", "TextGrid", "json", "srt"]
            .contains(&path.extension().and_then(|e| e.to_str()).unwrap_or("txt"))
            && path.with_extension("txt").is_file()
        {
            found.push(path);
        }
    }
    Ok(())
}

/// Lets the Python packages count.
fn count(results: &[serde_json::Value]) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut python =
        Command::new(scripts.join("python")).arg(scripts.join("word_errors.py")).stdin(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = python.stdin.take() {
        stdin.write_all(&serde_json::to_vec(results)?)?;
    }
    Ok(if python.wait()?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
