//! TLS for every door that leads off this machine: a certificate of the plant, or a self-signed one.

use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use gemba_plant::Timestamp;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, SanType, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

use crate::Error;

/// How long a self-signed certificate holds, in days: the most that public ones ever had.
const HOLDS_DAYS: i64 = 825;
/// A self-signed certificate is made anew this many days before it ends.
const RENEW_DAYS: i64 = 60;

/// A certificate in use.
pub(crate) struct Identity {
    pub(crate) config: RustlsConfig,
    /// SHA-256 of the certificate, as browsers show it: `AB:CD:…`.
    pub(crate) fingerprint: String,
}

/// The plant's own certificate and key.
pub(crate) fn given(cert: &Path, key: &Path) -> Result<Identity, Error> {
    let unusable = |path: &Path, why: String| Error::Certificate { path: path.display().to_string(), why };
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(cert).and_then(Iterator::collect).map_err(|e| unusable(cert, e.to_string()))?;
    let Some(first) = chain.first() else {
        return Err(unusable(cert, "it holds no certificate".into()));
    };
    let fingerprint = fingerprint(first);
    let private = PrivateKeyDer::from_pem_file(key).map_err(|e| unusable(key, e.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| unusable(cert, e.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|e| unusable(cert, e.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Identity { config: RustlsConfig::from_config(Arc::new(config)), fingerprint })
}

fn fingerprint(cert: &CertificateDer<'_>) -> String {
    let pairs: Vec<String> = Sha256::digest(cert).iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// A self-signed certificate for `address` and this machine's names, kept in `dir` and made anew before it ends.
pub(crate) fn self_signed(dir: &Path, address: IpAddr, now: Timestamp) -> Result<Identity, Error> {
    let paths = Paths::in_folder(dir);
    if !paths.still_good(now) {
        paths.make(address, now)?;
    }
    given(&paths.cert, &paths.key)
}

struct Paths {
    cert: PathBuf,
    key: PathBuf,
    /// When to make a new one, in microseconds since the epoch.
    renew: PathBuf,
}

impl Paths {
    fn in_folder(dir: &Path) -> Self {
        Self {
            cert: dir.join("self-signed.crt"),
            key: dir.join("self-signed.key"),
            renew: dir.join("self-signed.renew"),
        }
    }

    fn still_good(&self, now: Timestamp) -> bool {
        let renew = std::fs::read_to_string(&self.renew).ok().and_then(|text| text.trim().parse().ok());
        self.cert.exists() && self.key.exists() && renew.is_some_and(|at| now < Timestamp::from_micros(at))
    }

    fn make(&self, address: IpAddr, now: Timestamp) -> Result<(), Error> {
        let made = |e: rcgen::Error| Error::SelfSigned { why: e.to_string() };
        let key = KeyPair::generate().map_err(made)?;
        let cert = params(address, now)?.self_signed(&key).map_err(made)?;
        let renew = now.day().saturating_add(HOLDS_DAYS - RENEW_DAYS).saturating_mul(86_400_000_000);
        // the key first and the renewal last: whatever is cut short is made anew
        write(&self.key, key.serialize_pem().as_bytes())?;
        write(&self.cert, cert.pem().as_bytes())?;
        write(&self.renew, renew.to_string().as_bytes())
    }
}

fn params(address: IpAddr, now: Timestamp) -> Result<CertificateParams, Error> {
    let why = |e: rcgen::Error| Error::SelfSigned { why: e.to_string() };
    let mut names = vec!["localhost".to_owned()];
    names.extend(machine_name());
    let mut params = CertificateParams::new(names).map_err(why)?;
    let reachable = if address.is_unspecified() { vec![] } else { vec![address] };
    for address in reachable.into_iter().chain([IpAddr::from([127, 0, 0, 1])]) {
        params.subject_alt_names.push(SanType::IpAddress(address));
    }
    params.distinguished_name.push(DnType::CommonName, "Gemba");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let ((y0, m0, d0), (y1, m1, d1)) = (civil(now, -1)?, civil(now, HOLDS_DAYS)?);
    (params.not_before, params.not_after) = (date_time_ymd(y0, m0, d0), date_time_ymd(y1, m1, d1));
    Ok(params)
}

/// The name of this machine, where the system keeps it and it can stand in a certificate.
fn machine_name() -> Option<String> {
    let name = std::fs::read_to_string("/etc/hostname").ok()?.trim().to_owned();
    let legal = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    (legal && name != "localhost").then_some(name)
}

/// Year, month and day of the day `days` from now.
fn civil(now: Timestamp, days: i64) -> Result<(i32, u8, u8), Error> {
    let why = |e: jiff::Error| Error::SelfSigned { why: e.to_string() };
    let at = jiff::Timestamp::from_second((now.day() + days) * 86_400).map_err(why)?.to_zoned(jiff::tz::TimeZone::UTC);
    Ok((i32::from(at.year()), at.month().unsigned_abs(), at.day().unsigned_abs()))
}

/// Writes a file that only its owner reads.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let fail = |source| Error::File { doing: "writing", path: path.display().to_string(), source };
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(fail)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(fail)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    #[test]
    fn a_self_signed_certificate_is_kept_until_it_nears_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let address = IpAddr::from([10, 0, 0, 7]);
        let first = self_signed(dir.path(), address, NOW).unwrap().fingerprint;
        assert_eq!(first.len(), 32 * 3 - 1);
        let later = Timestamp::from_secs(1_700_000_000 + 700 * 86_400);
        assert_eq!(self_signed(dir.path(), address, later).unwrap().fingerprint, first);
        let near_end = Timestamp::from_secs(1_700_000_000 + 780 * 86_400);
        assert_ne!(self_signed(dir.path(), address, near_end).unwrap().fingerprint, first);
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_its_owners() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        self_signed(dir.path(), IpAddr::from([10, 0, 0, 7]), NOW).unwrap();
        let mode = std::fs::metadata(dir.path().join("self-signed.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_broken_certificate_is_told_with_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = (dir.path().join("a.crt"), dir.path().join("a.key"));
        std::fs::write(&cert, "nothing").unwrap();
        std::fs::write(&key, "nothing").unwrap();
        let text = gemba_plant::port::told(&given(&cert, &key).err().unwrap());
        assert!(text.contains("a.crt") && text.contains("tls_cert"), "{text}");
    }
}
