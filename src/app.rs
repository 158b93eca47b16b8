//! The application: what every face of the program drives, be it a terminal or a web service.
//!
//! It prints nothing, never exits, and knows neither arguments nor terminals. Progress and messages go out as events, and
//! each job has a token that cancels it.

mod settings;
mod usage_error;

pub use settings::{Settings, Values, captions, language_code, language_name};
pub use usage_error::UsageError;
