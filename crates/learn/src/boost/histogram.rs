//! Sums of gradients by bin, and the best place to split by them.

use super::bins::{MISSING, Table};

/// What the rows of a bin add up to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cell {
    pub(crate) gradient: f64,
    pub(crate) hessian: f64,
}

impl Cell {
    fn plus(self, other: Self) -> Self {
        Self { gradient: self.gradient + other.gradient, hessian: self.hessian + other.hessian }
    }

    fn minus(self, other: Self) -> Self {
        Self { gradient: self.gradient - other.gradient, hessian: self.hessian - other.hessian }
    }

    /// How much loss the best constant saves, twice.
    fn gain(self, l2: f64) -> f64 {
        self.gradient * self.gradient / (self.hessian + l2)
    }
}

/// Gradient and hessian of a row.
pub(crate) type Pair = (f32, f32);

/// Sums of one leaf: 256 bins for each of the columns in use.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    columns: Vec<[Cell; 256]>,
}

impl Histogram {
    /// Over `rows`, whose pairs stand in the same order.
    pub(crate) fn of(table: &Table, columns: &[usize], rows: &[u32], pairs: &[Pair]) -> Self {
        let mut sums = vec![[Cell::default(); 256]; columns.len()];
        for (cells, column) in sums.iter_mut().zip(columns) {
            let bins = table.column(*column);
            for (row, (gradient, hessian)) in rows.iter().zip(pairs) {
                let Some(bin) = bins.get(*row as usize) else { continue };
                let Some(cell) = cells.get_mut(usize::from(*bin)) else { continue };
                cell.gradient += f64::from(*gradient);
                cell.hessian += f64::from(*hessian);
            }
        }
        Self { columns: sums }
    }

    /// What is left of this leaf without one of its children: the other child, without looking at its rows.
    pub(crate) fn without(mut self, child: &Self) -> Self {
        for (cells, less) in self.columns.iter_mut().zip(&child.columns) {
            cells.iter_mut().zip(less).for_each(|(cell, less)| *cell = cell.minus(*less));
        }
        self
    }

    /// The best split of the leaf; none when nothing is gained or a side would be too small.
    pub(crate) fn best(&self, table: &Table, columns: &[usize], limits: &Limits) -> Option<Split> {
        let mut best: Option<Split> = None;
        for (cells, column) in self.columns.iter().zip(columns) {
            let (bins, missing) = cells.split_at(usize::from(MISSING));
            let used = bins.get(..table.bins(*column)).unwrap_or(bins);
            let missing = missing.first().copied().unwrap_or_default();
            let total = used.iter().fold(missing, |sum, cell| sum.plus(*cell));
            let sides = if missing.hessian > 0.0 { &[false, true][..] } else { &[false] };
            for missing_left in sides {
                let start = if *missing_left { missing } else { Cell::default() };
                let found = scan(used, start, total, limits);
                let Some((gain, bin)) = found else { continue };
                if best.is_none_or(|b| gain > b.gain) {
                    best = Some(Split { column: *column, bin, missing_left: *missing_left, gain });
                }
            }
        }
        best
    }
}

/// The best gain and its bin, when everything up to the bin, and `start`, goes left. At the last bin only what is missing
/// is left for the right.
fn scan(used: &[Cell], start: Cell, total: Cell, limits: &Limits) -> Option<(f64, u8)> {
    let parent = total.gain(limits.l2);
    let (mut left, mut best) = (start, None);
    for (cell, bin) in used.iter().zip(0_u8..) {
        left = left.plus(*cell);
        let right = total.minus(left);
        if left.hessian < limits.min_hessian {
            continue;
        }
        if right.hessian < limits.min_hessian {
            break;
        }
        let gain = left.gain(limits.l2) + right.gain(limits.l2) - parent;
        if gain > best.map_or(limits.min_gain, |(gain, _)| gain) {
            best = Some((gain, bin));
        }
    }
    best
}

/// What a split must keep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) l2: f64,
    /// Sum of hessians on each side.
    pub(crate) min_hessian: f64,
    pub(crate) min_gain: f64,
}

/// Where a leaf is split: bins up to `bin` go left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    pub(crate) column: usize,
    pub(crate) bin: u8,
    pub(crate) missing_left: bool,
    pub(crate) gain: f64,
}

impl Split {
    pub(crate) fn left(&self, bin: u8) -> bool {
        if bin == MISSING { self.missing_left } else { bin <= self.bin }
    }
}
