//! The table of routes becomes a router.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use crate::app::App;
use crate::front::{self, Answered};
use crate::problem::{Kind, Problem};
use crate::table::{Resource, Route};
use crate::{gate, pages};

/// All routes behind the gate, pages beside them, the front door around everything.
pub(crate) fn router(app: App, resources: Vec<Resource>) -> Router {
    let mut router = Router::new();
    for resource in resources {
        for route in resource.routes {
            // every method of the table is one that axum knows
            let Ok(filter) = MethodFilter::try_from(route.method.clone()) else { continue };
            router = router.route(route.path, on(filter, handler(resource.name, Arc::new(route))));
        }
    }
    // what is packed already, and what is read line by line while it is written
    let packed = NotForContentType::const_new("application/vnd.apache.parquet");
    let lines = NotForContentType::const_new("application/x-ndjson");
    let compress = CompressionLayer::new().compress_when(DefaultPredicate::new().and(packed).and(lines));
    router
        .fallback(elsewhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(compress)
        .layer(CatchPanicLayer::custom(front::panicked))
        .layer(from_fn_with_state(app.clone(), front::door))
        .with_state(app)
}

/// An axum handler for a row of the table: the gate, then the row's own handler.
fn handler(
    resource: &'static str,
    route: Arc<Route>,
) -> impl Fn(State<App>, ConnectInfo<SocketAddr>, Request) -> std::pin::Pin<Box<dyn Future<Output = Response> + Send>> + Clone
{
    move |State(app), ConnectInfo(from), request| {
        let route = Arc::clone(&route);
        Box::pin(async move {
            let path = route.path;
            let mut response =
                gate::pass(app, from, (resource, &route), request).await.unwrap_or_else(Problem::into_response);
            response.extensions_mut().insert(Answered(path));
            response
        })
    }
}

/// What is no route: a page, or nothing.
async fn elsewhere(request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") || path.starts_with("/auth/") {
        return Problem::new(Kind::NOT_FOUND, "there is no such address", "see /api/v1/openapi.json for all addresses")
            .into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::new(Kind::METHOD, "pages are only read", "use GET").into_response();
    }
    let encodings = request.headers().get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    pages::page(path, encodings, known)
}

async fn wrong_method(request: Request) -> Problem {
    let detail = format!("{} does not take {}", request.uri().path(), request.method());
    Problem::new(Kind::METHOD, detail, "see /api/v1/openapi.json for what it takes")
}
