//! A real browser for tests: Chromium, moved through its driver by `readers/browser.py`.

use std::io::{PipeWriter, Write as _};
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::running::Running;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

pub(crate) struct Browser {
    /// `None` when it has ended.
    python: Option<Running>,
    to: Option<PipeWriter>,
    answers: usize,
}

impl Browser {
    pub(crate) fn new() -> Browser {
        Browser::with("browser.py", &[])
    }

    /// Firefox, in this language; it knows fewer commands.
    #[cfg(feature = "app")]
    pub(crate) fn firefox(language: &str) -> Browser {
        Browser::with("firefox.py", &[language])
    }

    fn with(program: &str, arguments: &[&str]) -> Browser {
        let (input, to) = std::io::pipe().unwrap();
        let mut python = Command::new(format!("{HERE}/scripts/python"));
        python.arg(format!("{HERE}/tests/programs/readers/{program}")).args(arguments).env("PYTHONIOENCODING", "utf-8");
        Browser { python: Some(Running::start(python.stdin(input))), to: Some(to), answers: 0 }
    }

    #[track_caller]
    pub(crate) fn tell(&mut self, what: &str, value: impl Into<Value>) -> Value {
        writeln!(self.to.as_mut().unwrap(), "{}", json!({what: value.into()})).unwrap();
        let line = self.python.as_mut().unwrap().printed(self.answers);
        self.answers += 1;
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer.get("error"), None, "{}", answer["error"].as_str().unwrap_or_default());
        answer["value"].clone()
    }

    pub(crate) fn script(&mut self, script: &str) -> Value {
        self.tell("script", format!("return {script}"))
    }

    pub(crate) fn until(&mut self, script: &str) -> Value {
        self.tell("until", format!("return {script}"))
    }

    /// Until what has come is drawn.
    pub(crate) fn still(&mut self) {
        self.script("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))");
    }

    /// Into `target/tmp`, to be looked at.
    pub(crate) fn picture(&mut self, name: &str) {
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        self.tell("picture", file.to_str().unwrap());
    }

    /// axe-core finds nothing wrong with the page as it is.
    #[track_caller]
    pub(crate) fn accessible(&mut self) {
        self.still();
        assert_eq!(self.tell("accessible", ()), json!([]));
    }

    /// The lowest contrast of all visible text of these elements to what is behind it, by the formula of WCAG 2.2.
    pub(crate) fn contrast(&mut self, selectors: &str) -> f64 {
        let script = "const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; \
            const parsed = color => color.match(/[\\d.]+/g).map(Number); \
            const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]); \
            const behind = element => { \
              for (let e = element; e; e = e.parentElement) { \
                const [r, g, b, a = 1] = parsed(getComputedStyle(e).backgroundColor); \
                if (a === 1) return [r, g, b]; \
                if (a > 0) return [r, g, b].map(c => c * a + 255 * (1 - a)); \
              } return [255, 255, 255] }; \
            const all = [...document.querySelectorAll(SELECTORS)]; \
            return Math.min(...all.filter(e => e.textContent && e.checkVisibility()).map(e => { \
              const [a, b] = [light(parsed(getComputedStyle(e).color)), light(behind(e))]; \
              return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) }))";
        self.tell("script", script.replace("SELECTORS", &json!(selectors).to_string())).as_f64().unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The end of its input has it close the browser.
        self.to.take();
        if let (Some(python), false) = (self.python.take(), std::thread::panicking()) {
            let output = python.output();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}
