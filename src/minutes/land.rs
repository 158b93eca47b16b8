//! What the law of a Land asks of the minutes of a municipal council. `docs/minutes.md` has the table with the sources.

use std::fmt;
use std::str::FromStr;

use crate::meeting::{Attendance, Meeting};
use crate::wording::MinutesText;

/// A Land whose law is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Land(&'static Law);

#[derive(Debug, PartialEq, Eq)]
struct Law {
    code: &'static str,
    /// The rule.
    rule: &'static str,
    /// What the title block must have, beyond what all have.
    required: &'static [Required],
}

/// What the law asks for, as far as it is in the title block or the list of persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Required {
    Date,
    Begin,
    End,
    Place,
    Sitting,
    Chair,
    Clerk,
    Names,
    Reasons,
    Agenda,
}

use Required::{Agenda, Begin, Chair, Clerk, Date, End, Names, Place, Reasons, Sitting};

static LAWS: [Law; 10] = [
    Law { code: "BB", rule: "§ 42 BbgKVerf", required: &[Sitting, Date, Begin, End, Place, Names, Agenda] },
    Law { code: "BW", rule: "§ 38 GemO BW", required: &[Date, Place, Chair, Names, Reasons, Clerk] },
    Law { code: "BY", rule: "Art. 54 GO BY", required: &[Date, Place, Names, Reasons] },
    Law { code: "HE", rule: "§ 61 HGO", required: &[Date, Names] },
    Law { code: "NI", rule: "§ 68 NKomVG", required: &[Date, Place, Names] },
    Law { code: "NW", rule: "§ 52 GO NRW", required: &[Date, Names, Chair, Clerk] },
    Law { code: "RP", rule: "§ 41 GemO RP", required: &[Date, Place, Names, Agenda] },
    Law { code: "SN", rule: "§ 40 SächsGemO", required: &[Date, Chair, Names, Reasons, Clerk] },
    Law { code: "ST", rule: "§ 58 KVG LSA", required: &[Date, Begin, End, Place, Names, Agenda] },
    Law { code: "TH", rule: "§ 42 ThürKO", required: &[Date, Place, Names, Reasons] },
];

impl Land {
    /// The codes of all that are known.
    pub fn codes() -> String {
        LAWS.iter().map(|law| law.code).collect::<Vec<_>>().join(", ")
    }

    /// The rule.
    pub(super) fn rule(self) -> &'static str {
        self.0.rule
    }

    /// What is required and not there, in the words of a draft.
    pub(super) fn missing(self, meeting: &Meeting, text: &MinutesText) -> Vec<&'static str> {
        self.0.required.iter().filter_map(|required| missing(*required, meeting, text)).collect()
    }
}

fn missing(required: Required, meeting: &Meeting, text: &MinutesText) -> Option<&'static str> {
    let chair = meeting.persons.iter().any(|person| person.role == Some(crate::meeting::Role::Chair));
    let away = |attendance| matches!(attendance, Some(Attendance::Excused | Attendance::Absent));
    let (is_there, name) = match required {
        Date => (meeting.date.is_some(), text.date),
        Begin => (meeting.begin.is_some(), text.begin),
        End => (meeting.end.is_some(), text.end),
        Place => (!meeting.place.is_empty(), text.place),
        Sitting => (meeting.sitting.is_some(), text.sitting),
        Chair => (chair, text.chair),
        Clerk => (!meeting.clerk.is_empty(), text.clerk),
        Names => (
            !meeting.persons.is_empty() && meeting.persons.iter().all(|person| person.attendance.is_some()),
            text.attendance,
        ),
        Reasons => {
            (meeting.persons.iter().all(|person| !away(person.attendance) || !person.reason.is_empty()), text.reason)
        }
        Agenda => (!meeting.agenda.is_empty(), text.agenda),
    };
    (!is_there).then_some(name)
}

impl FromStr for Land {
    type Err = String;

    fn from_str(code: &str) -> Result<Land, String> {
        let law = LAWS.iter().find(|law| law.code.eq_ignore_ascii_case(code.trim()));
        law.map(Land).ok_or_else(|| format!("its law is not known; there are {}", Land::codes()))
    }
}

impl fmt::Display for Land {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}
