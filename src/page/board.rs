//! Where captions are put up, and where viewers read them, each at its own pace.

use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::watch;

use super::history::{History, News, Seen};
use crate::live::Caption;

/// Viewers at once.
pub(super) const MOST_VIEWERS: usize = 512;

/// What viewers see. Clones are the same board.
#[derive(Clone, Debug)]
pub struct Board(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Tells this board from that of an earlier run; 16 hexadecimal digits.
    session: String,
    history: Mutex<History>,
    /// Changed with each caption.
    changed: watch::Sender<()>,
    viewers: AtomicUsize,
}

impl Board {
    /// An empty one: a session of its own.
    pub fn new() -> Board {
        // No secret: two sessions must only differ, and the standard library's hash keys do.
        let session = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
        let changed = watch::Sender::new(());
        Board(Arc::new(Shared { session, history: Mutex::default(), changed, viewers: AtomicUsize::new(0) }))
    }

    /// Puts up a caption. Never waits for a viewer.
    pub fn publish(&self, caption: &Caption) {
        self.history(|history| history.add(caption));
        self.wake();
    }

    /// How many are connected now. One who is gone without a word counts until the network says so.
    pub fn viewers(&self) -> usize {
        self.0.viewers.load(Ordering::Relaxed)
    }

    fn history<T>(&self, use_it: impl FnOnce(&mut History) -> T) -> T {
        // Nothing that is done under the lock panics.
        use_it(&mut self.0.history.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Has servers look again, as if there were news.
    pub(super) fn wake(&self) {
        self.0.changed.send_replace(());
    }

    /// Told of each caption.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.0.changed.subscribe()
    }

    /// One more viewer, who has seen everything up to the event with the ID `last`, and hears of more from `changed`; `None`
    /// if there are enough.
    pub(super) fn join(&self, last: Option<&str>, changed: watch::Receiver<()>) -> Option<Viewer> {
        let room = |viewers| (viewers < MOST_VIEWERS).then_some(viewers + 1);
        self.0.viewers.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).ok()?;
        let number = last.and_then(|id| id.strip_prefix(&self.0.session)?.strip_prefix('-')?.parse().ok());
        let seen = Seen { event: number, guess: 0 };
        Some(Viewer { board: self.clone(), changed, seen })
    }
}

impl Default for Board {
    fn default() -> Board {
        Board::new()
    }
}

/// Somebody who reads the board.
#[derive(Debug)]
pub(super) struct Viewer {
    board: Board,
    changed: watch::Receiver<()>,
    seen: Seen,
}

impl Viewer {
    /// What it has not seen yet, as server-sent events; empty if there is nothing, and not all at once if it is much.
    pub(super) fn read(&mut self) -> String {
        // Before looking, so that no news can fall between.
        self.changed.mark_unchanged();
        let news = self.board.history(|history| history.news(&mut self.seen));
        let session = &self.board.0.session;
        let mut text = String::new();
        match news {
            News::Nothing => {}
            News::Reset(number, reset) => push(&mut text, &format!("id: {session}-{number}\nevent: reset\n"), &reset),
            News::More(events, tentative) => {
                for (number, caption) in events {
                    push(&mut text, &format!("id: {session}-{number}\n"), &*caption);
                }
                // Without an ID: who comes back gets what is tentative then.
                tentative.iter().for_each(|caption| push(&mut text, "", &**caption));
            }
        }
        text
    }

    /// Waits until there may be something to [`read`](Viewer::read).
    pub(super) async fn news(&mut self) {
        // It fails when the server is gone, and then nobody waits any more.
        self.changed.changed().await.ok();
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.board.0.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One event. JSON has no line breaks outside of strings, and escapes them inside.
fn push(text: &mut String, head: &str, data: &impl Serialize) {
    let data = serde_json::to_string(data).unwrap_or_default();
    write!(text, "{head}data: {data}\n\n").ok();
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::SpeakerId;

    fn settled(text: &str) -> Caption {
        Caption::Settled { line: 0, text: text.into(), speaker: Some(SpeakerId(2)) }
    }

    fn join(board: &Board, last: Option<&str>) -> Option<Viewer> {
        board.join(last, board.changes())
    }

    #[test]
    fn events_are_written_as_browsers_read_them() {
        let board = Board::new();
        let session = board.0.session.clone();
        let mut viewer = join(&board, None).unwrap();
        let empty = format!("id: {session}-0\nevent: reset\ndata: {{\"captions\":[],\"state\":\"listening\"}}\n\n");
        assert_eq!(viewer.read(), empty);
        assert_eq!(viewer.read(), "");
        board.publish(&settled("Zeile\nZeile"));
        board.publish(&Caption::Tentative { line: 0, text: " mehr".into() });
        let expected = format!(
            "id: {session}-1\ndata: {{\"kind\":\"settled\",\"line\":0,\"text\":\"Zeile\\nZeile\",\"speaker\":2}}\n\n\
             data: {{\"kind\":\"tentative\",\"line\":0,\"text\":\" mehr\"}}\n\n"
        );
        assert_eq!(viewer.read(), expected);
    }

    #[test]
    fn ids_of_another_session_or_of_none_are_reset() {
        let board = Board::new();
        board.publish(&settled("a"));
        let own = format!("{}-1", board.0.session);
        assert_eq!(join(&board, Some(&own)).unwrap().read(), "");
        let another = format!("{}-1", Board::new().0.session);
        for last in [&another, "", "1", "-1", &own.replace("-1", "-x"), &own.replace("-1", "1"), "\u{e4}-\u{0}"] {
            assert!(join(&board, Some(last)).unwrap().read().contains("event: reset"), "{last}");
        }
    }

    #[test]
    fn there_is_room_for_so_many_viewers_and_no_more() {
        let board = Board::new();
        let viewers: Vec<Viewer> = (0..MOST_VIEWERS).map(|_| join(&board, None).unwrap()).collect();
        assert_eq!(board.viewers(), MOST_VIEWERS);
        assert!(join(&board, None).is_none());
        drop(viewers);
        assert_eq!(board.viewers(), 0);
        assert!(join(&board, None).is_some());
    }
}
