use super::*;
use crate::edits::{Decision, MinutesEdit};
use crate::meeting::{Person, Role};
use crate::{Marker, MarkerKind, Segment};
use std::path::Path;

/// A talk of lines, each five seconds long, by persons of these names.
fn talk(lines: &[(&str, &str)]) -> Transcript {
    let mut transcript = Transcript { language: "de".into(), ..Transcript::default() };
    let mut names: Vec<&str> = Vec::new();
    for (n, (name, text)) in (0..).zip(lines) {
        let at = names.iter().position(|other| other == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        let id = SpeakerId(at as u16 + 1);
        if !name.is_empty() {
            transcript.names.insert(id, (*name).to_owned());
        }
        transcript.segments.push(Segment {
            span: Span::new(n * 5_000, n * 5_000 + 5_000),
            text: (*text).to_owned(),
            speaker: (!name.is_empty()).then_some(id),
            language: "de".into(),
            ..Segment::default()
        });
    }
    transcript
}

fn agenda(items: &[(&str, &str)]) -> Meeting {
    let item = |(number, title): &(&str, &str)| AgendaItem {
        number: (*number).to_owned(),
        title: (*title).to_owned(),
        ..AgendaItem::default()
    };
    let person = |name: &str, role| Person { name: name.into(), role: Some(role), ..Person::default() };
    let persons = vec![person("Vogt", Role::Chair), person("Koch", Role::Member), person("May", Role::Staff)];
    Meeting { agenda: items.iter().map(item).collect(), persons, ..Meeting::default() }
}

fn found(transcript: &Transcript, meeting: &Meeting) -> Minutes {
    // Compiling them takes longer than any of these tests.
    static CUES: std::sync::OnceLock<Cues> = std::sync::OnceLock::new();
    find(transcript, meeting, CUES.get_or_init(|| Cues::read("de", None).unwrap()))
}

/// Numbers of items with the seconds in which they begin.
fn begins(minutes: &Minutes) -> Vec<(String, u64)> {
    let numbers = |stretch: &Stretch| {
        let all: Vec<&str> = stretch.items.iter().map(|item| minutes.items[*item].number.as_str()).collect();
        all.join("+")
    };
    minutes.stretches.iter().map(|stretch| (numbers(stretch), stretch.span.start.0 / 1000)).collect()
}

fn votes(minutes: &Minutes) -> Vec<&VoteFound> {
    let details = minutes.findings.iter().map(|finding| &finding.details);
    details
        .filter_map(|details| match details {
            Details::Vote(vote) => Some(vote),
            _ => None,
        })
        .collect()
}

fn kinds(minutes: &Minutes) -> Vec<&'static str> {
    minutes.findings.iter().map(|finding| finding.details.code()).collect()
}

const FILLER: &str = "Das Wetter war in diesem Sommer schöner als im letzten.";

#[test]
fn items_begin_where_they_are_called() {
    let talk = talk(&[
        ("Vogt", "Ich eröffne die Sitzung."),
        ("Vogt", "Ich rufe auf die Tagesordnungspunkte 1 und 2."),
        ("Koch", "Wir kommen zu Punkt 4 unseres Papiers."),
        ("Vogt", "Dann kommen wir zum vierten Tagesordnungspunkt."),
        ("Koch", FILLER),
        ("Vogt", "Ich rufe noch einmal Tagesordnungspunkt 3a auf."),
        ("Vogt", "Wir kommen zum Zusatzpunkt 1."),
        ("Vogt", "Nach Tagesordnungspunkt 4 machen wir eine Pause."),
    ]);
    let meeting =
        agenda(&[("1", "Anfang"), ("2", "Mitte"), ("3a", "Brücke"), ("4", "Schule"), ("Zusatzpunkt 1", "Bad")]);
    let minutes = found(&talk, &meeting);
    let expected = [("", 0), ("1+2", 5), ("4", 15), ("3a", 25), ("Zusatzpunkt 1", 30)];
    assert_eq!(begins(&minutes), expected.map(|(number, at)| (number.to_owned(), at)));
    assert_eq!(minutes.chair, Chair::Known);
    assert!(minutes.stretches[1].certainty == Certainty::Certain && !minutes.stretches[1].back);
    let evidence = minutes.stretches[2].evidence.as_ref().unwrap();
    assert_eq!((evidence.segment, evidence.quote.as_str()), (3, "Dann kommen wir zum vierten Tagesordnungspunkt."));
}

#[test]
fn an_item_is_known_by_its_title_or_as_the_next() {
    let talk = talk(&[
        ("Vogt", "Wir beginnen mit den Bekanntgaben der Verwaltung."),
        ("May", FILLER),
        ("Vogt", "Damit kommen wir zur Sanierung der Mühlbachbrücke in Oberdorf."),
        ("Koch", FILLER),
        ("Vogt", "Dann kommen wir zum nächsten Tagesordnungspunkt."),
    ]);
    let meeting = agenda(&[("1", "Bekanntgaben"), ("2", "Sanierung Mühlbachbrücke Oberdorf"), ("3", "Verschiedenes")]);
    let numbers: Vec<(String, u64)> =
        begins(&found(&talk, &meeting)).into_iter().filter(|(n, _)| !n.is_empty()).collect();
    assert_eq!(numbers.last(), Some(&("3".to_owned(), 20)));
    assert!(numbers.contains(&("2".to_owned(), 10)), "{numbers:?}");
}

#[test]
fn what_people_set_wins() {
    let mut talk = talk(&[
        ("Vogt", "Ich rufe Tagesordnungspunkt 1 auf."),
        ("Koch", FILLER),
        ("Koch", FILLER),
        ("Koch", FILLER),
        ("Koch", FILLER),
        ("Koch", FILLER),
        ("Koch", FILLER),
        ("Koch", FILLER),
        ("Koch", FILLER),
        ("Vogt", "Ich rufe Tagesordnungspunkt 2 auf."),
    ]);
    let mut meeting = agenda(&[("1", "Anfang"), ("2", "Mitte")]);
    meeting.agenda[1].start = Some(Millis(10_000));
    let minutes = found(&talk, &meeting);
    assert_eq!(begins(&minutes), [("1".to_owned(), 0), ("2".to_owned(), 10)]);
    assert_eq!(minutes.stretches[1].origin, Origin::Hand);
    // A marker is worth a call.
    meeting.agenda[1].start = None;
    talk.segments.pop();
    talk.markers.push(Marker { at: Millis(31_000), kind: MarkerKind::AgendaItem });
    assert_eq!(begins(&found(&talk, &meeting)).last(), Some(&("2".to_owned(), 30)));
}

#[test]
fn without_an_agenda_items_are_those_that_are_called() {
    let talk = talk(&[
        ("Vogt", "Ich rufe Tagesordnungspunkt 7 auf."),
        ("Vogt", "Ich rufe auf TOP vier."),
        ("Vogt", "Wir kommen zu Tagesordnungspunkt 7 a."),
    ]);
    let minutes = found(&talk, &agenda(&[]));
    assert_eq!(begins(&minutes), [("7".to_owned(), 0), ("4".to_owned(), 5), ("7".to_owned(), 10)]);
    assert!(minutes.stretches[2].back && !minutes.items[0].on_agenda);
}

#[test]
fn several_votes_of_one_item() {
    let talk = talk(&[
        ("Vogt", "Wir kommen zur Abstimmung, zuerst über den Änderungsantrag der Grünen Liste."),
        (
            "Vogt",
            "Wer ist dafür? Fünf. Wer ist dagegen? Bei 5 Ja-Stimmen, elf Gegenstimmen und einer Enthaltung abgelehnt.",
        ),
        ("Koch", "Das ist schade."),
        ("Vogt", "Ich bitte um Ihr Votum zur Beschlussvorlage – das ist einstimmig."),
        ("Vogt", "Jetzt noch der Antrag zur Geschäftsordnung, ich bitte um das Handzeichen."),
        ("Vogt", "Der Antrag ist bei Stimmengleichheit abgelehnt."),
        ("Vogt", "Ich bitte um das Kartenzeichen. 13 Nein-Stimmen, der Rest Ja-Stimmen."),
    ]);
    let minutes = found(&talk, &agenda(&[]));
    let votes = votes(&minutes);
    let outcomes: Vec<_> = votes.iter().map(|vote| (vote.kind, vote.outcome, vote.unanimous)).collect();
    let expected = [
        (VoteKind::Amendment, Some(Outcome::Rejected), false),
        (VoteKind::Main, Some(Outcome::Accepted), true),
        (VoteKind::Procedural, Some(Outcome::Tied), false),
        (VoteKind::Main, Some(Outcome::Accepted), false),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(votes[0].counts, Counts { yes: Some(5), no: Some(11), abstained: Some(1), rest: None });
    assert_eq!(votes[3].counts, Counts { no: Some(13), rest: Some(true), ..Counts::default() });
    assert_eq!(votes[0].subject, "Änderungsantrag der Grünen Liste");
    assert!(minutes.findings.iter().all(|finding| finding.certainty == Certainty::Certain));
}

#[test]
fn what_only_speaks_of_votes_is_none() {
    let lines = [
        ("Vogt", "Das haben wir im Hauptausschuss einstimmig beschlossen."),
        ("Vogt", "Darüber müssen wir heute nicht abstimmen."),
        ("Vogt", "Wenn Sie das mehrheitlich ablehnen, geht es so weiter."),
        ("Vogt", "Für die Aussprache ist eine Dauer von 31 Minuten beschlossen."),
        ("Koch", "Das ist einstimmig, und ich bitte um Ihr Votum."),
        ("Vogt", "Ist das einstimmig?"),
    ];
    assert_eq!(votes(&found(&talk(&lines), &agenda(&[]))), Vec::<&VoteFound>::new());
}

#[test]
fn ordinary_talk_holds_no_votes() {
    let lines = [
        "Die Verwaltung hat die Mehrheit der Briefe beantwortet.",
        "Da stimmen Sie mir sicher zu.",
        "Haben Sie alle die Einladung angenommen.",
        "Das ist die große Mehrheit der Bevölkerung.",
        "Der Landtag hat das Gesetz beschlossen.",
        "Die Presse war sich einstimmig sicher.",
        "Frau Koch lehnt Gewalt ab.",
        "Ohne eine Mehrheit im Bund geht das nicht.",
        "Der Antrag ist beim Land abgelehnt.",
        "Das Ergebnis ist damit bestätigt.",
        "Im Keller stehen nur noch die gelben Säcke.",
        "Der Hauptausschuss empfiehlt das einstimmig.",
        "Einstimmig empfohlen hat es auch der Beirat.",
        "Das ist der Beschluss.",
        "Das ist die Entscheidung.",
        "Wir haben das Ergebnis.",
        "Punkt 3 auf meiner Liste ist der Urlaub.",
        "Nummer 7 stand im Tor.",
    ];
    let minutes = found(&talk(&lines.map(|text| ("Vogt", text))), &agenda(&[]));
    assert_eq!((kinds(&minutes), minutes.items.len()), (Vec::new(), 0), "{:?}", minutes.findings);
    // Without a chair, a result counts only if whoever calls the vote says it.
    let lines = [
        ("Anna", "Wer stimmt in deiner Familie den Plänen zu?"),
        ("Ben", "Meine Mutter. Das ist angenommen, sagt sie immer."),
        ("Ben", "Das war einstimmig."),
    ];
    let minutes = found(&talk(&lines), &Meeting::default());
    assert_eq!((minutes.chair, votes(&minutes)), (Chair::Unknown, Vec::<&VoteFound>::new()));
}

#[test]
fn votes_are_found_where_words_are_misheard() {
    let cases: [&[&str]; 7] = [
        // Each word of a cue may be wrong: what is left adds up.
        &["Wir knoten zur Abstimmung.", "Sich bete um das Karten zeichen.", "Ein stimmig."],
        &["Dann können wir darüber abstim men.", "Ich boot Sie um das Karten zeichen.", "Mehrheitlich."],
        &["Ich stelle Einstimmigkeit fast."],
        &["Dass ist eine überwiegende Mehrheit."],
        &["Das ist nachts einstimmig, mtla 45 Ja-Stimmen."],
        &["Das ist einstimmich."],
        &["Zwei Enthaltungn und die Abstimmung.", "Also angenommen."],
    ];
    for lines in cases {
        let said: Vec<(&str, &str)> = lines.iter().map(|text| ("Vogt", *text)).collect();
        let minutes = found(&talk(&said), &agenda(&[]));
        let outcomes: Vec<_> = votes(&minutes).iter().map(|vote| vote.outcome).collect();
        assert_eq!(outcomes, [Some(Outcome::Accepted)], "{lines:?}");
        let quote = &minutes.findings[0].evidence[0].quote;
        assert!(lines.join(" ").starts_with(quote), "it is quoted as it was heard: {quote}");
    }
    // Words of votes that are far from each other, or are said of other things, are none.
    let lines = [
        "Wir sehen auf dem Bild nur alte Karten.",
        "Ich bedanke mich für das einstimmige Votum.",
        FILLER,
        FILLER,
        FILLER,
        "Das Ergebnis der Abstimmungsgespräche liegt vor.",
        FILLER,
        FILLER,
        "Die Mehrheit der Leute kommt mit dem Rad.",
        "Das ist ein stimmiges Konzept.",
        "Das sagen alle einstimmig.",
    ];
    let minutes = found(&talk(&lines.map(|text| ("Vogt", text))), &agenda(&[]));
    assert_eq!(kinds(&minutes), Vec::<&str>::new(), "{:?}", minutes.findings);
}

/// What is found in what the chair says.
fn said_by_chair(lines: &[&str], cues: Option<&Cues>) -> Minutes {
    let lines: Vec<(&str, &str)> = lines.iter().map(|text| ("Vogt", *text)).collect();
    match cues {
        Some(cues) => find(&talk(&lines), &agenda(&[]), cues),
        None => found(&talk(&lines), &agenda(&[])),
    }
}

#[test]
fn words_of_votes_in_talk_of_other_things_are_no_votes() {
    let cases: &[&[&str]] = &[
        &["In Abstimmung mit den Fraktionen haben wir uns einstimmig auf diesen Termin verständigt."],
        &[
            "Das Konzept ist in enger Abstimmung mit der Polizei entstanden. Der Jugendgemeinderat war mehrheitlich dafür.",
        ],
        &["Wir sind in Abstimmung mit dem Land. Die Jury hat sich einstimmig für den Entwurf ausgesprochen."],
        &["Das müssen wir mit dem Land abstimmen. Zwei Enthaltungen gab es in der Jury, und der Plan ist genehmigt."],
        &["Der Ortschaftsrat hat ein entsprechendes Votum abgegeben. Das Geld ist vom Land genehmigt."],
        &["Der Ortschaftsrat hat das entsprechende Votum abgegeben. Das Geld ist vom Land genehmigt."],
        &["Ich habe das Handzeichen von Frau Koch gesehen. Frau Koch, bitte. Der Förderbescheid ist genehmigt."],
        &["Ich habe das Handzeichen von Frau Koch gesehen. Der Förderbescheid ist genehmigt."],
        &["Geben Sie mir ein Handzeichen, wenn Sie reden wollen."],
        &["Ich bitte um ein Handzeichen, wenn Sie sprechen möchten."],
        &["Das war ein entsprechendes Zeichen an die Jugend."],
        &["Ich sehe auf dem Plan nur grüne Karten."],
        &["Das verdient eine einstimmige Entscheidung."],
        &["Wir haben ein einstimmiges Ergebnis der Jury."],
        &["Wir haben eine einstimmige Meinung."],
        &["Einstimmig vorberaten."],
        &["Einstimmige Freude."],
        &["Was Sie einstimmig so beschlossen haben, setzen wir um."],
        &["Das ist das, was Sie mit Mehrheit so beschlossen haben."],
        &["Der Aufsichtsrat hat mit zehn Ja-Stimmen einstimmig für den Bau gestimmt."],
        &["Einstimmig ging das im Bezirksbeirat durch, mit zwölf Ja-Stimmen."],
        &["In der Jury gab es zwei Nein-Stimmen und eine Enthaltung. Der Entwurf ist genehmigt."],
        &[
            "Wir werden das in der Verwaltung abstimmen. Frau Koch, ich habe Ihr Handzeichen gesehen. Das Programm ist beschlossen.",
        ],
        &["Wir müssen die Fahrpläne abstimmen. Die Enthaltung der Bahn überrascht. Der Bau ist genehmigt."],
    ];
    for lines in cases {
        let minutes = said_by_chair(lines, None);
        assert_eq!(kinds(&minutes), Vec::<&str>::new(), "{:?}", minutes.findings);
    }
    let english = Cues::read("en", None).unwrap();
    let cases: &[&[&str]] = &[
        &["Second, I am very much in favor of the plan the state approved."],
        &["The second phase passes through the park, and most residents are in favor."],
        &["Give me one second. I am in favor of that. The bill passed in Richmond."],
        &["We can have people vote online next year."],
        &["Thank you all for coming, and please get out and vote."],
        &["Please vote by mail."],
        &["Please vote on Tuesday."],
        &["Good evening, call to order and roll call."],
        &["First we have the roll call.", "Present.", "The state approved the grant."],
    ];
    for lines in cases {
        let minutes = said_by_chair(lines, Some(&english));
        assert_eq!(kinds(&minutes), Vec::<&str>::new(), "{:?}", minutes.findings);
    }
}

#[test]
fn results_are_found_behind_dashes_and_once() {
    let english = Cues::read("en", None).unwrap();
    let cases: &[(&[&str], Option<&Cues>)] = &[
        (&["– Einstimmig."], None),
        (&["– Einstimmigkeit."], None),
        (&["Ich bitte um das Kartenzeichen. Das ist aktuell eine klare Mehrheit."], None),
        (&["Ich bitte um Ihr Votum. Wir haben ein einstimmiges Ergebnis."], None),
        (&["Wir treten in die Abstimmung ein mit Handzeichen. Das ist einstimmig."], None),
        (
            &["Ich bitte um das Kartenzeichen. Das ist eine klare Mehrheit. Zwei Enthaltungen, ansonsten einstimmig."],
            None,
        ),
        (&["Das ist einstimmig. Zwei Enthaltungen, der Rest mehrheitlich."], None),
        (&["Bei zwei Enthaltungen einstimmig."], None),
        (&["Zwei Enthaltungen, sonst einstimmig."], None),
        (&["Vielen Dank, das ist einstimmig."], None),
        (&["Ja, einstimmig."], None),
        (&["— Einstimmigkeit."], None),
        (&["Da keiner mehr sprechen möchte, bitte ich um das Handzeichen. Danke. Angenommen."], None),
        (&["Wenn niemand mehr reden will, bitte ich um das Handzeichen. Danke. Angenommen."], None),
        (
            &[
                "Wer ist dafür? Das ist einstimmig. Gegenstimmen? Keine. Enthaltungen? Keine. Dann ist das so beschlossen.",
            ],
            None,
        ),
        (
            &[
                "Ich bitte um das Handzeichen. Das ist die Mehrheit. Gegenstimmen? Zwei Gegenstimmen. Damit mehrheitlich angenommen.",
            ],
            None,
        ),
        (&["We'll put it to a vote.", "It passes."], Some(&english)),
        (&["Let's call the vote.", "It passes."], Some(&english)),
        (&["Please begin the vote.", "It passes."], Some(&english)),
        (&["All in favor? The motion carries. Any opposed? None. So the motion carries."], Some(&english)),
        (&["Let's go ahead and vote.", "It passes."], Some(&english)),
        (&["Will you please vote on the amendment.", "It passes."], Some(&english)),
        (&["We will vote on that now.", "Approved."], Some(&english)),
        (&["Let's take a vote.", "Approved."], Some(&english)),
    ];
    for (lines, cues) in cases {
        let minutes = said_by_chair(lines, *cues);
        let outcomes: Vec<_> = votes(&minutes).iter().map(|vote| vote.outcome).collect();
        assert_eq!(outcomes, [Some(Outcome::Accepted)], "{lines:?}");
    }
    for text in [
        "Bei 10 Ja-Stimmen und 32 Nein-Stimmen ist das mehrheitlich eine Ablehnung.",
        "Ich bitte um das Handzeichen. Das sind 40 Nein-Stimmen, also mehrheitlich dagegen.",
        "Ich bitte um das Handzeichen. Das ist mehrheitlich dagegen.",
    ] {
        let minutes = said_by_chair(&[text], None);
        let outcomes: Vec<_> = votes(&minutes).iter().map(|vote| vote.outcome).collect();
        assert_eq!(outcomes, [Some(Outcome::Rejected)], "{text}");
    }
    // What is voted on is named as it was said.
    let minutes = said_by_chair(&["Wir stimmen über die Änderungsanträge der Grünen ab. Das ist einstimmig."], None);
    assert_eq!(votes(&minutes)[0].subject, "Änderungsanträge der Grünen");
}

#[test]
fn members_answer_a_roll_call_in_some_words() {
    let english = Cues::read("en", None).unwrap();
    let mut lines = vec![("Vogt", "Please call the roll.")];
    lines.extend([("Vogt", "Councilmember Bates."), ("Koch", "Yes, Madam Chair.")].repeat(25));
    lines.push(("Vogt", "It passes."));
    let minutes = find(&talk(&lines), &agenda(&[]), &english);
    let votes = votes(&minutes);
    assert_eq!((votes.len(), votes[0].outcome), (1, Some(Outcome::Accepted)), "{:?}", minutes.findings);
}

#[test]
fn numbers_of_a_paper_begin_no_item() {
    for (text, number) in [
        ("Ich rufe Tagesordnungspunkt 5 auf: Anschluss an das Fernwärmenetz.", Some("5")),
        ("– Tagesordnungspunkt 5.", Some("5")),
        ("Wir kommen zu Punkt 2.", Some("2")),
        ("Ich komme zu Punkt 3 der Präsentation.", None),
        ("Ich komme zu Punkt 3 auf der Folie.", None),
        ("Dann komme ich zu Punkt 2 Ihrer Kritik.", None),
        ("Dann kommen wir zu Punkt 2 Ihrer Rede.", None),
        ("Dann kommen wir zu Punkt 2 meiner Liste.", None),
        ("Wir kommen zu Punkt 3 Ihres Vortrags.", None),
        ("Wir kommen zu Punkt 8 auf meiner Tagesordnung.", Some("8")),
    ] {
        let minutes = said_by_chair(&[text], None);
        let numbers: Vec<&str> = minutes.items.iter().map(|item| item.number.as_str()).collect();
        assert_eq!(numbers, Vec::from_iter(number), "{text}");
    }
}

#[test]
fn names_are_called_and_citizens_only_ask_for_a_vote() {
    let english = Cues::read("en", None).unwrap();
    let mut lines = vec![("Vogt", "Seeing none, a roll call vote.")];
    lines.extend([("Vogt", "Councilmember Bates."), ("Koch", "Aye.")].repeat(16));
    lines.push(("Vogt", "Motion passed 9 to 7."));
    lines.extend([("Vogt", FILLER), ("Vogt", "Please vote yes."), ("Vogt", "I will not be voting to support this.")]);
    lines.push(("Vogt", "Please keep our trust and vote to fund the trail."));
    let minutes = find(&talk(&lines), &agenda(&[]), &english);
    let votes = votes(&minutes);
    assert_eq!((votes.len(), votes[0].outcome), (1, Some(Outcome::Accepted)), "{:?}", minutes.findings);
    assert_eq!((minutes.findings[0].start(), minutes.findings[0].certainty), (Millis(0), Certainty::Certain));
}

#[test]
fn who_moderates_does_not_preside() {
    let lines = [
        ("Moderatorin", "Wir kommen zu Punkt 2."),
        ("Moderatorin", "Wer ist dafür, dass wir eine Pause machen? Das ist einstimmig."),
        ("Moderatorin", "Ich bitte um das Handzeichen. Das ist einstimmig."),
        ("Gast", "Ich bitte um eine Antwort."),
    ];
    let minutes = found(&talk(&lines), &Meeting::default());
    assert_eq!((minutes.chair, votes(&minutes)), (Chair::Unknown, Vec::<&VoteFound>::new()));
    assert!(minutes.findings.iter().all(|finding| finding.certainty == Certainty::Unsure), "{:?}", minutes.findings);
}

#[test]
fn quotes_are_what_one_person_says_in_one_go() {
    let mut meeting = agenda(&[]);
    meeting.persons.push(Person { name: "Lang".into(), role: Some(Role::Chair), ..Person::default() });
    let talk = talk(&[
        ("Vogt", "Ich bitte um das Handzeichen."),
        ("Koch", "Das geht nicht."),
        ("Lang", "Das ist einstimmig."),
    ]);
    let minutes = found(&talk, &meeting);
    let quotes: Vec<_> = minutes.findings[0].evidence.iter().map(|one| (one.segment, &*one.quote)).collect();
    assert_eq!(quotes, [(0, "Ich bitte um das Handzeichen."), (2, "Das ist einstimmig.")]);
}

#[test]
fn decisions_without_a_vote() {
    let talk = talk(&[
        ("Vogt", "Dann verweisen wir den Antrag in den Bauausschuss."),
        ("Koch", FILLER),
        ("Koch", FILLER),
        ("Vogt", "Der Antrag hat sich damit erledigt."),
        ("Koch", "Dann verweisen wir das in den Müll."),
    ]);
    let minutes = found(&talk, &agenda(&[]));
    let decided: Vec<&Details> = minutes.findings.iter().map(|finding| &finding.details).collect();
    assert_eq!(decided, [&Details::Decision(Outcome::Referred), &Details::Decision(Outcome::Withdrawn)]);
}

#[test]
fn tasks_are_of_the_chair_and_the_administration() {
    let talk = talk(&[
        ("May", "Das klären wir bis Freitag und reichen die Zahlen nach."),
        ("Koch", "Das klären wir bis Freitag und reichen die Zahlen nach."),
        ("Vogt", "Herr May, das nehmen wir mit auf."),
        ("Vogt", "Das nehmen wir nicht auf."),
        ("May", "Das haben wir schon im März geprüft."),
        ("Vogt", "Im Mai lang gekochte Suppe reichen wir nach."),
    ]);
    let mut meeting = agenda(&[]);
    meeting.date = jiff::civil::Date::new(2026, 11, 30).ok();
    let minutes = found(&talk, &meeting);
    let tasks: Vec<&Task> = minutes
        .findings
        .iter()
        .filter_map(|finding| match &finding.details {
            Details::Task(task) => Some(task),
            _ => None,
        })
        .collect();
    assert_eq!(tasks.len(), 3, "{:?}", minutes.findings);
    assert_eq!((tasks[0].until.as_str(), tasks[0].due), ("bis Freitag", jiff::civil::Date::new(2026, 12, 4).ok()));
    // Whoever says `wir` is to do it, not whom the sentence names besides.
    assert_eq!([&*tasks[0].who, &*tasks[1].who, &*tasks[2].who], ["May", "Vogt", "Vogt"]);
}

#[test]
fn whoever_is_asked_is_to_do_it() {
    let talk = talk(&[
        ("Vogt", "Frau May, ich bitte Sie, das bitte noch zu prüfen und die Zahlen nachreichen zu lassen."),
        ("Vogt", "Die Verwaltung wird den Plan im Januar vorlegen."),
        ("Vogt", "Die Zahlen werden nachgereicht."),
        ("Vogt", "Frau May hat recht, das werden wir klären."),
    ]);
    let minutes = found(&talk, &agenda(&[]));
    let who: Vec<&str> = (minutes.findings.iter())
        .filter_map(|finding| match &finding.details {
            Details::Task(task) => Some(&*task.who),
            _ => None,
        })
        .collect();
    assert_eq!(who, ["May", "Verwaltung", "", "Vogt"]);
}

#[test]
fn giving_the_floor_is_no_task() {
    let lines = [
        "Herr Koch, bitte.",
        "Dann gebe ich das Wort weiter an Frau May.",
        "Dann leite ich direkt weiter zu Herrn Koch.",
        "Frau May, bitte berichten Sie.",
        "Ich werde Ihnen jetzt kurz den Entwurf vorstellen.",
        "Wir nehmen die Wortmeldung von Herrn Koch noch auf.",
    ];
    let minutes = found(&talk(&lines.map(|text| ("Vogt", text))), &agenda(&[]));
    assert_eq!(kinds(&minutes), Vec::<&str>::new(), "{:?}", minutes.findings);
}

#[test]
fn greetings_and_wishes_are_no_tasks() {
    let lines = [
        "Wir werden Ihnen unsere Glückwünsche zukommen lassen.",
        "Das nehmen wir mit Humor.",
        "Da schicken wir Ihnen herzliche Grüße.",
        "Wir werden Sie vermissen.",
        "Das Lob gebe ich gerne weiter.",
        "Wir werden die Erinnerungen mitnehmen.",
        "Da schicken wir Ihnen unseren Dank.",
        "Den Zuschuss nehmen wir mit oder ohne Beschluss.",
        "Einen herzlichen Dank geben wir gerne weiter.",
        "Ich werde Ihren Dank weitergeben.",
    ];
    let minutes = found(&talk(&lines.map(|text| ("May", text))), &agenda(&[]));
    assert_eq!(kinds(&minutes), Vec::<&str>::new(), "{:?}", minutes.findings);
    for text in [
        "Danke für das Lob, das prüfen wir noch.",
        "Wir werden Ihre Wünsche aufnehmen.",
        "Das nehmen wir gerne mit, vielen Dank.",
        "Das nehmen wir gerne mit vielen Dank.",
        "Das nehme ich auf, besten Dank.",
        "Ich gebe das an das Fachamt weiter, vielen Dank.",
        "Wir geben Ihnen schriftlich Bescheid, herzlichen Dank.",
        "Wir werden die Erinnerung an das Bauamt weiterleiten.",
        "Das nehmen wir lieber noch einmal auf und prüfen das.",
        "Wir werden prüfen, ob das mit oder ohne Ampel besser ist.",
        "Das nehmen wir mit Freude auf und prüfen es bis Freitag.",
    ] {
        assert_eq!(kinds(&found(&talk(&[("May", text)]), &agenda(&[]))), ["task"], "{text}");
    }
    let english = Cues::read("en", None).unwrap();
    let said = |lines: &[&str]| {
        let lines: Vec<(&str, &str)> = lines.iter().map(|text| ("May", *text)).collect();
        find(&talk(&lines), &agenda(&[]), &english)
    };
    let minutes = said(&[
        "We will send our love.",
        "We'll send them our warmest regards.",
        "I will look forward to that.",
        "We will send a strong message.",
        "I'll provide my heartfelt condolences.",
        "We will move forward.",
        "We'll go right forward with that.",
    ]);
    assert_eq!(kinds(&minutes), Vec::<&str>::new(), "{:?}", minutes.findings);
    for text in [
        "Thanks, we will look into that.",
        "We will forward the report to council, thank you.",
        "We will follow up on that going forward.",
        "Going forward, we will provide you a monthly report.",
        "We will report back to council on this moving forward.",
        "I'll send out the draft with our thanks to staff.",
        "We will send you the list with appreciation for your patience.",
        "We will move forward and we will send you the report.",
        "We'll send them a message about the deadline.",
    ] {
        assert!(kinds(&said(&[text])).contains(&"task"), "{text}");
    }
}

#[test]
fn motions_objections_and_questions() {
    let talk = talk(&[
        ("Koch", "Wir beantragen, dass die Brücke aus Holz gebaut wird."),
        ("Koch", "Ich widerspreche diesem Verfahren."),
        ("Koch", "Meine Frage ist, wann die Brücke fertig wird."),
        ("Koch", "Wann wird sie fertig?"),
        ("Vogt", "Wann wird sie fertig?"),
    ]);
    assert_eq!(kinds(&found(&talk, &agenda(&[]))), ["motion", "objection", "question", "question"]);
}

#[test]
fn who_presides_is_guessed_or_not_known() {
    let lines = [
        ("Speaker 1", "Ich rufe Tagesordnungspunkt 1 auf."),
        ("Speaker 2", "Ich bitte um Zustimmung."),
        ("Speaker 1", "Ich bitte um das Handzeichen. Das ist einstimmig."),
        ("Speaker 1", "Ich rufe Tagesordnungspunkt 2 auf."),
    ];
    let guessed = found(&talk(&lines), &Meeting::default());
    assert_eq!((guessed.chair, begins(&guessed).len(), votes(&guessed).len()), (Chair::Guessed, 2, 1));
    assert!(guessed.stretches.iter().all(|stretch| stretch.certainty < Certainty::Certain));
    let unknown = found(&talk(&lines.map(|(_, text)| ("", text))), &Meeting::default());
    assert_eq!((unknown.chair, begins(&unknown).len(), votes(&unknown).len()), (Chair::Unknown, 2, 1));
    assert!(unknown.stretches.iter().all(|stretch| stretch.certainty == Certainty::Unsure));
    // What somebody is called says it, too.
    let called = found(
        &talk(&lines.map(|(who, text)| (if who == "Speaker 1" { "Präsidentin Vogt" } else { who }, text))),
        &Meeting::default(),
    );
    assert_eq!(called.chair, Chair::Known);
}

#[test]
fn meetings_with_nothing_in_them() {
    let nothing = found(&Transcript::default(), &Meeting::default());
    assert_eq!(nothing, Minutes { chair: Chair::Unknown, ..Minutes::default() });
    let silent = found(&Transcript::default(), &agenda(&[("1", "Anfang"), ("1", "Anfang"), ("", "")]));
    assert_eq!((silent.items.len(), silent.stretches.len()), (3, 0));
    let one = found(&talk(&[("", "")]), &agenda(&[("1", "")]));
    assert!(one.findings.is_empty());
}

#[test]
fn what_is_not_public_can_be_left_out() {
    let talk = talk(&[
        ("Vogt", "Ich rufe Tagesordnungspunkt 1 auf."),
        ("Vogt", "Ich bitte um das Handzeichen. Das ist einstimmig."),
        ("Vogt", "Ich rufe Tagesordnungspunkt 2 auf."),
        ("Vogt", "Ich bitte um das Handzeichen. Das ist einstimmig."),
    ]);
    let mut meeting = agenda(&[("1", "Anfang"), ("2", "Geheimes"), ("3", "Noch geheimer")]);
    meeting.agenda[1].public = Some(false);
    meeting.agenda[2].public = Some(false);
    let minutes = found(&talk, &meeting);
    assert_eq!(minutes.closed_and_not_found(), [2]);
    let public = minutes.public();
    assert_eq!((public.findings.len(), public.stretches.len(), public.items[1].title.as_str()), (1, 1, ""));
    meeting.agenda[2].start = Some(Millis(90_000));
    assert!(found(&talk, &meeting).closed_and_not_found().is_empty());
}

/// A meeting with an item that is not public between two that are.
fn partly_closed() -> Meeting {
    let mut meeting = agenda(&[("1", "Brücke"), ("2", "Grundstück"), ("3", "Fragen")]);
    meeting.agenda[1].public = Some(false);
    meeting
}

/// The seconds from which on the meeting is not public, and from which on it is again.
fn closed(minutes: &Minutes) -> Vec<(u64, u64)> {
    let spans = minutes.stretches.iter().filter(|stretch| stretch.closed).map(|stretch| stretch.span);
    spans.map(|span| (span.start.0 / 1000, span.end.0 / 1000)).collect()
}

#[test]
fn what_is_closed_stays_closed() {
    let lines = [
        ("Vogt", "Ich rufe Punkt 1 auf, die Brücke."),
        ("Vogt", "Ich rufe Punkt 2 auf."),
        ("Vogt", "Zu Punkt 1 der Vorlage liegt etwas vor."),
        ("Vogt", "Punkt 1 noch einmal, und Punkt 3 des Vertrags."),
        ("Vogt", "Wir kommen zu Punkt 3 des Vertrags."),
        ("Vogt", "Ich rufe Ziffer 4 auf, den Kaufpreis."),
        ("Vogt", "Ich rufe Punkt 1 auf."),
    ];
    let minutes = found(&talk(&lines), &partly_closed());
    assert_eq!(closed(&minutes), [(5, 35)], "{:?}", minutes.stretches);
    // Another item that is public ends it.
    let mut more = lines.to_vec();
    more.push(("Vogt", "Ich rufe Punkt 3 auf, Fragen."));
    let minutes = found(&talk(&more), &partly_closed());
    assert_eq!((closed(&minutes), begins(&minutes).last().unwrap().1), (vec![(5, 35)], 35));
}

#[test]
fn the_chair_says_what_is_not_public() {
    let lines = [
        ("Vogt", "Ich rufe Punkt 1 auf: Bekanntgabe der nichtöffentlich gefassten Beschlüsse."),
        ("Vogt", "Ich rufe Punkt 2 auf, der ist nichtöffentlich."),
        ("Koch", FILLER),
        ("Vogt", "Ich rufe Punkt 3 auf."),
        ("Vogt", "Wir sind jetzt wieder öffentlich."),
        ("Vogt", "Damit schließe ich den öffentlichen Teil der Sitzung."),
        ("Koch", FILLER),
    ];
    let minutes = found(&talk(&lines), &agenda(&[("1", "Anfang"), ("2", "Mitte"), ("3", "Ende")]));
    assert_eq!(closed(&minutes), [(5, 15), (15, 20), (25, 35)]);
    assert_eq!(minutes.items.iter().map(|item| item.closed).collect::<Vec<_>>(), [false, true, true]);
    // Without an agenda, too.
    let minutes = found(&talk(&lines[1..4]), &Meeting { agenda: Vec::new(), ..agenda(&[]) });
    assert_eq!(closed(&minutes), [(0, 15)]);
    // What was decided there may be told.
    let told = [("Vogt", "Wir kommen zu den in nichtöffentlicher Sitzung gefassten Beschlüssen."), ("Koch", FILLER)];
    assert_eq!(closed(&found(&talk(&told), &agenda(&[]))), []);
}

#[test]
fn nothing_that_reaches_into_a_closed_part_is_public() {
    let mut talk = talk(&[
        ("Vogt", "Ich rufe Punkt 1 auf."),
        ("Koch", "Wir beantragen Folgendes:"),
        ("Koch", "Meyer bekommt 50 Euro."),
        ("Vogt", "Das prüfen wir noch – ich rufe Punkt 2 auf, Verkauf an Meyer."),
        ("Gutachter", "Das Haus ist teuer."),
    ]);
    let mut meeting = partly_closed();
    meeting.agenda[1].start = Some(Millis(10_000));
    let minutes = found(&talk, &meeting);
    assert_eq!(kinds(&minutes.public()), ["motion"]);
    assert_eq!(minutes.public().findings[0].evidence[0].quote, "Wir beantragen Folgendes:");
    // A sentence that begins before and ends in it.
    talk.segments[1].text = "Wir beantragen,".into();
    talk.segments[2].text = "dass Meyer 50 Euro bekommt.".into();
    meeting.agenda[1].start = Some(Millis(9_000));
    let minutes = found(&talk, &meeting);
    assert!(kinds(&minutes).contains(&"motion") && kinds(&minutes.public()).is_empty(), "{:?}", minutes.public());
    assert_eq!(minutes.findings[0].item, Some(1));
    meeting.agenda[1].start = None;
    let minutes = found(&talk, &meeting);
    let (public, left_out) = public_transcript(&talk, &minutes);
    assert_eq!(public.segments.len(), 3, "{:?}", public.segments);
    assert_eq!(left_out, [Span::new(15_000, 25_000)]);
    assert_eq!(public.names.values().collect::<Vec<_>>(), ["Vogt", "Koch"]);
    let task = minutes.public().findings.into_iter().find(|finding| finding.details.code() == "task").unwrap();
    assert_eq!(task.evidence[0].quote, "Das prüfen wir noch");
    // Times of words say what of a segment is public.
    talk.segments[3].words = crate::transcript::words_of(15_000, 400, &talk.segments[3].text.clone());
    let minutes = found(&talk, &meeting);
    let (public, left_out) = public_transcript(&talk, &minutes);
    assert_eq!(public.segments[3].text, "Das prüfen wir noch");
    assert_eq!(left_out.len(), 1);
    assert!(public.segments[3].span.end <= left_out[0].start, "{left_out:?}");
}

#[test]
fn a_house_has_cues_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    let cues = |text: &str| {
        std::fs::write(&path, text).unwrap();
        Cues::read("de", Some(&path))
    };
    let own = cues("[words]\npaddle = 'kelle'\n[vote]\ncall = ['hebt … {paddle}']\n").unwrap();
    let talk = talk(&[("Vogt", "Hebt jetzt bitte die Kelle. Mehrheitlich."), ("Vogt", FILLER)]);
    assert_eq!(votes(&find(&talk, &agenda(&[]), &own)).len(), 1);
    assert_eq!(votes(&found(&talk, &agenda(&[]))).len(), 0);
    let cases = [
        ("[vote]\ncall = ['(']", "`vote.call`: a cue is no regular expression"),
        ("[vote]\ncall = ['{none}']", "`vote.call[40]`: `{none}` is none of `words`"),
        ("[vote]\nshout = ['x']", "`vote.shout`: there is no such list; there are "),
        ("[party]\nx = ['x']", "line 1: unknown field `party`"),
        ("[words]\na = '{a}'\n[vote]\ncall = ['{a}']", "its words name each other"),
        ("[vote]\ncall = 'x'", "line 2"),
    ];
    for (text, expected) in cases {
        let error = cues(text).unwrap_err().to_string();
        let expected = expected.split("[40]").collect::<Vec<_>>();
        assert!(expected.iter().all(|part| error.contains(part)), "{error}");
    }
    assert!(matches!(Cues::read("de", Some(Path::new("none.toml"))), Err(crate::Error::Read { .. })));
}

#[test]
fn all_cues_compile_and_name_their_language() {
    for language in ["de", "en", "fr"] {
        Cues::read(language, None).unwrap();
    }
}

/// A decision about a finding that changes nothing of it.
fn decided(decision: Decision, id: &str) -> MinutesEdit {
    MinutesEdit {
        decision,
        id: id.into(),
        kind: String::new(),
        start: None,
        number: String::new(),
        text: None,
        subject: None,
        outcome: None,
        yes: None,
        no: None,
        abstained: None,
        who: None,
        until: None,
    }
}

#[test]
fn people_decide_about_findings() {
    let talk = talk(&[
        ("Vogt", "Ich rufe Tagesordnungspunkt 1 auf."),
        ("Vogt", "Ich bitte um das Handzeichen. Das ist einstimmig."),
        ("May", "Das klären wir bis Freitag und reichen die Zahlen nach."),
        ("Koch", "Wir beantragen eine Pause."),
    ]);
    let mut minutes = found(&talk, &agenda(&[("1", "Anfang")]));
    let mut edits = vec![
        MinutesEdit { outcome: Some(Outcome::Rejected), no: Some(9), ..decided(Decision::Edit, "vote@5900") },
        decided(Decision::Reject, "task@10000"),
        decided(Decision::Accept, "motion@15000"),
        decided(Decision::Accept, "task@90000"),
        decided(Decision::Accept, "vote"),
    ];
    let task = MinutesEdit {
        kind: "task".into(),
        start: Some(Millis(16_000)),
        text: Some("Räumen".into()),
        ..decided(Decision::Add, "")
    };
    edits.push(MinutesEdit { until: Some("bis Mai".into()), who: Some("Bauhof".into()), ..task });
    let unknown = decide(&mut minutes, &talk, &edits);
    assert_eq!(unknown, ["task@90000", "vote"]);
    let states: Vec<_> = minutes.findings.iter().map(|f| (f.details.code(), f.state)).collect();
    let expected =
        [("vote", State::Edited), ("task", State::Rejected), ("motion", State::Accepted), ("task", State::Added)];
    assert_eq!(states, expected);
    let Details::Vote(vote) = &minutes.findings[0].details else { panic!() };
    assert_eq!((vote.outcome, vote.unanimous, vote.counts.no), (Some(Outcome::Rejected), false, Some(9)));
    let added = &minutes.findings[3];
    assert_eq!((added.item, added.text.as_deref(), added.evidence[0].segment), (Some(0), Some("Räumen"), 3));
    let item = MinutesEdit {
        kind: "item".into(),
        number: "TOP 1".into(),
        start: Some(Millis(7)),
        ..decided(Decision::Add, "")
    };
    let edits = [item.clone(), MinutesEdit { number: "9".into(), ..item }];
    let (meeting, ambiguous) = with_beginnings(agenda(&[("1", "Anfang")]), &edits);
    let starts: Vec<_> = meeting.agenda.iter().map(|item| (&*item.number, item.start)).collect();
    assert_eq!((starts, ambiguous), (vec![("1", Some(Millis(7))), ("9", Some(Millis(7)))], Vec::new()));
    let (_, ambiguous) = with_beginnings(agenda(&[("1", "Anfang"), ("1", "Ende")]), &edits);
    assert_eq!(ambiguous, ["TOP 1"]);
}

#[test]
fn a_decision_is_about_one_finding() {
    let talk = talk(&[
        ("Vogt", "Ich bitte um das Handzeichen. 13 Nein-Stimmen, der Rest Ja-Stimmen."),
        ("Koch", "Gut."),
        ("Vogt", "Ich bitte um das Handzeichen. Das ist einstimmig."),
    ]);
    let mut minutes = found(&talk, &agenda(&[]));
    let ids: Vec<String> = minutes.findings.iter().map(Finding::id).collect();
    assert_eq!(ids, ["vote@0", "vote@10000"]);
    // The second is about nothing: the vote that is near has a decision of its own.
    let edits = [decided(Decision::Reject, "vote@10000"), decided(Decision::Accept, "vote@9000")];
    assert_eq!(decide(&mut minutes, &talk, &edits), ["vote@9000"]);
    assert_eq!(minutes.findings[1].state, State::Rejected);
    // Numbers that people enter leave no rest, and a vote against leaves nobody unanimous.
    let edits = [
        MinutesEdit { yes: Some(20), ..decided(Decision::Edit, "vote@0") },
        MinutesEdit { no: Some(1), ..decided(Decision::Edit, "vote@10000") },
    ];
    assert_eq!(decide(&mut minutes, &talk, &edits), Vec::<String>::new());
    let votes = votes(&minutes);
    assert_eq!((votes[0].counts.yes, votes[0].counts.rest, votes[1].unanimous), (Some(20), None, false));
}

#[test]
fn several_recordings_of_one_meeting() {
    let first = talk(&[("Vogt", "Ich rufe Tagesordnungspunkt 1 auf."), ("Koch", FILLER)]);
    let mut second = talk(&[("Koch", FILLER), ("Vogt", "Ich rufe Tagesordnungspunkt 2 auf."), ("", FILLER)]);
    second.segments[2].speaker = Some(SpeakerId(7));
    let (whole, begins) = joined(vec![first.clone(), second.clone()]);
    assert_eq!(begins, [Millis(0), Millis(10_000)]);
    let names: Vec<_> = whole.segments.iter().map(|s| whole.name(s.speaker.unwrap()).into_owned()).collect();
    assert_eq!(names, ["Vogt", "Koch", "Koch", "Vogt", "Speaker 3"]);
    assert_eq!(super::tests::begins(&found(&whole, &agenda(&[]))), [("1".to_owned(), 0), ("2".to_owned(), 15)]);
    // A pause between two recordings that say when they began.
    let mut parts = [first, second];
    parts[0].recording.started = Some("2026-11-22T18:00:00+01:00".into());
    parts[1].recording.started = Some("2026-11-22T18:10:00+01:00".into());
    assert_eq!(joined(parts.to_vec()).1[1], Millis(600_000));
    assert_eq!(joined(Vec::new()).0, Transcript::default());
    // One that ends too early says so for the whole.
    let reason = crate::PartialReason::Interrupted;
    parts[1].completeness = crate::Completeness::Partial { until: Millis(4_000), reason: reason.clone() };
    let whole = joined(parts.to_vec()).0;
    assert_eq!(whole.completeness, crate::Completeness::Partial { until: Millis(604_000), reason });
}
