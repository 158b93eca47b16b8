//! Whatever touches the disk durably: files that are written whole or not at all, locks, journals, checkpoints.

pub(crate) mod checkpoint;
pub(crate) mod journal;
mod paths;
mod whole;

pub use checkpoint::RestartReason;
pub use paths::{file_name, folder_of, inside, link, output_file};
pub(crate) use whole::hidden_name;
pub(crate) use whole::{PendingFile, write_all};
pub use whole::{WrittenFile, text_of, write_whole};
