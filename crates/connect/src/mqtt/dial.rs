//! From a configuration to an open stream: name, TCP, TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Access;
use crate::Error;
use crate::error::said;

/// How long each step of connecting may take.
pub(crate) const STEP_MAX: Duration = Duration::from_secs(10);

/// An open stream, with or without TLS.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Where a broker listens and how it is secured.
#[derive(Clone)]
pub(crate) struct Peer {
    /// Name or number.
    pub(crate) host: String,
    /// TCP port.
    pub(crate) port: u16,
    /// TLS, when it is spoken.
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.tls.is_some() { "mqtts" } else { "mqtt" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl Peer {
    /// The broker's addresses.
    pub(crate) async fn resolve(&self) -> Result<Vec<SocketAddr>, Error> {
        let fail = |why: String| Error::Connect { peer: self.to_string(), why };
        let looked = tokio::time::timeout(STEP_MAX, tokio::net::lookup_host((self.host.as_str(), self.port))).await;
        let found: Vec<SocketAddr> = looked
            .map_err(|_elapsed| self.late("the name server"))?
            .map_err(|error| fail(format!("the name {} is not known: {}", self.host, said(&error))))?
            .collect();
        if found.is_empty() { Err(fail(format!("the name {} has no address", self.host))) } else { Ok(found) }
    }

    /// A TCP connection to the first address that answers.
    pub(crate) async fn tcp(&self, addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
        let stream = tokio::time::timeout(STEP_MAX, TcpStream::connect(addresses))
            .await
            .map_err(|_elapsed| self.late("the TCP connection"))?
            .map_err(|error| Error::Connect { peer: self.to_string(), why: said(&error) })?;
        stream.set_nodelay(true).map_err(|error| Error::Connect { peer: self.to_string(), why: said(&error) })?;
        Ok(stream)
    }

    /// The stream to speak MQTT over: TLS on top when configured.
    pub(crate) async fn secure(&self, stream: TcpStream) -> Result<Box<dyn Io>, Error> {
        let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
        let untrusted = |why: String| Error::Untrusted {
            peer: self.to_string(),
            why,
            cure: "check access.ca_file, the host name in the broker's certificate and both clocks".into(),
        };
        let name = ServerName::try_from(self.host.clone()).map_err(|error| untrusted(error.to_string()))?;
        let secured = tokio::time::timeout(STEP_MAX, TlsConnector::from(Arc::clone(tls)).connect(name, stream)).await;
        let failed =
            |error: std::io::Error| match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(rustls::Error::InvalidCertificate(why)) => untrusted(distrust(why)),
                Some(other) => Error::Connect { peer: self.to_string(), why: format!("no TLS: {other}") },
                None => Error::Connect { peer: self.to_string(), why: format!("no TLS: {}", said(&error)) },
            };
        let stream = secured.map_err(|_elapsed| self.late("TLS"))?.map_err(failed)?;
        Ok(Box::new(stream))
    }

    /// The error of a step that took too long.
    pub(crate) fn late(&self, doing: &str) -> Error {
        Error::TimedOut { peer: self.to_string(), doing: doing.into(), secs: STEP_MAX.as_secs() }
    }
}

/// Why a broker's certificate is not trusted.
fn distrust(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => "nobody vouches for it: its authority is not known here".into(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet".into(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is made out to another name".into()
        }
        other => other.to_string(),
    }
}

/// TLS as the configuration wants it: named authorities or the system's, our certificate when there is one.
///
/// # Errors
/// When a file cannot be read or makes no sense.
pub(crate) fn tls(access: &Access) -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unreadable("TLS settings", &error))?
        .with_root_certificates(roots(access)?);
    let (Some(cert), Some(key)) = (&access.cert_file, &access.key_file) else {
        return Ok(Arc::new(builder.with_no_client_auth()));
    };
    let chain = certificates(cert)?;
    let key_name = key.display().to_string();
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(&key_name, &error))?;
    let config = builder.with_client_auth_cert(chain, key).map_err(|error| unreadable(&key_name, &error))?;
    Ok(Arc::new(config))
}

fn roots(access: &Access) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = &access.ca_file {
        for certificate in certificates(file)? {
            roots.add(certificate).map_err(|error| unreadable(&file.display().to_string(), &error))?;
        }
        return Ok(roots);
    }
    let (_, _skipped) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(Error::NoAuthority);
    }
    Ok(roots)
}

fn certificates(file: &std::path::Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let name = file.display().to_string();
    let read = CertificateDer::pem_file_iter(file).map_err(|error| unreadable(&name, &error))?;
    let chain: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| unreadable(&name, &error))?;
    if chain.is_empty() {
        return Err(Error::File { path: name, why: "holds no certificate in PEM".into() });
    }
    Ok(chain)
}

fn unreadable(path: &str, why: &dyn std::fmt::Display) -> Error {
    Error::File { path: path.into(), why: why.to_string() }
}
