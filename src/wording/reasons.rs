//! Why data of a meeting, or a file beside a recording, can't be used: what errors say of it, in the language of the reader.

use std::borrow::Cow;

use super::Language;

/// What errors say, and the same in German. `{}` stands for what both have, `{reason}` for a reason of its own. The first that matches
/// counts.
const GERMAN: [(&str, &str); 53] = [
    ("cannot use the meeting data in `{}`: {reason}", "`{}`: {reason}"),
    ("cannot use the glossary `{}`: {reason}", "Glossar `{}`: {reason}"),
    ("cannot read `{}`: {reason}", "`{}` lässt sich nicht lesen: {reason}"),
    ("line {}, `{}`: {reason}", "Zeile {}, `{}`: {reason}"),
    ("line {}: {reason}", "Zeile {}: {reason}"),
    ("`agenda`, item `{}`: {reason}", "`agenda`, Punkt `{}`: {reason}"),
    ("`{}`: {reason}", "`{}`: {reason}"),
    ("it is none of {}", "möglich sind {}"),
    ("it is no day, such as {} or {}", "kein Tag, wie {} oder {}"),
    ("it is no time of day, such as {}", "keine Uhrzeit, wie {}"),
    ("it is no time of the recording, such as {}", "keine Zeit der Aufnahme, wie {}"),
    ("it is no time zone, such as {}", "keine Zeitzone, wie {}"),
    ("it is no time", "keine Zeit"),
    ("it is no text", "kein Text"),
    ("it is no number of votes", "keine Zahl von Stimmen"),
    ("it is no row of a table", "keine Zeile einer Tabelle"),
    ("it is no meeting of OParl ({})", "keine Sitzung nach OParl ({})"),
    ("it is no agenda item ({})", "kein Tagesordnungspunkt ({})"),
    ("it is empty", "hier steht nichts"),
    ("it is larger than {}", "mehr als {}"),
    ("it is a folder", "ein Ordner, keine Datei"),
    ("it is a pipe or a device, not a file", "keine Datei"),
    ("it holds no text", "darin steht kein Text"),
    ("it has no heading `{}`; the columns are {}", "die Überschrift `{}` fehlt; Spalten sind {}"),
    ("it contains no terms", "darin stehen keine Begriffe"),
    ("there are more than {} rows", "mehr als {} Zeilen"),
    ("there are more than {} terms", "mehr als {} Begriffe"),
    ("there is no term before the colon", "vor dem Doppelpunkt steht kein Begriff"),
    ("the line has more than {} characters", "die Zeile hat mehr als {} Zeichen"),
    ("the line contains a control character", "die Zeile enthält ein Steuerzeichen"),
    ("a term has more than {} characters", "ein Begriff hat mehr als {} Zeichen"),
    ("this is not UTF-8 text", "kein Text in UTF-8"),
    ("the file ends in the middle", "die Datei endet mittendrin"),
    (
        "other files can't be read from here; write what they say into this one",
        "andere Dateien lassen sich von hier aus nicht lesen; schreiben Sie in diese, was darin steht",
    ),
    (
        "it is not public, and not found; `start` says where it is, a time after the end if it was not recorded",
        "nichtöffentlich, und nicht gefunden; `start` sagt, wo der Punkt beginnt: nach dem Ende, wenn er nicht aufgenommen wurde",
    ),
    ("unknown language `{}`", "die Sprache `{}` ist nicht bekannt"),
    ("`auto` is no language", "`auto` ist keine Sprache"),
    ("missing field `{}`", "`{}` fehlt"),
    ("unknown field `{}`, expected one of {}", "das Feld `{}` gibt es nicht; möglich sind {}"),
    ("unknown field `{}`, expected `{}` or `{}`", "das Feld `{}` gibt es nicht; möglich sind `{}` und `{}`"),
    ("unknown field `{}`, expected {}", "das Feld `{}` gibt es nicht; möglich ist {}"),
    ("duplicate key{}", "das steht schon weiter oben"),
    ("duplicate field `{}`", "`{}` steht zweimal da"),
    ("invalid type: {}, expected a string", "ein Text in Anführungszeichen wird erwartet"),
    (
        "invalid type: {}, expected a text or a whole number (`3.1` needs quotes)",
        "ein Text oder eine ganze Zahl wird erwartet (`3.1` braucht Anführungszeichen)",
    ),
    ("invalid type: {}, expected a sequence", "eine Liste wird erwartet"),
    ("invalid type: {}, expected a boolean", "`true` oder `false` wird erwartet"),
    ("invalid type: {}, expected u32", "eine ganze Zahl ab 0 wird erwartet"),
    ("invalid type: {}, expected {}", "etwas anderes wird erwartet"),
    ("invalid value: {}, expected u32", "eine ganze Zahl ab 0 wird erwartet"),
    ("no such file or directory", "die Datei gibt es nicht"),
    ("permission denied", "der Zugriff ist verweigert"),
    ("is a directory", "ein Ordner, keine Datei"),
];

/// What an error says. What a reader of a format says in its own words stands in brackets.
pub(crate) fn reason(message: &str, language: Language) -> Cow<'_, str> {
    match language {
        Language::English => message.into(),
        Language::German => german(message).unwrap_or_else(|| format!("so nicht lesbar ({message})")).into(),
    }
}

fn german(message: &str) -> Option<String> {
    let (values, form) = GERMAN.iter().find_map(|(english, german)| Some((values(english, message)?, *german)))?;
    let mut values = values.into_iter();
    let mut text = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        let value = values.next()?;
        text.push_str(before);
        text.push_str(&if name.is_empty() { value.into() } else { reason(value, Language::German) });
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// What stands in the places of a form; `None` if the text is of another one.
fn values<'a>(form: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = form.split('{');
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    let parts: Vec<&str> = parts.filter_map(|part| Some(part.split_once('}')?.1)).collect();
    for (n, part) in parts.iter().enumerate() {
        let is_last = n + 1 == parts.len();
        let end = if is_last { rest.strip_suffix(part)?.len() } else { rest.find(part)? };
        values.push(&rest[..end]);
        rest = &rest[end + part.len()..];
    }
    rest.is_empty().then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_in_german() {
        for (english, expected) in [
            (
                "cannot use the meeting data in `/a/meeting.toml`: line 3, `date`: it is no day, such as `2026-11-22` or `22.11.2026`",
                "`/a/meeting.toml`: Zeile 3, `date`: kein Tag, wie `2026-11-22` oder `22.11.2026`",
            ),
            ("line 1, `person[0]`: missing field `name`", "Zeile 1, `person[0]`: `name` fehlt"),
            (
                "line 2, `kind`: it is none of `presence`, `hybrid`",
                "Zeile 2, `kind`: möglich sind `presence`, `hybrid`",
            ),
            ("unknown field `x`, expected `a` or `b`", "das Feld `x` gibt es nicht; möglich sind `a` und `b`"),
            ("unknown field `x`, expected `a`", "das Feld `x` gibt es nicht; möglich ist `a`"),
            ("line 9: unclosed table, expected `]`", "Zeile 9: so nicht lesbar (unclosed table, expected `]`)"),
            ("invalid type: integer `3`, expected a string", "ein Text in Anführungszeichen wird erwartet"),
            (
                "cannot read `a.csv`: no such file or directory",
                "`a.csv` lässt sich nicht lesen: die Datei gibt es nicht",
            ),
            ("", "so nicht lesbar ()"),
        ] {
            assert_eq!(reason(english, Language::German), expected);
            assert_eq!(reason(english, Language::English), english);
        }
    }

    #[test]
    fn both_languages_have_the_same_places() {
        let places = |form: &str| form.matches('{').count();
        for (english, german) in GERMAN {
            assert!(places(german) <= places(english) && !english.is_empty(), "{english}");
            assert_eq!(english.contains("{reason}"), german.contains("{reason}"), "{english}");
        }
    }
}
