//! What happened to a machine, on one axis of time: how well it was, what was found, looked at, done, and when it failed.

use std::sync::Arc;

use gemba_act::work::{EventKind, OrderState};
use gemba_plant::{AssetId, ChangePoint, FindingState, SignalId, TimeRange, Timestamp};
use gemba_solutions::maintenance::{Took, health_over_time, monitor, taken};
use schemars::JsonSchema;
use serde::Serialize;

use crate::node::{Core, blocking};
use crate::state::{ChangeFilter, FindingFilter, StoredFinding};
use crate::{Error, Moment, Node};

/// Findings of an asset that are looked at, the newest.
const FINDINGS_MAX: usize = 1_000;
/// Lasting changes of an asset's signals that are told, the newest.
const CHANGES_MAX: usize = 200;
/// Columns in which the monitor's score is asked for: only where it begins counts.
const COLUMNS: usize = 240;
/// How often it is looked closer where the score begins: 90 days come down to a second.
const CLOSER: u32 = 3;

/// What happened to a machine.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MachinePast {
    /// From when.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
    /// The health at each of its changes, oldest first. A finding counts from its begin on with what it came to.
    pub health: Vec<HealthPoint>,
    /// What happened, oldest first.
    pub events: Vec<PastEvent>,
}

/// A change of the health.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HealthPoint {
    /// When.
    pub at: Moment,
    /// 0 to 100 from then on; none while nothing judged the machine.
    pub health: Option<f64>,
}

/// What sort of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PastKind {
    /// Something was found.
    Finding,
    /// Somebody looked at the machine.
    Check,
    /// A work order was done.
    Work,
    /// It failed.
    Failure,
    /// It was replaced, overhauled or put into service, and had not failed.
    Replacement,
    /// A signal changed and stayed so: no alarm, but what may tell why.
    Change,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PastEvent {
    /// What sort.
    pub kind: PastKind,
    /// When, or from when on.
    pub from: Moment,
    /// Until when; none for a moment, and for what holds still.
    pub to: Option<Moment>,
    /// What people read.
    pub title: String,
    /// The finding that it is, or is about.
    pub finding: Option<u64>,
    /// The work order that it is.
    pub order: Option<u64>,
    /// What a finding took off the health, points of 100; none for one about sensors or data.
    pub points: Option<f64>,
    /// The signal that changed.
    pub signal: Option<SignalId>,
}

impl Node {
    /// What happened to a machine in a range.
    ///
    /// # Errors
    /// When there is no such asset, or the state or the store cannot be read.
    pub async fn past(&self, asset: AssetId, range: TimeRange) -> Result<MachinePast, Error> {
        let catalogue = self.catalogue();
        catalogue.asset(asset).ok_or_else(|| Error::NotFound { what: "asset", name: asset.to_string() })?;
        let score = monitor::computed(catalogue.signals_of(asset), monitor::SCORE).map(|s| s.id);
        let watched = self.watched_from(score, range).await?;
        let core = Arc::clone(self.core());
        blocking(move || past(&core, asset, (range, watched))).await
    }

    /// When the learned monitor's score begins in a range; never when it does not.
    async fn watched_from(&self, score: Option<SignalId>, range: TimeRange) -> Result<Timestamp, Error> {
        let Some(score) = score else { return Ok(Timestamp::MAX) };
        let (mut within, mut begins) = (range, Timestamp::MAX);
        // a column of months is hours wide: the first one is looked into
        for _ in 0..CLOSER {
            let series = self.query().range(&[score], within, COLUMNS).await.map_err(|e| Error::part("query", &e))?;
            let Some(first) = series.first().and_then(|series| series.times.first()) else { break };
            begins = Timestamp::from_micros(*first);
            let column = within.to.since(within.from) / u32::try_from(COLUMNS).unwrap_or(u32::MAX);
            within = TimeRange::new(begins, begins.plus(column).min(range.to));
        }
        Ok(begins)
    }
}

fn past(core: &Core, asset: AssetId, (range, watched): (TimeRange, Timestamp)) -> Result<MachinePast, Error> {
    let filter = FindingFilter { assets: Some(vec![asset]), limit: FINDINGS_MAX, ..FindingFilter::default() };
    let touches = |found: &StoredFinding| held(found).overlaps(&range);
    let findings: Vec<StoredFinding> = core.state.findings(&filter)?.into_iter().filter(touches).collect();
    let took: Vec<Took> =
        findings.iter().filter_map(|found| Some(Took { range: held(found), share: taken(&found.finding)? })).collect();
    let mut events: Vec<PastEvent> = findings.iter().map(of_finding).collect();
    events.extend(checks(core, &findings)?);
    events.extend(work(core, asset)?);
    events.extend(ends_of_use(core, asset, range.from)?);
    events.extend(changes(core, asset, range)?);
    let within = |event: &PastEvent| event.from.0 < range.to && event.to.is_none_or(|to| range.from <= to.0);
    events.retain(|event| within(event) && (event.kind == PastKind::Finding || range.from <= event.from.0));
    events.sort_by_key(|event| event.from.0);
    let health = health_over_time(&took, watched, range).into_iter();
    Ok(MachinePast {
        from: range.from.into(),
        to: range.to.into(),
        health: health.map(|(at, health)| HealthPoint { at: at.into(), health }).collect(),
        events,
    })
}

/// While a finding held; one that is open holds still.
fn held(found: &StoredFinding) -> TimeRange {
    let open = found.finding.state == FindingState::Active;
    TimeRange::new(found.finding.since, if open { Timestamp::MAX } else { found.finding.until })
}

fn of_finding(found: &StoredFinding) -> PastEvent {
    let over = found.finding.state == FindingState::Cleared;
    PastEvent {
        to: over.then(|| found.finding.until.into()),
        finding: Some(found.id),
        points: taken(&found.finding).map(|share| 100.0 * share),
        ..event(PastKind::Finding, found.finding.since, found.finding.title.clone())
    }
}

fn checks(core: &Core, findings: &[StoredFinding]) -> Result<Vec<PastEvent>, Error> {
    let mut all = Vec::new();
    for found in findings {
        let checks = core.state.case(found.id)?.checks.into_iter();
        all.extend(
            checks.map(|check| PastEvent { finding: Some(found.id), ..event(PastKind::Check, check.at, check.note) }),
        );
    }
    Ok(all)
}

fn work(core: &Core, asset: AssetId) -> Result<Vec<PastEvent>, Error> {
    let done = core.state.work_orders(true, Some(asset))?.into_iter().filter(|o| o.state == OrderState::Done);
    let one = |order: gemba_act::work::WorkOrder| {
        let worked = order.done?.worked;
        Some(PastEvent {
            to: Some(worked.to.into()),
            finding: order.finding,
            order: Some(order.id),
            ..event(PastKind::Work, worked.from, order.title)
        })
    };
    Ok(done.filter_map(one).collect())
}

fn ends_of_use(core: &Core, asset: AssetId, from: Timestamp) -> Result<Vec<PastEvent>, Error> {
    let own = core.state.ends_of_use(from)?.into_iter().filter(|end| end.asset == asset);
    let one = |end: gemba_act::work::Failure| {
        let kind = if end.kind == EventKind::Failure { PastKind::Failure } else { PastKind::Replacement };
        let mode = Some(end.failure_mode.replace('_', " ")).filter(|mode| !mode.is_empty());
        let title = mode.into_iter().chain(Some(end.note).filter(|note| !note.is_empty())).collect::<Vec<String>>();
        PastEvent { to: end.repaired.map(Moment), finding: end.finding, ..event(kind, end.at, title.join(": ")) }
    };
    Ok(own.map(one).collect())
}

/// The newest lasting changes of the machine's signals.
fn changes(core: &Core, asset: AssetId, range: TimeRange) -> Result<Vec<PastEvent>, Error> {
    let filter = ChangeFilter { asset: Some(asset), signals: None, range, limit: CHANGES_MAX };
    let one = |change: ChangePoint| PastEvent {
        signal: Some(change.signal),
        ..event(PastKind::Change, change.at, change.text)
    };
    Ok(core.state.changes(&filter)?.into_iter().map(one).collect())
}

fn event(kind: PastKind, from: Timestamp, title: String) -> PastEvent {
    PastEvent { kind, from: from.into(), to: None, title, finding: None, order: None, points: None, signal: None }
}
