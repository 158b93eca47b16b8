//! The title block, attendance, the agenda, and where people sign.

use super::{Draft, EMPTY, Kind, line};
use crate::document::{Block, Run};
use crate::meeting::{Attendance, Person, Remark, Role, Sitting};
use crate::minutes::Chair;
use crate::wording::{self, Language};
use jiff::civil::Time;

impl Draft<'_> {
    pub(super) fn head(&self) -> Vec<Block> {
        let text = self.text;
        let kind = match self.options.kind {
            Kind::Results => text.results,
            Kind::Course => text.course,
            Kind::Verbatim => text.verbatim,
        };
        let closed = if self.closed { format!(" – {}", text.closed) } else { String::new() };
        let mut blocks = vec![Block::Heading { level: 1, text: format!("{kind}{closed}") }, Block::Facts(self.facts())];
        blocks.push(Block::Notice { text: text.draft.into(), strong: true });
        if self.options.kind == Kind::Course {
            blocks.push(Block::Notice { text: text.outline.into(), strong: true });
        }
        blocks.extend(self.notices().into_iter().map(|text| Block::Notice { text, strong: false }));
        blocks.extend(self.attendance());
        blocks.extend(self.agenda());
        blocks
    }

    fn facts(&self) -> Vec<(String, String)> {
        let (text, meeting) = (self.text, self.meeting);
        let or_empty = |value: &str| if value.trim().is_empty() { EMPTY.to_owned() } else { line(value) };
        let time =
            |time: Option<Time>| time.map_or_else(|| EMPTY.to_owned(), |time| time.strftime("%H:%M").to_string());
        let sitting = match meeting.sitting {
            Some(Sitting::Presence) => text.presence,
            Some(Sitting::Hybrid) => text.hybrid,
            Some(Sitting::Video) => text.video,
            None => EMPTY,
        };
        let day = meeting.date.map(|day| self.day(day));
        let chairs: Vec<String> = self.persons(Role::Chair).map(|person| line(&person.name)).collect();
        let mut facts: Vec<(String, String)> = vec![
            (text.body.into(), or_empty(&meeting.body)),
            (text.meeting.into(), or_empty(&[meeting.title.as_str(), meeting.number.as_str()].join(" "))),
            (text.date.into(), day.unwrap_or_else(|| EMPTY.into())),
            (text.begin.into(), time(meeting.begin)),
            (text.end.into(), time(meeting.end)),
            (text.place.into(), or_empty(&meeting.place)),
            (text.sitting.into(), sitting.into()),
            (text.chair.into(), or_empty(&chairs.join(", "))),
            (text.clerk.into(), or_empty(&meeting.clerk)),
        ];
        let recording = line(&self.transcript.recording.name);
        if !recording.is_empty() {
            facts.push((text.recording.into(), recording));
        }
        facts
    }

    fn persons(&self, role: Role) -> impl Iterator<Item = &Person> {
        self.meeting.persons.iter().filter(move |person| person.role == Some(role))
    }

    /// What whoever reads it must know.
    fn notices(&self) -> Vec<String> {
        let text = self.text;
        let mut notices = Vec::new();
        if let Some(land) = self.options.land {
            let missing = land.missing(self.meeting, text);
            let missing =
                if missing.is_empty() { String::new() } else { format!(". {}: {}", text.missing, missing.join(", ")) };
            notices.push(format!("{}: {}{missing}.", text.required, land.rule()));
        }
        if let [_, others @ ..] = &self.options.begins[..]
            && !others.is_empty()
        {
            let begins: Vec<String> = others.iter().map(|begin| begin.to_string()).collect();
            notices.push(format!("{}: {}", text.joined, begins.join(", ")));
        }
        match self.minutes.chair {
            Chair::Known => {}
            Chair::Guessed => notices.push(text.chair_guessed.into()),
            Chair::Unknown => notices.push(text.chair_unknown.into()),
        }
        notices.extend(self.meeting.remarks.iter().map(|remark| match remark {
            Remark::SameNumber { number } => format!("{}: {}", text.same_number, line(number)),
            Remark::NoTitle { number } => format!("{}: {}", text.no_title, line(number)),
            Remark::NoSuchItem { number } => format!("{}: {}", text.no_such_item, line(number)),
            Remark::SameName { name } => format!("{}: {}", text.same_name, line(name)),
        }));
        if !self.closed && !self.closed_not_found.is_empty() {
            let names: Vec<String> =
                self.closed_not_found.iter().map(|item| self.heading(&self.minutes.items[*item])).collect();
            notices.push(format!("{}: {}", text.not_found_closed, names.join("; ")));
        }
        let language = Language::of(&self.transcript.language);
        if let crate::Completeness::Partial { until, reason } = &self.transcript.completeness {
            notices.push(wording::incomplete(*until, reason, language));
        }
        notices
    }

    fn attendance(&self) -> Vec<Block> {
        let text = self.text;
        let mut blocks = vec![Block::Heading { level: 2, text: text.attendance.into() }];
        let cell = |value: &str| vec![Run::plain(line(value))];
        let rows: Vec<Vec<Vec<Run>>> = (self.meeting.persons.iter())
            .map(|person| {
                let office = if person.office.is_empty() { self.role(person.role) } else { &person.office };
                let attendance = person.attendance.map_or(EMPTY, |attendance| self.attended(attendance));
                vec![
                    cell(&person.name),
                    cell(office),
                    cell(&person.group),
                    cell(attendance),
                    cell(&self.reason(person)),
                ]
            })
            .collect();
        if !rows.is_empty() {
            let head = [text.name, text.role, text.group, text.attendance, text.reason].map(str::to_owned).into();
            blocks.push(Block::Table { head, rows });
        }
        let known = |name: &str| self.meeting.person(name).is_some();
        let names: Vec<String> = (self.transcript.speakers().into_iter())
            .map(|speaker| self.transcript.name(speaker).into_owned())
            .filter(|name| !known(name))
            .map(|name| line(&name))
            .collect();
        if !names.is_empty() {
            let heard = format!("{}: {}", text.heard, names.join(", "));
            blocks.push(Block::Paragraph(vec![Run::plain(heard)]));
        }
        if self.meeting.persons.is_empty() {
            blocks.push(Block::Paragraph(vec![Run::plain(format!("{}: {EMPTY}", text.attendance))]));
        }
        blocks
    }

    fn reason(&self, person: &Person) -> String {
        let time = |word: &str, time: Option<Time>| time.map(|time| format!("{word} {}", time.strftime("%H:%M")));
        let away = matches!(person.attendance, Some(Attendance::Excused | Attendance::Absent));
        let reason = match &*person.reason {
            "" if away => EMPTY.to_owned(),
            reason => line(reason),
        };
        let times = [time(self.text.from, person.from), time(self.text.until, person.until)];
        let parts: Vec<String> =
            [Some(reason).filter(|reason| !reason.is_empty())].into_iter().chain(times).flatten().collect();
        parts.join(", ")
    }

    fn role(&self, role: Option<Role>) -> &'static str {
        match role {
            Some(Role::Chair) => self.text.chair,
            Some(Role::Moderator) => self.text.moderator,
            Some(Role::Member) => self.text.member,
            Some(Role::Staff) => self.text.staff,
            Some(Role::Clerk) => self.text.clerk,
            Some(Role::Guest) => self.text.guest,
            None => "",
        }
    }

    fn attended(&self, attendance: Attendance) -> &'static str {
        match attendance {
            Attendance::Present => self.text.present,
            Attendance::Remote => self.text.remote,
            Attendance::Excused => self.text.excused,
            Attendance::Absent => self.text.absent,
        }
    }

    fn agenda(&self) -> Vec<Block> {
        let items: Vec<Vec<Run>> =
            self.order().into_iter().map(|item| vec![Run::plain(self.heading(&self.minutes.items[item]))]).collect();
        if items.is_empty() {
            return Vec::new();
        }
        vec![Block::Heading { level: 2, text: self.text.agenda.into() }, Block::List(items)]
    }

    /// Lines to sign on.
    pub(super) fn signatures(&self) -> Vec<Block> {
        let sign = |role: &str, name: &str| {
            let name = if name.is_empty() { String::new() } else { format!(" ({})", line(name)) };
            vec![Run::plain(format!("{EMPTY}{EMPTY}  {role}{name}"))]
        };
        let chair = self.persons(Role::Chair).next().map(|person| person.name.clone()).unwrap_or_default();
        vec![
            Block::Heading { level: 2, text: self.text.signature.into() },
            Block::Paragraph(sign(self.text.chair, &chair)),
            Block::Paragraph(sign(self.text.clerk, &self.meeting.clerk)),
        ]
    }
}
