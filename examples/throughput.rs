//! Measures how fast sound is read: decoding, resampling and voice activity detection on one core, without a model.
//!
//! ```text
//! cargo run --release --example throughput -- RECORDING...
//! ```
//!
//! Prints a line for each recording: its length, the seconds for decoding alone and with voice activity detection, how
//! many times faster than real time each is, and how much speech there is.

use std::path::PathBuf;
use std::time::Instant;

use transcribe::audio::{self, Selection};
use transcribe::speech::{Chunker, VadOptions};
use transcribe::{Error, Millis};

fn main() -> Result<(), Error> {
    for path in std::env::args_os().skip(1).map(PathBuf::from) {
        let start = Instant::now();
        let mut recording = audio::open(&path, Selection::default())?;
        while recording.read()?.is_some() {}
        let length = recording.position();
        let decoding = start.elapsed().as_secs_f64();

        let start = Instant::now();
        let mut recording = audio::open(&path, Selection::default())?;
        let mut chunker = Chunker::new(VadOptions::default(), Millis(0));
        while let Some(samples) = recording.read()? {
            chunker.push(&samples);
        }
        chunker.finish();
        let all = start.elapsed().as_secs_f64();

        println!(
            "{}: {length}, {decoding:.2} s ({:.0}×), with voice activity detection {all:.2} s ({:.0}×), {} of speech",
            path.display(),
            length.seconds() / decoding,
            length.seconds() / all,
            chunker.speech(),
        );
    }
    Ok(())
}
