//! Layers of long short-term memory, in both directions, for many windows at once.

use rten_simd::SimdUnaryOp;
use rten_vecmath::{Sigmoid, Tanh};

use crate::matrix::Matrix;
use crate::weights::{Weights, WeightsError};

/// Values of one direction.
pub(super) const WIDTH: usize = 128;

/// Layers.
pub(super) const LAYERS: usize = 4;

/// Values of the gates of one direction.
const GATES: usize = 4 * WIDTH;

/// Rows of gates that are computed before those that need the previous frame: few enough to stay in the cache.
const ROWS: usize = 256;

pub(super) struct Layer {
    forwards: Direction,
    backwards: Direction,
    inputs: usize,
}

struct Direction {
    of_input: Matrix,
    of_memory: Matrix,
    bias: Vec<f32>,
}

impl Layer {
    /// # Errors
    /// If a tensor is missing or does not fit.
    pub(super) fn new(weights: &Weights, layer: usize, inputs: usize) -> Result<Layer, WeightsError> {
        Ok(Layer {
            forwards: Direction::new(weights, &format!("l{layer}"), inputs)?,
            backwards: Direction::new(weights, &format!("l{layer}_reverse"), inputs)?,
            inputs,
        })
    }

    /// From rows of input, `count` for each frame, to as many rows of both directions' output.
    pub(super) fn apply(&self, rows: &[f32], count: usize) -> Vec<f32> {
        let step = count * self.inputs;
        let (forwards, backwards) = rayon::join(
            || self.forwards.apply(rows, step, count, false),
            || self.backwards.apply(rows, step, count, true),
        );
        let mut both = Vec::with_capacity(2 * forwards.len());
        for (one, other) in forwards.chunks_exact(WIDTH).zip(backwards.chunks_exact(WIDTH)) {
            both.extend_from_slice(one);
            both.extend_from_slice(other);
        }
        both
    }
}

impl Direction {
    fn new(weights: &Weights, name: &str, inputs: usize) -> Result<Direction, WeightsError> {
        let of_input = weights.get(&format!("weight_ih_{name}"), &[GATES, inputs])?;
        let of_memory = weights.get(&format!("weight_hh_{name}"), &[GATES, WIDTH])?;
        let bias = weights.get(&format!("bias_ih_{name}"), &[GATES])?;
        let more = weights.get(&format!("bias_hh_{name}"), &[GATES])?;
        let bias: Vec<f32> = bias.iter().zip(&more).map(|(one, other)| one + other).collect();
        // PyTorch has input, forget, cell, output; here the three that a sigmoid follows come first.
        let from = |gate: usize| [0, 1, 3, 2][gate / WIDTH] * WIDTH + gate % WIDTH;
        Ok(Direction {
            of_input: Matrix::from_fn(inputs, GATES, |input, gate| of_input[from(gate) * inputs + input]),
            of_memory: Matrix::from_fn(WIDTH, GATES, |input, gate| of_memory[from(gate) * WIDTH + input]),
            bias: (0..GATES).map(|gate| bias[from(gate)]).collect(),
        })
    }

    /// `step` values of input are a frame of `count` rows. The output has the frames in the same order, also backwards.
    fn apply(&self, rows: &[f32], step: usize, count: usize, backwards: bool) -> Vec<f32> {
        let frames = rows.len() / step;
        let per_block = (ROWS / count).max(1);
        let (mut out, mut cells) = (vec![0.0; frames * count * WIDTH], vec![0.0; count * WIDTH]);
        let mut memory = vec![0.0; count * WIDTH];
        let mut gates = vec![0.0; per_block * count * GATES];
        for begin in (0..frames).step_by(per_block) {
            let end = (begin + per_block).min(frames);
            let (first, last) = if backwards { (frames - end, frames - begin) } else { (begin, end) };
            let gates = &mut gates[..(last - first) * count * GATES];
            self.of_input.multiply(&rows[first * step..last * step], step / count, &self.bias, gates);
            for turn in 0..last - first {
                let at = if backwards { last - first - 1 - turn } else { turn };
                let gates = &mut gates[at * count * GATES..][..count * GATES];
                if begin + turn > 0 {
                    self.of_memory.add(&memory, WIDTH, gates);
                }
                remember(gates, &mut cells, &mut memory);
                out[(first + at) * count * WIDTH..][..count * WIDTH].copy_from_slice(&memory);
            }
        }
        out
    }
}

/// Goes one frame further: rows of gates change rows of cells, and give rows of memory.
fn remember(gates: &mut [f32], cells: &mut [f32], memory: &mut [f32]) {
    let rows = gates.chunks_exact_mut(GATES).zip(cells.chunks_exact_mut(WIDTH).zip(memory.chunks_exact_mut(WIDTH)));
    for (gates, (cells, memory)) in rows {
        let (open, new) = gates.split_at_mut(3 * WIDTH);
        Sigmoid {}.map_mut(open);
        Tanh {}.map_mut(new);
        let [input, forget, output] = [0, 1, 2].map(|gate| &open[gate * WIDTH..][..WIDTH]);
        for (((cell, new), input), forget) in cells.iter_mut().zip(new).zip(input).zip(forget) {
            *cell = *forget * *cell + *input * *new;
        }
        memory.copy_from_slice(cells);
        Tanh {}.map_mut(memory);
        memory.iter_mut().zip(output).for_each(|(value, output)| *value *= output);
    }
}
