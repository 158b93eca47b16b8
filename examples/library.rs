//! The library in one program: transcribes a recording with the best model that is installed, one worker for each core.
//!
//! ```text
//! cargo run --release --example library -- examples/recordings/jfk.flac
//! ```

use std::error::Error;
use std::path::Path;

use transcribe::models::{Header, Store};
use transcribe::pipeline::{self, Recognisers, TranscribeOptions};
use transcribe::{Recogniser, audio, whisper::Whisper};

fn main() -> Result<(), Box<dyn Error>> {
    let recording = std::env::args().nth(1).ok_or("usage: library RECORDING")?;
    let model = Store::of_user().best()?;
    let whisper = Whisper::load(&model.path, &Header::read(&model.path)?, false)?;
    let worker = || Box::new(whisper.worker(1)) as Box<dyn Recogniser + '_>;
    let cores = std::thread::available_parallelism()?.get();
    // One more detects languages.
    let mut recognisers =
        Recognisers { workers: (0..cores).map(|_| worker()).collect(), language_detector: Some(worker()) };
    let recording = audio::open(Path::new(&recording), audio::Selection::default())?;
    let (transcript, failure) =
        pipeline::transcribe(recording, &mut recognisers, &TranscribeOptions::default(), None, &())?;
    for segment in &transcript.segments {
        println!("{}", segment.text);
    }
    // What was transcribed before a failure is kept, and comes with it.
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}
