//! Which track of a file, and which decoder for it.

use std::io::ErrorKind;
use std::sync::LazyLock;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{self, CODEC_ID_OPUS};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error as Fault;
use symphonia::core::formats::{FormatReader, Track, TrackType};

static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    codecs.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
    codecs
});

/// Why a recording can't be decoded here.
pub(super) struct Refusal {
    pub(super) reason: String,
    /// Somebody else's decoder might do better.
    pub(super) elsewhere: bool,
}

impl Refusal {
    pub(super) fn new(reason: impl Into<String>) -> Refusal {
        Refusal { reason: reason.into(), elsewhere: true }
    }
}

/// The `wanted`th audio track, or the first one that can be decoded.
pub(super) fn choose(
    reader: &dyn FormatReader,
    wanted: Option<u16>,
) -> Result<(Track, Box<dyn AudioDecoder>), Refusal> {
    let audio: Vec<&Track> = reader.tracks().iter().filter(|t| t.track_type() == Some(TrackType::Audio)).collect();
    let count = audio.len();
    let candidates = match wanted {
        None => audio,
        Some(n) => match audio.get(usize::from(n).wrapping_sub(1)) {
            Some(track) => vec![*track],
            None => {
                let reason = format!("there is no audio track {n}: the file has {count}");
                return Err(Refusal { reason, elsewhere: false });
            }
        },
    };
    let mut refusal = match reader.tracks().len() {
        0 => Refusal::new("no sound in it"),
        _ => Refusal::new("no sound in it that we know"),
    };
    for track in candidates {
        let Some(CodecParameters::Audio(params)) = &track.codec_params else { continue };
        match decoder(params, reader.format_info().short_name) {
            Ok(decoder) => return Ok((track.clone(), decoder)),
            Err(reason) => refusal = Refusal::new(reason),
        }
    }
    Err(refusal)
}

/// Does MPEG audio begin with a frame that counts the others? Without it the length is a guess from the bit rate.
pub(super) fn tells_its_length(head: &[u8]) -> bool {
    head.windows(4).any(|tag| matches!(tag, b"Xing" | b"Info" | b"VBRI"))
}

pub(super) fn is_mpeg_audio(container: &str) -> bool {
    matches!(container, "mp1" | "mp2" | "mp3")
}

fn decoder(params: &AudioCodecParameters, container: &str) -> Result<Box<dyn AudioDecoder>, String> {
    let mut params = params.clone();
    if params.codec == CODEC_ID_OPUS && container == "matroska" {
        // Matroska's clock starts below zero by what is to be skipped; the decoder would skip it a second time.
        params.extra_data = None;
    }
    let name = CODECS.get_audio_decoder(params.codec).map(|c| c.codec.info.long_name);
    let options = AudioDecoderOptions::default().gapless(!is_mpeg_audio(container));
    CODECS.make_audio_decoder(&params, &options).map_err(|fault| match name {
        Some(name) => format!("unsupported kind of {name} ({fault})"),
        None => format!("unsupported codec {}", codec_name(params.codec)),
    })
}

/// As people know it; Symphonia names only those that it decodes.
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

pub(super) fn refuse(fault: Fault) -> Refusal {
    match fault {
        Fault::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => {
            Refusal::new("it ends before any sound, or is no recording")
        }
        Fault::IoError(e) => Refusal::new(e.to_string()),
        Fault::Unsupported(what) if what.contains("missing moov") => {
            Refusal::new("it is cut off: the end, which says where the sound lies, is missing")
        }
        Fault::Unsupported(what) if what.contains("probe") || what.contains("no suitable") => {
            Refusal::new("it is no recording, or of an unknown kind")
        }
        fault => Refusal::new(fault.to_string()),
    }
}
