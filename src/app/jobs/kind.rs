//! Which files are recordings, by their names or by how they begin.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Extensions of sound and video files: what this program decodes, and what an installed ffmpeg does. `.ts` is a language, too, so
/// that a transport stream is told by its content.
const EXTENSIONS: &[&str] = &[
    "3g2", "3ga", "3gp", "3gpp", "8svx", "aac", "ac3", "aif", "aifc", "aiff", "alac", "amr", "ape", "asf", "au", "avi",
    "awb", "bwf", "caf", "divx", "dff", "ds2", "dsf", "dss", "dts", "dtshd", "dv", "eac3", "ec3", "evo", "f4a", "f4b",
    "f4v", "flac", "flv", "g722", "g726", "g729", "gsm", "gxf", "iff", "m1a", "m2a", "m2t", "m2ts", "m4a", "m4b",
    "m4p", "m4r", "m4v", "mk3d", "mka", "mkv", "mlp", "mov", "mp1", "mp2", "mp3", "mp4", "mpa", "mpc", "mpe", "mpeg",
    "mpg", "mpga", "mts", "mxf", "nist", "nut", "oga", "ogg", "ogm", "ogv", "opus", "qcp", "qt", "ra", "rf64", "rm",
    "rmvb", "shn", "sln", "snd", "sph", "spx", "tak", "thd", "tod", "trp", "tta", "vob", "voc", "vro", "w64", "wav",
    "wave", "weba", "webm", "wma", "wmv", "wtv", "wv",
];

/// Whether the file at `path` is a recording.
pub(crate) fn is_recording(path: &Path) -> bool {
    EXTENSIONS.contains(&ending(path).as_str()) || begins_like_media(path)
}

/// The extension in lower case; empty if there is none.
pub(crate) fn ending(path: &Path) -> String {
    path.extension().map(OsStr::to_string_lossy).unwrap_or_default().to_lowercase()
}

/// Whether a file with another extension, or without one, begins like sound or video.
fn begins_like_media(path: &Path) -> bool {
    let mut head = Vec::new();
    if File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head)).is_err() {
        return false;
    }
    let is_media = |kind: infer::Type| match kind.matcher_type() {
        infer::MatcherType::Audio => kind.mime_type() != "audio/midi",
        kind => kind == infer::MatcherType::Video,
    };
    infer::get(&head).is_some_and(is_media) || is_transport_stream(&head)
}

/// What kind of sound or video a file begins like: `audio/mpeg`; `None` if like neither.
#[cfg(feature = "app")]
pub(crate) fn media_type(path: &Path) -> Option<&'static str> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(4096).read_to_end(&mut head).ok()?;
    let kind = infer::get(&head)?;
    match (kind.matcher_type(), kind.mime_type()) {
        // Browsers know these by other names.
        (_, "audio/m4a") => Some("audio/mp4"),
        (_, "audio/x-flac") => Some("audio/flac"),
        (_, "audio/x-wav") => Some("audio/wav"),
        (infer::MatcherType::Audio | infer::MatcherType::Video, name) => Some(name),
        _ => None,
    }
}

/// MPEG-2 TS: each packet begins with a sync byte. Those of cameras have 4 bytes of time before it, those of receivers 16 bytes of
/// correction after it.
fn is_transport_stream(head: &[u8]) -> bool {
    let in_step = |(start, length): (usize, usize)| {
        let mut starts = (start..head.len()).step_by(length);
        starts.clone().count() >= 4 && starts.all(|at| head[at] == 0x47)
    };
    [(0, 188), (4, 192), (0, 204)].into_iter().any(in_step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_known_by_name_or_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let is = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).expect("room");
            is_recording(&path)
        };
        for name in ["a.m2ts", "a.VOB", "a.flv", "a.mpg", "a.gsm", "a.amr", "a.WMA", "a.m4a", "a.weba", "a.3ga"] {
            assert!(is(name, b""), "{name}");
        }
        let packet = |length: usize| [vec![0x47], vec![0; length - 1]].concat();
        assert!(is("a.ts", &packet(188).repeat(20)));
        assert!(is("camera", &[&[0; 4][..], &packet(192).repeat(20)].concat()));
        assert!(is("dump.bin", &packet(204).repeat(20)));
        assert!(!is("code.ts", "GGGG = 1;\n".repeat(500).as_bytes()));
        assert!(is("a", b"ID3\x04 and so on"));
        assert!(!is("tune.mid", b"MThd\0\0\0\x06\0\x01"));
        assert!(!is("a.txt", b"text"));
        assert_eq!(ending(Path::new("x/A.Ts")), "ts");
        assert_eq!(ending(Path::new("x/none")), "");
    }
}
