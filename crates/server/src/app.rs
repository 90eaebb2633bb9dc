//! What every request shares, and what one request carries.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Bytes;
use gemba_node::Node;
use gemba_node::access::{Access, Identity};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::front::Numbers;
use crate::problem::Problem;
use crate::scrape::Scrape;
use crate::stream::Hub;

/// How the door to the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Door {
    /// Whether it speaks TLS.
    pub(crate) tls: bool,
    /// Whether only this machine reaches it.
    pub(crate) loopback: bool,
}

/// What every request shares. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    inner: Arc<Shared>,
}

/// Behind [`App`].
pub(crate) struct Shared {
    pub(crate) node: Node,
    pub(crate) door: Door,
    pub(crate) openapi: Bytes,
    pub(crate) hub: Hub,
    pub(crate) scrape: Scrape,
    pub(crate) numbers: Numbers,
    /// Places for exports: each holds a query thread for as long as its client takes.
    pub(crate) exports: Arc<Semaphore>,
    /// Places for looking at devices before their signals are imported.
    pub(crate) watches: Arc<Semaphore>,
    /// Places for bodies of measured values, one a MiB.
    pub(crate) writes: Arc<Semaphore>,
    /// Places for looking at files: each holds a thread and the file in memory.
    pub(crate) analyses: Arc<Semaphore>,
    pub(crate) stop: CancellationToken,
}

impl App {
    pub(crate) fn new(shared: Shared) -> Self {
        Self { inner: Arc::new(shared) }
    }

    pub(crate) fn access(&self) -> &Access {
        self.inner.node.access()
    }

    /// Runs work that waits for a disk off the async threads.
    pub(crate) async fn blocking<T, E>(
        &self,
        work: impl FnOnce(&Node) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let node = self.inner.node.clone();
        match tokio::task::spawn_blocking(move || work(&node)).await {
            Ok(done) => done.map_err(Into::into),
            Err(join) => Err(Problem::internal(join.to_string())),
        }
    }
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.inner
    }
}

/// One request, after the gate.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) app: App,
    /// Who asks; nobody only on routes that everybody may use.
    pub(crate) who: Option<Identity>,
    /// From where.
    pub(crate) from: IpAddr,
    /// The session cookie, when one came.
    pub(crate) session: Option<gemba_node::access::Secret>,
}

impl Call {
    /// The name of who asks; empty for nobody.
    pub(crate) fn name(&self) -> &str {
        self.who.as_ref().map_or("", |who| &who.name)
    }

    pub(crate) fn node(&self) -> &Node {
        &self.app.node
    }
}
