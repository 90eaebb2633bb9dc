use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::fit::{Guides, Normal, Tuning, despiked};
use super::follow::{Monitor, Verdict};
use crate::regimes::{Place, Regimes};
use crate::{Error, calendar};

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
    /// Whether each row is followed by the numbers of its time.
    calendar: bool,
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
    /// Learns from healthy rows, see [`Normal::fit`], with the columns of drivers and the time of each row, µs. Without
    /// times, and where they span too little, no level depends on the time of day or week.
    ///
    /// # Errors
    /// When no signal has enough usable rows in any state.
    pub fn fit(columns: &[Vec<f64>], (drivers, times): (&[usize], &[i64]), tuning: Tuning) -> Result<Self, Error> {
        let [_, long] = tuning.windows;
        let clean: Vec<Vec<f64>> = columns.iter().map(|c| despiked(c)).collect();
        let regimes = Regimes::find(&clean, WINDOWS_MIN * long);
        let span = times.last().zip(times.first()).map_or(0, |(last, first)| last.saturating_sub(*first));
        let (width, groups) = (columns.len(), calendar::groups(span));
        let groups: Vec<Range<usize>> = groups.into_iter().map(|g| g.start + width..g.end + width).collect();
        let whole = if groups.is_empty() { columns.to_vec() } else { with_calendar(columns, times) };
        let (columns, calendar) = (whole.as_slice(), !groups.is_empty());
        let guides = Guides { drivers, calendar: &groups, visits: regimes.is_some() };
        let fit = |columns: &[Vec<f64>]| Normal::fit(columns, guides, tuning).map(Monitor::new);
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
            (Some(first), _) => Ok(Self { calendar, regimes, monitors, current: first, between: 0, settling: 0 }),
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

    /// Takes the next row, of `time` µs; NaN where a signal has no usable value.
    ///
    /// # Errors
    /// When the row has another width than the model.
    pub fn step(&mut self, time: i64, row: &[f64]) -> Result<Verdict, Error> {
        if self.calendar {
            let whole: Vec<f64> = row.iter().copied().chain(calendar::numbers(time)).collect();
            return self.judge(&whole);
        }
        self.judge(row)
    }

    fn judge(&mut self, row: &[f64]) -> Result<Verdict, Error> {
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

/// The columns, and behind them those that tell the time.
fn with_calendar(columns: &[Vec<f64>], times: &[i64]) -> Vec<Vec<f64>> {
    let mut all = columns.to_vec();
    all.resize(columns.len() + calendar::COLUMNS, Vec::with_capacity(times.len()));
    for time in times {
        let numbers = calendar::numbers(*time);
        all.iter_mut().skip(columns.len()).zip(numbers).for_each(|(column, number)| column.push(number));
    }
    all
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
