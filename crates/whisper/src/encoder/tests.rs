//! Each part against a plain computation.

use super::*;

/// Pseudo-random numbers in ±1.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// The largest difference, relative to the largest value.
fn distance(ours: &[f32], plain: &[f32]) -> f32 {
    assert_eq!(ours.len(), plain.len());
    let largest = plain.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    ours.iter().zip(plain).fold(0.0f32, |most, (a, b)| most.max((a - b).abs())) / largest
}

fn plain_linear(weights: &[f32], bias: &[f32], input: &[f32]) -> Vec<f32> {
    let inputs = weights.len() / bias.len();
    let dot = |row: &[f32], frame: &[f32]| row.iter().zip(frame).map(|(a, b)| a * b).sum::<f32>();
    let of = |frame: &[f32]| weights.chunks_exact(inputs).zip(bias).map(|(row, bias)| dot(row, frame) + bias).collect();
    input.chunks_exact(inputs).flat_map(|frame| -> Vec<f32> { of(frame) }).collect()
}

fn plain_gelu(x: f32) -> f32 {
    // The common approximation; exact to 0.001.
    0.5 * x * (1.0 + (0.797_884_6 * (x + 0.044_715 * x * x * x)).tanh())
}

fn plain_norm(frame: &[f32]) -> Vec<f32> {
    let mean = frame.iter().sum::<f32>() / frame.len() as f32;
    let variance = frame.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / frame.len() as f32;
    frame.iter().map(|value| (value - mean) / (variance + 1e-5).sqrt()).collect()
}

#[test]
fn multiplies_with_weights_in_eight_bits() {
    let (weights, bias, mut input) = (numbers(192 * 128, 1), numbers(192, 2), numbers(100 * 128, 3));
    input[..128].fill(0.0);
    let plain = plain_linear(&weights, &bias, &input);
    let far = |linear: Linear| {
        let mut out = vec![0.0; 100 * 192];
        linear.apply(&input, &mut QuantisedRows::default(), &mut out);
        assert_eq!(out[..192], bias);
        distance(&out, &plain)
    };
    let (here, in_two_parts) =
        (far(Linear::new(&weights, bias.clone())), far(Linear::new(&weights, bias.clone()).in_two_parts()));
    assert!(here < 0.01, "{here}");
    assert!(in_two_parts < 0.005, "{in_two_parts}");
}

#[test]
fn convolves_three_frames() {
    let (inputs, outputs, frames) = (5, 7, 12);
    let (kernel, bias, heard) = (numbers(outputs * inputs * 3, 1), numbers(outputs, 2), numbers(frames * inputs, 3));
    let mut room = padded(frames, inputs);
    room[inputs..][..heard.len()].copy_from_slice(&heard);
    for stride in [1, 2] {
        let mut out = vec![0.0; frames / stride * outputs];
        Convolution::new(&kernel, bias.clone(), inputs, stride).apply(&room, &mut out);
        let plain = (0..frames / stride).flat_map(|frame| {
            let (kernel, bias, heard) = (&kernel, &bias, &heard);
            (0..outputs).map(move |output| {
                let mut sum = bias[output];
                for (input, near) in (0..inputs).flat_map(|input| (0..3).map(move |near| (input, near))) {
                    let from = (frame * stride + near).checked_sub(1).filter(|from| *from < frames);
                    let weight = kernel[(output * inputs + input) * 3 + near];
                    sum += from.map_or(0.0, |from| heard[from * inputs + input] * weight);
                }
                plain_gelu(sum)
            })
        });
        let far = distance(&out, &plain.collect::<Vec<f32>>());
        assert!(far < 0.002, "{far}");
    }
}

#[test]
fn attends_to_all_frames() {
    let (width, count) = (128, 150);
    let weights: Vec<f32> = numbers(3 * width * width, 1).iter().map(|weight| weight * 0.2).collect();
    let (biases, out_weights, out_bias) = (numbers(3 * width, 2), numbers(width * width, 3), numbers(width, 4));
    let frames = numbers(count * width, 5);
    let norm = Norm::new(vec![1.0; width], vec![0.0; width]);
    let attention = Attention::new(Linear::new(&weights, biases.clone()), Linear::new(&out_weights, out_bias.clone()));
    let mut ours = frames.clone();
    attention.add(&norm, &mut ours, &mut AttentionScratch::default());

    let normed: Vec<f32> = frames.chunks_exact(width).flat_map(plain_norm).collect();
    let asked = plain_linear(&weights, &biases, &normed);
    let part = |frame: usize, which: usize, head: usize| &asked[(frame * 3 + which) * width + head * 64..][..64];
    let mut taken = vec![0.0; count * width];
    for (frame, head) in (0..count).flat_map(|frame| (0..2).map(move |head| (frame, head))) {
        let look = |other| part(frame, 0, head).iter().zip(part(other, 1, head)).map(|(q, k)| q * k).sum::<f32>() / 8.0;
        let looks: Vec<f32> = (0..count).map(look).collect();
        let most = looks.iter().copied().fold(f32::MIN, f32::max);
        let sum: f32 = looks.iter().map(|look| (look - most).exp()).sum();
        for (other, look) in looks.iter().enumerate() {
            let place = taken[frame * width + head * 64..][..64].iter_mut();
            place.zip(part(other, 2, head)).for_each(|(to, value)| *to += value * (look - most).exp() / sum);
        }
    }
    let mut plain = plain_linear(&out_weights, &out_bias, &taken);
    add(&mut plain, &frames);
    let far = distance(&ours, &plain);
    assert!(far < 0.03, "{far}");
}
