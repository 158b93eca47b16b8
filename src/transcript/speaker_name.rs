//! Names of speakers as people give them.

use super::is_blank;

/// Characters that the name of a speaker may have: MAXQDA allows no more.
const LONGEST_SPEAKER_NAME: usize = 63;

/// A name that somebody gives to a speaker: on one line, with single blanks, without control characters. Everything else
/// stays; each format escapes what would break it.
///
/// # Errors
/// The reason, if nothing is left of it, or more than 63 characters.
pub(crate) fn speaker_name(text: &str) -> Result<String, String> {
    let kept: String = text.chars().filter(|c| c.is_whitespace() || !c.is_control()).collect();
    let name = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    match name.chars().count() {
        _ if is_blank(&name) => Err("the name is empty".into()),
        count if count > LONGEST_SPEAKER_NAME => {
            Err(format!("the name has {count} characters, and at most {LONGEST_SPEAKER_NAME} are possible"))
        }
        _ => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_on_one_line_and_not_too_long() {
        assert_eq!(speaker_name(" Anna\r\n \t Meyer\u{7} ").as_deref(), Ok("Anna Meyer"));
        assert_eq!(speaker_name("Jörg \"JJ\" --> <b>").as_deref(), Ok("Jörg \"JJ\" --> <b>"));
        assert!(speaker_name(" \u{feff}\n").is_err());
        assert_eq!(speaker_name(&"ä".repeat(63)), Ok("ä".repeat(63)));
        assert!(speaker_name(&"ä".repeat(64)).is_err_and(|why| why.contains("64")));
    }
}
