//! What Gemba concludes, with the evidence for it (ISO 13374: state detection to advisory).

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{AssetId, SignalId, TimeRange, Timestamp};

/// What sort of conclusion it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The asset behaves unlike it did while it was learned.
    Anomaly,
    /// A day-0 or standard limit is exceeded.
    Limit,
    /// A sensor, not the machine, is at fault.
    SensorFault,
    /// A named failure mode is developing.
    Degradation,
    /// Something about the data itself: gaps, clock skew, late values.
    DataQuality,
}

/// Where a finding stands in its check loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// It holds now.
    #[default]
    Active,
    /// What was found is over; nobody has checked it yet.
    Cleared,
}

/// Measured against expected, for one signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The signal.
    pub signal: SignalId,
    /// What was measured over the window of the finding (mean), in the signal's unit.
    pub measured: f64,
    /// What is normal in this operating state.
    pub expected: f64,
    /// The normal band: low, high.
    pub band: (f64, f64),
}

/// A signal's share in a finding. Contribution, not cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contribution {
    /// The signal.
    pub signal: SignalId,
    /// Share of the score, 0–1; all shares of a finding sum to at most 1.
    pub share: f64,
}

/// How long something will last, as a range: there is no bare number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RemainingLife {
    /// The median, days.
    pub days: f64,
    /// It lasts at least so long, days.
    pub lo: f64,
    /// It lasts at most so long, days; none when the end of the range cannot be told.
    pub hi: Option<f64>,
    /// How often the truth lies between `lo` and `hi`, 0–1.
    pub level: f64,
}

/// Where a health index may be at a time to come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PathPoint {
    /// When, µs.
    pub time: i64,
    /// The low end of the range.
    pub lo: f64,
    /// The median.
    pub median: f64,
    /// The high end of the range.
    pub hi: f64,
}

/// A fact that supports a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Evidence {
    /// A model's score over time against its limit, for the chart on the finding page.
    Score {
        /// The score's name, such as `T²` or `normal-behaviour distance`.
        name: String,
        /// Source times, µs.
        times: Vec<i64>,
        /// The scores.
        scores: Vec<f64>,
        /// The limit that the false-alarm budget gives.
        limit: f64,
    },
    /// Measured against expected.
    Comparison(Comparison),
    /// A limit from a standard or a template.
    Limit {
        /// The signal.
        signal: SignalId,
        /// What was measured.
        measured: f64,
        /// The limit.
        limit: f64,
        /// Where the limit comes from, with edition and group.
        source: String,
    },
    /// A spectral line.
    Spectrum {
        /// The waveform signal.
        signal: SignalId,
        /// The frequency found, Hz.
        hz: f64,
        /// The frequency expected, Hz.
        expected_hz: f64,
        /// Height above the local median, dB.
        snr_db: f64,
        /// How many harmonics stand out.
        harmonics: u32,
        /// The start of the waveform in which it was found; none in findings kept before it was told.
        #[serde(default)]
        at: Option<Timestamp>,
    },
    /// A stretch of samples to look at.
    Window {
        /// The signal.
        signal: SignalId,
        /// From when to when.
        range: TimeRange,
        /// What is to be seen there.
        note: String,
    },
    /// How far a failure has come, and where it may go.
    Degradation {
        /// The health index.
        name: String,
        /// Source times, µs.
        times: Vec<i64>,
        /// The index, in the unit of the threshold.
        values: Vec<f64>,
        /// From here on it counts as failed.
        threshold: f64,
        /// Where the index may go, by time.
        #[serde(deserialize_with = "known_points")]
        ahead: Vec<PathPoint>,
    },
}

/// Points of which every number is known: infinity is written as `null` in JSON, and such points were written once.
fn known_points<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PathPoint>, D::Error> {
    let all = Vec::<Written>::deserialize(from)?;
    let known = |p: Written| Some(PathPoint { time: p.time, lo: p.lo?, median: p.median?, hi: p.hi? });
    Ok(all.into_iter().filter_map(known).collect())
}

/// A point as it was written.
#[derive(Deserialize)]
struct Written {
    time: i64,
    lo: Option<f64>,
    median: Option<f64>,
    hi: Option<f64>,
}

/// A conclusion about an asset.
///
/// A finding has a stable `key` below its asset: the same condition that goes on updates its
/// finding instead of making a new one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The asset.
    pub asset: AssetId,
    /// What makes it the same finding when it is reported again: `normal-behaviour`, `iso10816:7`.
    pub key: String,
    /// What sort.
    pub kind: FindingKind,
    /// Whether it still holds.
    pub state: FindingState,
    /// Since when the condition holds, by source time.
    pub since: Timestamp,
    /// Until when it was last seen to hold.
    pub until: Timestamp,
    /// One line: what is wrong.
    pub title: String,
    /// In words: what differs from what, by how much, since when. Contribution, not cause.
    pub explanation: String,
    /// How likely it is that a healthy asset would look like this (calibrated p-value); none for plain limits.
    pub p_value: Option<f64>,
    /// How sure it is that the title is right, 0–1, in one sense everywhere: what is measured against a limit is sure; what
    /// rests on a p-value is as sure as that allows when a fault and none were as likely before it was seen (one minus the
    /// bound of Sellke, Bayarri and Berger 2001), times how sure this fault is among those that would look alike; of a
    /// forecast, how probable it is.
    pub probability: f64,
    /// How bad, 0–1: how far from normal on the way to the limit that stops the machine.
    pub severity: f64,
    /// Signals by share, largest first.
    pub contributions: Vec<Contribution>,
    /// The facts.
    pub evidence: Vec<Evidence>,
    /// The likely failure mode of the template, when one fits.
    pub failure_mode: Option<String>,
    /// What to do next, most useful first.
    pub prescription: Vec<String>,
    /// How long it will last; none while that cannot be told.
    #[serde(default)]
    pub rul: Option<RemainingLife>,
    /// What concluded it, with its version: `normal-behaviour/1`.
    pub model: String,
}

/// A condition that comes back this soon after it was over is the same finding: longer than any limit's deadband and delays
/// (ISA-18.2), shorter than a shift.
pub const RETURNS_WITHIN: Duration = Duration::from_mins(15);

/// Of the newest finding of an asset and key, what says whether the next report is the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// Whether it holds.
    pub state: FindingState,
    /// Until when it was last seen to hold.
    pub until: Timestamp,
    /// The signal that it is about most.
    pub leads: Option<SignalId>,
}

/// What a report of a finding is to the newest one of its asset and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joins {
    /// It is over and was not open: nothing to tell.
    Nothing,
    /// The same condition, which goes on, or is over now.
    Same,
    /// The same condition, come back soon after it was over.
    Back,
    /// A condition of its own.
    New,
}

impl Finding {
    /// How many times the limit of what was learned it came to at most since it began; none where nothing was learned, or
    /// where that is not told.
    pub fn beyond(&self) -> Option<f64> {
        let since = self.since.micros();
        let scores = self.evidence.iter().flat_map(|evidence| match evidence {
            Evidence::Score { times, scores, limit, .. } => {
                times.iter().zip(scores).map(|(t, s)| (*t, s / limit)).collect::<Vec<_>>()
            }
            _ => Vec::new(),
        });
        let most = scores.filter(|(time, _)| *time >= since).map(|(_, times)| times).fold(0.0, f64::max);
        (self.kind == FindingKind::Anomaly && most > 1.0).then_some(most)
    }

    /// What of this says whether the next report is the same finding.
    pub fn spell(&self) -> Spell {
        Spell { state: self.state, until: self.until, leads: self.contributions.first().map(|c| c.signal) }
    }

    /// What this report is to `newest`, the newest finding of the same asset and key that no person has closed. The list of
    /// findings and a backtest both count by this.
    pub fn joins(&self, newest: Option<Spell>) -> Joins {
        let over = self.state == FindingState::Cleared;
        match newest {
            Some(last) if last.state == FindingState::Active => Joins::Same,
            _ if over => Joins::Nothing,
            // told once more after a restart it has not come back
            Some(last) if self.returns(last) && self.since <= last.until => Joins::Same,
            Some(last) if self.returns(last) => Joins::Back,
            _ => Joins::New,
        }
    }

    /// Whether this is the same condition again, and no other one under the same key: soon after, and about the same signal.
    fn returns(&self, last: Spell) -> bool {
        self.spell().leads == last.leads && self.since.since(last.until) <= RETURNS_WITHIN
    }
}
