//! Captions on a terminal: settled text flows, the tentative tail is dim, one line at the bottom says how things are. Where
//! standard output is no terminal, settled text is written in lines, and nothing else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use transcribe::SpeakerId;
use transcribe::live::{Caption, State};

use super::lines::Lines;
use crate::cli::output::{self, Bar};
use crate::cli::progress::Reporter;
use transcribe::app::session::Status;

/// Columns where the terminal does not tell.
const WIDTH: usize = 80;

pub(super) enum Screen {
    Terminal(Mutex<Terminal>),
    /// Somebody may read it who is slow, or does not read on: in a thread of its own.
    Lines {
        to: Mutex<Option<Sender<String>>>,
        lines: Mutex<Lines>,
        done: Mutex<Receiver<()>>,
        /// Whether a line could not be written.
        failed: Arc<AtomicBool>,
    },
}

/// How long the end waits for who reads standard output.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Terminal {
    colour: bool,
    /// Settled text of the row that is not full yet.
    row: String,
    tail: String,
    speaker: Option<SpeakerId>,
    text: Bar,
    status: Bar,
}

impl Screen {
    /// `terminal`: standard output and standard error are one that somebody looks at. `reporter` says that lines can't be written.
    pub(super) fn new(terminal: bool, reporter: Reporter) -> Screen {
        if terminal {
            return Screen::Terminal(Mutex::new(Terminal {
                colour: output::colour(),
                row: String::new(),
                tail: String::new(),
                speaker: None,
                text: Bar::new("{msg}"),
                status: Bar::new("{msg}"),
            }));
        }
        let ((to, written), (end, done)) = (channel::<String>(), channel());
        let failed = Arc::<AtomicBool>::default();
        let failure = Arc::clone(&failed);
        thread::spawn(move || {
            for line in written {
                // What cannot be written does not end the session.
                if let Err(error) = output::print(format!("{line}\n").as_bytes())
                    && !failure.swap(true, Ordering::Relaxed)
                {
                    reporter.note(&format!(
                        "warning: cannot write captions to standard output: {error}; the files get them"
                    ));
                }
            }
            let _ = end.send(());
        });
        Screen::Lines { to: Mutex::new(Some(to)), lines: Mutex::default(), done: Mutex::new(done), failed }
    }

    /// Whether captions could not be written.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self, Screen::Lines { failed, .. } if failed.load(Ordering::Relaxed))
    }

    fn terminal(&self) -> Option<MutexGuard<'_, Terminal>> {
        match self {
            Screen::Terminal(terminal) => Some(terminal.lock().unwrap_or_else(PoisonError::into_inner)),
            Screen::Lines { .. } => None,
        }
    }

    /// Writes lines, unless this is a terminal.
    fn write<L: IntoIterator<Item = String>>(&self, take: impl FnOnce(&mut Lines) -> L) {
        if let Screen::Lines { to, lines, .. } = self
            && let (Ok(to), Ok(mut lines)) = (to.lock(), lines.lock())
            && let Some(to) = to.as_ref()
        {
            take(&mut lines).into_iter().for_each(|line| drop(to.send(line)));
        }
    }

    /// What is shown changes.
    pub(super) fn show(&self, caption: &Caption) {
        self.write(|lines| lines.add(caption, Instant::now(), name));
        let Some(mut terminal) = self.terminal() else { return };
        match caption {
            Caption::Settled { text, speaker, .. } => {
                if *speaker != terminal.speaker {
                    terminal.speaker = *speaker;
                    terminal.end_row();
                    terminal.row = speaker.map_or_else(String::new, |speaker| format!("{}: ", name(speaker)));
                }
                let text =
                    if terminal.row.is_empty() || terminal.row.ends_with(' ') { text.trim_start() } else { text };
                terminal.row.push_str(text);
                terminal.tail.clear();
                terminal.flow();
            }
            Caption::Tentative { text, .. } => terminal.tail.clone_from(text),
            Caption::Done { .. } => {
                terminal.tail.clear();
                terminal.end_row();
            }
            Caption::State { .. } => {}
        }
        terminal.draw();
    }

    /// How things are.
    pub(super) fn status(&self, status: &Status) {
        self.write(|lines| lines.due(Instant::now()));
        let Some(terminal) = self.terminal() else { return };
        terminal.status.set_message(&status_line(status, width() - 1));
    }

    /// Takes away what is not to stay.
    pub(super) fn end(&self) {
        self.write(Lines::end);
        if let Screen::Lines { to, done, .. } = self {
            to.lock().map(|mut to| to.take()).ok();
            done.lock().map(|done| done.recv_timeout(PATIENCE)).ok();
        }
        let Some(mut terminal) = self.terminal() else { return };
        terminal.tail.clear();
        terminal.end_row();
        terminal.text.finish();
        terminal.status.finish();
    }
}

impl Terminal {
    /// Rows that are full will not change any more.
    fn flow(&mut self) {
        let mut rows = rows(&self.row);
        let last = rows.pop().unwrap_or_default();
        if !rows.is_empty() {
            let _ = output::print_above_bars(&rows.join("\n"));
            self.row = last;
        }
    }

    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        if !row.trim().is_empty() {
            let _ = output::print_above_bars(row.trim_end());
        }
    }

    fn draw(&self) {
        let tail = match (self.tail.as_str(), self.colour) {
            ("", _) | (_, true) => self.tail.clone(),
            // Without any means of style a sign tells what is not certain yet.
            (tail, false) => format!("{}~{}", if tail.starts_with(' ') { " " } else { "" }, tail.trim_start()),
        };
        let text = rows(&format!("{}{tail}", self.row)).join("\n");
        let settled = self.row.chars().filter(|c| !c.is_whitespace()).count();
        match split_after(&text, settled).filter(|_| self.colour && !tail.is_empty()) {
            Some((settled, tail)) => self.text.set_message_and_dim(settled, tail),
            None => self.text.set_message(&text),
        }
    }
}

/// How a voice is called, as in the files.
fn name(speaker: SpeakerId) -> String {
    format!("Speaker {}", speaker.0)
}

fn width() -> usize {
    crossterm::terminal::size().map_or(WIDTH, |(columns, _)| usize::from(columns)).max(20)
}

fn rows(text: &str) -> Vec<String> {
    textwrap::wrap(text, width() - 1).into_iter().map(std::borrow::Cow::into_owned).collect()
}

/// In two behind the first `count` letters; `None` if there are no more.
fn split_after(text: &str, count: usize) -> Option<(&str, &str)> {
    let letters = text.char_indices().filter(|(_, c)| !c.is_whitespace());
    letters.map(|(at, _)| at).nth(count).map(|at| text.split_at(at))
}

/// What keys do: as much as there is room for.
const KEYS: [&str; 3] =
    ["space pause, m marker, t item, b decision, 1-9 speaker, q end", "space pause, q end", "q end"];

/// `0:12:30 ▮▮▮▮▮▯▯▯▯▯ · lag 0.6 s · REC · space pause, q end`, in so many columns.
fn status_line(status: &Status, width: usize) -> String {
    let mut parts = vec![format!("{} {}", status.position, meter(status.loudness()))];
    parts.extend(match status.state {
        State::Listening => None,
        State::Silent => Some("NO SIGNAL: is the microphone on?".to_owned()),
        State::Paused => Some("PAUSED, nothing is heard".to_owned()),
        State::Lost => Some("MICROPHONE LOST, waiting for it".to_owned()),
        State::Ended => Some("finishing".to_owned()),
    });
    parts.push(format!("lag {:.1} s", status.lag.seconds()));
    if status.recording {
        parts.push("REC".into());
    }
    if status.item > 0 {
        parts.push(format!("item {}", status.item));
    }
    parts.extend(status.speaker.map(name));
    let line = parts.join(" · ");
    let with = KEYS.iter().map(|keys| format!("{line} · {keys}")).find(|all| all.chars().count() <= width);
    with.unwrap_or_else(|| line.chars().take(width).collect())
}

/// Ten steps, of which so many are full.
fn meter(full: u8) -> String {
    let full = usize::from(full);
    format!("{}{}", "▮".repeat(full), "▯".repeat(10 - full))
}

#[cfg(test)]
mod tests {
    use super::*;
    use transcribe::Millis;

    #[test]
    fn what_the_bottom_line_says() {
        let status = Status {
            position: Millis(750_000),
            level: 0.1,
            lag: Millis(640),
            recording: true,
            item: 2,
            ..Status::default()
        };
        insta::assert_snapshot!(status_line(&status, 120), @"0:12:30 ▮▮▮▮▮▮▮▯▯▯ · lag 0.6 s · REC · item 2 · space pause, m marker, t item, b decision, 1-9 speaker, q end");
        insta::assert_snapshot!(status_line(&status, 79), @"0:12:30 ▮▮▮▮▮▮▮▯▯▯ · lag 0.6 s · REC · item 2 · space pause, q end");
        assert_eq!(status_line(&status, 20), "0:12:30 ▮▮▮▮▮▮▮▯▯▯ ·");
        let lost = Status { state: State::Lost, ..Status::default() };
        assert!(status_line(&lost, 79).contains("LOST") && status_line(&lost, 79).starts_with("0:00:00 ▯▯▯▯▯▯▯▯▯▯"));
    }

    #[test]
    fn the_tail_is_dim() {
        assert_eq!(split_after("Guten Abend\nmeine Damen", 10), Some(("Guten Abend\n", "meine Damen")));
        assert_eq!(split_after("Guten", 5), None);
        assert_eq!(split_after("Guten", 0), Some(("", "Guten")));
    }
}
