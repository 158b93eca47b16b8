//! A server of the captions' page, and captions for it.

use std::net::SocketAddr;

use transcribe::live::Caption;
use transcribe::page::{CaptionFeed, PageOptions, Server};

pub(crate) fn settled(line: u64, text: &str) -> Caption {
    Caption::Settled { line, text: text.into(), speaker: None }
}

pub(crate) fn tentative(line: u64, text: &str) -> Caption {
    Caption::Tentative { line, text: text.into() }
}

/// A server with a token that tests know.
pub(crate) fn start(feed: &CaptionFeed) -> (Server, SocketAddr) {
    let server = start_at("127.0.0.1:0".parse().unwrap(), feed);
    let at = address(&server);
    (server, at)
}

pub(crate) fn start_at(at: SocketAddr, feed: &CaptionFeed) -> Server {
    Server::start(at, feed, PageOptions { token: Some([0xa5; 16]), ..PageOptions::default() }).unwrap()
}

pub(crate) fn address(server: &Server) -> SocketAddr {
    server.url().trim_start_matches("http://").split('/').next().unwrap().parse().unwrap()
}
