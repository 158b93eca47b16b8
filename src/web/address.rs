//! Where the application of a library's folder is served, for those who start it again.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::files;

/// The name of its file.
const FILE: &str = "address.json";
/// How long the running application may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The address of an application that runs, or ran last. Only its user can read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The link with the token.
    pub url: String,
    /// The number of the process that serves it; `None`: it has ended.
    pub process: Option<u32>,
}

impl Address {
    /// What stands in the library's `folder`; `None` if there is nothing, or nothing that can be read.
    pub fn read(folder: &Path) -> Option<Address> {
        let mut text = String::new();
        files::open_own(&path(folder)).ok()?.take(10_000).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Keeps it in the library's `folder`.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        files::replace_whole(&path(folder), |file| file.write_all(serde_json::to_string(self)?.as_bytes()))
    }

    /// Port and token, so that the same link leads to the application when it is started again; `None` if they can't be read.
    pub fn port_and_token(&self) -> Option<(u16, [u8; 16])> {
        let (host, token) = self.parts()?;
        let byte = |n: usize| u8::from_str_radix(token.get(2 * n..2 * n + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..16).map(byte).collect();
        Some((host.port(), bytes?.try_into().ok()?))
    }

    fn parts(&self) -> Option<(SocketAddr, &str)> {
        let (host, token) = self.url.strip_prefix("http://")?.split_once('/')?;
        Some((host.parse().ok()?, token.trim_end_matches('/')))
    }

    /// A link that opens the application once, within a minute, for those that tell others what they are given. That of `url` if it
    /// can't be made.
    pub fn link_for_once(&self) -> String {
        let link = |(host, token): (SocketAddr, &str)| format!("http://{host}/open/{}", super::ticket::ticket(token));
        self.parts().map_or_else(|| self.url.clone(), link)
    }

    /// Asks the application to end.
    ///
    /// # Errors
    /// If it can't be reached, or does not understand.
    pub fn stop(&self) -> io::Result<()> {
        let (host, token) = self.parts().ok_or(io::ErrorKind::InvalidData)?;
        let mut stream = TcpStream::connect_timeout(&host, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let request =
            format!("POST /{token}/stop HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.take(10_000).read_to_string(&mut answer)?;
        let done = answer.starts_with("HTTP/1.1 204");
        if done { Ok(()) } else { Err(io::Error::other("another program answers there")) }
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_link_survives_the_end_of_the_process() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Address::read(folder.path()), None);
        let url = format!("http://127.0.0.1:7273/{}/", "0f".repeat(16));
        let address = Address { url, process: Some(7) };
        address.write(folder.path()).unwrap();
        Address { process: None, ..address }.write(folder.path()).unwrap();
        let read = Address::read(folder.path()).unwrap();
        assert_eq!((read.process, read.port_and_token()), (None, Some((7273, [0x0f; 16]))));
        for wrong in ["http://127.0.0.1/x/", "http://127.0.0.1:1/0f/", "ftp://127.0.0.1:1/", ""] {
            assert_eq!(Address { url: wrong.into(), process: None }.port_and_token(), None, "{wrong}");
        }
    }
}
