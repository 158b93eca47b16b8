//! Keys while a session runs.

use std::time::Duration;

use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use transcribe::app::session::{Action, Controls};
use transcribe::{MarkerKind, SpeakerId};

/// A terminal that gives each key as it is pressed; as it was before when dropped.
pub(super) struct Keys(());

impl Keys {
    /// `None` if there is no terminal to read from.
    pub(super) fn listen() -> Option<Keys> {
        crossterm::terminal::enable_raw_mode().ok()?;
        let keys = Keys(());
        // Line ends stay line ends, and Ctrl-C a signal.
        #[cfg(unix)]
        {
            use rustix::termios::{LocalModes, OptionalActions, OutputModes, tcgetattr, tcsetattr};
            let terminal = std::io::stdin();
            let mut modes = tcgetattr(&terminal).ok()?;
            modes.output_modes |= OutputModes::OPOST;
            modes.local_modes |= LocalModes::ISIG;
            tcsetattr(&terminal, OptionalActions::Now, &modes).ok()?;
        }
        Some(keys)
    }

    /// Waits at most `wait` for a key, and passes it on.
    pub(super) fn pass_on(&self, wait: Duration, to: &Controls) {
        match event::poll(wait) {
            Ok(true) => {}
            Ok(false) => return,
            // The terminal is gone.
            Err(_) => return std::thread::sleep(wait),
        }
        if let Ok(Event::Key(key)) = event::read()
            && key.kind == KeyEventKind::Press
            && let Some(action) = action(key.code, key.modifiers)
        {
            to.act(action);
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

fn action(key: KeyCode, modifiers: KeyModifiers) -> Option<Action> {
    let KeyCode::Char(key) = key else { return None };
    if modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
        // Where it is no signal.
        return (key == 'c' && modifiers == KeyModifiers::CONTROL).then_some(Action::Quit);
    }
    Some(match key.to_ascii_lowercase() {
        ' ' => Action::Pause,
        'm' => Action::Mark(MarkerKind::Marker),
        't' => Action::Mark(MarkerKind::AgendaItem),
        'b' => Action::Mark(MarkerKind::Decision),
        '0' => Action::Speaker(None),
        digit @ '1'..='9' => Action::Speaker(digit.to_digit(10).map(|digit| SpeakerId(digit as u16))),
        'q' => Action::Quit,
        _ => return None,
    })
}
