//! Threads to decode on.
//!
//! Our multiplications share their work among the threads of the rayon pool that they are called in. So a worker has one, and
//! the caller's thread is left as it was.

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::Decoder;
use crate::{Clip, DecodingOptions, DetectedLanguage, Error, Observer, Recogniser, Recognition};

/// Decodes clips, on threads of its own.
pub struct Worker<'a> {
    /// Made by the thread that works, whose priority its threads take over.
    pool: Option<ThreadPool>,
    decoder: Decoder<'a>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(decoder: Decoder<'a>) -> Worker<'a> {
        Worker { pool: None, decoder }
    }

    /// Runs `work` in its threads; where the system grants none, in those of the caller.
    fn run<T: Send>(&mut self, work: impl FnOnce(&mut Decoder<'a>) -> T + Send) -> T {
        let Worker { pool, decoder } = self;
        if pool.is_none() {
            *pool = ThreadPoolBuilder::new()
                .num_threads(decoder.threads.unsigned_abs() as usize)
                .thread_name(|_| "whisper".into())
                .build()
                .ok();
        }
        match pool {
            Some(pool) => pool.install(|| work(decoder)),
            None => work(decoder),
        }
    }
}

impl Recogniser for Worker<'_> {
    fn detect_language(&mut self, clip: Clip<'_>, candidates: &[String]) -> Result<DetectedLanguage, Error> {
        self.run(|decoder| decoder.detect_language(clip, candidates))
    }

    fn recognise(
        &mut self,
        clip: Clip<'_>,
        options: &DecodingOptions,
        observer: &dyn Observer,
    ) -> Result<Recognition, Error> {
        self.run(|decoder| decoder.recognise(clip, options, observer))
    }
}
