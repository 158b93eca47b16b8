//! Who speaks in a track, by the name of its file.

use crate::transcript::speaker_name;

/// Characters of a name that are kept.
const LONGEST: usize = 63;
/// Digits that Zoom puts behind a name, at least.
const ZOOM_DIGITS: usize = 5;
/// What recorders call tracks of nobody in particular, and themselves.
const NOBODY: [&str; 22] = [
    "aufnahme",
    "audio",
    "ch",
    "channel",
    "dji",
    "in",
    "input",
    "kanal",
    "left",
    "lr",
    "mic",
    "mikrofon",
    "rec",
    "recording",
    "right",
    "spur",
    "tascam",
    "tr",
    "track",
    "trlr",
    "trmic",
    "zoom",
];

/// What the names of several files tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackNames {
    /// For each file who speaks in it; `None`: the name does not tell.
    pub names: Vec<Option<String>>,
    /// For each file whether it is named as programs do that record a call with a track for each person. Such tracks begin
    /// together.
    pub of_call: Vec<bool>,
}

/// Who speaks in files of these names, without their endings: `audioANNA98796876` (Zoom), `1-anna_0` (Craig),
/// `riverside_anna_raw-audio_…`, or else what of a name the others have not.
pub fn track_names(stems: &[String]) -> TrackNames {
    let of_call: Vec<Option<String>> = stems.iter().map(|stem| of_call(stem)).collect();
    let is_call = of_call.iter().map(Option::is_some).collect();
    let others = distinct_parts(stems);
    let mut names: Vec<Option<String>> =
        of_call.into_iter().zip(others).map(|(call, other)| call.or_else(|| person(&other))).collect();
    let plain = names.clone();
    // Two phones of one name have an index between name and number of the meeting.
    for (at, stem) in stems.iter().enumerate() {
        let longer = zoom(stem).map(|(name, digits)| [name, &common_head(&digits, stems)].concat());
        let twice = plain.iter().flatten().filter(|name| Some(*name) == plain[at].as_ref()).count() > 1;
        if let Some(longer) = longer.filter(|longer| twice && Some(longer) != names[at].as_ref()) {
            names[at] = Some(longer);
        }
    }
    let short = |name: String| speaker_name(&name.chars().take(LONGEST).collect::<String>()).ok();
    TrackNames { names: names.into_iter().map(|name| name.and_then(short)).collect(), of_call: is_call }
}

/// Whether nothing says that these tracks are of several calls: Zoom ends the names of all tracks of a meeting with its number, and
/// Craig numbers those of a call.
pub fn are_of_one_call(stems: &[String]) -> bool {
    let zooms: Vec<String> = stems.iter().filter_map(|stem| zoom(stem)).map(|(_, digits)| digits).collect();
    let is_shared = |digits: &String| zooms[0].ends_with(&digits[digits.len() - ZOOM_DIGITS..]);
    let mut craigs: Vec<(u64, &String)> = stems.iter().filter_map(|stem| Some((craig(stem)?.0, stem))).collect();
    craigs.sort_unstable();
    craigs.dedup();
    zooms.iter().all(is_shared) && craigs.windows(2).all(|pair| pair[0].0 != pair[1].0)
}

/// Who speaks, by the patterns of programs that record calls.
fn of_call(stem: &str) -> Option<String> {
    zoom(stem)
        .map(|(name, _)| name.to_owned())
        .or_else(|| craig(stem).map(|(_, name)| name))
        .or_else(|| riverside(stem))
}

/// `ANNA` and the digits of `audioANNA98796876`.
fn zoom(stem: &str) -> Option<(&str, String)> {
    let rest = stem.strip_prefix("audio")?;
    let name = rest.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &rest[name.len()..];
    let is_name = name.starts_with(char::is_alphabetic) && digits.len() >= ZOOM_DIGITS;
    is_name.then(|| (name, digits.to_owned()))
}

/// The digits without those at the end that all files from Zoom share: the number of the meeting.
fn common_head(digits: &str, stems: &[String]) -> String {
    let all: Vec<String> = stems.iter().filter_map(|stem| zoom(stem)).map(|(_, digits)| digits).collect();
    let shared = (0..digits.len()).find(|from| all.iter().all(|other| other.ends_with(&digits[*from..])));
    digits[..shared.unwrap_or(digits.len())].to_owned()
}

/// The number and `anna` of `1-anna`, also with Discord's discriminator: `1-anna_0`, `1-anna_1234`. Not the beginning of a date.
fn craig(stem: &str) -> Option<(u64, String)> {
    let (number, name) = stem.split_once('-')?;
    let second = name.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_date = second.len() < name.len() && second.starts_with(['-', '.', ' ', '_']);
    let is_number = !is_date && !number.is_empty() && number.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit());
    let bare = match name.rsplit_once('_') {
        Some((bare, end)) if matches!(end.len(), 1 | 4) && end.bytes().all(|b| b.is_ascii_digit()) => bare,
        _ => name,
    };
    let number = number.parse().ok().filter(|_| is_number && bare.contains(char::is_alphabetic))?;
    Some((number, bare.trim().to_owned()))
}

/// `anna meyer` of `riverside_anna_meyer_raw-audio_council_0001`.
fn riverside(stem: &str) -> Option<String> {
    let rest = stem.strip_prefix("riverside_")?;
    let ends = ["_raw-", "_raw_", "_audio", "_video", "_synced", "_cfr", "_compressed"];
    let end = ends.iter().filter_map(|end| rest.find(end)).min()?;
    Some(rest[..end].replace('_', " ")).filter(|name| name.contains(char::is_alphabetic))
}

/// What remains of each name without the words that all begin or end with.
fn distinct_parts(stems: &[String]) -> Vec<String> {
    let words: Vec<Vec<&str>> =
        stems.iter().map(|stem| stem.split([' ', '_']).filter(|w| !w.is_empty()).collect()).collect();
    let shortest = words.iter().map(Vec::len).min().unwrap_or_default();
    let shared = |at: &dyn Fn(&[&str]) -> String| words.iter().all(|other| at(other) == at(&words[0]));
    let room = if words.len() > 1 { shortest.saturating_sub(1) } else { 0 };
    let head = (0..room).take_while(|n| shared(&|words| words[*n].to_owned())).count();
    let tail = (0..room - head).take_while(|n| shared(&|words| words[words.len() - 1 - n].to_owned())).count();
    words.iter().map(|words| words[head..words.len() - tail].join(" ")).collect()
}

/// A name without a number or a date before it, unless it is what recorders call their tracks: `Tr1`, `Track 2`, `ZOOM0001 Tr3`,
/// `TASCAM 0001S12`.
fn person(text: &str) -> Option<String> {
    // The fourth recording of Tascam has the inputs 1 and 2 in `0004S12`.
    let is_input = |word: &str| {
        let (number, input) = word.split_at_checked(4).unwrap_or_default();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits(number) && input.strip_prefix(['S', 's']).is_some_and(digits)
    };
    let is_nobody = |word: &str| {
        let name = word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
        name.is_empty() || NOBODY.contains(&&*name) || is_input(word)
    };
    let name = text.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ')' | '.'));
    let all_nobody = name.split([' ', '-']).all(is_nobody);
    (!all_nobody).then(|| name.trim_start_matches(|c: char| c.is_ascii_digit() || " .-".contains(c)).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(stems: &[&str]) -> Vec<String> {
        let stems: Vec<String> = stems.iter().map(|stem| (*stem).to_owned()).collect();
        track_names(&stems).names.into_iter().map(|name| name.unwrap_or_default()).collect()
    }

    #[test]
    fn tracks_of_several_calls_are_known_by_their_numbers() {
        let one = |stems: &[&str]| are_of_one_call(&stems.iter().map(|stem| (*stem).to_owned()).collect::<Vec<_>>());
        assert!(one(&["audioAnnaMeyer198796876", "audioJörg1298796876", "audio_only"]));
        assert!(!one(&["audioAnna98796876", "audioBert12345678"]));
        assert!(one(&["1-anna", "2-bert_0", "10-cem"]) && one(&["1-anna", "1-anna"]));
        assert!(!one(&["1-anna", "2-bert", "1-cem"]));
        assert!(one(&["a", "b"]) && one(&[]));
    }

    #[test]
    fn programs_that_record_calls() {
        assert_eq!(names(&["audioAnnaMeyer98796876", "audioJörg1298796876"]), ["AnnaMeyer", "Jörg"]);
        assert_eq!(names(&["audioiPhone198796876", "audioiPhone298796876"]), ["iPhone1", "iPhone2"]);
        assert_eq!(names(&["1-anna", "2-bert_0", "3-c_d_1234", "10-x-y"]), ["anna", "bert", "c_d", "x-y"]);
        let riverside = ["riverside_anna_meyer_raw-audio_council_0001", "riverside_bert_raw-audio_council_0001"];
        assert_eq!(names(&riverside), ["anna meyer", "bert"]);
        let stems = ["audioAnna98796876", "audio_only", "audio1298796876", "1-anna", "Anna", "2026-11-01 Anna"];
        let of_call = track_names(&stems.map(str::to_owned)).of_call;
        assert_eq!(of_call, [true, false, false, true, false, false]);
    }

    #[test]
    fn dates_are_no_numbers_of_craig() {
        assert_eq!(names(&["24-11-30 Anna", "24-11-30 Bert"]), ["Anna", "Bert"]);
        assert_eq!(names(&["30-11-2026 Anna", "30-11-2026_Bert"]), ["Anna", "Bert"]);
        assert_eq!(names(&["1-11 Gruppe A", "1-11 Gruppe B"]), ["A", "B"]);
        assert_eq!(names(&["01-12-2026 Anna", "02-12-2026 Bert"]), ["Anna", "Bert"]);
        assert_eq!(names(&["1-11.Anna", "1-2pac"]), ["Anna", "2pac"]);
        let stems = ["24-11-30 Anna", "01-12-2026 Sitzung", "1-11 Gruppe A", "1-2pac"].map(str::to_owned);
        assert_eq!(track_names(&stems).of_call, [false, false, false, true]);
        assert!(are_of_one_call(&["24-11-30 Anna", "24-11-30 Bert"].map(str::to_owned)));
    }

    #[test]
    fn what_differs_in_plain_names() {
        assert_eq!(names(&["Anna Meyer", "Bert"]), ["Anna Meyer", "Bert"]);
        assert_eq!(names(&["2026-11-01_Rat_Anna_48k", "2026-11-01_Rat_Dr._Bert_48k"]), ["Anna", "Dr. Bert"]);
        assert_eq!(names(&["anna"]), ["anna"]);
        assert_eq!(names(&["01 Anna", "02 Bert"]), ["Anna", "Bert"]);
        assert_eq!(names(&["ZOOM0001_Tr1", "ZOOM0001_Tr2", "Track 3", "CH4"]), ["", "", "", ""]);
        assert_eq!(names(&["TASCAM_0001S12", "TASCAM_0001S34", "ZOOM0001_TrLR"]), ["", "", ""]);
        assert_eq!(names(&["TASCAM_0001S12", "TASCAM_0001S3"]), ["", ""]);
        assert_eq!(names(&["ZOOM0001_TrLR", "ZOOM0001_TrMic", "REC0001"]), ["", "", ""]);
        assert_eq!(names(&["Rat Anna", "Rat Anna"]), ["Anna", "Anna"]);
        assert_eq!(names(&[&"a".repeat(200), "-->"]), [&*"a".repeat(63), ""]);
        assert!(names(&[]).is_empty());
    }
}
