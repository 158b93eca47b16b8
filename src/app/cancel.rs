//! Cancellation: one token for each job, which a token above it cancels as well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Cancels a piece of work. Clones are the same token.
#[derive(Clone, Debug, Default)]
pub struct CancelToken {
    own: Arc<AtomicBool>,
    parents: Vec<Arc<AtomicBool>>,
}

impl CancelToken {
    /// A token that nothing has cancelled.
    pub fn new() -> CancelToken {
        CancelToken::default()
    }

    /// A token that is cancelled together with this one, and can be cancelled alone.
    pub fn child(&self) -> CancelToken {
        let parents = self.parents.iter().chain([&self.own]).cloned().collect();
        CancelToken { own: Arc::default(), parents }
    }

    /// Asks the work to end soon. What is done is kept.
    pub fn cancel(&self) {
        self.own.store(true, Ordering::SeqCst);
    }

    /// Whether this token, or one above it, is cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.own.load(Ordering::SeqCst) || self.parents.iter().any(|parent| parent.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_cancelled_alone_or_with_its_parent() {
        let run = CancelToken::new();
        let (one, other) = (run.child(), run.child());
        one.cancel();
        assert!(one.is_cancelled() && !other.is_cancelled() && !run.is_cancelled());
        run.cancel();
        assert!(other.is_cancelled() && other.child().is_cancelled());
    }
}
