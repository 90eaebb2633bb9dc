use serde::{Deserialize, Serialize};

use super::fit::{Normal, Tuning, despiked};
use super::follow::{Monitor, Verdict};
use crate::Error;
use crate::regimes::{Place, Regimes};

/// Long windows that a state must hold to be one.
const WINDOWS_MIN: usize = 6;
/// Rows in a state after a change before it counts as reached.
const SETTLE: usize = 5;

/// One [`Monitor`] for each operating state that the healthy rows fell into by themselves ([`Regimes`]).
///
/// A change from one known state to another is not judged, for as long as such a change was seen to take; a row that
/// stays between states longer is judged against the nearest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    regimes: Option<Regimes>,
    /// One for each state; none where it could not be learned.
    monitors: Vec<Option<Monitor>>,
    current: usize,
    /// Rows since the last one that was in a state.
    between: usize,
    /// Rows until the present state counts as reached.
    settling: usize,
}

impl Watch {
    /// Learns from healthy rows, see [`Normal::fit`].
    ///
    /// # Errors
    /// When no signal has enough usable rows in any state.
    pub fn fit(columns: &[Vec<f64>], drivers: &[usize], tuning: Tuning) -> Result<Self, Error> {
        let [_, long] = tuning.windows;
        let clean: Vec<Vec<f64>> = columns.iter().map(|c| despiked(c)).collect();
        let regimes = Regimes::find(&clean, WINDOWS_MIN * long);
        let fit = |columns: &[Vec<f64>]| Normal::fit(columns, drivers, tuning).map(Monitor::new);
        let fitted: Vec<Result<Monitor, Error>> = match &regimes {
            None => vec![fit(columns)],
            Some(regimes) => (0..regimes.count()).map(|state| fit(&part(columns, &clean, regimes, state))).collect(),
        };
        let first = fitted.iter().position(Result::is_ok);
        let mut monitors = Vec::with_capacity(fitted.len());
        let mut why = None;
        for one in fitted {
            match one {
                Ok(monitor) => monitors.push(Some(monitor)),
                Err(error) => {
                    why.get_or_insert(error);
                    monitors.push(None);
                }
            }
        }
        match (first, why) {
            (Some(first), _) => Ok(Self { regimes, monitors, current: first, between: 0, settling: 0 }),
            (None, Some(error)) => Err(error),
            (None, None) => Err(Error::TooFewRows { what: "normal behaviour", found: 0, needed: 1 }),
        }
    }

    /// How many operating states were learned.
    pub fn states(&self) -> usize {
        self.monitors.iter().flatten().count()
    }

    /// The monitor of the present state; none where the state could not be learned.
    pub fn monitor(&self) -> Option<&Monitor> {
        self.monitors.get(self.current).and_then(Option::as_ref)
    }

    /// Takes the next row; NaN where a signal has no usable value.
    ///
    /// # Errors
    /// When the row has another width than the model.
    pub fn step(&mut self, row: &[f64]) -> Result<Verdict, Error> {
        let active = self.monitor().is_some_and(Monitor::is_active);
        let still = Verdict { score: 0.0, active, changed: false, known: false };
        match self.regimes.as_ref().and_then(|r| r.place(row).map(|place| (place, r.change()))) {
            Some((Place::In(state), _)) => {
                self.between = 0;
                self.go(state);
            }
            Some((Place::Between(state), change)) => {
                self.between += 1;
                if self.between <= change && !active {
                    return Ok(still);
                }
                if !active {
                    self.go(state);
                }
            }
            None => {}
        }
        if self.settling > 0 {
            self.settling -= 1;
            return Ok(Verdict { active: false, changed: active, ..still });
        }
        match self.monitors.get_mut(self.current) {
            Some(Some(monitor)) => monitor.step(row).map(|v| Verdict { changed: v.active != active, ..v }),
            _ => Ok(Verdict { active: false, changed: active, ..still }),
        }
    }

    /// Goes on in `state`; what was seen there last is long ago.
    fn go(&mut self, state: usize) {
        if state != self.current {
            (self.current, self.settling) = (state, SETTLE);
            if let Some(Some(monitor)) = self.monitors.get_mut(state) {
                monitor.rest();
            }
        }
    }

    /// Forgets the last rows, not what was learned.
    pub fn rest(&mut self) {
        (self.between, self.settling) = (0, 0);
        self.monitors.iter_mut().flatten().for_each(Monitor::rest);
    }
}

/// The rows of one state once it was reached, a row of missing values wherever others lay between.
fn part(columns: &[Vec<f64>], clean: &[Vec<f64>], regimes: &Regimes, state: usize) -> Vec<Vec<f64>> {
    let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
    let mut parts = vec![Vec::new(); columns.len()];
    let mut row = vec![f64::NAN; columns.len()];
    let mut inside = 0;
    for r in 0..rows {
        row.iter_mut().zip(clean).for_each(|(v, c)| *v = c.get(r).copied().unwrap_or(f64::NAN));
        let before = inside;
        inside = if regimes.place(&row) == Some(Place::In(state)) { inside + 1 } else { 0 };
        if inside > SETTLE {
            parts.iter_mut().zip(columns).for_each(|(p, c)| p.push(c.get(r).copied().unwrap_or(f64::NAN)));
        } else if before > SETTLE {
            for part in &mut parts {
                part.push(f64::NAN);
            }
        }
    }
    parts
}
