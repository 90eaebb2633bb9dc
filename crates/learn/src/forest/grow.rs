//! Grows one tree of a forest, to the bottom.

use super::{Config, Kind};
use crate::boost::{MISSING, Node, Table, Tree, part};
use crate::random::Random;

/// What a forest is grown from.
pub(super) struct Ground<'a> {
    pub(super) table: &'a Table,
    /// `width` values a row.
    pub(super) targets: &'a [f64],
    pub(super) width: usize,
}

/// Rows and sums of their targets.
#[derive(Clone, Debug)]
struct Sums {
    rows: f64,
    targets: Vec<f64>,
}

impl Sums {
    fn none(width: usize) -> Self {
        Self { rows: 0.0, targets: vec![0.0; width] }
    }

    fn add(&mut self, targets: &[f64]) {
        self.rows += 1.0;
        self.targets.iter_mut().zip(targets).for_each(|(sum, y)| *sum += y);
    }

    fn take(&mut self, other: &Self) {
        self.rows += other.rows;
        self.targets.iter_mut().zip(&other.targets).for_each(|(sum, y)| *sum += y);
    }

    /// What a split into these rows and the others of `all` explains: to be made large.
    fn explains(&self, all: &Self) -> f64 {
        let other = all.rows - self.rows;
        let terms = self.targets.iter().zip(&all.targets);
        terms.map(|(own, all)| own * own / self.rows + (all - own) * (all - own) / other).sum()
    }
}

impl Ground<'_> {
    fn targets(&self, row: u32) -> &[f64] {
        let from = row as usize * self.width;
        self.targets.get(from..from + self.width).unwrap_or_default()
    }

    fn sums(&self, rows: &[u32]) -> Sums {
        let mut sums = Sums::none(self.width);
        for row in rows {
            sums.add(self.targets(*row));
        }
        sums
    }
}

/// A split by bins up to and with the second; missing values go right.
type Place = (usize, u8);

/// Grows a tree.
pub(super) fn grow(ground: &Ground<'_>, mut rows: Vec<u32>, config: &Config, random: &mut Random) -> Tree {
    if config.kind == Kind::Random {
        let mut drawn: Vec<u32> = rows.iter().filter_map(|_| rows.get(below(rows.len(), random)).copied()).collect();
        drawn.sort_unstable();
        rows = drawn;
    }
    let mut columns: Vec<usize> = (0..ground.table.width()).collect();
    let mut tree = Tree { nodes: vec![Node::Leaf(0)], values: Vec::new(), width: ground.width };
    let (mut open, mut spare) = (vec![(0_usize, 0..rows.len())], Vec::new());
    while let Some((node, stretch)) = open.pop() {
        let own = rows.get(stretch.clone()).unwrap_or_default();
        let all = ground.sums(own);
        let place = best(ground, own, &all, (config, &mut columns), random);
        let Some((column, bin)) = place else {
            let leaf = u32::try_from(tree.leaves()).unwrap_or(u32::MAX);
            tree.values.extend(all.targets.iter().map(|sum| sum / all.rows.max(1.0)));
            if let Some(node) = tree.nodes.get_mut(node) {
                *node = Node::Leaf(leaf);
            }
            continue;
        };
        let bins = ground.table.column(column);
        let middle = part(&mut rows, &stretch, &mut spare, |row| bins.get(row as usize).is_some_and(|b| *b <= bin));
        let left = u32::try_from(tree.nodes.len()).unwrap_or(u32::MAX);
        if let Some(node) = tree.nodes.get_mut(node) {
            let threshold = ground.table.cut(column, bin);
            let column = u32::try_from(column).unwrap_or(u32::MAX);
            *node = Node::Split { column, threshold, missing_left: false, left, right: left.saturating_add(1) };
        }
        open.push((tree.nodes.len() + 1, middle..stretch.end));
        open.push((tree.nodes.len(), stretch.start..middle));
        tree.nodes.extend([Node::Leaf(0), Node::Leaf(0)]);
    }
    tree
}

/// The best split among columns drawn until enough of them vary; none when the rows are too few or all alike.
fn best(
    ground: &Ground<'_>,
    rows: &[u32],
    all: &Sums,
    (config, columns): (&Config, &mut [usize]),
    random: &mut Random,
) -> Option<Place> {
    let first = ground.targets(*rows.first()?);
    if rows.len() < 2 * config.leaf_rows.max(1) || rows.iter().all(|r| ground.targets(*r) == first) {
        return None;
    }
    let width = columns.len() as f64;
    let mut wanted = config.columns.map_or(width.sqrt(), |share| share * width).round().max(1.0);
    let (mut best, mut best_place) = (f64::NEG_INFINITY, None);
    for drawn in 0..columns.len() {
        if wanted < 0.5 {
            break;
        }
        columns.swap(drawn, drawn + below(columns.len() - drawn, random));
        let column = columns.get(drawn).copied()?;
        let bins = ground.table.column(column);
        let own = || rows.iter().filter_map(|r| bins.get(*r as usize).copied());
        let (low, high) = own().fold((MISSING, 0), |(low, high), b| (low.min(b), high.max(b)));
        if low >= high {
            continue;
        }
        wanted -= 1.0;
        let found = match config.kind {
            Kind::Extra => drawn_split(ground, rows, all, (column, low, high), random),
            Kind::Random => best_split(ground, rows, all, (column, low, high), config.leaf_rows),
        };
        let enough = |s: &Sums| s.rows.min(all.rows - s.rows) >= config.leaf_rows.max(1) as f64;
        if let Some((bin, left)) = found.filter(|(_, left)| enough(left)) {
            let explains = left.explains(all);
            if explains > best {
                (best, best_place) = (explains, Some((column, bin)));
            }
        }
    }
    best_place
}

/// One bin drawn between the lowest and the highest.
fn drawn_split(
    ground: &Ground<'_>,
    rows: &[u32],
    all: &Sums,
    (column, low, high): (usize, u8, u8),
    random: &mut Random,
) -> Option<(u8, Sums)> {
    let high = if high == MISSING { u8::try_from(ground.table.bins(column)).ok()?.max(low + 1) } else { high };
    let bin = low + u8::try_from(below(usize::from(high - low), random)).ok()?;
    let bins = ground.table.column(column);
    let mut left = Sums::none(all.targets.len());
    for row in rows {
        if bins.get(*row as usize).is_some_and(|b| *b <= bin) {
            left.add(ground.targets(*row));
        }
    }
    Some((bin, left))
}

/// The best bin between the lowest and the highest.
fn best_split(
    ground: &Ground<'_>,
    rows: &[u32],
    all: &Sums,
    (column, low, high): (usize, u8, u8),
    leaf_rows: usize,
) -> Option<(u8, Sums)> {
    let bins = ground.table.column(column);
    let mut sums = vec![Sums::none(all.targets.len()); usize::from(high - low) + 1];
    for row in rows {
        let place = bins.get(*row as usize).and_then(|b| sums.get_mut(usize::from(b - low)));
        place?.add(ground.targets(*row));
    }
    let least = leaf_rows.max(1) as f64;
    let (mut left, mut best) = (Sums::none(all.targets.len()), None);
    let mut most = f64::NEG_INFINITY;
    for (bin, own) in (low..high).zip(&sums) {
        left.take(own);
        if own.rows > 0.0 && left.rows >= least && all.rows - left.rows >= least {
            let explains = left.explains(all);
            if explains > most {
                (most, best) = (explains, Some((bin, left.clone())));
            }
        }
    }
    best
}

/// Evenly drawn from 0, 1 … n − 1.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below n, not negative")]
fn below(n: usize, random: &mut Random) -> usize {
    (random.unit() * n as f64) as usize
}
