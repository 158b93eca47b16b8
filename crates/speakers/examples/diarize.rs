//! `diarize [--speakers N] FILE.wav…`: who spoke when in recordings of 16 kHz, mono; writes RTTM to standard output, and to
//! standard error how long it took. Needs the file of weights in the folder `TRANSCRIBE_MODELS`.

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use transcribe_speakers::{Listener, Networks, SAMPLE_RATE, SpeakerCount, convert};

fn samples(path: &Path) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut file = hound::WavReader::open(path)?;
    let spec = file.spec();
    if spec.sample_rate as usize != SAMPLE_RATE || spec.channels != 1 {
        return Err("not 16 kHz, mono".into());
    }
    Ok(match spec.sample_format {
        hound::SampleFormat::Float => file.samples().collect::<Result<_, _>>()?,
        hound::SampleFormat::Int => {
            file.samples::<i16>().map(|sample| Ok(f32::from(sample?) / 32768.0)).collect::<Result<_, hound::Error>>()?
        }
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut count = SpeakerCount::Auto;
    if let [option, number, ..] = &arguments[..]
        && option == "--speakers"
    {
        count = SpeakerCount::Exactly(number.parse::<NonZeroUsize>()?);
        arguments.drain(..2);
    }
    let folder = std::env::var_os("TRANSCRIBE_MODELS").map(PathBuf::from).unwrap_or_default();
    let networks = Networks::open(&folder.join(convert::FILE))?;
    for path in arguments.iter().map(Path::new) {
        let samples = samples(path)?;
        let begin = Instant::now();
        let mut listener = Listener::new(&networks);
        listener.push(&samples);
        let evidence = listener.finish();
        let heard = begin.elapsed();
        let found = evidence.diarize(count);
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        for turn in &found.turns {
            let (start, length) = (turn.start as f64 / 1000.0, (turn.end - turn.start) as f64 / 1000.0);
            println!("SPEAKER {name} 1 {start:.3} {length:.3} <NA> <NA> S{} <NA> <NA>", turn.speaker + 1);
        }
        let seconds = samples.len() as f64 / SAMPLE_RATE as f64;
        let took = begin.elapsed().as_secs_f64();
        eprintln!(
            "{name}: {seconds:.1} s, {:.1} x real time, of {took:.2} s {:.2} s for hearing",
            seconds / took,
            heard.as_secs_f64()
        );
    }
    Ok(())
}
