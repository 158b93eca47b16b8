//! Words that tell of decisions and votes, and of wishes and plans, which are none, in German and English.

use super::Outcome::{self, Approved, Decided, Postponed, Referred, Rejected, Voted};

/// How words begin that tell of it.
pub(super) const STEMS: [(&str, Outcome); 41] = [
    ("beschloss", Decided),
    ("beschließt", Decided),
    ("entschied", Decided),
    ("entscheidet", Decided),
    ("geeinigt", Decided),
    ("decided", Decided),
    ("decides", Decided),
    ("resolved", Decided),
    ("resolves", Decided),
    ("agreed", Decided),
    ("agrees", Decided),
    ("angenommen", Approved),
    ("genehmigt", Approved),
    ("verabschiedet", Approved),
    ("zugestimmt", Approved),
    ("bewilligt", Approved),
    ("gebilligt", Approved),
    ("gewählt", Approved),
    ("adopted", Approved),
    ("adopts", Approved),
    ("approved", Approved),
    ("approves", Approved),
    ("accepted", Approved),
    ("ratified", Approved),
    ("elected", Approved),
    ("abgelehnt", Rejected),
    ("verworfen", Rejected),
    ("zurückgewiesen", Rejected),
    ("durchgefallen", Rejected),
    ("gescheitert", Rejected),
    ("rejected", Rejected),
    ("rejects", Rejected),
    ("defeated", Rejected),
    ("vertagt", Postponed),
    ("zurückgestellt", Postponed),
    ("zurückgezogen", Postponed),
    ("postponed", Postponed),
    ("deferred", Postponed),
    ("adjourned", Postponed),
    ("withdrawn", Postponed),
    ("abgestimmt", Voted),
];
/// Words for a vote, as they are.
pub(super) const VOTES: [&str; 16] = [
    "stimmen",
    "stimmten",
    "gestimmt",
    "votiert",
    "votierte",
    "votierten",
    "gegenstimme",
    "gegenstimmen",
    "enthaltung",
    "enthaltungen",
    "vote",
    "votes",
    "voted",
    "abstained",
    "abstention",
    "abstentions",
];
/// How words begin that are said when people vote.
pub(super) const VOTING: [&str; 21] = [
    "stimme",
    "stimmten",
    "abstimm",
    "abgestimmt",
    "gestimmt",
    "zustimm",
    "votum",
    "votier",
    "handzeichen",
    "kartenzeichen",
    "enthalt",
    "enthielt",
    "dafür",
    "dagegen",
    "gegenstimm",
    "vote",
    "voting",
    "favour",
    "favor",
    "against",
    "abst",
];
/// What must be in the source as it is told; each alone tells of a decision.
pub(super) const UNANIMOUS: [&str; 3] = ["einstimmig", "einmütig", "unanimous"];
pub(super) const BY_MAJORITY: [&str; 3] = ["mehrheitlich", "mehrheit", "majority"];
/// Who decides. What others agree with or reject is an opinion.
pub(super) const BODIES: [&str; 18] = [
    "kreistag",
    "bundestag",
    "landtag",
    "plenum",
    "gremium",
    "versammlung",
    "mehrheit",
    "alle",
    "mitglieder",
    "räte",
    "council",
    "committee",
    "board",
    "assembly",
    "majority",
    "members",
    "everyone",
    "parliament",
];
/// What is `carried`, or has `passed`.
pub(super) const MOTIONS: [&str; 9] =
    ["motion", "amendment", "resolution", "bill", "budget", "proposal", "ordinance", "plan", "vote"];
/// Words that make of a decision a wish, a plan, or a question.
pub(super) const MODALS: [&str; 39] = [
    "soll", "sollen", "sollte", "sollten", "solle", "möchte", "möchten", "will", "wollen", "würde", "würden", "könnte",
    "könnten", "müsste", "müssten", "muss", "müssen", "dürfte", "dürfen", "darf", "kann", "können", "wenn", "falls",
    "ob", "bevor", "sobald", "should", "would", "could", "might", "may", "must", "shall", "can", "cannot", "if",
    "whether", "unless",
];
/// With `wird`, these tell of the future.
pub(super) const LATER: [&str; 6] = ["morgen", "demnächst", "nächste", "nächsten", "nächster", "später"];
/// How words begin behind which "dass" tells of what somebody wants.
pub(super) const WANTED: [&str; 22] = [
    "beantrag",
    "vorschlag",
    "vorgeschlagen",
    "schlage",
    "schlägt",
    "bitte",
    "bat",
    "empfehl",
    "empfiehlt",
    "hoff",
    "wünsch",
    "forder",
    "will",
    "möchte",
    "propos",
    "suggest",
    "recommend",
    "hope",
    "request",
    "ask",
    "wish",
    "move",
];
/// Verbs that make a clause of its own.
pub(super) const FINITE: [&str; 27] = [
    "ist",
    "sind",
    "war",
    "waren",
    "wurde",
    "wurden",
    "wird",
    "werden",
    "hat",
    "haben",
    "hatte",
    "hatten",
    "is",
    "was",
    "were",
    "are",
    "has",
    "have",
    "had",
    "beschließt",
    "beschloss",
    "entscheidet",
    "entschied",
    "lehnt",
    "lehnte",
    "stimmt",
    "stimmte",
];
/// Words with which what a clause is about begins.
pub(super) const DETERMINERS: [&str; 24] = [
    "der", "die", "das", "dies", "dieser", "diese", "dieses", "ein", "eine", "er", "sie", "es", "ich", "wir", "man",
    "alle", "the", "this", "that", "it", "he", "she", "they", "we",
];
pub(super) const NEGATIONS: [&str; 14] = [
    "nicht", "kein", "keine", "keinen", "keiner", "keinem", "keines", "nie", "niemand", "not", "no", "never", "nobody",
    "none",
];
/// What it may be decided to do.
pub(super) const TO_DO: [(&str, Outcome); 4] =
    [("abzulehn", Rejected), ("vertagen", Postponed), ("zurückzustell", Postponed), ("verweisen", Referred)];
/// What there may be none of, and still a decision.
pub(super) const OPPOSITION: [&str; 9] =
    ["gegenstimm", "enthaltung", "einw", "widerspr", "nein", "objection", "abstention", "opposition", "dissent"];
