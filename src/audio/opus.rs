//! Encoding a recording as Opus in Ogg, small enough to be embedded in a page: 24 kbit/s, 11 MB an hour.
//!
//! The two headers after RFC 7845, section 5; granule positions count samples at 48 kHz, whatever the rate (section 4).

use super::{RATE, Recording};
use crate::Error;
use ogg::{PacketWriteEndInfo, PacketWriter};
use opusic_c::{Application, Bitrate, Channels, Encoder, SampleRate};
use std::io;
use std::path::Path;

/// Bits a second: transparent for speech of this bandwidth.
const BITRATE: u32 = 24_000;
/// 20 ms.
const FRAME: usize = RATE as usize / 50;
/// Size of the packet buffer that libopus's manual recommends.
const LONGEST: usize = 4_000;
/// Granule positions of one sample.
const GRANULES: u64 = 48_000 / RATE as u64;
/// Any number, since there is one stream.
const SERIAL: u32 = 1;

/// Encodes the rest of `recording` as a complete file; `path` is for messages. Stops when `cancelled` returns true.
///
/// # Errors
/// Those of [`Recording::read`]; [`Error::Cancelled`] if it was stopped.
pub fn opus(mut recording: Recording, path: &Path, cancelled: &dyn Fn() -> bool) -> Result<Vec<u8>, Error> {
    let refused = |reason: String| Error::Read { path: path.into(), source: io::Error::other(reason) };
    let coder = |error: opusic_c::ErrorCode| refused(format!("Opus: {}", error.message()));
    let mut encoder = Encoder::new(Channels::Mono, SampleRate::Hz16000, Application::Voip).map_err(coder)?;
    encoder.set_bitrate(Bitrate::Value(BITRATE)).map_err(coder)?;
    let skipped = u64::from(encoder.get_look_ahead().map_err(coder)?) * GRANULES;
    let mut file = Vec::new();
    let mut writer = PacketWriter::new(&mut file);
    // Writing into memory does not fail.
    let mut packet = |data: Vec<u8>, end, granule| writer.write_packet(data, SERIAL, end, granule);
    let unwritten = |error: io::Error| refused(error.to_string());
    packet(head(skipped as u16), PacketWriteEndInfo::EndPage, 0).map_err(unwritten)?;
    packet(tags(), PacketWriteEndInfo::EndPage, 0).map_err(unwritten)?;

    let (mut waiting, mut heard, mut written) = (Vec::with_capacity(2 * FRAME), 0, 0);
    let mut ended = false;
    // The encoder delays the sound by its look-ahead, which players skip at the start.
    while !ended || written < heard + skipped / GRANULES {
        if cancelled() {
            return Err(Error::Cancelled);
        }
        while !ended && waiting.len() < FRAME {
            match recording.read()? {
                Some(samples) => {
                    heard += samples.len() as u64;
                    waiting.extend_from_slice(&samples);
                }
                None => ended = true,
            }
        }
        while waiting.len() >= FRAME || ended && written < heard + skipped / GRANULES {
            waiting.resize(waiting.len().max(FRAME), 0.0);
            let mut data = vec![0; LONGEST];
            let length = encoder.encode_float_to_slice(&waiting[..FRAME], &mut data).map_err(coder)?;
            waiting.drain(..FRAME);
            data.truncate(length);
            written += FRAME as u64;
            let last = ended && written >= heard + skipped / GRANULES;
            let end = if last { PacketWriteEndInfo::EndStream } else { PacketWriteEndInfo::NormalPacket };
            let granule = if last { skipped + heard * GRANULES } else { written * GRANULES };
            packet(data, end, granule).map_err(unwritten)?;
        }
    }
    Ok(file)
}

/// The identification header: mono, no gain.
fn head(skipped: u16) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(skipped.to_le_bytes());
    head.extend(RATE.to_le_bytes());
    head.extend([0, 0, 0]);
    head
}

/// The comment header, with the encoder's name and no comments.
fn tags() -> Vec<u8> {
    let vendor = opusic_c::version();
    let mut tags = b"OpusTags".to_vec();
    tags.extend((vendor.len() as u32).to_le_bytes());
    tags.extend(vendor.as_bytes());
    tags.extend(0_u32.to_le_bytes());
    tags
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::audio::{self, Samples, Selection};

    #[test]
    fn what_is_encoded_can_be_read_and_lies_where_it_was() {
        // A click of noise at 1 s, in 2.345 s of silence.
        let mut sound = vec![0.0; 37_520];
        let mut state = 1_u32;
        for sample in &mut sound[16_000..17_600] {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = (state >> 8) as f32 / 16_777_216.0 - 0.5;
        }
        let recording = audio::arriving(vec![Samples::from_mono_16k(sound)].into_iter());
        let file = opus(recording, Path::new("x"), &|| false).unwrap();
        assert!(file.len() < 12_000, "{}", file.len());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.opus");
        std::fs::write(&path, &file).unwrap();
        let mut read = audio::open(&path, Selection::default()).unwrap();
        let mut samples = Vec::new();
        while let Some(more) = read.read().unwrap() {
            samples.extend_from_slice(&more);
        }
        assert!(samples.len().abs_diff(37_520) <= 2, "{}", samples.len());
        let first = samples.iter().position(|s| s.abs() > 0.1).unwrap();
        assert!(first.abs_diff(16_000) < 160, "{first}");
    }

    #[test]
    fn nothing_is_a_file_too() {
        let recording = audio::arriving(Vec::<Samples>::new().into_iter());
        let file = opus(recording, Path::new("x"), &|| false).unwrap();
        assert!(file.starts_with(b"OggS"));
        let recording = audio::arriving(vec![Samples::from_mono_16k(vec![0.0; 99_999])].into_iter());
        assert!(matches!(opus(recording, Path::new("x"), &|| true), Err(Error::Cancelled)));
    }
}
