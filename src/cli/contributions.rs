//! `transcribe contributions`: what each person says, for programs of deliberation.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use transcribe::app::UsageError;
use transcribe::app::store::{Readers, file_name, named_file, stem, write_whole};
use transcribe::contributions::{Contribution, Limits, Preset, Written, contributions};
use transcribe::meeting::Meeting;
use transcribe::participation::{self, Naming, Person};
use transcribe::{Error, Transcript};

use super::Exit;
use super::args::Contributions as Arguments;
use super::participation::{check_names, excluded, failed, names};
use super::progress::Reporter;
use super::public::all_public;
use super::transcripts::{read, told};

/// What was read, with what is needed to name those who speak.
struct Material {
    meeting: Option<Meeting>,
    persons: Vec<Person>,
    excluded: BTreeSet<String>,
    names: Vec<String>,
    transcripts: Vec<Transcript>,
}

pub(super) fn run(args: Arguments) -> Exit {
    let reporter = Reporter::new(None, args.files.quiet, false);
    if let Err(misuse) = check_names(&args.transcripts) {
        return reporter.misused(&misuse);
    }
    let material = match material(&args, reporter) {
        Ok(Ok(material)) => material,
        Ok(Err(misuse)) => return reporter.misused(&misuse),
        Err(error) => return failed(reporter, &error),
    };
    let Some((files, left_out)) = files(&args, &material) else {
        let hint = "`--fillers` keeps words such as \"mhm\", and `--exclude-role` leaves out people";
        return reporter.misused(&UsageError::new("nobody says anything that is a contribution", hint));
    };
    match write(&args, &files, reporter) {
        Ok(()) => {
            if left_out > 0 {
                let what = if left_out == 1 { "filler" } else { "fillers" };
                reporter.note(&format!("{left_out} {what} left out, such as \"mhm\"; `--fillers` keeps them"));
            }
            Exit::Done
        }
        Err(error) => failed(reporter, &error),
    }
}

fn material(args: &Arguments, reporter: Reporter) -> Result<Result<Material, UsageError>, Error> {
    let meeting = args.meeting.as_deref().map(Meeting::read).transpose()?;
    let transcripts: Vec<Transcript> =
        args.transcripts.iter().map(|path| Ok(read(path, reporter)?.0)).collect::<Result<_, Error>>()?;
    let persons = meeting.as_ref().map(participation::persons).unwrap_or_default();
    let excluded = match excluded(&args.exclude_role, &persons) {
        Ok(excluded) => excluded,
        Err(misuse) => return Ok(Err(misuse)),
    };
    let transcripts = match all_public(transcripts, meeting.as_ref(), args.include_closed, reporter)? {
        Ok(found) => found.into_iter().map(|one| one.transcript).collect(),
        Err(misuse) => return Ok(Err(misuse)),
    };
    let names = names(&args.transcripts);
    Ok(Ok(Material { meeting, persons, excluded, names, transcripts }))
}

impl Material {
    /// All contributions of the length that a program takes.
    fn contributions(&self, longest: usize) -> Vec<Contribution> {
        let of = |(name, transcript): (&String, &Transcript)| {
            // Files of several meetings may come together elsewhere.
            let naming = Naming { name, meeting: self.meeting.as_ref(), several: true };
            contributions(transcript, &naming, &self.persons, longest)
        };
        let all = self.names.iter().zip(&self.transcripts).flat_map(of);
        all.filter(|one| one.role.as_ref().is_none_or(|role| !self.excluded.contains(role))).collect()
    }

    fn language(&self) -> String {
        self.transcripts.iter().map(|one| one.language.clone()).find(|code| !code.is_empty()).unwrap_or_default()
    }
}

/// The files for all programs, and how many fillers are in none of them; `None` if there is nothing for one of the programs.
fn files(args: &Arguments, material: &Material) -> Option<(Vec<Written>, usize)> {
    let limits = Limits { bytes: args.max_file_size, fillers: args.fillers, language: material.language() };
    let mut programs: Vec<Preset> = args.programs.clone();
    programs.sort();
    programs.dedup();
    let (mut files, mut left_out) = (Vec::new(), 0);
    for program in programs {
        let contributions = material.contributions(program.length(args.max_length));
        let written = program.write(&contributions, &limits);
        if written.is_empty() {
            return None;
        }
        if !program.marks_fillers() && !args.fillers {
            left_out = contributions.iter().filter(|one| one.filler).count();
        }
        files.extend(written);
    }
    Some((files, left_out))
}

fn write(args: &Arguments, files: &[Written], reporter: Reporter) -> Result<(), Error> {
    let first = &args.transcripts[0];
    let folder = args.files.folder(first);
    let joined = OsString::from("contributions");
    let stem: &OsStr = if args.transcripts.len() == 1 { stem(first) } else { &joined };
    let place = |file: &Written| match file.ending.split_once('/') {
        Some((inner, name)) => named_file(folder, stem, inner).join(name),
        None => named_file(folder, stem, &file.ending),
    };
    let places: Vec<PathBuf> = files.iter().map(place).collect();
    let earlier = earlier(folder, stem, files, &places);
    args.files.free(&args.transcripts, &mut Vec::new(), places.iter().chain(&earlier))?;
    for (file, place) in files.iter().zip(&places) {
        write_whole(&file.content, place, args.files.overwrite, Readers::Of(&args.transcripts))?;
    }
    told(reporter, first, &places);
    for place in &earlier {
        std::fs::remove_file(place).map_err(|source| Error::Write { path: place.clone(), source })?;
    }
    match &earlier[..] {
        [] => {}
        [only] => reporter.note(&format!("removed {}, which is of an earlier run", only.display())),
        [first, ..] => {
            let count = earlier.len();
            reporter.note(&format!("removed {count} files of an earlier run, such as {}", first.display()));
        }
    }
    Ok(())
}

/// Files of an earlier run that were split otherwise (`…t3c.csv`, `…t3c-3.csv`): whoever reads them with the new ones has things twice.
fn earlier(folder: &Path, stem: &OsStr, files: &[Written], places: &[PathBuf]) -> Vec<PathBuf> {
    let of = |file: &Written| {
        let (name, ending) = file.ending.rsplit_once('.').filter(|_| !file.ending.contains('/'))?;
        let name = name.rsplit_once('-').map_or(name, |(name, _)| name);
        Some((file_name(&named_file(folder, stem, name)), format!(".{ending}")))
    };
    let kinds: BTreeSet<(String, String)> = files.iter().filter_map(of).collect();
    let is_earlier = |place: &PathBuf| {
        let name = file_name(place);
        let is_part = |(start, end): &(String, String)| {
            let number = name.strip_prefix(start.as_str()).and_then(|rest| rest.strip_suffix(end.as_str()));
            number.is_some_and(|number| {
                number.is_empty()
                    || number
                        .strip_prefix('-')
                        .is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n.to_string() == number[1..]))
            })
        };
        place.is_file() && !places.contains(place) && kinds.iter().any(is_part)
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    // As the other places are written.
    let place = |name: OsString| if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) };
    let mut earlier: Vec<PathBuf> = entries.map(|entry| place(entry.file_name())).filter(is_earlier).collect();
    earlier.sort();
    earlier
}
