//! Manages the stream of a device: closes it for a pause, and reopens it after the device was lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait as _, StreamTrait as _};
use cpal::{ErrorKind, SampleFormat};

use super::device::{attempts, config, failed, find, microphone, quiet};
use super::{Resampler, clock};
use crate::{Error, GapReason, MicrophoneErrorKind};

/// A device that delivers nothing for so long is lost, even without an error.
const SILENT: Duration = Duration::from_secs(2);
/// After so long it is reopened. Some devices take 3 or 4 s to begin, e.g. over Bluetooth.
const GIVE_UP: Duration = Duration::from_secs(5);
/// How often it tries to reopen a lost device.
const AGAIN: Duration = Duration::from_secs(1);
/// Time limit for closing. Blocks of a stream that arrive later are ignored.
const CLOSING: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// The format of a stream.
pub(super) struct Stream {
    /// Counted from 1.
    pub(super) number: u64,
    /// Name of the device.
    pub(super) name: String,
    pub(super) rate: u32,
    pub(super) channels: u16,
    pub(super) format: SampleFormat,
}

/// Messages to the reader, in order.
pub(super) enum Message {
    /// Blocks of this stream follow; `after` is the reason why there were none before.
    Opened { stream: Stream, resampler: Box<Resampler>, after: Option<GapReason> },
    /// Sound as the device delivers it, and when it arrived.
    Block { stream: u64, at: Duration, bytes: Vec<u8> },
    /// No more blocks.
    Closed,
}

/// Commands to the manager.
pub(super) enum Command {
    Pause,
    Resume,
    /// The stream of this number failed.
    Failed(u64),
    /// Close the stream, confirm, and end the thread.
    End(Sender<()>),
}

/// State shared by all threads.
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

    /// Takes effect at once, so that a late command to resume can't undo a later pause.
    pub(super) fn resume(&self) {
        self.paused.store(false, Ordering::Release);
    }
}

/// Opens the device and manages it in a thread of its own; returns the name of the device.
pub(super) fn start(
    wanted: Option<String>,
    (commands, received): (Sender<Command>, Receiver<Command>),
    messages: Sender<Message>,
) -> Result<(Arc<Shared>, String), Error> {
    let shared =
        Arc::new(Shared { lost: AtomicBool::new(false), paused: AtomicBool::new(false), blocks: AtomicU64::new(0) });
    let (opened, result) = channel();
    let for_manager = shared.clone();
    let run = move || {
        quiet();
        let mut manager =
            Manager { shared: for_manager, commands, messages, count: 0, wanted: None, open: None, after: None };
        match manager.open(wanted.as_deref()) {
            Ok(name) => {
                manager.wanted = wanted.map(|_| name.clone());
                let _ = opened.send(Ok(name));
                manager.run(&received);
            }
            Err(error) => drop(opened.send(Err(error))),
        }
    };
    let thread = std::thread::Builder::new().name("microphone".into()).spawn(run);
    thread.map_err(|e| microphone(format!("the microphone cannot be used: {e}"), MicrophoneErrorKind::Other))?;
    let name = result
        .recv()
        .unwrap_or_else(|_| Err(microphone("the microphone cannot be used", MicrophoneErrorKind::Other)))?;
    Ok((shared, name))
}

struct Manager {
    shared: Arc<Shared>,
    commands: Sender<Command>,
    messages: Sender<Message>,
    /// Number of streams so far.
    count: u64,
    /// Name of the requested device; `None` for the default.
    wanted: Option<String>,
    open: Option<Open>,
    /// Why there is no stream now.
    after: Option<GapReason>,
}

struct Open {
    stream: cpal::Stream,
    number: u64,
    /// Number of blocks when the last one arrived, and when that was.
    blocks: u64,
    last: Instant,
}

impl Manager {
    fn run(mut self, received: &Receiver<Command>) {
        let mut next = Instant::now();
        loop {
            match received.recv_timeout(TICK) {
                Ok(Command::End(done)) => {
                    self.close(None);
                    let _ = done.send(());
                    return;
                }
                Ok(Command::Pause) => {
                    self.shared.lost.store(false, Ordering::Release);
                    self.close(Some(GapReason::Paused));
                }
                Ok(Command::Resume) => next = Instant::now(),
                Ok(Command::Failed(number)) if self.open.as_ref().is_some_and(|open| open.number == number) => {
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
            close_stream(open.stream);
            let _ = self.messages.send(Message::Closed);
        }
        // During a pause, the pause is the reason, whatever happens to the device.
        if self.after != Some(GapReason::Paused) {
            self.after = why.or(self.after);
        }
    }

    /// Opens a device and returns its name.
    fn open(&mut self, wanted: Option<&str>) -> Result<String, Error> {
        // Each time again, since ALSA collects its messages.
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
        let format = Stream {
            number,
            name: name.clone(),
            rate: config.sample_rate(),
            channels: config.channels(),
            format: config.sample_format(),
        };
        // Before the first block, so that the reader can decode it.
        let _ =
            self.messages.send(Message::Opened { stream: format, resampler: Box::new(resampler), after: self.after });
        if let Err(error) = stream.play() {
            close_stream(stream);
            let _ = self.messages.send(Message::Closed);
            return Err(failed(asked, &error));
        }
        self.after = None;
        let blocks = self.shared.blocks.load(Ordering::Acquire);
        self.open = Some(Open { stream, number, blocks, last: Instant::now() });
        Ok(name)
    }

    fn stream(
        &self,
        device: &cpal::Device,
        config: cpal::StreamConfig,
        format: SampleFormat,
        number: u64,
    ) -> Result<cpal::Stream, cpal::Error> {
        let (shared, messages) = (self.shared.clone(), self.messages.clone());
        let mut is_new = true;
        let take = move |data: &cpal::Data, _: &cpal::InputCallbackInfo| {
            let at = clock::now();
            if std::mem::take(&mut is_new) {
                quiet();
            }
            shared.blocks.fetch_add(1, Ordering::AcqRel);
            shared.lost.store(false, Ordering::Release);
            if !shared.paused.load(Ordering::Acquire) {
                let _ = messages.send(Message::Block { stream: number, at, bytes: data.bytes().to_vec() });
            }
        };
        let (shared, commands) = (self.shared.clone(), self.commands.clone());
        let mut reported = false;
        let fail = move |error: cpal::Error| {
            // The stream continues after these. The clock notices what an overrun lost.
            let continues =
                matches!(error.kind(), ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied);
            // ALSA's thread repeats an error as fast as it can.
            if !continues && !std::mem::replace(&mut reported, true) {
                shared.lost.store(!shared.paused.load(Ordering::Acquire), Ordering::Release);
                let _ = commands.send(Command::Failed(number));
            }
        };
        // With a time limit, ALSA checks its device even if that delivers nothing.
        device.build_input_stream_raw(config, format, take, fail, Some(AGAIN))
    }
}

/// Closes a stream in a thread of its own, since PulseAudio's library may wait forever after its server was killed.
fn close_stream(stream: cpal::Stream) {
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
    /// Marks the device as lost if it delivers nothing; returns whether that lasted so long that it must be reopened.
    fn is_silent(&mut self, shared: &Shared) -> bool {
        let blocks = shared.blocks.load(Ordering::Acquire);
        if blocks != self.blocks {
            (self.blocks, self.last) = (blocks, Instant::now());
        }
        let silent = self.last.elapsed();
        if silent >= SILENT {
            shared.lost.store(true, Ordering::Release);
        }
        silent >= GIVE_UP
    }
}
