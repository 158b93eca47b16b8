//! `diarize [--windows FOLDER] [--speakers N] FILE.wav…`: who spoke when in recordings of 16 kHz, mono; writes RTTM to standard
//! output, and to standard error how long it took. With --windows, `FOLDER/NAME.windows` is what each window of the segmentation
//! heard. Needs the file of weights in the folder `TRANSCRIBE_MODELS`, or where the program has its models on Linux.

use std::error::Error;
use std::fs;
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

/// The folder of the models.
fn models() -> PathBuf {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let data = || folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")));
    folder("TRANSCRIBE_MODELS").or_else(|| Some(data()?.join("transcribe/models"))).unwrap_or_default()
}

/// The value of an option, which is taken out of the arguments.
fn option(arguments: &mut Vec<String>, name: &str) -> Option<String> {
    let at = arguments.iter().position(|argument| argument == name).filter(|at| at + 1 < arguments.len())?;
    arguments.drain(at..at + 2).next_back()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let windows = option(&mut arguments, "--windows").map(PathBuf::from);
    let count = match option(&mut arguments, "--speakers") {
        Some(number) => SpeakerCount::Exactly(number.parse::<NonZeroUsize>()?),
        None => SpeakerCount::Auto,
    };
    let networks = Networks::open(&models().join(convert::FILE))?;
    for path in arguments.iter().map(Path::new) {
        let samples = samples(path)?;
        let begin = Instant::now();
        let mut listener = Listener::new(&networks);
        listener.push(&samples);
        let evidence = listener.finish();
        let found = evidence.diarize(count);
        let took = begin.elapsed().as_secs_f64();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        for turn in &found.turns {
            let (start, length) = (turn.start as f64 / 1000.0, (turn.end - turn.start) as f64 / 1000.0);
            println!("SPEAKER {name} 1 {start:.3} {length:.3} <NA> <NA> S{} <NA> <NA>", turn.speaker + 1);
        }
        let seconds = samples.len() as f64 / SAMPLE_RATE as f64;
        eprintln!("{name}: {seconds:.1} s, {:.1} x real time", seconds / took);
        if let Some(folder) = &windows {
            fs::write(folder.join(format!("{name}.windows")), evidence.windows().concat())?;
        }
    }
    Ok(())
}
