//! SHA-256 of files, streams and bytes: one type for everything that is identified by its content.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256 as Hasher};

/// Bytes that are read at a time.
const BUFFER: usize = 1 << 20;

/// A SHA-256 digest; displays as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// The digest of `bytes`.
    pub fn of_bytes(bytes: impl AsRef<[u8]>) -> Sha256 {
        Sha256(Hasher::digest(bytes).into())
    }

    /// The HMAC (RFC 2104) of `parts`, one behind the other: only who knows `key` can compute it.
    pub(crate) fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> Sha256 {
        // A block of the hash, as the standard fills up the key.
        let mut block = [0; 64];
        block[..32].copy_from_slice(key);
        let mut mac = Hmac::<Hasher>::new(&block.into());
        parts.iter().for_each(|part| mac.update(part));
        Sha256(mac.finalize().into_bytes().into())
    }

    /// The digest of the whole file at `path`; 1 GB takes one to three seconds.
    ///
    /// # Errors
    /// If the file can't be opened or read.
    pub fn of_file(path: &Path) -> io::Result<Sha256> {
        Sha256::of_reader(File::open(path)?, |_| ControlFlow::Continue(()))
    }

    /// The digest of everything that `reader` yields. `progress` gets the number of bytes read so far, at least once a
    /// MiB, and may stop it.
    ///
    /// # Errors
    /// If reading fails; [`io::ErrorKind::Interrupted`] if `progress` stopped it.
    pub fn of_reader(mut reader: impl Read, mut progress: impl FnMut(u64) -> ControlFlow<()>) -> io::Result<Sha256> {
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; BUFFER];
        let mut read = 0;
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(Sha256(hasher.finalize().into())),
                Ok(count) => {
                    hasher.update(&buffer[..count]);
                    read += count as u64;
                    if progress(read).is_break() {
                        return Err(io::ErrorKind::Interrupted.into());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The 32 bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A SHA-256 that grows with the bytes that come in.
#[cfg(feature = "app")]
#[derive(Default)]
pub(crate) struct Sha256Stream(Hasher);

#[cfg(feature = "app")]
impl Sha256Stream {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes so far.
    pub(crate) fn finish(self) -> Sha256 {
        Sha256(self.0.finalize().into())
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The examples of FIPS 180-4's test vectors: nothing, "abc", a message of two blocks, and a million times "a".
    const KNOWN: [(&str, &str); 3] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
    ];
    const MILLION: &str = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

    #[test]
    fn bytes_readers_and_files_give_the_known_digests() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("content");
        let million = "a".repeat(1_000_000);
        for (content, digest) in KNOWN.into_iter().chain([(million.as_str(), MILLION)]) {
            std::fs::write(&path, content).unwrap();
            let of_reader = Sha256::of_reader(content.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
            assert_eq!(of_reader.to_string(), digest);
            assert_eq!(Sha256::of_file(&path).unwrap(), of_reader);
            assert_eq!(Sha256::of_bytes(content), of_reader);
        }
        assert_eq!(Sha256::of_bytes("abc").as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert!(Sha256::of_file(&folder.path().join("none")).is_err());
    }

    /// Test case 2 of RFC 4231 has a short key, which HMAC fills up with zeros.
    #[test]
    fn keyed_digests_are_those_of_the_standard() {
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(Sha256::keyed(&key, &[b"what do ya want ", b"for nothing?"]).to_string(), expected);
        assert_ne!(Sha256::keyed(&[0; 32], &[b"what do ya want for nothing?"]).to_string(), expected);
    }

    #[test]
    fn progress_counts_all_bytes_and_may_stop() {
        let content = vec![7; 3 * BUFFER + 1];
        let mut seen = Vec::new();
        let count = |read| {
            seen.push(read);
            ControlFlow::Continue(())
        };
        Sha256::of_reader(&content[..], count).unwrap();
        let mib = BUFFER as u64;
        assert_eq!(seen, [mib, 2 * mib, 3 * mib, 3 * mib + 1]);
        let stopped = Sha256::of_reader(&content[..], |_| ControlFlow::Break(()));
        assert_eq!(stopped.unwrap_err().kind(), io::ErrorKind::Interrupted);
    }
}
