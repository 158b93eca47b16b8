//! A FLAC file, written frame by frame. Its length and checksum are unknown (zeros, RFC 9639, 8.2) until it is finished.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};

use flacenc::bitsink::MemSink;
use flacenc::component::{BitRepr, Stream, StreamInfo};
use flacenc::config::Encoder;
use flacenc::encode_fixed_size_frame;
use flacenc::error::{Verified, Verify as _};
use flacenc::source::{Context, Fill as _, FrameBuf};

use super::RATE;

/// Samples of a frame: 256 ms, which is lost when the process is killed.
const BLOCK: usize = 4096;

pub(super) struct Flac {
    file: File,
    config: Verified<Encoder>,
    info: StreamInfo,
    block: FrameBuf,
    /// Counts frames and samples, and computes the checksum.
    context: Context,
    /// Samples that do not fill a frame yet.
    pending: Vec<i16>,
    /// Where the last whole frame ends.
    end: u64,
}

impl Flac {
    pub(super) fn new(file: File) -> io::Result<Flac> {
        let config = Encoder::default().into_verified().map_err(|(_, e)| other(e))?;
        let mut info = StreamInfo::new(RATE as usize, 1, 16).map_err(other)?;
        info.set_block_sizes(BLOCK, BLOCK).map_err(other)?;
        info.set_frame_sizes(0, 0).map_err(other)?;
        let block = FrameBuf::with_size(1, BLOCK).map_err(other)?;
        let context = Context::new(16, 1);
        let mut flac = Flac { file, config, info, block, context, pending: Vec::new(), end: 0 };
        flac.end = flac.write_header()?;
        Ok(flac)
    }

    pub(super) fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        self.pending.extend_from_slice(samples);
        let mut at = 0;
        while self.pending.len() - at >= BLOCK {
            self.frame(at, BLOCK)?;
            at += BLOCK;
        }
        self.pending.drain(..at);
        Ok(())
    }

    /// Writes what is left, the length and the checksum.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.frame(0, self.pending.len())?;
        self.info.set_total_samples(self.context.total_samples());
        self.info.set_md5_digest(&self.context.md5_digest());
        self.write_header()?;
        Ok(())
    }

    /// Cuts off an incomplete frame after an error, if possible.
    pub(super) fn abandon(self) {
        let _ = self.file.set_len(self.end);
    }

    fn frame(&mut self, at: usize, length: usize) -> io::Result<()> {
        if length == 0 {
            return Ok(());
        }
        let samples: Vec<i32> = self.pending[at..at + length].iter().map(|s| i32::from(*s)).collect();
        let bytes: Vec<u8> = self.pending[at..at + length].iter().flat_map(|s| s.to_le_bytes()).collect();
        self.block.fill_interleaved(&samples).map_err(other)?;
        self.context.fill_le_bytes(&bytes, 2).map_err(other)?;
        let number = self.context.current_frame_number().unwrap_or_default();
        let frame = encode_fixed_size_frame(&self.config, &self.block, number, &self.info).map_err(other)?;
        let bytes = bytes_of(&frame)?;
        self.file.write_all(&bytes)?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Writes the header and returns its length; the position in the file is then behind it.
    fn write_header(&mut self) -> io::Result<u64> {
        self.file.seek(SeekFrom::Start(0))?;
        let bytes = bytes_of(&Stream::with_stream_info(self.info.clone()))?;
        self.file.write_all(&bytes)?;
        Ok(bytes.len() as u64)
    }
}

fn bytes_of(part: &impl BitRepr) -> io::Result<Vec<u8>> {
    let mut sink = MemSink::<u8>::with_capacity(part.count_bits());
    part.write(&mut sink).map_err(|_| io::Error::other("a frame could not be encoded"))?;
    Ok(sink.into_inner())
}

fn other(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}
