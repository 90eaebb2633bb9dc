//! Doors for people: HTTP API, live stream, login, roles, audit, and the pages.
//!
//! One table ([`table`](crate) rows made in `routes/`) says for every address who may use it, what goes in and what
//! comes out. The router, the authorization check and the OpenAPI document are all made from it, so none can
//! forget what another knows. The way in is [`serve`] with a running [`gemba_node::Node`]; the way out is
//! [`Served`].
//!
//! **Invariants:** no address answers without a role unless the table lists it as public. Off the loopback
//! everything is TLS. Nothing is decided here that a command line could want too. Connections, bodies, times and
//! queues are bounded; a slow client costs itself. Inner errors go to the log, never to the caller.
//!
//! ```no_run
//! # async fn example(node: gemba_node::Node) -> Result<(), gemba_server::Error> {
//! let served = gemba_server::serve(node.clone()).await?;
//! println!("open {}", served.url());
//! served.stop().await;
//! # Ok(())
//! # }
//! ```

mod app;
mod error;
mod front;
mod gate;
mod input;
mod lines;
mod listen;
mod moment;
mod openapi;
mod output;
mod pages;
mod plain;
mod problem;
mod router;
mod routes;
mod scrape;
mod served;
mod stream;
mod table;
mod tls;
mod views;

pub use error::Error;
pub use served::{Served, serve};

/// The OpenAPI 3.1 document of the API, as `GET /api/v1/openapi.json` gives it.
pub fn openapi() -> String {
    openapi::document(&routes::all())
}

/// A route, as documents and tests see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteInfo {
    /// `GET`, `POST` …
    pub method: String,
    /// The address, with `{parameters}`.
    pub path: &'static str,
    /// The least role; none for what everybody may use. `/metrics` needs a viewer off the machine only.
    pub role: Option<gemba_node::access::Role>,
    /// The resource that scopes of tokens name.
    pub resource: &'static str,
    /// What it does.
    pub summary: &'static str,
}

/// All routes, in the order of the table.
pub fn routes() -> Vec<RouteInfo> {
    let info = |resource: &'static str, route: table::Route| RouteInfo {
        method: route.method.to_string(),
        path: route.path,
        role: match route.needs {
            table::Needs::Nobody => None,
            table::Needs::ViewerOrLocal => Some(gemba_node::access::Role::Viewer),
            table::Needs::Role(role) => Some(role),
        },
        resource,
        summary: route.summary,
    };
    routes::all().into_iter().flat_map(|r| r.routes.into_iter().map(move |route| info(r.name, route))).collect()
}
