use super::*;
use crate::meeting::{AgendaItem, Attendance, Outcome, Person, Role, Vote};
use crate::minutes::{Cues, find};
use crate::{Segment, Span, SpeakerId};

fn sitting() -> (Transcript, Meeting) {
    let said = [
        (1, "Ich rufe Tagesordnungspunkt 1 auf, die Brücke."),
        (2, "Wir beantragen ein Geländer aus Holz."),
        (
            1,
            "Ich bitte um das Handzeichen für die Vorlage. Das ist einstimmig, und wir reichen die Pläne bis Freitag nach.",
        ),
        (1, "Ich rufe Tagesordnungspunkt 2 auf."),
        (2, "Das ist ein Geheimnis von 40 Euro."),
    ];
    let segment = |(n, (speaker, text)): (u64, (u16, &str))| Segment {
        span: Span::new(n * 10_000, n * 10_000 + 10_000),
        text: text.into(),
        speaker: Some(SpeakerId(speaker)),
        language: "de".into(),
        ..Segment::default()
    };
    let names = [(SpeakerId(1), "Anna Vogt".to_owned()), (SpeakerId(2), "Bert <Koch>".to_owned())].into();
    let segments = (0..).zip(said).map(segment).collect();
    let transcript = Transcript { language: "de".into(), segments, names, ..Transcript::default() };
    let person = |name: &str, role, attendance| Person {
        name: name.into(),
        role: Some(role),
        attendance: Some(attendance),
        ..Person::default()
    };
    let item = |number: &str, title: &str, public| AgendaItem {
        number: number.into(),
        title: title.into(),
        public: Some(public),
        ..AgendaItem::default()
    };
    let meeting = Meeting {
        body: "Rat".into(),
        date: "2026-11-30".parse().ok(),
        persons: vec![
            person("Anna Vogt", Role::Chair, Attendance::Present),
            person("Cem Lang", Role::Member, Attendance::Excused),
        ],
        agenda: vec![item("1", "Brücke", true), item("2", "Grundstück", false), item("3", "Fragen", true)],
        votes: vec![Vote { item: "TOP 1".into(), yes: Some(20), outcome: Some(Outcome::Accepted), ..Vote::default() }],
        ..Meeting::default()
    };
    (transcript, meeting)
}

fn markdown(options: &DraftOptions) -> String {
    let (transcript, meeting) = sitting();
    let minutes = find(&transcript, &meeting, &Cues::read("de", None).unwrap());
    let document = draft(&transcript, &meeting, &minutes, options);
    let mut text = Vec::new();
    let style = format::Style::default();
    format::write_document(format::DocumentFormat::Md, &document, &style, &mut text).unwrap();
    String::from_utf8(text).unwrap().replace("\\_", "_")
}

#[test]
fn results_have_what_was_found_and_fields_to_fill_in() {
    let page = Some("sitzung.html".to_owned());
    let land = "bb".parse().ok();
    let text = markdown(&DraftOptions { page, land, ..DraftOptions::default() });
    for part in [
        "# Ergebnisprotokoll\n",
        "- Gremium: Rat\n",
        "- Beginn: ________________\n",
        "*Pflichtangaben: § 42 BbgKVerf. Es fehlen noch: Sitzungsform, Beginn, Ende, Ort.*",
        "| Cem Lang | Mitglied |  | entschuldigt | ________________ |",
        "Im Transkript sprechen: Bert \\<Koch\\>",
        "## TOP 1: Brücke\n\n- Zeit: 0:00:00–0:00:30\n",
        "**Wortbeiträge:** Anna Vogt (0:00:20), Bert \\<Koch\\> (0:00:10)",
        "**Wortlaut des Beschlusses:** ________________",
        "| Beschlussvorlage oder Antrag | **angenommen** | 20 | ________________ | ________________ | eingetragen |",
        "| **einstimmig angenommen** |  |  |  | [\\[0:00:20\\]](<sitzung.html#ts_20000_30000_S1>) Anna Vogt: „Ich bitte",
        "bis Freitag (04.12.2026)",
        "## TOP 3: Fragen\n\n*In der Aufnahme nicht gefunden.*",
        "Vorsitz (Anna Vogt)",
    ] {
        assert!(text.contains(part), "{part}\n in\n{text}");
    }
    assert!(!text.contains("Grundstück") && !text.contains("Geheimnis"), "{text}");
}

#[test]
fn what_is_not_public_has_a_part_of_its_own() {
    let closed = markdown(&DraftOptions { part: Part::Closed, kind: Kind::Verbatim, ..DraftOptions::default() });
    assert!(closed.contains("# Wortprotokoll – Nichtöffentlicher Teil"), "{closed}");
    assert!(closed.contains("Geheimnis") && !closed.contains("Handzeichen"), "{closed}");
    let public = markdown(&DraftOptions { kind: Kind::Verbatim, ..DraftOptions::default() });
    assert!(public.contains("Handzeichen") && !public.contains("Geheimnis"), "{public}");
}

#[test]
fn an_outline_says_that_it_is_one() {
    let text = markdown(&DraftOptions { kind: Kind::Course, ..DraftOptions::default() });
    assert!(text.contains("Eine Gliederung, kein Verlaufsprotokoll"), "{text}");
    assert!(
        text.contains("- \\[0:00:10\\]** Bert \\<Koch\\> **") || text.contains("\\[0:00:10\\] **Bert \\<Koch\\>**"),
        "{text}"
    );
}

/// A draft of the first part, made of what `change` leaves of the sitting.
fn changed(kind: Kind, part: Part, change: impl Fn(&mut Transcript, &mut Meeting)) -> String {
    let (mut transcript, mut meeting) = sitting();
    change(&mut transcript, &mut meeting);
    let minutes = find(&transcript, &meeting, &Cues::read("de", None).unwrap());
    let options = DraftOptions { kind, part, ..DraftOptions::default() };
    let document = draft(&transcript, &meeting, &minutes, &options);
    let mut text = Vec::new();
    format::write_document(format::DocumentFormat::Md, &document, &format::Style::default(), &mut text).unwrap();
    String::from_utf8(text).unwrap().replace("\\_", "_")
}

#[test]
fn the_public_part_knows_nothing_of_the_other() {
    let secret = |transcript: &mut Transcript, meeting: &mut Meeting| {
        // A segment that reaches into the closed part, somebody who speaks only there, and a vote by a number that two items have.
        transcript.segments[2].text.push_str(" Ich rufe Tagesordnungspunkt 2 auf, Verkauf an Meyer.");
        transcript.segments[3].text = "Das Haus von Meyer ist teuer.".into();
        transcript.segments[3].speaker = Some(SpeakerId(3));
        transcript.names.insert(SpeakerId(3), "Gutachter Meyer".into());
        let vote = |subject: &str, item: &str| Vote { item: item.into(), subject: subject.into(), ..Vote::default() };
        meeting.agenda.push(AgendaItem {
            number: "3".into(),
            title: "Meyer".into(),
            public: Some(false),
            ..AgendaItem::default()
        });
        meeting.votes = vec![vote("Verkauf an Meyer", "2"), vote("Verkauf an Meyer", "3"), vote("Geländer", "1")];
    };
    for kind in Kind::ALL {
        for part in [Part::Public, Part::Item(0), Part::Item(2)] {
            let text = changed(kind, part, secret);
            assert!(!text.contains("Meyer") && !text.contains("Geheimnis"), "{text}");
        }
    }
    let public = changed(Kind::Results, Part::Public, secret);
    assert!(public.contains("Geländer") && public.contains("einstimmig angenommen"), "{public}");
    // The item that nobody called is named by its number alone.
    assert!(public.contains("steht: TOP 3 (nichtöffentlich)"), "{public}");
    let closed = changed(Kind::Verbatim, Part::Closed, secret);
    assert!(closed.contains("Verkauf an Meyer") && closed.contains("Handzeichen"), "{closed}");
}

#[test]
fn what_was_called_together_is_told_in_the_closed_part() {
    let together = |transcript: &mut Transcript, _: &mut Meeting| {
        transcript.segments[0].text = "Ich rufe die Tagesordnungspunkte 1 und 2 auf.".into();
        transcript.segments.truncate(3);
    };
    let public = changed(Kind::Verbatim, Part::Public, together);
    assert!(
        public.contains("Steht ganz oder zum Teil im nichtöffentlichen Teil.") && !public.contains("Holz"),
        "{public}"
    );
    let closed = changed(Kind::Verbatim, Part::Closed, together);
    assert!(closed.contains("zusammen aufgerufen mit: TOP 1") && closed.contains("Holz"), "{closed}");
    assert_eq!(closed.matches("Holz").count(), 1, "{closed}");
}

#[test]
fn a_vote_is_entered_for_one_item() {
    let text = changed(Kind::Results, Part::Public, |_, meeting| {
        meeting.agenda[2].number = "1".into();
        meeting.votes[0].subject = "Geländer".into();
    });
    assert_eq!(text.matches("| Geländer |").count(), 1, "{text}");
}

#[test]
fn days_are_written_as_the_language_does() {
    let text = changed(Kind::Results, Part::Public, |transcript, _| {
        transcript.language = "en".into();
    });
    assert!(text.contains("(2026-12-04)") && text.contains("2026-11-30"), "{text}");
}

#[test]
fn one_item_alone() {
    let text = markdown(&DraftOptions { part: Part::Item(0), ..DraftOptions::default() });
    assert!(text.starts_with("# TOP 1: Brücke\n") && !text.contains("Anwesenheit"), "{text}");
}

#[test]
fn long_quotes_keep_beginning_and_end() {
    let quote = format!("Anfang {} Ende", "und so weiter ".repeat(40));
    let short = shortened(&quote);
    assert!(short.starts_with("Anfang und") && short.ends_with("weiter Ende") && short.contains(" … "), "{short}");
    assert!(short.chars().count() <= QUOTE + 3);
    assert_eq!(shortened("kurz\n\u{7}gut"), "kurz gut");
}

#[test]
fn every_land_has_a_rule() {
    for code in Land::codes().split(", ") {
        let land: Land = code.parse().unwrap();
        assert!(!land.rule().is_empty() && land.to_string() == code);
    }
    assert!("XX".parse::<Land>().unwrap_err().contains("BB, BW"));
}
