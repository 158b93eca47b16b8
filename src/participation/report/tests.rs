use super::*;
use crate::format::{self, DocumentFormat, Style};
use crate::participation::{Conversation, Parameters, Participation, Person, Stretch, rows};
use std::collections::BTreeSet;

fn said(who: &str, start: u64, end: u64) -> Stretch {
    Stretch { who: who.into(), span: Span::new(start, end), words: 5 }
}

fn table_one() -> Conversation {
    Conversation {
        name: "tisch-1".into(),
        stretches: vec![
            said("Vera Vorsitz", 0, 10_000),
            said("Anna <Lang>", 8_000, 40_000),
            said("Bert Koch", 41_000, 60_500),
            said("Vera Vorsitz", 62_000, 70_000),
        ],
        unassigned: vec![Span::new(75_000, 80_000)],
        items: vec![Item { name: "1 Haushalt".into(), span: Span::new(0, 41_000) }],
        separate: true,
        ..Conversation::default()
    }
}

fn person(name: &str, role: &str, group: &str) -> Person {
    let group = Some(group.to_owned()).filter(|group| !group.is_empty());
    Person { name: name.into(), role: Some(role.into()), group, present: true }
}

fn persons() -> Vec<Person> {
    let [red, blue] = [person("Anna <Lang>", "member", "Rot"), person("Bert Koch", "member", "Blau")];
    vec![person("Vera Vorsitz", "chair", ""), red, blue, person("Cem Still", "member", "Blau")]
}

fn participation(conversations: Vec<Conversation>, persons: Vec<Person>, language: Language) -> Participation {
    let how = (BTreeSet::from(["chair".to_owned()]), Parameters::default());
    Participation::new("Gemeinderat".into(), language, conversations, persons, how)
}

fn written(format: DocumentFormat, participation: &Participation) -> String {
    let mut out = Vec::new();
    format::write_document(format, &report(participation), &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The text up to how it is counted.
fn numbers(text: &str, method: &str) -> String {
    text.split(method).next().unwrap().to_owned()
}

#[test]
fn a_council_in_german() {
    let council = participation(vec![table_one()], persons(), Language::German);
    insta::assert_snapshot!(numbers(&written(DocumentFormat::Md, &council), "## Wie gezählt wird"), @r"
    # Redeanteile: Gemeinderat

    - Aufnahme: tisch-1
    - Gemessen: 0:00:00–0:01:20 (0:01:20)
    - Jemand spricht: 0:01:12
    - Niemand spricht: 0:00:07
    - Jemand spricht, nicht bekannt wer: 0:00:05
    - Mehrere sprechen zugleich: 0:00:02

    *Maschinell gezählt und ungeprüft. Gezählt wird, wer wann spricht. Über die Güte eines Beitrags sagt das nichts.*

    *„Ohne Moderation“ heißt: Wer eine dieser Rollen hat, ist vor allen Berechnungen herausgenommen: Vorsitz*

    *Wer in der Liste steht und nicht als abwesend eingetragen ist, zählt als anwesend.*

    ## Redeanteile

    | Person | Rolle | Gruppe | Redezeit | Anteil | Anteil ohne Moderation | Beiträge | längster Beitrag |
    | --- | --- | --- | --- | --- | --- | --- | --- |
    | Anna \<Lang\> | Mitglied | Rot | 0:00:32 | 46,0 % | 62,1 % | 1 | 0:00:32 |
    | Bert Koch | Mitglied | Blau | 0:00:19 | 28,1 % | 37,9 % | 1 | 0:00:19 |
    | Vera Vorsitz | Vorsitz |  | 0:00:18 | 25,9 % | – | 2 | 0:00:10 |
    | Cem Still | Mitglied | Blau | 0:00:00 | 0,0 % | – | 0 | 0:00:00 |

    ## Im Gespräch

    | Person | mittlerer Beitrag | Antwortzeit (Anzahl) | Wörter je Minute | Rückmeldungen | übernahm | wurde abgelöst | versuchte es |
    | --- | --- | --- | --- | --- | --- | --- | --- |
    | Anna \<Lang\> | 0:00:32 | – | 9 | 0 | 1 | 0 | 0 |
    | Bert Koch | 0:00:19 | 1,0 s (1) | 15 | 0 | 0 | 0 | 0 |
    | Vera Vorsitz | 0:00:09 | 1,5 s (1) | 33 | 0 | 0 | 1 | 0 |

    ## Verteilung

    | Kennzahl | mit allen | ohne Moderation |
    | --- | --- | --- |
    | Personen, die sprachen | 3 | 2 |
    | Gini-Koeffizient derer, die sprachen (0: alle gleich viel) | 0,134 | 0,121 |
    | derselbe, für kleine Gruppen berichtigt | 0,201 | 0,243 |
    | Gleichmaß derer, die sprachen (1: alle gleich viel) | 0,968 | 0,957 |
    | Anwesende | 4 | 3 |
    | Anteil der Anwesenden, die sprachen | 75,0 % | 66,7 % |
    | Gini-Koeffizient der Anwesenden | 0,351 | 0,414 |
    | Gleichmaß der Anwesenden | 0,767 | 0,604 |
    | Anteil der größeren von zwei Gruppen (0,5: gleich) | – | 0,621 |
    | Beiträge | 4 | 2 |
    | Rückmeldungen | 0 | 0 |
    | Sprecherwechsel | 3 | 1 |
    | davon, während die andere Person noch sprach | 1 | 0 |
    | davon nach langer Stille | 0 | 0 |
    | Antwortzeit (Anzahl) | 1,0 s (2) | 1,0 s (1) |
    | Übernahmen, während eine andere Person sprach | 1 | 0 |

    ## Nach Rolle

    | Rolle | sprachen / anwesend | Redezeit | Anteil | Beiträge | längster Beitrag | gemessen an ihrer Zahl (1: entsprechend) |
    | --- | --- | --- | --- | --- | --- | --- |
    | Vorsitz | 1 / 1 | 0:00:18 | 25,9 % | 2 | 0:00:10 | 1,04 |
    | Mitglied | 2 / 3 | 0:00:51 | 74,1 % | 2 | 0:00:32 | 0,99 |

    ## Nach Gruppe

    | Gruppe | sprachen / anwesend | Redezeit | Anteil | Beiträge | längster Beitrag | gemessen an ihrer Zahl (1: entsprechend) |
    | --- | --- | --- | --- | --- | --- | --- |
    | Blau | 1 / 2 | 0:00:19 | 28,1 % | 1 | 0:00:19 | 0,56 |
    | Rot | 1 / 1 | 0:00:32 | 46,0 % | 1 | 0:00:32 | 1,84 |
    | ohne Angabe | 1 / 1 | 0:00:18 | 25,9 % | 2 | 0:00:10 | 1,04 |

    ## Wer übernahm, während eine andere Person sprach

    | Wer | bei wem | übernahm | versuchte es |
    | --- | --- | --- | --- |
    | Anna \<Lang\> | Vera Vorsitz | 1 | 0 |

    ## Wer wann spricht

    | Zeit | Wer spricht, nach Redezeit |
    | --- | --- |
    | 0:00:00–0:01:00 | Anna \<Lang\> 0:32, Bert Koch 0:19, Vera Vorsitz 0:10 |
    | 0:01:00–0:01:20 | Vera Vorsitz 0:08, Bert Koch 0:00 |

    ## Nach Tagesordnungspunkt

    | Tagesordnungspunkt | Beginn | Dauer | Beiträge | längster Beitrag | Gini | Wer spricht, nach Redezeit |
    | --- | --- | --- | --- | --- | --- | --- |
    | 1 Haushalt | 0:00:00 | 0:00:41 | 2 | 0:00:32 | 0,262 | Anna \<Lang\> 76,2 %, Vera Vorsitz 23,8 % |
    ");
}

#[test]
fn what_one_microphone_cannot_tell_is_not_zero() {
    let mut one = Conversation { separate: false, items: vec![], ..table_one() };
    one.stretches[1].span.start = Millis(10_500);
    let text = written(DocumentFormat::Md, &participation(vec![one], vec![], Language::English));
    assert!(text.contains("Several speak at once: cannot be measured"), "{text}");
    assert!(text.contains("an estimate by the sound of voices") && text.contains("are therefore not zero"), "{text}");
    assert!(!text.contains("took over |") && !text.contains("Takeovers while"), "{text}");
    assert!(!text.contains("Role") && !text.contains("without moderation"), "{text}");
}

#[test]
fn tables_of_an_assembly_are_one_report() {
    let two = Conversation { name: "tisch-2".into(), ends: Some((Millis(90_000), Default::default())), ..table_one() };
    let text = written(DocumentFormat::Md, &participation(vec![table_one(), two], persons(), Language::German));
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(headings, ["## Alle Aufnahmen", "## tisch-1", "## tisch-2", "## Wie gezählt wird"]);
    assert!(text.contains("| tisch-2 | 0:01:20 | 0:01:09 | 3 | 4 |"), "{text}");
    assert!(text.contains("unvollständig: transkribiert bis 0:01:30"), "{text}");
    // Who is there is known of the assembly, and not of its tables.
    assert_eq!(text.matches("Gini-Koeffizient der Anwesenden").count(), 1, "{text}");
}

#[test]
fn every_measure_is_defined() {
    for (language, terms) in [
        (
            Language::German,
            [
                "Gini-Koeffizient",
                "Gleichmaß",
                "Anteil der größeren von zwei Gruppen",
                "Gemessen an ihrer Zahl",
                "Stille",
            ],
        ),
        (
            Language::English,
            [
                "Gini coefficient",
                "Evenness",
                "Part of the larger of two groups",
                "In proportion to their number",
                "Silence",
            ],
        ),
    ] {
        let text = written(DocumentFormat::Md, &participation(vec![table_one()], persons(), language));
        for term in terms {
            assert!(text.contains(&format!("- **{term}:** ")), "{term}: {text}");
        }
    }
}

#[test]
fn without_moderation_tables_have_the_same_figures() {
    let groups = vec![
        person("Vera Vorsitz", "chair", "Grün"),
        person("Anna <Lang>", "member", "Rot"),
        person("Bert Koch", "member", "Blau"),
    ];
    let two = Conversation { name: "tisch-2".into(), ..table_one() };
    let council = participation(vec![table_one(), two], groups, Language::German);
    let text = written(DocumentFormat::Md, &council);
    // Of three groups, two are left without moderation: 32 of 51.5 s, at each table and at both.
    let balance = "| Anteil der größeren von zwei Gruppen (0,5: gleich) | – | 0,621 |";
    assert_eq!(text.matches(balance).count(), 3, "{text}");
    let rows = rows(&council);
    let column = |name: &str| rows[0].iter().position(|other| other == name).unwrap();
    let meetings = rows[1..].iter().filter(|row| row[column("kind")] == "meeting" && row[column("item")].is_empty());
    let balances: Vec<_> = meetings.map(|row| (&*row[column("without_roles")], &row[column("balance")])).collect();
    let (none, part) = (String::new(), (32_000.0 / 51_500.0).to_string());
    assert_eq!(balances, [("", &none), ("chair", &part)].repeat(3));
}

#[test]
fn all_recordings_together_have_no_latency_and_speech_of_nobody_is_no_silence() {
    let two = Conversation { name: "tisch-2".into(), ..table_one() };
    let several = participation(vec![table_one(), two], persons(), Language::German);
    let rows = rows(&several);
    let cells = |recording: &str, without: &str| {
        let column = |name: &str| rows[0].iter().position(|other| other == name).unwrap();
        let is = |row: &&Vec<String>| {
            [("kind", "meeting"), ("recording", recording), ("item", ""), ("without_roles", without)]
                .iter()
                .all(|(name, text)| row[column(name)] == *text)
        };
        let row = rows.iter().find(is).unwrap();
        ["window_ms", "speech_ms", "silence_ms", "unassigned_ms", "latency_ms", "latency_n"]
            .map(|name| row[column(name)].clone())
    };
    assert_eq!(cells("tisch-1", ""), ["80000", "67500", "7500", "5000", "1000", "2"]);
    assert_eq!(cells("tisch-1", "chair"), ["80000", "51500", "23500", "5000", "1000", "1"]);
    assert_eq!(cells("", ""), ["160000", "135000", "15000", "10000", "", ""]);
    assert_eq!(cells("", "chair"), ["160000", "103000", "47000", "10000", "", ""]);
}

#[test]
fn what_is_left_out_is_no_silence_and_nobody_answers_across_it() {
    let all = Conversation { unassigned: vec![], ..table_one() };
    let cut = Conversation { left_out: vec![Span::new(60_500, 61_500)], ..all.clone() };
    let measures = |conversation: Conversation| {
        participation(vec![conversation], vec![], Language::German).parts.remove(0).whole.all
    };
    let (all, cut) = (measures(all), measures(cut));
    assert_eq!((all.silence, all.left_out, all.transfers), (Millis(2_500), Millis(0), 3));
    assert_eq!((cut.silence, cut.left_out, cut.transfers), (Millis(1_500), Millis(1_000), 2));
    assert_eq!(cut.speakers["Bert Koch"].share_of_window, 19_500.0 / 69_000.0);
    let cut = Conversation { left_out: vec![Span::new(60_500, 61_500)], ..table_one() };
    let text = written(DocumentFormat::Md, &participation(vec![cut], persons(), Language::German));
    assert!(text.contains("- Nichtöffentlich, nicht gezählt: 0:00:01\n"), "{text}");
}

#[test]
fn nobody_is_known_or_nobody_speaks() {
    let unknown = Conversation { stretches: vec![], separate: false, ..table_one() };
    let text = written(DocumentFormat::Md, &participation(vec![unknown], vec![], Language::German));
    assert!(text.contains("nicht bekannt, wer spricht") && text.contains("Jemand spricht: 0:00:05"), "{text}");
    let empty = participation(vec![Conversation::default()], persons(), Language::German);
    assert!(written(DocumentFormat::Md, &empty).contains("spricht niemand"));
    assert!(written(DocumentFormat::Html, &empty).contains("</html>"));
    assert_eq!(rows(&empty).len(), 2 + 4 + 2 + 3 + 1 + 3 + 1 + 2, "the meeting, persons, roles and groups, twice");
}

#[test]
fn every_row_has_every_column_and_the_parameters() {
    let council = participation(vec![table_one()], persons(), Language::German);
    let rows = rows(&council);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    let column = |name: &str| rows[0].iter().position(|other| other == name).unwrap();
    let cell = |row: &Vec<String>, name: &str| row[column(name)].clone();
    assert!(rows[1..].iter().all(|row| cell(row, "gap_ms") == "1000" && cell(row, "hold_ms") == "1000"));
    let named = |name: &str, item: &str, without: &str| {
        let is = |row: &&Vec<String>| {
            [("kind", "person"), ("name", name), ("item", item), ("without_roles", without)]
                .iter()
                .all(|(column, text)| cell(row, column) == *text)
        };
        let mut found = rows.iter().filter(is);
        let row = found.next().unwrap();
        assert!(found.next().is_none());
        ["talk_ms", "turns", "took_over", "role", "group"].map(|column| cell(row, column))
    };
    assert_eq!(named("Anna <Lang>", "", ""), ["32000", "1", "1", "member", "Rot"]);
    assert_eq!(named("Anna <Lang>", "1 Haushalt", "chair"), ["32000", "1", "0", "member", "Rot"]);
    assert_eq!(named("Cem Still", "", "chair"), ["0", "0", "0", "member", "Blau"]);
}

#[test]
fn names_cannot_break_the_page() {
    let page = written(DocumentFormat::Html, &participation(vec![table_one()], persons(), Language::German));
    assert!(page.contains("Anna &lt;Lang&gt;") && !page.contains("<Lang>"));
    assert!(page.contains("default-src 'none'; style-src 'sha256-") && !page.contains("<script"));
    assert_eq!(page.matches("<svg role=\"img\"").count(), 2);
}
