//! Which of several audio tracks is read if none is selected: the default one, unless it is silent and another is not.

use std::fs::File;
use std::path::Path;

use super::codecs::{OpenError, check_rate};
use super::decode::Decoder;
use super::ffmpeg::{self, Ffmpeg, Found};
use super::selection::{Channels, Selection};
use super::source::catch_panics;
use crate::{Warning, WarningKind};

/// A sample of this size is sound: 80 dB below full scale.
const AUDIBLE: f32 = 1e-4;

/// Opens `file`, which is at `path`, at the selected track, or else at the best.
pub(super) fn open(file: File, path: &Path, selection: &Selection) -> Result<Decoder, OpenError> {
    let mut decoder = Decoder::open(file, path, selection)?;
    let tracks = decoder.layout().tracks;
    if selection.track.is_some() || tracks < 2 {
        return Ok(decoder);
    }
    let open = |track| {
        let file = crate::files::open_regular(path).map_err(|e| OpenError::new(e.to_string()))?;
        Decoder::open(file, path, &Selection { track: Some(track), ..*selection })
    };
    let default = decoder.number();
    let track = best(default, tracks, |track| catch_panics(|| Ok(decoder_is_audible(open(track)?))).unwrap_or(false));
    if track != default {
        decoder = open(track)?;
    }
    decoder.warn(told(default, track, tracks));
    Ok(decoder)
}

/// Opens the file at `path` at the first track that can be decoded, for this reason why the default one can't; `None` if there is none.
pub(super) fn open_another(path: &Path, selection: &Selection, error: &OpenError) -> Option<Decoder> {
    let (default, tracks) = error.default?;
    let mut others = (1..=tracks).filter(|track| *track != default).filter_map(|track| {
        let file = crate::files::open_regular(path).ok()?;
        let selection = Selection { track: Some(track), ..*selection };
        Some((track, catch_panics(|| Decoder::open(file, path, &selection)).ok()?))
    });
    let (track, mut decoder) = others.next()?;
    decoder.warn(WarningKind::TrackUndecodable {
        undecodable: default.into(),
        track: track.into(),
        detail: error.reason.clone(),
    });
    Some(decoder)
}

/// An `ffmpeg` that has begun.
pub(super) struct Started {
    pub(super) ffmpeg: Ffmpeg,
    /// Only its first sound tells whether it can decode the file.
    pub(super) first: Result<Vec<Vec<f32>>, String>,
    pub(super) warnings: Vec<Warning>,
}

/// Starts an installed `ffmpeg` at the selected track, or else at the best; `None` if there is none.
///
/// # Errors
/// The reason, if the sample rate can't be read.
pub(super) fn start_ffmpeg(path: &Path, track: Option<u16>, channels: Channels) -> Result<Option<Started>, String> {
    let start = |track| Ffmpeg::start(path, track, channels);
    let found = ffmpeg::find(path, track);
    // ffmpeg takes any rate, and makes hours of a second of 1 Hz.
    found.as_ref().and_then(|found| found.rate).map_or(Ok(0), check_rate)?;
    let mut warnings = Vec::new();
    let mut chosen = track.unwrap_or(1);
    if let Some(Found { layout, default, .. }) = found.filter(|found| track.is_none() && found.layout.tracks > 1) {
        chosen = best(default, layout.tracks, |track| start(track).is_some_and(ffmpeg_is_audible));
        warnings = vec![Warning::new(None, told(default, chosen, layout.tracks))];
    }
    Ok(start(chosen).map(|mut ffmpeg| {
        let first = ffmpeg.read();
        Started { ffmpeg, first, warnings }
    }))
}

/// The number of the default track if it is audible, or else of the first that is; the default one if none is.
fn best(default: u16, tracks: u16, mut is_audible: impl FnMut(u16) -> bool) -> u16 {
    let others = (1..=tracks).filter(|track| *track != default);
    [default].into_iter().chain(others).find(|track| is_audible(*track)).unwrap_or(default)
}

fn told(default: u16, track: u16, tracks: u16) -> WarningKind {
    match track == default {
        true => WarningKind::SeveralTracks { tracks: tracks.into(), track: track.into() },
        false => WarningKind::TrackSilent { silent: default.into(), track: track.into() },
    }
}

fn decoder_is_audible(mut decoder: Decoder) -> bool {
    std::iter::from_fn(|| decoder.next()).any(|block| is_audible(&block.streams))
}

fn ffmpeg_is_audible(mut ffmpeg: Ffmpeg) -> bool {
    std::iter::from_fn(|| ffmpeg.read().ok().filter(|streams| !streams.is_empty())).any(|streams| is_audible(&streams))
}

fn is_audible(streams: &[Vec<f32>]) -> bool {
    streams.iter().flatten().any(|sample| sample.abs() > AUDIBLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_track_is_read_unless_it_alone_is_silent() {
        let of = |audible: &[u16]| best(2, 4, |track| audible.contains(&track));
        assert_eq!([of(&[1, 2, 3]), of(&[3, 4]), of(&[1]), of(&[])], [2, 3, 1, 2]);
    }
}
