use super::*;
use std::fs;

fn read(files: &[(&str, &str)]) -> Result<Meeting, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let path = folder.path().join(files[0].0);
    let shown = folder.path().display().to_string();
    Meeting::read(&path).map_err(|error| error.to_string().replace(&shown, "").replace('\\', "/"))
}

fn toml(text: &str) -> Result<Meeting, String> {
    read(&[("meeting.toml", text)])
}

#[test]
fn all_fields_of_the_file() {
    let meeting = toml(
        r#"
        body = "Rat"
        kind = "präsenz"
        number = 12
        date = 2026-11-22
        begin = "18.00 Uhr"
        recording_starts = "17:58:30"
        chair = "Anna Beispiel"
        [[person]]
        name = "Dr. Dora Muster"
        group = "A"
        attendance = "entschuldigt"
        reason = "Krankheit"
        [[agenda]]
        number = "3.1.2a"
        title = "Neubau"
        public = false
        start = "0:12:31"
        [[vote]]
        item = "TOP 3.1.2 A"
        kind = "änderungsantrag"
        yes = 20
        outcome = "angenommen"
        "#,
    )
    .unwrap();
    assert_eq!(meeting.sitting, Some(Sitting::Presence));
    assert_eq!((meeting.number.as_str(), meeting.date.unwrap().to_string().as_str()), ("12", "2026-11-22"));
    assert_eq!(meeting.begin.unwrap().to_string(), "18:00:00");
    let names: Vec<_> = meeting.persons.iter().map(|person| (person.name.as_str(), person.role)).collect();
    assert_eq!(names, [("Anna Beispiel", Some(Role::Chair)), ("Dr. Dora Muster", None)]);
    assert_eq!(meeting.persons[1].attendance, Some(Attendance::Excused));
    assert_eq!(meeting.agenda[0].start, Some(Millis(751_000)));
    assert_eq!(meeting.item(&meeting.votes[0].item), Some(0));
    assert_eq!((meeting.votes[0].kind, meeting.votes[0].outcome), (VoteKind::Amendment, Some(Outcome::Accepted)));
    assert_eq!(meeting.terms(), ["Anna Beispiel", "Dora Muster", "A"]);
    assert!(meeting.remarks.is_empty());
}

#[test]
fn the_template_is_a_meeting() {
    assert_eq!(toml(TEMPLATE).unwrap(), Meeting::default());
    // The same with all fields.
    let all: Vec<&str> = TEMPLATE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(field) if field.contains(" = ") && !field.contains("_file =") || field.starts_with("[[") => field,
            _ => line,
        })
        .collect();
    let meeting = toml(&all.join("\n")).unwrap();
    assert_eq!((meeting.persons.len(), meeting.agenda.len(), meeting.votes.len()), (2, 1, 1));
    assert_eq!((meeting.remarks.len(), meeting.votes[0].yes), (0, Some(20)));
}

#[test]
fn mistakes_are_named_with_line_and_field() {
    let cases = [
        ("body = \"Rat\"\n\ndate = \"22. November\"\n", "line 3, `date`: it is no day"),
        ("[[person]]\nname = \"A\"\n[[person]]\nname = \" \"\n", "line 4, `person[1].name`: it is empty"),
        ("[[person]]\nrole = \"member\"\n", "line 1, `person[0]`: missing field `name`"),
        (
            "[[agenda]]\nnumber = \"1\"\nstart = \"12:75\"\n",
            "line 3, `agenda[0].start`: it is no time of the recording",
        ),
        ("[[vote]]\nitem = \"1\"\nyes = -3\n", "line 3, `vote[0].yes`: "),
        (
            "[[vote]]\nitem = \"1\"\noutcome = \"super\"\n",
            "line 3, `vote[0].outcome`: it is none of `accepted`, `rejected`",
        ),
        ("kind = \"zoom\"\n", "line 1, `kind`: it is none of `presence`, `hybrid`, `video`"),
        ("chairs = 3\n", "line 1, `chairs`: unknown field `chairs`"),
        ("body = \"Rat\nx", "line "),
        ("timezone = \"Mars/Rille\"\n", "line 1, `timezone`: it is no time zone"),
        ("[[agenda]]\nnumber = 3.1\n", "line 2, `agenda[0].number`: "),
    ];
    for (text, expected) in cases {
        let error = toml(text).unwrap_err();
        let start = format!("cannot use the meeting data in `/meeting.toml`: {expected}");
        assert!(error.starts_with(&start), "{error} instead of {start}");
    }
}

#[test]
fn tables_of_persons_and_votes() {
    let files = [
        (
            "meeting.toml",
            "persons_file = \"p.csv\"\nvotes_file = \"v.csv\"\nchair = \"Anna Groß\"\n[[agenda]]\nnumber = \"1\"\n",
        ),
        (
            "p.csv",
            "Name;Fraktion;Anwesenheit;Grund;von\r\nAnna Groß;A;ja;;\r\nBert Lang;B;entschuldigt;Urlaub;18:30\r\n",
        ),
        ("v.csv", "TOP,Gegenstand,Ja,Nein,Enthaltungen,Ergebnis\n1,\"Antrag, geändert\",20,5,2,angenommen\n"),
    ];
    let meeting = read(&files).unwrap();
    let names: Vec<_> = meeting.persons.iter().map(|person| (person.name.as_str(), person.group.as_str())).collect();
    assert_eq!(names, [("Anna Groß", "A"), ("Bert Lang", "B")]);
    assert_eq!((meeting.persons[0].role, meeting.persons[1].role), (Some(Role::Chair), None));
    assert_eq!(meeting.persons[1].from.unwrap().to_string(), "18:30:00");
    assert_eq!((meeting.votes[0].subject.as_str(), meeting.votes[0].abstained), ("Antrag, geändert", Some(2)));
    assert_eq!(meeting.remarks, [Remark::NoTitle { number: "1".into() }]);
    let broken = [
        ("name,attendance\nA,da\nB,vielleicht\n", "line 3, `attendance`: it is none of"),
        ("name\nA\n\"\"\n,\n", ""),
        ("nom,prenom\nA,B\n", "line 1: it has no heading `name`; the columns are name, role"),
        ("name,from\nA,morgens\n", "line 2, `from`: it is no time of day"),
        ("name,group\n,SPD\n", "line 2, `name`: it is empty"),
    ];
    for (text, expected) in broken {
        let error = read(&[files[0], ("p.csv", text), files[2]]).err().unwrap_or_default();
        assert!(error.contains(expected), "{error}");
    }
    let missing = read(&files[..1]).unwrap_err();
    assert!(missing.starts_with("cannot read `/p.csv`"), "{missing}");
}

#[test]
fn a_chair_is_somebody_of_the_table() {
    let table =
        "name;role;group;attendance;reason;alias\nDr. Anna Groß;Mitglied;A;ja;;Speaker 1\nBert Lang;;B;nein;Urlaub;\n";
    let read = |toml: &str| {
        let toml = format!("persons_file = \"p.csv\"\n{toml}");
        read(&[("meeting.toml", &*toml), ("p.csv", table)]).unwrap().persons
    };
    let listed = read("");
    for chair in ["Anna Groß", "Dr. Anna Groß", "Prof. Dr. Anna Groß"] {
        let mut expected = listed.clone();
        expected[0].role = Some(Role::Chair);
        assert_eq!(read(&format!("chair = \"{chair}\"")), expected, "{chair}");
    }
    let persons = read(
        "chair = [\"Cem Yilmaz\", \"Bert Lang\"]\n[[person]]\nname = \"Bert Lang\"\ngroup = \"C\"\nreason = \"krank\"\n[[person]]\nname = \"Dora\"",
    );
    let names: Vec<_> = persons.iter().map(|person| (&*person.name, person.role)).collect();
    let chair = Some(Role::Chair);
    let expected = [("Cem Yilmaz", chair), ("Dr. Anna Groß", Some(Role::Member)), ("Bert Lang", chair), ("Dora", None)];
    assert_eq!(names, expected);
    let bert = Person { role: chair, group: "C".into(), reason: "krank".into(), ..listed[1].clone() };
    assert_eq!(persons[2], bert);
}

#[test]
fn a_table_of_excel_in_its_own_encoding() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), b"Name;Grund\r\nJ\xf6rg Gr\xfcn;verh\xe4ndert\r\n").unwrap();
    fs::write(folder.path().join("m.toml"), "persons_file = \"p.csv\"").unwrap();
    let meeting = Meeting::read(&folder.path().join("m.toml")).unwrap();
    assert_eq!(meeting.persons[0].name, "Jörg Grün");
}

const OPARL: &str = r#"{"type": "https://schema.oparl.org/1.1/Meeting", "name": "4. Sitzung", "start": "2025-03-19T19:00:00+01:00",
    "location": {"description": "Rathaus"}, "agendaItem": ["https://x/items/9",
    {"id": "https://x/2", "order": 2, "number": "", "name": "Zweites", "result": "einstimmig mit Änderung"},
    {"id": "https://x/1", "order": 1, "number": "1", "name": "Erstes", "public": false}], "web": "https://x"}"#;

#[test]
fn a_meeting_as_council_systems_have_it() {
    let meeting = read(&[("m.json", OPARL)]).unwrap();
    let items: Vec<_> = meeting.agenda.iter().map(|i| (i.number.as_str(), i.title.as_str(), i.public)).collect();
    assert_eq!(items, [("1", "Erstes", Some(false)), ("2", "Zweites", None)]);
    assert_eq!((meeting.title.as_str(), meeting.place.as_str()), ("4. Sitzung", "Rathaus"));
    assert_eq!(meeting.begin.unwrap().to_string(), "19:00:00");
    let both = read(&[("m.toml", "oparl_file = \"m.json\"\ntitle = \"Sondersitzung\""), ("m.json", OPARL)]).unwrap();
    assert_eq!((both.title.as_str(), both.agenda.len()), ("Sondersitzung", 2));
    for (text, expected) in [
        ("{\"type\": \"Body\"}", "`type`: it is no meeting of OParl"),
        ("{\"agendaItem\": [", "line 1, column 16: the file ends in the middle"),
        ("{\"type\": \"x/Meeting\", \"start\": \"19 Uhr\"}", "`start`: it is no time"),
        ("{\"type\": \"x/Meeting\", \"agendaItem\": [{\"order\": \"x\"}]}", "`agendaItem[0]`"),
    ] {
        let error = read(&[("m.json", text)]).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn times_are_written_back() {
    let meeting = Meeting { recording_starts: Time::new(18, 59, 0, 0).ok(), ..read(&[("m.json", OPARL)]).unwrap() };
    let times =
        [("https://x/2".to_owned(), meeting.clock(Millis(60_000)).unwrap(), meeting.clock(Millis(90_000)).unwrap())];
    let text = String::from_utf8(with_times(OPARL.as_bytes(), Path::new("m.json"), &times).unwrap()).unwrap();
    let start = "\"result\": \"einstimmig mit Änderung\",\n      \"start\": \"2025-03-19T19:00:00+01:00\"";
    assert!(text.contains(start), "{text}");
    assert!(text.contains("\"end\": \"2025-03-19T19:00:30+01:00\"") && text.contains("\"web\": \"https://x\""));
}

#[test]
fn what_is_not_public_is_taken_out() {
    let oparl = r#"{"type": "https://schema.oparl.org/1.1/Meeting", "name": "Rat", "agendaItem": [
        {"id": "https://x/1", "name": "Bridge", "public": true}, {"id": "https://x/2", "name": "Land", "public": false},
        {"id": "https://x/3", "name": "Staff"}, "https://x/4", {"id": "https://x/5", "name": "Questions"}]}"#;
    let closed = ["https://x/3".to_owned(), "https://x/4".to_owned()];
    let text = without_closed(oparl.as_bytes(), Path::new("m.json"), &closed).unwrap();
    let left: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let names: Vec<&str> =
        left["agendaItem"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!((names, &left["name"]), (vec!["Bridge", "Questions"], &"Rat".into()));
}

#[test]
fn the_clock_goes_on_after_midnight_and_when_it_is_changed() {
    let meeting = toml("date = 2026-10-24\nrecording_starts = \"23:30\"").unwrap();
    let at = |hours: u64| meeting.clock(Millis(hours * 3_600_000)).unwrap().to_string();
    assert_eq!(at(1), "2026-10-25T00:30:00+02:00[Europe/Berlin]");
    // At three, it is two again.
    assert_eq!(at(3), "2026-10-25T02:30:00+02:00[Europe/Berlin]");
    assert_eq!(at(4), "2026-10-25T02:30:00+01:00[Europe/Berlin]");
    assert_eq!(toml("date = 2026-10-24").unwrap().clock(Millis(0)), None);
}

#[test]
fn speakers_are_persons() {
    let person = |name: &str, role: Option<Role>| Person { name: name.into(), role, ..Person::default() };
    let mut koch = person("Peter Koch", None);
    koch.group = "SPD".into();
    koch.aliases = vec!["Speaker 3".into()];
    let lang = Person { office: "Stadtkämmerin".into(), ..person("Lang, Anna", None) };
    let mut persons = vec![person("Dr. Frank Mentrup", Some(Role::Chair)), koch, person("Eva Koch-May", None), lang];
    persons.push(person("Jörg Müller", None));
    persons.push(person("Maria Müller", None));
    let meeting = Meeting { persons, ..Meeting::default() };
    let name = |speaker: &str| meeting.person(speaker).map(|person| person.name.as_str());
    for speaker in ["Peter Koch", "Stadtrat Koch (SPD)", "Herr Koch", "Speaker 3", "KOCH", "StR Koch"] {
        let expected = if speaker.starts_with("StR") { None } else { Some("Peter Koch") };
        assert_eq!(name(speaker), expected, "{speaker}");
    }
    for speaker in ["Der Vorsitzende", "Oberbürgermeister Dr. Mentrup", "Frank Mentrup", "Vorsitzender"] {
        assert_eq!(name(speaker), Some("Dr. Frank Mentrup"), "{speaker}");
    }
    assert_eq!(name("Stadträtin Koch-May"), Some("Eva Koch-May"));
    // One of two, another given name, nobody.
    for speaker in ["Müller", "Anton Koch", "", "Speaker 1", "Frau", "Die"] {
        assert_eq!(name(speaker), None, "{speaker}");
    }
    assert_eq!(name("Joerg Mueller"), Some("Jörg Müller"));
}

#[test]
fn odd_data_is_read_with_remarks() {
    let meeting = toml(
        "[[person]]\nname = \"A\"\n[[person]]\nname = \"A\"\n[[agenda]]\nnumber = 3\ntitle = \"x\"\n[[agenda]]\nnumber = \"TOP 3\"\n\
         [[vote]]\nitem = 9\n",
    )
    .unwrap();
    let expected = [
        Remark::SameNumber { number: "TOP 3".into() },
        Remark::NoTitle { number: "TOP 3".into() },
        Remark::SameName { name: "A".into() },
        Remark::NoSuchItem { number: "9".into() },
    ];
    assert_eq!(meeting.remarks, expected);
    assert_eq!((meeting.item("3"), meeting.item("")), (None, None));
    assert_eq!(meeting.person("A"), None);
}
