//! SQL over everything that is stored.

use gemba_query::{Answer, Cell, Column, Limits, Query, Table};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::Call;
use crate::input::{Accept, Sent};
use crate::openapi::Operation;
use crate::output::{Output, Raw, Reply};
use crate::problem::Problem;
use crate::table::{Resource, Route, VIEWER};

/// Rows of an answer at most when nothing else is asked.
const ROWS: usize = 10_000;
/// Rows of an answer at most.
const ROWS_MAX: usize = 1_000_000;

pub(super) fn resource() -> Resource {
    Resource {
        name: "query",
        about: "SQL over samples, signals, assets, findings, alarms and gaps. Only SELECT and EXPLAIN.",
        routes: vec![
            Route::post("/api/v1/query", VIEWER, "Ask in SQL; Accept chooses JSON, text/csv or Arrow", ask)
                .asks()
                .long()
                .also(&["text/csv", ARROW]),
            Route::get("/api/v1/query/schema", VIEWER, "The tables and their columns", schema),
        ],
    }
}

const ARROW: &str = "application/vnd.apache.arrow.stream";

/// A question.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Question {
    /// One SELECT or EXPLAIN.
    sql: String,
    /// Rows of the answer at most, 1 to 1 000 000; 10 000 when left out.
    limit: Option<usize>,
}

/// An answer.
#[derive(Debug, Serialize, JsonSchema)]
struct AnswerView {
    /// The columns.
    columns: Vec<Column>,
    /// The rows, each with a value for every column. Times are RFC 3339.
    #[schemars(with = "Vec<Vec<Value>>")]
    rows: Vec<Vec<Cell>>,
    /// Whether there was more than the limits allow.
    truncated: bool,
    /// How long it took, ms.
    elapsed_ms: u64,
}

/// The answer in the form asked for.
enum Told {
    Json(Reply<AnswerView>),
    Else(Raw),
}

impl Output for Told {
    fn describe(operation: &mut Operation<'_>) {
        Reply::<AnswerView>::describe(operation);
    }

    fn answer(self) -> axum::response::Response {
        match self {
            Self::Json(reply) => reply.answer(),
            Self::Else(raw) => raw.answer(),
        }
    }
}

async fn ask(call: Call, (Accept(accept), Sent(question)): (Accept, Sent<Question>)) -> Result<Told, Problem> {
    let rows = question.limit.unwrap_or(ROWS).clamp(1, ROWS_MAX);
    let answer = call.node().query().sql(&question.sql, &Limits { rows, ..Limits::default() }).await?;
    // writing a large answer out takes a while: not on the threads that serve others
    call.app.blocking(move |_| told(&answer, &accept)).await
}

fn told(answer: &Answer, accept: &str) -> Result<Told, gemba_query::Error> {
    let mut bytes = Vec::new();
    if accept.contains("text/csv") {
        answer.write_csv(&mut bytes)?;
        return Ok(Told::Else(Raw::body("text/csv; charset=utf-8", bytes)));
    }
    if accept.contains(ARROW) {
        answer.write_arrow(&mut bytes)?;
        return Ok(Told::Else(Raw::body(ARROW, bytes)));
    }
    Ok(Told::Json(Reply(AnswerView {
        columns: answer.columns(),
        rows: answer.rows()?,
        truncated: answer.truncated,
        elapsed_ms: u64::try_from(answer.elapsed.as_millis()).unwrap_or(u64::MAX),
    })))
}

/// The tables.
#[derive(Debug, Serialize, JsonSchema)]
struct Tables {
    /// The tables with their columns.
    tables: Vec<Table>,
}

async fn schema(_: Call, (): ()) -> Result<Reply<Tables>, Problem> {
    Ok(Reply(Tables { tables: Query::tables() }))
}
