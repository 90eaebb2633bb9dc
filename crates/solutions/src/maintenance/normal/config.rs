use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use gemba_learn::grid::Grid;
use gemba_learn::normal::Tuning;
use gemba_learn::shift::SHIFT_VALUES;

/// Seconds of the month that budgets are stated for: 30 days.
const MONTH_S: f64 = 30.0 * 86_400.0;

/// A row that comes seldom counts as so many in learning.
const SELDOM_COUNTS: usize = 8;

/// So many rows are learned from at most where somebody said from how much: a day of seconds.
const ROWS_MAX: u64 = 86_400;

/// How normal behaviour is learned and watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NormalBehaviourConfig {
    /// Distance of the rows onto which all signals are brought, ms, 10–3 600 000. Default 1000.
    pub step_ms: u64,
    /// How long a signal's last value stands for it, ms, at least `step_ms`. Default 10 000.
    pub hold_ms: u64,
    /// How much healthy running it learns from in each operating state, s, 10–31 536 000. Default 3600.
    pub learn_s: u64,
    /// Expected false alarms for this asset in 30 days, above 0; as many changes of signals may be told that are none. Default 1.
    pub false_alarms_per_month: f64,
    /// How often the computed samples are written, ms, at least `step_ms`. Default 1000.
    pub score_every_ms: u64,
}

impl Default for NormalBehaviourConfig {
    fn default() -> Self {
        Self { step_ms: 1000, hold_ms: 10_000, learn_s: 3600, false_alarms_per_month: 1.0, score_every_ms: 1000 }
    }
}

impl NormalBehaviourConfig {
    /// Learns from so many hours.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a week at most, in milliseconds")]
    pub(in crate::maintenance) fn learn_for(&mut self, hours: f64) {
        let millis = (hours * 3_600_000.0).max(0.0) as u64;
        self.learn_s = (millis / 1000).max(10);
        // whole seconds, unless rows are closer anyway
        let step = if millis > ROWS_MAX * self.step_ms { millis.div_ceil(ROWS_MAX).div_ceil(1000) * 1000 } else { 0 };
        self.step_ms = self.step_ms.max(step);
        self.hold_ms = self.hold_ms.max(self.step_ms);
        self.score_every_ms = self.score_every_ms.max(self.step_ms);
    }

    /// Rows that make up the learning.
    pub(in crate::maintenance) fn rows(&self) -> usize {
        usize::try_from(self.learn_s.saturating_mul(1000) / self.step_ms.max(1)).unwrap_or(usize::MAX)
    }

    /// As [`rows`](Self::rows) where rows may come seldom: as many of those would be weeks, and they are less alike.
    pub(super) fn rows_of(&self, grid: &Grid) -> usize {
        if grid.seldom() { self.rows().div_ceil(SELDOM_COUNTS) } else { self.rows() }
    }

    /// The false-alarm level of what is judged once in `seconds` and may use this share of the budget.
    pub(in crate::maintenance) fn alpha(&self, share: f64, seconds: f64) -> f64 {
        (self.false_alarms_per_month * share * seconds / MONTH_S).clamp(1e-12, 0.1)
    }

    /// The probability that a signal that has not changed is told as changed in so many rows as a change is looked at, when all
    /// `signals` together may be as often as the budget says.
    pub(super) fn change_alpha(&self, signals: usize) -> f64 {
        let window_s = SHIFT_VALUES as f64 * self.step_ms as f64 / 1000.0;
        self.alpha(1.0 / signals.max(1) as f64, window_s)
    }

    /// The false-alarm level of one short window that the budget leaves.
    pub(super) fn tuning(&self) -> Tuning {
        let tuning = Tuning::default();
        let [short, _] = tuning.windows;
        let window_s = short as f64 * self.step_ms as f64 / 1000.0;
        Tuning { alpha: self.alpha(1.0, window_s), ..tuning }
    }
}
