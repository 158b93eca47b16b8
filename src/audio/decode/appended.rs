//! Files that were put together of several: what follows the first has another sample rate, a clock or a header of its own.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use symphonia::core::io::MediaSource;
use symphonia::core::packet::Packet;

use super::{Decoder, open};
use crate::WarningKind;
use crate::audio::codecs::{Chosen, check_rate, choose, is_lossy, mpeg_audio_form};
use crate::audio::{adts, matroska};

/// A file that may be put together of several, of which its reader does not know.
pub(super) struct Joined {
    pub(super) file: File,
    /// Otherwise it is ADTS, whose reader would take the next for more of the first.
    pub(super) is_matroska: bool,
    /// Where that begins which is read of it, and where the next, as far as that was looked for.
    start: u64,
    next: Option<u64>,
}

impl Joined {
    /// The same file as that of the reader of this container; `None` if the reader finds itself what was appended.
    pub(super) fn of(file: File, container: &str) -> Option<Joined> {
        let is_matroska = container == "matroska";
        let mut joined = Joined { file, is_matroska, start: 0, next: None };
        if container == "aac" {
            // The reader goes on from here.
            let here = joined.file.stream_position().ok()?;
            joined.next = joined.find_next();
            joined.file.seek(SeekFrom::Start(here)).ok()?;
        }
        (is_matroska || joined.next.is_some()).then_some(joined)
    }

    /// The first of several; `None` if the reader ends there itself.
    pub(super) fn first(&self) -> Option<Section> {
        self.next.and_then(|_| self.section().ok())
    }

    /// The next, if there is one.
    fn next(&mut self) -> Option<Section> {
        self.start = self.next.or_else(|| self.find_next())?;
        self.next = self.find_next();
        self.section().ok()
    }

    fn find_next(&mut self) -> Option<u64> {
        match self.is_matroska {
            true => matroska::appended(&mut self.file, self.start),
            false => adts::appended(&mut self.file, self.start),
        }
    }

    fn section(&self) -> io::Result<Section> {
        let mut file = self.file.try_clone()?;
        let end = self.next.map_or_else(|| file.metadata().map(|meta| meta.len()), Ok)?;
        file.seek(SeekFrom::Start(self.start))?;
        Ok(Section { file, from: self.start, at: self.start, end })
    }
}

/// A part of a file, as one of its own.
pub(super) struct Section {
    file: File,
    from: u64,
    at: u64,
    end: u64,
}

impl Read for Section {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = to.len().min(left);
        let count = self.file.read(&mut to[..most])?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Section {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => SeekFrom::Start(at.saturating_add(self.from)),
            SeekFrom::End(by) => SeekFrom::Start(self.end.saturating_add_signed(by)),
            other => other,
        };
        self.at = self.file.seek(to)?;
        self.at.checked_sub(self.from).ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}

impl MediaSource for Section {
    fn is_seekable(&self) -> bool {
        true
    }
    fn byte_len(&self) -> Option<u64> {
        Some(self.end.saturating_sub(self.from))
    }
}

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

    /// Goes on with what was appended, as by a browser's recorder that was started again; whether there is any.
    pub(super) fn next_file(&mut self) -> bool {
        let next = self.joined.as_mut().and_then(Joined::next);
        let Some(reader) = next.and_then(|next| open::probe(Box::new(next), Path::new("")).ok()) else { return false };
        self.reader = reader;
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
