//! The chance of failing by what happened: what is known of machines of a kind besides their failures, and what is told.

use std::collections::BTreeMap;

use gemba_act::work::{Failure, OrderState};
use gemba_plant::port::Past;
use gemba_plant::{Asset, AssetId, FindingKind, Role, Signal, SignalKind, TimeRange, Timestamp};
use gemba_solutions::analyze::tells_truth;
use gemba_solutions::maintenance::reliability::risk::{AHEAD_DAYS, History, Meter, Notice, RiskModel, Unlearned};

use super::past::of_kind;
use super::sparse::{STEPS_MAX, Sparse};
use crate::node::Core;
use crate::state::FindingFilter;
use crate::{Error, models};

const DAY_US: i64 = 86_400_000_000;
/// Findings of a machine that are looked at, the newest; samples of state signals that tell of faults.
const FINDINGS_MAX: usize = 2_000;
const SAMPLES_MAX: usize = 2_000_000;
/// What an order that renewed nothing is called.
const SERVICE: &str = "maintenance";

/// When a state began, and its code.
type Change = (Timestamp, i64);

/// What is known of a kind.
pub(super) struct Records {
    kind: Vec<AssetId>,
    notices: Vec<Notice>,
    meters: Vec<Meter>,
}

impl Records {
    fn history<'a>(&'a self, events: &'a [Failure], now: Timestamp) -> History<'a> {
        History { kind: &self.kind, events, notices: &self.notices, meters: &self.meters, now }
    }
}

impl Core {
    /// What the chances of a kind are learned from, named as a version: they are learned anew when a failure or a replacement
    /// comes in, and each week.
    pub(super) fn risk_version(&self, kind: &str, events: &[Failure]) -> String {
        let catalogue = self.registry.catalogue();
        let ours: Vec<AssetId> = of_kind(&catalogue, kind).iter().map(|asset| asset.id).collect();
        let own = events.iter().filter(|e| ours.contains(&e.asset));
        let ends: Vec<String> =
            own.map(|e| format!("{} {} {:?} {}", e.asset, e.at.micros(), e.kind, e.failure_mode)).collect();
        let week = self.clock.now().micros() / (7 * DAY_US);
        models::digest(&format!("risk {kind} {week} {ours:?} {}", ends.join(";")))
    }

    /// Learns the chances of a kind.
    pub(super) fn learn_risk(
        &self,
        kind: &str,
        events: &[Failure],
        progress: &dyn Fn(f64) -> bool,
    ) -> Result<Result<RiskModel, Unlearned>, Error> {
        let catalogue = self.registry.catalogue();
        let records = self.records(&of_kind(&catalogue, kind), events, &mut Sparse::default())?;
        Ok(RiskModel::learn(&records.history(events, self.clock.now()), &AHEAD_DAYS, progress))
    }

    /// Tells the chances of every machine whose kind was learned.
    pub(super) fn look_at_risks(&self, events: &[Failure], sparse: &mut Sparse) -> Result<(), Error> {
        let catalogue = self.registry.catalogue();
        let models: Vec<(String, std::sync::Arc<RiskModel>)> = {
            let told = self.outlooks.read();
            told.risks.iter().filter_map(|(kind, held)| Some((kind.clone(), held.model.clone()?))).collect()
        };
        let mut chances = BTreeMap::new();
        for (kind, model) in models {
            let assets = of_kind(&catalogue, &kind);
            let records = self.records(&assets, events, sparse)?;
            let history = records.history(events, self.clock.now());
            chances.extend(assets.iter().map(|asset| (asset.id, model.of(asset.id, &history))));
        }
        self.outlooks.write().chances = chances;
        Ok(())
    }

    /// What happened at machines that ran on, and what their counters counted.
    fn records(&self, assets: &[&Asset], events: &[Failure], sparse: &mut Sparse) -> Result<Records, Error> {
        let kind: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
        let ours = |asset: &AssetId| kind.contains(asset);
        let mut notices: Vec<Notice> = self
            .state
            .errors(Timestamp::MIN)?
            .into_iter()
            .filter(|error| ours(&error.asset))
            .map(|error| Notice { asset: error.asset, at: error.at, what: code(&error) })
            .collect();
        let orders = self.state.work_orders(true, None)?.into_iter().filter(|order| ours(&order.asset));
        let serviced = orders.filter(|o| o.state == OrderState::Done && o.failure_mode.is_none());
        notices.extend(serviced.filter_map(|order| {
            Some(Notice { asset: order.asset, at: order.done?.worked.to, what: SERVICE.to_owned() })
        }));
        let first = events.iter().filter(|e| ours(&e.asset)).map(|e| e.at).min();
        let mut meters = Vec::new();
        for asset in &kind {
            notices.extend(self.found(*asset)?);
            notices.extend(self.faults(*asset)?);
            meters.extend(self.counters(*asset, first, sparse)?);
        }
        Ok(Records { kind, notices, meters })
    }

    /// What was found at the machine itself.
    fn found(&self, asset: AssetId) -> Result<Vec<Notice>, Error> {
        let filter = FindingFilter { assets: Some(vec![asset]), limit: FINDINGS_MAX, ..FindingFilter::default() };
        let all = self.state.findings(&filter)?.into_iter().map(|stored| stored.finding);
        let machine = all.filter(|f| !matches!(f.kind, FindingKind::SensorFault | FindingKind::DataQuality));
        let what = |key: &str| key.split(':').next().unwrap_or_default().to_owned();
        Ok(machine
            .map(|f| Notice { asset, at: f.since, what: f.failure_mode.unwrap_or_else(|| what(&f.key)) })
            .collect())
    }

    /// Each time that a state signal whose name says that something is wrong left its usual value.
    fn faults(&self, asset: AssetId) -> Result<Vec<Notice>, Error> {
        let catalogue = self.registry.catalogue();
        let tells = |s: &&Signal| s.kind == SignalKind::State && tells_truth(&s.name);
        let mut notices = Vec::new();
        for signal in catalogue.signals_of(asset).filter(tells) {
            let (changes, usual) = self.changes_of(signal)?;
            let text = |code: i64| {
                let known = usize::try_from(code).ok().and_then(|place| signal.states.get(place));
                format!("{} {}", signal.name, known.cloned().unwrap_or_else(|| code.to_string()))
            };
            let wrong = changes.into_iter().filter(|(_, code)| Some(*code) != usual);
            notices.extend(wrong.map(|(at, code)| Notice { asset, at, what: text(code) }));
        }
        Ok(notices)
    }

    /// When a state signal changed and to what, and the value that it has most often.
    fn changes_of(&self, signal: &Signal) -> Result<(Vec<Change>, Option<i64>), Error> {
        let mut states: Vec<Change> = Vec::new();
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        let whole = TimeRange::new(Timestamp::MIN, Timestamp::MAX);
        let mut seen = 0_usize;
        for batch in self.store.samples(&[signal.id], whole).map_err(|e| Error::part("store", e.as_ref()))? {
            let batch = batch.map_err(|e| Error::part("store", e.as_ref()))?;
            seen += batch.len();
            let usable = batch.rows().filter(|row| row.quality.usable() && row.value.is_finite());
            #[allow(clippy::cast_possible_truncation, reason = "states are small whole numbers")]
            let coded = usable.map(|row| (row.time, row.value as i64));
            for state in coded {
                *counts.entry(state.1).or_default() += 1;
                states.push(state);
            }
            states.dedup_by_key(|state| state.1);
            if seen > SAMPLES_MAX {
                break;
            }
        }
        let usual = counts.iter().max_by_key(|(_, count)| **count).map(|(code, _)| *code);
        Ok((states, usual))
    }

    /// Counters of a machine by day: a count that fell was set back.
    fn counters(&self, asset: AssetId, first: Option<Timestamp>, sparse: &mut Sparse) -> Result<Vec<Meter>, Error> {
        let Some(first) = first else { return Ok(Vec::new()) };
        let catalogue = self.registry.catalogue();
        let counts = |s: &&Signal| s.kind == SignalKind::Counter && s.binding.is_some();
        let signals: Vec<Signal> = catalogue.signals_of(asset).filter(counts).cloned().collect();
        if signals.is_empty() {
            return Ok(Vec::new());
        }
        let days = usize::try_from(self.clock.now().micros().saturating_sub(first.micros()) / DAY_US).unwrap_or(0);
        let skipped = i64::try_from(days.saturating_sub(STEPS_MAX)).unwrap_or(0);
        let from = first.micros().saturating_add(skipped.saturating_mul(DAY_US));
        let columns = sparse.read(self, &signals, (from, DAY_US, days.min(STEPS_MAX)))?;
        let meter = |(signal, column): (&Signal, &Vec<f64>)| {
            let what = if signal.role == Role::Other { signal.name.clone() } else { format!("{:?}", signal.role) };
            let middle = |day: usize| {
                let day = i64::try_from(day).unwrap_or(0);
                Timestamp::from_micros(from.saturating_add(day.saturating_mul(DAY_US) + DAY_US / 2))
            };
            let (mut total, mut last) = (0.0, None);
            let read = column.iter().enumerate().filter(|(_, value)| value.is_finite());
            let points = read.map(|(day, value)| {
                total += last.map_or(0.0, |last: f64| (value - last).max(0.0));
                last = Some(*value);
                (middle(day), total)
            });
            let points: Vec<(Timestamp, f64)> = points.collect();
            Meter { asset, what: what.to_lowercase(), points }
        };
        Ok(signals.iter().zip(&columns).map(meter).collect())
    }
}

/// What an error is called: its code, else its words.
fn code(error: &Failure) -> String {
    let named = if error.failure_mode.is_empty() { &error.note } else { &error.failure_mode };
    if named.is_empty() { "error".to_owned() } else { named.trim().to_lowercase() }
}
