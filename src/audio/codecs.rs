//! Which track of a file, and which decoder for it.

use std::io::ErrorKind;
use std::sync::LazyLock;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{self, CODEC_ID_OPUS};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatReader, Track, TrackFlags, TrackType};

use super::mp4::edits::TrackHeader;
use crate::DecodeErrorKind;

static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    codecs.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
    codecs
});

/// Why a recording can't be decoded here.
#[derive(Debug)]
pub(super) struct OpenError {
    pub(super) reason: String,
    /// What kind of problem it is, if other decoders can't do better; `None` if an installed `ffmpeg` might.
    pub(super) permanent: Option<DecodeErrorKind>,
    /// Number of the default track and that of all audio tracks, if the default one can't be decoded and others might.
    pub(super) default: Option<(u16, u16)>,
}

impl OpenError {
    /// Another decoder might do better.
    pub(super) fn new(reason: impl Into<String>) -> OpenError {
        OpenError { reason: reason.into(), permanent: None, default: None }
    }

    /// No other decoder can do better.
    pub(super) fn permanent(reason: impl Into<String>, kind: DecodeErrorKind) -> OpenError {
        OpenError { reason: reason.into(), permanent: Some(kind), default: None }
    }
}

fn audio(reader: &dyn FormatReader) -> impl Iterator<Item = &Track> {
    reader.tracks().iter().filter(|track| track.track_type() == Some(TrackType::Audio))
}

/// Number of audio tracks.
pub(super) fn audio_tracks(reader: &dyn FormatReader) -> u16 {
    u16::try_from(audio(reader).count()).unwrap_or(u16::MAX)
}

/// A track that can be decoded.
pub(super) struct Chosen {
    /// Counted from 1, among the audio tracks.
    pub(super) number: u16,
    pub(super) track: Track,
    pub(super) decoder: Box<dyn AudioDecoder>,
}

/// The audio track of the number `wanted`, counted from 1; `None` for the default track, or else the first. `headers` are those
/// that the file has for its tracks.
///
/// # Errors
/// The reason, if there is no such track or it can't be decoded.
pub(super) fn choose(
    reader: &dyn FormatReader,
    wanted: Option<u16>,
    headers: &[TrackHeader],
) -> Result<Chosen, OpenError> {
    let of = |track: &Track| headers.iter().find(|header| header.id == track.id);
    let count = audio_tracks(reader);
    let mut candidates = (1..=count).zip(audio(reader));
    let candidate = match wanted {
        // The first of those that players choose by themselves, or else of all.
        None => candidates.min_by_key(|(_, track)| {
            !of(track).map_or(track.flags.contains(TrackFlags::DEFAULT), |header| header.enabled)
        }),
        Some(wanted) => Some(candidates.find(|(number, _)| *number == wanted).ok_or_else(|| {
            let reason = format!("there is no audio track {wanted}: the file has {count}");
            OpenError::permanent(reason, DecodeErrorKind::NoSuchTrack)
        })?),
    };
    let Some((number, track)) = candidate else {
        return Err(OpenError::new(if reader.tracks().is_empty() {
            "no sound in it"
        } else {
            "no sound in it that we know"
        }));
    };
    let Some(CodecParameters::Audio(params)) = &track.codec_params else {
        return Err(OpenError::new("no sound in it"));
    };
    let container = reader.format_info().short_name;
    let skips = container == "matroska" || of(track).is_some_and(TrackHeader::has_edits);
    let mut params = params.clone();
    if of(track).is_some_and(|header| header.is_big_endian) {
        params.codec = big_endian(params.codec);
    }
    match decoder(params, container, skips) {
        Ok(decoder) => Ok(Chosen { number, track: track.clone(), decoder }),
        Err(reason) => {
            let default = (wanted.is_none() && count > 1).then_some((number, count));
            Err(OpenError { default, ..OpenError::new(reason) })
        }
    }
}

/// Sample rates that are read, in Hz: from a telephone's to four times the highest of a studio.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=768_000;

/// Whether sound of this sample rate can be read, so that a wrong number does not take all memory.
///
/// # Errors
/// The reason, if not.
pub(super) fn check_rate(rate: u32) -> Result<u32, String> {
    match RATES.contains(&rate) {
        true => Ok(rate),
        false => Err(format!("a sample rate of {rate} Hz; only 4 to 768 kHz can be read")),
    }
}

/// Whether MPEG audio begins with a frame that tells the number of the others. Without it the length is estimated from the
/// bit rate.
pub(super) fn tells_its_length(head: &[u8]) -> bool {
    head.windows(4).any(|tag| matches!(tag, b"Xing" | b"Info" | b"VBRI"))
}

pub(super) fn is_mpeg_audio(container: &str) -> bool {
    matches!(container, "mp1" | "mp2" | "mp3")
}

/// What in the header of a frame of MPEG audio needs another decoder when it changes: version and layer, sample rate, and whether it is
/// mono (ISO/IEC 11172-3, 2.4.1.3).
pub(super) fn mpeg_audio_form(frame: &[u8]) -> Option<[u8; 3]> {
    let [_, version, rate, mode] = *frame.first_chunk::<4>()?;
    Some([version & 0x1e, rate & 0x0c, u8::from(mode & 0xc0 == 0xc0)])
}

/// Whether what is decoded differs from what was encoded, so that damage can make anything of it.
pub(super) fn is_lossy(decoder: &dyn AudioDecoder) -> bool {
    let name = decoder.codec_info().short_name;
    !name.starts_with("pcm") && !matches!(name, "flac" | "alac")
}

/// The same numbers, the highest byte first: Symphonia does not look how they lie in QuickTime files.
fn big_endian(codec: AudioCodecId) -> AudioCodecId {
    match codec {
        well_known::CODEC_ID_PCM_S24LE => well_known::CODEC_ID_PCM_S24BE,
        well_known::CODEC_ID_PCM_S32LE => well_known::CODEC_ID_PCM_S32BE,
        well_known::CODEC_ID_PCM_F32LE => well_known::CODEC_ID_PCM_F32BE,
        well_known::CODEC_ID_PCM_F64LE => well_known::CODEC_ID_PCM_F64BE,
        other => other,
    }
}

/// `skips`: whether the container says what is skipped at the start.
fn decoder(mut params: AudioCodecParameters, container: &str, skips: bool) -> Result<Box<dyn AudioDecoder>, String> {
    if params.codec == CODEC_ID_OPUS && skips {
        // The decoder would skip a second time what its own header says. Matroska's clock starts below zero by as much.
        params.extra_data = None;
    }
    let name = CODECS.get_audio_decoder(params.codec).map(|c| c.codec.info.long_name);
    let options = AudioDecoderOptions::default().gapless(!is_mpeg_audio(container));
    CODECS.make_audio_decoder(&params, &options).map_err(|error| match name {
        Some(name) => format!("unsupported kind of {name} ({error})"),
        None => format!("unsupported codec {}", codec_name(params.codec)),
    })
}

/// The name of a codec that Symphonia can't decode, and so does not name.
fn codec_name(codec: AudioCodecId) -> String {
    let known = [
        (well_known::CODEC_ID_AC3, "AC-3"),
        (well_known::CODEC_ID_EAC3, "E-AC-3"),
        (well_known::CODEC_ID_AC4, "AC-4"),
        (well_known::CODEC_ID_DCA, "DTS"),
        (well_known::CODEC_ID_TRUEHD, "TrueHD"),
        (well_known::CODEC_ID_WMA, "Windows Media Audio"),
        (well_known::CODEC_ID_SPEEX, "Speex"),
        (well_known::CODEC_ID_WAVPACK, "WavPack"),
        (well_known::CODEC_ID_MONKEYS_AUDIO, "Monkey's Audio"),
        (well_known::CODEC_ID_MUSEPACK, "Musepack"),
        (well_known::CODEC_ID_TTA, "TTA"),
    ];
    known.iter().find(|(id, _)| *id == codec).map_or_else(|| codec.to_string(), |(_, name)| (*name).to_owned())
}

pub(super) fn open_error(error: SymphoniaError) -> OpenError {
    match error {
        SymphoniaError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => {
            OpenError::new("it ends before any sound, or is no recording")
        }
        SymphoniaError::IoError(e) => OpenError::new(e.to_string()),
        SymphoniaError::Unsupported(what) if what.contains("missing moov") => {
            OpenError::new("it is cut off: the end, which says where the sound lies, is missing")
        }
        SymphoniaError::Unsupported(what) if what.contains("probe") || what.contains("no suitable") => {
            OpenError::new("it is no recording, or of an unknown kind")
        }
        error => OpenError::new(error.to_string()),
    }
}
