//! Captions while people speak, and the record of it.

mod caption;
pub use caption::{Caption, State};
