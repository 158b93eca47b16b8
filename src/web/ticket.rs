//! What whoever knows the token can make, and nobody can read the token from: links that open the application once, since others on
//! this computer can see what a program that opens a browser is given; and the application's proof that it is the one.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::digest::Sha256;
use crate::page::access::random_digits;

/// Seconds that a link may be opened in.
const LIFE: u64 = 60;

/// What makes such a link: its end, a number of its own, and a seal of both.
///
/// # Errors
/// The system has no random numbers.
pub(super) fn ticket(token: &str) -> io::Result<String> {
    Ok(sealed(token, now() + LIFE, &random_digits()?))
}

fn sealed(token: &str, end: u64, nonce: &str) -> String {
    let seal = Sha256::keyed(&key(token), &[b"transcribe link ", &end.to_be_bytes(), nonce.as_bytes()]);
    format!("{end}-{nonce}-{seal}")
}

/// What only the application with this token answers to `nonce`.
pub(super) fn proof(token: &str, nonce: &str) -> String {
    Sha256::keyed(&key(token), &[b"transcribe proof", nonce.as_bytes()]).to_string()
}

fn key(token: &str) -> [u8; 32] {
    *Sha256::of_bytes(token).as_bytes()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// Those that were used, by their ends.
#[derive(Default)]
pub(super) struct Used(Mutex<HashMap<String, u64>>);

impl Used {
    /// Whether a ticket is of this token, has not ended, and was not used; it is from now on.
    pub(super) fn accept(&self, token: &str, given: &str) -> bool {
        let mut parts = given.split('-');
        let end = parts.next().and_then(|end| end.parse().ok()).unwrap_or(0);
        let nonce = parts.next().unwrap_or_default();
        if !(now()..=now() + LIFE).contains(&end) || given != sealed(token, end, nonce) {
            return false;
        }
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, end| *end >= now());
        used.insert(given.to_owned(), end).is_none()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_once_and_for_a_while() {
        let used = Used::default();
        // Also of the same second.
        for good in [ticket("token").unwrap(), ticket("token").unwrap()] {
            assert!(!used.accept("other", &good));
            assert!(used.accept("token", &good) && !used.accept("token", &good));
        }
        for end in [now() - 1, now() + LIFE + 10, u64::MAX, 0] {
            assert!(!used.accept("token", &sealed("token", end, "1")), "{end}");
        }
        // A proof is no seal.
        let end = now() + 5;
        assert!(!used.accept("token", &format!("{end}-1-{}", proof("token", "1"))));
        for wrong in ["", "-", "1-2", &format!("{}-{}", now() + 5, "0".repeat(64))] {
            assert!(!used.accept("token", wrong), "{wrong}");
        }
    }
}
