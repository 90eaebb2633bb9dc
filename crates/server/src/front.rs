//! The front door: every request gets a number, every answer its headers; problems are written and logged here.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use crate::app::{App, Door};
use crate::gate::named_host;
use crate::problem::{Kind, Problem};

/// What pages may load and do: nothing inline but style attributes, nothing from elsewhere, never in a frame.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self'; \
    font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];
/// Two years, as the preload lists ask; browsers ignore it while the certificate is not trusted.
const HSTS: &str = "max-age=63072000";

/// Numbers requests: a random start and a count, so that numbers of two runs do not meet.
#[derive(Debug)]
pub(crate) struct Numbers {
    start: u64,
    count: AtomicU64,
}

impl Numbers {
    pub(crate) fn new() -> Self {
        // without randomness all runs begin alike, which only makes logs harder to read
        Self { start: getrandom::u64().unwrap_or_default(), count: AtomicU64::new(0) }
    }

    fn next(&self) -> String {
        format!("{:08x}-{}", self.start >> 32, self.count.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The path of the route that answered, for figures: a label without end would fill the memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered(pub(crate) &'static str);

/// Wraps every request.
pub(crate) async fn door(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let number = app.numbers.next();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = match known_host(app.door, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let route = response.extensions().get::<Answered>().map_or("other", |answered| answered.0);
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        log(&number, (&method, &path), &problem);
        response = problem.render(&number);
    }
    count(&method, route, (response.status(), began));
    dress(response.headers_mut(), app.door, &number);
    response
}

/// Who only listens on this machine goes by no other name: a page that makes its own name point here is not us.
fn known_host(door: Door, request: &Request) -> Result<(), Problem> {
    if !door.loopback {
        return Ok(());
    }
    let host = named_host(request.uri(), request.headers()).unwrap_or_default();
    if is_this_machine(host) {
        return Ok(());
    }
    let detail = format!("it listens on this machine only, not as \"{}\"", host.chars().take(80).collect::<String>());
    Err(Problem::new(Kind::WRONG_HOST, detail, "use http://127.0.0.1 or http://localhost with the port"))
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// Lost data and our own faults are errors, what others do wrong is not ours to shout about.
fn log(number: &str, (method, path): (&Method, &str), problem: &Problem) {
    let status = problem.status().as_u16();
    let inside = problem.inside.as_deref().unwrap_or(&problem.detail);
    match status {
        500 => tracing::error!(request = number, %method, path, status, "{inside}"),
        501.. => tracing::warn!(request = number, %method, path, status, "{inside}"),
        _ => tracing::debug!(request = number, %method, path, status, "{inside}"),
    }
}

/// A label for what clients may send freely.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

fn count(method: &Method, route: &'static str, (status, began): (StatusCode, Instant)) {
    let method = method_label(method);
    metrics::counter!("gemba_http_requests_total", "method" => method, "route" => route, "status" => status.as_u16().to_string())
        .increment(1);
    metrics::histogram!("gemba_http_request_seconds", "method" => method, "route" => route)
        .record(began.elapsed().as_secs_f64());
}

fn dress(headers: &mut HeaderMap, door: Door, number: &str) {
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if door.tls {
        headers.insert("strict-transport-security", HeaderValue::from_static(HSTS));
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(number) = HeaderValue::from_str(number) {
        headers.insert("x-request-id", number);
    }
}

/// The answer when a handler panicked.
#[allow(clippy::needless_pass_by_value, reason = "the signature of CatchPanicLayer")]
pub(crate) fn panicked(what: Box<dyn std::any::Any + Send>) -> Response {
    let text = what.downcast_ref::<String>().cloned().or_else(|| what.downcast_ref::<&str>().map(|s| (*s).to_owned()));
    Problem::internal(format!("a handler panicked: {}", text.unwrap_or_default())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_ours() {
        for ours in ["localhost", "LOCALHOST:8470", "127.0.0.1:8470", "127.1.2.3", "[::1]:8470", "[::1]"] {
            assert!(is_this_machine(ours), "{ours}");
        }
        for theirs in [
            "",
            "evil.example",
            "evil.example:8470",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "localhost:80x",
        ] {
            assert!(!is_this_machine(theirs), "{theirs}");
        }
    }

    #[test]
    fn numbers_do_not_repeat() {
        let numbers = Numbers::new();
        assert_ne!(numbers.next(), numbers.next());
    }
}
