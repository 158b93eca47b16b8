//! What stands above a transcript that people read: which recording, from when, by which model, and that nobody has
//! checked it. In the transcript's language (German, else English). Knows no format.

use super::text;
use crate::Transcript;

/// The block above the text; every part is one line.
pub(super) struct Heading {
    /// The recording.
    pub(super) title: String,
    /// What is known of it, as `(label, value)`.
    pub(super) facts: Vec<(&'static str, String)>,
    /// What whoever reads it must know before anything else.
    pub(super) notice: String,
    /// That it ends too early; `None`: it does not.
    pub(super) incomplete: Option<String>,
    /// What happened on the way, in order.
    pub(super) warnings: Vec<String>,
}

impl Heading {
    pub(super) fn of(transcript: &Transcript) -> Heading {
        let german = transcript.language == "de";
        let say = |de, en| if german { de } else { en };
        let title = match text::line(&transcript.recording.name) {
            name if name.is_empty() => say("Transkript", "Transcript").to_owned(),
            name => name.into_owned(),
        };
        let mut facts = Vec::new();
        if let Some(started) = &transcript.recording.started {
            facts.push((say("Datum", "Date"), date(&text::line(started))));
        }
        facts.push((say("Länge", "Length"), transcript.duration.to_string()));
        match text::line(&transcript.model.file) {
            model if model.is_empty() => {}
            model => facts.push((say("Modell", "Model"), model.into_owned())),
        }
        let notice = match transcript.edits.is_empty() {
            true => say("Maschineller Entwurf, ungeprüft", "Machine draft, unchecked"),
            false => {
                say("Maschineller Entwurf, in Teilen von Hand geändert", "Machine draft, changed by hand in parts")
            }
        };
        let warnings = transcript.warnings.iter().map(|warning| text::warning(transcript, warning)).collect();
        Heading { title, facts, notice: notice.to_owned(), incomplete: text::incomplete(transcript), warnings }
    }
}

/// `2026-11-22 13:56` of `2026-11-22T13:56:45+01:00`; anything else as it is.
fn date(rfc3339: &str) -> String {
    match rfc3339.split_once('T').and_then(|(day, time)| Some((day, time.get(..5)?))) {
        Some((day, time)) => format!("{day} {time}"),
        None => rfc3339.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn in_german_and_in_english() {
        let mut transcript = interrupted(council());
        transcript.recording.started = Some("2026-11-22T18:00:45+01:00".into());
        let shown = |transcript: &Transcript| {
            let Heading { title, facts, notice, incomplete, warnings } = Heading::of(transcript);
            let facts: Vec<_> = facts.into_iter().map(|(label, value)| format!("{label}: {value}")).collect();
            format!("{title}\n{}\n{notice}\n{incomplete:?}\n{}", facts.join("\n"), warnings.join("\n"))
        };
        insta::assert_snapshot!(shown(&transcript), @r#"
        ratssitzung.m4a
        Datum: 2026-11-22 18:00
        Länge: 0:00:20
        Modell: ggml-base-q8_0.bin
        Maschineller Entwurf, ungeprüft
        Some("unvollständig: transkribiert bis 0:12:34, abgebrochen")
        Hinweis, 00:09: a damaged packet was skipped
        Hinweis: the file is shorter than its header says
        "#);
        insta::assert_snapshot!(shown(&Transcript { edits: vec![Default::default()], ..Transcript::default() }), @"
        Transcript
        Length: 0:00:00
        Machine draft, changed by hand in parts
        None
        ");
    }
}
