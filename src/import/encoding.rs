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
        return Some((text, Some(encoding.name()).filter(|_| encoding != UTF_8)));
    }
    if bytes.contains(&0) {
        let encoding = utf_16(bytes)?;
        let (text, _) = encoding.decode_without_bom_handling(bytes);
        return Some((text, Some(encoding.name()))).filter(|(text, _)| !text.contains('\0'));
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
