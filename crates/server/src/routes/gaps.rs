//! Holes in the record.

use gemba_plant::{Gap, GapReason, SignalId, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Call;
use crate::input::Args;
use crate::moment::Moment;
use crate::output::{List, Reply};
use crate::problem::Problem;
use crate::table::{Resource, Route, VIEWER};

/// Gaps that are told at most, the newest.
const GAPS_MAX: usize = 10_000;

pub(super) fn resource() -> Resource {
    Resource {
        name: "gaps",
        about: "Holes in the record, with the reason of each.",
        routes: vec![Route::get("/api/v1/gaps", VIEWER, "Gaps that touch a range, newest first", list)],
    }
}

/// Which gaps.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Filter {
    /// From when, RFC 3339 or microseconds since the epoch; from ever when left out.
    from: Option<Moment>,
    /// Until when; for ever when left out.
    to: Option<Moment>,
    /// Of this connection only.
    connection: Option<String>,
    /// Of this signal, or of all signals at once.
    signal: Option<u32>,
}

/// A gap.
#[derive(Debug, Serialize, JsonSchema)]
struct GapView {
    /// The connection that should have delivered; empty when the cause is inside.
    connection: String,
    /// The part of the connection that is concerned, as its addresses begin; empty: all of it.
    part: String,
    /// The signal, when only one is concerned.
    signal: Option<SignalId>,
    /// From when to when.
    range: Span,
    /// Why.
    reason: GapReason,
    /// How many samples are known to be lost; zero when unknown.
    lost: u64,
    /// How many samples of this time came later, because a broker, a device or a writer had kept them.
    filled: u64,
    /// One sentence for people.
    note: String,
}

/// A range of time.
#[derive(Debug, Serialize, JsonSchema)]
struct Span {
    /// The first instant inside.
    from: Option<Moment>,
    /// The first instant after; none while the gap is open.
    to: Option<Moment>,
}

impl From<Gap> for GapView {
    fn from(gap: Gap) -> Self {
        Self {
            connection: gap.connection,
            part: gap.part,
            signal: gap.signal,
            range: Span { from: Moment::known(gap.range.from), to: Moment::known(gap.range.to) },
            reason: gap.reason,
            lost: gap.lost,
            filled: gap.filled,
            note: gap.note,
        }
    }
}

async fn list(call: Call, Args(filter): Args<Filter>) -> Result<Reply<List<GapView>>, Problem> {
    let bound = |given: Option<Moment>, otherwise| given.map_or(otherwise, |moment| moment.0);
    let range = TimeRange::new(bound(filter.from, Timestamp::MIN), bound(filter.to, Timestamp::MAX));
    let signal = filter.signal.map(SignalId::new);
    let wanted = |gap: &Gap| {
        filter.connection.as_ref().is_none_or(|name| gap.connection == *name)
            && signal.is_none_or(|signal| gap.signal.is_none_or(|own| own == signal))
    };
    let gaps = call.node().store().gaps(range).into_iter().rev().filter(wanted).take(GAPS_MAX);
    Ok(Reply(List::whole(gaps.map(GapView::from).collect())))
}
