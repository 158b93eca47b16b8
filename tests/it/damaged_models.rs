//! Models that pass the check of their structure, and are damaged all the same or others than their names say.

use std::fs;

use transcribe::models::Store;

use crate::gate::named_pipe;
use crate::run::{Done, Place, done};

const MODEL: &str = "base-q8_0";

/// A copy of the default model under another name, and where the values of one of its weights begin.
struct Copy {
    place: Place,
    original: Vec<u8>,
}

impl Copy {
    fn new() -> Copy {
        let original = Store::of_user().find(MODEL).unwrap_or_else(|e| panic!("{e}: run `make test`, which gets it"));
        let place = Place::new();
        place.recording("jfk.flac", "jfk.flac");
        Copy { place, original: fs::read(original).unwrap() }
    }

    /// Writes the model to `name` with `values` at the beginning of a weight of 32-bit floats.
    fn write(&self, name: &str, weight: &str, values: &[f32]) {
        let mut bytes = self.original.clone();
        let named = bytes.windows(weight.len()).position(|part| part == weight.as_bytes()).unwrap();
        let place = &mut bytes[named + weight.len()..][..4 * values.len()];
        place.copy_from_slice(&values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>());
        self.place.write(name, bytes);
    }

    fn transcribe(&self, model: &str, arguments: &str) -> Done {
        let mut command = self.place.command(&format!("jfk.flac -o out --overwrite -m {model} {arguments}"));
        done(command.env("TRANSCRIBE_MODELS", self.place.path("")))
    }
}

/// It made whisper.cpp's alignment write beyond its memory, and so the program end with a signal.
#[test]
fn attention_that_is_no_number_ends_no_process() {
    let copy = Copy::new();
    let bias = "decoder.blocks.3.cross_attn.query.bias";
    let huge: Vec<f32> = (0..512).map(|n| if n % 2 == 0 { 3e38 } else { -3e38 }).collect();
    // The last one has finite weights, and no finite attention.
    for (values, arguments) in [(&[f32::NAN][..], "-l en"), (&[f32::NAN][..], "-l en --beam-size 5"), (&huge, "-l en")]
    {
        copy.write("mine.bin", bias, values);
        let run = copy.transcribe("./mine.bin", arguments);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(
            run.stderr.contains("cannot use the model `./mine.bin`: it computes what is no number"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("`transcribe models list`"), "{}", run.stderr);
        assert!(!copy.place.path("out/jfk.srt").exists());
    }
}

#[test]
fn a_published_name_with_another_content_is_refused() {
    let copy = Copy::new();
    copy.write("ggml-base-q8_0.bin", "decoder.ln.bias", &[0.5]);
    for name in [MODEL, "./ggml-base-q8_0.bin"] {
        let run = copy.transcribe(name, "");
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains("it is not the published model of this name: its SHA-256 is "), "{}", run.stderr);
        assert!(run.stderr.contains("`transcribe models get base-q8_0`"), "{}", run.stderr);
        assert!(run.stderr.contains("another file name"), "{}", run.stderr);
    }
    let (published, own) = (copy.place.path("ggml-base-q8_0.bin"), copy.place.path("ggml-mine.bin"));
    fs::rename(published, own).unwrap();
    let run = copy.transcribe("mine", "").ok();
    assert!(run.stderr.contains("ggml-mine.bin is none of the published ones"), "{}", run.stderr);
}

#[test]
fn a_published_model_is_not_announced_whatever_its_name() {
    let copy = Copy::new();
    copy.write("other.bin", "decoder.ln.bias", &[]);
    let run = copy.transcribe("./other.bin", "").ok();
    assert!(!run.stderr.contains("published"), "{}", run.stderr);
}

/// Opening it waited for somebody who writes to it.
#[test]
fn a_named_pipe_is_no_model() {
    let place = Place::new();
    place.recording("jfk.flac", "jfk.flac");
    named_pipe(&place.path("pipe.bin"));
    let run = place.run("jfk.flac -m ./pipe.bin");
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("it is a pipe or a device"), "{}", run.stderr);
}
