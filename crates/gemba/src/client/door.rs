//! What a running Gemba leaves in its data folder for the command line: a token, where it listens, and which certificate
//! it shows there. Only its own user can read it.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The file with the token, in the data folder.
const TOKEN_FILE: &str = "local-token";
/// The file with address and certificate, beside it.
const DOOR_FILE: &str = "local-door.json";

/// The door of a Gemba on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Door {
    /// Scheme, address that this machine reaches, and the port that was chosen: `https://127.0.0.1:8470`.
    pub(crate) url: String,
    /// SHA-256 of its certificate, `AB:CD:…`; none without TLS.
    pub(crate) fingerprint: Option<String>,
}

impl Door {
    /// What is there for the command line: the door and its token. A Gemba that was killed leaves both.
    pub(crate) fn left_in(data_dir: &Path) -> Option<(Self, String)> {
        let door = serde_json::from_slice(&std::fs::read(data_dir.join(DOOR_FILE)).ok()?).ok()?;
        let token = std::fs::read_to_string(data_dir.join(TOKEN_FILE)).ok()?;
        Some((door, token.trim().to_owned()))
    }

    /// Leaves door and token; the token last, so that who sees it finds the door.
    pub(crate) fn leave(&self, data_dir: &Path, token: &str) -> io::Result<()> {
        clear(data_dir)?;
        let own = |name: &str| -> io::Result<File> {
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(data_dir.join(name))
        };
        own(DOOR_FILE)?.write_all(&serde_json::to_vec(self)?)?;
        own(TOKEN_FILE)?.write_all(token.as_bytes())
    }
}

/// Takes away what was left.
pub(crate) fn clear(data_dir: &Path) -> io::Result<()> {
    for name in [TOKEN_FILE, DOOR_FILE] {
        match std::fs::remove_file(data_dir.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_found_until_it_is_cleared() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Door::left_in(folder.path()), None);
        let door = Door { url: "https://127.0.0.1:9".into(), fingerprint: Some("AB:CD".into()) };
        door.leave(folder.path(), "older").unwrap();
        door.leave(folder.path(), "secret").unwrap();
        assert_eq!(Door::left_in(folder.path()), Some((door, "secret".to_owned())));
        let mode = std::fs::metadata(folder.path().join(TOKEN_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        clear(folder.path()).unwrap();
        assert_eq!(Door::left_in(folder.path()), None);
    }
}
