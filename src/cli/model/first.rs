//! The first model: which one to get, and getting it.

use std::io::{self, IsTerminal as _, stdin};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use transcribe::models::{DEFAULT, RECOMMENDED, Store, published, size_for_people};
use transcribe::{Error, Millis};

use crate::cli::args::{Common, Progress};
use crate::cli::{interrupt, models, output};

/// The speed of the estimates, in bytes a second: 50 Mbit/s.
const SPEED: u64 = 50_000_000 / 8;
/// How often to look for Ctrl-C while nothing is typed.
const CHECK_EVERY: Duration = Duration::from_millis(100);

/// Gets the recommended model with `--yes`, or the one that somebody at a terminal chooses; `false` if nobody can be asked, or
/// wants none.
///
/// # Errors
/// Those of the download; [`Error::Cancelled`].
pub(super) fn get(args: &Common) -> Result<bool, Error> {
    let name = match args.yes {
        true => Some(RECOMMENDED),
        false if is_interactive(args) => ask()?,
        false => None,
    };
    let Some(name) = name else { return Ok(false) };
    let mirror = std::env::var("TRANSCRIBE_MODEL_MIRROR").ok();
    if !args.quiet {
        output::say(&format!("getting {name}"));
    }
    models::download(&Store::of_user(), name, mirror, args.quiet, &interrupt::current())?;
    Ok(true)
}

/// Whether somebody reads what is asked, and can answer.
fn is_interactive(args: &Common) -> bool {
    !args.quiet && args.progress != Some(Progress::Json) && stdin().is_terminal() && output::stderr_is_terminal()
}

/// Asks until the answer is one; `None`: neither.
fn ask() -> Result<Option<&'static str>, Error> {
    output::say(&question());
    loop {
        output::say("Which one? 1 or Enter, 2, or n for neither:");
        let answer = line()?;
        match choice(&answer) {
            Some(choice) => return Ok(choice),
            None => continue,
        }
    }
}

fn question() -> String {
    let line = |number: u8, name: &str, what: &str| {
        let size = published(name).map_or(0, |model| model.size);
        let time = Millis(size * 1_000 / SPEED);
        format!("\n  {number}  {name}, {what}: {}, {time} at 50 Mbit/s", size_for_people(size))
    };
    format!(
        "no model is installed yet; one is downloaded once and stays on this computer{}{}",
        line(1, RECOMMENDED, "recommended, for minutes"),
        line(2, DEFAULT, "small, to try the program out")
    )
}

/// The outer `None`: it is no answer.
fn choice(answer: &str) -> Option<Option<&'static str>> {
    match answer.trim().to_lowercase().as_str() {
        "" | "1" | "y" | "yes" | "j" | "ja" => Some(Some(RECOMMENDED)),
        "2" => Some(Some(DEFAULT)),
        "n" | "no" | "nein" | "q" => Some(None),
        _ => None,
    }
}

/// What is typed, up to Enter; `n` at the end of input. Read in a thread of its own, for a read can't be cancelled.
fn line() -> Result<String, Error> {
    let (to, from) = channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        to.send(if matches!(read, Ok(1..)) { line } else { "n".into() })
    });
    let cancel = interrupt::current();
    loop {
        match from.recv_timeout(CHECK_EVERY) {
            Ok(line) => return Ok(line),
            Err(RecvTimeoutError::Timeout) if cancel.is_cancelled() => return Err(Error::Cancelled),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok("n".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        for yes in ["", "\n", "1\n", "Y", "ja"] {
            assert_eq!(choice(yes), Some(Some(RECOMMENDED)), "{yes}");
        }
        assert_eq!(choice(" 2 \n"), Some(Some(DEFAULT)));
        assert_eq!(choice("N\n"), Some(None));
        assert_eq!(choice("3"), None);
    }

    #[test]
    fn the_question_names_sizes_and_times() {
        let question = question();
        assert!(
            question.contains("1  large-v3-turbo-q8_0, recommended, for minutes: 874 MB, 0:02:19 at"),
            "{question}"
        );
        assert!(question.contains("2  base-q8_0, small, to try the program out: 82 MB, 0:00:13 at"), "{question}");
    }
}
