//! Tests with programs that we did not write: ffmpeg, Chromium, LibreOffice, PulseAudio, Python with the packages of
//! `scripts/requirements.txt`, shells, and a disk of their own. `scripts/setup test` installs what is missing.

#![allow(clippy::unwrap_used)]
// Nothing is killed here.
#[cfg(feature = "app")]
#[expect(dead_code)]
#[path = "../common/app_server.rs"]
mod app_server;
#[cfg(feature = "page")]
#[path = "../common/captions_page.rs"]
mod captions_page;
#[path = "../it/gate.rs"]
mod gate;
#[path = "../common/recordings.rs"]
mod recordings;
#[path = "../common/run.rs"]
mod run;
// Only tests of microphones wait for what a program says and does.
#[cfg_attr(not(all(feature = "microphone", target_os = "linux")), expect(dead_code))]
#[path = "../common/running.rs"]
mod running;
#[path = "../common/sound_samples.rs"]
mod sound_samples;

#[cfg(feature = "app")]
mod api;
#[cfg(feature = "app")]
mod app;
#[cfg(feature = "app")]
mod app_live;
mod bad_input;
mod browser;
mod channels;
mod clocks;
mod deliberation;
mod disk;
mod ffmpeg;
mod format;
mod hostile;
#[cfg(all(feature = "microphone", target_os = "linux"))]
mod microphone;
mod odd_files;
#[cfg(feature = "page")]
mod page;
mod review;
mod save;
mod shells;
mod signals;
mod sound;
mod terminal;

impl run::Place {
    /// A place in which the program finds the other programs of this machine.
    pub(crate) fn new() -> run::Place {
        run::Place::with_path(std::env::var_os("PATH").unwrap_or_default())
    }
}
