//! In which encoding a file is written.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// The text, and its encoding as the WHATWG calls it if that is not UTF-8; `None` if it is not text.
///
/// A byte order mark decides. Without one, UTF-16 is known by the zeros that belong to letters and digits; what is neither that nor
/// UTF-8 is in an old encoding, which is guessed from its letters.
pub(super) fn decode(bytes: &[u8]) -> Option<(Cow<'_, str>, Option<&'static str>)> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
        let damaged = text.contains('\0');
        let encoding = Some(encoding.name()).filter(|_| encoding != UTF_8 || damaged);
        return Some((without_zeros(text), encoding));
    }
    if bytes.contains(&0) {
        if let Some(encoding) = utf_16(bytes) {
            let (text, _) = encoding.decode_without_bom_handling(bytes);
            let whole = !text.trim_end_matches('\0').contains('\0');
            return Some((without_zeros(text), Some(encoding.name()))).filter(|_| whole);
        }
        let text = std::str::from_utf8(bytes).ok().filter(|text| is_text_with_zeros(text))?;
        return Some((without_zeros(text.into()), Some(UTF_8.name())));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some((Cow::Borrowed(text), None));
    }
    if is_mostly_utf_8(bytes) {
        return Some((String::from_utf8_lossy(bytes), Some(UTF_8.name())));
    }
    let mut guess = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    guess.feed(bytes, true);
    let encoding = guess.guess(None, chardetng::Utf8Detection::Deny);
    Some((encoding.decode_without_bom_handling(bytes).0, Some(encoding.name())))
}

/// The text without the zeros that a crash leaves at the end of a file; any other becomes what stands for a damaged character, as
/// WebVTT's standard has it.
fn without_zeros(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.contains('\0') {
        true => text.trim_end_matches('\0').replace('\0', "\u{fffd}").into(),
        false => text,
    }
}

/// Whether it is text in spite of its zeros: these are few, apart from the end, and there is no other sign of a binary file.
fn is_text_with_zeros(text: &str) -> bool {
    let text = text.trim_end_matches('\0');
    let zeros = text.matches('\0').count();
    let is_binary = |c: char| c.is_ascii_control() && c != '\0' && !c.is_ascii_whitespace();
    text.contains('\n') && zeros * 20 <= text.len() && !text.contains(is_binary)
}

/// The text in whatever encoding; `None` if it is not text.
pub(crate) fn decoded(bytes: &[u8]) -> Option<String> {
    decode(bytes).map(|(text, _)| text.into_owned())
}

/// Whether most of what is not ASCII is whole characters of UTF-8: hardly any text of another encoding has one.
fn is_mostly_utf_8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > broken
}

/// Times and line ends have a zero in each pair of bytes, always in the same place.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let zeros = |place: usize| bytes.iter().skip(place).step_by(2).filter(|byte| **byte == 0).count();
    // One letter in a hundred may be of a block that begins at a multiple of 256, such as U+3000.
    let mostly = |many: usize, few: usize| many * 20 > bytes.len() && few * 100 < many;
    match (zeros(0), zeros(1)) {
        (even, odd) if mostly(odd, even) => Some(UTF_16LE),
        (even, odd) if mostly(even, odd) => Some(UTF_16BE),
        _ => None,
    }
}
