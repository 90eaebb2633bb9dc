//! What goes wrong, as RFC 9457 problem details. The one place where an error becomes a status.
//!
//! The caller sees a code, a short text and a cure. What lies behind (paths, inner errors) goes to the log, under
//! the request's number.

use std::error::Error as StdError;
use std::fmt::Write as _;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gemba_node::access;
use gemba_plant::port::{Blame, Fault, Retry};
use schemars::JsonSchema;
use serde::Serialize;

/// A sort of problem: its stable code, its title and its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) code: &'static str,
    title: &'static str,
    status: u16,
}

macro_rules! kinds {
    ($($name:ident = $code:literal, $status:literal, $title:literal;)*) => {
        impl Kind {
            $(pub(crate) const $name: Self = Self { code: $code, title: $title, status: $status };)*
            /// Every sort of problem.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

kinds! {
    BAD_JSON = "bad_json", 400, "The body is not the JSON that is expected";
    BAD_ARGUMENT = "bad_argument", 400, "An argument cannot be used";
    PARTIAL = "partial_write", 400, "Some lines could not be stored; all others are";
    NOT_SIGNED_IN = "not_signed_in", 401, "Nobody is signed in";
    BAD_LOGIN = "bad_login", 401, "Signing in did not work";
    FORBIDDEN = "forbidden", 403, "You may not do this";
    CROSS_SITE = "cross_site", 403, "The request comes from another site";
    NOT_FOUND = "not_found", 404, "There is no such thing";
    METHOD = "method_not_allowed", 405, "This cannot be done here";
    TOO_SLOW = "too_slow", 408, "The request took too long to arrive";
    CONFLICT = "conflict", 409, "It is there already";
    TOO_LARGE = "too_large", 413, "The body is too large";
    MEDIA_TYPE = "media_type", 415, "The body has the wrong type";
    WRONG_HOST = "wrong_host", 421, "This server does not go by that name";
    INVALID = "invalid", 422, "This cannot be done as it stands";
    LOCKED_OUT = "locked_out", 429, "Too many tries";
    TOO_MANY = "too_many", 429, "Too many at once";
    INTERNAL = "internal", 500, "Gemba ran into a fault of its own";
    DEVICE = "device", 502, "The device did not do its part";
    PEER = "peer", 502, "The other side could not be reached";
    DISK = "disk", 503, "The disk does not do its part";
    BUSY = "busy", 503, "Gemba is busy";
    TIMED_OUT = "timed_out", 504, "It took too long";
}

/// A problem on its way to the caller.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    pub(crate) detail: String,
    pub(crate) cure: String,
    /// What only the log may see.
    pub(crate) inside: Option<Box<str>>,
    pub(crate) retry_after_secs: Option<u32>,
}

/// The body of every answer that is no success (RFC 9457, `application/problem+json`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemBody<'a> {
    /// A URN of the sort of problem.
    #[serde(rename = "type")]
    sort: String,
    /// The sort of problem, in words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What is wrong this time.
    detail: &'a str,
    /// A URN of this occurrence; the log tells more under it.
    instance: String,
    /// The sort of problem, as a word that stays the same between versions.
    code: &'a str,
    /// What to do about it; empty when there is nothing to do.
    cure: &'a str,
}

impl Problem {
    /// A problem of a sort, with what is wrong this time and what to do about it.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), cure: cure.into(), inside: None, retry_after_secs: None }
    }

    /// There is no such thing.
    pub(crate) fn missing(what: &str, name: impl std::fmt::Display) -> Self {
        Self::new(Kind::NOT_FOUND, format!("there is no {what} \"{name}\""), "look it up in the list")
    }

    /// An argument that cannot be used.
    pub(crate) fn argument(detail: impl Into<String>) -> Self {
        Self::new(Kind::BAD_ARGUMENT, detail, "see /api/v1/openapi.json for what is accepted")
    }

    /// A fault of our own. Only the log sees the text.
    pub(crate) fn internal(inside: impl Into<String>) -> Self {
        let problem =
            Self::new(Kind::INTERNAL, "something inside failed", "try again; if it stays, report it with its number");
        Self { inside: Some(inside.into().into()), ..problem }
    }

    fn with_retry(self, retry: Retry) -> Self {
        let retry_after_secs = match retry {
            Retry::After(wait) => Some(u32::try_from(wait.as_secs().max(1)).unwrap_or(u32::MAX)),
            Retry::Never | Retry::OnReconnect => None,
        };
        Self { retry_after_secs, ..self }
    }

    /// Whose fault it is decides the status; faults of disk and program tell the caller nothing of the inside.
    fn of(fault: &dyn Fault) -> Self {
        let text = fault.to_string();
        let kind = match fault.blame() {
            Blame::Config | Blame::Data => Kind::INVALID,
            Blame::Device => Kind::DEVICE,
            Blame::Peer => Kind::PEER,
            Blame::Disk => Kind::DISK,
            Blame::Bug => Kind::INTERNAL,
        };
        let problem = match fault.blame() {
            Blame::Disk => {
                Self::new(kind, "reading or writing on Gemba's own disk failed", "see the log and the free space")
            }
            Blame::Bug => Self::internal(""),
            _ => Self::new(kind, text, fault.cure()),
        };
        Self { inside: Some(chain(fault).into()), ..problem }.with_retry(fault.retry())
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The answer itself, under the number of the request.
    pub(crate) fn render(&self, request: &str) -> Response {
        let body = ProblemBody {
            sort: format!("urn:gemba:problem:{}", self.kind.code),
            title: self.kind.title,
            status: self.kind.status,
            detail: &self.detail,
            instance: format!("urn:gemba:request:{request}"),
            code: self.kind.code,
            cure: &self.cure,
        };
        let text = serde_json::to_string(&body).unwrap_or_default();
        let mut response = (self.status(), [(header::CONTENT_TYPE, "application/problem+json")], text).into_response();
        if let Some(secs) = self.retry_after_secs {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        if self.kind == Kind::NOT_SIGNED_IN {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The problem travels inside the response; the front door renders it, so that every one gets its number.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// An error with everything behind it, for the log.
fn chain(error: &(impl StdError + ?Sized)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        // many errors print their source themselves
        let told = inner.to_string();
        if !text.contains(&told) {
            write!(text, ": {told}").unwrap_or_default();
        }
        cause = inner.source();
    }
    text
}

impl From<gemba_node::Error> for Problem {
    fn from(error: gemba_node::Error) -> Self {
        match &error {
            gemba_node::Error::NotFound { what, name } => Self::missing(what, name),
            _ => Self::of(&error),
        }
    }
}

impl From<gemba_connect::Error> for Problem {
    fn from(error: gemba_connect::Error) -> Self {
        Self::of(&error)
    }
}

impl From<gemba_query::Error> for Problem {
    fn from(error: gemba_query::Error) -> Self {
        Self::of(&error)
    }
}

impl From<gemba_store::Error> for Problem {
    fn from(error: gemba_store::Error) -> Self {
        Self::of(&error)
    }
}

impl From<access::Error> for Problem {
    fn from(error: access::Error) -> Self {
        use access::Error as E;
        let kind = match &error {
            E::BadLogin | E::BadLink => Kind::BAD_LOGIN,
            E::LockedOut { .. } => Kind::LOCKED_OUT,
            E::SetUpAlready | E::Taken { .. } | E::LastAdmin { .. } => Kind::CONFLICT,
            E::Missing { .. } => Kind::NOT_FOUND,
            E::AboveOwnRole { .. } | E::SetUpElsewhere => Kind::FORBIDDEN,
            E::Busy { .. } | E::Stopped { .. } => Kind::BUSY,
            _ => return Self::of(&error),
        };
        Self::new(kind, error.to_string(), error.cure()).with_retry(error.retry())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::time::Duration;

    #[test]
    fn codes_are_unique_and_statuses_are_errors() {
        let codes: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.code).collect();
        assert_eq!(codes.len(), Kind::ALL.len());
        assert!(Kind::ALL.iter().all(|kind| (400..600).contains(&kind.status)));
    }

    #[derive(Debug, thiserror::Error)]
    #[error("writing /secret/place: {source}")]
    struct Inside {
        blame: Blame,
        source: std::io::Error,
    }

    impl Fault for Inside {
        fn blame(&self) -> Blame {
            self.blame
        }

        fn retry(&self) -> Retry {
            Retry::After(Duration::from_millis(10))
        }
    }

    fn problem(blame: Blame) -> Problem {
        Problem::of(&Inside { blame, source: std::io::Error::other("the inner reason") })
    }

    #[test]
    fn blame_decides_the_status() {
        for (blame, status) in [
            (Blame::Config, 422),
            (Blame::Data, 422),
            (Blame::Device, 502),
            (Blame::Peer, 502),
            (Blame::Disk, 503),
            (Blame::Bug, 500),
        ] {
            assert_eq!(problem(blame).status().as_u16(), status, "{blame:?}");
        }
        assert_eq!(problem(Blame::Peer).retry_after_secs, Some(1));
    }

    #[test]
    fn the_inside_stays_inside() {
        for blame in [Blame::Disk, Blame::Bug] {
            let problem = problem(blame);
            assert!(!problem.detail.contains("secret"), "{}", problem.detail);
            assert!(problem.inside.unwrap().contains("the inner reason"));
        }
    }
}
