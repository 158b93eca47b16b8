//! The captions' page in a real browser.

use std::io::{BufRead, BufReader, Write};

use serde_json::json;
use transcribe::SpeakerId;
use transcribe::live::{Caption, State};
use transcribe::page::{CaptionFeed, PageOptions, Server};

use crate::browser::Browser;
use crate::captions_page::{address, settled, start, start_at, tentative};

/// All that has text.
const TEXT: &str = ".settled > span, .tentative, #state, #notice, button, kbd";

impl Browser {
    /// Waits for this text on the page, lines parted by `|` and tentative text in brackets.
    fn shows(&mut self, text: &str) {
        let text = json!(text);
        self.until(&format!(
            "[...document.querySelectorAll('.line')].map(p => p.children[0].textContent.trim() + \
             (p.children[2].textContent && `[${{p.children[2].textContent}}]`)).join('|') === {text}"
        ));
        self.still();
    }

    fn state(&mut self, text: &str) {
        self.until(&format!("document.getElementById('state').textContent === {}", json!(text)));
    }

    /// Where the settled words are: text, left, top.
    fn words(&mut self) -> Vec<(String, f64, f64)> {
        let words = self.script(
            "[...document.querySelectorAll('.settled > span')].flatMap(span => \
             [...span.firstChild.data.matchAll(/\\S+/g)].map(found => { \
               const range = document.createRange(); \
               range.setStart(span.firstChild, found.index); \
               range.setEnd(span.firstChild, found.index + found[0].length); \
               const box = range.getBoundingClientRect(); \
               return [found[0], box.left, box.top] }))",
        );
        serde_json::from_value(words).unwrap()
    }

    /// What the page did that it must not: asked others, or broke its own rules.
    fn harmless(&mut self, at: &str) {
        let requests: Vec<String> = serde_json::from_value(self.tell("requests", ())).unwrap();
        assert!(requests.iter().any(|url| url.contains("/captions.js")), "{requests:?}");
        let foreign = |url: &&String| {
            // The browser's own start page asks, too.
            let own =
                [at.split('?').next().unwrap(), "http://rebound.example", "chrome:", "chrome-untrusted:", "data:"];
            let own = own.iter().any(|own| url.starts_with(own));
            !own && *url != "about:blank"
        };
        let foreign: Vec<_> = requests.iter().filter(foreign).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
        let log: Vec<String> = serde_json::from_value(self.tell("log", ())).unwrap();
        let bad =
            |line: &&String| line.contains("Content Security") || line.contains("Error:") || line.contains("Refused");
        assert!(!log.iter().any(|line| bad(&line)), "{log:?}");
    }
}

fn said(line: u64, speaker: u16, text: &str) -> Caption {
    Caption::Settled { line, text: text.into(), speaker: Some(SpeakerId(speaker)) }
}

/// Asserts that words which were there are where they were, apart from whole rows that they have moved up.
fn unmoved(before: &[(String, f64, f64)], after: &[(String, f64, f64)], row: f64) -> f64 {
    let up = before[0].2 - after[0].2;
    assert!(up >= 0.0 && (up / row).fract() == 0.0, "{up} pixels up, rows have {row}");
    for (old, new) in before.iter().zip(after) {
        assert_eq!((&old.0, old.1, old.2 - up), (&new.0, new.1, new.2));
    }
    assert!(after.len() >= before.len());
    up / row
}

#[test]
fn what_is_settled_stays_where_it_is() {
    let feed = CaptionFeed::new();
    let (server, _) = start(&feed);
    let mut browser = Browser::new();
    browser.tell("open", server.url());
    feed.publish(&settled(0, "Die Sitzung"));
    feed.publish(&tentative(0, " ist er"));
    browser.shows("Die Sitzung[ ist er]");
    let row = browser.script("parseFloat(getComputedStyle(document.getElementById('flow')).lineHeight)");
    let row = row.as_f64().unwrap();

    // Tentative text that grows over the end of the row, shrinks and vanishes moves nothing.
    let before = browser.words();
    let long = " ist eröffnet und ich begrüße alle die gekommen sind recht";
    for text in [&long[..20], &long[..40], long, " i", "", long] {
        feed.publish(&tentative(0, text));
        browser.shows(&if text.is_empty() { "Die Sitzung".to_owned() } else { format!("Die Sitzung[{text}]") });
        assert_eq!(unmoved(&before, &browser.words(), row), 0.0, "{text}");
    }
    browser.picture("page/tentative");
    // Nor does a word that goes on, even at the end of a row.
    let mut before = browser.words();
    let mut shown = "Die Sitzung".to_owned();
    let mut moved = 0.0;
    for text in
        long.split_whitespace().chain(["herz", "lich", " will", "kommen", ",", " auch im Namen des Gemeinderats", "!"])
    {
        let text = format!(" {}", text.trim_end()).replace("  ", " ");
        let text = if ["lich", "kommen", ",", "!"].contains(&text.trim()) { text.trim() } else { &text };
        for tail in [" und", "haus und so weiter bis ans Ende der Zeile und weit darüber hinaus in die nächste", ""] {
            feed.publish(&tentative(0, tail));
        }
        feed.publish(&settled(0, text));
        feed.publish(&tentative(0, "schaft und alles was danach noch gesagt werden wird"));
        shown += text;
        browser.shows(&format!("{}[schaft und alles was danach noch gesagt werden wird]", shown));
        let after = browser.words();
        moved += unmoved(&before, &after, row);
        before = after;
    }
    // Nor does it come down again when tentative text that took several rows is withdrawn.
    for tail in [&long.repeat(3)[..], " und", ""] {
        feed.publish(&tentative(0, tail));
        browser.until(&format!("document.querySelector('.tentative').textContent === {}", json!(tail)));
        browser.still();
        let after = browser.words();
        moved += unmoved(&before, &after, row);
        before = after;
    }
    // More lines than fit: whole rows up, and the newest in sight, with a row to spare.
    feed.publish(&Caption::Done { line: 0 });
    for line in 1..40 {
        feed.publish(&said(line, (line % 4) as u16 + 1, "Ich danke Ihnen."));
        feed.publish(&Caption::Done { line });
        if line < 10 {
            browser.until(&format!("document.querySelectorAll('.line').length === {}", line + 1));
            browser.still();
            let after = browser.words();
            moved += unmoved(&before, &after, row);
            before = after;
        }
    }
    assert!(moved > 5.0, "{moved}");
    // What is long gone is forgotten when there is more to show.
    feed.publish(&said(40, 1, "Schluss."));
    browser.until("document.querySelector('.line:last-child').textContent === 'Schluss.'");
    browser.still();
    feed.publish(&said(40, 1, " Aus."));
    browser.until("document.querySelectorAll('.line').length === 20");
    browser.still();
    let rest = browser.script(
        "document.getElementById('window').getBoundingClientRect().bottom - \
         document.querySelector('.line:last-child').getBoundingClientRect().bottom",
    );
    assert_eq!(rest, row, "one row is free");
    browser.picture("page/speakers");
    browser.harmless(&server.url());
}

#[test]
fn the_page_finds_back_by_itself() {
    let feed = CaptionFeed::new();
    let (server, at) = start(&feed);
    let mut browser = Browser::new();
    browser.tell("open", server.url());
    feed.publish(&settled(0, "eins"));
    browser.shows("eins");
    // Somebody else comes later, and both see the same from then on.
    browser.tell("window", server.url());
    browser.shows("eins");
    feed.publish(&settled(0, " zwei"));
    feed.publish(&tentative(0, " drei"));
    browser.shows("eins zwei[ drei]");
    browser.tell("switch", 0);
    browser.shows("eins zwei[ drei]");
    assert_eq!(feed.viewers(), 2);

    let before = browser.words();
    drop(server);
    browser.state("Verbindung unterbrochen, sie wird wieder aufgebaut");
    browser.still();
    assert_eq!(browser.words(), before, "a message moves no text");
    browser.picture("page/lost");
    feed.publish(&settled(0, " drei"));
    feed.publish(&Caption::Done { line: 0 });
    feed.publish(&settled(1, "vier"));
    let server = start_at(at, &feed);
    browser.shows("eins zwei drei|vier");
    browser.state("");
    browser.tell("switch", 1);
    browser.shows("eins zwei drei|vier");

    // Another run of the program, whose first answers are refusals.
    drop(server);
    browser.state("Verbindung unterbrochen, sie wird wieder aufgebaut");
    let busy = std::net::TcpListener::bind(at).unwrap();
    for stream in busy.incoming().take(2) {
        let mut stream = stream.unwrap();
        BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
        stream.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    }
    drop(busy);
    let feed = CaptionFeed::new();
    feed.publish(&settled(0, "neu"));
    let server = start_at(at, &feed);
    browser.shows("neu");
    browser.tell("switch", 0);
    browser.shows("neu");
    feed.publish(&settled(0, " weiter"));
    browser.shows("neu weiter");
    // A name of another site that leads here is no way in.
    browser.harmless(&server.url());
    browser.tell("open", format!("http://rebound.example:{}/", at.port()));
    assert!(browser.script("document.body.textContent").as_str().unwrap().contains("nicht für diese Adresse"));
}

#[test]
fn nothing_is_inaccessible() {
    let feed = CaptionFeed::new();
    let (server, _) = start(&feed);
    for speaker in 1..=4 {
        feed.publish(&said(u64::from(speaker), speaker, "Das sagt jemand."));
        feed.publish(&Caption::Done { line: u64::from(speaker) });
    }
    feed.publish(&tentative(5, "Was noch nicht feststeht"));
    feed.publish(&Caption::State { state: State::Silent });
    for language in ["de", "en"] {
        let mut browser = Browser::new();
        browser.tell("language", language);
        browser.tell("open", server.url());
        browser.until("document.querySelector('.tentative') && document.getElementById('state').textContent");
        assert_eq!(browser.script("document.documentElement.lang"), language);
        for look in ["dark", "light"] {
            browser.accessible();
            browser.picture(&format!("page/accessible-{language}-{look}"));
            browser.tell("keys", "?");
            browser.accessible();
            browser.tell("keys", "?");
            browser.tell("keys", "d");
        }
        browser.harmless(&server.url());
    }
}

#[test]
fn everybody_can_read_it() {
    let feed = CaptionFeed::new();
    let server = Server::start("0.0.0.0:0".parse().unwrap(), &feed, PageOptions::default()).unwrap();
    let url = server.url();
    let mut browser = Browser::new();
    browser.tell("open", url.clone());
    for speaker in 1..=4 {
        let line = u64::from(speaker);
        feed.publish(&said(line, speaker, "Das sagt jemand,"));
        feed.publish(&said(line, speaker, " und zwar deutlich."));
        feed.publish(&Caption::Done { line });
    }
    feed.publish(&tentative(5, "Was noch nicht feststeht"));
    feed.publish(&Caption::State { state: State::Silent });
    let one = "Das sagt jemand, und zwar deutlich.";
    browser.shows(&format!("{one}|{one}|{one}|{one}|[Was noch nicht feststeht]"));
    browser.state("Kein Ton vom Mikrofon");
    assert_eq!(
        browser.script("document.getElementById('notice').textContent"),
        "automatisch erzeugt, kann Fehler enthalten"
    );
    assert_eq!(browser.script("document.documentElement.lang"), "de");

    // Screen readers: what is settled is read out as it comes, what is tentative never.
    let log = "document.getElementById('flow')";
    assert_eq!(browser.script(&format!("{log}.getAttribute('aria-live')")), "polite");
    let outside = "[...document.querySelectorAll('.settled')].every(e => e.closest('[aria-live=polite]') && !e.closest('[aria-hidden]'))";
    assert_eq!(browser.script(outside), true);
    let quiet = "[...document.querySelectorAll('.tentative')].every(e => e.getAttribute('aria-hidden') === 'true')";
    assert_eq!(browser.script(quiet), true);
    // Without a movement where none is wanted.
    assert_eq!(browser.script(&format!("getComputedStyle({log}).transitionDuration")), "0s");

    // Keys, and what they did is still so when the page is opened again.
    let size = |browser: &mut Browser| {
        browser.until(&format!("{log}.style.fontSize !== ''"));
        browser.script(&format!("parseFloat({log}.style.fontSize)")).as_f64().unwrap()
    };
    let rows =
        "document.getElementById('window').clientHeight / parseFloat(document.getElementById('flow').style.lineHeight)";
    assert_eq!(browser.script(rows), 3);
    assert!(size(&mut browser) > 50.0);
    assert!(browser.contrast(TEXT) >= 7.0, "{}", browser.contrast(TEXT));
    browser.tell("keys", "4");
    browser.picture("page/dark");
    assert_eq!(browser.script(rows), 4);
    let before = size(&mut browser);
    browser.tell("keys", "--");
    assert!(size(&mut browser) < before * 0.8);
    browser.tell("keys", "+");
    browser.tell("keys", "d");
    assert!(browser.contrast(TEXT) >= 7.0, "{}", browser.contrast(TEXT));
    browser.picture("page/light");
    let after = size(&mut browser);
    browser.tell("open", url.clone());
    assert_eq!((size(&mut browser), browser.script(rows)), (after, json!(4)));
    assert_eq!(browser.script("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
    browser.tell("keys", "d2");
    assert_eq!(browser.script("getComputedStyle(document.body).backgroundColor"), "rgb(0, 0, 0)");
    assert_eq!(browser.script(rows), 2);
    for key in ["h", " "] {
        browser.tell("keys", key);
        assert_eq!(browser.script("getComputedStyle(document.getElementById('window')).visibility"), "hidden");
        browser.state("Text ausgeblendet, H zeigt ihn wieder");
        browser.tell("keys", key);
        assert_eq!(browser.script("getComputedStyle(document.getElementById('window')).visibility"), "visible");
    }
    browser.tell("keys", "?");
    assert_eq!(browser.script("document.getElementById('help').open"), true);
    assert!(browser.contrast(TEXT) >= 7.0, "{}", browser.contrast(TEXT));
    browser.picture("page/help");
    browser.tell("keys", "?");
    assert_eq!(browser.script("document.getElementById('help').open"), false);
    browser.tell("keys", "f");
    browser.until("document.fullscreenElement !== null");
    browser.tell("keys", "f");
    browser.until("document.fullscreenElement === null");

    for (state, text) in [
        (State::Paused, "Pause: es wird nicht zugehört"),
        (State::Lost, "Mikrofon nicht verbunden"),
        (State::Listening, ""),
        (State::Ended, "Ende der Untertitel"),
    ] {
        feed.publish(&Caption::State { state });
        browser.state(text);
    }

    // Over a picture: no ground, no notices.
    browser.tell("open", url.replace("/?", "/?overlay&"));
    browser.until("document.querySelectorAll('.line').length === 5");
    for element in ["body", "documentElement"] {
        let ground = browser.script(&format!("getComputedStyle(document.{element}).backgroundColor"));
        assert_eq!(ground, "rgba(0, 0, 0, 0)", "{element}");
    }
    assert_eq!(browser.script("getComputedStyle(document.querySelector('footer')).display"), "none");
    assert!(browser.contrast(TEXT) >= 7.0, "{}", browser.contrast(TEXT));
    browser.tell("transparent", ());
    browser.picture("page/overlay");
    let token = url.split("token=").nth(1).unwrap();
    assert_eq!(token.len(), 32);
    browser.harmless(&format!("http://{}/", address(&server)));
}
