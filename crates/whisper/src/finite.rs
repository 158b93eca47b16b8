//! Keeps what is no number away from whisper.cpp.
//!
//! A damaged model, even one whose weights are all finite, can lead to NaN and infinite values. whisper.cpp sorts hypotheses by
//! the logits and follows the attention backwards through time, and with such values it does both beyond the end of its memory.
//! So they are replaced before it reads them, and whoever asked for the work is told.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};

use whisper_rs_sys as sys;

/// Are these logits as they should be? Those that whisper.cpp has excluded are −∞, but never all of them.
pub(crate) fn are_logits(logits: &[f32]) -> bool {
    logits.iter().all(|logit| *logit < f32::INFINITY) && logits.iter().any(|logit| logit.is_finite())
}

/// A callback of whisper.cpp for the logits of a hypothesis, on whatever thread: replaces all of them unless [`are_logits`].
///
/// # Safety
/// whisper.cpp calls it, and `damaged` points to an [`AtomicBool`], which becomes `true` if they were replaced.
pub(crate) unsafe extern "C" fn check_logits(
    context: *mut sys::whisper_context,
    _: *mut sys::whisper_state,
    _: *const sys::whisper_token_data,
    _: c_int,
    logits: *mut f32,
    damaged: *mut c_void,
) {
    // SAFETY: whisper.cpp passes as many logits as it has tokens; and as for the caller.
    let (logits, damaged) = unsafe {
        let count = usize::try_from(sys::whisper_n_vocab(context)).unwrap_or(0);
        (std::slice::from_raw_parts_mut(logits, count), &*damaged.cast::<AtomicBool>())
    };
    if !are_logits(logits) {
        logits.fill(0.0);
        damaged.store(true, Ordering::Relaxed);
    }
}

thread_local! {
    static ATTENTION_REPLACED: Cell<bool> = const { Cell::new(false) };
}

/// Replaces all of `attention` unless it consists of shares of 1, as a softmax gives them. From such shares, whatever their
/// number, whisper.cpp's norm, median and mean make finite costs, and with finite costs its alignment stays within its memory.
pub(crate) fn check_attention(attention: &mut [f32]) {
    // A little above 1 for rounding.
    if !attention.iter().all(|share| (0.0..=1.5).contains(share)) {
        attention.fill(0.0);
        ATTENTION_REPLACED.set(true);
    }
}

/// Was attention replaced on this thread since the last call?
pub(crate) fn take_attention_replaced() -> bool {
    ATTENTION_REPLACED.take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_may_be_excluded_but_not_all_and_none_is_more_than_finite() {
        assert!(are_logits(&[1.0, f32::NEG_INFINITY, -3e38]));
        for wrong in [f32::NAN, f32::INFINITY] {
            assert!(!are_logits(&[1.0, wrong, 2.0]), "{wrong}");
        }
        assert!(!are_logits(&[f32::NEG_INFINITY; 3]) && !are_logits(&[]));
    }

    #[test]
    fn attention_that_is_no_share_is_replaced_and_told_once() {
        let mut sound = [0.0, 0.25, 1.0];
        check_attention(&mut sound);
        assert!(sound == [0.0, 0.25, 1.0] && !take_attention_replaced());
        for wrong in [f32::NAN, f32::INFINITY, -1.0, 3e38] {
            let mut attention = [0.5, wrong, 0.5];
            check_attention(&mut attention);
            assert_eq!(attention, [0.0; 3], "{wrong}");
            assert!(take_attention_replaced() && !take_attention_replaced());
        }
    }
}
