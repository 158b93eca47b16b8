//! Reports of participation in a real browser, and contributions as other programs check them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use transcribe::contributions::{Limits, Preset, contributions};
use transcribe::format::{DocumentFormat, Style, write_document};
use transcribe::participation::{Conversation, Item, Naming, Parameters, Participation, Person, Stretch, report};
use transcribe::wording::Language;
use transcribe::{Segment, Span, SpeakerId, Transcript};

use crate::browser::Browser;
use crate::run::Place;
use crate::running::Running;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// An invented council: who speaks, and for how many seconds.
fn council() -> Participation {
    const NAMES: [&str; 7] =
        ["Anna Beispiel", "Bert Muster", "Cem Vorlage", "Dora Entwurf", "Emil Probe", "Fina Skizze", "Gerd Modell"];
    let lengths = [12, 95, 40, 8, 150, 22, 61, 33, 5, 118, 47, 9, 72, 28, 14, 204, 18, 55];
    let mut stretches = Vec::new();
    let mut at = 0;
    for n in 0..72_usize {
        // The chair speaks between the others, and some begin before another has ended.
        let who = if n % 2 == 0 { 0 } else { [1, 4, 2, 1, 5, 3, 1, 4][n / 2 % 8] };
        let length = lengths[n * 7 % lengths.len()] * if who == 0 { 250 } else { 1_000 };
        let start = if n % 9 == 5 { at - 2_500 } else { at + 400 };
        let span = Span::new(start, start + length);
        stretches.push(Stretch { who: NAMES[who].into(), span, words: (length / 420) as usize });
        at = span.end.0;
    }
    let third = at / 3;
    let items = ["1 Einwohnerfragestunde", "2 Neubau der Grundschule", "3a Haushalt <Entwurf>"];
    let item = |(n, name): (u64, &&str)| Item { name: (*name).into(), span: Span::new(n * third, (n + 1) * third) };
    let items = (0..).zip(&items).map(item).collect();
    let person = |(n, name): (usize, &&str)| Person {
        name: (*name).into(),
        role: Some(["chair", "member", "member", "staff", "member", "member", "member"][n].into()),
        group: Some(["", "Fraktion A", "Fraktion B", "", "Fraktion B", "Fraktion A", "Fraktion B"][n].to_owned())
            .filter(|group| !group.is_empty()),
        present: true,
    };
    let persons = NAMES.iter().enumerate().map(person).collect();
    let conversation =
        Conversation { name: "ratssitzung".into(), stretches, items, separate: true, ..Conversation::default() };
    let how = (["chair".to_owned()].into(), Parameters::default());
    Participation::new("Gemeinderat Beispielstadt".into(), Language::German, vec![conversation], persons, how)
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("participation");
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn the_report_of_participation_can_be_read_by_everybody() {
    let file = folder().join("ratssitzung.participation.html");
    let mut page = Vec::new();
    write_document(DocumentFormat::Html, &report(&council()), &Style::default(), &mut page).unwrap();
    fs::write(&file, page).unwrap();
    let mut browser = Browser::new();
    browser.tell("open", format!("file://{}", file.display()));
    browser.until("document.readyState === 'complete'");
    for (dark, look) in [(false, "light"), (true, "dark")] {
        browser.tell("dark", dark);
        browser.still();
        assert!(browser.contrast("p, li, td, th, h1, h2, dt, dd, figcaption") >= 4.5, "{look}");
        // Text in pictures has its colour as `fill`.
        let contrast = "(() => { const c = s => s.match(/[\\d.]+/g).map(Number).slice(0, 3); \
            const l = s => c(s).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4) \
                .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0); \
            const ground = l(getComputedStyle(document.body).backgroundColor); \
            return Math.min(...[...document.querySelectorAll('svg text')].map(e => l(getComputedStyle(e).fill)) \
                .map(text => (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05))) })()";
        assert!(browser.script(contrast).as_f64().unwrap() >= 4.5, "{look}");
        browser.accessible();
        browser.picture(&format!("participation/{look}"));
    }
    browser.tell("dark", false);
    // Each bar is as long as the table says.
    let shares = "[...document.querySelectorAll('figure')][0].querySelectorAll('.bar').length";
    assert_eq!(browser.script(shares), 6);
    let parts = "(() => { const bars = [...document.querySelector('figure').querySelectorAll('.bar')]; \
        const cells = [...document.querySelector('table').rows].slice(1, 7).map(row => parseFloat(row.cells[4].textContent.replace(',', '.'))); \
        return bars.every((bar, n) => Math.abs(bar.getBBox().width / 7.1 - cells[n]) < 0.1) })()";
    assert_eq!(browser.script(parts), true);
    browser.script("document.querySelectorAll('figure')[1].scrollIntoView()");
    browser.still();
    browser.picture("participation/timeline");
    browser.tell("size", json!([500, 900]));
    browser.still();
    assert_eq!(browser.script("document.documentElement.scrollWidth <= innerWidth"), true, "nothing sticks out");
    browser.accessible();
    browser.picture("participation/narrow");
    assert_eq!(browser.tell("log", ()), json!([]), "nothing is blocked, and nothing fails");
    let pages = browser.tell("print", folder().join("print.pdf").to_str().unwrap());
    let text: String = pages.as_array().unwrap().iter().map(|page| page.as_str().unwrap()).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Redeanteile: Gemeinderat Beispielstadt") && text.contains("Gerd Modell"), "{text}");
}

/// What nobody should say to a program, and a council does: names with brackets, formulas, quotes, and at length.
fn assembly() -> Transcript {
    let said = |n: u64, text: String| Segment {
        span: Span::new(n * 10_000, n * 10_000 + 9_000),
        text,
        speaker: Some(SpeakerId((n % 4) as u16 + 1)),
        language: "de".into(),
        ..Segment::default()
    };
    let nasty = [
        "=1+1 ist zwei.",
        "-SUM(A1) +cmd| @x(",
        "Frau Budde (SPD) sagt: DDE  (x)",
        "Die Metadata: data:text/html, JavaScript:alert(1), VBScript:x",
        "PowerShell <script>alert(1)</script>",
        "Er sagte \"nein\",\n\"nein\" und \u{fffd}\u{fffd} weg.",
        "None",
        "NA",
        "Mhm.",
        "\t\u{feff}Ja, aber\u{2028}warum?",
    ];
    let long = (10..400).map(|n| {
        said(
            n,
            format!("Zum Punkt {n} habe ich lange nachgedacht. {}", "Das ist so, wie es ist. ".repeat(n as usize % 90)),
        )
    });
    let nasty = (0..).zip(nasty).map(|(n, text)| said(n, text.into()));
    let names = [(SpeakerId(1), "Anna \"Änne\" Meyer, B".to_owned()), (SpeakerId(2), "=cmd|x".to_owned())].into();
    Transcript { language: "de".into(), segments: nasty.chain(long).collect(), names, ..Transcript::default() }
}

#[test]
fn each_program_accepts_its_contributions() {
    let place = Place::new();
    let limits = Limits { language: "de".into(), ..Limits::default() };
    for preset in Preset::ALL {
        let mut all = Vec::new();
        for name in ["tisch-1", "tisch-2"] {
            let naming = Naming { name, meeting: None, several: true };
            all.extend(contributions(&assembly(), &naming, &[], preset.length(None)));
        }
        for file in preset.write(&all, &limits) {
            let path = place.path(&file.ending);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file.content).unwrap();
        }
    }
    let mut python = Command::new(format!("{HERE}/scripts/python"));
    python.arg(format!("{HERE}/tests/programs/readers/contributions.py")).arg(place.path(""));
    let done = Running::start(python.env("PYTHONIOENCODING", "utf-8")).done().ok();
    let seen: Value = serde_json::from_str(&done.stdout).unwrap();
    let counts: Vec<u64> = ["t3c", "sensemaker", "kouchou", "decidim"].map(|name| seen[name].as_u64().unwrap()).into();
    assert!(counts.iter().all(|count| *count == counts[0] && *count > 700), "{seen}");
    assert!(seen["t3c files"].as_u64().unwrap() > 3 && seen["polis files"].as_u64().unwrap() > 10, "{seen}");
    assert_eq!(seen["convokit"], seen["csv"]);
    assert_eq!(seen["speakers"], 6, "two have a name, and two of each table have none");
}
