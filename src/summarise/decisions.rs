//! What a text tells of decisions and votes, in German and English: "soll" is not "wurde beschlossen", and "abgelehnt" is not "angenommen".

mod words;

use std::collections::BTreeSet;

use words::{
    BODIES, BY_MAJORITY, DETERMINERS, FINITE, LATER, MODALS, MOTIONS, NEGATIONS, OPPOSITION, STEMS, TO_DO, UNANIMOUS,
    VOTES, VOTING, WANTED,
};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// Something was decided; what, other words say.
    Decided,
    Approved,
    Rejected,
    Postponed,
    /// To a committee.
    Referred,
    /// There was a vote.
    Voted,
}

use Outcome::{Approved, Decided, Postponed, Referred, Rejected, Voted};

/// An outcome, and whether it is denied.
type Statement = (Outcome, bool);

/// Whether all that `claim` tells of decisions and votes is told by one of `sources`, too; `true` if it tells of none.
pub(super) fn are_in(claim: &str, sources: &[&str]) -> bool {
    let claimed = statements(claim);
    if claimed.is_empty() {
        return true;
    }
    let told: BTreeSet<Statement> = sources.iter().flat_map(|source| statements(source)).collect();
    let words: Vec<String> = sources.iter().flat_map(|source| lower_words(source)).collect();
    let is_told = |statement: &Statement| match *statement {
        (Voted, _) => !told.is_empty() || has(&words, &VOTING),
        (Decided, false) => {
            let what = [Rejected, Postponed].map(|outcome| (outcome, false));
            [Decided, Approved].iter().any(|outcome| told.contains(&(*outcome, false)))
                || what.iter().any(|one| claimed.contains(one) && told.contains(one))
        }
        (Decided, true) => [Decided, Approved].iter().any(|outcome| told.contains(&(*outcome, true))),
        (Approved, denied) => {
            // What is decided may be to reject, to postpone or to refer.
            let other = [Rejected, Postponed, Referred].iter().any(|outcome| told.contains(&(*outcome, false)));
            let decided = told.contains(&(Decided, denied)) && !other;
            decided || [(Approved, denied), (Rejected, !denied)].iter().any(|one| told.contains(one))
        }
        (Rejected, denied) => [(Rejected, denied), (Approved, !denied)].iter().any(|one| told.contains(one)),
        (Postponed | Referred, _) => told.contains(statement),
    };
    let own = lower_words(claim);
    let as_told = |stems: &[&str]| !has(&own, stems) || has(&words, stems);
    claimed.iter().all(is_told) && as_told(&UNANIMOUS) && as_told(&BY_MAJORITY)
}

/// What a text tells of decisions and votes, each decision with what is told of its vote.
pub(super) fn passages(text: &str) -> Vec<String> {
    let told = statements(text);
    let outcomes_of = |part: &str| -> Vec<Outcome> {
        let own = statements(part).into_iter().filter(|statement| told.contains(statement));
        own.map(|(outcome, _)| outcome).collect()
    };
    let mut passages: Vec<(String, bool)> = Vec::new();
    // What may be the subject of the next one in the same sentence.
    let mut before = String::new();
    let ends = |part: &str| part.trim_end().ends_with(['.', '!', '?']);
    let mut begins = true;
    for part in parts(text) {
        // "Der Antrag wurde, wie empfohlen, angenommen."
        let words = lower_words(&part);
        let opens =
            std::mem::replace(&mut begins, ends(&part)) && words.last().is_some_and(|word| FINITE.contains(&&**word));
        let outcomes = outcomes_of(&part);
        let decides = outcomes.iter().any(|outcome| *outcome != Voted);
        if outcomes.is_empty() {
            match () {
                () if ends(&part) => before.clear(),
                // A clause with a verb is about something else, unless what the verb belongs to is still to come.
                () if is_finite(&words) && !opens => {}
                () => before.push_str(&part),
            }
            continue;
        }
        let subject = std::mem::take(&mut before);
        let part = if decides && !has_subject(&part) { subject + &part } else { part };
        match passages.last_mut() {
            // Of the vote before, or after.
            Some((passage, decided)) if !(decides && *decided) => {
                passage.push_str(", ");
                passage.push_str(&part);
                *decided |= decides;
            }
            _ => passages.push((part, decides)),
        }
    }
    passages.into_iter().map(|(passage, _)| passage).collect()
}

/// Whether a clause names, before its verb, what it is about: in "wurde angenommen" and "Herrn Koch wurde angenommen", a clause before does.
fn has_subject(part: &str) -> bool {
    let words = lower_words(part);
    words.iter().take_while(|word| !FINITE.contains(&word.as_str())).any(|word| DETERMINERS.contains(&word.as_str()))
}

/// The clauses of a text, as they are written.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for word in text.split_whitespace() {
        if joins(&word.to_lowercase()) {
            parts.push(String::new());
            continue;
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(word);
            part.push(' ');
        }
        if word.ends_with([',', ';', ':', '–', '—', '.', '!', '?']) {
            parts.push(String::new());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// All that is told as a fact: what is asked, wanted, planned or supposed is none.
fn statements(text: &str) -> BTreeSet<Statement> {
    let mut found = BTreeSet::new();
    for sentence in text.split_inclusive(['.', '!', '?', '…']).filter(|sentence| !sentence.ends_with('?')) {
        let clauses = clauses(sentence);
        let (mut modal, mut wanted) = (false, false);
        for (n, clause) in clauses.iter().enumerate() {
            let starts = |words: &[&str]| clause.first().is_some_and(|word| words.contains(&word.as_str()));
            let own = is_modal(clause);
            modal = own || modal && !is_finite(clause) || wanted && starts(&["dass", "daß", "that", "to", "for"]);
            wanted = has(clause, &WANTED);
            // "Angenommen, wir hätten das Geld": supposed.
            let supposed = n == 0 && clauses.len() > 1 && clause.len() == 1 && clause[0] == "angenommen";
            if !modal && !supposed {
                let denied = is_denied(clause);
                found.extend(outcomes(clause).into_iter().map(|outcome| (outcome, denied && outcome != Voted)));
                // "Der Rat beschließt, den Antrag abzulehnen."
                if found.contains(&(Decided, false)) {
                    let what = TO_DO.iter().filter(|(stem, _)| has(clause, &[*stem]));
                    found.extend(what.map(|(_, outcome)| (*outcome, false)));
                }
            }
        }
    }
    found
}

/// The words of each clause, in lower case.
fn clauses(sentence: &str) -> Vec<Vec<String>> {
    let mut clauses = Vec::new();
    for part in sentence.split([',', ';', ':', '–', '—']) {
        let words = lower_words(part);
        clauses.extend(words.split(|word| joins(word)).filter(|clause| !clause.is_empty()).map(<[String]>::to_vec));
    }
    clauses
}

/// Whether a word joins two clauses.
fn joins(word: &str) -> bool {
    matches!(word, "und" | "and" | "aber" | "but" | "sondern" | "oder" | "or")
}

fn is_modal(clause: &[String]) -> bool {
    let is = |word: Option<&String>, words: &[&str]| word.is_some_and(|word| words.contains(&word.as_str()));
    // `in May`, `3 May 2026`.
    let month = |n: usize| {
        let is_number = |word: Option<&String>| word.is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let before = n.checked_sub(1).and_then(|before| clause.get(before));
        is(before, &["in", "on", "of"]) || is_number(before) || is_number(clause.get(n + 1))
    };
    let modal = |(n, word): (usize, &String)| MODALS.contains(&word.as_str()) && !(word == "may" && month(n));
    let future = clause.iter().any(|word| word == "wird" || word == "werden");
    clause.iter().enumerate().any(modal) || future && clause.iter().any(|word| LATER.contains(&word.as_str()))
}

/// Whether a clause has a verb of its own, so that no other governs it. "werden" at its end is an infinitive.
fn is_finite(clause: &[String]) -> bool {
    let last = clause.len().saturating_sub(1);
    clause.iter().enumerate().any(|(n, word)| FINITE.contains(&word.as_str()) && !(n == last && word == "werden"))
}

fn is_denied(clause: &[String]) -> bool {
    let opposes = |word: Option<&String>| word.is_some_and(|word| OPPOSITION.iter().any(|stem| word.starts_with(stem)));
    clause.iter().enumerate().any(|(n, word)| {
        // "keine weiteren Einwände".
        NEGATIONS.contains(&word.as_str()) && !opposes(clause.get(n + 1)) && !opposes(clause.get(n + 2))
    })
}

fn outcomes(clause: &[String]) -> Vec<Outcome> {
    let is = |words: &[&str]| clause.iter().any(|word| words.contains(&word.as_str()));
    let begins = |stem: &str| clause.iter().any(|word| word.starts_with(stem));
    let mut found: Vec<Outcome> = STEMS.iter().filter(|(stem, _)| begins(stem)).map(|(_, outcome)| *outcome).collect();
    let decide = is(&BODIES) || clause.iter().any(|word| word.ends_with("rat") || word.contains("ausschuss"));
    let by_body = [
        (decide && begins("stimm") && is(&["zu"]), Approved),
        (decide && is(&["nimmt", "nahm", "nehmen", "nahmen"]) && is(&["an"]), Approved),
        (decide && is(&["lehnt", "lehnte", "lehnen", "lehnten"]) && is(&["ab"]), Rejected),
        (is(&["passed", "passes", "carried", "carries"]) && is(&MOTIONS), Approved),
        (is(&["beschluss"]) && is(&["fasst", "fasste", "fassten", "gefasst"]), Decided),
        (is(&["decision"]) && is(&["made", "taken", "reached", "took"]), Decided),
        (is(&["vertagen"]) && is(&["wir"]), Postponed),
        (is(&["verwiesen"]) || is(&["verweisen"]) && is(&["wir"]), Referred),
        (is(&["beauftragt", "instructed"]) || is(&["beauftragen"]) && is(&["wir"]), Decided),
        (is(&VOTES) || is(&["stimmt", "stimmte"]) && is(&["für", "gegen", "dafür", "dagegen"]), Voted),
    ];
    found.extend(by_body.into_iter().filter(|(tells, _)| *tells).map(|(_, outcome)| outcome));
    let (against, favour) = (is(&["dagegen", "against"]), is(&["dafür", "favour", "favor"]));
    let result =
        clause.first().is_some_and(|word| matches!(word.as_str(), "das" | "that" | "this")) || against || favour;
    let majority = is(&["mehrheitlich"]) || is(&["mehrheit", "majority"]) && result;
    if found.iter().all(|outcome| *outcome == Voted) && (has(clause, &UNANIMOUS) || majority) {
        found.push(if against { Rejected } else { Approved });
    }
    found
}

/// Whether one of the words begins with one of the stems.
fn has(words: &[String], stems: &[&str]) -> bool {
    words.iter().any(|word| stems.iter().any(|stem| word.starts_with(stem)))
}

/// The words of a text, in lower case.
pub(super) fn lower_words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::are_in;

    fn supported(claim: &str, source: &str) -> bool {
        are_in(claim, &[source])
    }

    #[test]
    fn a_decision_is_in_its_source() {
        for (claim, source) in [
            ("Der Antrag wurde angenommen.", "Damit ist der Antrag angenommen, ich bitte um Ruhe."),
            ("Der Vorschlag wurde einstimmig angenommen.", "Das ist einstimmig, vielen Dank."),
            ("Der Antrag wurde nicht angenommen.", "Damit ist der Antrag abgelehnt."),
            ("Der Antrag wurde abgelehnt.", "Der Antrag ist damit nicht angenommen."),
            ("Der Rat beschließt, den Antrag abzulehnen.", "Der Antrag ist abgelehnt."),
            ("Der Gemeinderat stimmte der Vorlage zu.", "Bei keiner Gegenstimme ist das so beschlossen."),
            ("Der Ausschuss lehnt den Antrag ab.", "Die Mehrheit ist dagegen, der Antrag ist abgelehnt."),
            ("Der Punkt wurde vertagt.", "Dann vertagen wir das, der Punkt ist vertagt."),
            ("Der Punkt wird in den Ausschuss verwiesen.", "Dann verweisen wir das in den Ausschuss."),
            ("Die Verwaltung wird beauftragt, das zu prüfen.", "Damit beauftragen wir die Verwaltung."),
            ("Fünf Räte stimmten dafür.", "Wer ist dafür? Das sind fünf Ja-Stimmen."),
            ("The plan was adopted and will be built.", "The motion is carried."),
            ("The council approves the plan.", "The plan is approved."),
            ("The plan was adopted in May.", "The plan was adopted in May."),
            ("Der Antrag wurde mehrheitlich angenommen.", "Das ist die Mehrheit."),
            ("Der Antrag wurde angenommen.", "Wenn niemand widerspricht, ist das so beschlossen."),
        ] {
            assert!(supported(claim, source), "{claim}: {source}");
        }
    }

    #[test]
    fn a_decision_that_is_not_there_is_found() {
        for (claim, source) in [
            ("Der Vorschlag wurde angenommen.", "Ich schlage vor, drei Bäume zu pflanzen."),
            ("Der Rat beschließt den Plan.", "Wir sprechen über den Plan."),
            ("Der Gemeinderat stimmt der Vorlage zu.", "Wir sprechen über die Vorlage."),
            ("Der Rat lehnte den Antrag ab.", "Wir sprechen über den Antrag."),
            ("Der Antrag wurde angenommen.", "Der Punkt ist vertagt."),
            ("Der Antrag wurde angenommen.", "Wir haben beschlossen, den Antrag abzulehnen."),
            ("Der Antrag wurde angenommen.", "Wir haben beschlossen, den Punkt zu vertagen."),
            ("Der Antrag wurde angenommen.", "Der Rat beschließt, den Antrag an den Ausschuss zu verweisen."),
            ("Der Antrag wurde angenommen.", "Ich beantrage, dass der Antrag angenommen wird."),
            ("Der Antrag wurde angenommen.", "Angenommen, wir hätten das Geld."),
            ("Der Antrag wurde angenommen.", "Ist das angenommen?"),
            ("Der Antrag wurde angenommen.", "Das wird nächste Woche beschlossen."),
            ("Der Antrag wurde abgelehnt.", "Ich beantrage, den Antrag abzulehnen."),
            ("Der Punkt wurde vertagt.", "Ich beantrage, den Punkt zu vertagen."),
            ("The plan was adopted in May.", "We talk about May."),
            ("Der Antrag wurde angenommen.", "Der Antrag ist abgelehnt."),
            ("Es wurde beschlossen, Bäume zu pflanzen.", "Der Antrag ist abgelehnt."),
            ("Es wurde kein Beschluss gefasst.", "Das ist so beschlossen."),
            ("Der Antrag wurde einstimmig angenommen.", "Der Antrag ist mehrheitlich angenommen."),
            ("Der Antrag wurde angenommen und soll 2027 umgesetzt werden.", "Wir sprechen darüber."),
            ("Zwei Räte stimmten dagegen.", "Wir sprechen darüber."),
            ("Der Punkt wird in den Ausschuss verwiesen.", "Wir sprechen darüber."),
            ("Die Verwaltung wird beauftragt, das zu prüfen.", "Das könnte die Verwaltung prüfen."),
            ("The plan was adopted and will be built.", "We talk about the plan."),
            ("The council approves the plan.", "We talk about the plan."),
            ("The council voted for the plan.", "We talk about the plan."),
            ("The motion passed.", "We talk about the motion."),
        ] {
            assert!(!supported(claim, source), "{claim}: {source}");
        }
    }

    #[test]
    fn what_is_wanted_or_asked_is_no_decision() {
        for claim in [
            "Der Rat soll beschließen, Bäume zu pflanzen.",
            "Der Plan soll geprüft und angenommen werden.",
            "Herr Koch fragt, ob der Antrag angenommen wurde.",
            "Frau Lang lehnt das Geländer ab.",
            "Frau Lang stimmt Herrn Koch zu.",
            "Die Beauftragte berichtet.",
            "Zwei Jahre sind vergangen.",
            "Two years have passed, and the works were carried out.",
            "The plan should be discussed and adopted.",
        ] {
            assert!(supported(claim, "Wir sprechen darüber."), "{claim}");
        }
    }
}
