//! How well speech is found: misses and false alarms against references, for several thresholds.
//!
//! ```text
//! cargo run --release --example voice_activity -- [--scores|--silero|--found|--marks] FOLDER...
//! ```
//!
//! The options are for `benches/voice_activity.py`: instead of a table they print a line for each recording, its path and a
//! number for each 16 ms: bare scores of earshot or of Silero (`--scores`, `--silero`), or 1 where the default rules find
//! speech, else 0 (`--marks`; with `--found` it is not judged).
//!
//! Recordings with an `.rttm` beside them say who speaks when; those with a `.txt` that holds no word have no speech. Counted
//! in frames of 16 ms, without padding: misses as a share of speech, false alarms as a share of what is no speech.
//! References leave out breaths and short pauses or count them in as they like, so a few per cent mean nothing.

use std::path::{Path, PathBuf};

use transcribe::audio::{self, Selection};
use transcribe::speech::{Detector, Silero, VadOptions};
use transcribe::{Error, Millis};

const FRAME: usize = 256;
const THRESHOLDS: [f32; 7] = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

#[derive(Clone, Copy, Default)]
struct Counts {
    speech: usize,
    missed: usize,
    silence: usize,
    false_alarms: usize,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut found = Vec::new();
    let mut arguments = std::env::args_os().skip(1).peekable();
    let raw = arguments.next_if(|a| a.to_string_lossy().starts_with("--"));
    for folder in arguments {
        search(Path::new(&folder), &mut found)?;
    }
    found.sort();
    if let Some(raw) = raw {
        for path in found {
            let samples = read(&path)?;
            let whole = samples.len() / FRAME;
            let frames: Vec<f32> = match &*raw.to_string_lossy() {
                "--scores" => {
                    let mut network = earshot::Detector::default();
                    samples.chunks_exact(FRAME).map(|frame| network.predict_f32(frame)).collect()
                }
                "--silero" => {
                    let mut silero = Silero::default();
                    let mut scores = silero.push(&samples);
                    scores.extend(silero.finish());
                    scores.iter().flat_map(|score| [*score; 2]).take(whole).collect()
                }
                mode => {
                    let confirm = if mode == "--found" { 0.0 } else { VadOptions::default().confirm };
                    let marked = mark(&samples, VadOptions { confirm, ..VadOptions::default() });
                    marked[..whole].iter().map(|m| f32::from(u8::from(*m))).collect()
                }
            };
            let frames: String = frames.iter().map(|number| format!("\t{number:.5}")).collect();
            println!("{}{frames}", path.display());
        }
        return Ok(());
    }
    println!("{:<44} {:>7}  miss/false alarm in % at {THRESHOLDS:?}", "recording", "seconds");
    let mut total = [Counts::default(); THRESHOLDS.len()];
    for path in found {
        let Some(truth) = reference(&path) else { continue };
        let samples = read(&path)?;
        let mut row = Vec::new();
        for (threshold, total) in THRESHOLDS.into_iter().zip(&mut total) {
            let counts = count(&samples, threshold, &truth);
            row.push(show(counts));
            total.speech += counts.speech;
            total.missed += counts.missed;
            total.silence += counts.silence;
            total.false_alarms += counts.false_alarms;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("{name:<44.44} {:>7.0}  {}", samples.len() as f64 / 16_000.0, row.join("  "));
    }
    println!("{:<52}  {}", "all", total.map(show).join("  "));
    Ok(())
}

fn show(counts: Counts) -> String {
    let percent = |part: usize, whole: usize| match whole {
        0 => "    -".to_owned(),
        _ => format!("{:5.1}", 100.0 * part as f64 / whole as f64),
    };
    format!("{}/{}", percent(counts.missed, counts.speech), percent(counts.false_alarms, counts.silence))
}

/// Where the rules find speech, frame by frame.
fn mark(samples: &[f32], rules: VadOptions) -> Vec<bool> {
    let mut detector = Detector::new(rules);
    let mut stretches = detector.push(samples);
    stretches.extend(detector.finish());
    let mut marked = vec![false; samples.len() / FRAME + 1];
    for stretch in stretches {
        let frame = |sample: u64| (sample as usize / FRAME).min(marked.len());
        let (start, end) = (frame(stretch.start), frame(stretch.end));
        marked[start..end].fill(true);
    }
    marked
}

fn count(samples: &[f32], threshold: f32, truth: &[(f64, f64)]) -> Counts {
    let rules = VadOptions {
        enter: threshold,
        leave: threshold - 0.15,
        confirm: 0.0,
        padding: Millis(0),
        ..VadOptions::default()
    };
    let mut counts = Counts::default();
    for (i, marked) in mark(samples, rules).iter().enumerate() {
        let time = (i * FRAME + FRAME / 2) as f64 / 16_000.0;
        match truth.iter().any(|(start, end)| *start <= time && time < *end) {
            true => {
                counts.speech += 1;
                counts.missed += usize::from(!marked);
            }
            false => {
                counts.silence += 1;
                counts.false_alarms += usize::from(*marked);
            }
        }
    }
    counts
}

/// When somebody speaks, in seconds; `None` if nobody wrote that down.
fn reference(path: &Path) -> Option<Vec<(f64, f64)>> {
    if let Ok(text) = std::fs::read_to_string(path.with_extension("rttm")) {
        let turn = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let start: f64 = fields.get(3)?.parse().ok()?;
            Some((start, start + fields.get(4)?.parse::<f64>().ok()?))
        };
        return Some(text.lines().filter(|l| l.starts_with("SPEAKER")).filter_map(turn).collect());
    }
    let words = std::fs::read_to_string(path.with_extension("txt")).ok()?;
    words.trim().is_empty().then(Vec::new)
}

fn read(path: &Path) -> Result<Vec<f32>, Error> {
    let mut recording = audio::open(path, Selection::default())?;
    let mut all = Vec::new();
    while let Some(samples) = recording.read()? {
        all.extend_from_slice(&samples);
    }
    Ok(all)
}

fn search(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if path.is_dir() {
            search(&path, found)?;
        } else if ["wav", "flac", "ogg", "opus", "mp3", "m4a"].contains(&extension) {
            found.push(path);
        }
    }
    Ok(())
}
