//! Sound from a microphone, on a clock that goes on while nothing is heard.
//!
//! Three parties: the system's thread copies each block into a channel (`keeper` tells it to), the keeper's thread looks
//! after the device, and whoever calls [`Microphone::read`] converts the sound. However late that is, nothing is lost.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::Samples;
use super::resample::Resampler;
use crate::{Error, GapReason, Millis};

mod clock;
mod device;
mod keeper;
mod mono;
mod name;
use clock::Clock;
pub use device::{Input, InputFormat, inputs};
use keeper::{Message, Order, Shared, Stream};

/// What came from the microphone.
#[derive(Clone, Debug, PartialEq)]
pub enum Sound {
    /// The next on the clock.
    Samples(Samples),
    /// Time of which there is no sound.
    Gap {
        /// How long; at least 1 ms.
        length: Millis,
        /// Why.
        reason: GapReason,
    },
}

/// An open microphone. Its clock begins with the first sample, and is the sum of all that [`read`](Microphone::read) gives.
pub struct Microphone {
    shared: Arc<Shared>,
    orders: Sender<Order>,
    messages: Receiver<Message>,
    name: String,
    clock: Clock,
    /// The stream that is heard, with its resampler.
    stream: Option<(Stream, Resampler)>,
    ready: VecDeque<Sound>,
    mono: Vec<f32>,
}

impl Microphone {
    /// Opens the input of this name, or a part of it that no other has; `None`: the system's default.
    ///
    /// # Errors
    /// [`Error::Microphone`] if there is none or it cannot be used.
    pub fn open(device: Option<&str>) -> Result<Microphone, Error> {
        let (orders, inbox) = channel();
        let (outbox, messages) = channel();
        let begin = clock::now();
        let (shared, name) = keeper::start(device.map(str::to_owned), (orders.clone(), inbox), outbox)?;
        let (ready, mono) = (VecDeque::new(), Vec::new());
        Ok(Microphone { shared, orders, messages, name, clock: Clock::new(begin), stream: None, ready, mono })
    }

    /// The device that was opened, or that took its place.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next sound; waits at most `wait` for it. `None`: nothing came.
    ///
    /// A device that is gone is looked for every second: the one of the same name, or else the default. When sound comes
    /// again, the time without is given first, as a [`Sound::Gap`].
    pub fn read(&mut self, wait: Duration) -> Option<Sound> {
        let until = Instant::now() + wait;
        while self.ready.is_empty() {
            match self.messages.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => {
                    // Only a panic of the keeper leads here; who calls us in a loop shall not spin.
                    std::thread::sleep(until.saturating_duration_since(Instant::now()));
                    return None;
                }
            }
        }
        self.ready.pop_front()
    }

    /// Is the device gone, or silent for more than 2 s? Then it is being looked for.
    pub fn is_lost(&self) -> bool {
        self.shared.is_lost()
    }

    /// From now on nothing is recorded, and the device is closed. What was recorded before can still be
    /// [read](Microphone::read), to its end.
    pub fn pause(&mut self) {
        self.shared.pause();
        let _ = self.orders.send(Order::Pause);
    }

    /// Opens the device again after [`pause`](Microphone::pause); the first sound is a [`Sound::Gap`] as long as the pause.
    pub fn resume(&mut self) {
        self.shared.resume();
        let _ = self.orders.send(Order::Resume);
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
        let rate = stream.rate;
        self.mono.clear();
        mono::mix(bytes, stream.format, stream.channels.into(), &mut self.mono);
        if let Some((length, reason)) = self.clock.block(at, self.mono.len(), rate) {
            self.give_rest(rate);
            self.ready.push_back(Sound::Gap { length, reason });
        }
        let Some((_, resampler)) = &mut self.stream else { return };
        let mut made = Vec::new();
        resampler.push(&self.mono, &mut made);
        give(&mut self.ready, made);
    }

    /// What the resampler still holds, before a gap.
    fn give_rest(&mut self, rate: u32) {
        let Some((_, resampler)) = &mut self.stream else { return };
        // It could be made for this rate before.
        let Ok(new) = Resampler::new(rate) else { return };
        let mut made = Vec::new();
        std::mem::replace(resampler, new).finish(&mut made);
        give(&mut self.ready, made);
    }

    fn flush(&mut self) {
        if let Some((_, resampler)) = self.stream.take() {
            let mut made = Vec::new();
            resampler.finish(&mut made);
            give(&mut self.ready, made);
        }
    }
}

fn give(ready: &mut VecDeque<Sound>, made: Vec<f32>) {
    if !made.is_empty() {
        ready.push_back(Sound::Samples(Samples::from_mono_16k(made)));
    }
}

impl Drop for Microphone {
    /// The device is free for others, or closing it takes long.
    fn drop(&mut self) {
        self.shared.pause();
        let (done, wait) = channel();
        if self.orders.send(Order::End(done)).is_ok() {
            let _ = wait.recv_timeout(Duration::from_secs(1));
        }
    }
}
