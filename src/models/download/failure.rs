//! Why a download ends early, and whether retrying helps.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use ureq::http::StatusCode;

use crate::error::io_message;
use crate::{DownloadErrorKind, Error};

pub(super) enum Failure {
    /// Temporary: retrying may help.
    Retryable(String),
    /// Permanent.
    Permanent {
        reason: String,
        kind: DownloadErrorKind,
    },
    Cancelled,
}

impl Failure {
    /// The error of a download from `url`.
    pub(super) fn into_error(self, url: &str) -> Error {
        let url = without_password(url).into_owned();
        match self {
            Failure::Retryable(reason) => Error::Download { url, reason, kind: DownloadErrorKind::Other },
            Failure::Permanent { reason, kind } => Error::Download { url, reason, kind },
            Failure::Cancelled => Error::Cancelled,
        }
    }

    /// A request that got no response; `reached`: whether the server has answered an earlier one.
    pub(super) fn of_request(error: &ureq::Error, reached: bool) -> Failure {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        let reason = network_message(error);
        let retryable = match error {
            ureq::Error::Io(io) => {
                reached || matches!(io.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
            }
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve)
            | ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed => reached,
            ureq::Error::Timeout(_) => true,
            _ => return Failure::Permanent { reason, kind: DownloadErrorKind::Other },
        };
        match retryable {
            true => Failure::Retryable(reason),
            // The server was never reached: the address or the network is wrong, and retrying does not change that.
            false => Failure::Permanent { reason, kind: DownloadErrorKind::Unreachable },
        }
    }

    /// A response without the file.
    pub(super) fn of_status(status: StatusCode) -> Failure {
        let reason = format!("the server answers {status}");
        match status {
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Failure::Retryable(reason),
            status if status.is_server_error() => Failure::Retryable(reason),
            StatusCode::NOT_FOUND => Failure::Permanent { reason, kind: DownloadErrorKind::WrongFile },
            _ => Failure::Permanent { reason, kind: DownloadErrorKind::Other },
        }
    }
}

pub(super) fn fail<T>(reason: impl Into<String>, kind: DownloadErrorKind) -> Result<T, Failure> {
    Err(Failure::Permanent { reason: reason.into(), kind })
}

/// The file or folder at `path` can't be written.
pub(super) fn disk(path: &Path, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DownloadErrorKind::DiskFull,
        _ => DownloadErrorKind::NotWritable,
    };
    Failure::Permanent { reason: format!("cannot write `{}`: {}", path.display(), io_message(error)), kind }
}

pub(super) fn network_message(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(io) if io.kind() == io::ErrorKind::UnexpectedEof => "the connection broke off".into(),
        ureq::Error::Io(io) => io_message(io),
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => "the server can't be reached".into(),
        ureq::Error::Timeout(_) => "the server does not respond".into(),
        ureq::Error::HostNotFound => "there is no such server".into(),
        other => other.to_string().to_lowercase(),
    }
}

/// An address that may be shown.
fn without_password(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return url.into() };
    let host = rest.split('/').next().unwrap_or_default();
    match host.rsplit_once('@') {
        Some((secret, _)) => format!("{scheme}://{}", &rest[secret.len() + 1..]).into(),
        None => url.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_not_retried() {
        let failure = disk(Path::new("models/ggml-tiny.bin.part"), &io::ErrorKind::StorageFull.into());
        let Failure::Permanent { reason, kind } = failure else { panic!("retried") };
        assert!(reason.starts_with("cannot write `models/ggml-tiny.bin.part`: no storage space"), "{reason}");
        assert_eq!(kind, DownloadErrorKind::DiskFull);
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(without_password("https://me:se@cret@host/a@b"), "https://host/a@b");
        assert_eq!(without_password("https://host/a@b"), "https://host/a@b");
    }
}
