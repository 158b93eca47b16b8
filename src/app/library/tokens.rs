//! Tokens of programs that may use the library's server: by name, and of the tokens themselves only digests.
//!
//! They lie in a file of their own beside the database, so that they can be changed while another process works with the library.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::LibraryError;
use crate::digest::Sha256;
use crate::files::{self, LockFile};

/// The name of the file.
const FILE: &str = "tokens.json";
/// Bytes of the file that are read.
const LONGEST: u64 = 1 << 20;
/// Tokens at once.
const MOST: usize = 1_000;
/// Random bytes of a token.
const BYTES: usize = 24;
/// Characters of a name.
const LONGEST_NAME: usize = 60;

/// The tokens of a library.
pub struct Tokens {
    folder: PathBuf,
}

/// A token, as far as anybody may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The name of the program that has it.
    pub name: String,
    /// SHA-256 of the token, 64 lower-case hexadecimal digits.
    sha256: String,
    /// When it was made.
    pub added: Timestamp,
}

impl Tokens {
    /// Those of the library in `folder`.
    pub fn of(folder: &Path) -> Tokens {
        Tokens { folder: folder.into() }
    }

    /// All of them, the oldest first.
    ///
    /// # Errors
    /// [`LibraryError::Folder`] if the file can't be read, or is none of this user's.
    pub fn list(&self) -> Result<Vec<Token>, LibraryError> {
        let mut text = String::new();
        match files::open_own(&self.path()).and_then(|file| file.take(LONGEST).read_to_string(&mut text)) {
            Ok(_) => serde_json::from_str(&text).map_err(|error| self.failed(error.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Makes a token for the program of this name, and gives it back; it is not to be had again.
    ///
    /// # Errors
    /// [`LibraryError::Settings`] if the name can't be used or has a token, [`LibraryError::Folder`] if the file can't be written.
    pub fn add(&self, name: &str) -> Result<String, LibraryError> {
        let name = name.trim();
        let usable = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.contains(char::is_control);
        if !usable {
            return Err(LibraryError::Settings(format!("a name has 1 to {LONGEST_NAME} characters on one line")));
        }
        let mut random = [0; BYTES];
        getrandom::fill(&mut random).map_err(|error| self.failed(io::Error::other(error)))?;
        let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let token = format!("transcribe-{digits}");
        self.change(|tokens| {
            if tokens.iter().any(|token| token.name == name) {
                return Err(LibraryError::Settings(format!("`{name}` has a token already")));
            }
            if tokens.len() >= MOST {
                return Err(LibraryError::Settings(format!("there are {MOST} tokens already")));
            }
            tokens.push(Token { name: name.into(), sha256: digest(&token), added: Timestamp::now() });
            Ok(())
        })?;
        Ok(token)
    }

    /// Deletes the token of this name: whoever has it is not let in again.
    ///
    /// # Errors
    /// [`LibraryError::Settings`] if there is none, [`LibraryError::Folder`] if the file can't be written.
    pub fn revoke(&self, name: &str) -> Result<(), LibraryError> {
        self.change(|tokens| {
            let before = tokens.len();
            tokens.retain(|token| token.name != name.trim());
            let none = || LibraryError::Settings(format!("there is no token `{}`", name.trim()));
            if tokens.len() < before { Ok(()) } else { Err(none()) }
        })
    }

    /// Whether this is one of the tokens. How long that takes does not tell how much of it is right.
    ///
    /// # Errors
    /// As [`list`](Tokens::list).
    pub fn know(&self, given: &str) -> Result<bool, LibraryError> {
        let given = digest(given);
        let differences = |known: &str| known.bytes().zip(given.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        let same = |token: &Token| token.sha256.len() == given.len() && differences(&token.sha256) == 0;
        // All are compared, also behind the right one.
        Ok(self.list()?.iter().fold(false, |found, token| same(token) | found))
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Token>) -> Result<(), LibraryError>) -> Result<(), LibraryError> {
        super::create_private(&self.folder).map_err(|error| self.failed(error))?;
        let lock = LockFile::acquire(self.folder.join("tokens.lock")).map_err(|error| self.failed(error))?;
        let _lock = lock.ok_or_else(|| self.failed(io::Error::other("another program is changing it")))?;
        let mut tokens = self.list()?;
        change(&mut tokens)?;
        let text = serde_json::to_string_pretty(&tokens).map_err(|error| self.failed(error.into()))?;
        files::replace_whole(&self.path(), |file| writeln!(file, "{text}")).map_err(|error| self.failed(error))
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    fn failed(&self, source: io::Error) -> LibraryError {
        LibraryError::Folder { folder: self.path(), source }
    }
}

fn digest(token: &str) -> String {
    Sha256::of_bytes(token).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_until_it_is_revoked_and_never_written() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(&folder.path().join("app"));
        assert_eq!(tokens.list().unwrap(), []);
        assert!(!tokens.know("").unwrap());
        let (cloud, editor) = (tokens.add("Nextcloud").unwrap(), tokens.add(" Subtitle Edit ").unwrap());
        assert_ne!(cloud, editor);
        assert!(cloud.starts_with("transcribe-") && cloud.len() == 11 + 2 * BYTES, "{cloud}");
        let text = std::fs::read_to_string(tokens.path()).unwrap();
        assert!(!text.contains(&cloud[11..]), "only the digest is kept");
        let names: Vec<String> = tokens.list().unwrap().into_iter().map(|token| token.name).collect();
        assert_eq!(names, ["Nextcloud", "Subtitle Edit"]);
        for given in [&cloud, &editor] {
            assert!(tokens.know(given).unwrap());
            assert!(!tokens.know(&given[..given.len() - 1]).unwrap());
            assert!(!tokens.know(&format!("{given}0")).unwrap());
        }
        // Whoever reads the file has no token.
        assert!(!tokens.know(&tokens.list().unwrap()[0].sha256).unwrap());
        tokens.revoke("Nextcloud").unwrap();
        assert!(!tokens.know(&cloud).unwrap());
        assert!(tokens.know(&editor).unwrap());
        assert_eq!(tokens.revoke("Nextcloud").unwrap_err().code(), "settings");
    }

    #[test]
    fn names_are_short_single_and_on_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(folder.path());
        tokens.add("n8n").unwrap();
        for name in ["n8n", "", " ", "a\nb", "\u{1b}[31m", &"x".repeat(61)] {
            assert_eq!(tokens.add(name).unwrap_err().code(), "settings", "{name:?}");
        }
        assert_eq!(tokens.list().unwrap().len(), 1);
    }

    #[test]
    fn a_broken_file_lets_nobody_in() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(folder.path());
        std::fs::write(tokens.path(), "[{\"name\": \"x\"").unwrap();
        assert!(tokens.know("x").is_err());
        assert!(tokens.add("y").is_err(), "and is not overwritten");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(folder.path());
        tokens.add("n8n").unwrap();
        assert_eq!(std::fs::metadata(tokens.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
