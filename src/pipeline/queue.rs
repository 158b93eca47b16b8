//! Chunks that wait for a worker. Those of the recording that was begun first come first, so that each recording is
//! finished as early as possible; the others keep workers busy that it leaves idle.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A queue of items `T`, ordered by recording and number.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// Most items of all recordings together; a recording without any may always add one.
    capacity: usize,
}

struct State<T> {
    waiting: BTreeMap<(usize, usize), T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub(super) fn new(capacity: usize) -> Queue<T> {
        Queue {
            state: Mutex::new(State { waiting: BTreeMap::new(), closed: false }),
            changed: Condvar::new(),
            capacity,
        }
    }

    /// Adds an item; waits until there is room for it.
    pub(super) fn push(&self, recording: usize, number: usize, item: T) {
        let full = |state: &mut State<T>| {
            let own = state.waiting.range((recording, 0)..=(recording, usize::MAX)).next().is_some();
            own && state.waiting.len() >= self.capacity
        };
        let mut state = self.changed.wait_while(self.lock(), full).unwrap_or_else(PoisonError::into_inner);
        state.waiting.insert((recording, number), item);
        self.changed.notify_all();
    }

    /// Removes the next item, waiting for it; `None` once the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<T> {
        let idle = |state: &mut State<T>| state.waiting.is_empty() && !state.closed;
        let mut state = self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        let next = state.waiting.pop_first().map(|(_, item)| item);
        self.changed.notify_all();
        next
    }

    /// Removes all items of a recording.
    pub(super) fn remove_recording(&self, recording: usize) {
        self.lock().waiting.retain(|(other, _), _| *other != recording);
        self.changed.notify_all();
    }

    /// No more items will be pushed.
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
                // The queue is full, and this recording already has an item in it.
                assert_eq!(queue.pop(), Some((0, 1)));
            }
            queue.push(recording, number, (recording, number));
        }
        queue.close();
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some((0, 0)), Some((1, 0)), None]);
    }

    #[test]
    fn a_removed_recording_does_not_wait() {
        let queue = Arc::new(Queue::new(1));
        queue.push(0, 0, ());
        queue.push(1, 0, ());
        let waiting = pushed(&queue, 1, 1);
        queue.remove_recording(1);
        assert_eq!(waiting.recv_timeout(LIMIT), Ok(()));
        queue.remove_recording(1);
        queue.close();
        assert_eq!([queue.pop(), queue.pop()], [Some(()), None]);
    }

    #[test]
    fn a_full_queue_takes_one_item_of_each_recording_and_makes_the_others_wait() {
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
