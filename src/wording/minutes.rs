//! The texts of a draft of minutes.

use super::Language;

/// Declares the texts, each once for both languages.
macro_rules! texts {
    ($($key:ident: $de:literal, $en:literal;)+) => {
        /// Words of a draft of minutes.
        #[derive(Debug)]
        pub(crate) struct MinutesText {
            $(pub(crate) $key: &'static str),+
        }

        const GERMAN: MinutesText = MinutesText { $($key: $de),+ };
        const ENGLISH: MinutesText = MinutesText { $($key: $en),+ };
    };
}

texts! {
    results: "Ergebnisprotokoll", "Minutes of results";
    course: "Verlaufsprotokoll (Gliederung)", "Minutes of the course (outline)";
    verbatim: "Wortprotokoll", "Verbatim record";
    closed: "Nichtöffentlicher Teil", "Part that is not public";
    draft: "Maschineller Entwurf: Jede Angabe ist zu prüfen. Was in [Klammern] mit Uhrzeit steht, ist der Beleg in der Aufnahme.", "Machine draft: check every entry. What stands in [brackets] with a time is the evidence in the recording.";
    outline: "Eine Gliederung, kein Verlaufsprotokoll: Es nennt, wer wann wie lange sprach, mit dem Anfang des Gesagten. Zusammenfassen müssen Menschen.", "An outline, no minutes of the course: it says who spoke when and for how long, with the beginning of what was said. People have to summarise it.";
    joined: "Mehrere Aufnahmen, deren Zeiten durchlaufen. Die weiteren beginnen bei", "Several recordings whose times go on from one to the next. The others begin at";
    chair_guessed: "Wer den Vorsitz führt, ist aus dem Gesagten erschlossen. Die Funde sind deshalb weniger sicher.", "Who presides is concluded from what was said. Findings are less sure therefore.";
    chair_unknown: "Es ist nicht bekannt, wer den Vorsitz führt: Auch was andere sagen, wurde als Aufruf oder Abstimmung gewertet. Alle Funde sind unsicher.", "It is not known who presides: what others say was taken for calls and votes, too. All findings are unsure.";
    same_number: "Die Nummer steht mehrmals in der Tagesordnung", "The agenda has this number more than once";
    no_title: "Ein Tagesordnungspunkt hat keinen Titel", "An item of the agenda has no title";
    no_such_item: "Eine eingetragene Abstimmung nennt einen Punkt, den es nicht gibt", "A vote that was entered names an item that there is not";
    same_name: "Der Name steht mehrmals in der Personenliste", "The list of persons has this name more than once";
    not_found_closed: "Nichtöffentliche Punkte, die in der Aufnahme nicht gefunden wurden. Bitte prüfen, ob Nichtöffentliches in diesem Teil steht", "Items that are not public and were not found in the recording. Please check whether this part holds anything of them";
    required: "Pflichtangaben", "Required";
    missing: "Es fehlen noch", "Still missing";
    body: "Gremium", "Body";
    meeting: "Sitzung", "Meeting";
    date: "Datum", "Date";
    begin: "Beginn", "Begin";
    end: "Ende", "End";
    place: "Ort", "Place";
    sitting: "Sitzungsform", "Kind of sitting";
    chair: "Vorsitz", "Chair";
    clerk: "Schriftführung", "Clerk";
    recording: "Aufnahme", "Recording";
    presence: "Präsenzsitzung", "in person";
    hybrid: "Hybridsitzung", "hybrid";
    video: "Videositzung", "by video";
    attendance: "Anwesenheit", "Attendance";
    name: "Name", "Name";
    role: "Funktion", "Role";
    group: "Fraktion", "Group";
    reason: "Grund, Zeiten", "Reason, times";
    present: "anwesend", "present";
    remote: "per Video", "by video";
    excused: "entschuldigt", "excused";
    absent: "abwesend", "absent";
    from: "ab", "from";
    until: "bis", "until";
    moderator: "Moderation", "Moderation";
    member: "Mitglied", "Member";
    staff: "Verwaltung", "Administration";
    guest: "Gast", "Guest";
    heard: "Im Transkript sprechen", "Speakers of the transcript";
    agenda: "Tagesordnung", "Agenda";
    not_public: "nichtöffentlich", "not public";
    not_on_agenda: "steht nicht auf der Tagesordnung", "not on the agenda";
    opening: "Eröffnung", "Opening";
    between: "Ohne Zuordnung", "Not assigned";
    item: "TOP", "Item";
    time: "Zeit", "Time";
    papers: "Vorlagen", "Papers";
    together: "zusammen aufgerufen mit", "called together with";
    again: "wieder aufgerufen", "called again";
    begins_unsure: "Der Beginn ist unsicher.", "Where it begins is not sure.";
    in_closed: "Steht ganz oder zum Teil im nichtöffentlichen Teil.", "All or some of it is in the part that is not public.";
    not_found: "In der Aufnahme nicht gefunden.", "Not found in the recording.";
    motion: "Anträge", "Motions";
    wording_of_decision: "Wortlaut des Beschlusses", "Wording of the decision";
    votes: "Abstimmungen", "Votes";
    subject: "Gegenstand", "Subject";
    outcome: "Ergebnis", "Outcome";
    yes: "Ja", "Yes";
    no: "Nein", "No";
    abstained: "Enth.", "Abst.";
    evidence: "Beleg", "Evidence";
    entered: "eingetragen", "entered";
    checked: "geprüft", "checked";
    by_people: "von Hand", "by hand";
    rest: "alle übrigen", "all others";
    accepted: "angenommen", "accepted";
    rejected: "abgelehnt", "rejected";
    tied: "Stimmengleichheit (abgelehnt)", "tied (rejected)";
    noted: "zur Kenntnis genommen", "noted";
    referred: "verwiesen", "referred";
    postponed: "vertagt", "postponed";
    withdrawn: "erledigt oder zurückgezogen", "withdrawn or settled";
    unanimous: "einstimmig", "unanimous";
    not_said: "nicht gesagt", "not said";
    main: "Beschlussvorlage oder Antrag", "the item itself";
    amendment: "Änderungsantrag", "amendment";
    procedural: "Geschäftsordnung", "procedure";
    decisions: "Ohne Abstimmung", "Without a vote";
    tasks: "Aufgaben", "Tasks";
    who: "Wer", "Who";
    what: "Was", "What";
    due: "Bis", "Until";
    objections: "Widersprüche und Erklärungen", "Objections and statements";
    questions: "Fragen", "Questions";
    speakers: "Wortbeiträge", "Speeches";
    certain: "sicher", "certain";
    likely: "wahrscheinlich", "likely";
    unsure: "unsicher", "unsure";
    signature: "Unterschrift", "Signature";
}

/// Words of a draft in a language.
pub(crate) fn minutes(language: Language) -> &'static MinutesText {
    match language {
        Language::German => &GERMAN,
        Language::English => &ENGLISH,
    }
}
