//! A past stretch of a signal in equal steps: the mean of what fell into each, for comparing shapes.
//!
//! A step without a sample takes the value before it, unless that is older than a few of the signal's usual distances,
//! or something is known to be missing between: gaps are never bridged.

use crate::stats;

/// How many of its usual distances a value stands for the steps after it.
const HOLD: usize = 3;

/// The steps of one signal while samples are added, in any order.
#[derive(Clone, Debug)]
pub struct Raster {
    from: i64,
    step: i64,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    sum: f64,
    count: u32,
    broken: bool,
}

impl Raster {
    /// `rows` steps of `step_us` µs each, at least 1, the first one beginning at `from_us`.
    pub fn new(from_us: i64, step_us: i64, rows: usize) -> Self {
        Self { from: from_us, step: step_us.max(1), cells: vec![Cell::default(); rows] }
    }

    /// Adds a sample; NaN where the source had none: then no value is carried over this step. What lies outside is
    /// passed over.
    pub fn add(&mut self, time_us: i64, value: f64) {
        let Some(cell) = self.place(time_us).and_then(|place| self.cells.get_mut(place)) else { return };
        if value.is_finite() {
            cell.sum += value;
            cell.count = cell.count.saturating_add(1);
        } else {
            cell.broken = true;
        }
    }

    /// Notes that something is missing from `from_us` up to `to_us`: the steps that it touches have no value.
    pub fn missing(&mut self, from_us: i64, to_us: i64) {
        let end =
            self.from.saturating_add(self.step.saturating_mul(i64::try_from(self.cells.len()).unwrap_or(i64::MAX)));
        if to_us < self.from || from_us >= end {
            return;
        }
        let first = self.place(from_us.max(self.from)).unwrap_or(0);
        let last = self.place(to_us.min(end - 1)).unwrap_or(0);
        for cell in self.cells.iter_mut().take(last + 1).skip(first) {
            *cell = Cell { broken: true, ..Cell::default() };
        }
    }

    /// Steps into which a value fell.
    pub fn filled(&self) -> usize {
        self.cells.iter().filter(|c| c.count > 0).count()
    }

    /// The value of each step; NaN where there is none.
    pub fn values(&self) -> Vec<f64> {
        let hold = HOLD * self.usual_distance();
        let (mut last, mut age) = (f64::NAN, 0);
        let value = |cell: &Cell| {
            age += 1;
            if cell.count > 0 {
                (last, age) = (cell.sum / f64::from(cell.count), 0);
            } else if cell.broken || age > hold {
                last = f64::NAN;
            }
            last
        };
        self.cells.iter().map(value).collect()
    }

    /// The median number of steps from one value to the next.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a median of counts")]
    fn usual_distance(&self) -> usize {
        let filled: Vec<usize> = self.cells.iter().enumerate().filter(|(_, c)| c.count > 0).map(|(i, _)| i).collect();
        let distances: Vec<f64> = filled.iter().zip(filled.iter().skip(1)).map(|(a, b)| (b - a) as f64).collect();
        stats::median(&distances).ceil().max(1.0) as usize
    }

    fn place(&self, time_us: i64) -> Option<usize> {
        let offset = time_us.checked_sub(self.from).filter(|o| *o >= 0)?;
        usize::try_from(offset / self.step).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: &[f64], wanted: &[f64]) -> bool {
        found.len() == wanted.len()
            && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12 || a.is_nan() && b.is_nan())
    }

    #[test]
    fn steps_hold_means_and_short_silences_the_value_before() {
        let mut raster = Raster::new(100, 10, 8);
        for (time, value) in [(99, 7.0), (100, 1.0), (105, 3.0), (112, 4.0), (145, 6.0), (180, 9.0)] {
            raster.add(time, value);
        }
        // the usual distance is 2 steps, so a value stands for six more
        assert_eq!(raster.filled(), 3);
        assert!(near(&raster.values(), &[2.0, 4.0, 4.0, 4.0, 6.0, 6.0, 6.0, 6.0]), "{:?}", raster.values());
    }

    #[test]
    fn gaps_are_not_bridged() {
        let none = f64::NAN;
        let mut long = Raster::new(0, 1, 12);
        (0..4).for_each(|t| long.add(t, 1.0));
        long.add(11, 2.0);
        let wanted = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, none, none, none, none, 2.0];
        assert!(near(&long.values(), &wanted), "{:?}", long.values());

        let mut told = Raster::new(0, 10, 5);
        (0..5).for_each(|t| told.add(t * 10, 1.0));
        told.missing(15, 29);
        assert!(near(&told.values(), &[1.0, none, none, 1.0, 1.0]), "{:?}", told.values());
        told.missing(-50, -1);
        told.missing(50, i64::MAX);
        assert_eq!(told.filled(), 3);

        let mut bad = Raster::new(0, 10, 4);
        for (time, value) in [(0, 1.0), (10, none), (30, 2.0)] {
            bad.add(time, value);
        }
        assert!(near(&bad.values(), &[1.0, none, none, 2.0]), "{:?}", bad.values());
    }
}
