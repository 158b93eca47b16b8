//! Words in captions that look like speakers' names and are none.

/// Words that stand before a colon in minutes, speeches and interviews, and are nobody's name.
const LABELS: &str = "\
    abschließend abstimmung achtung also anfang anmerkung antrag antwort applaus aufgabe aussage außerdem beginn beifall beispiel \
    beispielsweise bemerkung beschluss bitte dabei daher danke dann datum dazu deshalb drittens einwand ende erstens ergebnis fazit \
    folgendes folie frage gelächter genau heiterkeit hierzu hinweis ja jedenfalls jetzt kurz kurzum lachen moment motto musik nein \
    nun nämlich nochmals ort pause problem ps punkt quelle satz schließlich schluss seite sprich stichwort stimmen stimmt \
    tagesordnung tagesordnungspunkt tatsächlich thema these titel top trotzdem uhr uhrzeit und unruhe viertens vorab vorschlag \
    vorweg warnung wichtig zeit ziel zitat zudem zuletzt zunächst zuruf zusammenfassung zweitens zwischenfrage zwischenruf übrigens \
    action actually agenda also and answer anyway applause attention basically but conclusion date decision end example finally \
    first however item laughter location meaning motion music namely next no note notice now ok okay page plus point ps question \
    quote reminder remember result second silence slide so start summary then therefore third time title topic vote warning well \
    yes";

/// Verbs at the beginning or at the end of what introduces somebody's words, or one's own.
const SAYING: &str = "\
    sagt sagte sagten gesagt meint meinte gemeint fragt fragte gefragt antwortet antwortete heißt hieß genommen said says asked asks \
    answered replied speaking";

/// Words for sounds, and for what could not be understood.
pub(super) const SOUNDS: &str = "\
    applaus audio beifall durcheinander geflüster gelächter geräusch geräusche heiterkeit hintergrundgeräusch hintergrundgeräusche \
    husten hustet klatschen lachen lacht musik pause rauschen räuspern räuspert schweigen seufzen seufzer seufzt stille \
    stimmengewirr störung störungen unhörbar unruhe unv unverständlich zuruf zurufe zwischenruf zwischenrufe \
    applause background beep beeping breathing cheering chuckle chuckles chuckling clapping clears cough coughing coughs crosstalk \
    gasps groans inaudible indiscernible laugh laughing laughs laughter music noise noises pause sigh sighs silence singing sneezes \
    sniffs sound sounds static unclear unintelligible whispering whispers";

/// Whether it is a word that stands before a colon or in brackets, also with a number (`Frage 1`), or somebody's saying (`Er sagte`).
pub(super) fn is_word(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut parts = name.split_whitespace();
    let (first, last) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
    let is_number = |part: &str| part.is_empty() || part.len() == 1 || part.bytes().all(|b| b.is_ascii_digit());
    let is_saying = |word: &str| SAYING.split_whitespace().any(|verb| verb == word);
    LABELS.split_whitespace().any(|label| label == first)
        && parts.next().is_none()
        && is_number(last.trim_end_matches(['.', ')']))
        || is_saying(first)
        || is_saying(last)
}
