/// A mistake in what the user asked for, found before any work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UsageError {
    /// What is wrong, as a phrase.
    pub message: String,
    /// How to fix it, as a phrase; `None`: the message says enough.
    pub hint: Option<String>,
}

impl UsageError {
    /// A mistake, and how to fix it.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> UsageError {
        UsageError { message: message.into(), hint: Some(hint.into()) }
    }
}

/// Without a hint.
impl From<String> for UsageError {
    fn from(message: String) -> UsageError {
        UsageError { message, hint: None }
    }
}
