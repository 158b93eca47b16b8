//! A document for Word and LibreOffice, which clerks turn into minutes.
//!
//! A heading (the recording, when, how long, which model, that nobody has checked it) and one paragraph (`turns`) after the
//! other: `[hh:mm:ss]` in the margin, the name in bold, the text. Paragraphs and no table: Word numbers no lines in
//! tables, text from one is pasted as one, and programs for qualitative research read such paragraphs as a transcript with
//! time marks. All looks come from the styles `Title`, `Note` and `Turn`, so that one change changes them all. The same
//! transcript gives the same bytes: nothing here asks for the time.

use super::heading::Heading;
use super::turns::{Passage, passages};
use super::{Style, text};
use crate::Transcript;
use docx_rs as word;
use std::io::{self, Cursor, Write};

/// Where the text begins, right of the times, in twentieths of a point: 2.2 cm.
const MARGIN: i32 = 1250;
/// Lines are numbered through the whole document. The crate knows nothing of it; its place is behind the page's margins
/// and before the columns (ECMA-376, `CT_SectPr`).
const LINE_NUMBERS: &str = r#"<w:lnNumType w:countBy="1" w:restart="continuous"/>"#;

pub(super) fn write(transcript: &Transcript, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let mut parts = document(transcript).build();
    if style.line_numbers {
        let text = String::from_utf8(parts.document).map_err(io::Error::other)?;
        let (before, columns) = text.rsplit_once("<w:cols").ok_or(io::ErrorKind::InvalidData)?;
        parts.document = [before, LINE_NUMBERS, "<w:cols", columns].concat().into_bytes();
    }
    // A ZIP archive is not written in one go: the lengths of its parts stand before them.
    let mut archive = Cursor::new(Vec::new());
    parts.pack(&mut archive).map_err(io::Error::other)?;
    out.write_all(archive.get_ref())
}

fn document(transcript: &Transcript) -> word::Docx {
    let heading = Heading::of(transcript);
    let fonts = word::RunFonts::new().ascii("Arial").hi_ansi("Arial").cs("Arial");
    let mut document = word::Docx::new().default_fonts(fonts).default_size(22);
    for style in styles() {
        document = document.add_style(style);
    }
    document = document.add_paragraph(paragraph("Title").add_run(run(&heading.title)));
    for (label, value) in &heading.facts {
        document = document.add_paragraph(paragraph("Note").add_run(run(&format!("{label}: {value}"))));
    }
    document = document.add_paragraph(paragraph("Note").add_run(run(&heading.notice).bold()));
    for note in heading.incomplete.iter().chain(&heading.warnings) {
        document = document.add_paragraph(paragraph("Note").add_run(run(note)));
    }
    for passage in passages(transcript) {
        document = document.add_paragraph(match passage {
            Passage::Stop(stop) => {
                turn(stop.span().start).add_run(run(&format!("[{}]", stop.words(transcript))).italic())
            }
            Passage::Paragraph(said) => {
                let paragraph = turn(said.span().start);
                let name = said.speaker.filter(|_| said.turn).map(|speaker| text::speaker_name(transcript, speaker));
                let paragraph = match name {
                    Some(name) => paragraph.add_run(run(&format!("{name}: ")).bold()),
                    None => paragraph,
                };
                paragraph.add_run(run(&said.text()))
            }
        });
    }
    document
}

fn styles() -> [word::Style; 3] {
    let style = |id: &str| word::Style::new(id, word::StyleType::Paragraph).name(id).based_on("Normal").q_format(true);
    let after = |space| word::LineSpacing::new().after(space);
    [
        style("Title").size(32).bold().line_spacing(after(160)),
        style("Note").size(18).line_spacing(after(40)),
        style("Turn")
            .indent(Some(MARGIN), Some(word::SpecialIndentType::Hanging(MARGIN)), None, None)
            .line_spacing(after(120).before(60)),
    ]
}

fn paragraph(style: &str) -> word::Paragraph {
    word::Paragraph::new().style(style)
}

/// With the time in the margin.
fn turn(start: crate::Millis) -> word::Paragraph {
    paragraph("Turn").add_run(run(&format!("[{}]", text::stamp(start))).size(16).color("595959").add_tab())
}

fn run(text: &str) -> word::Run {
    word::Run::new().add_text(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::*;
    use super::*;

    /// Its paragraphs as XML, without what all have.
    fn body(transcript: &Transcript) -> String {
        let xml = String::from_utf8(document(transcript).build().document).unwrap();
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
        w:val="Note" /></w:pPr><w:r><w:rPr /><w:t xml:space="preserve">Hinweis, 00:09: a damaged packet was skipped</w:t></w:r>
        w:val="Note" /></w:pPr><w:r><w:rPr /><w:t xml:space="preserve">Hinweis: the file is shorter than its header says</w:t></w:r>
        w:val="Turn" /></w:pPr><w:r><w:rPr><w:sz w:val="16" /><w:szCs w:val="16" /><w:color w:val="595959" /></w:rPr><w:t xml:space="preserve">[00:00:00]</w:t><w:tab /></w:r><w:r><w:rPr><w:b /><w:bCs /></w:rPr><w:t xml:space="preserve">Speaker 1: </w:t></w:r><w:r><w:rPr /><w:t xml:space="preserve">Guten Abend, meine Damen und Herren. Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.</w:t></w:r>
        w:val="Turn" /></w:pPr><w:r><w:rPr><w:sz w:val="16" /><w:szCs w:val="16" /><w:color w:val="595959" /></w:rPr><w:t xml:space="preserve">[00:00:09]</w:t><w:tab /></w:r><w:r><w:rPr><w:i /><w:iCs /></w:rPr><w:t xml:space="preserve">[unverständlich 00:09–00:11]</w:t></w:r>
        w:val="Turn" /></w:pPr><w:r><w:rPr><w:sz w:val="16" /><w:szCs w:val="16" /><w:color w:val="595959" /></w:rPr><w:t xml:space="preserve">[00:00:12]</w:t><w:tab /></w:r><w:r><w:rPr><w:b /><w:bCs /></w:rPr><w:t xml:space="preserve">Speaker 2: </w:t></w:r><w:r><w:rPr /><w:t xml:space="preserve">Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.</w:t></w:r>
        w:val="Turn" /></w:pPr><w:r><w:rPr><w:sz w:val="16" /><w:szCs w:val="16" /><w:color w:val="595959" /></w:rPr><w:t xml:space="preserve">[00:00:16]</w:t><w:tab /></w:r><w:r><w:rPr><w:b /><w:bCs /></w:rPr><w:t xml:space="preserve">Speaker 1: </w:t></w:r><w:r><w:rPr /><w:t xml:space="preserve">Gern.</w:t></w:r>
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
