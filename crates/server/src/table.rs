//! A row of the table of routes: where, who, what it does, what goes in and out. Router, authorization and
//! OpenAPI are all made from it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use axum::response::Response;
use gemba_node::access::Role;

use crate::app::Call;
use crate::input::{Input, Taken};
use crate::openapi::Operation;
use crate::output::Output;
use crate::problem::Problem;

/// How long a request may take, body and all.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// How long a request may take that asks a device or the whole lake.
const LONG_TIME_LIMIT: Duration = Duration::from_mins(2);
/// How large a body may be, in bytes: more than any form, less than harms.
const BODY_BYTES_MAX: usize = 1 << 20;
/// How large a list of signals to import may be, in bytes: about 50 000 signals.
const LONG_BODY_BYTES_MAX: usize = 16 << 20;
/// How large a body of measured values may be, in bytes: about two million values.
const MEASURED_BODY_BYTES_MAX: usize = 32 << 20;
/// How large a file to be looked at may be, in bytes: a table of about eight million values as text. It is held in
/// memory, and several times over while it is looked at.
const FILE_BYTES_MAX: usize = 64 << 20;

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Everybody, signed in or not.
    Nobody,
    /// A viewer, or anybody on the machine itself (a metrics collector).
    ViewerOrLocal,
    /// At least this role.
    Role(Role),
}

pub(crate) const VIEWER: Needs = Needs::Role(Role::Viewer);
pub(crate) const OPERATOR: Needs = Needs::Role(Role::Operator);
pub(crate) const ENGINEER: Needs = Needs::Role(Role::Engineer);
pub(crate) const ADMIN: Needs = Needs::Role(Role::Admin);

/// A future that ends in an answer.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>;
type Handler = Arc<dyn Fn(Call, Taken) -> Answering + Send + Sync>;

/// The routes of one resource, which is also the name that scopes of tokens use.
pub(crate) struct Resource {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) routes: Vec<Route>,
}

/// A route.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) needs: Needs,
    pub(crate) summary: &'static str,
    pub(crate) describe: fn(&mut Operation<'_>),
    /// Media types of an answer that is not JSON.
    pub(crate) also: &'static [&'static str],
    pub(crate) handler: Handler,
    pub(crate) time_limit: Duration,
    pub(crate) body_bytes_max: usize,
    /// Whether it changes something: then a token needs the right to write.
    pub(crate) changes: bool,
    /// Whether what was done is written into the audit log.
    pub(crate) audited: bool,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({:?})", self.method, self.path, self.needs)
    }
}

impl Route {
    fn new<I, O, F, Fut>(
        (method, path): (Method, &'static str),
        needs: Needs,
        summary: &'static str,
        handler: F,
    ) -> Self
    where
        I: Input,
        O: Output,
        F: Fn(Call, I) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Problem>> + Send + 'static,
    {
        let run = move |call: Call, mut taken: Taken| -> Answering {
            let handler = handler.clone();
            Box::pin(async move {
                let input = I::take(&mut taken).await?;
                Ok(handler(call, input).await?.answer())
            })
        };
        let describe: fn(&mut Operation<'_>) = |operation| {
            I::describe(operation);
            O::describe(operation);
        };
        let changes = !method.is_safe();
        Self {
            method,
            path,
            needs,
            summary,
            describe,
            also: &[],
            handler: Arc::new(run),
            time_limit: TIME_LIMIT,
            body_bytes_max: BODY_BYTES_MAX,
            changes,
            audited: changes,
        }
    }

    pub(crate) fn get<I, O, F, Fut>(path: &'static str, needs: Needs, summary: &'static str, handler: F) -> Self
    where
        I: Input,
        O: Output,
        F: Fn(Call, I) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Problem>> + Send + 'static,
    {
        Self::new((Method::GET, path), needs, summary, handler)
    }

    pub(crate) fn post<I, O, F, Fut>(path: &'static str, needs: Needs, summary: &'static str, handler: F) -> Self
    where
        I: Input,
        O: Output,
        F: Fn(Call, I) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Problem>> + Send + 'static,
    {
        Self::new((Method::POST, path), needs, summary, handler)
    }

    pub(crate) fn put<I, O, F, Fut>(path: &'static str, needs: Needs, summary: &'static str, handler: F) -> Self
    where
        I: Input,
        O: Output,
        F: Fn(Call, I) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Problem>> + Send + 'static,
    {
        Self::new((Method::PUT, path), needs, summary, handler)
    }

    pub(crate) fn delete<I, O, F, Fut>(path: &'static str, needs: Needs, summary: &'static str, handler: F) -> Self
    where
        I: Input,
        O: Output,
        F: Fn(Call, I) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Problem>> + Send + 'static,
    {
        Self::new((Method::DELETE, path), needs, summary, handler)
    }

    /// The same for something that asks a device or the whole lake and so takes its time.
    pub(crate) fn long(self) -> Self {
        Self { time_limit: LONG_TIME_LIMIT, ..self }
    }

    /// The same for a body that may hold thousands of signals.
    pub(crate) fn large(self) -> Self {
        Self { body_bytes_max: LONG_BODY_BYTES_MAX, ..self }
    }

    /// The same for a body that is a file.
    pub(crate) fn file(self) -> Self {
        Self { body_bytes_max: FILE_BYTES_MAX, ..self }
    }

    /// The same for a POST that only asks: neither audited nor in need of the right to write.
    pub(crate) fn asks(self) -> Self {
        Self { changes: false, audited: false, ..self }
    }

    /// The same for a POST that brings measured values, many times a second: a token needs the right to write, but only
    /// refusals are audited. The connection's counters and the gap ledger tell the rest.
    pub(crate) fn measured(self) -> Self {
        Self { body_bytes_max: MEASURED_BODY_BYTES_MAX, audited: false, ..self }
    }

    /// The same with answers of these media types, besides what the handler's type tells.
    pub(crate) fn also(self, types: &'static [&'static str]) -> Self {
        Self { also: types, ..self }
    }
}
