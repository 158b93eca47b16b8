//! Function words that show where a line may break, in German and English.
//!
//! To add a language, add its words here and to [`list`].

use std::collections::HashMap;
use std::sync::LazyLock;

/// The roles of a word; it may have several.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Roles(u16);

impl Roles {
    /// Begins a clause.
    pub(super) const CONJUNCTION: Roles = Roles(1);
    /// Joins two of a kind.
    pub(super) const JOINER: Roles = Roles(2);
    pub(super) const PREPOSITION: Roles = Roles(4);
    /// An article, or another word that must be followed by the next one.
    pub(super) const ARTICLE: Roles = Roles(8);
    pub(super) const PRONOUN: Roles = Roles(16);
    /// Stands before a name.
    pub(super) const TITLE: Roles = Roles(32);
    /// Stands before a number.
    pub(super) const COUNTED: Roles = Roles(64);
    pub(super) const NUMBER: Roles = Roles(128);
    pub(super) const CAPITAL: Roles = Roles(256);
    /// Looks like an adjective before its noun.
    pub(super) const INFLECTED: Roles = Roles(512);
    /// Its full stop ends no sentence.
    pub(super) const ABBREVIATION: Roles = Roles(1024);
    /// Stands before its verb: `have`, `cannot`.
    pub(super) const AUXILIARY: Roles = Roles(2048);
    /// Stands after its verb where that looks [like one](Self::VERBAL): `wurde`, `haben`.
    pub(super) const CLOSING: Roles = Roles(4096);
    /// Looks like a participle or an infinitive: `empfohlen`, `genehmigt`.
    pub(super) const VERBAL: Roles = Roles(8192);
    /// Belongs to the word before it: `sich`, `themselves`.
    pub(super) const REFLEXIVE: Roles = Roles(16384);

    pub(super) fn is(self, roles: Roles) -> bool {
        self.0 & roles.0 != 0
    }

    fn add(&mut self, yes: bool, role: Roles) {
        if yes {
            self.0 |= role.0;
        }
    }
}

#[rustfmt::skip]
const GERMAN: [(Roles, &str); 9] = [
    (Roles::CONJUNCTION, "aber sondern denn doch weil dass damit obwohl wenn falls ob während bevor nachdem sobald solange \
        sodass indem wobei wodurch"),
    (Roles::JOINER, "und oder sowie als wie beziehungsweise bzw"),
    (Roles::PREPOSITION, "in im ins an am ans auf aufs aus bei beim mit nach von vom vor zu zum zur über unter durch für \
        gegen ohne um zwischen seit wegen trotz bis hinter neben gegenüber innerhalb außerhalb gemäß laut pro per samt statt außer binnen \
        aufgrund anhand angesichts bezüglich hinsichtlich mittels infolge entsprechend"),
    (Roles::ARTICLE, "der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner keines \
        mein meine meinen meinem meiner meines dein deine sein seine seinen seinem seiner seines \
        ihre ihren ihrem ihrer ihres unser unsere unseren unserem unserer unseres diese diesen diesem dieser dieses \
        welche welchen welchem welcher welches alle allen aller jede jeden jedem jeder jedes jene jenen jenem jener jenes \
        eure euren eurem eurer eures solche solchen solcher einige einigen einiger mehrere mehreren mehrerer viele vielen vieler \
        manche manchen mancher beide beiden beider deren dessen sehr nicht"),
    (Roles::PRONOUN, "ich du er sie es wir man wer"),
    (Roles::REFLEXIVE, "sich mich dich mir dir euch"),
    (Roles::CLOSING, "habe hast hat haben hatte hatten bin ist sind war waren sein wird werden wurde wurden worden würde würden \
        kann können konnte könnte könnten muss müssen musste mussten soll sollen sollte sollten will wollen wollte wollten \
        darf dürfen dürfte mag möchte möchten lassen"),
    (Roles::TITLE, "herr herrn frau dr prof professor professorin bürgermeister bürgermeisterin oberbürgermeister \
        oberbürgermeisterin stadtrat stadträtin gemeinderat gemeinderätin"),
    (Roles::COUNTED, "§ §§ paragraph paragraf absatz artikel punkt tagesordnungspunkt top nummer nr seite kapitel \
        drucksache ziffer satz jahr"),
];

#[rustfmt::skip]
const ENGLISH: [(Roles, &str); 9] = [
    (Roles::CONJUNCTION, "but because which who whose when where while if although though since so unless until whether that"),
    (Roles::JOINER, "and or nor than as"),
    (Roles::PREPOSITION, "in on at by for from with to of about into onto over under after before between through during \
        without against among within toward towards across per upon behind beyond above below around along despite except via"),
    (Roles::ARTICLE, "the a an my your his her its our their this these those no every each some any another such very not"),
    (Roles::PRONOUN, "i you he she it we they there i'm you're he's she's it's we're they're there's i've you've we've they've \
        i'll you'll he'll she'll it'll we'll they'll i'd you'd he'd she'd we'd they'd"),
    (Roles::REFLEXIVE, "myself yourself himself herself itself ourselves yourselves themselves"),
    (Roles::AUXILIARY, "am is are was were be been being have has had having do does did will would shall should can could may might \
        must cannot isn't aren't wasn't weren't haven't hasn't hadn't don't doesn't didn't won't wouldn't shouldn't can't couldn't \
        mustn't"),
    (Roles::TITLE, "mr mrs ms dr prof professor mayor councillor councilor councilman councilwoman president chairman senator"),
    (Roles::COUNTED, "§ section article item number page chapter room paragraph motion resolution district"),
];

const ABBREVIATIONS: &str =
    "dr prof nr abs art st str hr fr bzw ca vgl inkl mr mrs ms vs z.b d.h u.a e.g i.e evtl ggf mio mrd tel";

type Words = HashMap<&'static str, Roles>;

static LISTS: LazyLock<[Words; 2]> = LazyLock::new(|| {
    [GERMAN, ENGLISH].map(|lists| {
        let mut words = Words::new();
        for (role, list) in lists.into_iter().chain([(Roles::ABBREVIATION, ABBREVIATIONS)]) {
            list.split_whitespace().for_each(|word| words.entry(word).or_default().add(true, role));
        }
        words
    })
});

fn list(language: &str) -> Option<&'static Words> {
    match language {
        "de" => Some(&LISTS[0]),
        "en" => Some(&LISTS[1]),
        _ => None,
    }
}

/// The roles of `text` in `language` (an ISO 639-1 code).
pub(super) fn roles(text: &str, language: &str) -> Roles {
    let mut roles = Roles::default();
    let bare = text.trim_matches(|c: char| !c.is_alphanumeric() && c != '§' && c != '%');
    roles.add(bare.starts_with(|c: char| c.is_ascii_digit()), Roles::NUMBER);
    let Some(words) = list(language) else { return roles };
    let capital = bare.starts_with(char::is_uppercase);
    let listed = match words.get(bare) {
        None if capital || bare.contains('’') => words.get(&*bare.to_lowercase().replace('’', "'")),
        found => found,
    };
    let listed = listed.copied().unwrap_or_default();
    roles.add(capital, Roles::CAPITAL);
    let stop = text.ends_with('.') && abbreviated(bare, listed, language);
    roles.0 |= listed.0 & !Roles::ABBREVIATION.0;
    roles.add(stop, Roles::ABBREVIATION);
    let ends = |with: &[&str]| with.iter().any(|end| bare.ends_with(end));
    let open = language == "de" && !capital && listed == Roles::default() && bare.len() > 4;
    roles.add(open && ends(&["e", "en", "er", "es", "em"]), Roles::INFLECTED);
    roles.add(open && ends(&["en", "t"]) || listed.is(Roles::CLOSING) && ends(&["en"]), Roles::VERBAL);
    roles
}

/// Whether the full stop after `bare` is part of it: `3.` is an ordinal number in German, and `No.` is an abbreviation in English.
fn abbreviated(bare: &str, listed: Roles, language: &str) -> bool {
    let single = bare.chars().count() == 1 && bare.starts_with(char::is_alphabetic) && bare != "I";
    let ordinal = language == "de" && matches!(bare.len(), 1 | 2) && bare.bytes().all(|b| b.is_ascii_digit());
    single || ordinal || listed.is(Roles::ABBREVIATION) || language == "en" && bare == "No"
}
