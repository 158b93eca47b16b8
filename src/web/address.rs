//! Where the application of a library's folder is served, for those who start it again.
//!
//! The token in it is good as long as the application runs. It is told to nobody who does not know it: after a crash, the file is still
//! there, and another program may have the port.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ticket;
use crate::files;
use crate::page::access::random_digits;

/// The name of its file.
const FILE: &str = "address.json";
/// How long the running application may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The address of an application that runs, or ran last. Only its user can read the file.
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

    /// Keeps that nothing is served from the library's `folder` any more, or not yet; the port of last time, `None` if it is not known.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn clear(folder: &Path) -> io::Result<Option<u16>> {
        let Some(last) = Address::read(folder) else { return Ok(None) };
        let port = last.parts().map(|(host, _)| host.port());
        if last.process.is_some() {
            Address { process: None, ..last }.write(folder)?;
        }
        Ok(port)
    }

    /// Whether the application answers there, and not another program.
    pub fn is_served(&self) -> bool {
        let Some((_, token)) = self.parts() else { return false };
        let answers = || {
            let nonce = random_digits()?;
            let answer = self.ask("GET", &format!("proof/{nonce}"))?;
            Ok::<_, io::Error>(answer.ends_with(&format!("\r\n\r\n{}", ticket::proof(token, &nonce))))
        };
        self.process.is_some() && answers().unwrap_or_default()
    }

    fn parts(&self) -> Option<(SocketAddr, &str)> {
        let (host, token) = self.url.strip_prefix("http://")?.split_once('/')?;
        Some((host.parse().ok()?, token.trim_end_matches('/')))
    }

    /// A link that opens the application once, within a minute, for those that tell others what they are given. That of `url` if it
    /// can't be made.
    pub fn link_for_once(&self) -> String {
        let link = || {
            let (host, token) = self.parts()?;
            Some(format!("http://{host}/open/{}", ticket::ticket(token).ok()?))
        };
        link().unwrap_or_else(|| self.url.clone())
    }

    /// Asks the application to end.
    ///
    /// # Errors
    /// If it can't be reached, or does not understand.
    pub fn stop(&self) -> io::Result<()> {
        let (_, token) = self.parts().ok_or(io::ErrorKind::InvalidData)?;
        let other = || io::Error::other("another program answers there");
        if !self.is_served() {
            return Err(other());
        }
        let answer = self.ask("POST", &format!("{token}/stop"))?;
        if answer.starts_with("HTTP/1.1 204") { Ok(()) } else { Err(other()) }
    }

    /// Sends a request; the answer with its head.
    fn ask(&self, method: &str, path: &str) -> io::Result<String> {
        let (host, _) = self.parts().ok_or(io::ErrorKind::InvalidData)?;
        let mut stream = TcpStream::connect_timeout(&host, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let request =
            format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.take(10_000).read_to_string(&mut answer)?;
        Ok(answer)
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn address(at: SocketAddr) -> Address {
        Address { url: format!("http://{at}/{}/", "0f".repeat(16)), process: Some(7) }
    }

    #[test]
    fn the_port_survives_the_end_of_the_process() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Address::read(folder.path()), None);
        assert_eq!(Address::clear(folder.path()).unwrap(), None);
        address(([127, 0, 0, 1], 7273).into()).write(folder.path()).unwrap();
        assert_eq!(Address::clear(folder.path()).unwrap(), Some(7273));
        assert_eq!(Address::read(folder.path()).unwrap().process, None);
        assert_eq!(Address::clear(folder.path()).unwrap(), Some(7273));
        for wrong in ["http://127.0.0.1/x/", "ftp://127.0.0.1:1/", ""] {
            Address { url: wrong.into(), process: None }.write(folder.path()).unwrap();
            assert_eq!(Address::clear(folder.path()).unwrap(), None, "{wrong}");
        }
    }

    #[test]
    fn another_program_at_the_port_is_not_told_the_token() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = address(listener.local_addr().unwrap());
        // It agrees to everything.
        let other = std::thread::spawn(move || {
            let mut heard = Vec::new();
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 1000];
                let count = stream.read(&mut request).unwrap();
                heard.push(String::from_utf8_lossy(&request[..count]).into_owned());
                let proof = "0".repeat(64);
                stream.write_all(format!("HTTP/1.1 204 No Content\r\n\r\n{proof}").as_bytes()).unwrap();
            }
            heard
        });
        assert!(!address.is_served());
        assert!(address.stop().unwrap_err().to_string().contains("another program"));
        let heard = other.join().unwrap();
        assert!(
            heard.iter().all(|request| request.starts_with("GET /proof/") && !request.contains("0f0f0f")),
            "{heard:?}"
        );
        assert_ne!(heard[0], heard[1], "no proof is good twice");
        // And nobody is there any more.
        assert!(!address.is_served());
    }
}
