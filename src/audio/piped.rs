//! Sound that comes through a pipe while it is made: raw, or WAV.

use std::io::{self, Cursor, Read};

use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, ReadOnlySource};
use symphonia::core::meta::MetadataOptions;

use super::codecs::{OpenError, check_rate, choose, open_error};
use super::container;
use super::mix::StreamMaker;
use super::resample::Resampler;
use super::selection::Channels;
use super::{RATE, Samples};
use crate::WarningKind;

/// Longest header of a WAV, with everything before its sound.
const LONGEST_HEADER: usize = 1 << 20;
/// Programs that can't know the length claim this much or more: ffmpeg 4 GiB, arecord and sox about 2 GiB.
const UNKNOWN_FROM: u32 = 0x7fff_0000;
/// Bytes of raw sound that are read at once: 50 ms.
const RAW_BLOCK: usize = RATE as usize / 20 * 2;
/// Bytes that tell what it is.
const HEAD: usize = 12;

/// Sound that comes through a pipe, mixed to mono. With a WAV header, rate, channels and format are taken from it, and a size that
/// it can't know is ignored. Without one it is raw: 16-bit little-endian samples at 16 kHz, mono.
pub struct PipedSound(Kind);

enum Kind {
    Raw { input: Box<dyn Read + Send>, rest: Vec<u8> },
    Wav(Box<Wav>),
}

struct Wav {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    streams: StreamMaker,
    /// `None` after the end.
    resampler: Option<Resampler>,
    interleaved: Vec<f32>,
}

impl PipedSound {
    /// Waits for the beginning of `input`.
    ///
    /// # Errors
    /// The reason, if it begins like a WAV whose sound can't be decoded.
    pub fn open(mut input: impl Read + Send + Sync + 'static) -> Result<PipedSound, String> {
        let mut head = Vec::new();
        read_up_to(&mut input, &mut head, HEAD)?;
        if let Some(kind) = container::encoded(&head) {
            return Err(format!(
                "it is {kind}, and only WAV or raw sound can be piped: `ffmpeg -i - -f wav -` makes it so"
            ));
        }
        if !matches!(head.get(..4), Some(b"RIFF" | b"RF64" | b"BW64")) {
            return Ok(PipedSound(Kind::Raw { input: Box::new(Cursor::new(head).chain(input)), rest: Vec::new() }));
        }
        read_header(&mut input, &mut head)?;
        let wav = Wav::open(Cursor::new(head).chain(input)).map_err(|error| error.reason)?;
        Ok(PipedSound(Kind::Wav(Box::new(wav))))
    }

    /// What came since the last call, perhaps nothing; waits for it. `None` at the end.
    ///
    /// # Errors
    /// The reason, if it can't be read or decoded.
    pub fn read(&mut self) -> Result<Option<Samples>, String> {
        match &mut self.0 {
            Kind::Raw { input, rest } => read_raw(input, rest).map_err(|error| error.to_string()),
            Kind::Wav(wav) => wav.read().map_err(|error| error.reason),
        }
    }

    /// The warnings since the last call.
    pub fn take_warnings(&mut self) -> Vec<WarningKind> {
        match &mut self.0 {
            Kind::Raw { .. } => Vec::new(),
            Kind::Wav(wav) => wav.streams.take_warnings().collect(),
        }
    }
}

fn read_raw(input: &mut dyn Read, rest: &mut Vec<u8>) -> io::Result<Option<Samples>> {
    let mut buffer = [0; RAW_BLOCK];
    let count = loop {
        match input.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other?,
        }
    };
    if count == 0 {
        return Ok(None);
    }
    rest.extend_from_slice(&buffer[..count]);
    let bytes: Vec<u8> = rest.drain(..rest.len() / 2 * 2).collect();
    let (pairs, _) = bytes.as_chunks::<2>();
    let samples = pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0).collect();
    Ok(Some(Samples::from_mono_16k(samples)))
}

/// Reads until `head` has `length` bytes, or to the end.
fn read_up_to(input: &mut impl Read, head: &mut Vec<u8>, length: usize) -> Result<(), String> {
    let missing = length.saturating_sub(head.len()) as u64;
    input.take(missing).read_to_end(head).map(drop).map_err(|error| error.to_string())
}

/// Reads up to the sound of a WAV, leaves out what does not tell its format, and makes sizes that are not known say so.
fn read_header(input: &mut impl Read, head: &mut Vec<u8>) -> Result<(), String> {
    let (mut at, mut left_out) = (12, 0_usize);
    loop {
        read_up_to(input, head, at + 8)?;
        let Some((tag, size)) = head.get(at..at + 8).map(|chunk| chunk.split_at(4)) else {
            return Err("its header is cut off".into());
        };
        let size = u32::from_le_bytes(size.try_into().unwrap_or_default());
        if tag == b"data" {
            if size == 0 || size >= UNKNOWN_FROM {
                head[at + 4..at + 8].fill(0xff);
            }
            // RF64 is for sizes that a file has.
            head[..4].copy_from_slice(b"RIFF");
            head[4..8].fill(0xff);
            return Ok(());
        }
        let end = at.saturating_add(8).saturating_add(size as usize).saturating_add(size as usize & 1);
        if end.saturating_add(left_out) > LONGEST_HEADER {
            return Err("its header has no end".into());
        }
        if matches!(tag, b"fmt " | b"fact") {
            at = end;
        } else {
            read_up_to(input, head, end)?;
            left_out += head.len() - at;
            head.truncate(at);
        }
    }
}

impl Wav {
    fn open(input: impl Read + Send + Sync + 'static) -> Result<Wav, OpenError> {
        let stream = MediaSourceStream::new(Box::new(ReadOnlySource::new(input)), Default::default());
        let probe = symphonia::default::get_probe();
        let mut hint = Hint::new();
        hint.with_extension("wav");
        let reader = probe.probe(&hint, stream, FormatOptions::default(), MetadataOptions::default());
        let reader = reader.map_err(open_error)?;
        let decoder = choose(&*reader, None, &[])?.decoder;
        let rate = decoder.codec_params().sample_rate.unwrap_or_default();
        let rate = check_rate(rate).map_err(OpenError::new)?;
        let resampler = Resampler::new(rate).map_err(OpenError::new)?;
        let streams = StreamMaker::new(Channels::Mix);
        Ok(Wav { reader, decoder, streams, resampler: Some(resampler), interleaved: Vec::new() })
    }

    fn read(&mut self) -> Result<Option<Samples>, OpenError> {
        let mut sound = Vec::new();
        let packet = match self.reader.next_packet() {
            Ok(packet) => packet,
            // A pipe ends in the middle of what a header promised.
            Err(symphonia::core::errors::Error::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => return Err(open_error(error)),
        };
        let Some(packet) = packet else {
            let Some(resampler) = self.resampler.take() else { return Ok(None) };
            resampler.finish(&mut sound);
            return Ok(Some(Samples::from_mono_16k(sound)));
        };
        let decoded = self.decoder.decode(&packet).map_err(open_error)?;
        let (channels, rate) = (decoded.spec().channels().count().max(1), decoded.spec().rate());
        decoded.copy_to_vec_interleaved(&mut self.interleaved);
        let mono = self.streams.make(&mut self.interleaved, channels, 1, rate).concat();
        if let Some(resampler) = &mut self.resampler {
            resampler.push(&mono, &mut sound);
        }
        Ok(Some(Samples::from_mono_16k(sound)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAV of 16-bit samples whose header claims `size` bytes of sound.
    fn wav(rate: u32, channels: u16, size: u32, sound: &[i16]) -> Vec<u8> {
        let block = 2 * channels;
        let mut bytes =
            [&b"RIFF"[..], &size.saturating_add(36).to_le_bytes(), b"WAVEfmt ", &16_u32.to_le_bytes()].concat();
        bytes.extend([1_u16, channels].iter().flat_map(|n| n.to_le_bytes()));
        bytes.extend([rate, rate * u32::from(block)].iter().flat_map(|n| n.to_le_bytes()));
        bytes.extend([block, 16].iter().flat_map(|n| n.to_le_bytes()));
        bytes.extend(
            [
                &b"junk"[..],
                &3_u32.to_le_bytes(),
                b"abc\0",
                b"LIST",
                &5_u32.to_le_bytes(),
                b"INFO1\0",
                b"data",
                &size.to_le_bytes(),
            ]
            .concat(),
        );
        bytes.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
        bytes
    }

    fn all(bytes: Vec<u8>) -> Result<Vec<f32>, String> {
        let mut sound = PipedSound::open(Cursor::new(bytes))?;
        let mut samples = Vec::new();
        while let Some(more) = sound.read()? {
            samples.extend_from_slice(&more);
        }
        Ok(samples)
    }

    #[test]
    fn raw_sound_has_no_header() {
        let raw = all([16_384_i16, -16_384].iter().flat_map(|s| s.to_le_bytes()).chain([1]).collect());
        assert_eq!(raw, Ok(vec![0.5, -0.5]));
        assert_eq!(all(b"RI".to_vec()).map(|sound| sound.len()), Ok(1));
        assert_eq!(all(Vec::new()), Ok(Vec::new()));
    }

    #[test]
    fn what_is_encoded_is_not_heard_as_raw_sound() {
        let heads: [&[u8]; 6] = [
            b"fLaC\0\0\0\x22",
            b"OggS\0\x02",
            b"\x1a\x45\xdf\xa3",
            b"\0\0\0\x20ftypM4A ",
            b"FORM\0\0\0\0AIFC",
            b"ID3\x04",
        ];
        for head in heads {
            let told = all([head, &[7; 4_000]].concat()).expect_err("refused");
            assert!(told.contains("only WAV or raw sound can be piped"), "{told}");
        }
    }

    #[test]
    fn the_header_tells_the_format_whatever_size_it_claims() {
        let second = vec![8_192_i16; 2 * 48_000];
        for size in [0, u32::MAX, 0x7fff_f000, 0x8000_0000, 4 * 48_000] {
            let sound = all(wav(48_000, 2, size, &second)).expect("sound");
            assert_eq!(sound.len(), 16_000, "{size}");
            assert!(sound[1_000..15_000].iter().all(|s| (s - 0.25).abs() < 1e-3), "{size}");
        }
        // The end of what was claimed counts.
        assert_eq!(all(wav(16_000, 1, 2_000, &second)).expect("sound").len(), 1_000);
    }

    #[test]
    fn a_broken_header_is_named() {
        assert_eq!(all(b"RIFF\0\0\0\0WAVEfm".to_vec()), Err("its header is cut off".into()));
        let endless = [&b"RIFF\0\0\0\0WAVELIST"[..], &[0xff; 4]].concat();
        assert_eq!(all(endless), Err("its header has no end".into()));
        assert_eq!(all(wav(1, 1, 0, &[0; 100])), Err("a sample rate of 1 Hz; only 4 to 768 kHz can be read".into()));
    }
}
