use std::ops::Range;

use nalgebra::{DMatrix, DMatrixView, Dyn, U1};

/// The most windows that are learned from, and how many lie side by side when only some are taken.
const WINDOWS_MAX: usize = 20_000;
const BLOCK: usize = 200;

/// All whole windows of healthy rows, standardised. The rows lie newest first, so that a window is a slice of them and
/// none is copied.
pub(super) struct Stacks {
    width: usize,
    depth: usize,
    values: Vec<f64>,
    /// Windows that follow one another, by the place of their newest row; in order of time.
    runs: Vec<Range<usize>>,
}

impl Stacks {
    /// Windows of `depth` rows, without those that touch `left_out`; each column has its mean and scale.
    pub(super) fn new(columns: &[Vec<f64>], scaling: (&[f64], &[f64]), depth: usize, left_out: &Range<usize>) -> Self {
        let width = columns.len();
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        let mut values = vec![0.0; rows * width];
        for (place, (column, (mean, scale))) in columns.iter().zip(scaling.0.iter().zip(scaling.1)).enumerate() {
            let newest_first = column.iter().take(rows).rev();
            let slots = values.iter_mut().skip(place).step_by(width);
            slots.zip(newest_first).for_each(|(slot, v)| *slot = (v - mean) / scale);
        }
        let every = rows.div_ceil(WINDOWS_MAX).max(1);
        let taken = |from: usize| {
            let apart = from + depth <= left_out.start || from >= left_out.end;
            apart && (from / BLOCK).is_multiple_of(every)
        };
        let (mut runs, mut whole): (Vec<Range<usize>>, usize) = (Vec::new(), 0);
        for (r, row) in values.chunks_exact(width.max(1)).rev().enumerate() {
            whole = if row.iter().all(|v| v.is_finite()) { whole + 1 } else { 0 };
            if whole < depth || !taken(r + 1 - depth) {
                continue;
            }
            let newest = rows - 1 - r;
            match runs.last_mut().filter(|run| run.start == newest + 1) {
                Some(run) => run.start = newest,
                None => runs.push(newest..newest + 1),
            }
        }
        Self { width, depth, values, runs }
    }

    /// How many windows there are.
    pub(super) fn len(&self) -> usize {
        self.runs.iter().map(Range::len).sum()
    }

    /// What begins `offset` values behind the newest value of a window.
    fn behind(&self, newest: usize, offset: usize) -> &[f64] {
        self.values.get(newest * self.width + offset..).unwrap_or_default()
    }

    /// A window in each column: `size` values that begin `offset` values behind its newest.
    fn windows(&self, run: &Range<usize>, (offset, size): (usize, usize)) -> DMatrixView<'_, f64> {
        let (values, shape) = (self.behind(run.start, offset), (Dyn(size), Dyn(run.len())));
        DMatrixView::from_slice_with_strides_generic(values, shape.0, shape.1, U1, Dyn(self.width))
    }

    /// The covariances of all values of a window. Those with the newest row are sums over the windows; the others are
    /// these sums for windows moved on by a row or more, so that they differ by what lies at the ends of each run.
    pub(super) fn covariance(&self) -> DMatrix<f64> {
        let (width, size) = (self.width, self.width * self.depth);
        let mut newest = DMatrix::zeros(size, width);
        for run in &self.runs {
            newest.gemm(1.0, &self.windows(run, (0, size)), &self.windows(run, (0, width)).transpose(), 1.0);
        }
        let ends: Vec<(&[f64], &[f64])> =
            self.runs.iter().map(|run| (self.behind(run.start, 0), self.behind(run.end, 0))).collect();
        let product =
            |values: &[f64], (a, b): (usize, usize)| values.get(a).zip(values.get(b)).map_or(0.0, |(a, b)| a * b);
        let moved = |pair| ends.iter().map(|(gone, come)| product(come, pair) - product(gone, pair)).sum::<f64>();
        let mut sums = newest.as_slice().to_vec();
        let at = |sums: &[f64], (row, column): (usize, usize)| sums.get(column * size + row).copied().unwrap_or(0.0);
        for column in width..size {
            for row in 0..size {
                let one_on = row.checked_sub(width).map(|row| (row, column - width));
                let sum = one_on.map_or_else(|| at(&sums, (column, row)), |pair| at(&sums, pair) + moved(pair));
                sums.push(sum);
            }
        }
        DMatrix::from_vec(size, size, sums) / (self.len() as f64 - 1.0).max(1.0)
    }

    /// Weighed sums of the older half of each window, one for each column of `weights`: window by window in order of
    /// time.
    pub(super) fn variates(&self, weights: &DMatrix<f64>) -> Vec<f64> {
        let (size, weights) = (weights.nrows(), weights.transpose());
        let mut all = Vec::with_capacity(self.len() * size);
        for run in &self.runs {
            let newest_first = &weights * self.windows(run, (size, size));
            newest_first.as_slice().rchunks_exact(size.max(1)).for_each(|window| all.extend_from_slice(window));
        }
        all
    }
}
