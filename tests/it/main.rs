//! Tests of the library and of the whole program that need nothing else but the default model. One binary, so that the crate
//! is linked once. What needs other programs is in `tests/programs`.

#![allow(clippy::unwrap_used)]
#[cfg(feature = "app")]
#[path = "../common/app_server.rs"]
mod app_server;
#[cfg(feature = "page")]
#[path = "../common/captions_page.rs"]
mod captions_page;
#[path = "../common/recordings.rs"]
mod recordings;
#[path = "../common/run.rs"]
mod run;
#[path = "../common/running.rs"]
mod running;
#[path = "../common/sound_samples.rs"]
mod sound_samples;

#[cfg(feature = "app")]
mod api;
mod app;
#[cfg(feature = "app")]
mod app_live;
mod bad_input;
mod batch;
mod batch_speakers;
mod captions;
mod damaged_models;
mod deliberation;
mod gate;
mod guards;
mod interrupt;
mod live;
mod minutes;
#[cfg(feature = "download")]
mod models;
#[cfg(feature = "page")]
mod page;
mod pipes;
mod planted;
mod program;
mod real;
mod resume;
mod search;
mod sound;
mod speakers;
#[cfg(feature = "summarise")]
mod summarise;
mod tidy;
mod tiers;
mod tracks;
mod transcripts;
#[cfg(feature = "app")]
mod web;
mod zone;

impl run::Place {
    /// A place in which the program finds no other program, so that it doesn't matter which are installed.
    pub(crate) fn new() -> run::Place {
        run::Place::with_path("")
    }
}

/// SHA-256 in hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
