//! Lasting changes of signals.

use gemba_node::state::ChangeFilter;
use gemba_plant::{AssetId, ChangeKind, ChangePoint, SignalId, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::range::signal_ids;
use crate::app::Call;
use crate::input::Args;
use crate::moment::Moment;
use crate::output::{List, Reply};
use crate::problem::Problem;
use crate::table::{Resource, Route, VIEWER};

/// Changes that are told when nothing else is asked, and at most.
const LIMIT: usize = 200;
const LIMIT_MAX: usize = 5_000;

pub(super) fn resource() -> Resource {
    Resource {
        name: "changes",
        about: "Lasting changes of single signals: events of a machine's history, no alarms.",
        routes: vec![Route::get("/api/v1/changes", VIEWER, "Changes that began in a range, newest first", list)],
    }
}

/// Which changes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Filter {
    /// Of this asset only.
    asset: Option<u32>,
    /// Of these signals only: their numbers, joined by commas.
    signals: Option<String>,
    /// From when, RFC 3339 or microseconds since the epoch; from ever when left out.
    from: Option<Moment>,
    /// Until when; for ever when left out.
    to: Option<Moment>,
    /// The newest so many, 1 to 5 000; 200 when left out.
    limit: Option<usize>,
}

/// A change of a signal that lasts.
#[derive(Debug, Serialize, JsonSchema)]
struct ChangeView {
    /// The asset.
    asset: AssetId,
    /// The signal.
    signal: SignalId,
    /// What changed.
    kind: ChangeKind,
    /// When it began, by its estimate.
    at: Moment,
    /// When it had lasted long enough to be told.
    told: Moment,
    /// What was usual, in the signal's unit; of noise its standard deviation.
    before: f64,
    /// What is usual since; of a drift how far it had come when it was told.
    after: f64,
    /// What a drift gains an hour; 0 of other changes.
    per_hour: f64,
    /// How likely an unchanged signal looks like this.
    p_value: f64,
    /// In words.
    text: String,
    /// What found it, with its version.
    model: String,
}

impl From<ChangePoint> for ChangeView {
    fn from(change: ChangePoint) -> Self {
        let ChangePoint { asset, signal, kind, at, told, before, after, per_hour, p_value, text, model } = change;
        let (at, told) = (at.into(), told.into());
        Self { asset, signal, kind, at, told, before, after, per_hour, p_value, text, model }
    }
}

async fn list(call: Call, Args(filter): Args<Filter>) -> Result<Reply<List<ChangeView>>, Problem> {
    let bound = |given: Option<Moment>, otherwise| given.map_or(otherwise, |moment| moment.0);
    let wanted = ChangeFilter {
        asset: filter.asset.map(AssetId::new),
        signals: filter.signals.as_deref().map(signal_ids).transpose()?,
        range: TimeRange::new(bound(filter.from, Timestamp::MIN), bound(filter.to, Timestamp::MAX)),
        limit: filter.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX),
    };
    let found = call.app.blocking(move |node| node.changes(&wanted)).await?;
    Ok(Reply(List::whole(found.into_iter().map(ChangeView::from).collect())))
}
