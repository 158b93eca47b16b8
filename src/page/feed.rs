//! Where captions are published, and where each viewer reads them at its own pace.

use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::watch;

use super::history::{History, Update, ViewerPosition};
use crate::live::Caption;

/// The most viewers at once.
pub(super) const MOST_VIEWERS: usize = 512;
/// The most windows at once of who holds the session. Viewers take none of their places.
const MOST_OWNERS: usize = 32;

/// The captions that viewers see. Clones share one feed.
#[derive(Clone, Debug)]
pub struct CaptionFeed(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Distinguishes this feed from that of an earlier run; 16 hexadecimal digits.
    session: String,
    history: Mutex<History>,
    /// Changed with each caption.
    changed: watch::Sender<()>,
    viewers: AtomicUsize,
    owners: AtomicUsize,
}

impl CaptionFeed {
    /// An empty feed of a new session.
    pub fn new() -> CaptionFeed {
        // No secret: two sessions must only differ, and the standard library's hash keys do.
        let session = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
        let changed = watch::Sender::new(());
        let (history, viewers, owners) = (Mutex::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        CaptionFeed(Arc::new(Shared { session, history, changed, viewers, owners }))
    }

    /// Publishes a caption. Never waits for a viewer.
    pub fn publish(&self, caption: &Caption) {
        self.history(|history| history.add(caption));
        self.wake();
    }

    /// How many viewers are connected. One that vanished counts until the network reports it.
    pub fn viewers(&self) -> usize {
        self.0.viewers.load(Ordering::Relaxed)
    }

    fn history<T>(&self, use_it: impl FnOnce(&mut History) -> T) -> T {
        // No code under the lock panics.
        use_it(&mut self.0.history.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes servers read again, as after a new caption.
    pub(super) fn wake(&self) {
        self.0.changed.send_replace(());
    }

    /// Notified of each caption.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.0.changed.subscribe()
    }

    /// A new viewer that has seen everything up to the event with the ID `last` and is notified through `changed`; `None` if there are
    /// [`MOST_VIEWERS`].
    pub(crate) fn join(&self, last: Option<&str>, changed: watch::Receiver<()>) -> Option<Viewer> {
        self.take_place(Place::Viewer, last, changed)
    }

    /// The same for a window of who holds the session, for whom there is room however many viewers there are; `None` if there are
    /// [`MOST_OWNERS`].
    #[cfg_attr(not(feature = "app"), allow(dead_code))]
    pub(crate) fn join_as_owner(&self, last: Option<&str>) -> Option<Viewer> {
        self.take_place(Place::Owner, last, self.changes())
    }

    fn take_place(&self, place: Place, last: Option<&str>, changed: watch::Receiver<()>) -> Option<Viewer> {
        let (count, most) = self.places(place);
        let room = |taken| (taken < most).then_some(taken + 1);
        count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).ok()?;
        let number = last.and_then(|id| id.strip_prefix(&self.0.session)?.strip_prefix('-')?.parse().ok());
        let seen = ViewerPosition { event: number, tentative: 0 };
        Some(Viewer { feed: self.clone(), place, changed, seen })
    }

    /// How many places of this kind are taken, and how many there are.
    fn places(&self, place: Place) -> (&AtomicUsize, usize) {
        match place {
            Place::Viewer => (&self.0.viewers, MOST_VIEWERS),
            Place::Owner => (&self.0.owners, MOST_OWNERS),
        }
    }
}

impl Default for CaptionFeed {
    fn default() -> CaptionFeed {
        CaptionFeed::new()
    }
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Viewer,
    Owner,
}

/// A reader of the feed.
#[derive(Debug)]
pub(crate) struct Viewer {
    feed: CaptionFeed,
    place: Place,
    changed: watch::Receiver<()>,
    seen: ViewerPosition,
}

impl Viewer {
    /// What it has not seen yet, as server-sent events, a limited number at once; empty if there is nothing new.
    pub(crate) fn read(&mut self) -> String {
        // Before reading, so that no caption in between is missed.
        self.changed.mark_unchanged();
        let news = self.feed.history(|history| history.next(&mut self.seen));
        let session = &self.feed.0.session;
        let mut text = String::new();
        match news {
            Update::Nothing => {}
            Update::Reset(number, reset) => push(&mut text, &format!("id: {session}-{number}\nevent: reset\n"), &reset),
            Update::More(events, tentative) => {
                for (number, caption) in events {
                    push(&mut text, &format!("id: {session}-{number}\n"), &*caption);
                }
                // Without an ID: a viewer that reconnects gets the tentative text of that time.
                tentative.iter().for_each(|caption| push(&mut text, "", &**caption));
            }
        }
        text
    }

    /// Waits until there may be something to [`read`](Viewer::read).
    pub(crate) async fn news(&mut self) {
        // It fails when the server is gone, and then nobody waits any more.
        self.changed.changed().await.ok();
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.feed.places(self.place).0.fetch_sub(1, Ordering::Relaxed);
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

    fn join(feed: &CaptionFeed, last: Option<&str>) -> Option<Viewer> {
        feed.join(last, feed.changes())
    }

    #[test]
    fn events_are_written_as_browsers_read_them() {
        let feed = CaptionFeed::new();
        let session = feed.0.session.clone();
        let mut viewer = join(&feed, None).unwrap();
        let empty = format!("id: {session}-0\nevent: reset\ndata: {{\"captions\":[],\"state\":\"listening\"}}\n\n");
        assert_eq!(viewer.read(), empty);
        assert_eq!(viewer.read(), "");
        feed.publish(&settled("Zeile\nZeile"));
        feed.publish(&Caption::Tentative { line: 0, text: " mehr".into() });
        let expected = format!(
            "id: {session}-1\ndata: {{\"kind\":\"settled\",\"line\":0,\"text\":\"Zeile\\nZeile\",\"speaker\":2}}\n\n\
             data: {{\"kind\":\"tentative\",\"line\":0,\"text\":\" mehr\"}}\n\n"
        );
        assert_eq!(viewer.read(), expected);
    }

    #[test]
    fn ids_of_another_session_or_of_none_are_reset() {
        let feed = CaptionFeed::new();
        feed.publish(&settled("a"));
        let own = format!("{}-1", feed.0.session);
        assert_eq!(join(&feed, Some(&own)).unwrap().read(), "");
        let another = format!("{}-1", CaptionFeed::new().0.session);
        for last in [&another, "", "1", "-1", &own.replace("-1", "-x"), &own.replace("-1", "1"), "\u{e4}-\u{0}"] {
            assert!(join(&feed, Some(last)).unwrap().read().contains("event: reset"), "{last}");
        }
    }

    #[test]
    fn there_is_room_for_so_many_viewers_and_no_more() {
        let feed = CaptionFeed::new();
        let viewers: Vec<Viewer> = (0..MOST_VIEWERS).map(|_| join(&feed, None).unwrap()).collect();
        assert_eq!(feed.viewers(), MOST_VIEWERS);
        assert!(join(&feed, None).is_none());
        // Who holds the session sees it all the same.
        let owners: Vec<Viewer> = (0..MOST_OWNERS).map(|_| feed.join_as_owner(None).unwrap()).collect();
        assert!(feed.join_as_owner(None).is_none());
        assert_eq!(feed.viewers(), MOST_VIEWERS);
        drop(owners);
        assert!(feed.join_as_owner(None).is_some());
        drop(viewers);
        assert_eq!(feed.viewers(), 0);
        assert!(join(&feed, None).is_some());
    }
}
