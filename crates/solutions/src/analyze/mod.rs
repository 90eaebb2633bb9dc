//! Any table from any machine, looked at without configuration: what its columns are, what is normal, what is not.
//!
//! The way in is a [`Table`], the way out a [`Report`]. The same operators that watch a plant learn on the healthy
//! part of the table and watch the rest; changes of level, relations and drifts are read off the columns.

mod clock;
mod coarse;
mod few;
mod healthy;
mod look;
mod report;
mod table;
mod truth;
mod watch;
mod wear;

use std::collections::{BTreeMap, BTreeSet};

use gemba_learn::stats;
use gemba_plant::Unit;

pub use healthy::Healthy;
pub use report::{
    Anomaly, ChangePoint, Clock, Drift, Gap, Life, LifeTold, Marked, Moment, Report, Series, SignalRelation,
    SignalReport, Stretch, Wear,
};
pub use table::{Column, Kind, Table};
pub use truth::tells_truth;

use crate::Error;
use clock::Times;
use look::Gauge;
use watch::Watched;

/// Signals that are judged: the first ones of the table.
const SIGNALS_MAX: usize = 200;
/// The fewest rows that are looked at.
const ROWS_LEAST: usize = 20;
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
    if rows < ROWS_LEAST {
        let cure = format!("give it {ROWS_LEAST} rows and more, a row a moment");
        return Err(Error::Table { why: format!("{rows} rows are too few to learn from and to judge"), cure });
    }
    on(progress, "looking at the columns")?;
    let (times, clock, note) = Times::of(&table.times, rows);
    let as_written = known(table);
    let (from, to, why) = healthy(&as_written, wish, (&times, rows), progress)?;
    let (alike, rounded) = coarse::alike(table, &as_written, (from, to)).unzip();
    let known = alike.as_ref().map_or(as_written, known);
    let gauges: Vec<Gauge<'_>> = gauges(&known);
    let mut notes: Vec<String> = note.into_iter().chain(rounded).collect();
    let watched = watched(&known, (from, to), &mut notes);
    let said = if to + 1 - from >= healthy::ROWS_MIN {
        watch::watch(&watched, (from, to), (&times, rows), progress)?
    } else {
        on(progress, "learning and watching")?;
        few::watch(&watched, (from, to), &times, rows)
    };
    notes.extend(said.notes);
    on(progress, "drifts")?;
    let drifts = look::drifts(&gauges, (from, to), &times);
    on(progress, "wear")?;
    let wear = wear::wear(&gauges, (from, to), &times);
    let no_wear = wear.as_ref().err().cloned().unwrap_or_default();
    let wear = wear.ok();
    on(progress, "changes of level")?;
    let changes = look::change_points(&steady(&gauges, wear.as_ref()), &drifts, &times);
    on(progress, "relations")?;
    let related = look::related((from, to), rows);
    if related != (from, to) {
        notes.push("Relations are read from all rows, because the healthy ones are too few.".into());
    }
    let relations = look::relations(&gauges, related, clock.step_s);
    let anomalies = [said.anomalies, said.sensor_faults].concat();
    let marked = marked(&known, (from, to), (&anomalies, &times));
    notes.extend(marked.iter().filter(|m| m.in_healthy > 0).map(marked_in_healthy));
    let mut report = Report {
        name: table.name.clone(),
        rows,
        span: times.stretch(0, rows - 1),
        healthy: times.stretch(from, to),
        healthy_why: why,
        summary: Vec::new(),
        score: look::series(&said.score),
        anomalies,
        changes,
        related: times.stretch(related.0, related.1),
        relations,
        drifts,
        marked,
        wear,
        no_wear,
        signals: known.iter().map(signal).collect(),
        clock,
        notes,
    };
    report.anomalies.sort_by_key(|a| a.stretch.from.row);
    report.summary = summary(&report, || look::beyond(&gauges, (from, to)));
    Ok(report)
}

/// The first and last row of the healthy part, and why it is that.
fn healthy(
    known: &[Known<'_>],
    wish: Healthy,
    (times, rows): (&Times, usize),
    progress: Progress<'_>,
) -> Result<(usize, usize, String), Error> {
    let gauges = gauges(known);
    if gauges.is_empty() {
        let cure = "check the delimiter and the decimal mark".into();
        return Err(Error::Table { why: "no column holds measured values".into(), cure });
    }
    on(progress, "looking for a healthy part")?;
    let values: Vec<&[f64]> = gauges.iter().map(|g| g.values).collect();
    healthy::choose(wish, times, &values, rows)
}

fn marked(known: &[Known<'_>], healthy: (usize, usize), found: (&[Anomaly], &Times)) -> Vec<Marked> {
    let truths = known.iter().filter(|k| k.kind == Kind::Truth);
    truths.filter_map(|k| truth::agreement((&k.name, k.column), healthy, found)).collect()
}

fn marked_in_healthy(marked: &Marked) -> String {
    format!(
        "{} rows of what was taken for healthy are marked in {}: name a better healthy part.",
        marked.in_healthy, marked.column
    )
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

/// The gauges without those that wear: they go one way, and no level of theirs stays.
fn steady<'a>(gauges: &[Gauge<'a>], wear: Option<&Wear>) -> Vec<Gauge<'a>> {
    let worn = |g: &&Gauge<'_>| wear.is_some_and(|w| w.signals.iter().any(|(name, _)| name == g.name));
    gauges.iter().filter(|g| !worn(g)).copied().collect()
}

/// Gauges to be judged, and the columns of states that part the rows without leaving a part too small.
fn watched(known: &[Known<'_>], (from, to): (usize, usize), notes: &mut Vec<String>) -> Vec<Watched> {
    let healthy = |values: &[f64]| values.get(from..=to).map(stats::finite).unwrap_or_default();
    let enough = |k: &&Known<'_>| healthy(&k.column.numbers).len() as f64 >= PRESENT_MIN * (to + 1 - from) as f64;
    let all: Vec<&Known<'_>> = known.iter().filter(|k| k.kind == Kind::Gauge).collect();
    if all.len() > SIGNALS_MAX {
        let beyond = all.len() - SIGNALS_MAX;
        let first = all.get(SIGNALS_MAX).map_or("", |k| k.name.as_str());
        notes.push(format!(
            "The first {SIGNALS_MAX} measured columns are judged; the {beyond} from {first} on are shown only. Give \
             them a file of their own."
        ));
    }
    let all = all.into_iter().take(SIGNALS_MAX);
    let (kept, empty): (Vec<&Known<'_>>, Vec<&Known<'_>>) = all.partition(enough);
    if !empty.is_empty() {
        let names: Vec<&str> = empty.iter().map(|k| k.name.as_str()).collect();
        notes.push(format!("Not judged, because it has too few values in the healthy part: {}.", names.join(", ")));
    }
    let gauge = |k: &&Known<'_>| Watched {
        name: k.name.clone(),
        unit: k.unit.clone(),
        state: false,
        values: k.column.numbers.clone(),
    };
    let mut watched: Vec<Watched> = kept.iter().map(gauge).collect();
    let (mut parts, mut names): (Vec<Vec<f64>>, Vec<&str>) = (Vec::new(), Vec::new());
    for k in known.iter().filter(|k| k.kind == Kind::State) {
        let (states, name) = (k.column.states(), &k.name);
        if states.get(from..=to).is_some_and(|healthy| different(healthy) < 2) {
            // always the same while all was well: it tells no operating states apart
            let usual = states.get(from).copied().unwrap_or(f64::NAN);
            let others = states.iter().filter(|v| v.is_finite() && v.total_cmp(&usual).is_ne()).count();
            notes.push(format!(
                "{name} is always the same in the healthy part and another in {others} rows elsewhere: those rows are judged \
                 like all others. If they are another kind of operation, name a healthy part that has both."
            ));
            continue;
        }
        parts.push(states);
        if smallest_part(&parts, (from, to)) >= STATE_ROWS_MIN {
            names.push(name);
        } else {
            parts.pop();
            notes.push(format!("{name} tells states apart that are too rare in the healthy part to be learned alone."));
        }
    }
    if !parts.is_empty() {
        let values = as_known(&parts, (from, to), &names.join(", "), notes);
        watched.push(Watched { name: names.join(", "), unit: Unit::default(), state: true, values });
    }
    watched
}

/// How many different values there are.
fn different(values: &[f64]) -> usize {
    let bits: BTreeSet<u64> = values.iter().filter(|v| v.is_finite()).map(|v| v.to_bits()).collect();
    bits.len()
}

/// The states of all columns together as one number. What the healthy part does not know is judged as the state before it:
/// nothing is learned from it.
fn as_known(parts: &[Vec<f64>], (from, to): (usize, usize), name: &str, notes: &mut Vec<String>) -> Vec<f64> {
    let rows = parts.first().map_or(0, Vec::len);
    let key = |row: usize| parts.iter().map(|p| p.get(row).map_or(0, |v| v.to_bits())).collect::<Vec<u64>>();
    let known: BTreeSet<Vec<u64>> = (from..=to).map(key).collect();
    let codes: BTreeMap<Vec<u64>, f64> =
        known.into_iter().zip(0_u32..).map(|(key, code)| (key, f64::from(code))).collect();
    let mut last = codes.get(&key(from)).copied().unwrap_or(0.0);
    let mut unseen = 0;
    let state = |row: usize| {
        match codes.get(&key(row)) {
            Some(code) => last = *code,
            None => unseen += 1,
        }
        last
    };
    let states = (0..rows).map(state).collect();
    if unseen > 0 {
        notes.push(format!(
            "{name}: {unseen} rows are in a state that the healthy part does not know: they are judged as the state before \
             them."
        ));
    }
    states
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
    let measured = matches!(known.kind, Kind::Gauge | Kind::Counter);
    let values = if measured { numbers.len() } else { numbers.len() + worded };
    let charted = measured || (known.kind == Kind::State && worded == 0);
    SignalReport {
        name: known.name.clone(),
        unit: known.unit.symbol().to_owned(),
        kind: known.kind,
        values,
        missing: 1.0 - values as f64 / column.numbers.len().max(1) as f64,
        range: (!numbers.is_empty() && (measured || worded == 0))
            .then(|| [0.0, 0.5, 1.0].map(|q| stats::quantile(&numbers, q))),
        states: if known.kind == Kind::Text { Vec::new() } else { column.texts.clone() },
        series: if charted { look::series(&column.numbers) } else { Series::default() },
    }
}

/// A life in words: never a bare number.
fn lasts(life: &Life, timed: bool) -> String {
    let (unit, per) = match (timed, life.lo) {
        (false, _) => ("rows", 1.0),
        (true, lo) if lo >= 48.0 => ("days", 24.0),
        _ => ("h", 1.0),
    };
    let lo = life.lo / per;
    let sure = life.level * 100.0;
    match life.hi {
        Some(hi) => format!("in {lo:.1} to {:.1} {unit}, with {sure:.0} % probability", hi / per),
        None => format!("in {lo:.1} {unit} at the soonest, with {sure:.0} % probability, and with no end in sight"),
    }
}

/// What matters most, in sentences; of a report without anomalies what lies `beyond` all healthy values all the same.
fn summary(report: &Report, beyond: impl FnOnce() -> Option<String>) -> Vec<String> {
    let beyond = report.anomalies.is_empty().then(beyond).flatten();
    let count = |n: usize, one: &str, many: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {many}") };
    let machine = report.anomalies.iter().filter(|a| !a.sensor).count();
    let sensor = report.anomalies.len() - machine;
    let mut all = Vec::new();
    all.push(match report.anomalies.len() {
        0 if report.score.high.iter().all(Option::is_none) => "Nothing could be judged.".to_owned(),
        0 if beyond.is_some() => "No deviation is beyond its limit, which is wide where a signal wanders.".to_owned(),
        0 => "Nothing outside the healthy part differs from it more than chance allows.".to_owned(),
        _ => {
            let parts = [
                (machine, count(machine, "deviation of the machine", "deviations of the machine")),
                (sensor, count(sensor, "suspect sensor", "suspect sensors")),
            ];
            let told: Vec<String> = parts.into_iter().filter(|(n, _)| *n > 0).map(|(_, words)| words).collect();
            format!("{} outside the healthy part.", told.join(" and "))
        }
    });
    all.extend(beyond);
    if let Some(worst) = report.anomalies.iter().max_by(|a, b| a.severity.total_cmp(&b.severity)) {
        all.push(format!("The largest: {} (from row {}).", worst.title, worst.stretch.from.row));
    }
    if let Some(change) = report.changes.first() {
        let n = count(report.changes.len(), "change of level", "changes of level");
        all.push(format!("{n}, the clearest in {} at row {}.", change.signal, change.at.row));
    }
    all.extend(report.marked.iter().filter(|m| m.periods > 0).map(|m| {
        let what = if m.moments { "marked moments" } else { "marked periods" };
        format!(
            "{} of {} {what} of {} were found; {} of {} findings touch one.",
            m.periods_found, m.periods, m.column, m.found_right, m.found
        )
    }));
    if let Some(wear) = &report.wear {
        let n = count(wear.signals.len(), "signal goes", "signals go");
        let lasts = lasts(&wear.doubles, report.clock.timed);
        all.push(format!("The machine wears: {n} one way, away from the healthy part. Twice as far: {lasts}."));
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
