//! Cuts the stream at the clock: one row a cycle.

use serde::{Deserialize, Serialize};

use super::Clock;
use crate::stats;

/// A phase of so many times its usual length is a pause: nothing is said about that cycle.
const PAUSE: i64 = 4;
/// Parts of all phases together, about.
const PARTS: usize = 6;
/// The most parts of a phase.
const PARTS_MAX: usize = 3;

/// One row: a cycle, or the mean of several short ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// When its first cycle began and its last one ended, µs.
    pub from: i64,
    /// See [`Row::from`].
    pub to: i64,
    /// Seconds that each phase lasted; how often the order of phases was broken; for each signal kept its mean in each
    /// part of each phase, NaN where it had no value.
    pub values: Vec<f64>,
}

/// A signal whose course is cut.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    column: usize,
    /// How long a value stands, µs.
    hold: i64,
    #[serde(with = "crate::bits::one")]
    value: f64,
    since: i64,
    /// Its integral over the present part, and over which time.
    #[serde(with = "crate::bits::pair")]
    area: [f64; 2],
}

impl Kept {
    fn advance(&mut self, time: i64) {
        let lasted = time.saturating_sub(self.since).clamp(0, self.hold) as f64;
        if self.value.is_finite() {
            let [area, weight] = self.area;
            self.area = [area + self.value * lasted, weight + lasted];
        }
        self.since = time;
    }

    fn mean(&mut self, time: i64) -> f64 {
        self.advance(time);
        let [area, weight] = std::mem::take(&mut self.area);
        if weight > 0.0 { area / weight } else { f64::NAN }
    }
}

/// Turns the stream into rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cutter {
    clock: Clock,
    kept: Vec<Kept>,
    parts: usize,
    row_us: i64,
    code: Option<i64>,
    /// The phase, its begin and its part; none while waiting for the first phase.
    place: Option<usize>,
    since: i64,
    part: usize,
    began: i64,
    #[serde(with = "crate::bits")]
    cycle: Vec<f64>,
    breaks: u32,
    /// Sums over cycles that go into the row, and of how many values each.
    from: i64,
    #[serde(with = "crate::bits")]
    sums: Vec<f64>,
    counts: Vec<u32>,
}

impl Cutter {
    /// Cuts at `clock`. A row holds as many cycles as begin within `row_us` µs, at least one. A gauge's value stands for
    /// `hold_us` µs.
    pub fn new(clock: Clock, row_us: i64) -> Self {
        let parts = (PARTS / clock.phases.len().max(1)).clamp(1, PARTS_MAX);
        Self {
            clock,
            kept: Vec::new(),
            parts,
            row_us,
            code: None,
            place: None,
            since: 0,
            part: 0,
            began: 0,
            cycle: Vec::new(),
            breaks: 0,
            from: i64::MIN,
            sums: Vec::new(),
            counts: Vec::new(),
        }
    }

    /// Cuts these columns from the next cycle on, each with the time that a value stands, µs.
    #[must_use]
    pub fn keeping(self, columns: impl IntoIterator<Item = (usize, i64)>) -> Self {
        let kept = |(column, hold)| Kept { column, hold, value: f64::NAN, since: 0, area: [0.0; 2] };
        let kept = columns.into_iter().filter(|(c, _)| *c != self.clock.column).map(kept).collect();
        Self { kept, ..Self::new(self.clock, self.row_us) }
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The columns that are cut.
    pub fn kept(&self) -> impl Iterator<Item = usize> + '_ {
        self.kept.iter().map(|k| k.column)
    }

    /// Parts into which each phase is cut.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// Parts of the whole cycle: so many values of a row belong to each column that is cut.
    pub fn bins(&self) -> usize {
        self.parts * self.clock.phases.len()
    }

    /// The first value of a row that is a signal's mean: before are a duration for each phase, and the breaks.
    pub fn head(&self) -> usize {
        self.clock.phases.len() + 1
    }

    /// Forgets the present cycle and row: another product begins, or nothing is known of what was between.
    pub fn restart(&mut self) {
        self.place = None;
        self.breaks = 0;
        self.from = i64::MIN;
        self.sums.clear();
        self.counts.clear();
    }

    /// Takes the value of a signal, NaN when there is none; values come in order of time, µs. A row that is whole with it.
    pub fn push(&mut self, column: usize, time: i64, value: f64) -> Option<Row> {
        self.advance(time);
        if let Some(kept) = self.kept.iter_mut().find(|k| k.column == column) {
            kept.advance(time);
            kept.value = value;
        }
        if column != self.clock.column {
            return None;
        }
        let code = self.clock.coder.next(value);
        if code == self.code {
            return None;
        }
        self.code = code;
        self.turn(time, code)
    }

    /// Ends the parts of the phase that are over.
    fn advance(&mut self, time: i64) {
        while let Some(phase) = self.place.and_then(|p| self.clock.phases.get(p)) {
            let parts = i64::try_from(self.parts).unwrap_or(1);
            let over = phase.usual_us.saturating_mul(i64::try_from(self.part).unwrap_or(0) + 1) / parts;
            let end = self.since.saturating_add(over);
            if self.part + 1 >= self.parts || time < end {
                return;
            }
            self.end_part(end);
            self.part += 1;
        }
    }

    fn end_part(&mut self, time: i64) {
        let Some(place) = self.place else { return };
        let (head, bins, bin) = (self.head(), self.bins(), place * self.parts + self.part);
        for (at, kept) in self.kept.iter_mut().enumerate() {
            let mean = kept.mean(time);
            self.cycle.iter_mut().skip(head + at * bins + bin).take(1).for_each(|v| *v = mean);
        }
    }

    /// The clock goes on to another code.
    fn turn(&mut self, time: i64, code: Option<i64>) -> Option<Row> {
        let whole = self.end_phase(time, code);
        let first = self.clock.phases.first().map(|p| p.code);
        if self.place.is_none() && code.is_some() && code == first {
            (self.place, self.began) = (Some(0), time);
            let width = self.head() + self.bins() * self.kept.len();
            self.cycle.clear();
            self.cycle.resize(width, f64::NAN);
        }
        (self.since, self.part) = (time, 0);
        for kept in &mut self.kept {
            kept.advance(time);
            kept.area = [0.0; 2];
        }
        whole
    }

    /// Ends the phase, and with the last one the cycle; what is neither the next phase nor a pause breaks the order.
    fn end_phase(&mut self, time: i64, code: Option<i64>) -> Option<Row> {
        let place = self.place?;
        let lasted = time.saturating_sub(self.since);
        let usual = self.clock.phases.get(place)?.usual_us;
        self.end_part(time);
        self.cycle.iter_mut().skip(place).take(1).for_each(|v| *v = lasted as f64 / 1e6);
        self.place = None;
        if code.is_none() || lasted > usual.saturating_mul(PAUSE) {
            return None;
        }
        let last = place + 1 == self.clock.phases.len();
        let next = if last { 0 } else { place + 1 };
        if self.clock.phases.get(next).map(|p| p.code) != code {
            self.breaks += 1;
            return None;
        }
        if last {
            return self.end_cycle(time);
        }
        self.place = Some(next);
        None
    }

    fn end_cycle(&mut self, time: i64) -> Option<Row> {
        let breaks = f64::from(std::mem::take(&mut self.breaks));
        let head = self.head();
        self.cycle.iter_mut().take(head).skip(head - 1).for_each(|v| *v = breaks);
        if self.from == i64::MIN {
            self.from = self.began;
        }
        self.sums.resize(self.cycle.len(), 0.0);
        self.counts.resize(self.cycle.len(), 0);
        for ((sum, count), value) in self.sums.iter_mut().zip(&mut self.counts).zip(&self.cycle) {
            if value.is_finite() {
                (*sum, *count) = (*sum + value, *count + 1);
            }
        }
        if time.saturating_sub(self.from) < self.row_us {
            return None;
        }
        let values = self.sums.iter().zip(&self.counts).map(|(sum, count)| sum / f64::from(*count)).collect();
        let row = Row { from: self.from, to: time, values };
        self.from = i64::MIN;
        self.sums.clear();
        self.counts.clear();
        Some(row)
    }
}

/// Of signals cut into `bins` parts each, those that take part in the cycle, the most first: their course over the
/// parts explains more than half of their variance. A column of `means` for each part, in the order of [`Row::values`].
pub fn taking_part(means: &[Vec<f64>], bins: usize) -> Vec<usize> {
    let share = |parts: &[Vec<f64>]| {
        let (means, within): (Vec<f64>, Vec<f64>) = parts.iter().map(|v| (stats::mean(v), stats::variance(v))).unzip();
        let (between, within) = (stats::variance(&means), stats::mean(&within));
        if between > 0.0 { between / (between + within) } else { 0.0 }
    };
    let mut shares: Vec<(usize, f64)> = means.chunks_exact(bins.max(1)).map(share).enumerate().collect();
    shares.retain(|(_, share)| *share > 0.5);
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares.into_iter().map(|(signal, _)| signal).collect()
}
