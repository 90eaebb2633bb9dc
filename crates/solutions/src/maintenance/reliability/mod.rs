//! How long machines of a kind last, from what ended their uses: failures, and replacements before one. No signal is
//! needed. Weibull's law with what the records leave open of it (life data analysis as IEC 61649 has it, by Bayes' rule
//! instead of tables), beside the curve without a law.

mod curve;
mod occurrence;
pub mod risk;
mod uses;
mod words;

use std::collections::BTreeMap;

use gemba_act::work::{EventKind, Failure};
use gemba_plant::{AssetId, RemainingLife, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use occurrence::{SeenOccurrence, occurrences};
pub use uses::{Span, spans};
pub use words::{Speaks, Voices, speaks};

/// How probable it is that a range holds the truth.
const LEVEL: f64 = 0.9;
/// Failure modes that have a curve of their own, at most: those with most failures.
const MODES_MAX: usize = 12;

/// What is known of a machine and others of its kind.
#[derive(Clone, Copy, Debug)]
pub struct LifeData<'a> {
    /// The machine.
    pub machine: AssetId,
    /// Machines of its kind, itself too.
    pub kind: &'a [AssetId],
    /// Failures, and replacements before one; others than of the kind are left out.
    pub events: &'a [Failure],
    /// Until when it is known.
    pub now: Timestamp,
}

/// How long machines of a kind last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reliability {
    /// Any failure first, then each failure mode that has failures enough, the most first.
    pub curves: Vec<LifeCurve>,
    /// Failures that are recorded of the kind.
    pub failures: u32,
    /// Machines of the kind, this one too.
    pub machines: u32,
    /// Those of them of which nothing is recorded: nobody knows how old they are, so they count nowhere.
    pub unrecorded: u32,
    /// What is missing for a curve, and what to do; empty when there is one.
    pub missing: String,
}

/// A figure that is not known exactly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Uncertain {
    /// The low end of the range.
    pub lo: f64,
    /// The middle.
    pub median: f64,
    /// The high end of the range.
    pub hi: f64,
}

/// What age does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ageing {
    /// The older the safer (shape surely below 1): early failures, faults of making or of mounting.
    Early,
    /// Age does nothing, or next to nothing (shape about 1): chance.
    Chance,
    /// The older the worse (shape surely above 1): wear.
    Wear,
    /// Too few failures to tell.
    Open,
}

/// The chance of failing in the days ahead.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ahead {
    /// Days from now.
    pub days: u32,
    /// The chance, 0–1, and the range that holds it with 90 % probability.
    #[serde(flatten)]
    pub chance: Uncertain,
}

/// A point of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurvePoint {
    /// Days of use.
    pub days: f64,
    /// The share that lasts longer, 0–1, by Weibull's law, and the range that holds it with 90 % probability.
    #[serde(flatten)]
    pub survival: Uncertain,
    /// The same as counted, without a law (Kaplan and Meier); none beyond the longest use.
    pub counted: Option<f64>,
}

/// How long uses last: the share that lasts longer than a number of days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LifeCurve {
    /// The failure mode; none for a failure of any kind.
    pub failure_mode: Option<String>,
    /// Uses that ended with a failure and whose begin is known.
    pub failed: u32,
    /// Uses that ended before a failure.
    pub replaced: u32,
    /// Uses that go on.
    pub running: u32,
    /// Machines whose uses these are.
    pub machines: u32,
    /// The failures of this machine among them.
    pub own: u32,
    /// Whether the failures are few: the ranges are wide because of it.
    pub few: bool,
    /// Whether Weibull's law goes with what was counted. When not, there is more than one cause in it.
    pub fits: bool,
    /// Weibull's shape: below 1 early failures, 1 chance, above 1 wear.
    pub shape: Uncertain,
    /// Weibull's scale, days: 63 % have failed by then.
    pub scale_days: Uncertain,
    /// What age does.
    pub ageing: Ageing,
    /// Days since this machine failed or was replaced last; none when that is not recorded.
    pub age_days: Option<f64>,
    /// The chance that this machine fails in the days ahead; empty when its age is not known.
    pub ahead: Vec<Ahead>,
    /// How long this machine lasts yet; none when its age is not known.
    pub left: Option<RemainingLife>,
    /// The curve, for a picture.
    pub points: Vec<CurvePoint>,
    /// All of it in words.
    pub says: String,
}

/// How long machines of the kind last, and this one.
pub fn reliability(data: &LifeData<'_>) -> Reliability {
    let mut failures: BTreeMap<String, u32> = BTreeMap::new();
    let of_kind = data.events.iter().filter(|e| data.kind.contains(&e.asset) && e.at <= data.now);
    for event in of_kind.filter(|e| e.kind == EventKind::Failure) {
        *failures.entry(uses::mode(event)).or_default() += 1;
    }
    let all: u32 = failures.values().sum();
    let mut modes: Vec<(String, u32)> = failures.into_iter().filter(|(mode, n)| !mode.is_empty() && *n < all).collect();
    modes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let any = uses::uses(data, None);
    let mut curves: Vec<LifeCurve> = curve::curve(&any, None).into_iter().collect();
    curves.extend(
        modes
            .into_iter()
            .filter_map(|(mode, _)| curve::curve(&uses::uses(data, Some(&mode)), Some(mode)))
            .take(MODES_MAX),
    );
    let machines = count(data.kind.len());
    Reliability {
        missing: if curves.is_empty() { words::missing(all, &any) } else { String::new() },
        curves,
        failures: all,
        machines,
        unrecorded: machines.saturating_sub(count(any.machines.len())),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
