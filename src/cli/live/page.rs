//! Captions on the page, if it was asked for and is built in.

use transcribe::Error;
use transcribe::app::UsageError;
use transcribe::format::Style;
use transcribe::live::Caption;
#[cfg(feature = "page")]
use transcribe::page::{CaptionFeed, PageOptions, Server};

use crate::cli::args::Live;
use crate::cli::progress::Reporter;

/// May the page be served there?
///
/// # Errors
/// If it may not.
pub(super) fn check(args: &Live) -> Result<(), UsageError> {
    let Some(address) = args.serve else { return Ok(()) };
    if cfg!(not(feature = "page")) {
        return Err(UsageError::new("this program was built without the page", "build it with `--features page`"));
    }
    if !address.ip().is_loopback() && !args.network {
        return Err(UsageError::new(
            format!("at {address} other machines could read along"),
            "`--network` allows it; without an address only this machine can",
        ));
    }
    Ok(())
}

/// Where captions are published.
pub(super) struct Page {
    #[cfg(feature = "page")]
    feed: CaptionFeed,
    #[cfg(feature = "page")]
    _server: Option<Server>,
}

#[cfg(feature = "page")]
impl Page {
    /// # Errors
    /// [`Error::Serve`] if the address can't be had.
    pub(super) fn start(args: &Live, style: &Style, reporter: Reporter) -> Result<Page, Error> {
        let feed = CaptionFeed::new();
        let options = PageOptions { ui_language: style.ui_language, ..PageOptions::default() };
        let fail = |address| move |source| Error::Serve { address, source };
        let server = args.serve.map(|a| Server::start(a, &feed, options).map_err(fail(a))).transpose()?;
        if let Some(server) = &server {
            reporter.note(&format!("captions: {}", server.url()));
            if args.network {
                reporter.note("warning: anyone in the network with this link can read along, and nothing is encrypted");
            }
        }
        Ok(Page { feed, _server: server })
    }

    pub(super) fn publish(&self, caption: &Caption) {
        self.feed.publish(caption);
    }
}

#[cfg(not(feature = "page"))]
impl Page {
    pub(super) fn start(_: &Live, _: &Style, _: Reporter) -> Result<Page, Error> {
        Ok(Page {})
    }

    pub(super) fn publish(&self, _: &Caption) {}
}
