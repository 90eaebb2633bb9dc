//! What Gemba has concluded.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_node::state::FindingFilter;
use gemba_plant::{AssetId, Catalogue, Evidence, Finding, FindingState, SignalId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::labels::meant;
use crate::app::Call;
use crate::input::{Args, At, Sent};
use crate::output::{List, Reply};
use crate::problem::Problem;
use crate::table::{OPERATOR, Resource, Route, VIEWER};
use crate::views::{FindingView, Names};

/// Findings on a page when nothing else is asked.
const LIMIT: usize = 100;
/// Findings on a page at most.
const LIMIT_MAX: usize = 1_000;
/// The longest reason, in characters.
const REASON_MAX: usize = 1_000;

pub(super) fn resource() -> Resource {
    Resource {
        name: "findings",
        about: "What Gemba has concluded, with the evidence.",
        routes: vec![
            Route::get("/api/v1/findings", VIEWER, "Findings, newest first", list),
            Route::get("/api/v1/findings/{id}", VIEWER, "A finding with the names of its signals", one),
            Route::post("/api/v1/findings/{id}/mute", OPERATOR, "Set a finding aside: nobody is called for it", mute),
            Route::post("/api/v1/findings/{id}/unmute", OPERATOR, "Take a finding's mute back", unmute),
        ],
    }
}

/// Which findings.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Filter {
    /// Of this asset only.
    asset: Option<u32>,
    /// Of what lies below the asset too.
    below: bool,
    /// In this state only.
    state: Option<FindingState>,
    /// At least this bad, 0–1.
    severity: Option<f64>,
    /// Muted ones only, or those that are not; all when left out.
    muted: Option<bool>,
    /// Where the page before ended.
    cursor: Option<u64>,
    /// Findings on the page, 1 to 1 000; 100 when left out.
    limit: Option<usize>,
    /// Without the evidence, which is most of a finding; `/findings/{id}` has it. False when left out.
    brief: bool,
}

async fn list(call: Call, Args(filter): Args<Filter>) -> Result<Reply<List<FindingView>>, Problem> {
    let limit = filter.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let catalogue = call.node().catalogue();
    let wanted = FindingFilter {
        assets: filter.asset.map(|id| meant(&catalogue, AssetId::new(id), filter.below)),
        state: filter.state,
        severity: filter.severity,
        muted: filter.muted,
        before: filter.cursor,
        limit: limit + 1,
    };
    let found = call.app.blocking(move |node| node.findings().list(&wanted)).await?;
    let view = |finding| {
        let view = FindingView::of(finding, &Names(&catalogue));
        if filter.brief { view.brief() } else { view }
    };
    let items = found.iter().map(view).collect();
    Ok(Reply(List::page(items, limit, |finding: &FindingView| finding.id.to_string())))
}

/// A finding with the names of its signals.
#[derive(Debug, Serialize, JsonSchema)]
struct FindingDetail {
    /// The finding.
    #[serde(flatten)]
    finding: FindingView,
    /// Names of the signals in it, by number.
    signals: BTreeMap<u32, SignalName>,
}

/// What a signal is called.
#[derive(Debug, Serialize, JsonSchema)]
struct SignalName {
    /// Its asset's path and its name.
    full_name: String,
    /// Its unit as people read it.
    unit_symbol: String,
    /// Its name below the asset.
    name: String,
}

async fn one(call: Call, At(id): At<u64>) -> Result<Reply<FindingDetail>, Problem> {
    let found = call.app.blocking(move |node| node.findings().get(id)).await?;
    let stored = found.ok_or_else(|| Problem::missing("finding", id))?;
    let catalogue = call.node().catalogue();
    let signals = signals_of(&stored.finding).filter_map(|id| Some((id.get(), name_of(&catalogue, id)?))).collect();
    Ok(Reply(FindingDetail { finding: FindingView::of(&stored, &Names(&catalogue)), signals }))
}

/// Why a finding is set aside, and for how long.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Silence {
    /// Minutes, 1 to 43 200 (30 days); until what was found is over when left out.
    #[serde(default)]
    minutes: Option<u32>,
    /// At most 1 000 characters.
    reason: String,
}

async fn mute(call: Call, (At(id), Sent(wish)): (At<u64>, Sent<Silence>)) -> Result<Reply<FindingDetail>, Problem> {
    if wish.reason.chars().count() > REASON_MAX {
        return Err(Problem::argument(format!("reason: it is longer than {REASON_MAX} characters")));
    }
    let (by, span) = (call.name().to_owned(), wish.minutes.map(|m| Duration::from_mins(m.into())));
    call.app.blocking(move |node| node.findings().mute(id, &by, &wish.reason, span)).await?;
    one(call, At(id)).await
}

async fn unmute(call: Call, At(id): At<u64>) -> Result<Reply<FindingDetail>, Problem> {
    call.app.blocking(move |node| node.findings().unmute(id)).await?;
    one(call, At(id)).await
}

fn signals_of(finding: &Finding) -> impl Iterator<Item = SignalId> {
    let evidence = finding.evidence.iter().filter_map(|evidence| match evidence {
        Evidence::Score { .. } | Evidence::Degradation { .. } => None,
        Evidence::Comparison(comparison) => Some(comparison.signal),
        Evidence::Limit { signal, .. } | Evidence::Spectrum { signal, .. } | Evidence::Window { signal, .. } => {
            Some(*signal)
        }
    });
    finding.contributions.iter().map(|contribution| contribution.signal).chain(evidence)
}

fn name_of(catalogue: &Catalogue, id: SignalId) -> Option<SignalName> {
    let signal = catalogue.signal(id)?;
    Some(SignalName {
        full_name: catalogue.full_name(id)?,
        unit_symbol: signal.unit.symbol().to_owned(),
        name: signal.name.clone(),
    })
}
