//! Names of files that come from elsewhere.

use std::path::Path;

use crate::app::store::stem;

/// Bytes of a name with its ending. The files of a recording add theirs.
const LONGEST: usize = 120;
/// Names that Windows keeps for devices, with any ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// A name for a file that every system takes, and that names nothing outside of its folder: as much of `name` as can be kept.
pub(super) fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |c: char| !c.is_control() && !is_hidden(c) && !"<>:\"|?*".contains(c);
    let kept: String = last.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let kept = kept.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let kept = shortened(if kept.is_empty() { "recording" } else { kept });
    let device = kept.split('.').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
    match DEVICES.contains(&device.to_lowercase().as_str()) {
        true => format!("_{kept}"),
        false => kept,
    }
}

/// A name for people: on one line, without what would hide or reorder the rest of it.
pub(super) fn shown(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control() && !is_hidden(*c)).collect();
    let kept = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    if kept.is_empty() { file_name(name) } else { kept[..kept.floor_char_boundary(250)].to_owned() }
}

/// The name of a recording without its ending.
pub(super) fn stem_of(name: &str) -> String {
    stem(Path::new(name)).to_string_lossy().into_owned()
}

/// What takes no room or turns the direction of what follows.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// At most [`LONGEST`] bytes, with the ending.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let stem = stem_of(name);
    let ending = &name[stem.len()..];
    let stem = &stem[..stem.floor_char_boundary(LONGEST - ending.len())];
    format!("{}{ending}", stem.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_in_their_folder() {
        for (name, expected) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\x\\talk.mp3", "talk.mp3"),
            ("..", "recording"),
            ("", "recording"),
            (".hidden.wav", "hidden.wav"),
            ("a\0b\n.wav", "a_b_.wav"),
            ("CON.wav", "_CON.wav"),
            ("com1", "_com1"),
            ("a<b>:\"|?*.mp3", "a_b______.mp3"),
            ("talk\u{202e}3pm.exe", "talk_3pm.exe"),
            ("Sitzung 12. Mai.m4a ", "Sitzung 12. Mai.m4a"),
            ("-rf.wav", "-rf.wav"),
        ] {
            assert_eq!(file_name(name), expected, "{name:?}");
        }
        let long = file_name(&format!("{}.flac", "ü".repeat(400)));
        assert!(long.len() <= LONGEST && long.ends_with("ü.flac"), "{long}");
        assert_eq!(shown("x/\u{202e}a\tb  c.wav"), "ab c.wav");
        assert_eq!(shown("\u{202e}"), "_");
    }
}
