//! All kinds of blocks in all formats for documents.

use super::{DocumentFormat, Style, write_document};
use crate::Millis;
use crate::document::{Aside, Block, Document, Run};

fn minutes() -> Document {
    let quote = |speaker: Option<&str>, at, text: &str| Block::Quote {
        at: Millis(at),
        speaker: speaker.map(str::to_owned),
        turn: speaker.is_some(),
        runs: vec![Run::plain(text)],
    };
    let blocks = vec![
        Block::Heading { level: 1, text: "Niederschrift *Entwurf*".into() },
        Block::Facts(vec![("Datum".into(), "22.11.2026".into())]),
        Block::Notice { text: "ungeprüft".into(), strong: true },
        Block::Heading { level: 2, text: "TOP 1: Haushalt".into() },
        Block::Paragraph(vec![Run::plain("1. Der Rat beschließt "), Run::strong("einstimmig"), Run::plain(": <ja>.")]),
        Block::List(vec![vec![Run::plain("Antrag A")], vec![Run::plain("- Antrag B")]]),
        Block::Table {
            head: vec!["Ja".into(), "Nein".into()],
            rows: vec![vec![vec![Run::plain("7 | 8")], vec![Run::strong("2")]]],
        },
        quote(Some("Frau Meyer"), 61_000, "Ich danke Ihnen."),
        quote(None, 65_000, "Und nun weiter."),
        Block::Aside { at: Millis(70_000), text: "Beschluss 01:10".into(), kind: Aside::Marker },
    ];
    Document { language: "de".into(), blocks }
}

fn written(format: DocumentFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_document(format, &minutes(), &Style::default(), &mut bytes).unwrap();
    bytes
}

#[test]
fn markdown() {
    insta::assert_snapshot!(String::from_utf8(written(DocumentFormat::Md)).unwrap(), @r"
    # Niederschrift \*Entwurf\*

    - Datum: 22.11.2026

    *ungeprüft*

    ## TOP 1: Haushalt

    1\. Der Rat beschließt **einstimmig**: \<ja\>.

    - Antrag A
    - \- Antrag B

    | Ja | Nein |
    | --- | --- |
    | 7 \| 8 | **2** |

    [00:01:01] **Frau Meyer:** Ich danke Ihnen.

    [00:01:05] Und nun weiter.

    *\[Beschluss 01:10\]*
    ");
}

#[test]
fn html() {
    let page = String::from_utf8(written(DocumentFormat::Html)).unwrap();
    let main = page.split_once("<main class=\"document\">").unwrap().1.split_once("</main>").unwrap().0;
    insta::assert_snapshot!(main, @r#"
    <h1>Niederschrift *Entwurf*</h1>
    <dl><dt>Datum</dt><dd>22.11.2026</dd></dl>
    <p class="notice strong">ungeprüft</p>
    <h2>TOP 1: Haushalt</h2>
    <p>1. Der Rat beschließt <b>einstimmig</b>: &lt;ja&gt;.</p>
    <ul><li>Antrag A</li><li>- Antrag B</li></ul>
    <div class="table" tabindex="0"><table>
    <tr><th>Ja</th><th>Nein</th></tr>
    <tr><td class="number">7 | 8</td><td class="number"><b>2</b></td></tr>
    </table></div>
    <p class="turn"><span class="who"><b>Frau Meyer</b> <time>0:01:01</time></span> <span class="said" dir="auto">Ich danke Ihnen.</span></p>
    <p><span class="who"><time>0:01:05</time></span> <span class="said" dir="auto">Und nun weiter.</span></p>
    <p class="mark" data-at="70000">[Beschluss 01:10]</p>
    "#);
    assert!(!page.contains("<script"));
}

#[test]
fn word() {
    let bytes = written(DocumentFormat::Docx);
    let read = docx_rs::read_docx(&bytes).unwrap();
    let json: serde_json::Value = serde_json::from_str(&read.json()).unwrap();
    let blocks = json["document"]["children"].as_array().unwrap();
    let kind = |block: &serde_json::Value| match block["type"].as_str().unwrap() {
        "paragraph" => block["data"]["property"]["style"].as_str().unwrap_or_default().to_owned(),
        other => other.to_owned(),
    };
    let kinds: Vec<String> = blocks.iter().map(kind).collect();
    let expected = ["Title", "Note", "Note", "Heading1", "Body", "Item", "Item", "table", "Turn", "Turn", "Turn"]
        .map(str::to_owned);
    assert_eq!(kinds, expected);
}
