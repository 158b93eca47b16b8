//! Escapes text for HTML, for a script element, and for a link.

use crate::digest::Sha256;
use crate::document::Link;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use std::borrow::Cow;

/// For elements, and for attributes in double quotes.
pub(super) fn html(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"))
}

/// JSON for a script element: nothing in it ends the element or begins a comment.
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

/// All but what RFC 3986 calls unreserved, and slashes.
const SPECIAL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A path with slashes as a relative link, whatever its characters mean in a URL.
pub(super) fn path(path: &str) -> String {
    utf8_percent_encode(path, SPECIAL).to_string()
}

/// A link as an address.
pub(in crate::format) fn address(link: &Link) -> String {
    format!("{}#{}", path(&link.path), path(&link.anchor))
}

/// SHA-256 as a page's rules name a script.
pub(crate) fn digest(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::of_bytes(text).as_bytes())
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
