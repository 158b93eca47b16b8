//! Keeps a stream open: closes it for a pause, and opens it again when the device was gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait as _, StreamTrait as _};
use cpal::{ErrorKind, SampleFormat};

use super::device::{attempts, config, failed, find, microphone, quiet};
use super::{Resampler, clock};
use crate::{Error, GapReason, MicrophoneErrorKind};

/// A device that gives nothing for so long is lost, although the system says nothing.
const SILENT: Duration = Duration::from_secs(2);
/// And after so long it is opened anew. Some take 3 or 4 s to begin, e.g. over Bluetooth.
const GIVE_UP: Duration = Duration::from_secs(5);
/// How often a device that is gone is looked for.
const AGAIN: Duration = Duration::from_secs(1);
/// How long closing may take. What a stream gives after it is ignored.
const CLOSING: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// What a stream gives.
pub(super) struct Stream {
    /// Counted from 1.
    pub(super) number: u64,
    /// The device's.
    pub(super) name: String,
    pub(super) rate: u32,
    pub(super) channels: u16,
    pub(super) format: SampleFormat,
}

/// What the reader gets to know, in order.
pub(super) enum Message {
    /// Blocks of this stream follow. `after`: why there was none before.
    Opened { stream: Stream, resampler: Box<Resampler>, after: Option<GapReason> },
    /// Sound as the device gives it, and when that came.
    Block { stream: u64, at: Duration, bytes: Vec<u8> },
    /// No more blocks.
    Closed,
}

/// What the keeper is told.
pub(super) enum Order {
    Pause,
    Resume,
    /// The stream of this number cannot go on.
    Failed(u64),
    /// Closes the stream, says so, and ends.
    End(Sender<()>),
}

/// What all threads see.
pub(super) struct Shared {
    lost: AtomicBool,
    paused: AtomicBool,
    /// Blocks so far.
    blocks: AtomicU64,
}

impl Shared {
    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// The next block is not recorded any more, even if the device is closed only later.
    pub(super) fn pause(&self) {
        self.paused.store(true, Ordering::Release);
    }

    /// Counts at once, so that an order to resume that comes late can't undo a later pause.
    pub(super) fn resume(&self) {
        self.paused.store(false, Ordering::Release);
    }
}

/// Opens the device and keeps it open in a thread of its own; gives the device's name.
pub(super) fn start(
    wanted: Option<String>,
    (orders, inbox): (Sender<Order>, Receiver<Order>),
    outbox: Sender<Message>,
) -> Result<(Arc<Shared>, String), Error> {
    let shared =
        Arc::new(Shared { lost: AtomicBool::new(false), paused: AtomicBool::new(false), blocks: AtomicU64::new(0) });
    let (told, answer) = channel();
    let for_keeper = shared.clone();
    let run = move || {
        quiet();
        let mut keeper = Keeper { shared: for_keeper, orders, outbox, count: 0, wanted: None, open: None, after: None };
        match keeper.open(wanted.as_deref()) {
            Ok(name) => {
                keeper.wanted = wanted.map(|_| name.clone());
                let _ = told.send(Ok(name));
                keeper.keep(&inbox);
            }
            Err(error) => drop(told.send(Err(error))),
        }
    };
    let thread = std::thread::Builder::new().name("microphone".into()).spawn(run);
    thread.map_err(|e| microphone(format!("the microphone cannot be used: {e}"), MicrophoneErrorKind::Other))?;
    let name = answer
        .recv()
        .unwrap_or_else(|_| Err(microphone("the microphone cannot be used", MicrophoneErrorKind::Other)))?;
    Ok((shared, name))
}

struct Keeper {
    shared: Arc<Shared>,
    orders: Sender<Order>,
    outbox: Sender<Message>,
    /// Streams so far.
    count: u64,
    /// The name of the device that was asked for; `None`: the default.
    wanted: Option<String>,
    open: Option<Open>,
    /// Why there is no stream at present.
    after: Option<GapReason>,
}

struct Open {
    stream: cpal::Stream,
    number: u64,
    /// Blocks when it last gave something, and when that was.
    blocks: u64,
    heard: Instant,
}

impl Keeper {
    fn keep(mut self, inbox: &Receiver<Order>) {
        let mut next = Instant::now();
        loop {
            match inbox.recv_timeout(TICK) {
                Ok(Order::End(done)) => {
                    self.close(None);
                    let _ = done.send(());
                    return;
                }
                Ok(Order::Pause) => {
                    self.shared.lost.store(false, Ordering::Release);
                    self.close(Some(GapReason::Paused));
                }
                Ok(Order::Resume) => next = Instant::now(),
                Ok(Order::Failed(number)) if self.open.as_ref().is_some_and(|open| open.number == number) => {
                    self.close(Some(GapReason::Lost));
                    next = Instant::now();
                }
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.shared.paused.load(Ordering::Acquire) {
                continue;
            }
            if self.open.as_mut().is_some_and(|open| open.is_silent(&self.shared)) {
                self.close(Some(GapReason::Lost));
            }
            if self.open.is_none() && Instant::now() >= next {
                let found = self.wanted.clone().is_some_and(|name| self.open(Some(&name)).is_ok());
                if !found && self.open(None).is_err() {
                    self.shared.lost.store(true, Ordering::Release);
                }
                next = Instant::now() + AGAIN;
            }
        }
    }

    fn close(&mut self, why: Option<GapReason>) {
        if let Some(open) = self.open.take() {
            shut(open.stream);
            let _ = self.outbox.send(Message::Closed);
        }
        // Who pauses wants to know of the pause, whatever the device did then.
        if self.after != Some(GapReason::Paused) {
            self.after = why.or(self.after);
        }
    }

    /// Opens a device and gives its name.
    fn open(&mut self, wanted: Option<&str>) -> Result<String, Error> {
        // Each time anew, or else what ALSA said would pile up.
        quiet();
        let (device, name) = find(wanted)?;
        let asked = wanted.map(|_| name.as_str());
        let config = config(&device).map_err(|e| failed(asked, &e))?;
        let resampler = Resampler::new(config.sample_rate()).map_err(|e| microphone(e, MicrophoneErrorKind::Other))?;
        let number = self.count + 1;
        let mut opened = Err(ErrorKind::UnsupportedConfig.into());
        for attempt in attempts(&config) {
            opened = self.stream(&device, attempt, config.sample_format(), number);
            if opened.is_ok() {
                break;
            }
        }
        let stream = opened.map_err(|e| failed(asked, &e))?;
        self.count = number;
        let told = Stream {
            number,
            name: name.clone(),
            rate: config.sample_rate(),
            channels: config.channels(),
            format: config.sample_format(),
        };
        // Before the first block, so the reader knows what to do with it.
        let _ = self.outbox.send(Message::Opened { stream: told, resampler: Box::new(resampler), after: self.after });
        if let Err(error) = stream.play() {
            shut(stream);
            let _ = self.outbox.send(Message::Closed);
            return Err(failed(asked, &error));
        }
        self.after = None;
        let blocks = self.shared.blocks.load(Ordering::Acquire);
        self.open = Some(Open { stream, number, blocks, heard: Instant::now() });
        Ok(name)
    }

    fn stream(
        &self,
        device: &cpal::Device,
        config: cpal::StreamConfig,
        format: SampleFormat,
        number: u64,
    ) -> Result<cpal::Stream, cpal::Error> {
        let (shared, outbox) = (self.shared.clone(), self.outbox.clone());
        let mut is_new = true;
        let take = move |data: &cpal::Data, _: &cpal::InputCallbackInfo| {
            let at = clock::now();
            if std::mem::take(&mut is_new) {
                quiet();
            }
            shared.blocks.fetch_add(1, Ordering::AcqRel);
            shared.lost.store(false, Ordering::Release);
            if !shared.paused.load(Ordering::Acquire) {
                let _ = outbox.send(Message::Block { stream: number, at, bytes: data.bytes().to_vec() });
            }
        };
        let (shared, orders) = (self.shared.clone(), self.orders.clone());
        let mut is_told = false;
        let fail = move |error: cpal::Error| {
            // With these the stream goes on. What an overrun lost, the clock notices.
            let goes_on =
                matches!(error.kind(), ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied);
            // ALSA's thread repeats an error as fast as it can.
            if !goes_on && !std::mem::replace(&mut is_told, true) {
                shared.lost.store(!shared.paused.load(Ordering::Acquire), Ordering::Release);
                let _ = orders.send(Order::Failed(number));
            }
        };
        // ALSA looks after its device every second, even if that gives nothing.
        device.build_input_stream_raw(config, format, take, fail, Some(AGAIN))
    }
}

/// Closes a stream, in a thread of its own: when PulseAudio is killed, its library may wait for ever.
fn shut(stream: cpal::Stream) {
    let (done, wait) = channel();
    let run = move || {
        quiet();
        drop(stream);
        let _ = done.send(());
    };
    if std::thread::Builder::new().name("closing".into()).spawn(run).is_ok() {
        let _ = wait.recv_timeout(CLOSING);
    }
}

impl Open {
    /// Marks the device as lost if it is silent; true if it has been for so long that it is to be opened anew.
    fn is_silent(&mut self, shared: &Shared) -> bool {
        let blocks = shared.blocks.load(Ordering::Acquire);
        if blocks != self.blocks {
            (self.blocks, self.heard) = (blocks, Instant::now());
        }
        let silent = self.heard.elapsed();
        if silent >= SILENT {
            shared.lost.store(true, Ordering::Release);
        }
        silent >= GIVE_UP
    }
}
