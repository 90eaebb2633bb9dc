//! The audit log.

use gemba_node::access::AuditEntry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Call;
use crate::input::Args;
use crate::moment::Moment;
use crate::output::{List, Reply};
use crate::problem::Problem;
use crate::table::{ADMIN, Resource, Route};

/// Lines on a page when nothing else is asked.
const LIMIT: usize = 100;
/// Lines on a page at most.
const LIMIT_MAX: usize = 1_000;

pub(super) fn resource() -> Resource {
    Resource {
        name: "audit",
        about: "Who did what, when, and what was refused.",
        routes: vec![
            Route::get("/api/v1/audit", ADMIN, "The audit log, newest first", list),
            Route::get("/api/v1/audit/check", ADMIN, "Whether the audit log is whole", check).long(),
        ],
    }
}

/// Which lines.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Page {
    /// Where the page before ended.
    cursor: Option<u64>,
    /// Lines on the page, 1 to 1 000; 100 when left out.
    limit: Option<usize>,
}

/// A line.
#[derive(Debug, Serialize, JsonSchema)]
struct Line {
    /// Its number; grows by one.
    seq: u64,
    /// When.
    time: Moment,
    /// Who: a user, or `token:name`.
    user: String,
    /// From which address.
    from: String,
    /// What: `sign-in`, `POST /api/v1/connections` …
    action: String,
    /// On what.
    target: String,
    /// What else is worth knowing: for refusals and failures the code.
    detail: String,
    /// `done`, `refused` or `failed`.
    outcome: &'static str,
    /// SHA-256 over the hash of the line before and this line.
    hash: String,
}

impl From<AuditEntry> for Line {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { seq, time, deed, hash } = entry;
        Self {
            seq,
            time: time.into(),
            user: deed.user,
            from: deed.from,
            action: deed.action,
            target: deed.target,
            detail: deed.detail,
            outcome: deed.outcome.as_str(),
            hash,
        }
    }
}

async fn list(call: Call, Args(page): Args<Page>) -> Result<Reply<List<Line>>, Problem> {
    let limit = page.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let lines = call.app.access().audit(page.cursor, limit + 1).await?;
    let items = lines.into_iter().map(Line::from).collect();
    Ok(Reply(List::page(items, limit, |line: &Line| line.seq.to_string())))
}

/// Whether every line follows from the one before it.
#[derive(Debug, Serialize, JsonSchema)]
struct Whole {
    /// Whether it is whole.
    ok: bool,
    /// The first line that does not follow from the one before it.
    broken_at: Option<u64>,
}

async fn check(call: Call, (): ()) -> Result<Reply<Whole>, Problem> {
    let broken_at = call.app.access().check_audit().await?;
    Ok(Reply(Whole { ok: broken_at.is_none(), broken_at }))
}
