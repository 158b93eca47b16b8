//! Which device a name means; pure functions.

/// Names less similar than this are not suggested.
const MIN_SIMILARITY: f64 = 0.8;

/// The names of a device.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DeviceName {
    /// The name for people; unique among those that are `shown`.
    pub(super) name: String,
    /// The system's name: `plughw:CARD=0,DEV=0`.
    pub(super) id: String,
    /// Whether it is listed; otherwise it is an alias of one that is.
    pub(super) shown: bool,
}

/// Why no device was chosen, with similar or matching names.
#[derive(Debug, PartialEq)]
pub(super) enum NoMatch {
    Unknown(Vec<String>),
    Several(Vec<String>),
}

/// The index in `devices` of the one that `wanted` means: by its name or the system's name; else by the name in another case;
/// else by a part of the name that only one has.
pub(super) fn choose(devices: &[DeviceName], wanted: &str) -> Result<usize, NoMatch> {
    let place = |is: &dyn Fn(&DeviceName) -> bool| devices.iter().position(is);
    let low = wanted.trim().to_lowercase();
    if let Some(at) = place(&|d| d.shown && d.name == wanted)
        .or_else(|| place(&|d| d.id == wanted))
        .or_else(|| place(&|d| d.shown && d.name.to_lowercase() == low))
    {
        return Ok(at);
    }
    let shown = || devices.iter().enumerate().filter(|(_, d)| d.shown);
    let parts: Vec<usize> =
        shown().filter(|(_, d)| !low.is_empty() && d.name.to_lowercase().contains(&low)).map(|(at, _)| at).collect();
    match parts[..] {
        [at] => Ok(at),
        [] => {
            let mut near: Vec<(f64, &str)> =
                shown().map(|(_, d)| (similarity(&d.name, &low), d.name.as_str())).collect();
            near.retain(|(similarity, _)| *similarity >= MIN_SIMILARITY);
            near.sort_by(|a, b| b.0.total_cmp(&a.0));
            Err(NoMatch::Unknown(near.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()))
        }
        _ => Err(NoMatch::Several(parts.into_iter().map(|at| devices[at].name.clone()).collect())),
    }
}

/// Similarity of `wanted` to the whole name, or to a word of it.
fn similarity(name: &str, wanted: &str) -> f64 {
    let name = name.to_lowercase();
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2);
    words.chain([name.as_str()]).map(|part| strsim::jaro_winkler(part, wanted)).fold(0.0, f64::max)
}

/// The unique names of devices, given by their names and the system's, and which of them to list.
///
/// ALSA has several aliases of each device (`hw:`, `plughw:`, `dsnoop:`, …) under one name: the one that converts and that
/// several programs can use is listed. ALSA's plugins that are not devices are not.
pub(super) fn device_names(devices: &[(String, String)]) -> Vec<DeviceName> {
    let alsa = |id: &str| id == "default" || id.contains(":CARD=");
    let mut all: Vec<DeviceName> = Vec::new();
    for (name, id) in devices {
        let best = devices.iter().filter(|(n, i)| n == name && alsa(i)).min_by_key(|(_, i)| rank(i));
        let shown = !PLUGINS.contains(&id.split(':').next().unwrap_or_default())
            && (!alsa(id) || best.is_some_and(|(_, best)| best == id));
        let same =
            all.iter().filter(|d| d.shown && (d.name == *name || d.name.starts_with(&format!("{name} (")))).count();
        let name = if shown && same > 0 { format!("{name} ({})", same + 1) } else { name.clone() };
        all.push(DeviceName { name, id: id.clone(), shown });
    }
    all
}

/// ALSA's, as Debian's `libasound2-plugins` names them.
const PLUGINS: [&str; 11] =
    ["null", "a52", "jack", "lavrate", "oss", "samplerate", "speex", "speexrate", "upmix", "usbstream", "vdownmix"];

fn rank(id: &str) -> usize {
    let order = ["default", "sysdefault:", "plughw:", "dsnoop:", "front:"];
    order.iter().position(|start| id.starts_with(start)).unwrap_or(order.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices() -> Vec<DeviceName> {
        let card = ["hw:CARD=PCH,DEV=0", "plughw:CARD=PCH,DEV=0", "sysdefault:CARD=PCH", "front:CARD=PCH,DEV=0"];
        let mut all = vec![
            ("Default Audio Device", "default"),
            ("Discard all samples (playback) or generate zero samples (capture)", "null"),
            ("PulseAudio Sound Server", "pulse"),
        ];
        all.extend(card.map(|id| ("HDA Intel PCH, ALC257 Analog", id)));
        all.extend(["hw:CARD=BRIO,DEV=0", "plughw:CARD=BRIO,DEV=0"].map(|id| ("Logitech BRIO, USB Audio", id)));
        all.push(("Yeti, USB Audio", "plughw:CARD=Yeti,DEV=0"));
        device_names(&all.map_strings())
    }

    trait Strings {
        fn map_strings(self) -> Vec<(String, String)>;
    }
    impl Strings for Vec<(&str, &str)> {
        fn map_strings(self) -> Vec<(String, String)> {
            self.into_iter().map(|(name, id)| (name.to_owned(), id.to_owned())).collect()
        }
    }

    fn chosen(wanted: &str) -> Result<String, NoMatch> {
        let devices = devices();
        choose(&devices, wanted).map(|at| devices[at].id.clone())
    }

    #[test]
    fn each_device_is_listed_once() {
        let shown: Vec<String> = devices().into_iter().filter(|d| d.shown).map(|d| d.id).collect();
        let wanted = ["default", "pulse", "sysdefault:CARD=PCH", "plughw:CARD=BRIO,DEV=0", "plughw:CARD=Yeti,DEV=0"];
        assert_eq!(shown, wanted);
    }

    #[test]
    fn twins_are_numbered() {
        let all = vec![("USB Mic", "{1}"), ("USB Mic", "{2}"), ("Other", "{3}"), ("USB Mic", "{4}")];
        let names: Vec<String> = device_names(&all.map_strings()).into_iter().map(|d| d.name).collect();
        assert_eq!(names, ["USB Mic", "USB Mic (2)", "Other", "USB Mic (3)"]);
    }

    #[test]
    fn a_device_is_chosen_by_name_id_or_part() {
        assert_eq!(chosen("Yeti, USB Audio").as_deref(), Ok("plughw:CARD=Yeti,DEV=0"));
        assert_eq!(chosen("hw:CARD=BRIO,DEV=0").as_deref(), Ok("hw:CARD=BRIO,DEV=0"));
        assert_eq!(chosen("null").as_deref(), Ok("null"));
        assert_eq!(chosen("yeti, usb audio").as_deref(), Ok("plughw:CARD=Yeti,DEV=0"));
        assert_eq!(chosen(" brio").as_deref(), Ok("plughw:CARD=BRIO,DEV=0"));
        assert_eq!(chosen("alc257").as_deref(), Ok("sysdefault:CARD=PCH"));
    }

    #[test]
    fn similar_names_are_suggested() {
        let several = ["Logitech BRIO, USB Audio", "Yeti, USB Audio"].map(str::to_owned).to_vec();
        assert_eq!(chosen("usb"), Err(NoMatch::Several(several)));
        assert_eq!(chosen("Logitehc"), Err(NoMatch::Unknown(vec!["Logitech BRIO, USB Audio".into()])));
        assert_eq!(chosen("yetti"), Err(NoMatch::Unknown(vec!["Yeti, USB Audio".into()])));
        assert_eq!(chosen("xqzw"), Err(NoMatch::Unknown(vec![])));
        assert_eq!(chosen(""), Err(NoMatch::Unknown(vec![])));
    }
}
