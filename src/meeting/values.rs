//! Values that a field may have, in English and German, and times as people write them.

use serde::{Deserialize, Deserializer, de};

use jiff::civil::{Date, Time};

use crate::Millis;

/// Declares what a field may hold: each value with the words that people write, of which the first is ours.
macro_rules! values {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $($word:literal)|+,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $value,)+
        }

        impl $name {
            /// Its name in files.
            pub fn code(self) -> &'static str {
                match self {
                    $($name::$value => first(&[$($word),+]),)+
                }
            }

            /// The same, or `None`.
            pub fn of(text: &str) -> Option<$name> {
                $name::parse(text).ok()
            }

            /// The value that is written so, in English or German.
            ///
            /// # Errors
            /// All that would be understood.
            pub(super) fn parse(text: &str) -> Result<$name, String> {
                let word = text.trim().to_lowercase();
                $(if [$($word),+].contains(&word.as_str()) {
                    return Ok($name::$value);
                })+
                let codes = [$($name::$value.code()),+].map(|code| format!("`{code}`")).join(", ");
                Err(format!("it is none of {codes}"))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                $name::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }
    };
}

const fn first(words: &[&'static str]) -> &'static str {
    words[0]
}

values! {
    /// Whether people meet in a room.
    Sitting {
        /// All in one room.
        Presence = "presence" | "präsenz" | "in person",
        /// Some in a room, others by video.
        Hybrid = "hybrid",
        /// All by video.
        Video = "video" | "online" | "videokonferenz",
    }
}

values! {
    /// In what role somebody takes part.
    Role {
        /// Presides.
        Chair = "chair" | "vorsitz" | "vorsitzende" | "vorsitzender",
        /// Has a vote.
        Member = "member" | "mitglied",
        /// Of the administration.
        Staff = "staff" | "verwaltung",
        /// Writes the minutes.
        Clerk = "clerk" | "protokoll" | "schriftführung",
        /// Anybody else: experts, citizens, the press.
        Guest = "guest" | "gast",
    }
}

values! {
    /// Whether somebody was there.
    Attendance {
        /// In the room.
        Present = "present" | "anwesend" | "da",
        /// By video.
        Remote = "remote" | "video" | "online" | "zugeschaltet",
        /// Not there, and said so before.
        Excused = "excused" | "entschuldigt",
        /// Not there.
        Absent = "absent" | "abwesend" | "unentschuldigt" | "fehlt",
    }
}

values! {
    /// How a question ended.
    Outcome {
        /// There is a majority for it.
        Accepted = "accepted" | "angenommen" | "zugestimmt" | "beschlossen" | "ja",
        /// There is none.
        Rejected = "rejected" | "abgelehnt" | "nein",
        /// As many for as against, by which it is rejected.
        Tied = "tied" | "stimmengleichheit",
        /// Taken note of, without a vote on its content.
        Noted = "noted" | "kenntnisnahme" | "zur kenntnis genommen",
        /// Sent to a committee.
        Referred = "referred" | "verwiesen" | "überwiesen",
        /// Put off, or taken from the agenda.
        Postponed = "postponed" | "vertagt" | "abgesetzt" | "zurückgestellt",
        /// Taken back by whoever proposed it.
        Withdrawn = "withdrawn" | "zurückgezogen" | "erledigt",
    }
}

values! {
    /// What kind of question is put to the vote.
    #[derive(Default)]
    VoteKind {
        /// The item itself.
        #[default]
        Main = "main" | "hauptantrag" | "beschluss" | "hauptabstimmung",
        /// A change of it.
        Amendment = "amendment" | "änderungsantrag" | "ergänzungsantrag",
        /// How to go on.
        Procedural = "procedural" | "geschäftsordnung" | "geschäftsordnungsantrag" | "verfahren",
    }
}

/// `2026-11-22`, or `22.11.2026`.
pub(super) fn date(text: &str) -> Result<Date, String> {
    let text = text.trim();
    let german = || Date::strptime("%d.%m.%Y", text);
    text.parse().or_else(|_| german()).map_err(|_| "it is no day, such as `2026-11-22` or `22.11.2026`".into())
}

/// `18:00`, `18:00:12`, `18.30 Uhr`; 24:00 is none.
pub(super) fn clock(text: &str) -> Result<Time, String> {
    let number = text.trim().trim_end_matches("Uhr").trim_end().replace('.', ":");
    let parts: Option<Vec<i8>> = number.split(':').map(|part| part.parse().ok()).collect();
    let time = match parts.as_deref() {
        Some([hour]) if text.contains("Uhr") => Time::new(*hour, 0, 0, 0).ok(),
        Some([hour, minute]) => Time::new(*hour, *minute, 0, 0).ok(),
        Some([hour, minute, second]) => Time::new(*hour, *minute, *second, 0).ok(),
        _ => None,
    };
    time.ok_or_else(|| "it is no time of day, such as `18:00`".into())
}

/// A time of the recording: `1:02:03`, `12:31`, or seconds.
pub(super) fn recording_time(text: &str) -> Result<Millis, String> {
    let parts: Option<Vec<f64>> = text.trim().split(':').map(|part| part.trim().parse().ok()).collect();
    let seconds = match parts.as_deref() {
        Some([s]) => Some(*s),
        Some([m, s]) if *s < 60.0 => Some(m * 60.0 + s),
        Some([h, m, s]) if *m < 60.0 && *s < 60.0 => Some(h * 3600.0 + m * 60.0 + s),
        _ => None,
    };
    let valid = seconds.filter(|s| (0.0..=360_000.0).contains(s));
    valid.map(Millis::from_seconds).ok_or_else(|| "it is no time of the recording, such as `0:12:31`".into())
}
