//! Findings in words: which record was broken, by how much.

use gemba_learn::record::Break;
use gemba_learn::sure;
use gemba_plant::{Comparison, Contribution, Evidence, Finding, FindingKind, FindingState, Signal, Timestamp};

use super::NAME;
use crate::maintenance::normal::{Trace, label, number, said_time};

/// The finding for a record that was broken, with its score over the limit and its p-value.
pub(super) fn finding(
    signal: &Signal,
    (broken, ratio, p_value): (Break, f64, f64),
    (since, now): (Timestamp, Timestamp),
    trace: &Trace,
) -> Finding {
    let Break { sudden, measured, expected, record, .. } = broken;
    let up = measured > expected;
    let (name, unit) = (label(signal), signal.unit.symbol());
    let off = (measured - expected).abs();
    let told = |value: f64| number(value, off);
    let (what, before) = if sudden { ("", "just before") } else { ("The mean of ", "of a longer time") };
    let text = format!(
        "{what}{name} is {} {unit}, {} {} the level {before} ({} {unit}). For six times as long as it was learned it was never \
         farther {} than {}. Since {}, {ratio:.1} times the limit.",
        told(measured),
        told(off),
        if up { "above" } else { "below" },
        told(expected),
        if up { "above" } else { "below" },
        told(record),
        said_time(since),
    );
    let score = Evidence::Score {
        name: "how far a record is broken, over its limit".into(),
        times: trace.times.clone(),
        scores: trace.scores.clone(),
        limit: 1.0,
    };
    let band = (expected - record, expected + record);
    let comparison = Evidence::Comparison(Comparison { signal: signal.id, measured, expected, band });
    let way = match (sudden, up) {
        (true, true) => "jumped higher",
        (true, false) => "dropped lower",
        (false, true) => "rose farther",
        (false, false) => "fell farther",
    };
    Finding {
        asset: signal.asset,
        key: "record".into(),
        kind: FindingKind::Anomaly,
        state: FindingState::Active,
        since,
        until: now,
        title: format!("{name} {way} than it did in a long time"),
        explanation: text.replace(" ,", ",").replace(" )", ")"),
        p_value: Some(p_value),
        probability: sure(p_value),
        severity: (1.0 - 1.0 / ratio.max(1.0)).clamp(0.05, 1.0),
        contributions: vec![Contribution { signal: signal.id, share: 1.0 }],
        evidence: vec![score, comparison],
        failure_mode: None,
        prescription: vec![
            format!("look at the trend of {name} before and after that time"),
            "check what was switched, loaded or maintained then".into(),
        ],
        rul: None,
        model: NAME.into(),
    }
}
