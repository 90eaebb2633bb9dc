use serde::{Deserialize, Serialize};

/// Rows that a point of a course is learned from, at least; neighbours in time are taken in until there are so many.
const ROWS_MIN: f64 = 8.0;

/// Number, sum and sum of squares of a signal's values.
type Moments = (f64, f64, f64);

/// What is gathered of a word while learning: for each time since its phases began, and each signal, the moments.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    width: usize,
    rows: Vec<f64>,
    moments: Vec<Moments>,
}

impl Sums {
    pub(super) fn new(width: usize) -> Self {
        Self { width, rows: Vec::new(), moments: Vec::new() }
    }

    /// Adds a row at a time since its phase began.
    pub(super) fn add(&mut self, bin: usize, row: impl Iterator<Item = f64>) {
        if self.rows.len() <= bin {
            self.rows.resize(bin + 1, 0.0);
            self.moments.resize((bin + 1) * self.width, (0.0, 0.0, 0.0));
        }
        self.rows.iter_mut().skip(bin).take(1).for_each(|n| *n += 1.0);
        let moments = self.moments.iter_mut().skip(bin * self.width).take(self.width);
        for ((n, sum, squares), value) in moments.zip(row).filter(|(_, v)| v.is_finite()) {
            *n += 1.0;
            *sum += value;
            *squares += value * value;
        }
    }

    /// The course: at each time the mean and spread over the times up to `shift` before and after.
    pub(super) fn course(&self, shift: usize, floors: &[f64]) -> Course {
        let mut course = Course { width: self.width, points: Vec::with_capacity(self.moments.len()) };
        for bin in 0..self.rows.len() {
            let (from, to) = self.around(bin, shift);
            for (column, floor) in floors.iter().enumerate() {
                let all = (from..=to).filter_map(|b| self.moments.get(b * self.width + column));
                let (n, sum, squares) = all.fold((0.0, 0.0, 0.0), |t, m| (t.0 + m.0, t.1 + m.1, t.2 + m.2));
                let mean = sum / n; // NaN where the signal was never seen: it is not judged there
                let variance = (squares / n - mean * mean).max(0.0);
                course.points.push((mean, variance.sqrt().max(*floor)));
            }
        }
        course
    }

    /// The times around one that hold enough rows.
    fn around(&self, bin: usize, shift: usize) -> (usize, usize) {
        let last = self.rows.len().saturating_sub(1);
        let (mut from, mut to) = (bin.saturating_sub(shift), (bin + shift).min(last));
        let count = |from: usize, to: usize| self.rows.iter().take(to + 1).skip(from).sum::<f64>();
        while count(from, to) < ROWS_MIN && (from > 0 || to < last) {
            (from, to) = (from.saturating_sub(1), (to + 1).min(last));
        }
        (from, to)
    }
}

/// How the signals go while a word stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Course {
    width: usize,
    /// For each time since the phase began, and each signal: mean and standard deviation.
    #[serde(with = "pairs")]
    points: Vec<(f64, f64)>,
}

impl Course {
    /// How long phases with this word lasted at most, rows.
    pub(super) fn longest(&self) -> usize {
        self.points.len() / self.width.max(1)
    }

    /// Mean and standard deviation of each signal at a time since the phase began; the last ones after that.
    pub(super) fn at(&self, bin: usize) -> &[(f64, f64)] {
        let bin = bin.min(self.longest().saturating_sub(1));
        self.points.get(bin * self.width..(bin + 1) * self.width).unwrap_or_default()
    }
}

/// Pairs of numbers, bit for bit.
mod pairs {
    use serde::{Deserializer, Serializer};

    #[allow(clippy::ptr_arg, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(pairs: &Vec<(f64, f64)>, serializer: S) -> Result<S::Ok, S::Error> {
        let flat: Vec<f64> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
        crate::bits::serialize(&flat, serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(f64, f64)>, D::Error> {
        let flat = crate::bits::deserialize(deserializer)?;
        Ok(flat.chunks_exact(2).filter_map(|p| Some((*p.first()?, *p.get(1)?))).collect())
    }
}
