//! Who speaks when, from a file beside a recording: a transcript or captions of another program with names, or the log of a
//! microphone system as a table.
//!
//! A table has a row for each stretch, with start, end and name, or start and name; then each lasts until the next. Commas,
//! semicolons or tabs separate them. Columns are found by their headings, in English or German, or else by their order.

use super::{broken, cues, encoding, parse};
use crate::transcript::speaker_name;
use crate::{Error, Millis, Span, TranscriptErrorKind, files};
use std::path::Path;

const START: [&str; 12] = [
    "start",
    "begin",
    "from",
    "on",
    "time",
    "starttime",
    "von",
    "beginn",
    "anfang",
    "zeit",
    "startzeit",
    "anfangszeit",
];
const END: [&str; 9] = ["end", "stop", "to", "off", "until", "endtime", "bis", "ende", "endzeit"];
const PERSON: [&str; 10] = [
    "speaker",
    "who",
    "person",
    "participant",
    "sprecher",
    "sprecherin",
    "redner",
    "rednerin",
    "teilnehmer",
    "teilnehmerin",
];
const MICROPHONE: [&str; 3] = ["mic", "microphone", "mikrofon"];

/// The stretches in which somebody speaks according to the file at `path`, in any order; they may overlap. Those of a table without
/// ends last until the next one, the last of them for ever.
///
/// # Errors
/// [`Error::Read`]; [`Error::Transcript`] if it is none of these, or has no names.
pub fn speaker_times(path: &Path) -> Result<Vec<(Span, String)>, Error> {
    let bytes = files::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
    let text = encoding::decode(&bytes).map(|(text, _)| text.trim_start_matches('\u{feff}').to_owned());
    let is_table = |text: &String| !text.trim_start().starts_with(['{', '[']) && !cues::has_times(text);
    let times = match text.filter(is_table) {
        Some(text) => table(&text, path)?,
        None => {
            let (transcript, _) = parse(&bytes, path)?;
            let named = |segment: &crate::Segment| Some((segment.span, transcript.name(segment.speaker?).into_owned()));
            transcript.segments.iter().filter_map(named).collect()
        }
    };
    match times.is_empty() {
        true => Err(broken(path, "it names nobody who speaks", TranscriptErrorKind::Invalid)),
        false => Ok(times),
    }
}

/// Which columns a table has.
struct Columns {
    start: usize,
    end: Option<usize>,
    name: usize,
    /// How many there are, if they have headings.
    count: usize,
}

/// Start, end and name in a row, as far as it has them.
type Entry = (f64, Option<f64>, Option<String>);

impl Columns {
    /// By the headings; `None` if there are none.
    fn named(headings: &csv::StringRecord) -> Option<Columns> {
        let is = |heading: &str, names: &[&str]| {
            let words = heading.to_lowercase();
            words.split(|c: char| !c.is_alphabetic()).any(|word| names.contains(&word))
        };
        let find = |names: &[&str]| headings.iter().position(|heading| is(heading, names));
        // `End Time` is an end.
        let start = headings.iter().position(|heading| is(heading, &START) && !is(heading, &END))?;
        // A table may number its microphones or speakers, and name people besides.
        let named = headings.iter().position(|heading| is(heading, &["name"]) && !is(heading, &MICROPHONE));
        let name = named.or_else(|| find(&PERSON)).or_else(|| find(&MICROPHONE))?;
        Some(Columns { start, end: find(&END), name, count: headings.len() })
    }

    /// By their order in a row that begins with a time.
    fn in_order(row: &csv::StringRecord) -> Option<Columns> {
        seconds(row.get(0)?)?;
        let has_end = row.len() > 2 && row.get(1).is_some_and(|cell| seconds(cell).is_some());
        let name = if has_end { 2 } else { 1 };
        // A third number is the rest of one with a decimal comma.
        row.get(name).filter(|name| row.len() <= 3 || seconds(name).is_none())?;
        Some(Columns { start: 0, end: has_end.then_some(1), name, count: usize::MAX })
    }

    /// What stands in a row.
    ///
    /// # Errors
    /// What is wrong with it, without its text.
    fn entry(&self, row: &csv::StringRecord) -> Result<Entry, &'static str> {
        const NO_TIME: &str = "its time is no time, such as 83.5 or 0:01:23.5";
        if row.iter().skip(self.count).any(|cell| !cell.is_empty()) {
            return Err("it has more cells than headings; a decimal comma needs semicolons or tabs between the cells");
        }
        let name = row.get(self.name).unwrap_or_default();
        if name.contains(['\n', '\r']) {
            return Err("a quotation mark is not closed in its line");
        }
        let name = match name {
            "" => None,
            name => Some(
                speaker_name(name)
                    .map_err(|_| "its name is longer than 63 characters, or has none that can be seen")?,
            ),
        };
        let start = row.get(self.start).and_then(seconds).ok_or(NO_TIME)?;
        let end = match self.end.and_then(|end| row.get(end)).filter(|cell| !cell.is_empty()) {
            Some(cell) => Some(seconds(cell).ok_or(NO_TIME)?),
            None => None,
        };
        if end.is_some_and(|end| end < start) {
            return Err("its end is before its start");
        }
        Ok((start, end, name))
    }
}

fn table(text: &str, path: &Path) -> Result<Vec<(Span, String)>, Error> {
    let wrong = |line: u64, reason: &str| Error::Transcript {
        path: path.into(),
        place: Some(format!("line {line}")),
        reason: reason.into(),
        kind: TranscriptErrorKind::Invalid,
    };
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let separator = [b'\t', b';', b','].into_iter().find(|separator| first.contains(char::from(*separator)));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(separator.unwrap_or(b','))
        .from_reader(text.as_bytes());
    let mut columns = None;
    let mut rows = Vec::new();
    for row in reader.records() {
        // The error quotes nothing, but its line is enough.
        let row =
            row.map_err(|error| wrong(error.position().map_or(0, csv::Position::line), "it is no row of a table"))?;
        let line = row.position().map_or(0, csv::Position::line);
        if row.iter().all(str::is_empty) {
            continue;
        }
        let is_first = columns.is_none();
        let ordered = is_first.then(|| Columns::in_order(&row)).flatten();
        let is_heading = is_first && ordered.is_none();
        let known = columns.take().or(ordered).or_else(|| Columns::named(&row));
        let known = known.ok_or_else(|| wrong(line, "it needs the columns start, end and name, or start and name"))?;
        if !is_heading {
            rows.push(known.entry(&row).map_err(|reason| wrong(line, reason))?);
        }
        columns = Some(known);
    }
    Ok(stretches(rows))
}

/// What is said by somebody; a row without a name ends the one before.
fn stretches(mut rows: Vec<Entry>) -> Vec<(Span, String)> {
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let nexts: Vec<f64> = rows.iter().skip(1).map(|row| row.0).chain([f64::MAX]).collect();
    let stretch = |((start, end, name), next): (Entry, f64)| {
        let [start, end] = [start, end.unwrap_or(next)].map(|time| Millis::from_seconds(time).0);
        Some((Span::new(start, end), name?))
    };
    rows.into_iter().zip(nexts).filter_map(stretch).collect()
}

/// Seconds of `83.5`, `83,5`, `1:23.5` or `0:01:23.5`.
fn seconds(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches(['s', ' ']).replace(',', ".");
    let mut parts = text.split(':').rev();
    let mut total: f64 = 0.0;
    for unit in [1.0, 60.0, 3600.0] {
        let Some(part) = parts.next() else { break };
        let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        total += Some(part).filter(|_| plain)?.parse::<f64>().ok()? * unit;
    }
    (parts.next().is_none() && total <= super::rows::LATEST).then_some(total)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(u64, u64, String)>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        std::fs::write(&path, text).unwrap();
        let times = speaker_times(&path).map_err(|error| error.to_string())?;
        Ok(times.into_iter().map(|(span, name)| (span.start.0, span.end.0, name)).collect())
    }

    #[test]
    fn tables_of_microphones() {
        let anna_and_bert = Ok(vec![(0, 12_500, "Anna".into()), (12_500, 83_000, "Meyer, Bert".into())]);
        for text in [
            "start,end,name\n0,12.5,Anna\n12.5,1:23,\"Meyer, Bert\"\n",
            "\u{feff}Nr;Sprecher;Beginn (h:mm:ss);Ende\r\n1;Anna;0:00:00;0:00:12,5\r\n2;Meyer, Bert;0:00:12,5;0:01:23\r\n",
            "12.5\t83\tMeyer, Bert\n\n0\t12.5\tAnna\n",
            "0:00;Anna\n0:12.5;Meyer, Bert\n1:23;\n",
            "Mikrofon;Name;Von;Bis\n1;Anna;0;12,5\n2;Meyer, Bert;12,5;83\n",
            "Speaker ID;Mic name;Name;Start;End\n7;Pult;Anna;0;12,5\n8;Saal;Meyer, Bert;12,5;83\n",
            "Mic name;Sprecher;Start;End\nPult;Anna;0;12,5\nSaal;Meyer, Bert;12,5;83\n",
            "Start;End;Mikrofon\n0;12,5;Anna\n12,5;83;Meyer, Bert\n",
        ] {
            let mut read = read(text);
            read.iter_mut().for_each(|times| times.sort());
            assert_eq!(read, anna_and_bert, "{text}");
        }
        let ends_first = read("Name,End Time,Start Time\nAnna,3,0\nBert,12,3,\n").unwrap();
        assert_eq!(ends_first, [(0, 3_000, "Anna".into()), (3_000, 12_000, "Bert".into())]);
        assert_eq!(read("5,Anna\n").unwrap(), [(5_000, u64::MAX, "Anna".into())]);
    }

    #[test]
    fn captions_with_names() {
        let vtt = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Anna>Ja.</v>\n\n00:00:02.000 --> 00:00:03.000\n<v Bert>Nein.</v>\n";
        assert_eq!(read(vtt).unwrap(), [(1_000, 2_000, "Anna".into()), (2_000, 3_000, "Bert".into())]);
        let nobody = read("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nJa.\n").unwrap_err();
        assert!(nobody.ends_with("it names nobody who speaks"), "{nobody}");
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_line() {
        let columns = read("Anna,Bert\n1,2\n").unwrap_err();
        assert!(columns.contains("line 1") && columns.contains("start"), "{columns}");
        let time = read("start,name\n0,Anna\nspäter,Bert\n").unwrap_err();
        assert!(time.contains("line 3") && !time.contains("Bert"), "{time}");
        assert!(read("").is_err());
        let long = format!("start,name\n0,Anna\n3,{}\n", "b".repeat(64));
        for (table, line, reason) in [
            (&*long, 3, "longer than 63 characters"),
            ("start,end,name\n0,5,3,5,Anna\n3,5,12,0,Bert\n", 2, "more cells than headings"),
            ("0,5,3,5,Anna\n", 1, "it needs the columns"),
            ("start,name\n0,\"Anna\n3,Bert\n", 2, "quotation mark"),
            ("start,end,name\n0,3,Anna\n5,2,Bert\n", 3, "end is before its start"),
        ] {
            let told = read(table).unwrap_err();
            assert!(told.contains(&format!("line {line}")) && told.contains(reason), "{told}");
        }
    }
}
