//! Clips that wait for a worker. Those of the recording that was begun first come first, so that each recording is done as
//! early as it can be, and the others fill in where it leaves workers idle.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Waiting items `T`, in order of recording and number.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// Of all recordings together; one that has nothing here may always add one.
    most: usize,
}

struct State<T> {
    waiting: BTreeMap<(usize, usize), T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub(super) fn new(most: usize) -> Queue<T> {
        Queue { state: Mutex::new(State { waiting: BTreeMap::new(), closed: false }), changed: Condvar::new(), most }
    }

    /// Adds an item, once there is room for it.
    pub(super) fn push(&self, recording: usize, number: usize, item: T) {
        let full = |state: &mut State<T>| {
            let own = state.waiting.range((recording, 0)..=(recording, usize::MAX)).next().is_some();
            own && state.waiting.len() >= self.most
        };
        let mut state = self.changed.wait_while(self.lock(), full).unwrap_or_else(PoisonError::into_inner);
        state.waiting.insert((recording, number), item);
        self.changed.notify_all();
    }

    /// The next item; `None` when the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<T> {
        let idle = |state: &mut State<T>| state.waiting.is_empty() && !state.closed;
        let mut state = self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        let next = state.waiting.pop_first().map(|(_, item)| item);
        self.changed.notify_all();
        next
    }

    /// Takes out what waits of a recording, so that nobody waits for it.
    pub(super) fn forget(&self, recording: usize) {
        self.lock().waiting.retain(|(other, _), _| *other != recording);
        self.changed.notify_all();
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use super::*;

    /// Long enough for any machine.
    const LIMIT: Duration = Duration::from_secs(60);

    /// Adds an item in another thread, and tells when there was room for it.
    fn pushed(queue: &Arc<Queue<()>>, recording: usize, number: usize) -> Receiver<()> {
        let (told, room) = channel();
        let queue = Arc::clone(queue);
        std::thread::spawn(move || {
            queue.push(recording, number, ());
            told.send(())
        });
        room
    }

    #[test]
    fn the_first_recording_comes_first() {
        let queue = Queue::new(2);
        for (recording, number) in [(1, 0), (0, 1), (0, 0)] {
            if recording == 0 && number == 0 {
                // Full, and this recording has one here.
                assert_eq!(queue.pop(), Some((0, 1)));
            }
            queue.push(recording, number, (recording, number));
        }
        queue.close();
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some((0, 0)), Some((1, 0)), None]);
    }

    #[test]
    fn who_is_forgotten_waits_for_nobody() {
        let queue = Arc::new(Queue::new(1));
        queue.push(0, 0, ());
        queue.push(1, 0, ());
        let waiting = pushed(&queue, 1, 1);
        queue.forget(1);
        assert_eq!(waiting.recv_timeout(LIMIT), Ok(()));
        queue.forget(1);
        queue.close();
        assert_eq!([queue.pop(), queue.pop()], [Some(()), None]);
    }

    #[test]
    fn a_full_queue_takes_one_of_each_and_makes_the_others_wait() {
        let queue = Arc::new(Queue::new(1));
        queue.push(0, 0, ());
        queue.push(1, 0, ());
        let third = pushed(&queue, 1, 1);
        assert!(queue.pop().is_some());
        assert!(third.try_recv().is_err());
        assert!(queue.pop().is_some());
        assert_eq!(third.recv_timeout(LIMIT), Ok(()));
        assert!(queue.pop().is_some());
    }
}
