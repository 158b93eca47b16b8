//! Measures how well speech is found: misses and false alarms against references, for several thresholds.
//!
//! ```text
//! cargo run --release --example voice_activity -- [--scores|--silero|--found|--marks] FOLDER...
//! ```
//!
//! The options are for `benches/voice_activity.py`. Instead of a table they print a line for each recording: its path
//! and a number for each 16 ms. The numbers are the scores of earshot or Silero (`--scores`, `--silero`), or 1 where
//! there is speech with the default options and 0 elsewhere (`--marks`; with `--found` speech need not be confirmed).
//!
//! The reference of a recording is the `.rttm` beside it; a recording with an empty `.txt` beside it contains no
//! speech. Counted in frames of 16 ms, without padding: misses as a share of speech, false alarms as a share of the
//! rest. References differ in whether they include breaths and short pauses, so a few per cent mean nothing.

use std::path::{Path, PathBuf};

use transcribe::audio::{self, Selection};
use transcribe::speech::{Silero, VadOptions, VoiceActivityDetector};
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
    let mut recordings = Vec::new();
    let mut arguments = std::env::args_os().skip(1).peekable();
    let mode = arguments.next_if(|a| a.to_string_lossy().starts_with("--"));
    for folder in arguments {
        recordings.extend(find_recordings(Path::new(&folder))?);
    }
    recordings.sort();
    match mode {
        Some(mode) => print_frames(&mode.to_string_lossy(), &recordings)?,
        None => print_table(&recordings)?,
    }
    Ok(())
}

/// Prints a number for each frame of each recording.
fn print_frames(mode: &str, recordings: &[PathBuf]) -> Result<(), Error> {
    for path in recordings {
        let samples = read(path)?;
        let whole = samples.len() / FRAME;
        let frames: Vec<f32> = match mode {
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
                marked[..whole].iter().map(|is_speech| f32::from(u8::from(*is_speech))).collect()
            }
        };
        let frames: String = frames.iter().map(|number| format!("\t{number:.5}")).collect();
        println!("{}{frames}", path.display());
    }
    Ok(())
}

/// Prints misses and false alarms of each recording that has a reference, and of all.
fn print_table(recordings: &[PathBuf]) -> Result<(), Error> {
    println!("{:<44} {:>7}  miss/false alarm in % at {THRESHOLDS:?}", "recording", "seconds");
    let mut total = [Counts::default(); THRESHOLDS.len()];
    for path in recordings {
        let Some(truth) = reference(path) else { continue };
        let samples = read(path)?;
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

/// Whether each frame is speech.
fn mark(samples: &[f32], options: VadOptions) -> Vec<bool> {
    let mut detector = VoiceActivityDetector::new(options);
    let mut regions = detector.push(samples);
    regions.extend(detector.finish());
    let mut marked = vec![false; samples.len() / FRAME + 1];
    for region in regions {
        let frame = |sample: u64| (sample as usize / FRAME).min(marked.len());
        let (start, end) = (frame(region.start), frame(region.end));
        marked[start..end].fill(true);
    }
    marked
}

fn count(samples: &[f32], threshold: f32, truth: &[(f64, f64)]) -> Counts {
    let options =
        VadOptions { onset: threshold, hysteresis: 0.15, confirm: 0.0, padding: Millis(0), ..VadOptions::default() };
    let mut counts = Counts::default();
    for (i, marked) in mark(samples, options).iter().enumerate() {
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

/// Start and end of each turn, in seconds; `None` if there is no reference.
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

fn find_recordings(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if path.is_dir() {
            found.extend(find_recordings(&path)?);
        } else if ["wav", "flac", "ogg", "opus", "mp3", "m4a"].contains(&extension) {
            found.push(path);
        }
    }
    Ok(found)
}
