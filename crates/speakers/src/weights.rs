//! Reads the file of weights. Nothing in it is trusted: each tensor is checked for its type, its shape and finite values.

use safetensors::tensor::{Dtype, SafeTensors};

/// Why a file is no file of weights.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeightsError {
    /// It is no safetensors file, or a damaged one.
    #[error("not a readable safetensors file ({0})")]
    Format(String),
    /// A tensor is missing.
    #[error("the tensor {0} is missing")]
    Missing(String),
    /// A tensor has another type or shape than that of the networks.
    #[error("the tensor {name} is {found} instead of {wanted:?}")]
    Shape {
        /// Its name.
        name: String,
        /// Type and shape in the file.
        found: String,
        /// The shape that the network needs.
        wanted: Vec<usize>,
    },
    /// A tensor has a value that is infinite or no number.
    #[error("the tensor {0} has values that are not finite")]
    NotFinite(String),
}

/// A part of the tensors in a file: those whose names begin with a prefix.
#[derive(Clone)]
pub(crate) struct Weights<'a> {
    tensors: &'a SafeTensors<'a>,
    prefix: String,
}

/// The tensors in the content of a file.
pub(crate) fn read(content: &[u8]) -> Result<SafeTensors<'_>, WeightsError> {
    SafeTensors::deserialize(content).map_err(|error| WeightsError::Format(error.to_string()))
}

impl<'a> Weights<'a> {
    /// All tensors.
    pub(crate) fn all(tensors: &'a SafeTensors<'a>) -> Weights<'a> {
        Weights { tensors, prefix: String::new() }
    }

    /// Those whose names go on with `part` and a dot.
    pub(crate) fn of(&self, part: &str) -> Weights<'a> {
        Weights { tensors: self.tensors, prefix: format!("{}{part}.", self.prefix) }
    }

    /// The values of a tensor.
    ///
    /// # Errors
    /// If it is missing, has another shape or type, or a value that is not finite.
    pub(crate) fn get(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightsError> {
        let name = format!("{}{name}", self.prefix);
        let tensor = self.tensors.tensor(&name).map_err(|_| WeightsError::Missing(name.clone()))?;
        if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
            let found = format!("{:?} {:?}", tensor.dtype(), tensor.shape());
            return Err(WeightsError::Shape { name, found, wanted: shape.to_vec() });
        }
        let (values, _) = tensor.data().as_chunks();
        let values: Vec<f32> = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if values.iter().any(|value| !value.is_finite()) {
            return Err(WeightsError::NotFinite(name));
        }
        Ok(values)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use safetensors::tensor::{TensorView, serialize};

    fn file(values: &[f32]) -> Vec<u8> {
        let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let tensor = TensorView::new(Dtype::F32, vec![values.len()], &data).unwrap();
        serialize([("a.b".to_owned(), tensor)], None).unwrap()
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let good = file(&[1.0, 2.0]);
        let tensors = read(&good).unwrap();
        let a = Weights::all(&tensors).of("a");
        assert_eq!(a.get("b", &[2]).unwrap(), [1.0, 2.0]);
        assert_eq!(a.get("c", &[2]), Err(WeightsError::Missing("a.c".to_owned())));
        assert!(matches!(a.get("b", &[1, 2]), Err(WeightsError::Shape { .. })));
        let bad = file(&[1.0, f32::NAN]);
        let tensors = read(&bad).unwrap();
        assert_eq!(Weights::all(&tensors).get("a.b", &[2]), Err(WeightsError::NotFinite("a.b".to_owned())));
        assert!(matches!(read(&good[..good.len() - 1]), Err(WeightsError::Format(_))));
        assert!(matches!(read(b""), Err(WeightsError::Format(_))));
    }
}
