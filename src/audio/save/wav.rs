//! A WAV file whose header is updated every second.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::RATE;

/// Position of the length of the sound in the header, and of the sound itself.
const LENGTH_AT: u64 = 40;
const SOUND_AT: u64 = 44;

pub(super) struct Wav {
    writer: WavWriter<BufWriter<File>>,
    /// The same file, for the case that the writer fails.
    file: File,
    /// Samples since the header was written.
    unflushed: u32,
}

impl Wav {
    pub(super) fn new(file: File) -> io::Result<Wav> {
        let spec = WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let writer = WavWriter::new(BufWriter::new(file.try_clone()?), spec).map_err(io_error)?;
        let mut wav = Wav { writer, file, unflushed: 0 };
        wav.flush()?;
        Ok(wav)
    }

    pub(super) fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        for sample in samples {
            self.writer.write_sample(*sample).map_err(io_error)?;
            self.unflushed += 1;
            if self.unflushed >= RATE {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Makes the file on the disk complete.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.unflushed = 0;
        self.writer.flush().map_err(io_error)
    }

    /// Cuts off what the header does not count, after an error, if possible.
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

fn io_error(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other.to_string()),
    }
}
