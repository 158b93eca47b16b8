//! The devices of the system, and what stands in the way of using one.

use cpal::traits::{DeviceTrait as _, HostTrait as _};
use cpal::{BufferSize, ErrorKind, StreamConfig, SupportedBufferSize, SupportedStreamConfig};

use super::mono;
use super::name::{Named, Refused, choose, named};
use crate::{Error, MicrophoneErrorKind};

/// A device that sound can be taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// As [`Microphone::open`](super::Microphone::open) takes it; no two have the same.
    pub name: String,
    /// As the system knows it, which is taken as well: `plughw:CARD=0,DEV=0`.
    pub id: String,
    /// Is it used when no name is given?
    pub is_default: bool,
    /// What it gives, or why it cannot be used at present: it is busy, or that is not allowed.
    pub format: Result<InputFormat, String>,
}

/// What a device gives; all of it is converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFormat {
    /// Samples a second that are asked for.
    pub rate: u32,
    /// The lowest and the highest that it can give.
    pub rates: (u32, u32),
    /// Channels, which are averaged.
    pub channels: u16,
    /// Kind of sample: `i16`, `f32`.
    pub sample: String,
}

/// All inputs that can be used or that are only busy, the default first.
///
/// # Errors
/// [`Error::Microphone`] if the system has no sound at all.
pub fn inputs() -> Result<Vec<Input>, Error> {
    // In a thread of its own, because what keeps ALSA quiet stays with a thread.
    let list = std::thread::spawn(|| {
        quiet();
        list()
    });
    list.join().unwrap_or_else(|_| Err(microphone("the list of devices could not be made", MicrophoneErrorKind::Other)))
}

fn list() -> Result<Vec<Input>, Error> {
    let all = Found::all()?;
    let mut inputs: Vec<Input> = Vec::new();
    for (device, named) in all.devices.iter().zip(&all.named).filter(|(_, named)| named.shown) {
        let format = match config(device) {
            Ok(config) => Ok(format(device, &config)),
            Err(e) if matches!(e.kind(), ErrorKind::DeviceBusy | ErrorKind::PermissionDenied) => Err(reason(&e)),
            // It is none, or one for playing only.
            Err(_) => continue,
        };
        let is_default = all.default.as_ref() == Some(&named.id);
        inputs.push(Input { name: named.name.clone(), id: named.id.clone(), is_default, format });
    }
    inputs.sort_by_key(|input| !input.is_default);
    Ok(inputs)
}

fn format(device: &cpal::Device, config: &SupportedStreamConfig) -> InputFormat {
    let rate = config.sample_rate();
    let all: Vec<_> = device.supported_input_configs().map(Iterator::collect).unwrap_or_default();
    let low = all.iter().map(|c| c.min_sample_rate()).fold(rate, u32::min);
    let high = all.iter().map(|c| c.max_sample_rate()).fold(rate, u32::max);
    let sample = config.sample_format().to_string();
    InputFormat { rate, rates: (low, high), channels: config.channels(), sample }
}

/// The devices as the system names them at one time.
struct Found {
    devices: Vec<cpal::Device>,
    named: Vec<Named>,
    /// The `id` of the default.
    default: Option<String>,
}

impl Found {
    fn all() -> Result<Found, Error> {
        let host = cpal::default_host();
        let id = |device: &cpal::Device| device.id().map(|id| id.id().to_owned()).unwrap_or_default();
        let default = host.default_input_device();
        let default_id = default.as_ref().map(id);
        let others = host.input_devices().map_err(|e| failed(None, &e))?;
        // ALSA lists its default under a name that speaks of playing.
        let others = others.filter(|device| Some(id(device)) != default_id);
        let devices: Vec<cpal::Device> = default.into_iter().chain(others).collect();
        let name =
            |device: &cpal::Device| device.description().map(|d| d.name().to_owned()).unwrap_or_else(|_| id(device));
        let names: Vec<(String, String)> = devices.iter().map(|device| (name(device), id(device))).collect();
        Ok(Found { named: named(&names), devices, default: default_id })
    }
}

/// The device that `wanted` means, or the default, and its name.
pub(super) fn find(wanted: Option<&str>) -> Result<(cpal::Device, String), Error> {
    let mut all = Found::all()?;
    let at = match wanted {
        Some(wanted) => choose(&all.named, wanted).map_err(|refused| unknown(wanted, refused))?,
        None if all.default.is_some() => 0,
        None => return Err(failed(None, &ErrorKind::DeviceNotAvailable.into())),
    };
    Ok((all.devices.swap_remove(at), all.named.swap_remove(at).name))
}

/// What the system suggests for a device, if we can read that, or else something that we can.
pub(super) fn config(device: &cpal::Device) -> Result<SupportedStreamConfig, cpal::Error> {
    let usual = device.default_input_config()?;
    if mono::is_known(usual.sample_format()) {
        return Ok(usual);
    }
    let other = device.supported_input_configs()?.find(|c| mono::is_known(c.sample_format()));
    let other = other.map(|c| c.try_with_standard_sample_rate().unwrap_or_else(|| c.with_max_sample_rate()));
    other.ok_or_else(|| ErrorKind::UnsupportedConfig.into())
}

/// Ways to open a stream, the best first: ALSA's usual buffers are too short for a processor that is busy with recognition.
pub(super) fn attempts(config: &SupportedStreamConfig) -> Vec<StreamConfig> {
    let usual = config.config();
    match *config.buffer_size() {
        SupportedBufferSize::Range { min, max } if cfg!(target_os = "linux") && min <= max => {
            let fifth = (config.sample_rate() / 5).clamp(min, max);
            vec![StreamConfig { buffer_size: BufferSize::Fixed(fifth), ..usual }, usual]
        }
        _ => vec![usual],
    }
}

/// Keeps ALSA from writing to standard error, in this thread. What it said before is forgotten.
pub(super) fn quiet() {
    #[cfg(target_os = "linux")]
    let _ = alsa::Output::local_error_handler();
}

/// Why `device` (`None`: the default) cannot be used.
pub(super) fn failed(device: Option<&str>, error: &cpal::Error) -> Error {
    let name = device.map_or("the default microphone".to_owned(), |name| format!("`{name}`"));
    let unusable = format!("{name} cannot be used: {}", reason(error));
    match error.kind() {
        ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable if device.is_none() => {
            microphone("no microphone was found", MicrophoneErrorKind::NoneFound)
        }
        ErrorKind::DeviceBusy => microphone(format!("{name} is {}", reason(error)), MicrophoneErrorKind::Busy),
        ErrorKind::PermissionDenied => microphone(unusable, MicrophoneErrorKind::NotAllowed),
        _ => microphone(unusable, MicrophoneErrorKind::Unusable),
    }
}

fn reason(error: &cpal::Error) -> String {
    match error.kind() {
        ErrorKind::DeviceBusy => "in use by another program".into(),
        ErrorKind::PermissionDenied => "the system does not allow it".into(),
        ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => "it is gone".into(),
        ErrorKind::UnsupportedConfig | ErrorKind::UnsupportedOperation => "it gives no sound that we can read".into(),
        _ => {
            let text = error.to_string();
            if text.contains("Connection refused") {
                return "the sound server (PipeWire or PulseAudio) does not answer".into();
            }
            // ALSA function '…' failed with error 'No such device (19)'
            let inner = text.split_once("failed with error '").and_then(|(_, rest)| rest.split(" (").next());
            let mut chars = inner.unwrap_or(&text).trim_end_matches('.').chars();
            chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
        }
    }
}

fn unknown(wanted: &str, refused: Refused) -> Error {
    match refused {
        Refused::Unknown(near) => {
            microphone(format!("no microphone is called `{wanted}`"), MicrophoneErrorKind::Unknown { near })
        }
        Refused::Several(names) => microphone(
            format!("several microphones have `{wanted}` in their names"),
            MicrophoneErrorKind::Ambiguous { names },
        ),
    }
}

pub(super) fn microphone(reason: impl Into<String>, kind: MicrophoneErrorKind) -> Error {
    Error::Microphone { reason: reason.into(), kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(error: Error) -> (String, MicrophoneErrorKind) {
        match error {
            Error::Microphone { reason, kind } => (reason, kind),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_error_says_what_is_wrong() {
        use MicrophoneErrorKind as Kind;
        let of = |device, kind: ErrorKind| parts(failed(device, &kind.into()));
        let cases = [
            (of(None, ErrorKind::DeviceNotAvailable), "no microphone was found", Kind::NoneFound),
            (of(Some("Yeti"), ErrorKind::DeviceBusy), "`Yeti` is in use by another program", Kind::Busy),
            (
                of(None, ErrorKind::ResourceExhausted),
                "the default microphone cannot be used: an OS resource limit was reached. Freeing resources and retrying may \
                 succeed",
                Kind::Unusable,
            ),
            (
                of(None, ErrorKind::PermissionDenied),
                "the default microphone cannot be used: the system does not allow it",
                Kind::NotAllowed,
            ),
            (
                parts(unknown("Yetti", Refused::Unknown(vec!["Yeti, USB Audio".into()]))),
                "no microphone is called `Yetti`",
                Kind::Unknown { near: vec!["Yeti, USB Audio".into()] },
            ),
            (
                parts(unknown("usb", Refused::Several(vec!["A usb".into(), "B usb".into()]))),
                "several microphones have `usb` in their names",
                Kind::Ambiguous { names: vec!["A usb".into(), "B usb".into()] },
            ),
        ];
        for ((reason, kind), wanted, wanted_kind) in cases {
            assert_eq!((reason.as_str(), kind), (wanted, wanted_kind));
        }
    }
}
