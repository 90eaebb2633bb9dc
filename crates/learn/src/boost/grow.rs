//! Grows one tree: always the leaf that gains most is split next.

use super::bins::Table;
use super::histogram::{Histogram, Limits, Pair, Split};
use super::tree::{Node, Tree};

/// How far a tree may grow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) leaves: usize,
    pub(crate) depth: usize,
    /// Rows of a leaf.
    pub(crate) rows: usize,
    pub(crate) l2: f64,
}

/// A grown tree with the rows of each leaf, as stretches of `rows`.
#[derive(Debug)]
pub(crate) struct Grown {
    pub(crate) tree: Tree,
    splits: Vec<Option<Split>>,
    pub(crate) rows: Vec<u32>,
    /// Of each leaf of the tree: the stretch and the value that the sums give.
    pub(crate) leaves: Vec<(std::ops::Range<usize>, f64)>,
}

impl Grown {
    /// The leaf that a row of the table falls into.
    pub(crate) fn leaf(&self, table: &Table, row: u32) -> Option<usize> {
        let mut at = 0;
        loop {
            match (self.tree.nodes.get(at)?, self.splits.get(at)?) {
                (Node::Split { left, right, .. }, Some(split)) => {
                    let bin = *table.column(split.column).get(row as usize)?;
                    at = if split.left(bin) { *left } else { *right } as usize;
                }
                (Node::Leaf(leaf), _) => return Some(*leaf as usize),
                _ => return None,
            }
        }
    }
}

/// A leaf that may still be split.
struct Open {
    node: usize,
    stretch: std::ops::Range<usize>,
    histogram: Histogram,
    depth: usize,
    best: Option<Split>,
}

/// What a tree is grown from: rows of a table, their gradients (by row of the table), the columns in use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ground<'a> {
    pub(crate) table: &'a Table,
    pub(crate) pairs: &'a [Pair],
    pub(crate) columns: &'a [usize],
}

impl Ground<'_> {
    fn histogram(&self, rows: &[u32]) -> Histogram {
        let pairs: Vec<Pair> = rows.iter().filter_map(|r| self.pairs.get(*r as usize).copied()).collect();
        Histogram::of(self.table, self.columns, rows, &pairs)
    }

    fn sums(&self, rows: &[u32]) -> (f64, f64) {
        let pairs = rows.iter().filter_map(|r| self.pairs.get(*r as usize));
        pairs.fold((0.0, 0.0), |(g, h), (gradient, hessian)| (g + f64::from(*gradient), h + f64::from(*hessian)))
    }
}

/// Grows a tree over `rows`; leaf values are the Newton steps, not yet scaled.
pub(crate) fn grow(ground: Ground<'_>, mut rows: Vec<u32>, bounds: Bounds) -> Grown {
    let (_, hessian) = ground.sums(&rows);
    // rows are counted by hessian: exactly for squared error, about so for the others
    let min_hessian = (hessian * bounds.rows as f64 / rows.len().max(1) as f64 - 1e-9).max(1e-9);
    let limits = Limits { l2: bounds.l2, min_hessian, min_gain: 1e-12 };
    let best = |h: &Histogram| h.best(ground.table, ground.columns, &limits);
    let (mut nodes, mut splits) = (vec![Node::Leaf(0)], vec![None]);
    let histogram = ground.histogram(&rows);
    let root = Open { node: 0, stretch: 0..rows.len(), best: best(&histogram), histogram, depth: 0 };
    let (mut open, mut spare) = (vec![root], Vec::new());
    while open.len() < bounds.leaves {
        let gain = |o: &Open| o.best.filter(|_| o.depth < bounds.depth).map_or(0.0, |s| s.gain);
        let next = open.iter().enumerate().max_by(|a, b| gain(a.1).total_cmp(&gain(b.1)).then(b.0.cmp(&a.0)));
        let Some((place, _)) = next.filter(|(_, o)| gain(o) > 0.0) else { break };
        let leaf = open.swap_remove(place);
        let Some(split) = leaf.best else { break };
        let middle = part(&mut rows, &leaf.stretch, &mut spare, |row| {
            ground.table.column(split.column).get(row as usize).is_some_and(|b| split.left(*b))
        });
        let (left, right) = (leaf.stretch.start..middle, middle..leaf.stretch.end);
        let (small, small_is_left) = if left.len() <= right.len() { (&left, true) } else { (&right, false) };
        let small = ground.histogram(rows.get(small.clone()).unwrap_or_default());
        let large = leaf.histogram.without(&small);
        let (left_sums, right_sums) = if small_is_left { (small, large) } else { (large, small) };
        for (stretch, histogram) in [(left, left_sums), (right, right_sums)] {
            let best = (stretch.len() >= 2 * bounds.rows).then(|| best(&histogram)).flatten();
            open.push(Open { node: nodes.len(), stretch, histogram, depth: leaf.depth + 1, best });
            nodes.push(Node::Leaf(0));
            splits.push(None);
        }
        if let (Some(node), Some(place)) = (nodes.get_mut(leaf.node), splits.get_mut(leaf.node)) {
            *node = node_of(ground.table, &split, open.iter().rev().nth(1).map_or(0, |o| o.node));
            *place = Some(split);
        }
    }
    finish(ground, rows, open, bounds.l2, (nodes, splits))
}

fn node_of(table: &Table, split: &Split, left: usize) -> Node {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Node::Split {
        column: small(split.column),
        threshold: table.cut(split.column, split.bin),
        missing_left: split.missing_left,
        left: small(left),
        right: small(left + 1),
    }
}

fn finish(
    ground: Ground<'_>,
    rows: Vec<u32>,
    mut open: Vec<Open>,
    l2: f64,
    (mut nodes, splits): (Vec<Node>, Vec<Option<Split>>),
) -> Grown {
    open.sort_by_key(|o| o.node);
    let mut leaves = Vec::with_capacity(open.len());
    for (leaf, open) in (0_u32..).zip(&open) {
        if let Some(node) = nodes.get_mut(open.node) {
            *node = Node::Leaf(leaf);
        }
        let (gradient, hessian) = ground.sums(rows.get(open.stretch.clone()).unwrap_or_default());
        let value = if hessian + l2 > 0.0 { -gradient / (hessian + l2) } else { 0.0 };
        leaves.push((open.stretch.clone(), value));
    }
    let values = leaves.iter().map(|(_, value)| *value).collect();
    Grown { tree: Tree { nodes, values, width: 1 }, splits, rows, leaves }
}

/// Moves the rows of a stretch that go left to its front, both sides in their order; returns where the right begins.
pub(crate) fn part(
    rows: &mut [u32],
    stretch: &std::ops::Range<usize>,
    spare: &mut Vec<u32>,
    goes_left: impl Fn(u32) -> bool,
) -> usize {
    let Some(own) = rows.get_mut(stretch.clone()) else { return stretch.end };
    spare.clear();
    let mut kept = 0;
    for i in 0..own.len() {
        let Some(row) = own.get(i).copied() else { break };
        if goes_left(row) {
            if let Some(place) = own.get_mut(kept) {
                *place = row;
            }
            kept += 1;
        } else {
            spare.push(row);
        }
    }
    if let Some(right) = own.get_mut(kept..) {
        right.copy_from_slice(spare);
    }
    stretch.start + kept
}
