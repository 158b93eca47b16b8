//! Files that were put together of several: what follows the first has another sample rate, a clock or a header of its own.

use std::path::Path;

use symphonia::core::packet::Packet;

use super::{Decoder, open};
use crate::WarningKind;
use crate::audio::codecs::{Chosen, check_rate, choose, is_lossy, mpeg_audio_form};
use crate::audio::matroska;

impl Decoder {
    /// A chained stream continues with new parameters, which need a new decoder.
    pub(super) fn follow_new_track(&mut self) {
        let chosen = choose(&*self.reader, None, &[]).map_err(|error| error.reason);
        let rate = |chosen: &Chosen| chosen.decoder.codec_params().sample_rate.map_or(Ok(self.rate), check_rate);
        match chosen.and_then(|chosen| Ok((rate(&chosen)?, chosen))) {
            Ok((rate, Chosen { track, decoder, .. })) => {
                self.track = track.id;
                self.time_base = track.time_base.unwrap_or(self.time_base);
                self.position = self.position * i128::from(rate) / i128::from(self.rate);
                self.rate = rate;
                self.is_lossy = is_lossy(&*decoder);
                self.decoder = decoder;
                self.origin = -self.position;
            }
            Err(detail) => self.end(Some(WarningKind::RestUndecodable { detail })),
        }
    }

    /// Goes on with what was appended to a Matroska file, as by a browser's recorder that was started again; whether there is any.
    pub(super) fn next_file(&mut self) -> bool {
        let next = self.matroska.as_mut().and_then(|file| {
            let at = matroska::appended(file, self.file_start)?;
            let source = matroska::Rest::new(file.try_clone().ok()?, at).ok()?;
            Some((at, open::probe(Box::new(source), Path::new("")).ok()?))
        });
        let Some((at, reader)) = next else { return false };
        (self.file_start, self.reader) = (at, reader);
        self.follow_new_track();
        true
    }

    /// MPEG audio that was appended may have another sample rate or number of channels, for which the decoder does not change. In a
    /// damaged file a header can say anything, but two in a row do not say the same.
    pub(super) fn follow_new_form(&mut self, packet: &Packet) {
        let form = mpeg_audio_form(&packet.data).filter(|_| self.endless);
        if form == self.form {
            return;
        }
        if self.form.is_some() {
            if self.ahead.is_empty()
                && let Ok(Some(next)) = self.reader.next_packet()
            {
                self.ahead.push_back(next);
            }
            let next = self.ahead.front().and_then(|next| mpeg_audio_form(&next.data));
            match choose(&*self.reader, Some(self.number), &[]) {
                Ok(chosen) if next == form => self.decoder = chosen.decoder,
                _ => return,
            }
        }
        self.form = form;
    }
}
