//! ELAN's annotation format (EAF 3.0, `EAFv3.0.xsd`): a tier for each voice, and one of gaps, if there are any.
//!
//! Time slots are in order and each annotation has two of its own, so that ELAN moves each on its own. The sound is linked
//! as `RELATIVE_MEDIA_URL`, by which ELAN finds it beside the file on any machine. `DATE` is when the recording began, if that
//! is known, else 1970: nothing here asks for the time, and the schema wants one.

use super::tiers::tiers;
use super::{Style, text};
use crate::Transcript;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let tiers = tiers(transcript, false);
    // The slots' numbers by annotation, in order of time.
    let spans = tiers.iter().flat_map(|tier| tier.texts.iter().map(|(span, _)| *span));
    let mut times: Vec<_> =
        spans.enumerate().flat_map(|(n, span)| [(span.start, 2 * n), (span.end, 2 * n + 1)]).collect();
    times.sort();
    let mut slots = vec![0; times.len()];
    for (n, (_, end)) in times.iter().enumerate() {
        slots[*end] = n + 1;
    }
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let started = text::line(transcript.recording.started.as_deref().unwrap_or_default());
    let date = if started.is_empty() { "1970-01-01T00:00:00Z" } else { &started };
    xml.create_element("ANNOTATION_DOCUMENT")
        .with_attributes([
            ("AUTHOR", "transcribe"),
            ("DATE", date),
            ("FORMAT", "3.0"),
            ("VERSION", "3.0"),
            ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
            ("xsi:noNamespaceSchemaLocation", "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"),
        ])
        .write_inner_content(|xml| {
            header(xml, transcript, style, slots.len() / 2)?;
            xml.create_element("TIME_ORDER").write_inner_content(|xml| {
                for (n, (time, _)) in times.iter().enumerate() {
                    let (id, time) = (format!("ts{}", n + 1), time.0.to_string());
                    xml.create_element("TIME_SLOT")
                        .with_attributes([("TIME_SLOT_ID", &*id), ("TIME_VALUE", &*time)])
                        .write_empty()?;
                }
                Ok(())
            })?;
            let mut n = 0;
            for tier in &tiers {
                let names =
                    [("LINGUISTIC_TYPE_REF", "default-lt"), ("PARTICIPANT", &tier.name), ("TIER_ID", &tier.name)];
                xml.create_element("TIER").with_attributes(names).write_inner_content(|xml| {
                    for (_, text) in &tier.texts {
                        annotation(xml, n, &slots[2 * n..2 * n + 2], text)?;
                        n += 1;
                    }
                    Ok(())
                })?;
            }
            xml.create_element("LINGUISTIC_TYPE")
                .with_attributes([
                    ("GRAPHIC_REFERENCES", "false"),
                    ("LINGUISTIC_TYPE_ID", "default-lt"),
                    ("TIME_ALIGNABLE", "true"),
                ])
                .write_empty()?;
            Ok(())
        })?;
    writeln!(out)
}

fn header<W: Write>(xml: &mut Writer<W>, transcript: &Transcript, style: &Style, annotations: usize) -> io::Result<()> {
    let media = super::media(transcript, style);
    let header = xml.create_element("HEADER").with_attributes([("MEDIA_FILE", ""), ("TIME_UNITS", "milliseconds")]);
    header.write_inner_content(|xml| {
        if let Some(media) = &media {
            let kind = mime(media);
            let descriptor = xml.create_element("MEDIA_DESCRIPTOR");
            match media.contains("://") {
                true => descriptor.with_attributes([("MEDIA_URL", &**media), ("MIME_TYPE", kind)]),
                false => {
                    let relative = if media.starts_with("../") { media.clone() } else { format!("./{media}") };
                    let urls = [("MEDIA_URL", &*relative), ("MIME_TYPE", kind), ("RELATIVE_MEDIA_URL", &*relative)];
                    descriptor.with_attributes(urls)
                }
            }
            .write_empty()?;
        }
        let last = xml.create_element("PROPERTY").with_attribute(("NAME", "lastUsedAnnotationId"));
        last.write_text_content(BytesText::new(&annotations.to_string()))?;
        Ok(())
    })?;
    Ok(())
}

fn annotation<W: Write>(xml: &mut Writer<W>, n: usize, slots: &[usize], text: &str) -> io::Result<()> {
    let (id, from, to) = (format!("a{}", n + 1), format!("ts{}", slots[0]), format!("ts{}", slots[1]));
    xml.create_element("ANNOTATION").write_inner_content(|xml| {
        xml.create_element("ALIGNABLE_ANNOTATION")
            .with_attributes([("ANNOTATION_ID", &*id), ("TIME_SLOT_REF1", &*from), ("TIME_SLOT_REF2", &*to)])
            .write_inner_content(|xml| {
                xml.create_element("ANNOTATION_VALUE").write_text_content(BytesText::new(text))?;
                Ok(())
            })?;
        Ok(())
    })?;
    Ok(())
}

/// What ELAN calls that kind of file, by the end of its name.
fn mime(media: &str) -> &'static str {
    match media.rsplit('.').next().unwrap_or_default().to_lowercase().as_str() {
        "wav" => "audio/x-wav",
        "mp4" | "m4v" => "video/mp4",
        "mov" => "video/quicktime",
        "mpg" | "mpeg" => "video/mpeg",
        "avi" | "mkv" | "webm" | "wmv" => "video/*",
        _ => "audio/*",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Format, testing::*};
    use super::*;

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(written(Format::Eaf, &council()), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <ANNOTATION_DOCUMENT AUTHOR="transcribe" DATE="1970-01-01T00:00:00Z" FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
         <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
          <MEDIA_DESCRIPTOR MEDIA_URL="./ratssitzung.m4a" MIME_TYPE="audio/*" RELATIVE_MEDIA_URL="./ratssitzung.m4a"/>
          <PROPERTY NAME="lastUsedAnnotationId">5</PROPERTY>
         </HEADER>
         <TIME_ORDER>
          <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="340"/>
          <TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="2400"/>
          <TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="2500"/>
          <TIME_SLOT TIME_SLOT_ID="ts4" TIME_VALUE="9100"/>
          <TIME_SLOT TIME_SLOT_ID="ts5" TIME_VALUE="9600"/>
          <TIME_SLOT TIME_SLOT_ID="ts6" TIME_VALUE="11800"/>
          <TIME_SLOT TIME_SLOT_ID="ts7" TIME_VALUE="12000"/>
          <TIME_SLOT TIME_SLOT_ID="ts8" TIME_VALUE="16500"/>
          <TIME_SLOT TIME_SLOT_ID="ts9" TIME_VALUE="16800"/>
          <TIME_SLOT TIME_SLOT_ID="ts10" TIME_VALUE="17200"/>
         </TIME_ORDER>
         <TIER LINGUISTIC_TYPE_REF="default-lt" PARTICIPANT="Sprecher 1" TIER_ID="Sprecher 1">
          <ANNOTATION>
           <ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
            <ANNOTATION_VALUE>Guten Abend, meine Damen und Herren.</ANNOTATION_VALUE>
           </ALIGNABLE_ANNOTATION>
          </ANNOTATION>
          <ANNOTATION>
           <ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts4">
            <ANNOTATION_VALUE>Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.</ANNOTATION_VALUE>
           </ALIGNABLE_ANNOTATION>
          </ANNOTATION>
          <ANNOTATION>
           <ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts9" TIME_SLOT_REF2="ts10">
            <ANNOTATION_VALUE>Gern.</ANNOTATION_VALUE>
           </ALIGNABLE_ANNOTATION>
          </ANNOTATION>
         </TIER>
         <TIER LINGUISTIC_TYPE_REF="default-lt" PARTICIPANT="Sprecher 2" TIER_ID="Sprecher 2">
          <ANNOTATION>
           <ALIGNABLE_ANNOTATION ANNOTATION_ID="a4" TIME_SLOT_REF1="ts7" TIME_SLOT_REF2="ts8">
            <ANNOTATION_VALUE>Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.</ANNOTATION_VALUE>
           </ALIGNABLE_ANNOTATION>
          </ANNOTATION>
         </TIER>
         <TIER LINGUISTIC_TYPE_REF="default-lt" PARTICIPANT="Lücken" TIER_ID="Lücken">
          <ANNOTATION>
           <ALIGNABLE_ANNOTATION ANNOTATION_ID="a5" TIME_SLOT_REF1="ts5" TIME_SLOT_REF2="ts6">
            <ANNOTATION_VALUE>unverständlich 00:09–00:11</ANNOTATION_VALUE>
           </ALIGNABLE_ANNOTATION>
          </ANNOTATION>
         </TIER>
         <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>
        </ANNOTATION_DOCUMENT>
        "#);
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        let shown = written(Format::Eaf, &vile());
        let texts: Vec<_> = shown.lines().filter(|line| line.contains("<ANNOTATION_VALUE>")).collect();
        insta::assert_snapshot!(texts.join("\n"), @r"
        <ANNOTATION_VALUE>1 00:00:01,000 --&gt; 00:00:02,000 x</ANNOTATION_VALUE>
        <ANNOTATION_VALUE>&lt;i&gt;kursiv&lt;/i&gt; &amp; {\an8}oben &lt;/script&gt; [31m</ANNOTATION_VALUE>
        <ANNOTATION_VALUE>مرحبا بالعالم، كيف حالكم؟</ANNOTATION_VALUE>
        <ANNOTATION_VALUE>👍🏽 👩‍👩‍👧 Tab here NOTE x</ANNOTATION_VALUE>
        ");
    }

    #[test]
    fn the_sound_is_found_from_the_file() {
        let shown = |media: &str| {
            let mut bytes = Vec::new();
            let style = Style { media: Some(media.into()), ..Style::default() };
            super::super::write(Format::Eaf, &council(), &style, &mut bytes).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            text.lines().find(|line| line.contains("MEDIA_DESCRIPTOR")).unwrap().trim().to_owned()
        };
        insta::assert_snapshot!(shown("../ton/a & b.wav"), @r#"<MEDIA_DESCRIPTOR MEDIA_URL="../ton/a &amp; b.wav" MIME_TYPE="audio/x-wav" RELATIVE_MEDIA_URL="../ton/a &amp; b.wav"/>"#);
        insta::assert_snapshot!(shown("https://example.org/a.mp4"), @r#"<MEDIA_DESCRIPTOR MEDIA_URL="https://example.org/a.mp4" MIME_TYPE="video/mp4"/>"#);
        let none = Transcript::default();
        assert!(!super::super::testing::written(Format::Eaf, &none).contains("MEDIA_DESCRIPTOR"));
    }
}
