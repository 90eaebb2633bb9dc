//! Starting and stopping, step by step.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsAcceptor;
use gemba_node::Node;
use gemba_node::access::Secret;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{App, Door, Shared};
use crate::front::Numbers;
use crate::listen::Places;
use crate::scrape::Scrape;
use crate::stream::Hub;
use crate::{Error, router, routes, tls};

/// How long a client may take for the head of a request, and for its first request after connecting.
const HEAD_TIME_MAX: Duration = Duration::from_secs(15);
/// How long a TLS handshake may take.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);
/// How large the head of a request may be, in bytes.
const HEAD_BYTES_MAX: usize = 32 << 10;
/// How many headers a request may have.
const HEADERS_MAX: usize = 64;
/// Requests of one HTTP/2 connection at the same time.
const STREAMS_MAX: u32 = 64;
/// How long requests that are under way get when the server stops.
const STOP_PATIENCE: Duration = Duration::from_secs(5);
/// Exports at the same time.
const EXPORTS_MAX: usize = 4;
/// Devices that are looked at at the same time: a few people who connect machines.
const WATCHES_MAX: usize = 16;
/// MiB that bodies of measured values may take at the same time; more wait. One takes at least one.
const WRITES_MIB_MAX: usize = 256;
/// Files that are looked at at once: the machines come first.
const ANALYSES_MAX: usize = 1;
/// Between two foldings of the figures.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// A server that runs. Dropping it does not stop it.
#[derive(Debug)]
pub struct Served {
    address: SocketAddr,
    fingerprint: Option<String>,
    handle: Handle<SocketAddr>,
    stop: CancellationToken,
    tasks: TaskTracker,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Served {
    /// Where it listens, with the port that was chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// SHA-256 of the certificate as browsers show it; none without TLS.
    pub fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// Where a browser on this machine finds the pages.
    pub fn url(&self) -> String {
        let scheme = if self.fingerprint.is_some() { "https" } else { "http" };
        let ip = if self.address.ip().is_unspecified() { IpAddr::from([127, 0, 0, 1]) } else { self.address.ip() };
        format!("{scheme}://{}/", SocketAddr::new(ip, self.address.port()))
    }

    /// Where a one-time sign-in link leads, for a key of [`gemba_node::access::Access::one_time_link`].
    pub fn link(&self, key: &Secret) -> String {
        format!("{}auth/once?key={}", self.url(), key.reveal())
    }

    /// Lets requests end, then stops. Streams are told first.
    pub async fn stop(self) {
        self.stop.cancel();
        self.handle.graceful_shutdown(Some(STOP_PATIENCE));
        self.tasks.close();
        self.tasks.wait().await;
        match self.serving.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the server had ended before"),
            Err(error) => tracing::error!(%error, "the server had ended before"),
        }
    }
}

/// Opens the door for a running node, at the address of its configuration.
///
/// # Errors
/// When the address is taken, or the certificate cannot be used or made.
pub async fn serve(node: Node) -> Result<Served, Error> {
    let wanted = node.plan().listen;
    let identity = match certificate(&node, wanted.ip()) {
        Some(work) => Some(tokio::task::spawn_blocking(work).await.map_err(|e| Error::Serve { why: e.to_string() })??),
        None => None,
    };
    let (listener, address) = listen(wanted)?;
    let places = Places::default();
    let scrape = Scrape::new(places.clone())?;
    let stop = CancellationToken::new();
    let hub = Hub::new();
    let resources = routes::all();
    let shared = Shared {
        node: node.clone(),
        door: Door { tls: identity.is_some(), loopback: wanted.ip().is_loopback() },
        openapi: crate::openapi::document(&resources).into(),
        hub: hub.clone(),
        scrape: scrape.clone(),
        numbers: Numbers::new(),
        exports: Arc::new(Semaphore::new(EXPORTS_MAX)),
        watches: Arc::new(Semaphore::new(WATCHES_MAX)),
        writes: Arc::new(Semaphore::new(WRITES_MIB_MAX)),
        analyses: Arc::new(Semaphore::new(ANALYSES_MAX)),
        stop: stop.clone(),
    };
    let tasks = TaskTracker::new();
    tasks.spawn(hub.run(node, stop.clone()));
    tasks.spawn(keep_figures(scrape, stop.clone()));
    let app = router::router(App::new(shared), resources);
    let handle = Handle::new();
    let fingerprint = identity.as_ref().map(|identity| identity.fingerprint.clone());
    let serving = start(listener, &handle, (places, identity), app)?;
    Ok(Served { address, fingerprint, handle, stop, tasks, serving })
}

/// What makes the certificate that this address needs: none on the loopback, unless one is configured.
fn certificate(node: &Node, ip: IpAddr) -> Option<impl FnOnce() -> Result<tls::Identity, Error> + Send + 'static> {
    let http = &node.plan().file.http;
    let base = node.plan().base();
    let given = http.tls_cert.as_ref().zip(http.tls_key.as_ref()).map(|(cert, key)| (base.join(cert), base.join(key)));
    if given.is_none() && ip.is_loopback() {
        return None;
    }
    let (dir, now) = (node.plan().data_dir.join("tls"), node.now());
    Some(move || match given {
        Some((cert, key)) => tls::given(&cert, &key),
        None => tls::self_signed(&dir, ip, now),
    })
}

fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let fail = |source| Error::Listen { address: wanted, source };
    let listener = TcpListener::bind(wanted).map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    Ok((listener, address))
}

type Serving = JoinHandle<std::io::Result<()>>;

fn start(
    listener: TcpListener,
    handle: &Handle<SocketAddr>,
    (places, identity): (Places, Option<tls::Identity>),
    app: axum::Router,
) -> Result<Serving, Error> {
    let mut server = axum_server::from_tcp(listener)
        .map_err(|e| Error::Serve { why: e.to_string() })?
        .handle(handle.clone())
        .first_request_timeout(HEAD_TIME_MAX);
    let http = server.http_builder();
    http.http1().header_read_timeout(HEAD_TIME_MAX).max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    http.http2()
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
        .keep_alive_interval(Some(HEAD_TIME_MAX));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    Ok(match identity {
        None => tokio::spawn(server.acceptor(places).serve(app)),
        Some(identity) => {
            let acceptor = RustlsAcceptor::new(identity.config)
                .handshake_timeout(HANDSHAKE_TIME_MAX)
                .acceptor(places.before_tls());
            tokio::spawn(server.acceptor(acceptor).serve(app))
        }
    })
}

async fn keep_figures(scrape: Scrape, stop: CancellationToken) {
    let mut every = tokio::time::interval(UPKEEP_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => scrape.upkeep(),
        }
    }
}
