//! Operating states that nobody names: stretches of healthy rows between which signals jump, such as two products,
//! or running and standing still.
//!
//! Rows are split in two where a signal falls into two groups that lie far apart (Otsu's threshold; the distance of
//! the means over the sum of the spreads), each of which lasts; and again, until nothing falls apart any more. So a
//! signal that swings, drifts or wanders splits nothing, nor do the short steps of a round. A new row belongs to the
//! nearest group. The way a machine takes from one to another is neither: such rows are between states, for as long as it
//! was seen to take.

use serde::{Deserialize, Serialize};

use crate::stats;

/// The distance of the means of two groups over the sum of their standard deviations from which they are two.
const APART_MIN: f64 = 4.0;
/// How many rows a visit to a group lasts at least, on average: after each change some rows are not judged.
const VISIT_MIN: f64 = 100.0;
/// A group holds at least one in so many rows.
const SHARE: usize = 20;
/// The most groups.
const GROUPS_MAX: usize = 8;
/// Columns count at most this many standard deviations in a distance: no single fault outvotes the others.
const FAR: f64 = 8.0;
/// A row is between states when a splitting signal is farther from its group than this many standard deviations.
const BETWEEN: f64 = 6.0;
/// Rows that a change of state may take at least, however quick those that were seen.
const CHANGE_MIN: usize = 10;

/// The states found in healthy rows, at least two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Regimes {
    /// The columns that tell the states apart.
    columns: Vec<usize>,
    /// For each state the means of those columns.
    centres: Vec<Centre>,
    /// The standard deviation of each of those columns within its state.
    #[serde(with = "crate::bits")]
    scales: Vec<f64>,
    /// Rows that a change of state may take.
    change: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Centre(#[serde(with = "crate::bits")] Vec<f64>);

/// Where a row belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a state.
    In(usize),
    /// Nearest to a state, but on the way between two.
    Between(usize),
}

impl Regimes {
    /// The states in healthy rows, given as one column for each signal; none when there is only one. `rows_min` is
    /// how many rows a state needs.
    pub fn find(columns: &[Vec<f64>], rows_min: usize) -> Option<Self> {
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        let least = rows_min.max(rows / SHARE);
        let mut groups: Vec<Vec<usize>> = vec![(0..rows).collect()];
        let mut at = 0;
        while let Some(group) = groups.get(at) {
            match (groups.len() < GROUPS_MAX).then(|| split(columns, group, least)).flatten() {
                Some((low, high)) => {
                    groups.splice(at..=at, [low, high]);
                }
                None => at += 1,
            }
        }
        if groups.len() < 2 {
            return None;
        }
        let (mut telling, mut scales) = (Vec::new(), Vec::new());
        let mut centres = vec![Centre(Vec::new()); groups.len()];
        for column in 0..columns.len() {
            let values: Vec<Vec<f64>> = groups.iter().map(|g| picked(columns, column, g)).collect();
            let middles: Vec<f64> = values.iter().map(|v| stats::median(v)).collect();
            let (low, high) = (stats::quantile(&middles, 0.0), stats::quantile(&middles, 1.0));
            let spread = values.iter().map(|v| spread(v)).fold(0.0, f64::max);
            let scale = spread.max(1e-6 * low.abs().max(high.abs())).max(f64::MIN_POSITIVE);
            if high - low >= APART_MIN * 2.0 * scale {
                telling.push(column);
                scales.push(scale);
                centres.iter_mut().zip(middles).for_each(|(centre, middle)| centre.0.push(middle));
            }
        }
        if telling.is_empty() {
            return None;
        }
        let mut found = Self { columns: telling, centres, scales, change: 0 };
        found.change = found.longest_change(columns, rows).max(CHANGE_MIN);
        Some(found)
    }

    /// How many states there are.
    pub fn count(&self) -> usize {
        self.centres.len()
    }

    /// Rows that a change of state may take.
    pub fn change(&self) -> usize {
        self.change
    }

    /// Where a row belongs; none when all signals that tell are missing.
    pub fn place(&self, row: &[f64]) -> Option<Place> {
        let distance = |value: Option<&f64>, centre: f64, scale: f64| {
            let off = value.map_or(f64::NAN, |v| (v - centre).abs() / scale);
            if off.is_finite() { Some(off) } else { None }
        };
        let mut best: Option<(usize, f64, f64)> = None;
        for (i, centre) in self.centres.iter().enumerate() {
            let places = self.columns.iter().zip(&centre.0).zip(&self.scales);
            let offs = places.filter_map(|((c, m), s)| distance(row.get(*c), *m, *s));
            let add = |(count, sum, most): (usize, f64, f64), off: f64| (count + 1, sum + off.min(FAR), most.max(off));
            let (count, sum, most) = offs.fold((0, 0.0, 0.0), add);
            if count == 0 {
                return None;
            }
            if best.is_none_or(|(_, least, far)| (sum, most) < (least, far)) {
                best = Some((i, sum, most));
            }
        }
        best.map(|(i, _, most)| if most > BETWEEN { Place::Between(i) } else { Place::In(i) })
    }

    fn longest_change(&self, columns: &[Vec<f64>], rows: usize) -> usize {
        let mut row = vec![f64::NAN; columns.len()];
        let (mut longest, mut now) = (0, 0);
        for r in 0..rows {
            row.iter_mut().zip(columns).for_each(|(v, c)| *v = c.get(r).copied().unwrap_or(f64::NAN));
            now = if matches!(self.place(&row), Some(Place::Between(_))) { now + 1 } else { 0 };
            longest = longest.max(now);
        }
        longest
    }
}

fn picked(columns: &[Vec<f64>], column: usize, rows: &[usize]) -> Vec<f64> {
    let column = columns.get(column).map_or(&[][..], Vec::as_slice);
    rows.iter().filter_map(|r| column.get(*r).copied()).collect()
}

/// The two groups into which a group of rows falls most clearly by one column.
fn split(columns: &[Vec<f64>], group: &[usize], least: usize) -> Option<(Vec<usize>, Vec<usize>)> {
    let mut best: Option<(f64, usize, f64)> = None;
    for column in 0..columns.len() {
        let values = picked(columns, column, group);
        let Some(fall) = otsu(&values, least) else { continue };
        let lasts = values.len() as f64 >= VISIT_MIN * fall.visits(group, &values) as f64;
        if lasts && fall.apart >= APART_MIN && best.is_none_or(|(most, ..)| fall.apart > most) {
            best = Some((fall.apart, column, fall.threshold));
        }
    }
    let (_, column, threshold) = best?;
    let values = columns.get(column)?;
    let high = |r: &&usize| values.get(**r).is_some_and(|v| *v > threshold);
    let (above, below): (Vec<&usize>, Vec<&usize>) = group.iter().partition(high);
    Some((below.into_iter().copied().collect(), above.into_iter().copied().collect()))
}

/// The spread of a group's values: few that are far off widen it little, two groups in one widen it.
fn spread(group: &[f64]) -> f64 {
    stats::mad_sigma(group).max(stats::variance(group).sqrt() / 2.0)
}

/// How values fall into two groups.
struct Fall {
    /// The distance of the groups' medians over the sum of their spreads.
    apart: f64,
    /// Between the groups.
    threshold: f64,
    /// The groups' medians.
    medians: [f64; 2],
}

impl Fall {
    /// How many visits `values`, those of `rows`, make to the groups; what stays in the middle half of the way has not
    /// left. Where rows are left out, the machine was elsewhere meanwhile.
    fn visits(&self, rows: &[usize], values: &[f64]) -> usize {
        let [below, above] = self.medians;
        let edge = (above - below) / 4.0;
        let (mut visits, mut side, mut before) = (0, None::<bool>, 0);
        for (row, value) in rows.iter().zip(values) {
            if row.saturating_sub(before) > CHANGE_MIN {
                side = None;
            }
            before = *row;
            let now = if *value >= above - edge {
                true
            } else if *value <= below + edge {
                false
            } else {
                continue;
            };
            visits += usize::from(side != Some(now));
            side = Some(now);
        }
        visits
    }
}

/// The two groups into which values fall best (Otsu 1979: the largest variance between groups), each of at least
/// `least` values.
fn otsu(values: &[f64], least: usize) -> Option<Fall> {
    let mut sorted = stats::finite(values);
    sorted.sort_unstable_by(f64::total_cmp);
    let count = sorted.len();
    if count < 2 * least.max(1) {
        return None;
    }
    let total: f64 = sorted.iter().sum();
    let (mut sum, mut best) = (0.0, (0.0, 0));
    for (i, pair) in sorted.windows(2).enumerate().take(count - least) {
        let &[value, next] = pair else { continue };
        sum += value;
        // values that are alike stay together
        if value >= next {
            continue;
        }
        let (low, high) = (i + 1, count - i - 1);
        let between = (sum / low as f64 - (total - sum) / high as f64).powi(2) * low as f64 * high as f64;
        if low >= least && between > best.0 {
            best = (between, low);
        }
    }
    let (below, above) = sorted.split_at(best.1);
    let threshold = f64::midpoint(*below.last()?, *above.first()?);
    let medians = [stats::median(below), stats::median(above)];
    let [low, high] = medians;
    let distance = high - low;
    let apart = distance / (spread(below) + spread(above)).max(1e-12 * distance);
    (distance > 0.0).then_some(Fall { apart, threshold, medians })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Two products by turns, 150 rows each, twelve rows from one to the other; a third signal wanders.
    fn products(seed: u64, rows: usize) -> Vec<Vec<f64>> {
        let mut random = Random::new(seed);
        let (mut share, mut walk) = (0.0_f64, 0.0);
        let mut columns = vec![Vec::new(); 3];
        for i in 0..rows {
            let target = f64::from(u8::from(i / 150 % 2 == 1));
            share += (target - share).clamp(-1.0 / 12.0, 1.0 / 12.0);
            walk += random.normal();
            let row = [10.0 + 5.0 * share + 0.2 * random.normal(), 3.0 - share + 0.05 * random.normal(), walk];
            columns.iter_mut().zip(row).for_each(|(c, v)| c.push(v));
        }
        columns
    }

    #[test]
    fn two_products_are_two_states_and_the_way_between_is_neither() {
        let found = Regimes::find(&products(1, 1500), 100).unwrap();
        assert_eq!(found.count(), 2);
        assert!((10..30).contains(&found.change()), "{}", found.change());
        let (a, b) = (found.place(&[10.0, 3.0, 50.0]).unwrap(), found.place(&[15.0, 2.0, -50.0]).unwrap());
        assert!(matches!((a, b), (Place::In(x), Place::In(y)) if x != y), "{a:?} {b:?}");
        assert!(matches!(found.place(&[12.5, 2.5, 0.0]), Some(Place::Between(_))));
        assert_eq!(found.place(&[f64::NAN; 3]), None);
        // one signal far off does not outvote the other
        assert!(matches!((a, found.place(&[10.0, 2.55, 0.0])), (Place::In(x), Some(Place::Between(y))) if x == y));
    }

    #[test]
    fn values_that_are_alike_are_in_one_group() {
        // too few rows at 0 for a group: filled up with some at 1 they would be one, and all others no group at all
        let mut column = vec![1.0; 1500];
        column[300..380].fill(0.0);
        assert_eq!(Regimes::find(&[column], 100), None);
    }

    #[test]
    fn a_visit_ends_where_rows_are_left_out() {
        let fall = Fall { apart: 9.0, threshold: 0.5, medians: [0.0, 1.0] };
        let rows: Vec<usize> = (0..60).chain(65..90).chain(300..400).collect();
        let values: Vec<f64> = rows.iter().map(|r| f64::from(u8::from(*r < 350))).collect();
        assert_eq!(fall.visits(&rows, &values), 3);
    }

    #[test]
    fn a_step_in_which_a_signal_stands_or_moves_is_one_state() {
        // at one place a drive stands; off it, it moves for 30 rows and waits for 20, again and again
        let place = |i: usize| f64::from(u8::from(i / 150 % 2 == 1));
        let speed = |i: usize| if place(i) > 0.5 || i % 50 >= 30 { 0.0 } else { 80.0 };
        let columns = vec![(0..1500).map(place).collect(), (0..1500).map(speed).collect::<Vec<f64>>()];
        let found = Regimes::find(&columns, 100).unwrap();
        assert_eq!(found.count(), 2);
        let at = |row: [f64; 2]| found.place(&row).unwrap();
        assert!(matches!((at([0.0, 0.0]), at([0.0, 80.0])), (Place::In(a), Place::In(b)) if a == b));
    }

    #[test]
    fn noise_a_walk_a_swing_and_a_quick_switch_split_nothing() {
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let mut walk = 0.0;
            let mut columns = vec![Vec::new(); 4];
            for i in 0..1500 {
                walk += random.normal();
                let quick = f64::from(u8::from(i / 6 % 2 == 0)) * 9.0 + random.normal();
                let row = [random.normal(), walk, (f64::from(i) / 80.0).sin() + 0.05 * random.normal(), quick];
                columns.iter_mut().zip(row).for_each(|(c, v)| c.push(v));
            }
            assert_eq!(Regimes::find(&columns, 100), None, "seed {seed}");
        }
    }
}
