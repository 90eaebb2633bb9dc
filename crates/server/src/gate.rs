//! Who may pass. Every route of the table goes through [`pass`]; there is no other way to a handler.

use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, COOKIE as COOKIE_HEADER, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, Uri};
use axum::response::Response;
use gemba_node::access::{Credential, Deed, Identity, Outcome, Role, Secret};

use crate::app::{App, Call};
use crate::input::Taken;
use crate::problem::{Kind, Problem};
use crate::table::{Needs, Route};

/// The name of the session cookie.
pub(crate) const COOKIE: &str = "gemba_session";
/// The header without which a cookie changes nothing: another site cannot set it.
const CSRF: HeaderName = HeaderName::from_static("x-gemba-csrf");
/// What browsers say about who started the request.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Checks who asks and, when they may, runs the handler within its time; writes the audit log.
pub(crate) async fn pass(
    app: App,
    from: SocketAddr,
    (resource, route): (&'static str, &Route),
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let from = from.ip().to_canonical();
    let target = parts.uri.path().to_owned();
    let (call, may) = check(&app, from, (resource, route), &parts);
    let name = call.name().to_owned();
    let writes = Note { app: &app, route, name, from, target };
    if let Err(problem) = may {
        // refusals of people and programs that are known; the nameless are counted, not written: they could fill the disk
        if !writes.name.is_empty() {
            writes.note(Outcome::Refused, problem.kind.code).await;
        }
        return Err(problem);
    }
    let taken = Taken { parts, body, body_bytes_max: route.body_bytes_max };
    let answered = match tokio::time::timeout(route.time_limit, (route.handler)(call, taken)).await {
        Ok(answered) => answered,
        Err(_elapsed) => Err(too_long(route)),
    };
    if route.audited && !writes.name.is_empty() {
        match &answered {
            Ok(_) => writes.note(Outcome::Done, "").await,
            Err(problem) => writes.note(Outcome::Failed, problem.kind.code).await,
        }
    }
    answered
}

fn too_long(route: &Route) -> Problem {
    let detail = format!("it was not done within {} s", route.time_limit.as_secs());
    Problem::new(Kind::TIMED_OUT, detail, "ask for less, or try again when there is less to do")
}

/// What is needed to write a line of the audit log about a request.
struct Note<'a> {
    app: &'a App,
    route: &'a Route,
    name: String,
    from: IpAddr,
    target: String,
}

impl Note<'_> {
    async fn note(&self, outcome: Outcome, detail: &str) {
        let deed = Deed {
            user: self.name.clone(),
            from: self.from.to_string(),
            action: format!("{} {}", self.route.method, self.route.path),
            target: self.target.clone(),
            detail: detail.to_owned(),
            outcome,
        };
        if let Err(error) = self.app.access().note(deed).await {
            tracing::error!(%error, user = self.name, target = self.target, "a line of the audit log is lost");
        }
    }
}

fn check(app: &App, from: IpAddr, (resource, route): (&str, &Route), parts: &Parts) -> (Call, Result<(), Problem>) {
    let credential = credential(&parts.headers);
    let who = credential.as_ref().and_then(|credential| app.access().identify(credential));
    let by_cookie = matches!(credential, Some(Credential::Session(_)));
    let may = same_site(&parts.uri, &parts.headers, &parts.method)
        .and_then(|()| allowed(who.as_ref(), from, (resource, route)))
        .and_then(|()| csrf(&parts.headers, &parts.method, by_cookie && who.is_some()));
    let session = match credential {
        Some(Credential::Session(secret)) => Some(secret),
        _ => None,
    };
    (Call { app: app.clone(), who, from, session }, may)
}

/// A token before the cookie: who sends one means it. `Token` is the word of programs that write line protocol.
pub(crate) fn credential(headers: &HeaderMap) -> Option<Credential> {
    if let Some(given) = headers.get(AUTHORIZATION) {
        let (scheme, token) = given.to_str().ok()?.split_once(' ')?;
        let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
        let token = known.then(|| token.trim())?;
        return Secret::from_client(token).map(Credential::Token);
    }
    headers
        .get_all(COOKIE_HEADER)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .find_map(session_cookie)
        .map(Credential::Session)
}

fn session_cookie(header: &str) -> Option<Secret> {
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == COOKIE).find_map(|(_, value)| Secret::from_client(value))
}

fn allowed(who: Option<&Identity>, from: IpAddr, (resource, route): (&str, &Route)) -> Result<(), Problem> {
    let role = match route.needs {
        Needs::Nobody => return Ok(()),
        Needs::ViewerOrLocal if from.is_loopback() => return Ok(()),
        Needs::ViewerOrLocal => Role::Viewer,
        Needs::Role(role) => role,
    };
    let Some(who) = who else {
        return Err(Problem::new(
            Kind::NOT_SIGNED_IN,
            "this needs somebody who is signed in",
            "sign in, or send a bearer token",
        ));
    };
    if who.may(role, resource, route.changes) {
        return Ok(());
    }
    let detail = if who.role < role {
        format!("this needs the role {role}, {} has the role {}", who.name, who.role)
    } else {
        let right = if route.changes { "write" } else { "read" };
        format!("{} has no scope {resource}:{right}", who.name)
    };
    Err(Problem::new(Kind::FORBIDDEN, detail, "ask an administrator"))
}

/// Changes come from our own pages or from programs, never from another site's page.
fn same_site(uri: &Uri, headers: &HeaderMap, method: &Method) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    let from_elsewhere = headers.get(FETCH_SITE).is_some_and(|site| site != "same-origin" && site != "none");
    if from_elsewhere || !origin_is_ours(uri, headers) {
        return Err(cross_site());
    }
    Ok(())
}

/// The name and port by which a request knows this server: HTTP/2 tells it with the address, HTTP/1.1 in a header.
pub(crate) fn named_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    uri.authority().map(Authority::as_str).or_else(|| headers.get(HOST)?.to_str().ok())
}

/// Whether the page that asks, if a page asks, came from this server.
pub(crate) fn origin_is_ours(uri: &Uri, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Some(host) = named_host(uri, headers) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}

pub(crate) fn cross_site() -> Problem {
    Problem::new(
        Kind::CROSS_SITE,
        "the request was started by a page of another site",
        "use Gemba's own pages, or a bearer token from a program",
    )
}

fn csrf(headers: &HeaderMap, method: &Method, by_cookie: bool) -> Result<(), Problem> {
    if !by_cookie || method.is_safe() || headers.contains_key(CSRF) {
        return Ok(());
    }
    Err(Problem::new(
        Kind::CROSS_SITE,
        "a change with the session cookie lacks the header X-Gemba-CSRF",
        "send X-Gemba-CSRF: 1",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_cookie_is_found_among_others_and_a_token_goes_first() {
        let cookie = headers(&[("cookie", "theme=dark; gemba_session=abc-123; x=y")]);
        assert!(matches!(credential(&cookie), Some(Credential::Session(s)) if s.reveal() == "abc-123"));
        let both = headers(&[("cookie", "gemba_session=abc"), ("authorization", "bearer gmb_xyz")]);
        assert!(matches!(credential(&both), Some(Credential::Token(s)) if s.reveal() == "gmb_xyz"));
        let written = headers(&[("authorization", "Token gmb_xyz")]);
        assert!(matches!(credential(&written), Some(Credential::Token(s)) if s.reveal() == "gmb_xyz"));
        for bad in
            [headers(&[("authorization", "Basic YTpi")]), headers(&[("cookie", "gemba_session=a b\"")]), headers(&[])]
        {
            assert!(credential(&bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn pages_of_other_sites_change_nothing() {
        let ours = headers(&[("host", "127.0.0.1:8470"), ("origin", "http://127.0.0.1:8470")]);
        let same_site = |headers: &HeaderMap, method: &Method| same_site(&Uri::from_static("/x"), headers, method);
        assert!(same_site(&ours, &Method::POST).is_ok());
        assert!(same_site(&headers(&[("host", "x")]), &Method::POST).is_ok(), "programs send no origin");
        for theirs in [
            headers(&[("host", "127.0.0.1:8470"), ("origin", "http://evil.example")]),
            headers(&[("host", "127.0.0.1:8470"), ("origin", "null")]),
            headers(&[("host", "127.0.0.1:8470"), ("sec-fetch-site", "cross-site")]),
            headers(&[("host", "127.0.0.1:8470"), ("sec-fetch-site", "same-site")]),
            headers(&[("origin", "http://127.0.0.1:8470")]),
        ] {
            assert!(same_site(&theirs, &Method::DELETE).is_err(), "{theirs:?}");
            assert!(same_site(&theirs, &Method::GET).is_ok(), "reading is held back by the browser itself");
        }
    }

    #[test]
    fn http_2_names_the_server_in_the_address() {
        let asked = Uri::from_static("https://gemba.plant:8470/api/v1/session");
        let ours = headers(&[("origin", "https://gemba.plant:8470")]);
        assert!(same_site(&asked, &ours, &Method::POST).is_ok());
        // a header of HTTP/1.1 beside it counts for nothing
        let theirs = headers(&[("host", "evil.example"), ("origin", "https://evil.example")]);
        assert!(same_site(&asked, &theirs, &Method::POST).is_err());
    }

    #[test]
    fn a_cookie_without_the_header_changes_nothing() {
        assert!(csrf(&headers(&[]), &Method::POST, true).is_err());
        assert!(csrf(&headers(&[("x-gemba-csrf", "1")]), &Method::POST, true).is_ok());
        assert!(csrf(&headers(&[]), &Method::GET, true).is_ok());
        assert!(csrf(&headers(&[]), &Method::POST, false).is_ok(), "a token is not sent by itself");
    }
}
