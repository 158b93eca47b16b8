//! Which files are parts of one recording, by their names alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the parts of one recording have in common: folder, name up to the number, extension in lower case.
type Family<'a> = (Option<&'a Path>, &'a str, Option<String>);

/// Groups the parts of one recording: files of the same folder and extension whose names are the same up to a number after
/// `_` or `-`. Numbers begin at 0 or 1 and are consecutive; instead of the 0 there may be a name without a number. If a
/// number is missing or there twice, each file is a group of its own.
///
/// Parts are sorted by their numbers, groups by the first of their paths in `paths`. Each path is in one group, and no group
/// is empty.
pub fn group(mut paths: Vec<PathBuf>) -> Vec<Vec<PathBuf>> {
    let mut wholes: BTreeMap<Family<'_>, Vec<usize>> = BTreeMap::new();
    let mut families: BTreeMap<Family<'_>, Vec<(u64, usize)>> = BTreeMap::new();
    for (at, path) in paths.iter().enumerate() {
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let family = |name| (path.parent(), name, path.extension().map(|e| e.to_string_lossy().to_lowercase()));
        wholes.entry(family(stem)).or_default().push(at);
        if let Some((name, number)) = numbered(stem) {
            families.entry(family(name)).or_default().push((number, at));
        }
    }
    let mut taken = BTreeSet::new();
    // By the first of their paths.
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for ((folder, name, extension), mut parts) in families {
        if parts.iter().all(|(number, _)| *number > 0) {
            let whole = wholes.get(&(folder, &name[..name.len() - 1], extension));
            parts.extend(whole.into_iter().flatten().map(|at| (0, *at)));
        }
        parts.retain(|(_, at)| !taken.contains(at));
        parts.sort_unstable();
        let consecutive = parts.windows(2).all(|two| two[0].0 + 1 == two[1].0);
        if parts.len() > 1 && consecutive && parts[0].0 < 2 {
            let parts: Vec<usize> = parts.into_iter().map(|(_, at)| at).collect();
            taken.extend(parts.iter().copied());
            groups.insert(parts.iter().copied().min().unwrap_or_default(), parts);
        }
    }
    for alone in (0..paths.len()).filter(|at| !taken.contains(at)) {
        groups.insert(alone, vec![alone]);
    }
    let mut take = |at: usize| std::mem::take(&mut paths[at]);
    groups.into_values().map(|parts| parts.into_iter().map(&mut take).collect()).collect()
}

/// `talk_` and 7 of `talk_07`; `None` without a number, and for a date.
fn numbered(stem: &str) -> Option<(&str, u64)> {
    let name = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = stem[name.len()..].parse().ok().filter(|number| *number < u64::MAX)?;
    (name.ends_with(['_', '-']) && !is_date(stem)).then_some((name, number))
}

/// Does it end like `2026-11-01`? The first days of a month look like parts.
fn is_date(stem: &str) -> bool {
    let end = &stem.as_bytes()[stem.len().saturating_sub(10)..];
    let shape = end.iter().map(|b| if b.is_ascii_digit() { b'0' } else { *b });
    let shape: Vec<u8> = shape.map(|b| if b == b'_' { b'-' } else { b }).collect();
    shape == b"0000-00-00" && (end.starts_with(b"19") || end.starts_with(b"20"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Groups as lines, names in them with blanks between.
    fn grouped(names: &str) -> Vec<String> {
        let groups = group(names.split(' ').map(PathBuf::from).collect());
        groups.iter().map(|g| g.iter().map(|p| p.to_str().expect("UTF-8")).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn what_recorders_write() {
        for names in [
            "talk_0.wav talk_1.wav",
            "ZOOM0001_LR-0001.wav ZOOM0001_LR-0002.WAV ZOOM0001_LR-0003.wav",
            "interview-01.mp3 interview-02.mp3",
            "audio_only.m4a audio_only_1.m4a audio_only_2.m4a",
            "2026-11-21_1.wav 2026-11-21_2.wav",
            "a/Gespräch_1 a/Gespräch_2",
        ] {
            assert_eq!(grouped(names), [names]);
        }
    }

    #[test]
    fn numbers_count_and_not_letters() {
        let names = "t_1.wav t_10.wav t_11.wav t_2.wav t_3.wav t_4.wav t_5.wav t_6.wav t_7.wav t_8.wav t_9.wav";
        let sorted = "t_1.wav t_2.wav t_3.wav t_4.wav t_5.wav t_6.wav t_7.wav t_8.wav t_9.wav t_10.wav t_11.wav";
        assert_eq!(grouped(names), [sorted]);
    }

    #[test]
    fn groups_stand_where_their_first_path_stood() {
        assert_eq!(
            grouped("z.wav t_2.wav b.wav t_1.wav a_1.mp3 a_0.mp3"),
            ["z.wav", "t_1.wav t_2.wav", "b.wav", "a_0.mp3 a_1.mp3"]
        );
    }

    #[test]
    fn what_does_not_belong_together() {
        for names in [
            "2026-11-21.wav 2026-11-22.wav",
            // The first days of a month would be parts otherwise.
            "2026-11-01.wav 2026-11-02.wav",
            "Rat_2026_11_01.wav Rat_2026_11_02.wav",
            "talk_1.wav talk_3.wav",
            "talk_2.wav talk_3.wav",
            "talk_1.wav talk_2.mp3",
            "a/talk_1.wav b/talk_2.wav",
            "talk_1.wav talk-2.wav",
            "talk1.wav talk2.wav",
            "1.wav 2.wav",
            "talk.wav talk_0.wav",
            "talk.wav talk_2.wav",
            // One of the two is a copy, but which?
            "talk_1.wav talk_01.wav talk_2.wav",
            "talk.wav talk.WAV talk_1.wav",
            "talk_18446744073709551615.wav talk_99999999999999999999.wav",
        ] {
            assert_eq!(grouped(names), names.split(' ').collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_file_is_part_of_one_recording_only() {
        assert_eq!(grouped("a.wav a-1.wav a_1.wav"), ["a.wav a-1.wav", "a_1.wav"]);
        assert_eq!(grouped("a.wav a_1.wav a_1_1.wav"), ["a.wav a_1.wav", "a_1_1.wav"]);
    }

    proptest! {
        #[test]
        fn none_is_lost_and_order_does_not_matter(
            (names, mixed) in proptest::collection::btree_set("[ab](_[01]?[0-4])?(-[0-3])?\\.(wav|WAV|mp3)", 0..16)
                .prop_map(|names| names.into_iter().map(PathBuf::from).collect::<Vec<_>>())
                .prop_flat_map(|names| (Just(names.clone()), Just(names).prop_shuffle())),
        ) {
            let sorted = |mut groups: Vec<Vec<PathBuf>>| { groups.sort(); groups };
            let groups = group(names.clone());
            prop_assert!(groups.iter().all(|g| !g.is_empty()));
            let mut all = groups.concat();
            all.sort();
            prop_assert_eq!(all, names);
            prop_assert_eq!(sorted(group(mixed)), sorted(groups));
        }
    }
}
