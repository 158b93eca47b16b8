//! Measures how quick live captions are: plays recordings in real time into a session, and reports when text was shown.
//!
//! `cargo run --release --example captions -- [OPTIONS] RECORDING...` (`--help` lists the options) prints for each
//! recording:
//!
//! - `settled`: seconds from the end of a word to its settled caption: median, 95th percentile, maximum. The end of a
//!   word is that in the transcript, which is decoded from whole chunks; only words that transcript and captions share
//!   count.
//! - `first`: seconds from the start of a line's first word to its first caption, tentative or not.
//! - `final`: seconds from the moment at which the pause is long enough (600 ms) to the end of the line.
//! - `erasure`: words that were shown and then taken back, per word of the captions (normalised erasure; Arivazhagan et
//!   al. 2020); `changed`: settled words that were taken back or changed.
//! - word errors of captions and transcript, if there is a `.txt` beside the recording and all of it is played;
//!   otherwise the words in which the two differ.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use transcribe::live::{Caption, LiveRecognisers, SessionUpdate, session};
use transcribe::models::{Header, Store};
use transcribe::pipeline::{Recognisers, TranscribeOptions};
use transcribe::whisper::Whisper;
use transcribe::{Millis, Recogniser, Samples, Segment, Transcript, Word, audio};

/// Length of the blocks in which sound comes in, as from a microphone.
const BLOCK: Duration = Duration::from_millis(50);
/// Silence that ends a line, in seconds, as in the library.
const LINE_PAUSE: f64 = 0.6;

/// Plays recordings in real time into a live session, and reports when text was shown
#[derive(Parser)]
struct Args {
    /// Recordings, played one after the other
    #[arg(required = true)]
    recordings: Vec<PathBuf>,
    /// Language spoken [default: detected for each line]
    #[arg(short, long)]
    language: Option<String>,
    /// Seconds of each recording to play [default: all]
    #[arg(long)]
    to: Option<u64>,
    /// Recognisers for captions
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// First print settled text, each with its time after `@`
    #[arg(long)]
    times: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Args { recordings, language, to, workers, times } = Args::parse();
    let to = to.map(|seconds| Millis(seconds * 1_000));
    let model = Store::of_user().best()?;
    let header = Header::read(&model.path)?;
    let whisper = Whisper::load(&model.path, &header, false)?;
    let options = TranscribeOptions { languages: language.into_iter().collect(), ..TranscribeOptions::default() };
    for recording in recordings {
        let part = audio::Selection { to, ..audio::Selection::default() };
        let (mut file, mut samples) = (audio::open(&recording, part)?, Vec::new());
        while let Some(more) = file.read()? {
            samples.extend_from_slice(&more);
        }
        let one = || Box::new(whisper.worker(1)) as Box<dyn Recogniser + '_>;
        let language_detector = (options.languages.len() != 1).then(one);
        let recognisers = LiveRecognisers {
            captions: (0..workers).map(|_| one()).collect(),
            transcript: Recognisers { workers: vec![one()], language_detector },
        };
        println!("{}", recording.display());
        let played = play(&samples, recognisers, &options)?;
        played.report(times);
        report_errors(&recording, to.is_none(), &played)?;
    }
    Ok(())
}

/// What was shown of a line. Times are in seconds from the start.
#[derive(Default)]
struct Line {
    /// When its first text was shown.
    first: Option<f64>,
    /// Settled text, and when it was shown.
    settled: Vec<(f64, String)>,
    /// The text that is shown.
    shown: String,
    /// Words that were taken back.
    erased: usize,
    /// Settled words that were taken back.
    changed: usize,
    done: f64,
    /// The finished line.
    segments: Vec<Segment>,
}

/// What was shown of a recording.
struct Played {
    lines: Vec<Line>,
    transcript: Transcript,
    /// Length of the sound, in milliseconds.
    fed: u64,
    /// Largest lag, in seconds.
    max_lag: f64,
    /// Seconds from the end of the sound to the end of the session.
    after_end: f64,
}

/// Plays sound into a session and records what it shows.
fn play(
    samples: &[f32],
    recognisers: LiveRecognisers<'_>,
    options: &TranscribeOptions,
) -> Result<Played, Box<dyn Error>> {
    let (feed, session) = session();
    let begin = Instant::now();
    let (mut lines, mut line, mut max_lag) = (Vec::<Line>::new(), Line::default(), 0.0);
    let (transcript, failure) = std::thread::scope(|scope| {
        let max_lag = &mut max_lag;
        scope.spawn(move || {
            for (n, block) in samples.chunks(audio::RATE as usize / 20).enumerate() {
                // A block comes in at its end.
                std::thread::sleep((BLOCK * (n as u32 + 1)).saturating_sub(begin.elapsed()));
                feed.sound(Samples::from_mono_16k(block.to_vec()));
                *max_lag = f64::max(*max_lag, feed.lag().seconds());
            }
        });
        session.run(recognisers, options, false, &(), &mut |update| {
            let now = begin.elapsed().as_secs_f64();
            match update {
                SessionUpdate::Caption(Caption::Done { .. }) => {
                    line.done = now;
                    lines.push(std::mem::take(&mut line));
                }
                SessionUpdate::Caption(caption) => line.show(now, caption),
                SessionUpdate::TranscriptFailed => {}
                SessionUpdate::Line(segment) => {
                    lines.iter_mut().last().into_iter().for_each(|line| line.segments.push(segment.clone()))
                }
            }
        })
    })?;
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(Played {
            lines,
            transcript,
            fed: samples.len() as u64 * 1_000 / u64::from(audio::RATE),
            max_lag,
            after_end: begin.elapsed().as_secs_f64() - samples.len() as f64 / f64::from(audio::RATE),
        }),
    }
}

impl Line {
    fn show(&mut self, now: f64, caption: &Caption) {
        let tentative = match caption {
            Caption::Settled { text, .. } => {
                self.settled.push((now, text.clone()));
                ""
            }
            Caption::Tentative { text, .. } => text.as_str(),
            _ => return,
        };
        let shown = self.settled_text() + tentative;
        if !shown.is_empty() {
            self.first.get_or_insert(now);
        }
        let (before, after): (Vec<_>, Vec<_>) =
            (self.shown.split_whitespace().collect(), shown.split_whitespace().collect());
        let same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
        self.erased += before.len() - same;
        let settled: usize = self.settled.iter().rev().skip(1).map(|(_, text)| text.split_whitespace().count()).sum();
        self.changed += settled.min(before.len()).saturating_sub(same);
        self.shown = shown;
    }

    fn settled_text(&self) -> String {
        self.settled.iter().map(|(_, text)| text.as_str()).collect()
    }

    fn words(&self) -> Vec<&Word> {
        self.segments.iter().flat_map(|segment| &segment.words).collect()
    }
}

/// Delays in seconds.
#[derive(Default)]
struct Delays {
    settled: Vec<f64>,
    first: Vec<f64>,
    last: Vec<f64>,
}

impl Delays {
    /// Adds a line. `words`: text, start and end of the words of the transcript.
    fn add(&mut self, line: &Line, words: &[(String, f64, f64)]) {
        let shown = line.words();
        let times = line.settled.iter().flat_map(|(now, text)| text.split_whitespace().map(move |_| *now));
        for (word, now) in shown.iter().zip(times) {
            let end = word.span.end.seconds();
            let same = words.iter().filter(|other| other.0 == letters(&word.text) && (other.2 - end).abs() < 1.5);
            let nearest = same.min_by(|a, b| (a.2 - end).abs().total_cmp(&(b.2 - end).abs()));
            self.settled.extend(nearest.map(|same| now - same.2));
        }
        if let (Some(first), Some(last), Some(now)) = (shown.first(), shown.last(), line.first) {
            let start = first.span.start.seconds();
            let starts = words.iter().map(|word| word.1);
            let nearest = starts.min_by(|a, b| (a - start).abs().total_cmp(&(b - start).abs()));
            self.first.push(now - nearest.unwrap_or(start));
            self.last.push(line.done - last.span.end.seconds() - LINE_PAUSE);
        }
    }
}

impl Played {
    fn report(&self, times: bool) {
        println!("  sound    {} of {} ms in the transcript", self.transcript.duration.0, self.fed);
        let words = self.transcript.segments.iter().flat_map(|segment| &segment.words);
        let words: Vec<(String, f64, f64)> =
            words.map(|w| (letters(&w.text), w.span.start.seconds(), w.span.end.seconds())).collect();
        for (now, text) in self.lines.iter().flat_map(|line| &line.settled).filter(|_| times) {
            println!("@ {now:.2} {text}");
        }
        let mut delays = Delays::default();
        self.lines.iter().for_each(|line| delays.add(line, &words));
        let sum = |count: fn(&Line) -> usize| self.lines.iter().map(count).sum::<usize>();
        let shown = sum(|line| line.words().len());
        println!("  lines {}, words {shown}, of which in the transcript {}", self.lines.len(), delays.settled.len());
        let Delays { settled, first, last } = delays;
        for (name, mut times) in [("settled", settled), ("first", first), ("final", last)] {
            times.sort_by(f64::total_cmp);
            let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN);
            println!("  {name:8} median {:5.2} s, 95 % {:5.2} s, at most {:5.2} s", at(0.5), at(0.95), at(0.9999));
        }
        let (erased, changed) = (sum(|line| line.erased), sum(|line| line.changed));
        println!("  erasure  {:.3}, changed {changed}", erased as f64 / shown.max(1) as f64);
        println!("  lag      at most {:.2} s; done {:.2} s after the end", self.max_lag, self.after_end);
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Prints word errors as `scripts/word_errors.py` counts them.
fn report_errors(recording: &Path, whole: bool, played: &Played) -> Result<(), Box<dyn Error>> {
    let transcript = &played.transcript;
    let captions: Vec<String> = played.lines.iter().map(Line::settled_text).collect();
    let text: String = transcript.segments.iter().map(|segment| segment.text.clone() + " ").collect();
    let reference = std::fs::read_to_string(recording.with_extension("txt")).ok().filter(|_| whole);
    let row = |name: &str, text_of: &str| {
        serde_json::json!({
            "name": name, "reference": reference.as_deref().unwrap_or(&text), "heard": text_of,
            "language": transcript.language, "seconds": transcript.duration.seconds(),
            "took": transcript.duration.seconds(), "names": [],
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
    serde_json::to_writer(&mut stdin, &[row("captions", &captions.join(" ")), row("transcript", &text)])?;
    drop(stdin);
    let report = String::from_utf8(python.wait_with_output()?.stdout)?;
    report.lines().take(3).for_each(|line| println!("  {line}"));
    Ok(())
}
