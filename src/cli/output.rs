//! Standard output and standard error: nothing else in the program writes to them.
//!
//! Names of files, speakers and microphones, text and error messages come from others, and a terminal obeys or hides some of their
//! characters. Messages, bars and whatever else a terminal shows have them made [`visible`]; data for a pipe or a file stays as it is.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _, stderr, stdout};
use std::sync::LazyLock;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// All bars on the screen.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// What a terminal would obey, or what would hide or reorder text, as JSON escapes it: `\u001b`. JSON means the same afterwards.
/// Tabs and line ends stay.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_misleading) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        if is_misleading(c) && !text[at..].starts_with("\r\n") {
            let units = &mut [0; 2];
            c.encode_utf16(units).iter().for_each(|unit| shown.push_str(&format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn is_misleading(c: char) -> bool {
    match c {
        '\t' | '\n' => false,
        // Unicode's `Bidi_Control`.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        // Line ends that are none here, and what takes no room without shaping other characters, as U+200D does.
        '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control(),
    }
}

/// Whether somebody looks at standard output.
pub(super) fn stdout_is_terminal() -> bool {
    stdout().is_terminal()
}

/// Whether somebody looks at standard error.
pub(super) fn stderr_is_terminal() -> bool {
    stderr().is_terminal()
}

/// Whether standard error is a terminal that wants colour; see no-color.org.
pub(super) fn colour() -> bool {
    stderr_is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

/// A message on standard error, above the bars.
pub(super) fn say(text: &str) {
    above_bars(&visible(text));
}

/// An error and the way out, on standard error.
pub(super) fn say_error(message: &str, hint: Option<&str>) {
    let (red, bold, off) = match colour() {
        true => ("\x1b[31m", "\x1b[1m", "\x1b[0m"),
        false => ("", "", ""),
    };
    let hint = hint.map(|hint| format!("\n{bold}hint{off}: {}", visible(hint))).unwrap_or_default();
    above_bars(&format!("{red}error{off}: {}{hint}", visible(message)));
}

fn above_bars(text: &str) {
    // Nobody may read it any more, which must not end the work.
    BARS.suspend(|| drop(writeln!(stderr(), "{text}")));
}

/// A message in a crash: not through the bars, for who crashed may be drawing them.
pub(super) fn say_at_once(text: &str) {
    let _ = writeln!(stderr(), "{}", visible(text));
}

/// Help goes to standard output, errors to standard error.
///
/// # Errors
/// Help cannot be written.
pub(super) fn say_usage(error: &clap::Error) -> io::Result<()> {
    if error.use_stderr() {
        // Without clap's colours, which could not be told from those in an argument.
        say(error.render().to_string().trim_end());
        return Ok(());
    }
    // Text of our own.
    unless_enough(error.print().and_then(|()| stdout().flush()))
}

/// A reader that has seen enough is no error.
fn unless_enough(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Data on standard output. A reader that has seen enough is no error.
///
/// # Errors
/// It cannot be written.
pub(super) fn print(data: &[u8]) -> io::Result<()> {
    let lossy = stdout_is_terminal().then(|| String::from_utf8_lossy(data));
    let shown = lossy.as_deref().map(visible);
    let mut out = stdout().lock();
    unless_enough(out.write_all(shown.as_ref().map_or(data, |text| text.as_bytes())).and_then(|()| out.flush()))
}

/// The same for a line, above the bars.
///
/// # Errors
/// It cannot be written.
pub(super) fn print_above_bars(line: &str) -> io::Result<()> {
    BARS.suspend(|| print(format!("{line}\n").as_bytes()))
}

/// A terminal that was closed is drawn on no more.
pub(super) fn look_for_terminal() {
    if !stderr_is_terminal() {
        BARS.set_draw_target(ProgressDrawTarget::hidden());
    }
}

/// A bar or a line at the bottom of the screen, if standard error is a terminal.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// Below the others, after a template of indicatif's.
    pub(super) fn new(template: &str) -> Bar {
        let bar = BARS.add(ProgressBar::new(0));
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Bar(bar)
    }

    pub(super) fn hidden() -> Bar {
        Bar(ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()))
    }

    /// Drawn every `time` from now on, also without a change.
    pub(super) fn tick(&self, time: Duration) {
        self.0.enable_steady_tick(time);
    }

    pub(super) fn set_length(&self, length: u64) {
        self.0.set_length(length);
    }

    pub(super) fn set_position(&self, position: u64) {
        self.0.set_position(position);
    }

    pub(super) fn set_message(&self, text: &str) {
        self.0.set_message(visible(text).into_owned());
    }

    /// The second part is dim.
    pub(super) fn set_message_and_dim(&self, text: &str, dim: &str) {
        self.0.set_message(format!("{}\x1b[2m{}\x1b[0m", visible(text), visible(dim)));
    }

    pub(super) fn set_prefix(&self, text: &str) {
        self.0.set_prefix(visible(text).into_owned());
    }

    /// Takes it away.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_seen() {
        let shown = [
            ("\u{1b}]52;c;cm0gLXJm\u{7}", "\\u001b]52;c;cm0gLXJm\\u0007"),
            ("a\u{9b}31mb\u{7f}", "a\\u009b31mb\\u007f"),
            ("safe\rerror\u{8}", "safe\\u000derror\\u0008"),
            (
                "exe\u{202e}gpj.\u{202c}\u{2066}\u{2069}\u{200f}\u{61c}",
                "exe\\u202egpj.\\u202c\\u2066\\u2069\\u200f\\u061c",
            ),
            ("a\u{200b}\u{feff}\u{2028}b\u{e0041}", "a\\u200b\\ufeff\\u2028b\\udb40\\udc41"),
        ];
        for (text, expected) in shown {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn what_people_write_stays() {
        // Umlauts of either form, emoji that are joined, Persian, CRLF, blanks that do not break.
        for text in
            ["Ma\u{308}rz Größe", "👩\u{200d}🚀", "می\u{200c}خواهم", "a\tb\r\nc\n", "10\u{a0}%", "日本\u{3000}語"]
        {
            assert!(matches!(visible(text), Cow::Borrowed(_)) || text.contains('\r'), "{text}");
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn json_means_the_same() -> serde_json::Result<()> {
        let value = serde_json::json!({"recording": "a\u{1b}\u{9b}\u{202e}\u{e0041}\u{7f}\"\\\n"});
        let shown = visible(&value.to_string()).into_owned();
        assert!(shown.is_ascii());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown)?, value);
        Ok(())
    }
}
