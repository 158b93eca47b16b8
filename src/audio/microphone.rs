//! Sound from a microphone, on a clock that continues while there is no sound.
//!
//! Three threads take part: the system's thread copies each block into a channel, the manager's thread opens and closes the
//! device, and the caller of [`Microphone::read`] converts the sound. However late it reads, nothing is lost.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::mix::StreamMaker;
use super::resample::Resampler;
use super::{Channels, Samples};
use crate::{Error, GapReason, Millis, WarningKind};

mod clock;
mod device;
mod manager;
mod name;
mod samples;
use clock::Clock;
pub use device::{Input, InputFormat, inputs};
use manager::{Command, Message, Shared, Stream};

/// A piece of what a microphone delivers.
#[derive(Clone, Debug, PartialEq)]
pub enum Sound {
    /// Sound.
    Samples(Samples),
    /// Time without sound.
    Gap {
        /// At least 1 ms.
        length: Millis,
        /// Why there is none.
        reason: GapReason,
    },
}

/// An open microphone. Its clock begins with the first sample, and is the sum of all that [`read`](Microphone::read)
/// returns.
pub struct Microphone {
    shared: Arc<Shared>,
    commands: Sender<Command>,
    messages: Receiver<Message>,
    name: String,
    clock: Clock,
    /// The current stream, with its resampler.
    stream: Option<(Stream, Resampler)>,
    ready: VecDeque<Sound>,
    maker: StreamMaker,
}

impl Microphone {
    /// Opens the input of this name, or the only one whose name contains it; `None` for the system's default.
    ///
    /// # Errors
    /// [`Error::Microphone`] if there is none or it can't be used.
    pub fn open(device: Option<&str>) -> Result<Microphone, Error> {
        let (commands, received) = channel();
        let (sender, messages) = channel();
        let begin = clock::now();
        let (shared, name) = manager::start(device.map(str::to_owned), (commands.clone(), received), sender)?;
        let (clock, ready, maker) = (Clock::new(begin), VecDeque::new(), StreamMaker::new(Channels::Mix));
        Ok(Microphone { shared, commands, messages, name, clock, stream: None, ready, maker })
    }

    /// Name of the current device.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next sound; `None` if there is none within `wait`.
    ///
    /// After a device was lost, the device of the same name, or else the default, is tried every second. When there is sound
    /// again, the time without is returned first, as a [`Sound::Gap`].
    pub fn read(&mut self, wait: Duration) -> Option<Sound> {
        let until = Instant::now() + wait;
        while self.ready.is_empty() {
            match self.messages.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => {
                    // Only after a panic of the manager; callers in a loop must not spin.
                    std::thread::sleep(until.saturating_duration_since(Instant::now()));
                    return None;
                }
            }
        }
        self.ready.pop_front()
    }

    /// The warnings since the last call, about the sound that was read.
    pub fn take_warnings(&mut self) -> Vec<WarningKind> {
        self.maker.take_warnings().collect()
    }

    /// Whether the device was lost, or has delivered nothing for more than 2 s, and is being reopened.
    pub fn is_lost(&self) -> bool {
        self.shared.is_lost()
    }

    /// Stops recording and closes the device. What was recorded before can still be [read](Microphone::read).
    pub fn pause(&mut self) {
        self.shared.pause();
        let _ = self.commands.send(Command::Pause);
    }

    /// Reopens the device after [`pause`](Microphone::pause); the next sound is a [`Sound::Gap`] of the length of the pause.
    pub fn resume(&mut self) {
        self.shared.resume();
        let _ = self.commands.send(Command::Resume);
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Opened { stream, resampler, after } => {
                self.flush();
                if let Some(reason) = after {
                    self.clock.reopened(reason);
                }
                self.name.clone_from(&stream.name);
                self.stream = Some((stream, *resampler));
            }
            Message::Closed => self.flush(),
            Message::Block { stream, at, bytes } => self.block(stream, at, &bytes),
        }
    }

    fn block(&mut self, number: u64, at: Duration, bytes: &[u8]) {
        let Some((stream, _)) = self.stream.as_ref().filter(|(stream, _)| stream.number == number) else { return };
        let (rate, channels) = (stream.rate, usize::from(stream.channels.max(1)));
        let mut sound = samples::interleaved(bytes, stream.format, channels);
        let mono = self.maker.make(&mut sound, channels, 1, rate).remove(0);
        if let Some((length, reason)) = self.clock.block(at, mono.len(), rate) {
            self.flush_resampler(rate);
            self.ready.push_back(Sound::Gap { length, reason });
        }
        let Some((_, resampler)) = &mut self.stream else { return };
        let mut made = Vec::new();
        resampler.push(&mono, &mut made);
        push(&mut self.ready, made);
    }

    /// Returns what the resampler still holds, before a gap.
    fn flush_resampler(&mut self, rate: u32) {
        let Some((_, resampler)) = &mut self.stream else { return };
        // It was made for this rate before, so this does not fail.
        let Ok(new) = Resampler::new(rate) else { return };
        let mut made = Vec::new();
        std::mem::replace(resampler, new).finish(&mut made);
        push(&mut self.ready, made);
    }

    fn flush(&mut self) {
        if let Some((_, resampler)) = self.stream.take() {
            let mut made = Vec::new();
            resampler.finish(&mut made);
            push(&mut self.ready, made);
        }
    }
}

fn push(ready: &mut VecDeque<Sound>, made: Vec<f32>) {
    if !made.is_empty() {
        ready.push_back(Sound::Samples(Samples::from_mono_16k(made)));
    }
}

impl Drop for Microphone {
    /// Waits until the device is closed, for at most a second.
    fn drop(&mut self) {
        self.shared.pause();
        let (done, wait) = channel();
        if self.commands.send(Command::End(done)).is_ok() {
            let _ = wait.recv_timeout(Duration::from_secs(1));
        }
    }
}
