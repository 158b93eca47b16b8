//! The audio devices of the system, and why one can't be used.

use cpal::traits::{DeviceTrait as _, HostTrait as _};
use cpal::{BufferSize, ErrorKind, StreamConfig, SupportedBufferSize, SupportedStreamConfig};

use super::name::{DeviceName, NoMatch, choose, device_names};
use super::samples;
use crate::{Error, MicrophoneErrorKind};

/// A device for recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The name for [`Microphone::open`](super::Microphone::open); unique.
    pub name: String,
    /// The system's name, which can be opened as well: `plughw:CARD=0,DEV=0`.
    pub id: String,
    /// Whether it is the default.
    pub is_default: bool,
    /// Its format, or why it can't be used now: it is busy, or not allowed.
    pub format: Result<InputFormat, String>,
}

/// The format of a device; all formats are converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFormat {
    /// Samples a second.
    pub rate: u32,
    /// The lowest and the highest rate that it supports.
    pub rates: (u32, u32),
    /// Number of channels; they are averaged.
    pub channels: u16,
    /// Type of the samples: `i16`, `f32`.
    pub sample: String,
}

/// All inputs that can be used or are only busy, the default first.
///
/// # Errors
/// [`Error::Microphone`] if the system has no audio at all.
pub fn inputs() -> Result<Vec<Input>, Error> {
    // In a thread of its own, because ALSA's messages are suppressed by thread.
    let list = std::thread::spawn(|| {
        quiet();
        list()
    });
    list.join().unwrap_or_else(|_| Err(microphone("the list of devices could not be made", MicrophoneErrorKind::Other)))
}

fn list() -> Result<Vec<Input>, Error> {
    let all = Devices::all()?;
    let mut inputs: Vec<Input> = Vec::new();
    for (device, named) in all.devices.iter().zip(&all.named).filter(|(_, named)| named.shown) {
        let format = match config(device) {
            Ok(config) => Ok(format(device, &config)),
            Err(e) if matches!(e.kind(), ErrorKind::DeviceBusy | ErrorKind::PermissionDenied) => Err(reason(&e)),
            // It is no device, or for playback only.
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

/// The devices of the system at one time.
struct Devices {
    devices: Vec<cpal::Device>,
    named: Vec<DeviceName>,
    /// The `id` of the default.
    default: Option<String>,
}

impl Devices {
    fn all() -> Result<Devices, Error> {
        let host = cpal::default_host();
        let id = |device: &cpal::Device| device.id().map(|id| id.id().to_owned()).unwrap_or_default();
        let default = host.default_input_device();
        let default_id = default.as_ref().map(id);
        let others = host.input_devices().map_err(|e| failed(None, &e))?;
        // ALSA lists its default under a name for playback.
        let others = others.filter(|device| Some(id(device)) != default_id);
        let devices: Vec<cpal::Device> = default.into_iter().chain(others).collect();
        let name =
            |device: &cpal::Device| device.description().map(|d| d.name().to_owned()).unwrap_or_else(|_| id(device));
        let names: Vec<(String, String)> = devices.iter().map(|device| (name(device), id(device))).collect();
        Ok(Devices { named: device_names(&names), devices, default: default_id })
    }
}

/// The device of the name `wanted`, or the default, and its name.
pub(super) fn find(wanted: Option<&str>) -> Result<(cpal::Device, String), Error> {
    let mut all = Devices::all()?;
    let at = match wanted {
        Some(wanted) => choose(&all.named, wanted).map_err(|no_match| unknown(wanted, no_match))?,
        None if all.default.is_some() => 0,
        None => return Err(failed(None, &ErrorKind::DeviceNotAvailable.into())),
    };
    Ok((all.devices.swap_remove(at), all.named.swap_remove(at).name))
}

/// The system's default format of a device, or another one if that can't be converted.
pub(super) fn config(device: &cpal::Device) -> Result<SupportedStreamConfig, cpal::Error> {
    let usual = device.default_input_config()?;
    if samples::is_known(usual.sample_format()) {
        return Ok(usual);
    }
    let other = device.supported_input_configs()?.find(|c| samples::is_known(c.sample_format()));
    let other = other.map(|c| c.try_with_standard_sample_rate().unwrap_or_else(|| c.with_max_sample_rate()));
    other.ok_or_else(|| ErrorKind::UnsupportedConfig.into())
}

/// Configurations to try, the best first: ALSA's default buffers are too short for a processor that is busy with recognition.
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

/// Keeps ALSA from writing to standard error in this thread, and discards its earlier messages.
pub(super) fn quiet() {
    #[cfg(target_os = "linux")]
    let _ = alsa::Output::local_error_handler();
}

/// The error of a `device` that can't be used; `None` is the default.
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

fn unknown(wanted: &str, no_match: NoMatch) -> Error {
    match no_match {
        NoMatch::Unknown(near) => {
            microphone(format!("no microphone is called `{wanted}`"), MicrophoneErrorKind::Unknown { near })
        }
        NoMatch::Several(names) => microphone(
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
                parts(unknown("Yetti", NoMatch::Unknown(vec!["Yeti, USB Audio".into()]))),
                "no microphone is called `Yetti`",
                Kind::Unknown { near: vec!["Yeti, USB Audio".into()] },
            ),
            (
                parts(unknown("usb", NoMatch::Several(vec!["A usb".into(), "B usb".into()]))),
                "several microphones have `usb` in their names",
                Kind::Ambiguous { names: vec!["A usb".into(), "B usb".into()] },
            ),
        ];
        for ((reason, kind), wanted, wanted_kind) in cases {
            assert_eq!((reason.as_str(), kind), (wanted, wanted_kind));
        }
    }
}
