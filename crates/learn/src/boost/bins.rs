//! Columns of numbers as columns of bytes: which of at most 255 bins a value falls into.

use crate::Error;

/// The bin of a value that is missing (NaN).
pub(crate) const MISSING: u8 = 255;
/// Bins for values that are there.
const BINS_MAX: usize = 255;
/// Values a column's bins are cut by; of longer columns every k-th is taken.
const SAMPLE_MAX: usize = 100_000;

/// A table of features, ready for trees: columns cut into bins of about equal numbers of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: Vec<Vec<u8>>,
    /// For each column the upper limits of all bins but the last, ascending.
    cuts: Vec<Vec<f64>>,
    rows: usize,
}

impl Table {
    /// Cuts columns of equal length. NaN is a missing value, which trees send to the better side.
    ///
    /// # Errors
    /// When there is no row, or the columns differ in length.
    pub fn new(columns: &[Vec<f64>]) -> Result<Self, Error> {
        let rows = columns.first().map_or(0, Vec::len);
        if rows == 0 {
            return Err(Error::TooFewRows { what: "a table for trees", found: 0, needed: 1 });
        }
        if let Some(other) = columns.iter().find(|c| c.len() != rows) {
            return Err(Error::Width { what: "a column", found: other.len(), expected: rows });
        }
        let cuts: Vec<Vec<f64>> = columns.iter().map(|c| cuts(c)).collect();
        let columns = columns.iter().zip(&cuts).map(|(c, cuts)| c.iter().map(|v| bin(*v, cuts)).collect()).collect();
        Ok(Self { columns, cuts, rows })
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns it has.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The bins of a column.
    pub(crate) fn column(&self, column: usize) -> &[u8] {
        self.columns.get(column).map_or(&[], Vec::as_slice)
    }

    /// The largest value of a bin: a row goes left when its value is not above it. A number for the last bin too, since
    /// models are kept as text.
    pub(crate) fn cut(&self, column: usize, bin: u8) -> f64 {
        self.cuts.get(column).and_then(|c| c.get(usize::from(bin))).copied().unwrap_or(f64::MAX)
    }

    /// Bins that hold values.
    pub(crate) fn bins(&self, column: usize) -> usize {
        self.cuts.get(column).map_or(1, |c| c.len() + 1)
    }
}

/// The bin a value falls into: as many cuts lie below it.
fn bin(value: f64, cuts: &[f64]) -> u8 {
    if value.is_nan() {
        return MISSING;
    }
    u8::try_from(cuts.partition_point(|c| *c < value)).unwrap_or(MISSING - 1)
}

/// Cuts between neighbouring values, at equal ranks when there are more values than bins.
fn cuts(column: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = column.iter().step_by(column.len().div_ceil(SAMPLE_MAX)).copied().collect();
    values.retain(|v| v.is_finite());
    values.sort_by(f64::total_cmp);
    let mut cuts: Vec<f64> = Vec::new();
    let (mut in_bin, mut left, mut bins_left) = (0_usize, values.len(), BINS_MAX);
    let distinct = values.windows(2).filter(|w| w.first() != w.last()).count() + 1;
    for pair in values.windows(2) {
        let (Some(low), Some(high)) = (pair.first(), pair.last()) else { continue };
        in_bin += 1;
        let full = distinct <= BINS_MAX || in_bin * bins_left >= left;
        if low < high && full && bins_left > 1 {
            let middle = low + (high - low) / 2.0;
            cuts.push(if middle < *high { middle } else { *low });
            (left, bins_left, in_bin) = (left - in_bin, bins_left - 1, 0);
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_a_bin_each_and_many_share_them_evenly() {
        let table = Table::new(&[vec![3.0, 1.0, f64::NAN, 1.0, 2.0]]).unwrap();
        assert_eq!(table.column(0), [2, 0, MISSING, 0, 1]);
        assert!((table.cut(0, 0) - 1.5).abs() < 1e-12 && (table.cut(0, 1) - 2.5).abs() < 1e-12);
        let many: Vec<f64> = (0..10_000).map(|i| f64::from(i).powi(3)).collect();
        let table = Table::new(&[many]).unwrap();
        let mut counts = [0; 256];
        table.column(0).iter().for_each(|b| counts[usize::from(*b)] += 1);
        assert!(counts[..255].iter().all(|c| (38..=41).contains(c)), "{counts:?}");
    }

    #[test]
    fn infinities_have_a_place_and_bad_tables_are_refused() {
        let table = Table::new(&[vec![f64::NEG_INFINITY, 1.0, 2.0, f64::INFINITY]]).unwrap();
        assert_eq!(table.column(0), [0, 0, 1, 1]);
        assert!(Table::new(&[]).is_err() && Table::new(&[vec![1.0], vec![]]).is_err());
    }
}
