//! Certificates: ours, those we trust, those we do not.
//!
//! `own/certs/gemba.der` and `own/private/gemba.pem` are made on the first start. A server is trusted when exactly its
//! certificate lies in `trusted/certs`; an unknown one is put into `rejected/certs` for a person to judge. What
//! lies in `issuer` is not trusted.

use std::path::{Path, PathBuf};

use opcua::crypto::{CertificateStore, X509, X509Data};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Error;

/// Years that our own certificate is valid.
const YEARS: u32 = 5;
/// The most certificates that one folder may hold.
const CERTIFICATES_MAX: usize = 1_000;

/// Where a certificate lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Ours.
    Own,
    /// Servers that we trust.
    Trusted,
    /// Servers that somebody has to judge.
    Rejected,
}

/// A certificate, for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Certificate {
    /// SHA-1 thumbprint in hexadecimal, as every OPC UA tool shows it.
    pub fingerprint: String,
    /// Whose it is.
    pub subject: String,
    /// First instant of validity, RFC 3339.
    pub valid_from: String,
    /// Last instant of validity, RFC 3339.
    pub valid_until: String,
    /// Where it lies.
    pub place: Place,
    /// Its file.
    pub file: String,
}

/// Our own certificate and how we call ourselves.
#[derive(Clone, Debug)]
pub(super) struct Own {
    pub(super) certificate: PathBuf,
    pub(super) private_key: PathBuf,
    pub(super) application_uri: String,
}

/// What became of a server's certificate.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A person has trusted it; whether its time is over.
    Trusted { expired: bool },
    /// Nobody has; it lies among the rejected now.
    Unknown(Certificate),
}

/// All certificates in a folder of certificates, by place and file name.
///
/// # Errors
/// When the folder cannot be read.
pub fn certificates(pki: &Path) -> Result<Vec<Certificate>, Error> {
    let mut all = Vec::new();
    for place in [Place::Own, Place::Trusted, Place::Rejected] {
        let folder = folder(pki, place);
        if !folder.is_dir() {
            continue;
        }
        let entries = std::fs::read_dir(&folder).map_err(|e| fail(&folder, e.to_string()))?;
        let mut files: Vec<PathBuf> =
            entries.take(CERTIFICATES_MAX).filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.sort();
        all.extend(
            files.iter().filter_map(|file| Some(describe(&CertificateStore::read_cert(file).ok()?, place, file))),
        );
    }
    Ok(all)
}

/// The first certificate of a file, PEM or DER; none when it holds none.
pub fn certificate(file: &Path) -> Option<Certificate> {
    let bytes = std::fs::read(file).ok()?;
    let read =
        if bytes.trim_ascii_start().starts_with(b"-----") { X509::from_pem(&bytes) } else { X509::from_der(&bytes) };
    Some(describe(&read.ok()?, Place::Own, file))
}

/// Trusts a rejected certificate.
///
/// # Errors
/// When there is none with this fingerprint, or its file cannot be moved.
pub fn trust(pki: &Path, fingerprint: &str) -> Result<(), Error> {
    relocate(pki, fingerprint, (Place::Rejected, Place::Trusted))
}

/// Takes trust back.
///
/// # Errors
/// As [`trust`].
pub fn distrust(pki: &Path, fingerprint: &str) -> Result<(), Error> {
    relocate(pki, fingerprint, (Place::Trusted, Place::Rejected))
}

fn relocate(pki: &Path, fingerprint: &str, (from, to): (Place, Place)) -> Result<(), Error> {
    let wanted: String = fingerprint.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase();
    let all = certificates(pki)?;
    let hit = all.iter().find(|c| c.place == from && c.fingerprint == wanted);
    let hit =
        hit.ok_or_else(|| fail(&folder(pki, from), format!("holds no certificate with the fingerprint {wanted}")))?;
    let source = PathBuf::from(&hit.file);
    let target = folder(pki, to).join(source.file_name().unwrap_or_default());
    prepare(pki)?;
    std::fs::rename(&source, &target).map_err(|e| fail(&target, e.to_string()))
}

/// Judges a server's certificate.
pub(super) fn judge(pki: &Path, certificate: &X509, now_s: i64) -> Result<Verdict, Error> {
    prepare(pki)?;
    let der =
        certificate.to_der().map_err(|e| fail(pki, format!("the server's certificate cannot be written: {e}")))?;
    let trusted = folder(pki, Place::Trusted);
    let entries = std::fs::read_dir(&trusted).map_err(|e| fail(&trusted, e.to_string()))?;
    let same = |path: PathBuf| CertificateStore::read_cert(&path).ok()?.to_der().ok().filter(|known| *known == der);
    if entries.take(CERTIFICATES_MAX).filter_map(Result::ok).any(|entry| same(entry.path()).is_some()) {
        let expired = certificate.not_after().is_ok_and(|end| end.timestamp() < now_s);
        return Ok(Verdict::Trusted { expired });
    }
    let file = folder(pki, Place::Rejected).join(format!("{}.der", certificate.thumbprint().as_hex_string()));
    std::fs::write(&file, &der).map_err(|e| fail(&file, e.to_string()))?;
    Ok(Verdict::Unknown(describe(certificate, Place::Rejected, &file)))
}

/// Our own certificate; made when there is none yet, which takes a second or two.
pub(super) fn own(pki: &Path) -> Result<Own, Error> {
    prepare(pki)?;
    let pki = pki.canonicalize().map_err(|e| fail(pki, e.to_string()))?;
    let own = Own {
        certificate: pki.join("own/certs/gemba.der"),
        private_key: pki.join("own/private/gemba.pem"),
        application_uri: application_uri(&pki)?,
    };
    if own.certificate.is_file() && own.private_key.is_file() {
        return Ok(own);
    }
    // where it stands nobody has told us: no country, no state
    let data = X509Data {
        key_size: 2048,
        common_name: format!("Gemba@{}", host()),
        organization: "Gemba".into(),
        organizational_unit: String::new(),
        country: String::new(),
        state: String::new(),
        alt_host_names: X509Data::alt_host_names(&own.application_uri, None, true, true, false),
        certificate_duration_days: 365 * YEARS,
    };
    CertificateStore::create_certificate_and_key(&data, true, &own.certificate, &own.private_key)
        .map_err(|why| fail(&own.certificate, why))?;
    private(&own.private_key, 0o600)?;
    Ok(own)
}

/// The name of this machine, as far as it can stand in a certificate's name.
fn host() -> String {
    let named = X509Data::computer_hostnames().into_iter().next().unwrap_or_default();
    let legal = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let host: String = named.chars().filter(legal).collect();
    if host.is_empty() { "localhost".into() } else { host }
}

/// How we call ourselves; must stay what our certificate says, so it is written down once.
fn application_uri(pki: &Path) -> Result<String, Error> {
    let file = pki.join("own/application-uri.txt");
    if let Ok(text) = std::fs::read_to_string(&file) {
        return Ok(text.trim().to_owned());
    }
    let uri = format!("urn:{}:gemba", host());
    std::fs::write(&file, &uri).map_err(|e| fail(&file, e.to_string()))?;
    Ok(uri)
}

fn prepare(pki: &Path) -> Result<(), Error> {
    for place in ["own", "trusted", "issuer", "rejected"] {
        for kind in ["certs", "private", "crl"] {
            let folder = pki.join(place).join(kind);
            std::fs::create_dir_all(&folder).map_err(|e| fail(&folder, e.to_string()))?;
        }
    }
    private(&pki.join("own/private"), 0o700)
}

#[cfg(unix)]
fn private(path: &Path, mode: u32) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(|e| fail(path, e.to_string()))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the same shape as where there are modes")]
fn private(_path: &Path, _mode: u32) -> Result<(), Error> {
    Ok(())
}

fn folder(pki: &Path, place: Place) -> PathBuf {
    match place {
        Place::Own => pki.join("own/certs"),
        Place::Trusted => pki.join("trusted/certs"),
        Place::Rejected => pki.join("rejected/certs"),
    }
}

fn describe(certificate: &X509, place: Place, file: &Path) -> Certificate {
    Certificate {
        fingerprint: certificate.thumbprint().as_hex_string(),
        subject: certificate.subject_name(),
        valid_from: certificate.not_before().map(|t| t.to_rfc3339()).unwrap_or_default(),
        valid_until: certificate.not_after().map(|t| t.to_rfc3339()).unwrap_or_default(),
        place,
        file: file.display().to_string(),
    }
}

fn fail(path: &Path, why: String) -> Error {
    Error::File { path: path.display().to_string(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_certificate_is_rejected_until_a_person_trusts_it() {
        let folder = tempfile::tempdir().unwrap();
        let pki = folder.path().join("pki");
        let own = own(&pki).unwrap();
        let ours = CertificateStore::read_cert(&own.certificate).unwrap();
        let Verdict::Unknown(told) = judge(&pki, &ours, 0).unwrap() else { panic!("trusted at once") };
        assert_eq!(certificates(&pki).unwrap().len(), 2, "own and rejected");
        assert!(trust(&pki, "00ff").is_err());
        let spaced = told.fingerprint.to_uppercase().replace('A', "A ").replace('1', " 1:");
        trust(&pki, &spaced).unwrap();
        assert_eq!(judge(&pki, &ours, 0).unwrap(), Verdict::Trusted { expired: false });
        assert_eq!(judge(&pki, &ours, i64::MAX).unwrap(), Verdict::Trusted { expired: true });
        distrust(&pki, &told.fingerprint).unwrap();
        assert!(matches!(judge(&pki, &ours, 0).unwrap(), Verdict::Unknown(_)));
        assert_eq!(super::own(&pki).unwrap().application_uri, own.application_uri);
        assert_eq!(told.subject, format!("CN=Gemba@{},O=Gemba", host()), "and no country");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&own.private_key).unwrap().permissions().mode() & 0o77, 0);
        }
    }
}
