//! Which weights a Whisper model has: whisper.cpp's `whisper_model_load` (1.8.3), as a table.

use super::{AUDIO_CONTEXT, Header, TEXT_CONTEXT};

/// How the numbers of a tensor are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TensorType {
    /// `ggml_type` in ggml.h.
    pub(super) id: u32,
    pub(super) name: &'static str,
    /// Numbers that are stored together.
    pub(super) block: u32,
    /// Bytes of a block.
    pub(super) bytes: u32,
}

const F32: TensorType = TensorType { id: 0, name: "f32", block: 1, bytes: 4 };
const F16: TensorType = TensorType { id: 1, name: "f16", block: 1, bytes: 2 };

/// `ggml_ftype` of a file and the type of its large weights, for those that whisper.cpp's tools write.
const TYPES: [(u32, TensorType); 12] = [
    (0, F32),
    (1, F16),
    (2, TensorType { id: 2, name: "q4_0", block: 32, bytes: 18 }),
    (3, TensorType { id: 3, name: "q4_1", block: 32, bytes: 20 }),
    (7, TensorType { id: 8, name: "q8_0", block: 32, bytes: 34 }),
    (8, TensorType { id: 6, name: "q5_0", block: 32, bytes: 22 }),
    (9, TensorType { id: 7, name: "q5_1", block: 32, bytes: 24 }),
    (10, TensorType { id: 10, name: "q2_k", block: 256, bytes: 84 }),
    (11, TensorType { id: 11, name: "q3_k", block: 256, bytes: 110 }),
    (12, TensorType { id: 12, name: "q4_k", block: 256, bytes: 144 }),
    (13, TensorType { id: 13, name: "q5_k", block: 256, bytes: 176 }),
    (14, TensorType { id: 14, name: "q6_k", block: 256, bytes: 210 }),
];

impl TensorType {
    /// The type of the large weights in a file whose header has this `ftype`; `None` if ggml would end the process, or read
    /// blocks of an older layout (the thousands are the version of the layout: 2 since May 2023).
    pub(super) fn of_file(ftype: u32) -> Option<TensorType> {
        let (_, kind) = TYPES.iter().find(|(number, _)| *number == ftype % 1000)?;
        let version = ftype / 1000;
        let known = if kind.block == 1 { version <= 2 } else { version == 2 };
        known.then_some(*kind)
    }
}

/// Type and shape of a weight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) tensor_type: TensorType,
    /// The fastest-varying first; 1 where there is none.
    pub(super) sizes: [u32; 3],
}

impl Shape {
    pub(super) fn numbers(self) -> usize {
        self.sizes.iter().map(|size| *size as usize).product()
    }

    pub(super) fn bytes(self) -> u64 {
        self.numbers() as u64 / u64::from(self.tensor_type.block) * u64::from(self.tensor_type.bytes)
    }
}

/// All weights of the model that `header` describes, by name, in any order.
pub(super) fn expected(header: &Header, kind: TensorType) -> Vec<(String, Shape)> {
    let wide = header.width;
    let convolution = if kind == F32 { F32 } else { F16 };
    let mut all = Vec::new();
    let mut put =
        |name: String, tensor_type: TensorType, sizes: [u32; 3]| all.push((name, Shape { tensor_type, sizes }));

    for (side, context) in [("encoder", AUDIO_CONTEXT), ("decoder", TEXT_CONTEXT)] {
        put(format!("{side}.positional_embedding"), F32, [wide, context, 1]);
    }
    put("decoder.token_embedding.weight".into(), kind, [wide, header.vocabulary, 1]);
    for (name, bands) in [("encoder.conv1", header.mels), ("encoder.conv2", wide)] {
        put(format!("{name}.weight"), convolution, [3, bands, wide]);
        put(format!("{name}.bias"), F32, [1, wide, 1]);
    }
    let norm = |put: &mut dyn FnMut(String, TensorType, [u32; 3]), name: String| {
        put(format!("{name}.weight"), F32, [wide, 1, 1]);
        put(format!("{name}.bias"), F32, [wide, 1, 1]);
    };
    norm(&mut put, "encoder.ln_post".into());
    norm(&mut put, "decoder.ln".into());

    let blocks =
        [("encoder", header.audio_layers, &["attn"][..]), ("decoder", header.text_layers, &["attn", "cross_attn"])];
    for (side, layers, attentions) in blocks {
        for layer in (0..layers).map(|i| format!("{side}.blocks.{i}")) {
            norm(&mut put, format!("{layer}.mlp_ln"));
            for (part, from, to) in [("mlp.0", wide, 4 * wide), ("mlp.2", 4 * wide, wide)] {
                put(format!("{layer}.{part}.weight"), kind, [from, to, 1]);
                put(format!("{layer}.{part}.bias"), F32, [to, 1, 1]);
            }
            for attention in attentions {
                norm(&mut put, format!("{layer}.{attention}_ln"));
                for part in ["query", "key", "value", "out"] {
                    put(format!("{layer}.{attention}.{part}.weight"), kind, [wide, wide, 1]);
                    // Whisper's keys have no bias.
                    if part != "key" {
                        put(format!("{layer}.{attention}.{part}.bias"), F32, [wide, 1, 1]);
                    }
                }
            }
        }
    }
    all
}
