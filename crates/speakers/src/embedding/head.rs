//! The convolutions over frequency and time at the beginning of CAM++.

use super::{MELS, Norm};
use crate::matrix::Matrix;
use crate::weights::{Weights, WeightsError};

/// Maps of each convolution.
pub(super) const MAPS: usize = 32;

/// Places along the frequency that are left at the end.
pub(super) const PLACES: usize = MELS / 8;

/// Places and frames that a convolution sees.
const REACH: usize = 3;

pub(super) struct Head {
    first: Convolution,
    residuals: Vec<Residual>,
    last: Convolution,
}

/// Two convolutions, to whose output the input is added; through a convolution of its own where the number of places changes.
struct Residual {
    one: Convolution,
    two: Convolution,
    /// A product for each frame of every second place.
    shortcut: Option<(Matrix, Vec<f32>)>,
}

/// A convolution with the norm that follows it.
struct Convolution {
    /// For each of the three places the weights of the maps of three frames.
    taps: [Matrix; REACH],
    bias: Vec<f32>,
    inputs: usize,
    /// Places from one to the next.
    stride: usize,
}

/// Maps for each frame of each place, with a frame of zeros at both ends of a place.
struct Image {
    values: Vec<f32>,
    maps: usize,
    places: usize,
    frames: usize,
}

impl Head {
    pub(super) fn new(weights: &Weights) -> Result<Head, WeightsError> {
        let residuals = ["layer1.0", "layer1.1", "layer2.0", "layer2.1"];
        let residuals = residuals.map(|name| Residual::new(&weights.of(name), name.ends_with('0')));
        Ok(Head {
            first: Convolution::new(weights, ["conv1", "bn1"], 1, 1)?,
            residuals: residuals.into_iter().collect::<Result<_, _>>()?,
            last: Convolution::new(weights, ["conv2", "bn2"], MAPS, 2)?,
        })
    }

    /// From frames of [`MELS`] values to rows of [`PLACES`] times [`MAPS`] values, with `margin` rows of zeros at both ends; and
    /// the number of rows without them.
    pub(super) fn apply(&self, frames: &[f32], margin: usize) -> (Vec<f32>, usize) {
        let count = frames.len() / MELS;
        let mut image = Image::new(1, MELS, count);
        for (place, row) in image.values.chunks_exact_mut(count + 2).enumerate() {
            let values = frames[place..].iter().step_by(MELS);
            row[1..].iter_mut().zip(values).for_each(|(to, value)| *to = *value);
        }
        let mut image = self.first.apply(&image);
        image.rectify();
        for residual in &self.residuals {
            image = residual.apply(&image);
        }
        let mut image = self.last.apply(&image);
        image.rectify();
        let width = PLACES * MAPS;
        let mut rows = vec![0.0; (count + 2 * margin) * width];
        for (frame, row) in rows[margin * width..].chunks_exact_mut(width).take(count).enumerate() {
            for (place, maps) in row.chunks_exact_mut(MAPS).enumerate() {
                maps.copy_from_slice(&image.row(place)[(frame + 1) * MAPS..][..MAPS]);
            }
        }
        (rows, count)
    }
}

impl Residual {
    fn new(weights: &Weights, halves: bool) -> Result<Residual, WeightsError> {
        let shortcut = halves.then(|| -> Result<_, WeightsError> {
            let taps = weights.get("shortcut.0.weight", &[MAPS, MAPS, 1, 1])?;
            let norm = Norm::new(&weights.of("shortcut.1"), MAPS)?;
            let weight = |input, output| taps[output * MAPS + input] * norm.scale[output];
            Ok((Matrix::from_fn(MAPS, MAPS, weight), norm.shift))
        });
        Ok(Residual {
            one: Convolution::new(weights, ["conv1", "bn1"], MAPS, if halves { 2 } else { 1 })?,
            two: Convolution::new(weights, ["conv2", "bn2"], MAPS, 1)?,
            shortcut: shortcut.transpose()?,
        })
    }

    fn apply(&self, image: &Image) -> Image {
        let mut between = self.one.apply(image);
        between.rectify();
        let mut out = self.two.apply(&between);
        match &self.shortcut {
            None => out.values.iter_mut().zip(&image.values).for_each(|(value, more)| *value += more),
            Some((matrix, bias)) => {
                for place in 0..out.places {
                    let row = out.inner_mut(place);
                    matrix.add(&image.row(2 * place)[MAPS..], MAPS, row);
                    row.chunks_exact_mut(MAPS).for_each(|maps| {
                        maps.iter_mut().zip(bias).for_each(|(value, bias)| *value += bias);
                    });
                }
            }
        }
        out.rectify();
        out
    }
}

impl Convolution {
    fn new(
        weights: &Weights,
        [name, norm]: [&str; 2],
        inputs: usize,
        stride: usize,
    ) -> Result<Convolution, WeightsError> {
        let taps = weights.get(&format!("{name}.weight"), &[MAPS, inputs, REACH, REACH])?;
        let norm = Norm::new(&weights.of(norm), MAPS)?;
        let of_place = |place: usize| {
            Matrix::from_fn(REACH * inputs, MAPS, |at, output| {
                let (frame, input) = (at / inputs, at % inputs);
                taps[((output * inputs + input) * REACH + place) * REACH + frame] * norm.scale[output]
            })
        };
        Ok(Convolution { taps: [0, 1, 2].map(of_place), bias: norm.shift, inputs, stride })
    }

    fn apply(&self, image: &Image) -> Image {
        let mut out = Image::new(MAPS, image.places.div_ceil(self.stride), image.frames);
        for place in 0..out.places {
            let middle = place * self.stride;
            let row = out.inner_mut(place);
            self.taps[1].multiply(image.row(middle), self.inputs, &self.bias, row);
            if middle > 0 {
                self.taps[0].add(image.row(middle - 1), self.inputs, row);
            }
            if middle + 1 < image.places {
                self.taps[2].add(image.row(middle + 1), self.inputs, row);
            }
        }
        out
    }
}

impl Image {
    fn new(maps: usize, places: usize, frames: usize) -> Image {
        Image { values: vec![0.0; places * (frames + 2) * maps], maps, places, frames }
    }

    /// The frames of a place with those of zeros.
    fn row(&self, place: usize) -> &[f32] {
        let length = (self.frames + 2) * self.maps;
        &self.values[place * length..][..length]
    }

    /// The frames of a place without those of zeros.
    fn inner_mut(&mut self, place: usize) -> &mut [f32] {
        &mut self.values[(place * (self.frames + 2) + 1) * self.maps..][..self.frames * self.maps]
    }

    /// What is negative becomes 0.
    fn rectify(&mut self) {
        self.values.iter_mut().for_each(|value| *value = value.max(0.0));
    }
}
