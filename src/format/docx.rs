//! A document for Word and LibreOffice, which clerks turn into minutes.
//!
//! Renders the blocks of a document. A transcript is a title, facts and notices, and one paragraph (`passages`) after the other:
//! `[hh:mm:ss]` in the margin, the name in bold, the text. It is no table: Word numbers no lines in tables, text copied from a
//! table is pasted as a table, and programs for qualitative research read such paragraphs as a transcript with time marks.
//! Formatting comes from styles (`Title`, `Note`, `Turn`), so that one change applies to all. The same transcript gives the same
//! bytes: nothing here asks for the time.

use super::html::address;
use super::{Style, blocks, text};
use crate::Transcript;
use crate::document::{Block, Document, Run};
use docx_rs as word;
use std::io::{self, Cursor, Write};

/// Where the text begins, right of the times, in twentieths of a point: 2.2 cm.
const MARGIN: i32 = 1250;
/// Lines are numbered through the whole document. The crate knows nothing of it; its place is behind the page's margins
/// and before the columns (ECMA-376, `CT_SectPr`).
const LINE_NUMBERS: &str = r#"<w:lnNumType w:countBy="1" w:restart="continuous"/>"#;

pub(super) fn write(transcript: &Transcript, style: &Style, out: &mut impl Write) -> io::Result<()> {
    write_document(&blocks::document(transcript), style, out)
}

pub(super) fn write_document(document: &Document, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let docx = render(document);
    let docx = if style.page_numbers { docx.footer(footer()) } else { docx };
    let mut parts = docx.build();
    if style.line_numbers {
        let text = String::from_utf8(parts.document).map_err(io::Error::other)?;
        let (before, columns) = text.rsplit_once("<w:cols").ok_or(io::ErrorKind::InvalidData)?;
        parts.document = [before, LINE_NUMBERS, "<w:cols", columns].concat().into_bytes();
    }
    // A ZIP archive cannot be streamed: the lengths of its parts stand before them.
    let mut archive = Cursor::new(Vec::new());
    parts.pack(&mut archive).map_err(io::Error::other)?;
    out.write_all(archive.get_ref())
}

/// The number of the page.
fn footer() -> word::Footer {
    let number = word::Paragraph::new().add_page_num(word::PageNum::new());
    word::Footer::new().add_paragraph(number.align(word::AlignmentType::Center))
}

fn render(document: &Document) -> word::Docx {
    let fonts = word::RunFonts::new().ascii("Arial").hi_ansi("Arial").cs("Arial");
    let docx = word::Docx::new().default_fonts(fonts).default_size(22);
    let docx = styles(document).into_iter().fold(docx, word::Docx::add_style);
    document.blocks.iter().fold(docx, add)
}

fn add(docx: word::Docx, block: &Block) -> word::Docx {
    match block {
        Block::Heading { level: 1, text } => docx.add_paragraph(paragraph("Title").add_run(run(text))),
        Block::Heading { level, text } => {
            docx.add_paragraph(paragraph(&format!("Heading{}", level - 1)).add_run(run(text)))
        }
        Block::Facts(facts) => facts.iter().fold(docx, |docx, (label, value)| {
            docx.add_paragraph(paragraph("Note").add_run(run(&format!("{label}: {value}"))))
        }),
        Block::Notice { text, strong } => {
            let text = run(text);
            docx.add_paragraph(paragraph("Note").add_run(if *strong { text.bold() } else { text }))
        }
        Block::Paragraph(runs) => docx.add_paragraph(with_runs(paragraph("Body"), runs)),
        Block::List(items) => items.iter().fold(docx, |docx, item| {
            docx.add_paragraph(with_runs(paragraph("Item").add_run(run("•").add_tab()), item))
        }),
        Block::Table { head, rows } => docx.add_table(table(head, rows)),
        Block::Chart(_) => docx,
        Block::Quote { at, speaker, runs, .. } => {
            let paragraph = timed(*at);
            let paragraph = match speaker {
                Some(name) => paragraph.add_run(run(&format!("{name}: ")).bold()),
                None => paragraph,
            };
            // As one run, so that searching finds words across segments.
            let text: String = runs.iter().map(|run| &*run.text).collect();
            docx.add_paragraph(directed(paragraph.add_run(run(&text)), &text))
        }
        Block::Aside { at, text, .. } => docx.add_paragraph(timed(*at).add_run(run(&format!("[{text}]")).italic())),
    }
}

/// Widths of the columns come from what is in them.
fn table(head: &[String], rows: &[Vec<Vec<Run>>]) -> word::Table {
    let widths = widths(head, rows);
    let cell = |column: usize, paragraph| {
        let width = widths.get(column).copied().unwrap_or_default();
        word::TableCell::new().add_paragraph(paragraph).width(width, word::WidthType::Dxa)
    };
    let cells = head.iter().enumerate();
    let heading = cells.map(|(column, text)| cell(column, paragraph("Cell").add_run(run(text).bold()))).collect();
    let row = |row: &Vec<Vec<Run>>| {
        let cells = row.iter().enumerate();
        word::TableRow::new(cells.map(|(column, runs)| cell(column, with_runs(paragraph("Cell"), runs))).collect())
    };
    let all = [word::TableRow::new(heading)].into_iter().chain(rows.iter().map(row)).collect();
    word::Table::new(all).layout(word::TableLayoutType::Fixed).set_grid(widths)
}

/// Room for all columns between the margins, in twentieths of a point: 15 cm.
const TABLE: usize = 8_500;
/// Characters of a line that a column may ask for, and of a word that it shall not break.
const COLUMN: usize = 60;
const WORD: usize = 16;
/// Room for a character of this size in a wide font, plain and bold, and on both sides of a cell, in twentieths of a point.
const PLAIN: usize = 115;
const BOLD: usize = 145;
const SIDES: usize = 240;

/// A column gets room for its longest word, and of the rest a share by its longest text. If there is no room for all, long words are
/// broken that are not bold: headings and outcomes stay whole.
fn widths(head: &[String], rows: &[Vec<Vec<Run>>]) -> Vec<usize> {
    let cells = |column: usize| {
        let texts = rows.iter().filter_map(move |row| row.get(column));
        let text = |runs: &Vec<Run>| runs.iter().map(|run| run.text.as_str()).collect::<String>();
        let texts = texts.map(move |runs| (text(runs), runs.iter().any(|run| run.strong)));
        [(head[column].clone(), true)].into_iter().chain(texts)
    };
    let longest = |words: &str| words.split([' ', '-']).map(|word| word.chars().count()).max().unwrap_or_default();
    let need = |column, word: usize| {
        let widths = cells(column)
            .map(|(text, bold)| if bold { longest(&text).min(WORD) * BOLD } else { longest(&text).min(word) * PLAIN });
        widths.max().unwrap_or_default() + SIDES
    };
    let needs = |word| -> Vec<usize> { (0..head.len()).map(|column| need(column, word)).collect() };
    let fits = |needs: &Vec<usize>| needs.iter().sum::<usize>() <= TABLE;
    let needs = (1..=WORD).rev().map(needs).find(fits);
    let needs = needs.unwrap_or_else(|| vec![TABLE / head.len().max(1); head.len()]);
    let want = |column| cells(column).map(|(text, _)| text.chars().count().min(COLUMN)).max().unwrap_or_default();
    let wants: Vec<usize> = (0..head.len()).map(want).collect();
    let (room, all) = (TABLE.saturating_sub(needs.iter().sum()), wants.iter().sum::<usize>().max(1));
    needs.iter().zip(&wants).map(|(need, want)| need + room * want / all).collect()
}

/// Those of transcripts, and others only if a block needs them.
fn styles(document: &Document) -> Vec<word::Style> {
    let style = |id: &str| word::Style::new(id, word::StyleType::Paragraph).name(id).based_on("Normal").q_format(true);
    let after = |space| word::LineSpacing::new().after(space);
    let hanging = |by| Some(word::SpecialIndentType::Hanging(by));
    let mut styles = vec![
        style("Title").size(32).bold().line_spacing(after(160)),
        style("Note").size(18).line_spacing(after(40)),
        style("Turn").indent(Some(MARGIN), hanging(MARGIN), None, None).line_spacing(after(120).before(60)),
    ];
    let has = |kind: fn(&Block) -> bool| document.blocks.iter().any(kind);
    if has(|block| matches!(block, Block::Heading { level: 2.., .. })) {
        for level in 1..6 {
            let name = format!("heading {level}");
            let style = word::Style::new(format!("Heading{level}"), word::StyleType::Paragraph).name(name);
            let size = [28, 24, 22, 22, 22][level - 1];
            let style = style.based_on("Normal").q_format(true).size(size).bold().outline_lvl(level - 1);
            styles.push(style.line_spacing(after(100).before(240)));
        }
    }
    if has(|block| matches!(block, Block::Paragraph(_))) {
        styles.push(style("Body").line_spacing(after(120).before(120)));
    }
    if has(|block| matches!(block, Block::List(_))) {
        styles.push(style("Item").indent(Some(360), hanging(360), None, None).line_spacing(after(60)));
    }
    if has(|block| matches!(block, Block::Table { .. })) {
        styles.push(style("Cell").size(18).line_spacing(after(40).before(40)));
    }
    styles
}

fn paragraph(style: &str) -> word::Paragraph {
    word::Paragraph::new().style(style)
}

/// With the time in the margin.
fn timed(start: crate::Millis) -> word::Paragraph {
    paragraph("Turn").add_run(run(&format!("[{}]", text::stamp(start))).size(16).color("595959").add_tab())
}

fn with_runs(paragraph: word::Paragraph, runs: &[Run]) -> word::Paragraph {
    let text: String = runs.iter().map(|run| &*run.text).collect();
    let paragraph = runs.iter().fold(paragraph, |paragraph, part| {
        let text = run(&part.text);
        match &part.link {
            Some(link) => {
                let link = word::Hyperlink::new(address(link), word::HyperlinkType::External);
                paragraph.add_hyperlink(link.add_run(text.color("0563C1").underline("single")))
            }
            None => paragraph.add_run(if part.strong { text.bold() } else { text }),
        }
    });
    directed(paragraph, &text)
}

/// The paragraph of `text`, from right to left if Arabic, Hebrew or the like begins it: its indents and its full stops are then on the
/// other side.
fn directed(mut paragraph: word::Paragraph, text: &str) -> word::Paragraph {
    if text::runs_leftwards(text) {
        paragraph.property = paragraph.property.bidi(true);
    }
    paragraph
}

fn run(text: &str) -> word::Run {
    word::Run::new().add_text(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn outcomes_and_headings_stay_whole() {
        let head = ["Gegenstand", "Ergebnis", "Ja", "Nein", "Enthaltungen", "Beleg"].map(str::to_owned);
        let row = |subject: &str, outcome: &str| {
            let runs = [Run::plain(subject), Run::strong(outcome), Run::plain("43"), Run::plain("2"), Run::plain("")];
            let evidence = Run::plain("Wirtschaftsförderungsgesellschaftsvertrag ".repeat(4));
            runs.into_iter().chain([evidence]).map(|run| vec![run]).collect::<Vec<_>>()
        };
        let widths = widths(&head, &[row("Straßenausbaubeitragssatzung", "einstimmig angenommen")]);
        assert!(widths.iter().sum::<usize>() <= TABLE, "{widths:?}");
        for (width, word) in widths.iter().zip(["", "angenommen", "Ja", "Nein", "Enthaltungen", ""]) {
            assert!(*width >= word.len() * BOLD + SIDES, "{word}: {widths:?}");
        }
        // Many columns share what there is.
        let many = vec!["Donaudampfschifffahrt".to_owned(); 12];
        assert!(super::widths(&many, &[]).iter().all(|width| (1..=TABLE / 12).contains(width)));
        assert_eq!(super::widths(&[], &[]), Vec::<usize>::new());
    }

    /// Its paragraphs as XML, without what all have.
    fn body(transcript: &Transcript) -> String {
        let xml = String::from_utf8(render(&blocks::document(transcript)).build().document).unwrap();
        let paragraphs = xml.split("<w:pStyle ").skip(1).map(|p| p.split("</w:p>").next().unwrap());
        paragraphs.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn german_and_english() {
        let mut council = interrupted(council());
        council.recording.started = Some("2026-11-22T18:00:45+01:00".into());
        insta::assert_snapshot!(body(&council), @r#"
        w:val="Title" /></w:pPr><w:r><w:rPr /><w:t xml:space="preserve">ratssitzung.m4a</w:t></w:r>
        w:val="Note" /></w:pPr><w:r><w:rPr /><w:t xml:space="preserve">Datum: 2026-11-22 18:00</w:t></w:r>
        w:val="Note" /></w:pPr><w:r><w:rPr /><w:t xml:space="preserve">Länge: 0:00:20</w:t></w:r>
        w:val="Note" /></w:pPr><w:r><w:rPr /><w:t xml:space="preserve">Modell: ggml-base-q8_0.bin</w:t></w:r>
        w:val="Note" /></w:pPr><w:r><w:rPr><w:b /><w:bCs /></w:rPr><w:t xml:space="preserve">Maschineller Entwurf, ungeprüft</w:t></w:r>
        w:val="Note" /></w:pPr><w:r><w:rPr /><w:t xml:space="preserve">unvollständig: transkribiert bis 0:12:34, abgebrochen</w:t></w:r>
        w:val="Note" /></w:pPr><w:r><w:rPr /><w:t xml:space="preserve">Hinweis, 00:09: ein beschädigtes Datenpaket wurde übersprungen: bad checksum</w:t></w:r>
        w:val="Note" /></w:pPr><w:r><w:rPr /><w:t xml:space="preserve">Hinweis: the file is shorter than its header says</w:t></w:r>
        w:val="Turn" /></w:pPr><w:r><w:rPr><w:sz w:val="16" /><w:szCs w:val="16" /><w:color w:val="595959" /></w:rPr><w:t xml:space="preserve">[00:00:00]</w:t><w:tab /></w:r><w:r><w:rPr><w:b /><w:bCs /></w:rPr><w:t xml:space="preserve">Sprecher 1: </w:t></w:r><w:r><w:rPr /><w:t xml:space="preserve">Guten Abend, meine Damen und Herren. Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.</w:t></w:r>
        w:val="Turn" /></w:pPr><w:r><w:rPr><w:sz w:val="16" /><w:szCs w:val="16" /><w:color w:val="595959" /></w:rPr><w:t xml:space="preserve">[00:00:09]</w:t><w:tab /></w:r><w:r><w:rPr><w:i /><w:iCs /></w:rPr><w:t xml:space="preserve">[unverständlich 00:09–00:11]</w:t></w:r>
        w:val="Turn" /></w:pPr><w:r><w:rPr><w:sz w:val="16" /><w:szCs w:val="16" /><w:color w:val="595959" /></w:rPr><w:t xml:space="preserve">[00:00:12]</w:t><w:tab /></w:r><w:r><w:rPr><w:b /><w:bCs /></w:rPr><w:t xml:space="preserve">Sprecher 2: </w:t></w:r><w:r><w:rPr /><w:t xml:space="preserve">Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.</w:t></w:r>
        w:val="Turn" /></w:pPr><w:r><w:rPr><w:sz w:val="16" /><w:szCs w:val="16" /><w:color w:val="595959" /></w:rPr><w:t xml:space="preserve">[00:00:16]</w:t><w:tab /></w:r><w:r><w:rPr><w:b /><w:bCs /></w:rPr><w:t xml:space="preserve">Sprecher 1: </w:t></w:r><w:r><w:rPr /><w:t xml:space="preserve">Gern.</w:t></w:r>
        "#);
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(body(&vile()), @r#"
        w:val="Title" /></w:pPr><w:r><w:rPr /><w:t xml:space="preserve">Transcript</w:t></w:r>
        w:val="Note" /></w:pPr><w:r><w:rPr /><w:t xml:space="preserve">Length: 0:00:15</w:t></w:r>
        w:val="Note" /></w:pPr><w:r><w:rPr><w:b /><w:bCs /></w:rPr><w:t xml:space="preserve">Machine draft, unchecked</w:t></w:r>
        w:val="Turn" /></w:pPr><w:r><w:rPr><w:sz w:val="16" /><w:szCs w:val="16" /><w:color w:val="595959" /></w:rPr><w:t xml:space="preserve">[00:00:00]</w:t><w:tab /></w:r><w:r><w:rPr /><w:t xml:space="preserve">1 00:00:01,000 --&gt; 00:00:02,000 x &lt;i&gt;kursiv&lt;/i&gt; &amp; {\an8}oben &lt;/script&gt; [31m مرحبا بالعالم، كيف حالكم؟ 👍🏽 👩‍👩‍👧 Tab here NOTE x</w:t></w:r>
        "#);
    }

    #[test]
    fn arabic_and_hebrew_run_from_right_to_left() {
        let mut council = council();
        council.segments.truncate(4);
        council.segments[0].text = "مرحبا بالعالم، كيف حالكم؟".into();
        council.segments[2].text = "Und „שלום“.".into();
        council.segments[3].text = "„שלום“.".into();
        let body = body(&council);
        // The second is the gap.
        let quotes = body.lines().filter(|line| line.contains("\"Turn\""));
        assert_eq!(quotes.map(|line| line.contains("<w:bidi />")).collect::<Vec<_>>(), [true, false, false, true]);
    }

    #[test]
    fn the_same_transcript_is_the_same_file() {
        let bytes = |line_numbers| {
            let mut bytes = Vec::new();
            let style = Style { line_numbers, ..Style::default() };
            write(&council(), &style, &mut bytes).unwrap();
            bytes
        };
        assert_eq!(bytes(true), bytes(true));
        assert_ne!(bytes(false), bytes(true));
    }
}
