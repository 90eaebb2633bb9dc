//! TLS in front of the broker: each handshake is a task of its own and has an end. The library under the broker shakes hands
//! one after the other, so that a single device that never finishes would keep all others out.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::Tls;
use crate::Error;

/// How long a handshake may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// Connections beyond the broker's clients that may be on their way in at once.
const WAITING_MAX: usize = 256;
/// Between tries when the system has no connection to give.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// The door that devices come to.
pub(super) struct Front {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    /// Where the broker listens.
    inside: SocketAddr,
    connections_max: usize,
}

impl Front {
    /// Takes the port and reads the certificate.
    ///
    /// # Errors
    /// When the port is taken or a file cannot be used.
    pub(super) async fn bind(tls: &Tls, listen: SocketAddr, clients_max: usize) -> Result<Self, Error> {
        let acceptor = TlsAcceptor::from(Arc::new(server(tls)?));
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| Error::Connect { peer: format!("port {listen}"), why: error.to_string() })?;
        let inside = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Ok(Self { listener, acceptor, inside, connections_max: clients_max.saturating_add(WAITING_MAX) })
    }

    /// Leads to this listener of the broker.
    pub(super) fn to(self, inside: SocketAddr) -> Self {
        Self { inside, ..self }
    }

    /// Where it listens.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Lets devices in for ever. Dropping the future closes every connection.
    pub(super) async fn run(self) {
        let mut open = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok(_) if open.len() >= self.connections_max => tracing::warn!("all places of the broker are taken"),
                    Ok((stream, peer)) => {
                        open.spawn(serve(stream, peer, self.acceptor.clone(), self.inside));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a device cannot be let in");
                        sleep(ACCEPT_RETRY).await;
                    }
                },
                Some(_ended) = open.join_next(), if !open.is_empty() => {}
            }
        }
    }
}

/// Shakes hands, then passes on what each side says until one has ended.
async fn serve(stream: TcpStream, peer: SocketAddr, acceptor: TlsAcceptor, inside: SocketAddr) {
    let served = async {
        stream.set_nodelay(true)?;
        let mut outside = timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await??;
        let mut within = call(peer.ip(), inside).await?;
        copy_bidirectional(&mut outside, &mut within).await.map(drop)
    };
    if let Err(error) = served.await {
        tracing::debug!(%peer, %error, "a device over TLS has left");
    }
}

/// A connection to the broker from an address of the loopback that stands for the device's own: what the broker counts by
/// address, such as wrong passwords, it goes on counting for each device alone.
async fn call(peer: IpAddr, inside: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if cfg!(target_os = "linux") && !peer.is_loopback() {
        socket.bind(SocketAddr::from((stand_in(peer), 0)))?;
    }
    let stream = socket.connect(inside).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The same address for the same peer, none of 127.0.0.x.
fn stand_in(peer: IpAddr) -> Ipv4Addr {
    let hash = Sha256::digest(peer.to_canonical().to_string());
    let [a, b, c] = [0, 1, 2].map(|at| hash.get(at).copied().unwrap_or_default());
    Ipv4Addr::new(127, 1 + a % 254, b, 1 + c % 254)
}

fn server(tls: &Tls) -> Result<ServerConfig, Error> {
    let unusable = |file: &std::path::Path, why: String| Error::File { path: file.display().to_string(), why };
    let read = |file: &std::path::Path| -> Result<Vec<CertificateDer<'static>>, Error> {
        let all = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let all = all.map_err(|error| unusable(file, error.to_string()))?;
        if all.is_empty() { Err(unusable(file, "holds no certificate in PEM".into())) } else { Ok(all) }
    };
    let chain = read(&tls.cert_file)?;
    let key =
        PrivateKeyDer::from_pem_file(&tls.key_file).map_err(|error| unusable(&tls.key_file, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&tls.cert_file, error.to_string()))?;
    let builder = match &tls.client_ca_file {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let mut roots = RootCertStore::empty();
            for authority in read(file)? {
                roots.add(authority).map_err(|error| unusable(file, error.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| unusable(file, error.to_string()))?)
        }
    };
    builder.with_single_cert(chain, key).map_err(|error| unusable(&tls.cert_file, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_device_keeps_an_address_of_its_own() {
        let of = |text: &str| stand_in(text.parse().unwrap());
        assert_eq!(of("10.0.0.7"), of("::ffff:10.0.0.7"));
        assert_ne!(of("10.0.0.7"), of("10.0.0.8"));
        assert!((0..=255_u8).all(|n| {
            let [net, second, _, last] = stand_in(IpAddr::from([10, 0, n, 1])).octets();
            net == 127 && second > 0 && last > 0 && last < 255
        }));
    }
}
