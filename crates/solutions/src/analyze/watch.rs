//! The operators of a plant over a table: the healthy part is learned first, then all other rows are watched.

use std::collections::BTreeMap;

use gemba_learn::cross::Learner;
use gemba_plant::port::{Operator, Outlet, Output};
use gemba_plant::{
    Asset, AssetId, AssetPath, Binding, Finding, FindingKind, Level, Nameplate, Sample, Signal, SignalId, SignalKind,
    Timestamp, Unit,
};

use super::clock::Times;
use super::report::Anomaly;
use super::{Progress, on};
use crate::Error;
use crate::maintenance::{
    NormalBehaviour, NormalBehaviourConfig, SensorHealth, SensorHealthConfig, monitor, said_time,
};

/// Rows that the learned monitor looks at; of a longer table, means of several rows.
const ROWS_MAX: usize = 100_000;
/// Rows handed to an operator at once.
const CHUNK: usize = 256;
/// A month of budget, s.
const MONTH_S: f64 = 30.0 * 86_400.0;
/// False alarms that are expected in a whole table.
const FALSE_ALARMS: f64 = 1.0;
/// Rows from which a sensor can be learned.
const SENSOR_ROWS_MIN: usize = 100;

/// A signal of the table, as operators see it.
pub(super) struct Watched {
    pub(super) name: String,
    pub(super) unit: Unit,
    pub(super) state: bool,
    pub(super) values: Vec<f64>,
}

/// What the operators said.
#[derive(Default)]
pub(super) struct Said {
    pub(super) anomalies: Vec<Anomaly>,
    pub(super) sensor_faults: Vec<Anomaly>,
    /// Deviation over limit of each row; NaN where nothing was judged.
    pub(super) score: Vec<f64>,
    pub(super) notes: Vec<String>,
}

/// The order in which rows are fed: the healthy ones first. A row is a second to the operators, whatever its time.
struct Order {
    rows: Vec<usize>,
    healthy: usize,
}

impl Order {
    fn new((from, to): (usize, usize), rows: usize) -> Self {
        let all = (from..=to).chain(0..from).chain(to + 1..rows);
        Self { rows: all.filter(|r| *r < rows).collect(), healthy: to + 1 - from }
    }

    fn row(&self, time: Timestamp) -> usize {
        let place = usize::try_from(time.micros() / 1_000_000).unwrap_or(0);
        self.rows.get(place).or(self.rows.last()).copied().unwrap_or(0)
    }
}

/// Runs the operators. `healthy` are the first and the last healthy row.
pub(super) fn watch(
    signals: &[Watched],
    healthy: (usize, usize),
    (times, rows): (&Times, usize),
    progress: Progress<'_>,
) -> Result<Said, Error> {
    let mut said = Said { score: vec![f64::NAN; rows], ..Said::default() };
    let group = rows.div_ceil(ROWS_MAX).max(1);
    let thin: Vec<Vec<f64>> = signals.iter().map(|s| thinned(s, group)).collect();
    let columns: Vec<&[f64]> = thin.iter().map(Vec::as_slice).collect();
    let first = healthy.0.div_ceil(group);
    let last = ((healthy.1 + 1) / group).saturating_sub(1).max(first);
    let order = Order::new((first, last), rows.div_ceil(group));
    let (asset, named) = rig(signals)?;
    let real = |time: Timestamp| (order.row(time) * group).min(rows.saturating_sub(1));
    if let Some((scores, findings)) = normal((&asset, &named), &columns, &order, (&mut said.notes, &mut *progress))? {
        for (row, score) in scores {
            let span = row * group..(row + 1) * group;
            span.for_each(|r| said.score.get_mut(r).into_iter().for_each(|s| *s = score));
        }
        said.anomalies = findings.iter().map(|f| anomaly(f, &named, times, &real)).collect();
    }
    let columns: Vec<&[f64]> = signals.iter().map(|s| s.values.as_slice()).collect();
    let order = Order::new(healthy, rows);
    let real = |time: Timestamp| order.row(time);
    let findings = sensors((&asset, &named), &columns, &order, progress)?;
    said.sensor_faults = findings.iter().map(|f| anomaly(f, &named, times, &real)).collect();
    for list in [&mut said.anomalies, &mut said.sensor_faults] {
        list.sort_by_key(|a| a.stretch.from.row);
    }
    Ok(said)
}

/// Means of `group` rows; of states the first.
fn thinned(signal: &Watched, group: usize) -> Vec<f64> {
    let groups = signal.values.chunks(group);
    if signal.state {
        groups.map(|g| g.first().copied().unwrap_or(f64::NAN)).collect()
    } else {
        groups.map(gemba_learn::stats::mean).collect()
    }
}

/// The table as an asset.
fn rig(signals: &[Watched]) -> Result<(Asset, Vec<Signal>), Error> {
    let path = AssetPath::new("table").map_err(|e| Error::Table { why: e.to_string(), cure: "report this".into() })?;
    let asset = Asset {
        id: AssetId::new(1),
        path,
        level: Level::Asset,
        name: String::new(),
        template: None,
        nameplate: Nameplate::default(),
        learning: None,
    };
    let signal = |(i, s): (u32, &Watched)| Signal {
        kind: if s.state { SignalKind::State } else { SignalKind::Gauge },
        unit: s.unit.clone(),
        binding: Some(Binding { connection: "file".into(), address: s.name.clone() }),
        ..Signal::gauge(SignalId::new(i), asset.id, &s.name)
    };
    let signals = (0..).zip(signals).map(signal).collect();
    Ok((asset, signals))
}

/// Scores by row, and the findings of the learned monitor.
type Judged = (Vec<(usize, f64)>, Vec<Finding>);

/// Score of each row and the findings of the learned monitor; none when too little is healthy.
fn normal(
    (asset, signals): (&Asset, &[Signal]),
    columns: &[&[f64]],
    order: &Order,
    (notes, progress): (&mut Vec<String>, Progress<'_>),
) -> Result<Option<Judged>, Error> {
    let score_id = SignalId::new(u32::try_from(signals.len()).unwrap_or(u32::MAX));
    let config = NormalBehaviourConfig {
        hold_ms: 2000,
        learn_s: u64::try_from(learn_rows(signals, columns, order)).unwrap_or(u64::MAX),
        false_alarms_per_month: FALSE_ALARMS * MONTH_S / order.rows.len().max(1) as f64,
        ..NormalBehaviourConfig::default()
    };
    let computed = BTreeMap::from([(monitor::SCORE.to_owned(), score_id)]);
    let Some(mut operator) = NormalBehaviour::for_asset(asset, signals, &config, &computed) else { return Ok(None) };
    let mut findings = Reports::default();
    let mut scores = Vec::new();
    let mut take = |out: &mut Outlet, judged: bool| {
        for output in out.drain() {
            match output {
                Output::Samples(batch) if judged => {
                    let own = batch.rows().filter(|s| s.signal == score_id);
                    scores.extend(own.map(|s| (order.row(s.time), s.value)));
                }
                Output::Finding(finding) if judged => findings.add(*finding),
                _ => {}
            }
        }
    };
    let places: Vec<usize> = (0..order.rows.len()).collect();
    let (head, rest) = places.split_at(order.healthy.min(places.len()));
    feed(&mut operator, columns, (order, head), ("learning", &mut *progress), &mut |out| take(out, false))?;
    if let Err(error) = operator.finish_learning() {
        notes.push(format!("Nothing could be judged against a healthy part: {error}."));
        return Ok(None);
    }
    feed(&mut operator, columns, (order, rest), ("watching", progress), &mut |out| take(out, true))?;
    Ok(Some((scores, findings.all())))
}

/// Healthy rows of the rarest operating state: after so many each state is watched.
fn learn_rows(signals: &[Signal], columns: &[&[f64]], order: &Order) -> usize {
    let states: Vec<&[f64]> =
        signals.iter().zip(columns).filter(|(s, _)| s.kind == SignalKind::State).map(|(_, column)| *column).collect();
    let mut counts: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
    for row in order.rows.iter().take(order.healthy) {
        let key = states.iter().map(|s| s.get(*row).map_or(0, |v| v.to_bits())).collect();
        *counts.entry(key).or_default() += 1;
    }
    counts.into_values().min().unwrap_or(order.healthy).max(super::healthy::ROWS_MIN)
}

/// Hands rows to an operator, a second apart, in the order of `places`.
fn feed(
    operator: &mut dyn Operator,
    columns: &[&[f64]],
    (order, places): (&Order, &[usize]),
    (doing, progress): (&str, Progress<'_>),
    take: &mut dyn FnMut(&mut Outlet),
) -> Result<(), Error> {
    let mut out = Outlet::new();
    let time = |place: usize| Timestamp::from_secs(i64::try_from(place).unwrap_or(0));
    for (index, chunk) in places.chunks(CHUNK).enumerate() {
        on(progress, &format!("{doing}: {} %", 100 * index * CHUNK / places.len()))?;
        let mut samples = Vec::with_capacity(chunk.len() * columns.len());
        for place in chunk {
            let Some(row) = order.rows.get(*place) else { continue };
            let values = (0..).zip(columns).filter_map(|(i, c)| Some((i, *c.get(*row)?)));
            samples.extend(values.map(|(i, v)| Sample::good(SignalId::new(i), time(*place), v)));
        }
        let now = time(chunk.last().copied().unwrap_or(0));
        // a fault would come from a saved state, and there is none
        if operator.on_batch(now, &gemba_plant::Batch::from_rows(&samples), &mut out).is_err() {
            return Ok(());
        }
        if operator.on_tick(now, &mut out).is_err() {
            return Ok(());
        }
        take(&mut out);
    }
    Ok(())
}

fn sensors(
    (asset, signals): (&Asset, &[Signal]),
    columns: &[&[f64]],
    order: &Order,
    progress: Progress<'_>,
) -> Result<Vec<Finding>, Error> {
    let config =
        SensorHealthConfig { learn_values: order.healthy.max(SENSOR_ROWS_MIN), ..SensorHealthConfig::default() };
    let Some(operator) = SensorHealth::for_asset(asset, signals, &config) else { return Ok(Vec::new()) };
    let learn_s = u64::try_from(order.healthy).unwrap_or(u64::MAX);
    let normal = NormalBehaviourConfig { hold_ms: 2000, learn_s, ..NormalBehaviourConfig::default() };
    let enough = order.healthy >= Learner::least(signals.len());
    let mut operator = if enough { operator.with_relations(signals, &normal) } else { operator };
    let mut findings = Reports::default();
    let places: Vec<usize> = (0..order.rows.len()).collect();
    feed(&mut operator, columns, (order, &places), ("looking at the sensors", progress), &mut |out| {
        for output in out.drain() {
            if let Output::Finding(finding) = output {
                findings.add(*finding);
            }
        }
    })?;
    Ok(findings.all())
}

/// The last report of each finding.
#[derive(Default)]
struct Reports(BTreeMap<(Timestamp, String), Finding>);

impl Reports {
    fn add(&mut self, finding: Finding) {
        self.0.insert((finding.since, finding.key.clone()), finding);
    }

    fn all(self) -> Vec<Finding> {
        self.0.into_values().collect()
    }
}

fn anomaly(finding: &Finding, signals: &[Signal], times: &Times, real: &dyn Fn(Timestamp) -> usize) -> Anomaly {
    let name = |id: SignalId| signals.iter().find(|s| s.id == id).map(|s| s.name.clone());
    let (from, to) = (real(finding.since), real(finding.until));
    let stretch = times.stretch(from.min(to), to.max(from));
    let since = stretch.from.time.clone().unwrap_or_else(|| format!("row {}", stretch.from.row));
    Anomaly {
        title: finding.title.clone(),
        // the operator counted rows as seconds
        explanation: finding.explanation.replace(&said_time(finding.since), &since),
        p_value: finding.p_value,
        severity: finding.severity,
        contributions: finding.contributions.iter().filter_map(|c| Some((name(c.signal)?, c.share))).collect(),
        prescription: finding.prescription.clone(),
        sensor: finding.kind == FindingKind::SensorFault,
        stretch,
    }
}
