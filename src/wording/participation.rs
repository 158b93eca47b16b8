//! Texts of reports of participation.

use super::{Language, de, en};

/// A number with so many digits behind the point, or the comma.
pub(crate) fn decimal(number: f64, digits: usize, language: Language) -> String {
    let text = format!("{number:.digits$}");
    match language {
        Language::German => text.replace('.', ","),
        Language::English => text,
    }
}

/// A part of a whole, in `0.0..=1.0`: `43.2 %`.
pub(crate) fn percent(part: f64, language: Language) -> String {
    format!("{} %", decimal(part * 100.0, 1, language))
}

/// Headings, labels and remarks. In a text, `{}` stands for what is put in.
#[derive(Debug)]
pub(crate) struct ParticipationTexts {
    pub(crate) title: &'static str,
    pub(crate) recording: &'static str,
    pub(crate) recordings: &'static str,
    pub(crate) measured: &'static str,
    pub(crate) speech: &'static str,
    pub(crate) silence: &'static str,
    pub(crate) unassigned: &'static str,
    pub(crate) left_out: &'static str,
    pub(crate) overlap: &'static str,
    pub(crate) unknown: &'static str,
    /// Nobody has checked it, and what it does not say.
    pub(crate) draft: &'static str,
    pub(crate) estimate: &'static str,
    pub(crate) one_microphone: &'static str,
    pub(crate) no_speakers: &'static str,
    pub(crate) nobody_speaks: &'static str,
    pub(crate) unexpected: &'static str,
    pub(crate) excluded: &'static str,
    pub(crate) presence: &'static str,
    pub(crate) tables: &'static str,
    pub(crate) shares: &'static str,
    pub(crate) shares_chart: &'static str,
    pub(crate) floor: &'static str,
    pub(crate) spread: &'static str,
    pub(crate) roles: &'static str,
    pub(crate) groups: &'static str,
    pub(crate) timeline: &'static str,
    pub(crate) timeline_chart: &'static str,
    pub(crate) items: &'static str,
    pub(crate) takeovers: &'static str,
    pub(crate) method: &'static str,
    pub(crate) person: &'static str,
    pub(crate) role: &'static str,
    pub(crate) group: &'static str,
    pub(crate) talk: &'static str,
    pub(crate) share: &'static str,
    pub(crate) share_without: &'static str,
    pub(crate) turns: &'static str,
    pub(crate) longest_turn: &'static str,
    pub(crate) mean_turn: &'static str,
    pub(crate) backchannels: &'static str,
    pub(crate) latency: &'static str,
    pub(crate) speed: &'static str,
    pub(crate) took_over: &'static str,
    pub(crate) lost_floor: &'static str,
    pub(crate) attempts: &'static str,
    pub(crate) measure: &'static str,
    pub(crate) with_all: &'static str,
    pub(crate) without: &'static str,
    pub(crate) spoke: &'static str,
    pub(crate) present: &'static str,
    pub(crate) coverage: &'static str,
    pub(crate) gini_spoke: &'static str,
    pub(crate) gini_corrected: &'static str,
    pub(crate) evenness_spoke: &'static str,
    pub(crate) gini_present: &'static str,
    pub(crate) evenness_present: &'static str,
    pub(crate) transfers: &'static str,
    pub(crate) overlapped: &'static str,
    pub(crate) after_silence: &'static str,
    pub(crate) all_takeovers: &'static str,
    pub(crate) balance: &'static str,
    pub(crate) heads: &'static str,
    pub(crate) parity: &'static str,
    pub(crate) none: &'static str,
    pub(crate) when: &'static str,
    pub(crate) who: &'static str,
    pub(crate) item: &'static str,
    pub(crate) begin: &'static str,
    pub(crate) length: &'static str,
    pub(crate) by: &'static str,
    pub(crate) from: &'static str,
    pub(crate) succeeded: &'static str,
    pub(crate) parameter: &'static str,
    pub(crate) value: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) gap: (&'static str, &'static str),
    pub(crate) backchannel: (&'static str, &'static str),
    pub(crate) terminal: (&'static str, &'static str),
    pub(crate) hold: (&'static str, &'static str),
    pub(crate) longest_latency: (&'static str, &'static str),
    pub(crate) definitions: &'static [&'static str],
}

impl ParticipationTexts {
    pub(crate) fn of(language: Language) -> &'static ParticipationTexts {
        match language {
            Language::German => &de::PARTICIPATION,
            Language::English => &en::PARTICIPATION,
        }
    }
}

/// What a role is called; another word stays as it is.
pub(crate) fn role(code: &str, language: Language) -> &str {
    match language {
        Language::German => de::role(code),
        Language::English => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!(percent(0.4321, Language::German), "43,2 %");
        assert_eq!(
            (percent(1.0, Language::English), decimal(0.5, 3, Language::English)),
            ("100.0 %".into(), "0.500".into())
        );
    }
}
