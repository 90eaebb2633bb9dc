//! The pages: what `web/` was built to, inside the program. In debug builds they are read from the disk.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::{Kind, Problem};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
struct Dist;

/// What is shown when the program was built without pages: how to get them.
const MISSING: &str = include_str!("missing.html");
/// Why there are none, told by the build script; empty when there are.
const WHY_MISSING: &str = env!("GEMBA_WEB_WHY");
/// Names of files in here hold a hash of their content: they never change.
const HASHED: &str = "assets/";

/// A file of the pages. Addresses without a dot in their last segment belong to the pages' own router.
pub(crate) fn page(path: &str, encodings: &str, known: Option<&str>) -> Response {
    let wanted = path.trim_start_matches('/');
    if !wanted.is_empty()
        && let Some(response) = file(wanted, encodings, known)
    {
        return response;
    }
    let last = wanted.rsplit('/').next().unwrap_or_default();
    if last.contains('.') && last != "index.html" {
        return Problem::new(Kind::NOT_FOUND, "there is no such file", "").into_response();
    }
    file("index.html", encodings, known).unwrap_or_else(missing)
}

fn missing() -> Response {
    let why = if WHY_MISSING.is_empty() { "The folder web/dist holds no index.html." } else { WHY_MISSING };
    let page = MISSING.replace("{why}", why);
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], page)
        .into_response()
}

fn file(path: &str, encodings: &str, known: Option<&str>) -> Option<Response> {
    if path.split('/').any(|segment| segment == ".." || segment.starts_with('.')) {
        return None;
    }
    let (encoding, found) = best(path, encodings)?;
    let tag = tag(&found);
    let cached = known.is_some_and(|known| known.split(',').any(|k| k.trim() == tag));
    let mut response = if cached {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match found.data {
            Cow::Borrowed(bytes) => bytes.into_response(),
            Cow::Owned(bytes) => bytes.into_response(),
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    let keep = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

/// The file, packed beforehand when it is there and the client takes it.
fn best(path: &str, encodings: &str) -> Option<(Option<&'static str>, EmbeddedFile)> {
    let takes = |encoding| encodings.split(',').any(|e| e.split(';').next().unwrap_or_default().trim() == encoding);
    for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
        if takes(encoding)
            && let Some(packed) = Dist::get(&format!("{path}.{ending}"))
        {
            return Some((Some(encoding), packed));
        }
    }
    Dist::get(path).map(|plain| (None, plain))
}

fn tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let head = hash.first_chunk::<16>().copied().unwrap_or_default();
    // weak: the answer may be packed on its way out
    format!("W/\"{:032x}\"", u128::from_be_bytes(head))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_pages_router_give_the_first_page() {
        for path in ["/", "/a/acme/pump-1", "/index.html", "/alarms"] {
            let response = page(path, "", None);
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8", "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_there_and_nothing_outside_is_served() {
        for path in
            ["/nothing.js", "/../Cargo.toml", "/assets/../../package.json", "/.gitignore", "/..%2f..%2fCargo.toml"]
        {
            assert_eq!(page(path, "br", None).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
