//! What a handler gives back. Each knows how to describe itself.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::openapi::Operation;
use crate::problem::Problem;

/// Something that a handler gives back.
pub(crate) trait Output: Send {
    /// Adds it to the description of the operation.
    fn describe(operation: &mut Operation<'_>);

    /// The answer.
    fn answer(self) -> Response;
}

/// 200 with JSON.
#[derive(Debug)]
pub(crate) struct Reply<T>(pub(crate) T);

impl<T: Serialize + JsonSchema + Send> Output for Reply<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_answer::<T>(StatusCode::OK);
    }

    fn answer(self) -> Response {
        json(StatusCode::OK, &self.0)
    }
}

/// 201 with JSON: something was made.
#[derive(Debug)]
pub(crate) struct Made<T>(pub(crate) T);

impl<T: Serialize + JsonSchema + Send> Output for Made<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_answer::<T>(StatusCode::CREATED);
    }

    fn answer(self) -> Response {
        json(StatusCode::CREATED, &self.0)
    }
}

/// 204: done, nothing to say.
#[derive(Debug)]
pub(crate) struct Done;

impl Output for Done {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_answer(StatusCode::NO_CONTENT, "Done.");
    }

    fn answer(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// Something that is not JSON, or not always; the route tells its types.
#[derive(Debug)]
pub(crate) struct Raw(pub(crate) Response);

impl Raw {
    /// A whole body of a type.
    pub(crate) fn body(content_type: &'static str, body: impl Into<Body>) -> Self {
        let mut response = Response::new(body.into());
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self(response)
    }
}

impl Output for Raw {
    fn describe(_: &mut Operation<'_>) {}

    fn answer(self) -> Response {
        self.0
    }
}

fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => Problem::internal(format!("writing an answer as JSON: {error}")).into_response(),
    }
}

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub(crate) struct List<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// What to ask for as `cursor` to get the next page; none at the end.
    pub(crate) next: Option<String>,
}

impl<T> List<T> {
    /// A list that fits on one page.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// A page of at most `limit` items, of which one more was asked for to know whether there is a next page.
    pub(crate) fn page(mut items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_there_is_more() {
        let full = List::page(vec![9, 8, 7], 2, ToString::to_string);
        assert_eq!((full.items, full.next.as_deref()), (vec![9, 8], Some("8")));
        let last = List::page(vec![9, 8], 2, ToString::to_string);
        assert_eq!((last.items, last.next), (vec![9, 8], None));
    }
}
