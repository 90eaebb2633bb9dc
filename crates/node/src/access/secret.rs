//! Random secrets: shown once, kept as a digest.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::Error;

/// Random bytes in a secret: 256 bit, so that a plain SHA-256 of it can neither be guessed nor inverted.
const RANDOM_BYTES: usize = 32;
/// The longest text that is taken for a secret, in bytes.
const LEN_MAX: usize = 128;

/// A secret in clear text. Only [`Secret::reveal`] shows it; `Debug` does not.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// What API tokens begin with, so that scanners find lost ones.
    pub const TOKEN_PREFIX: &str = "gmb_";

    /// A new secret from the system's random source, behind a prefix.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub(super) fn random(prefix: &str) -> Result<Self, Error> {
        let mut bytes = [0; RANDOM_BYTES];
        getrandom::fill(&mut bytes).map_err(|e| Error::Random { why: e.to_string() })?;
        Ok(Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// What a client sent; none when it cannot be a secret of ours.
    pub fn from_client(text: &str) -> Option<Self> {
        let legal = !text.is_empty()
            && text.len() <= LEN_MAX
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        legal.then(|| Self(text.to_owned()))
    }

    /// The clear text, for the one place that hands it over.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(super) fn digest(&self) -> Digest {
        Digest(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The SHA-256 of a secret. Looking one up needs no constant time: whoever can choose digests freely would
/// have to invert SHA-256 to choose a near miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Digest(pub(super) [u8; 32]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_do_not_show_themselves() {
        let (a, b) = (Secret::random("gmb_").unwrap(), Secret::random("gmb_").unwrap());
        assert_ne!(a.reveal(), b.reveal());
        assert_eq!(a.reveal().len(), 4 + 43);
        assert!(!format!("{a:?}").contains(&a.reveal()[4..]));
        assert_eq!(Secret::from_client(a.reveal()).unwrap().digest(), a.digest());
    }

    #[test]
    fn strange_texts_are_no_secrets() {
        for text in ["", "a b", "ä", "a;b", &"x".repeat(129)] {
            assert!(Secret::from_client(text).is_none(), "{text}");
        }
    }
}
