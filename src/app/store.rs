//! Whatever touches the disk durably: files that are written whole or not at all, locks, journals, checkpoints.

pub(crate) mod checkpoint;
pub(crate) mod journal;
mod key;
mod paths;
mod readers;
mod whole;

pub use checkpoint::RestartReason;
pub(crate) use key::Key;
pub use paths::{beside, file_name, folder_of, inside, is_name, link, named_file, output_file, stem};
pub use readers::Readers;
pub use whole::{Changing, WrittenFile, text_of, write_whole};
pub(crate) use whole::{PendingFile, replaceable, write_all};

pub(crate) use crate::files::hidden_name;
