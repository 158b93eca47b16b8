//! How quick captions are: plays recordings in real time into a live session, and says when what was shown.
//!
//! `cargo run --release --example captions -- [OPTIONS] RECORDING...` (`--help` lists them) prints for each:
//!
//! - `settled`: from the end of a word to its settled caption, in seconds: median, 95th percentile. The end of a word is that in
//!   the record, which is decoded from the whole clip; counted are the words that record and captions share.
//! - `first`: from the start of a line's first word to its first caption, tentative or not.
//! - `final`: from the moment at which the pause is long enough (600 ms) to the line's end.
//! - `erasure`: words that were shown and then taken back, for each word of the captions (normalised erasure; Arivazhagan et
//!   al. 2020); `changed`: settled words that were taken back or changed.
//! - word errors of the captions and of the record, if there is a `.txt` beside the recording and all of it is played; else
//!   the words in which the two differ.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use transcribe::live::{Caption, LiveRecognisers, SessionUpdate, session};
use transcribe::models::{Header, Store};
use transcribe::pipeline::{Recognisers, TranscribeOptions};
use transcribe::whisper::Whisper;
use transcribe::{Millis, Recogniser, Samples, Segment, Transcript, audio};

/// Sound that comes in at once, as from a microphone.
const BLOCK: Duration = Duration::from_millis(50);
/// As in `live`.
const PAUSE: f64 = 0.6;

/// Plays recordings in real time into a live session, and says when what was shown.
#[derive(Parser)]
struct Args {
    /// Recordings, one after the other
    #[arg(required = true)]
    recordings: Vec<PathBuf>,
    /// Language spoken [default: told for each line]
    #[arg(short, long)]
    language: Option<String>,
    /// Only so many seconds of each
    #[arg(long)]
    to: Option<u64>,
    /// Recognisers for captions
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// First print, after `@`, what was settled when
    #[arg(long)]
    times: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Args { recordings, language, to, workers, times } = Args::parse();
    let to = to.map(|seconds| Millis(seconds * 1_000));
    let model = Store::of_user().best()?;
    let header = Header::read(&model.path)?;
    let whisper = Whisper::load(&model.path, &header, false)?;
    let transcribe = TranscribeOptions { languages: language.into_iter().collect(), ..TranscribeOptions::default() };
    for recording in recordings {
        let part = audio::Selection { to, ..audio::Selection::default() };
        let (mut file, mut samples) = (audio::open(&recording, part)?, Vec::new());
        while let Some(more) = file.read()? {
            samples.extend_from_slice(&more);
        }
        let one = || Box::new(whisper.worker(1)) as Box<dyn Recogniser + '_>;
        let detector = (transcribe.languages.len() != 1).then(one);
        let crew = LiveRecognisers {
            captions: (0..workers).map(|_| one()).collect(),
            record: Recognisers { workers: vec![one()], detector },
        };
        println!("{}", recording.display());
        play(&recording, to.is_none(), &samples, crew, &transcribe, times)?;
    }
    Ok(())
}

/// What was shown of a line, and when, in seconds from the start.
#[derive(Default)]
struct Shown {
    first: Option<f64>,
    /// Each piece that was settled.
    settled: Vec<(f64, String)>,
    /// Words that were taken back.
    erased: usize,
    changed: usize,
    now: String,
    done: f64,
}

fn play(
    path: &Path,
    whole: bool,
    samples: &[f32],
    crew: LiveRecognisers<'_>,
    transcribe: &TranscribeOptions,
    times: bool,
) -> Result<(), Box<dyn Error>> {
    let (feed, session) = session();
    let begin = Instant::now();
    let (mut lines, mut line, mut ends) = (Vec::<(Shown, Vec<Segment>)>::new(), Shown::default(), Vec::new());
    let mut lags = Vec::new();
    let (transcript, failure) = std::thread::scope(|scope| {
        let lag = &mut lags;
        scope.spawn(move || {
            for (n, block) in samples.chunks(audio::RATE as usize / 20).enumerate() {
                // What was heard at its end comes then.
                std::thread::sleep((BLOCK * (n as u32 + 1)).saturating_sub(begin.elapsed()));
                feed.sound(Samples::from_mono_16k(block.to_vec()));
                lag.push(feed.lag().seconds());
            }
        });
        session.run(crew, transcribe, false, &(), &mut |told| {
            let now = begin.elapsed().as_secs_f64();
            match told {
                SessionUpdate::Caption(Caption::Settled { text, .. }) => {
                    line.first.get_or_insert(now);
                    line.settled.push((now, text.clone()));
                    let all: String = line.settled.iter().map(|(_, text)| text.as_str()).collect();
                    line.show(all);
                }
                SessionUpdate::Caption(Caption::Tentative { text, .. }) => {
                    if !text.is_empty() {
                        line.first.get_or_insert(now);
                    }
                    let all: String = line.settled.iter().map(|(_, text)| text.as_str()).collect();
                    line.show(all + text);
                }
                SessionUpdate::Caption(Caption::Done { .. }) => {
                    line.done = now;
                    lines.push((std::mem::take(&mut line), Vec::new()));
                }
                SessionUpdate::Caption(_) | SessionUpdate::RecordFailed => {}
                SessionUpdate::Line(segment) => {
                    lines.iter_mut().last().into_iter().for_each(|l| l.1.push(segment.clone()))
                }
            }
            ends.push(now);
        })
    })?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    let after = begin.elapsed().as_secs_f64() - samples.len() as f64 / f64::from(audio::RATE);
    let (heard, fed) = (transcript.duration.0, samples.len() as u64 * 1_000 / u64::from(audio::RATE));
    println!("  sound    {heard} of {fed} ms in the record");
    let record: Vec<(String, f64, f64)> = transcript
        .segments
        .iter()
        .flat_map(|s| &s.words)
        .map(|w| (plain(&w.text), w.span.start.seconds(), w.span.end.seconds()))
        .collect();
    for (now, text) in lines.iter().flat_map(|(shown, _)| &shown.settled).filter(|_| times) {
        println!("@ {now:.2} {text}");
    }
    let (mut settled, mut first, mut last) = (Vec::new(), Vec::new(), Vec::new());
    let (mut words, mut erased, mut changed) = (0, 0, 0);
    for (shown, said) in &lines {
        let said: Vec<_> = said.iter().flat_map(|s| &s.words).collect();
        let times = shown.settled.iter().flat_map(|(now, text)| text.split_whitespace().map(move |_| *now));
        for (word, now) in said.iter().zip(times) {
            let end = word.span.end.seconds();
            let same = record.iter().filter(|r| r.0 == plain(&word.text) && (r.2 - end).abs() < 1.5);
            settled
                .extend(same.min_by(|a, b| (a.2 - end).abs().total_cmp(&(b.2 - end).abs())).map(|same| now - same.2));
        }
        if let (Some(word), Some(end), Some(now)) = (said.first(), said.last(), shown.first) {
            let near = record.iter().map(|r| r.1).min_by(|a, b| {
                let to = |t: &f64| (t - word.span.start.seconds()).abs();
                to(a).total_cmp(&to(b))
            });
            first.push(now - near.unwrap_or(word.span.start.seconds()));
            last.push(shown.done - end.span.end.seconds() - PAUSE);
        }
        words += said.len();
        erased += shown.erased;
        changed += shown.changed;
    }
    println!("  lines {}, words {words}, of which in the record {}", lines.len(), settled.len());
    for (name, times) in [("settled", &mut settled), ("first", &mut first), ("final", &mut last)] {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN);
        println!("  {name:8} median {:5.2} s, 95 % {:5.2} s, at most {:5.2} s", at(0.5), at(0.95), at(0.9999));
    }
    println!("  erasure  {:.3}, changed {changed}", erased as f64 / words.max(1) as f64);
    println!("  lag      at most {:.2} s; done {after:.2} s after the end", lags.iter().copied().fold(0.0, f64::max));
    let shown: Vec<String> =
        lines.iter().map(|(shown, _)| shown.settled.iter().map(|s| s.1.as_str()).collect()).collect();
    errors(path, whole, &shown.join(" "), &transcript)
}

impl Shown {
    fn show(&mut self, all: String) {
        let (before, after): (Vec<_>, Vec<_>) =
            (self.now.split_whitespace().collect(), all.split_whitespace().collect());
        let same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
        self.erased += before.len() - same;
        let settled: usize = self.settled.iter().rev().skip(1).map(|(_, text)| text.split_whitespace().count()).sum();
        self.changed += settled.min(before.len()).saturating_sub(same);
        self.now = all;
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Counted by programs of others (`scripts/word_errors.py`).
fn errors(recording: &Path, whole: bool, captions: &str, record: &Transcript) -> Result<(), Box<dyn Error>> {
    let text: String = record.segments.iter().map(|s| s.text.clone() + " ").collect();
    let reference = std::fs::read_to_string(recording.with_extension("txt")).ok().filter(|_| whole);
    let row = |name: &str, heard: &str| {
        serde_json::json!({
            "name": name, "reference": reference.as_deref().unwrap_or(&text), "heard": heard,
            "language": record.language, "seconds": record.duration.seconds(), "took": record.duration.seconds(),
            "speech": 0, "with_text": 0, "gaps": 0, "removed": 0, "astray": 0,
        })
    };
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut python = Command::new(scripts.join("python"))
        .arg(scripts.join("word_errors.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = python.stdin.take().ok_or("no standard input")?;
    serde_json::to_writer(&mut stdin, &[row("captions", captions), row("record", &text)])?;
    drop(stdin);
    let told = String::from_utf8(python.wait_with_output()?.stdout)?;
    told.lines().take(3).for_each(|line| println!("  {line}"));
    Ok(())
}
