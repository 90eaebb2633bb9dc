//! What was heard of one fault, against the truth.

use std::collections::BTreeMap;

use gemba_act::backtest::Episode;
use gemba_plant::{AssetId, Finding, FindingKind, FindingState, Timestamp};
use gemba_sim::Fault;

use super::heard::Heard;
use super::truth;

/// What became of a fault. Figures end at its repair, but for those that say so.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// The fault.
    pub(crate) id: String,
    /// Whether there is a name for it.
    pub(crate) nameable: bool,
    /// After how many seconds a finding of its asset came, and how bad the fault was then, 0–1.
    pub(crate) found: Option<(f64, f64)>,
    /// Whether the first name that was given is right; none when there was none.
    pub(crate) first_name: Option<bool>,
    /// Whether what is open at the repair (where nothing is, what was told last) gives a right name, and a wrong one.
    pub(crate) named: (bool, bool),
    /// Whether the sensor is blamed where it is at fault, and the machine where that is.
    pub(crate) blamed: bool,
    /// Findings of its asset, and of the other assets of the machine.
    pub(crate) findings: (usize, usize),
    /// The same of alarms.
    pub(crate) alarms: (usize, usize),
    /// Findings of its asset that came after the repair.
    pub(crate) after: usize,
    /// Whether all that was found is over at the end of the run; none when nothing was found.
    pub(crate) ended: Option<bool>,
    /// What was told, for those who want to read it: seconds after onset, key, name, title.
    pub(crate) told: Vec<String>,
}

/// Whether a finding is about a machine or a sensor, and not about the data.
pub(super) fn counts(kind: FindingKind) -> bool {
    kind != FindingKind::DataQuality
}

/// A plant second as a time.
#[allow(clippy::cast_possible_truncation, reason = "plant seconds are hours at most")]
pub(super) fn at(second: f64) -> Timestamp {
    Timestamp::from_micros((second * 1e6).round() as i64)
}

/// Judges what was heard of the fault of asset `own`, which is one machine with `others`.
pub(super) fn judge(heard: &Heard, fault: &Fault, own: AssetId, others: &[AssetId]) -> Outcome {
    let (onset, repaired) = (at(fault.onset_s), fault.repaired_s.map_or(Timestamp::MAX, at));
    let within = |time: Timestamp| (onset..repaired).contains(&time);
    let all: Vec<Episode> = heard.findings().into_iter().filter(|e| counts(e.kind)).collect();
    let of = |asset: AssetId| all.iter().filter(move |e| e.asset == asset && within(e.found));
    let first = of(own).map(|e| e.found).min();
    let found = first.map(|time| time.since(onset).as_secs_f64());
    let reports: Vec<&(Timestamp, Finding)> = (heard.reports.iter())
        .filter(|(time, f)| f.asset == own && within(*time) && counts(f.kind))
        .filter(|(_, f)| of(own).any(|e| e.key == f.key))
        .collect();
    let last = standing(&reports);
    let is_named = |right: bool| last.iter().any(|f| truth::names(f, fault) == Some(right));
    Outcome {
        id: fault.id.clone(),
        nameable: truth::has_name(fault.kind),
        found: found.map(|delay| (delay, fault.severity(fault.onset_s + delay))),
        first_name: reports.iter().find_map(|(_, f)| truth::names(f, fault)),
        named: (is_named(true), is_named(false)),
        blamed: found.is_some() && is_blamed(&reports, fault),
        findings: (of(own).count(), others.iter().map(|o| of(*o).count()).sum()),
        alarms: (
            heard.alarms_of(own, (onset, repaired)),
            others.iter().map(|o| heard.alarms_of(*o, (onset, repaired))).sum(),
        ),
        after: all.iter().filter(|e| e.asset == own && e.found >= repaired).count(),
        ended: found.map(|_| of(own).all(|e| !e.open)),
        told: told(&reports, onset),
    }
}

/// The last report of each finding that is open at the end of these; of all that were told when none is.
fn standing<'a>(reports: &[&'a (Timestamp, Finding)]) -> Vec<&'a Finding> {
    let last: BTreeMap<&str, &Finding> = reports.iter().map(|(_, f)| (f.key.as_str(), f)).collect();
    let open: Vec<&Finding> = last.values().copied().filter(|f| f.state == FindingState::Active).collect();
    if open.is_empty() { last.into_values().collect() } else { open }
}

fn is_blamed(reports: &[&(Timestamp, Finding)], fault: &Fault) -> bool {
    let findings = || reports.iter().map(|(_, f)| f);
    if !fault.kind.of_sensor() {
        return findings().all(|f| f.kind != FindingKind::SensorFault);
    }
    let machine = |f: &Finding| f.kind != FindingKind::SensorFault && !truth::leaves_open(f);
    findings().any(|f| truth::blames(f, fault)) && !findings().any(machine)
}

/// Each change of what a finding says.
fn told(reports: &[&(Timestamp, Finding)], onset: Timestamp) -> Vec<String> {
    let mut last: BTreeMap<&str, String> = BTreeMap::new();
    let mut lines = Vec::new();
    for (time, f) in reports {
        let name = f.failure_mode.as_deref().unwrap_or("-");
        let said = format!("{:?} {} [{name}] {}", f.state, f.key, f.title);
        if last.insert(&f.key, said.clone()).as_ref() != Some(&said) {
            lines.push(format!("{:+.1} s {said} ({:.2})", time.since(onset).as_secs_f64(), f.severity));
        }
    }
    lines
}
