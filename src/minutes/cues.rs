//! What people say when something is called, voted on, decided or promised: cues, as data.

use std::collections::BTreeMap;
use std::path::Path;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::Deserialize;

use super::misheard::Misheard;
use crate::{Error, files};

/// Those that come with the program.
const BUILT_IN: [(&str, &str); 2] = [("de", include_str!("cues.de.toml")), ("en", include_str!("cues.en.toml"))];

/// Bytes that the compiled cues of one list may take.
const SIZE_LIMIT: usize = 64 << 20;

/// Most bytes of a file.
const MAX_BYTES: usize = 1 << 20;

/// Up to eight words.
const GAP: &str = "(?: [^ ]+){0,8}? ";

/// Cues of one language, ready to be looked for.
#[derive(Debug)]
pub struct Cues {
    pub(super) misheard: Misheard,
    pub(super) vote: VoteCues,
    pub(super) counts: CountCues,
    pub(super) decision: DecisionCues,
    pub(super) agenda: AgendaCues,
    pub(super) task: List,
    /// Whoever speaks is to do it.
    pub(super) task_own: List,
    /// Who else is to do it.
    pub(super) task_who: Vec<Regex>,
    pub(super) objection: List,
    pub(super) question: List,
    pub(super) motion: List,
    pub(super) chair: RegexSet,
    pub(super) moderator: RegexSet,
}

/// Sentences that match one of the first and none of the second.
#[derive(Debug)]
pub(super) struct List {
    pub(super) cues: RegexSet,
    pub(super) unless: RegexSet,
}

impl List {
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.cues.is_match(text) && !self.unless.is_match(text)
    }

    /// The numbers of the cues that match; none if one of the others does.
    pub(super) fn matches(&self, text: &str) -> Vec<usize> {
        if self.unless.is_match(text) { Vec::new() } else { self.cues.matches(text).into_iter().collect() }
    }
}

#[derive(Debug)]
pub(super) struct VoteCues {
    pub(super) call: RegexSet,
    pub(super) announce: RegexSet,
    pub(super) soon: RegexSet,
    pub(super) accepted: RegexSet,
    pub(super) rejected: RegexSet,
    pub(super) tied: RegexSet,
    pub(super) accepted_weak: RegexSet,
    pub(super) rejected_weak: RegexSet,
    pub(super) unless: RegexSet,
    pub(super) others: RegexSet,
    pub(super) again: RegexSet,
    /// Words that are hardly said but where votes are taken.
    pub(super) typical: List,
    pub(super) unanimous: RegexSet,
    pub(super) amendment: RegexSet,
    pub(super) procedural: RegexSet,
    pub(super) subject: Vec<Regex>,
}

#[derive(Debug)]
pub(super) struct CountCues {
    pub(super) yes: Vec<Regex>,
    pub(super) no: Vec<Regex>,
    pub(super) abstained: Vec<Regex>,
    pub(super) rest_yes: RegexSet,
    pub(super) rest_no: RegexSet,
}

#[derive(Debug)]
pub(super) struct DecisionCues {
    pub(super) accepted: RegexSet,
    pub(super) referred: RegexSet,
    pub(super) withdrawn: RegexSet,
    pub(super) noted: RegexSet,
    pub(super) postponed: RegexSet,
    pub(super) unless: RegexSet,
}

#[derive(Debug)]
pub(super) struct AgendaCues {
    /// With what follows, which may be the number.
    pub(super) call: Vec<Regex>,
    /// The same without a verb.
    pub(super) heading: Vec<Regex>,
    /// What is called beside it.
    pub(super) together: Vec<Regex>,
    pub(super) mention: Vec<Regex>,
    pub(super) next: RegexSet,
    pub(super) back: RegexSet,
    pub(super) begin: RegexSet,
    pub(super) begin_unless: RegexSet,
    pub(super) presides: RegexSet,
    /// A part that is not public begins.
    pub(super) closed: List,
    /// What is called is not public.
    pub(super) closed_call: List,
    /// A public part begins.
    pub(super) opened: List,
    pub(super) unless: RegexSet,
}

/// A section of a file: lists of cues by name.
type Section = BTreeMap<String, Vec<String>>;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    language: String,
    words: BTreeMap<String, String>,
    misheard: Section,
    vote: Section,
    counts: Section,
    decision: Section,
    agenda: Section,
    task: Section,
    objection: Section,
    question: Section,
    motion: Section,
    chair: Section,
}

impl Cues {
    /// The cues for a language (ISO 639-1): German for `de`, else English; with those of the file at `more` besides.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Meeting`] if the file has a cue that is none.
    pub fn read(language: &str, more: Option<&Path>) -> Result<Cues, Error> {
        let (_, text) = BUILT_IN.iter().find(|(code, _)| *code == language).unwrap_or(&BUILT_IN[1]);
        let mut file = parse(text, Path::new("cues.toml"))?;
        let Some(path) = more else { return compiled(&file, Path::new("cues.toml")) };
        let bytes = files::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
        let text = String::from_utf8(bytes).map_err(|_| wrong(path, None, "this is not UTF-8 text".into()))?;
        if text.len() > MAX_BYTES {
            return Err(wrong(path, None, "it is larger than 1 MiB".into()));
        }
        let own = parse(text.trim_start_matches('\u{feff}'), path)?;
        file.words.extend(own.words);
        for (to, from) in sections(&mut file).into_iter().zip([
            own.misheard,
            own.vote,
            own.counts,
            own.decision,
            own.agenda,
            own.task,
            own.objection,
            own.question,
            own.motion,
            own.chair,
        ]) {
            for (name, cues) in from {
                let known = to.1.keys().cloned().collect::<Vec<_>>().join(", ");
                let list = to.1.get_mut(&name).ok_or_else(|| {
                    wrong(path, Some(format!("`{}.{name}`", to.0)), format!("there is no such list; there are {known}"))
                })?;
                list.extend(cues);
            }
        }
        compiled(&file, path)
    }
}

fn sections(file: &mut File) -> [(&'static str, &mut Section); 10] {
    [
        ("misheard", &mut file.misheard),
        ("vote", &mut file.vote),
        ("counts", &mut file.counts),
        ("decision", &mut file.decision),
        ("agenda", &mut file.agenda),
        ("task", &mut file.task),
        ("objection", &mut file.objection),
        ("question", &mut file.question),
        ("motion", &mut file.motion),
        ("chair", &mut file.chair),
    ]
}

fn parse(text: &str, path: &Path) -> Result<File, Error> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let reason = error.message().lines().next().unwrap_or_default().to_owned();
        wrong(path, line.map(|line| format!("line {line}")), reason)
    })
}

fn wrong(path: &Path, place: Option<String>, reason: String) -> Error {
    Error::Cues { path: path.into(), place, reason }
}

/// Compiles the lists of a file.
struct Compiler<'a> {
    file: &'a File,
    path: &'a Path,
}

fn compiled(file: &File, path: &Path) -> Result<Cues, Error> {
    let c = Compiler { file, path };
    let list = |name: &'static str, section: &Section, cues: &str| -> Result<List, Error> {
        Ok(List { cues: c.set(name, section, cues)?, unless: c.set(name, section, "unless")? })
    };
    let vote = |name| c.set("vote", &file.vote, name);
    let decision = |name| c.set("decision", &file.decision, name);
    let words = file.misheard.get("words").into_iter().flatten().map(|word| word.to_lowercase()).collect();
    Ok(Cues {
        misheard: Misheard { words, language: file.language.clone() },
        vote: VoteCues {
            call: vote("call")?,
            announce: vote("announce")?,
            soon: vote("soon")?,
            accepted: vote("accepted")?,
            rejected: vote("rejected")?,
            tied: vote("tied")?,
            accepted_weak: vote("accepted_weak")?,
            rejected_weak: vote("rejected_weak")?,
            unless: vote("unless")?,
            others: vote("others")?,
            again: vote("again")?,
            typical: List { cues: vote("typical")?, unless: vote("typical_unless")? },
            unanimous: vote("unanimous")?,
            amendment: vote("amendment")?,
            procedural: vote("procedural")?,
            subject: c.each("vote", &file.vote, "subject")?,
        },
        counts: CountCues {
            yes: c.each("counts", &file.counts, "yes")?,
            no: c.each("counts", &file.counts, "no")?,
            abstained: c.each("counts", &file.counts, "abstained")?,
            rest_yes: c.set("counts", &file.counts, "rest_yes")?,
            rest_no: c.set("counts", &file.counts, "rest_no")?,
        },
        decision: DecisionCues {
            accepted: decision("accepted")?,
            referred: decision("referred")?,
            withdrawn: decision("withdrawn")?,
            noted: decision("noted")?,
            postponed: decision("postponed")?,
            unless: decision("unless")?,
        },
        agenda: agenda(&c)?,
        task: list("task", &file.task, "commitment")?,
        task_own: List { cues: c.set("task", &file.task, "own")?, unless: c.set("task", &file.task, "asked")? },
        task_who: c.each("task", &file.task, "who")?,
        objection: list("objection", &file.objection, "match")?,
        question: list("question", &file.question, "match")?,
        motion: list("motion", &file.motion, "match")?,
        chair: c.set("chair", &file.chair, "label")?,
        moderator: c.set("chair", &file.chair, "moderator")?,
    })
}

fn agenda(c: &Compiler) -> Result<AgendaCues, Error> {
    let set = |name| c.set("agenda", &c.file.agenda, name);
    let each = |name| c.each("agenda", &c.file.agenda, name);
    let list = |name, unless| -> Result<List, Error> { Ok(List { cues: set(name)?, unless: set(unless)? }) };
    Ok(AgendaCues {
        call: each("call")?,
        heading: each("heading")?,
        together: each("together")?,
        mention: each("mention")?,
        next: set("next")?,
        back: set("back")?,
        begin: set("begin")?,
        begin_unless: set("begin_unless")?,
        presides: set("presides")?,
        closed: list("closed", "closed_unless")?,
        closed_call: list("closed_call", "closed_unless")?,
        opened: list("opened", "opened_unless")?,
        unless: set("unless")?,
    })
}

impl Compiler<'_> {
    fn set(&self, section: &str, lists: &Section, name: &str) -> Result<RegexSet, Error> {
        let cues = self.patterns(section, lists, name)?;
        let set = RegexSetBuilder::new(cues.iter().map(|(_, pattern)| pattern))
            .case_insensitive(true)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .build();
        set.map_err(|error| self.wrong(section, name, &error))
    }

    fn each(&self, section: &str, lists: &Section, name: &str) -> Result<Vec<Regex>, Error> {
        let one = |(_, pattern): (usize, String)| {
            let regex = RegexBuilder::new(&pattern).case_insensitive(true).size_limit(SIZE_LIMIT).build();
            regex.map_err(|error| self.wrong(section, name, &error))
        };
        self.patterns(section, lists, name)?.into_iter().map(one).collect()
    }

    fn wrong(&self, section: &str, name: &str, error: &regex::Error) -> Error {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        wrong(self.path, Some(format!("`{section}.{name}`")), format!("a cue is no regular expression: {reason}"))
    }

    /// The cues of a list as regular expressions.
    fn patterns(&self, section: &str, lists: &Section, name: &str) -> Result<Vec<(usize, String)>, Error> {
        let cues = lists.get(name).map_or(&[][..], |cues| cues);
        let expand = |(n, cue): (usize, &String)| {
            let pattern = self
                .expanded(cue, 0)
                .map_err(|reason| wrong(self.path, Some(format!("`{section}.{name}[{n}]`")), reason))?;
            Ok((n, format!(r"(?:^|[^\w])({pattern})(?:$|[^\w])")))
        };
        cues.iter().enumerate().map(expand).collect()
    }

    /// A cue with its entries of `words` put in.
    fn expanded(&self, cue: &str, depth: usize) -> Result<String, String> {
        if depth > 4 {
            return Err("its words name each other".into());
        }
        let mut text = cue.replace(" … ", GAP).replace(" ?", " *");
        while let Some((start, end)) = name_in(&text) {
            let name = &text[start + 1..end];
            let word = self.file.words.get(name).ok_or_else(|| format!("`{{{name}}}` is none of `words`"))?;
            let word = format!("(?:{})", self.expanded(word, depth + 1)?);
            text.replace_range(start..=end, &word);
        }
        Ok(text)
    }
}

/// Where `{name}` stands; `{0,8}` is none.
fn name_in(text: &str) -> Option<(usize, usize)> {
    text.match_indices('{').find_map(|(start, _)| {
        let end = start + text[start..].find('}')?;
        let name = &text[start + 1..end];
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        // `\p{L}` is a class of characters.
        let is_class = text[..start].ends_with("\\p") || text[..start].ends_with("\\P");
        (is_name && !is_class).then_some((start, end))
    })
}
