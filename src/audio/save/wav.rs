//! A WAV file whose header is right every second.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::RATE;

/// Where the header says how many bytes of sound follow, and where these begin.
const LENGTH_AT: u64 = 40;
const SOUND_AT: u64 = 44;

pub(super) struct Wav {
    writer: WavWriter<BufWriter<File>>,
    /// The same file, for when the writer fails.
    file: File,
    /// Samples since the header was written.
    unsaid: u32,
}

impl Wav {
    pub(super) fn new(file: File) -> io::Result<Wav> {
        let spec = WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let writer = WavWriter::new(BufWriter::new(file.try_clone()?), spec).map_err(plain)?;
        let mut wav = Wav { writer, file, unsaid: 0 };
        wav.flush()?;
        Ok(wav)
    }

    pub(super) fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        for sample in samples {
            self.writer.write_sample(*sample).map_err(plain)?;
            self.unsaid += 1;
            if self.unsaid >= RATE {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Makes what is on disk a whole file.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.unsaid = 0;
        self.writer.flush().map_err(plain)
    }

    /// After an error: what the header does not speak of is cut off. Does what it can.
    pub(super) fn abandon(self) {
        let Wav { writer, mut file, .. } = self;
        drop(writer);
        let mut length = [0; 4];
        let read = file.seek(SeekFrom::Start(LENGTH_AT)).and_then(|_| file.read_exact(&mut length));
        if read.is_ok() {
            let end = SOUND_AT + u64::from(u32::from_le_bytes(length));
            if file.metadata().is_ok_and(|meta| meta.len() > end) {
                let _ = file.set_len(end);
            }
        }
    }
}

fn plain(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other.to_string()),
    }
}
