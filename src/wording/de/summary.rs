//! Summaries by a language model.

use crate::wording::SummaryTexts;

pub(in crate::wording) const SUMMARY: SummaryTexts = SummaryTexts {
    title: "Zusammenfassung: {}",
    model: "Sprachmodell",
    draft: "Von einem Sprachmodell geschrieben und ungeprüft. Auch was hier nicht markiert ist, kann falsch sein. Maßgeblich ist die Aufnahme.",
    nothing: "Das Modell hat zu diesem Punkt nichts geschrieben.",
    failed: "Keine Zusammenfassung",
    unsupported: "nicht belegt",
    no_source: "nennt keine genaue Stelle",
    quote: "Zitat",
    number: "Zahl",
    name: "Name",
    decision: "Beschluss oder Abstimmung",
    combined: "Beschluss mit Angaben von anderer Stelle",
    no_item: "Außerhalb der Tagesordnungspunkte",
    prompt_cut: "Das Modell hat nicht den ganzen Text erhalten.",
    answer_cut: "Die Antwort ist abgeschnitten.",
    answer: "Das Modell hat nicht in der verlangten Form geantwortet.",
    other_language: "Das Modell hat in einer anderen Sprache geantwortet.",
    slow: "Die Antwort dauerte zu lange.",
    server: "Der Server antwortet nicht.",
};
