//! From the bytes of a device to samples of its channels.

use cpal::SampleFormat;

/// Can [`interleaved`] read it?
pub(super) fn is_known(format: SampleFormat) -> bool {
    format.is_int() || format.is_uint() || format.is_float()
}

/// The samples of whole frames of interleaved channels in `bytes`, in `-1.0..=1.0` as far as the device keeps to it.
pub(super) fn interleaved(bytes: &[u8], format: SampleFormat, channels: usize) -> Vec<f32> {
    use SampleFormat as F;
    match format {
        F::I8 => each(bytes, channels, |b| f64::from(i8::from_ne_bytes(b)) / 128.0),
        F::I16 => each(bytes, channels, |b| f64::from(i16::from_ne_bytes(b)) / 32_768.0),
        // In the lower 24 of 32 bits; what is above may be anything.
        F::I24 => each(bytes, channels, |b| f64::from(i32::from_ne_bytes(b) << 8) / 2_147_483_648.0),
        F::I32 => each(bytes, channels, |b| f64::from(i32::from_ne_bytes(b)) / 2_147_483_648.0),
        F::I64 => each(bytes, channels, |b| i64::from_ne_bytes(b) as f64 / 9_223_372_036_854_775_808.0),
        F::U8 => each(bytes, channels, |b| f64::from(u8::from_ne_bytes(b)) / 128.0 - 1.0),
        F::U16 => each(bytes, channels, |b| f64::from(u16::from_ne_bytes(b)) / 32_768.0 - 1.0),
        F::U24 => each(bytes, channels, |b| f64::from(u32::from_ne_bytes(b) << 8) / 2_147_483_648.0 - 1.0),
        F::U32 => each(bytes, channels, |b| f64::from(u32::from_ne_bytes(b)) / 2_147_483_648.0 - 1.0),
        F::U64 => each(bytes, channels, |b| u64::from_ne_bytes(b) as f64 / 9_223_372_036_854_775_808.0 - 1.0),
        F::F32 => each(bytes, channels, |b| f64::from(f32::from_ne_bytes(b))),
        F::F64 => each(bytes, channels, f64::from_ne_bytes),
        _ => Vec::new(),
    }
}

fn each<const N: usize>(bytes: &[u8], channels: usize, read: impl Fn([u8; N]) -> f64) -> Vec<f32> {
    let whole = bytes.len() / (N * channels.max(1)) * channels.max(1);
    bytes.as_chunks::<N>().0[..whole].iter().map(|sample| read(*sample) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zero, half of full scale, the lowest value.
    const WANTED: [f32; 3] = [0.0, 0.5, -1.0];

    #[test]
    fn every_format_has_its_zero_and_its_scale() {
        use SampleFormat as F;
        macro_rules! same {
            ($format:expr, $values:expr) => {
                let bytes: Vec<u8> = $values.iter().flat_map(|v| v.to_ne_bytes()).collect();
                assert_eq!(interleaved(&bytes, $format, 1), WANTED, "{}", $format);
                assert!(is_known($format));
            };
        }
        same!(F::I8, [0_i8, 64, i8::MIN]);
        same!(F::I16, [0_i16, 1 << 14, i16::MIN]);
        same!(F::I24, [0x5500_0000_i32, 1 << 22, -(1 << 23)]);
        same!(F::I32, [0_i32, 1 << 30, i32::MIN]);
        same!(F::I64, [0_i64, 1 << 62, i64::MIN]);
        same!(F::U8, [128_u8, 192, 0]);
        same!(F::U16, [1_u16 << 15, 3 << 14, 0]);
        same!(F::U24, [1_u32 << 23, 3 << 22, 0xff00_0000]);
        same!(F::U32, [1_u32 << 31, 3 << 30, 0]);
        same!(F::U64, [1_u64 << 63, 3 << 62, 0]);
        same!(F::F32, WANTED);
        same!(F::F64, [0.0_f64, 0.5, -1.0]);
        assert!(!is_known(F::DsdU8) && interleaved(&[1, 2, 3], F::DsdU8, 1).is_empty());
    }

    #[test]
    fn only_whole_frames_are_read() {
        let bytes: Vec<u8> =
            [16_384_i16, 0, -16_384, -32_768, 8_192, 1, 2].iter().flat_map(|v| v.to_ne_bytes()).collect();
        assert_eq!(interleaved(&bytes, SampleFormat::I16, 3), [0.5, 0.0, -0.5, -1.0, 0.25, 1.0 / 32_768.0]);
        assert!(interleaved(&bytes[..1], SampleFormat::I16, 0).is_empty());
    }
}
