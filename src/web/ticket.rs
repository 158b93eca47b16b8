//! Links that open the application once: what a program that opens a browser is given, others on this computer can see.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::digest::Sha256;

/// Seconds that a link may be opened in.
const LIFE: u64 = 60;

/// What makes a link that whoever knows the token can make: its end, and a seal of it.
pub(super) fn ticket(token: &str) -> String {
    sealed(token, now() + LIFE)
}

fn sealed(token: &str, end: u64) -> String {
    let key = *Sha256::of_bytes(token).as_bytes();
    format!("{end}-{}", Sha256::keyed(&key, &[b"transcribe app", &end.to_be_bytes()]))
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
        let end = given.split('-').next().and_then(|end| end.parse().ok()).unwrap_or(0);
        if !(now()..=now() + LIFE).contains(&end) || given != sealed(token, end) {
            return false;
        }
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, end| *end >= now());
        used.insert(given.to_owned(), end).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_once_and_for_a_while() {
        let used = Used::default();
        let good = ticket("token");
        assert!(!used.accept("other", &good));
        assert!(used.accept("token", &good) && !used.accept("token", &good));
        for end in [now() - 1, now() + LIFE + 10, u64::MAX, 0] {
            assert!(!used.accept("token", &sealed("token", end)), "{end}");
        }
        for wrong in ["", "-", "1-2", &format!("{}-{}", now() + 5, "0".repeat(64))] {
            assert!(!used.accept("token", wrong), "{wrong}");
        }
    }
}
