//! Which past findings look like one: the angle between what contributed to each.

use std::collections::{BTreeMap, BTreeSet};

use gemba_plant::{Comparison, Evidence, Finding, FindingKind, SignalId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What contributed to a finding, by role or name of the signal: shares, below 0 where less was measured than expected.
pub type Fingerprint = BTreeMap<String, f64>;

/// One contribution of two findings side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Compared {
    /// The role or name of the signal.
    pub what: String,
    /// Its share in this finding, −1–1; below 0 where less was measured than expected.
    pub here: f64,
    /// Its share in the other.
    pub there: f64,
}

/// The fingerprint of a finding. `name` tells what a signal is on any machine: its role. Findings without contributions
/// count the signals of their evidence alike.
pub fn fingerprint(finding: &Finding, name: impl Fn(SignalId) -> Option<String>) -> Fingerprint {
    let mut shares: Vec<(SignalId, f64)> = finding.contributions.iter().map(|c| (c.signal, c.share)).collect();
    if shares.is_empty() {
        let signals: BTreeSet<SignalId> = finding.evidence.iter().filter_map(signal_of).collect();
        let share = 1.0 / signals.len().max(1) as f64;
        shares = signals.into_iter().map(|signal| (signal, share)).collect();
    }
    let mut print = Fingerprint::new();
    for (signal, share) in shares {
        let Some(role) = name(signal) else { continue };
        let way = if fell(finding, signal) { -1.0 } else { 1.0 };
        *print.entry(role).or_default() += way * share;
    }
    print
}

fn signal_of(evidence: &Evidence) -> Option<SignalId> {
    match evidence {
        Evidence::Comparison(comparison) => Some(comparison.signal),
        Evidence::Limit { signal, .. } | Evidence::Spectrum { signal, .. } | Evidence::Window { signal, .. } => {
            Some(*signal)
        }
        Evidence::Score { .. } | Evidence::Degradation { .. } => None,
    }
}

fn fell(finding: &Finding, of: SignalId) -> bool {
    let below = |c: &Comparison| c.signal == of && c.measured < c.expected;
    finding.evidence.iter().any(|evidence| matches!(evidence, Evidence::Comparison(c) if below(c)))
}

/// How alike two findings are: the cosine of the angle between their fingerprints, −1–1; 0 when one has none, or when one
/// is about the machine and the other about its data.
pub fn similarity(a: (&Finding, &Fingerprint), b: (&Finding, &Fingerprint)) -> f64 {
    let about_data = |f: &Finding| matches!(f.kind, FindingKind::SensorFault | FindingKind::DataQuality);
    let length = |print: &Fingerprint| print.values().map(|v| v * v).sum::<f64>().sqrt();
    let both = length(a.1) * length(b.1);
    if about_data(a.0) != about_data(b.0) || both <= 0.0 {
        return 0.0;
    }
    let dot: f64 = a.1.iter().filter_map(|(name, share)| Some(share * b.1.get(name)?)).sum();
    (dot / both).clamp(-1.0, 1.0)
}

/// Two fingerprints side by side, the largest shares first.
pub fn compared(here: &Fingerprint, there: &Fingerprint) -> Vec<Compared> {
    let names: BTreeSet<&String> = here.keys().chain(there.keys()).collect();
    let share = |print: &Fingerprint, name: &String| print.get(name).copied().unwrap_or_default();
    let mut all: Vec<Compared> = names
        .into_iter()
        .map(|name| Compared { what: name.clone(), here: share(here, name), there: share(there, name) })
        .collect();
    let size = |c: &Compared| c.here.abs().max(c.there.abs());
    all.sort_by(|a, b| size(b).total_cmp(&size(a)));
    all
}
