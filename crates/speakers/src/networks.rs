//! Both networks, read from the file of weights.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::convert;
use crate::embedding::Embedding;
use crate::segmentation::Segmentation;
use crate::weights::{self, Weights, WeightsError};

/// The networks for diarisation, ready to be used by any number of threads; about 35 MB.
pub struct Networks {
    pub(crate) segmentation: Segmentation,
    pub(crate) embedding: Embedding,
}

/// Why the networks can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworksError {
    /// The file can't be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no file of weights, or a damaged one.
    #[error("{} does not hold the networks that tell speakers apart", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: WeightsError,
    },
}

impl Networks {
    /// Reads the file that [`convert`] makes. Its digest is not checked, what it holds is.
    ///
    /// # Errors
    /// If the file can't be read, or is no such file.
    pub fn open(path: &Path) -> Result<Networks, NetworksError> {
        let failed = |source| NetworksError::Read { path: path.to_owned(), source };
        let length = fs::metadata(path).map_err(failed)?.len();
        let wrong = |source| NetworksError::Content { path: path.to_owned(), source };
        if length > 2 * convert::SIZE {
            return Err(wrong(WeightsError::Format(format!("{length} bytes are too many"))));
        }
        Networks::read(&fs::read(path).map_err(failed)?).map_err(wrong)
    }

    /// The same from the content of a file.
    ///
    /// # Errors
    /// If it lacks a tensor, or has one of another shape or with values that are not finite.
    pub fn read(content: &[u8]) -> Result<Networks, WeightsError> {
        let tensors = weights::read(content)?;
        let weights = Weights::all(&tensors);
        Ok(Networks {
            segmentation: Segmentation::new(&weights.of("segmentation"))?,
            embedding: Embedding::new(&weights.of("embedding"))?,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
