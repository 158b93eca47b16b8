//! Runs ffmpeg; what it needs is part of the project's set-up.

use std::path::Path;
use std::process::Command;

use crate::run::Place;
use crate::running::Running;

/// In the place; the arguments are cut at spaces.
pub(crate) fn ffmpeg(place: &Place, arguments: &str) {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    run(&place.path(""), &arguments);
}

/// In the current folder.
pub(crate) fn ffmpeg_with(arguments: &[&str]) {
    run(Path::new("."), arguments);
}

fn run(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]).args(arguments).current_dir(folder);
    let output = Running::start(&mut command).output();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
