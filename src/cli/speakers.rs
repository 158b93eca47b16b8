//! `transcribe speakers`: who speaks in a transcript; names, merges and corrections, and telling voices apart without transcribing
//! again.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use transcribe::app::jobs::{TellApart, Undone, identify, undo, write_changed};
use transcribe::app::store::{Changing, file_name, folder_of, inside};
use transcribe::app::{self, CancelToken, UsageError};
use transcribe::edits::Edits;
use transcribe::import::{self, Source};
use transcribe::models::Store;
use transcribe::speakers::{self, Voice, reassign, voices};
use transcribe::{
    Error, Event, Millis, NoModelKind, Observer, Span, SpeakerId, Transcript, TranscriptErrorKind, WarningKind, audio,
};

use super::args::Speakers;
use super::progress::{JobProgress, Reporter};
use super::{Exit, interrupt, print};

/// Characters of a quote.
const QUOTE: usize = 100;

pub(super) fn run(args: Speakers) -> Exit {
    let reporter = Reporter::new(None, args.quiet, false);
    let cancel = CancelToken::new();
    interrupt::cancels(&cancel);
    match changed(&args, reporter, &cancel) {
        Ok(Ok(transcript)) => print(listed(&transcript).as_bytes()),
        Ok(Err(misuse)) => reporter.misused(&misuse),
        Err(Error::Cancelled) => Exit::Interrupted,
        Err(error) => {
            reporter.failed(None, &error);
            if matches!(error, Error::NoModel(_)) { Exit::Unusable } else { Exit::Failed }
        }
    }
}

/// The transcript, with what was asked for; it is written if anything changed.
fn changed(args: &Speakers, reporter: Reporter, cancel: &CancelToken) -> Result<Result<Transcript, UsageError>, Error> {
    let path = &args.transcript;
    let edits = [&args.rename, &args.merge, &args.assign].iter().any(|edits| !edits.is_empty());
    let wanted = args.speakers.is_some() || args.recording.is_some();
    let transcript = read(path)?;
    if !(edits || wanted || args.undo || transcript.speakers().is_empty()) {
        return Ok(Ok(transcript));
    }
    let _alone = Changing::wait(path)?;
    let mut transcript = read(path)?;
    if args.undo {
        return undone(path, &transcript);
    }
    let before = transcript.clone();
    if (wanted || transcript.speakers().is_empty() && !edits)
        && let Err(misuse) = tell_apart(args, &mut transcript, reporter, cancel)?
    {
        return Ok(Err(misuse));
    }
    let edited = (args.rename.iter().try_for_each(|text| rename(&mut transcript, text)))
        .and_then(|()| args.merge.iter().try_for_each(|text| merge(&mut transcript, text)))
        .and_then(|()| args.assign.iter().try_for_each(|text| assign(&mut transcript, text)));
    if let Err(misuse) = edited {
        return Ok(Err(misuse));
    }
    if transcript != before {
        write_changed(path, &before, &transcript)?;
        reporter.note(&format!("{}: speakers changed; `transcribe export` writes other formats", path.display()));
    }
    Ok(Ok(transcript))
}

fn read(path: &Path) -> Result<Transcript, Error> {
    match import::read(path)? {
        (transcript, Source::Transcribe) => Ok(transcript),
        (_, source) => {
            let (reason, kind) = (format!("it is {source}"), TranscriptErrorKind::NotImported);
            Err(Error::Transcript { path: path.into(), place: None, reason, kind })
        }
    }
}

/// The transcript as it was before the last change, which changes places with it.
fn undone(path: &Path, now: &Transcript) -> Result<Result<Transcript, UsageError>, Error> {
    Ok(match undo(path, now)? {
        Undone::Done(before) => Ok(*before),
        Undone::Nothing => Err(UsageError::new("there is no change to take back", "`--rename` gives another name")),
        Undone::ChangedSince => Err(UsageError::new(
            "the transcript was changed after the speakers, and that would be lost",
            "`--rename`, `--merge` and `--assign` correct speakers",
        )),
    })
}

/// Tells the voices of the recording apart.
fn tell_apart(
    args: &Speakers,
    transcript: &mut Transcript,
    reporter: Reporter,
    cancel: &CancelToken,
) -> Result<Result<(), UsageError>, Error> {
    let count = match app::speaker_count(args.speakers.as_deref().unwrap_or("auto")) {
        Ok(count) => count,
        Err(misuse) => return Ok(Err(misuse)),
    };
    let estimated = transcript.warnings.iter().any(|warning| warning.kind == WarningKind::SpeakersEstimated);
    if !transcript.speakers().is_empty() && !estimated {
        let hint = "`--rename`, `--merge` and `--assign` correct it";
        return Ok(Err(UsageError::new("who speaks is known, by tracks, channels, names or people", hint)));
    }
    let parts = recording(args, transcript)?;
    let unreadable = |source| Error::Read { path: parts[0].clone(), source };
    let found = identify(file_name(&parts[0]), &parts, cancel).map_err(unreadable)?;
    if !transcript.recording.sha256.is_empty() && found.sha256 != transcript.recording.sha256 {
        let reason = format!("`{}` is another recording", parts[0].display());
        let kind = TranscriptErrorKind::OtherRecording;
        return Err(Error::Transcript { path: args.transcript.clone(), place: None, reason, kind });
    }
    let missing = || Error::NoModel(NoModelKind::NotInstalled { name: "speakers".into(), size: speakers::SIZE });
    let networks = speakers::networks(&Store::of_user().speakers().ok_or_else(missing)?)?;
    let selection = audio::Selection {
        track: transcript.settings.track,
        channels: transcript.settings.channels,
        from: transcript.settings.from,
        to: transcript.settings.to,
    };
    let opened = match &parts[..] {
        [only] => audio::open(only, selection)?,
        parts => audio::join(parts, selection)?,
    };
    let name = file_name(&parts[0]);
    let begin = transcript.settings.from;
    let listening = Listening { reporter, name, begin, cancel, progress: Mutex::default() };
    let how = TellApart { networks: &networks, count, threads: args.threads, observer: &listening };
    let several = how.tell(opened, transcript);
    listening.end();
    if !several? {
        reporter.note("only one voice was found");
    }
    Ok(Ok(()))
}

/// Shows how far the recording is read.
struct Listening<'a> {
    reporter: Reporter,
    name: String,
    begin: Millis,
    cancel: &'a CancelToken,
    progress: Mutex<Option<JobProgress>>,
}

impl Listening<'_> {
    fn end(&self) {
        let progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner).take();
        progress.into_iter().for_each(JobProgress::finish);
    }
}

impl Observer for Listening<'_> {
    fn event(&self, event: Event<'_>) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Opened(end) => *progress = Some(JobProgress::new(self.reporter, &self.name, self.begin, end)),
            Event::Reached(position) => progress.iter_mut().for_each(|progress| progress.voices(position)),
            _ => {}
        }
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// The files of the recording: as given, or as the transcript names them, beside it.
fn recording(args: &Speakers, transcript: &Transcript) -> Result<Vec<PathBuf>, Error> {
    if let Some(recording) = &args.recording {
        return Ok(vec![recording.clone()]);
    }
    let recording = &transcript.recording;
    let names = if recording.parts.len() > 1 { &recording.parts[..] } else { std::slice::from_ref(&recording.name) };
    let folder = folder_of(&args.transcript);
    let beside = |name: &String| inside(folder, name).map_err(|source| Error::Read { path: folder.join(name), source });
    names.iter().map(beside).collect()
}

/// `S1=NAME`.
fn rename(transcript: &mut Transcript, text: &str) -> Result<(), UsageError> {
    let (key, name) = pair(text, "--rename", "S1=NAME")?;
    let id = speaker(transcript, key)?;
    let name = app::speaker_name(name)?;
    if transcript.speakers().into_iter().any(|other| other != id && transcript.name(other) == name) {
        let hint = "`--merge` makes two voices one";
        return Err(UsageError::new(format!("another voice is called `{name}` already"), hint));
    }
    call(transcript, [(id, name)]);
    Ok(())
}

/// `S2,S4`: both become the first.
fn merge(transcript: &mut Transcript, text: &str) -> Result<(), UsageError> {
    let ids = text.split(',').map(|key| speaker(transcript, key)).collect::<Result<Vec<SpeakerId>, UsageError>>()?;
    let [first, others @ ..] = &ids[..] else { return Ok(()) };
    if others.iter().all(|other| other == first) {
        return Err(UsageError::new("`--merge` takes two voices or more", "`--merge S2,S4`"));
    }
    let name = transcript.name(*first).into_owned();
    call(transcript, others.iter().map(|other| (*other, name.clone())));
    Ok(())
}

/// Gives speakers names; those with one name become one.
fn call(transcript: &mut Transcript, names: impl IntoIterator<Item = (SpeakerId, String)>) {
    // With numbers, names that somebody else had before mean nobody else.
    let Edits { speakers, .. } = Edits::of(transcript);
    let old = |id: SpeakerId| transcript.name(id).into_owned();
    let names = names.into_iter().map(|(id, name)| (old(id), name)).collect();
    Edits { names, speakers, ..Edits::default() }.apply(transcript, true);
}

/// `12:31-12:40=S3`.
fn assign(transcript: &mut Transcript, text: &str) -> Result<(), UsageError> {
    let (span, key) = pair(text, "--assign", "12:31-12:40=S3")?;
    let wrong = || UsageError::new(format!("`{span}` is no stretch of time"), "`--assign 12:31-12:40=S3`");
    let (start, end) = span.split_once(['-', '–']).ok_or_else(wrong)?;
    let (Some(start), Some(end)) = (app::time(start), app::time(end)) else { return Err(wrong()) };
    if end <= start {
        return Err(wrong());
    }
    let span = Span { start, end };
    let known = transcript.speakers();
    let new = || SpeakerId(known.last().map_or(1, |last| last.0.saturating_add(1)));
    let (id, name) = match speaker(transcript, key) {
        Ok(id) => (id, None),
        Err(_) if number(key).is_some() => (number(key).map_or_else(new, SpeakerId), None),
        Err(_) => (new(), Some(app::speaker_name(key)?)),
    };
    if reassign(transcript, span, id) == 0 {
        let hint = "times are those of the transcript";
        return Err(UsageError::new(
            format!("nothing is said by somebody else in `{}–{}`", span.start, span.end),
            hint,
        ));
    }
    transcript.names.extend(name.map(|name| (id, name)));
    Ok(())
}

fn pair<'t>(text: &'t str, option: &str, example: &str) -> Result<(&'t str, &'t str), UsageError> {
    let parts = text.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
    parts.ok_or_else(|| UsageError::new(format!("`{option}` takes a pair"), format!("`{option} {example}`")))
}

/// `S3` or `3`.
fn number(key: &str) -> Option<u16> {
    key.strip_prefix(['S', 's']).unwrap_or(key).parse().ok().filter(|number| *number > 0)
}

/// A speaker of the transcript, by number or name.
fn speaker(transcript: &Transcript, key: &str) -> Result<SpeakerId, UsageError> {
    let key = key.trim();
    let ids = transcript.speakers();
    let numbered = number(key).map(SpeakerId).filter(|id| ids.contains(id));
    let found = numbered.or_else(|| ids.into_iter().find(|id| transcript.name(*id) == key));
    found.ok_or_else(|| {
        UsageError::new(format!("nobody in the transcript is `{key}`"), "`transcribe speakers FILE.json` lists who is")
    })
}

/// What the transcript tells about its voices.
fn listed(transcript: &Transcript) -> String {
    let found = voices(transcript);
    if found.is_empty() {
        return "no speakers are known\n".into();
    }
    let mut text = String::new();
    if transcript.warnings.iter().any(|warning| warning.kind == WarningKind::SpeakersEstimated) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{} voices, told apart by their sound: an estimate", found.len());
    }
    for Voice { id, name, talk, share, turns, quotes, estimate } in found {
        let times = if turns == 1 { "turn" } else { "turns" };
        let sure = estimate.map(|voice| format!("  {:.0} % sure", voice.certainty * 100.0)).unwrap_or_default();
        let _ = writeln!(text, "S{}  {name}  {talk}  {:.0} %  {turns} {times}{sure}", id.0, share * 100.0);
        for quote in quotes {
            let line = quote.text.split_whitespace().collect::<Vec<_>>().join(" ");
            let short: String = line.chars().take(QUOTE).collect();
            let dots = if line.chars().count() > QUOTE { "…" } else { "" };
            let _ = writeln!(text, "    {}  {}{dots}", quote.at, short.trim());
        }
        if let Some(SpeakerId(other)) = estimate.and_then(|voice| voice.perhaps) {
            let _ = writeln!(text, "    says very little: perhaps S{other}, `--merge S{other},S{}`", id.0);
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use transcribe::Segment;

    fn talk() -> Transcript {
        let said = |start: u64, id: u16, text: &str| Segment {
            span: Span::new(start, start + 3_000),
            text: text.into(),
            speaker: Some(SpeakerId(id)),
            ..Segment::default()
        };
        let segments = vec![said(0, 1, "Guten Abend."), said(3_000, 2, "Guten Abend!"), said(6_000, 3, "Hallo.")];
        Transcript { segments, ..Transcript::default() }
    }

    fn names(transcript: &Transcript) -> Vec<String> {
        let name = |segment: &Segment| transcript.name(segment.speaker.unwrap()).into_owned();
        transcript.segments.iter().map(name).collect()
    }

    #[test]
    fn voices_are_renamed_one_after_the_other() {
        let mut transcript = talk();
        for step in ["S1=Anna", "2=Bert \"B\" <b>", "Anna=Anna Meyer"] {
            rename(&mut transcript, step).unwrap();
        }
        assert_eq!(names(&transcript), ["Anna Meyer", "Bert \"B\" <b>", "Speaker 3"]);
        for wrong in ["S9=X", "S1", "S1=", "S3=Anna Meyer", "S1=\n"] {
            assert!(rename(&mut transcript, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn voices_become_one() {
        let mut transcript = talk();
        merge(&mut transcript, "S1,S3").unwrap();
        assert_eq!(names(&transcript), ["Speaker 1", "Speaker 2", "Speaker 1"]);
        assert!(merge(&mut transcript, "S1").is_err() && merge(&mut transcript, "S1,S3").is_err());
        assert!(merge(&mut transcript, "S1,S1").is_err() && merge(&mut transcript, "Speaker 2,2").is_err());
    }

    #[test]
    fn voices_become_one_whatever_they_were_called_before() {
        let mut transcript = talk();
        for step in ["S1=Anna", "S1=Bert", "S2=Anna"] {
            rename(&mut transcript, step).unwrap();
        }
        let mut exchanged = transcript.clone();
        merge(&mut transcript, "S1,S2").unwrap();
        assert_eq!(names(&transcript), ["Bert", "Bert", "Speaker 3"]);
        merge(&mut exchanged, "S2,S1").unwrap();
        assert_eq!(names(&exchanged), ["Anna", "Anna", "Speaker 3"]);
        for step in ["S1=Bert", "S3=Anna"] {
            rename(&mut transcript, step).unwrap();
        }
        merge(&mut transcript, "S1,S3").unwrap();
        assert_eq!(names(&transcript), ["Bert"; 3]);
    }

    #[test]
    fn a_stretch_is_assigned() {
        let mut transcript = talk();
        assign(&mut transcript, "0:03-0:06=S1").unwrap();
        assign(&mut transcript, "6-9=Cem").unwrap();
        assert_eq!(names(&transcript), ["Speaker 1", "Speaker 1", "Cem"]);
        for wrong in ["6-3=S1", "x-y=S1", "6-9", "90-99=S1"] {
            assert!(assign(&mut transcript, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn all_voices_are_listed_with_quotes() {
        let listed = listed(&talk());
        assert!(listed.starts_with("S1  Speaker 1  0:00:03  33 %  1 turn\n    0:00:00  Guten Abend.\n"), "{listed}");
        assert_eq!(super::listed(&Transcript::default()), "no speakers are known\n");
    }
}
