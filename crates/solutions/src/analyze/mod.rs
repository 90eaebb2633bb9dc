//! Any table from any machine, looked at without configuration: what its columns are, what is normal, what is not.
//!
//! The way in is a [`Table`], the way out a [`Report`]. The same operators that watch a plant learn on the healthy
//! part of the table and watch the rest; changes of level, relations and drifts are read off the columns.

mod clock;
mod healthy;
mod look;
mod report;
mod table;
mod watch;

use std::collections::BTreeMap;

use gemba_learn::stats;
use gemba_plant::Unit;

pub use healthy::Healthy;
pub use report::{
    Anomaly, ChangePoint, Clock, Drift, Gap, Moment, Report, Series, SignalRelation, SignalReport, Stretch,
};
pub use table::{Column, Kind, Table};

use crate::Error;
use clock::Times;
use look::Gauge;
use watch::Watched;

/// Signals that are judged: the first ones of the table.
const SIGNALS_MAX: usize = 200;
/// Healthy rows that an operating state needs, so that a column of states may part the rows.
const STATE_ROWS_MIN: usize = 300;
/// A signal needs values in this share of the healthy rows to be judged.
const PRESENT_MIN: f64 = 0.5;

/// Is told what is being done, and answers whether to go on.
pub type Progress<'a> = &'a mut dyn FnMut(&str) -> bool;

/// A column with what it was found to be.
struct Known<'a> {
    column: &'a Column,
    kind: Kind,
    name: String,
    unit: Unit,
}

/// Goes on, if it is still wanted.
fn on(progress: Progress<'_>, doing: &str) -> Result<(), Error> {
    if progress(doing) { Ok(()) } else { Err(Error::Stopped) }
}

/// Looks at a table.
///
/// # Errors
/// When the table is too short to learn from, the healthy part named is not in it, or `progress` says stop.
pub fn analyze(table: &Table, wish: Healthy, progress: Progress<'_>) -> Result<Report, Error> {
    let rows = table.rows();
    if rows < 2 * healthy::ROWS_MIN {
        let cure = format!("give it {} rows and more", 2 * healthy::ROWS_MIN);
        return Err(Error::Table { why: format!("{rows} rows are too few to learn from and to judge"), cure });
    }
    on(progress, "looking at the columns")?;
    let (times, clock, note) = Times::of(&table.times, rows);
    let known = known(table);
    let gauges: Vec<Gauge<'_>> = gauges(&known);
    if gauges.is_empty() {
        let cure = "check the delimiter and the decimal mark".into();
        return Err(Error::Table { why: "no column holds measured values".into(), cure });
    }
    on(progress, "looking for a healthy part")?;
    let values: Vec<&[f64]> = gauges.iter().map(|g| g.values).collect();
    let (from, to, why) = healthy::choose(wish, &times, &values, rows)?;
    let mut notes: Vec<String> = note.into_iter().collect();
    let watched = watched(&known, (from, to), &mut notes);
    let said = watch::watch(&watched, (from, to), (&times, rows), progress)?;
    notes.extend(said.notes);
    on(progress, "changes of level")?;
    let changes = look::change_points(&gauges, &times);
    on(progress, "relations")?;
    let relations = look::relations(&gauges, (from, to), clock.step_s);
    on(progress, "drifts")?;
    let mut report = Report {
        name: table.name.clone(),
        rows,
        span: times.stretch(0, rows - 1),
        healthy: times.stretch(from, to),
        healthy_why: why,
        summary: Vec::new(),
        score: look::series(&said.score),
        anomalies: [said.anomalies, said.sensor_faults].concat(),
        changes,
        relations,
        drifts: look::drifts(&gauges, (from, to), &times),
        signals: known.iter().map(signal).collect(),
        clock,
        notes,
    };
    report.anomalies.sort_by_key(|a| a.stretch.from.row);
    report.summary = summary(&report);
    Ok(report)
}

fn known(table: &Table) -> Vec<Known<'_>> {
    let of = |column| -> Known<'_> {
        let (name, unit) = Column::name_and_unit(column);
        Known { column, kind: column.kind(), name, unit }
    };
    let mut known: Vec<Known<'_>> = table.columns.iter().map(of).collect();
    // names may have become the same without their units
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for k in &known {
        *seen.entry(k.name.clone()).or_default() += 1;
    }
    for k in &mut known {
        if seen.get(&k.name).is_some_and(|n| *n > 1) {
            k.name.clone_from(&k.column.header);
        }
    }
    known
}

fn gauges<'a>(known: &'a [Known<'a>]) -> Vec<Gauge<'a>> {
    let gauge = |k: &'a Known<'a>| Gauge { name: &k.name, values: &k.column.numbers };
    known.iter().filter(|k| k.kind == Kind::Gauge).take(SIGNALS_MAX).map(gauge).collect()
}

/// Gauges to be judged, and the columns of states that part the rows without leaving a part too small.
fn watched(known: &[Known<'_>], (from, to): (usize, usize), notes: &mut Vec<String>) -> Vec<Watched> {
    let healthy = |values: &[f64]| values.get(from..=to).map(stats::finite).unwrap_or_default();
    let enough = |k: &&Known<'_>| healthy(&k.column.numbers).len() as f64 >= PRESENT_MIN * (to + 1 - from) as f64;
    let all = known.iter().filter(|k| k.kind == Kind::Gauge).take(SIGNALS_MAX);
    let (kept, empty): (Vec<&Known<'_>>, Vec<&Known<'_>>) = all.partition(enough);
    if !empty.is_empty() {
        let names: Vec<&str> = empty.iter().map(|k| k.name.as_str()).collect();
        notes.push(format!("Not judged, because it has too few values in the healthy part: {}.", names.join(", ")));
    }
    let make = |k: &Known<'_>, values: Vec<f64>, state: bool| Watched {
        name: k.name.clone(),
        unit: k.unit.clone(),
        state,
        values,
    };
    let mut watched: Vec<Watched> = kept.iter().map(|k| make(k, k.column.numbers.clone(), false)).collect();
    let mut parts: Vec<Vec<f64>> = Vec::new();
    for k in known.iter().filter(|k| k.kind == Kind::State) {
        parts.push(k.column.states());
        if smallest_part(&parts, (from, to)) >= STATE_ROWS_MIN {
            watched.push(make(k, k.column.states(), true));
        } else {
            parts.pop();
            let name = &k.name;
            notes.push(format!("{name} tells states apart that are too rare in the healthy part to be learned alone."));
        }
    }
    watched
}

/// Rows of the rarest combination of states in the healthy part.
fn smallest_part(parts: &[Vec<f64>], (from, to): (usize, usize)) -> usize {
    let mut counts: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
    for row in from..=to {
        let key = parts.iter().map(|p| p.get(row).map_or(0, |v| v.to_bits())).collect();
        *counts.entry(key).or_default() += 1;
    }
    counts.into_values().min().unwrap_or(0)
}

fn signal(known: &Known<'_>) -> SignalReport {
    let column = known.column;
    let worded = column.codes.iter().filter(|c| **c > 0).count();
    let numbers = stats::finite(&column.numbers);
    let values = numbers.len() + worded;
    let charted = matches!(known.kind, Kind::Gauge | Kind::Counter) || (known.kind == Kind::State && worded == 0);
    SignalReport {
        name: known.name.clone(),
        unit: known.unit.symbol().to_owned(),
        kind: known.kind,
        values,
        missing: 1.0 - values as f64 / column.numbers.len().max(1) as f64,
        range: (!numbers.is_empty() && worded == 0).then(|| [0.0, 0.5, 1.0].map(|q| stats::quantile(&numbers, q))),
        states: if known.kind == Kind::Text { Vec::new() } else { column.texts.clone() },
        series: if charted { look::series(&column.numbers) } else { Series::default() },
    }
}

/// What matters most, in sentences.
fn summary(report: &Report) -> Vec<String> {
    let count = |n: usize, one: &str, many: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {many}") };
    let machine = report.anomalies.iter().filter(|a| !a.sensor).count();
    let sensor = report.anomalies.len() - machine;
    let mut all = Vec::new();
    all.push(match report.anomalies.len() {
        0 => "Nothing outside the healthy part differs from it more than chance allows.".to_owned(),
        _ => format!(
            "{} and {} outside the healthy part.",
            count(machine, "deviation of the machine", "deviations of the machine"),
            count(sensor, "suspect sensor", "suspect sensors")
        ),
    });
    if let Some(worst) = report.anomalies.iter().max_by(|a, b| a.severity.total_cmp(&b.severity)) {
        all.push(format!("The largest: {} (from row {}).", worst.title, worst.stretch.from.row));
    }
    if let Some(change) = report.changes.first() {
        let n = count(report.changes.len(), "change of level", "changes of level");
        all.push(format!("{n}, the clearest in {} at row {}.", change.signal, change.at.row));
    }
    if let Some(drift) = report.drifts.first() {
        let n = count(report.drifts.len(), "signal drifts", "signals drift");
        all.push(format!("{n}, most surely {}.", drift.signal));
    }
    if !report.clock.gaps.is_empty() {
        all.push(format!("{} in the record.", count(report.clock.gaps.len(), "gap", "gaps")));
    }
    all
}

#[cfg(test)]
mod tests;
