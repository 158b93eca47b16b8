//! Ways to write text so that it is nothing but text: in HTML, in a script element, in a link.

use serde::Serialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// For elements, and for attributes in double quotes.
pub(super) fn html(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"))
}

/// JSON that can stand in a script element: nothing in it ends the element or begins a comment.
pub(super) fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let mut json = serde_json::to_string(value)?;
    for c in ['<', '>', '&', '\u{2028}', '\u{2029}'] {
        if json.contains(c) {
            // Outside strings JSON has none of them.
            json = json.replace(c, &format!("\\u{:04x}", u32::from(c)));
        }
    }
    Ok(json)
}

/// A path with slashes as a relative link: percent-encoded (RFC 3986), whatever its characters mean in a URL.
pub(super) fn path(path: &str) -> String {
    let mut link = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => link.push(char::from(byte)),
            _ => link.push_str(&format!("%{byte:02X}")),
        }
    }
    link
}

/// SHA-256 in base64 (RFC 4648), as a page's rules name a script.
pub(super) fn digest(text: &str) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut base64 = String::new();
    for three in Sha256::digest(text).chunks(3) {
        let bits = (0..3).fold(0, |bits, n| bits << 8 | usize::from(three.get(n).copied().unwrap_or(0)));
        for n in 0..4 {
            base64.push(if n <= three.len() { char::from(SIGNS[bits >> (18 - 6 * n) & 63]) } else { '=' });
        }
    }
    base64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_browsers() {
        // printf '' | openssl dgst -sha256 -binary | base64
        assert_eq!(digest(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn a_name_is_one_piece_of_a_link() {
        assert_eq!(path("../Sitzung #3 100%?.m4a"), "../Sitzung%20%233%20100%25%3F.m4a");
        assert_eq!(path("javascript:x.wav"), "javascript%3Ax.wav");
        assert_eq!(path("Größe.wav"), "Gr%C3%B6%C3%9Fe.wav");
    }
}
