use super::super::{Format, Style, testing::*, write};
use super::{SCRIPT, STYLE};
use crate::{Marker, MarkerKind, Millis, SpeakerId, Transcript};

/// The part of the page between two marks.
fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let from = page.find(start).unwrap_or_else(|| panic!("{start} in {page}"));
    let length = page[from..].find(end).unwrap();
    &page[from..from + length]
}

fn text(page: &str) -> &str {
    between(page, "<header>", "<script")
}

fn data(transcript: &Transcript) -> serde_json::Value {
    let page = written(Format::Html, transcript);
    let json = between(&page, "id=\"data\">", "</script>");
    serde_json::from_str(json.trim_start_matches("id=\"data\">")).unwrap()
}

#[test]
fn the_text_is_there_without_scripts() {
    let mut council = council();
    council.names.insert(SpeakerId(2), "Anna <Meyer>".into());
    council.segments[0].edited = true;
    council.segments[3].avg_logprob = -2.0;
    council.segments[3].words[0].confidence = 0.2;
    council.markers = vec![Marker { at: Millis(16_600), kind: MarkerKind::Decision }];
    let page = written(Format::Html, &interrupted(council));
    insta::assert_snapshot!(text(&page), @r#"
    <header>
    <h1>ratssitzung.m4a</h1>
    <p class="origin" data-text>0:00:20, automatisch transkribiert mit base-q8_0. Kann Fehler enthalten: Maßgeblich ist die Aufnahme.</p>
    <p class="incomplete" data-text>[unvollständig: transkribiert bis 0:12:34, abgebrochen]</p>
    <ul class="warnings">
    <li><time>0:00:09</time> <span data-text>ein beschädigtes Datenpaket wurde übersprungen: bad checksum</span></li>
    <li><span data-text>the file is shorter than its header says</span></li>
    </ul>
    <audio controls preload="metadata" src="ratssitzung.m4a"></audio>
    </header>
    <main>
    <p class="turn"><span class="who"><b>Sprecher 1</b> <time>0:00:00</time></span> <span class="said" dir="auto"><a name="ts_340_2400_S1" class="edited">Guten Abend, meine Damen und Herren.</a> <a name="ts_2500_9100_S1">Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.</a></span></p>
    <p class="gap unheard" data-at="9600">[unverständlich 00:09–00:11]</p>
    <p class="turn"><span class="who"><b>Anna &lt;Meyer&gt;</b> <time>0:00:12</time></span> <span class="said" dir="auto"><a name="ts_12000_16500_S2" lang="en">Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.</a></span></p>
    <p class="mark" data-at="16600">[Beschluss 00:16]</p>
    <p class="turn"><span class="who"><b>Sprecher 1</b> <time>0:00:16</time></span> <span class="said" dir="auto"><a name="ts_16800_17200_S1" class="unsure">Gern.</a></span></p>
    </main>
    "#);
}

#[test]
fn data_for_the_script() {
    let mut data_of_council = data(&council());
    let words = data_of_council["words"].take();
    let texts = data_of_council["texts"].take();
    assert_eq!([&texts["de"]["undo"], &texts["en"]["undo"]], ["rückgängig", "undo"]);
    let header = data_of_council["header"].take();
    assert_eq!(header["de"].as_array().unwrap().len(), 3);
    assert_eq!(header["en"][1], "a damaged packet was skipped: bad checksum");
    // "Gern." begins with the segment, and is 5 characters, 400 ms long.
    assert_eq!(words[3], serde_json::json!([5, 0, 400, 95]));
    assert_eq!(words[0].as_array().unwrap().len(), 6 * 4);
    assert_eq!(data_of_council["again"].take(), serde_json::json!([{"start": 9_600, "end": 11_800, "why": "no_text"}]));
    insta::assert_snapshot!(data_of_council, @r#"{"recording":{"name":"ratssitzung.m4a","sha256":"abababababababababababababababababababababababababababababababab"},"duration":20480,"voices":{"S1":"Sprecher 1","S2":"Sprecher 2"},"voicesInFile":{"S1":"Speaker 1","S2":"Speaker 2"},"formerNames":{},"removed":[[18000,"Vielen Dank.","hallucination_no_speech"]],"corrections":[[16000,"Führt","Fürth"]],"header":null,"again":null,"checked":[],"texts":null,"words":null}"#);
    // A language without blanks has a word a character.
    assert_eq!(data(&japanese())["words"][0].as_array().unwrap().len(), 17 * 4);
    assert_eq!(data(&wordless(council()))["words"], serde_json::json!([[], [], [], []]));
    data(&numberless());
    let mut other = council();
    other.segments[1].text = "Das hat jemand geändert.".into();
    assert_eq!(data(&other)["words"][1], serde_json::json!([]), "words that are not those of the text");
}

#[test]
fn hostile_text_is_text() {
    let mut vile = vile();
    vile.segments[2].speaker = Some(SpeakerId(1));
    vile.names.insert(SpeakerId(1), "</script><script>alert(1)</script>".into());
    vile.recording.name = "\"><img src=x onerror=alert(1)>.wav".into();
    vile.language = "\"><script>".into();
    vile.removed.push(crate::Removal { text: "<!-- </script> \u{2028} &amp;".into(), ..Default::default() });
    let page = written(Format::Html, &vile);
    let count = |what: &str| page.matches(what).count();
    assert_eq!((count("<script"), count("</script"), count("<img"), count("<i>")), (2, 2, 0, 0), "{}", text(&page));
    assert!(!page.contains("<!--") && !page.contains('\u{2028}'));
    assert!(page.contains("&lt;i&gt;kursiv&lt;/i&gt; &amp; {\\an8}oben &lt;/script&gt;"));
    assert!(page.contains("<html lang=\"\">"));
    assert!(page.contains("src=\"%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E.wav\""));
    let data = data(&vile);
    assert_eq!(data["voices"]["S1"], "</script><script>alert(1)</script>");
    assert_eq!(data["removed"][0][1], "<!-- </script> &amp;");
    assert_eq!(data["words"].as_array().unwrap().len(), 4, "one list for each segment that has something to read");
}

#[test]
fn nothing_ends_our_own_script_or_style() {
    let script = SCRIPT.to_lowercase();
    assert!(!script.contains("</script") && !script.contains("<!--") && !STYLE.contains("</"));
    // Strict rules would not let them work.
    for word in ["innerHTML", "eval(", "http:", "https:", "fetch("] {
        assert!(!SCRIPT.contains(word), "{word}");
    }
}

#[test]
fn where_the_recording_lies() {
    let page = |media: Option<&str>, parts: &[&str]| {
        let mut transcript = council();
        transcript.recording.name = "a/b: 100%.m4a".into();
        transcript.recording.parts = parts.iter().map(|part| part.to_string()).collect();
        let mut bytes = Vec::new();
        write(Format::Html, &transcript, &Style { media: media.map(str::to_owned), ..Style::default() }, &mut bytes)
            .unwrap();
        let page = String::from_utf8(bytes).unwrap();
        let audio = between(&page, "<audio", "></audio>").split_once("src=").unwrap().1.to_owned();
        (
            audio,
            between(&page, "<meta name=\"audio_source", ">").split('"').nth(3).unwrap().to_owned(),
            page.contains("class=\"parts\""),
        )
    };
    let seen = |src: &str, path: &str, parts| (format!("\"{src}\""), path.to_owned(), parts);
    assert_eq!(page(None, &[]), seen("a%2Fb%3A%20100%25.m4a", "a/b: 100%.m4a", false));
    assert_eq!(page(Some("../x y.wav"), &[]), seen("../x%20y.wav", "../x y.wav", false));
    assert_eq!(
        page(Some("data:audio/ogg;base64,T2dn"), &["1", "2"]),
        seen("data:audio/ogg;base64,T2dn", "a/b: 100%.m4a", false)
    );
    assert!(page(None, &["1", "2"]).2);
}

#[test]
fn a_language_that_is_asked_for_is_the_only_one() {
    let mut bytes = Vec::new();
    let style = Style { ui_language: Some(crate::wording::Language::German), ..Style::default() };
    write(Format::Html, &council(), &style, &mut bytes).unwrap();
    let page = String::from_utf8(bytes).unwrap();
    let json = between(&page, "id=\"data\">", "</script>").trim_start_matches("id=\"data\">");
    let data: serde_json::Value = serde_json::from_str(json).unwrap();
    for of in ["texts", "header"] {
        assert_eq!(data[of].as_object().unwrap().keys().collect::<Vec<_>>(), ["de"], "{of}");
    }
}
