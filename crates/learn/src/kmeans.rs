//! Groups of like rows (Lloyd 1982), started from rows far apart (Gonzalez 1985), so without chance.

use serde::{Deserialize, Serialize};

/// Passes after which it ends, settled or not.
const PASSES_MAX: usize = 50;

/// Centres, in units of the columns' standard deviations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KMeans {
    #[serde(with = "crate::bits")]
    means: Vec<f64>,
    #[serde(with = "crate::bits")]
    scales: Vec<f64>,
    /// Row by row.
    #[serde(with = "crate::bits")]
    centres: Vec<f64>,
    /// The share of the variance that is left within the groups, 0–1.
    #[serde(with = "crate::bits::one")]
    pub within: f64,
}

impl KMeans {
    /// `groups` groups of finite rows, given as columns; fewer when there are fewer different rows.
    pub fn fit(columns: &[Vec<f64>], groups: usize) -> Self {
        let n = columns.iter().map(Vec::len).min().unwrap_or(0);
        let means: Vec<f64> = columns.iter().map(|c| crate::stats::mean(c)).collect();
        let scale = |c: &Vec<f64>| crate::stats::variance(c).sqrt();
        let scales: Vec<f64> = columns.iter().map(scale).map(|s| if s > 0.0 { s } else { 1.0 }).collect();
        let mut model = Self { means, scales, centres: Vec::new(), within: 1.0 };
        let rows: Vec<Vec<f64>> = (0..n)
            .map(|i| model.scaled(&columns.iter().filter_map(|c| c.get(i).copied()).collect::<Vec<f64>>()))
            .collect();
        model.far_apart(&rows, groups);
        let mut before = Vec::new();
        for _ in 0..PASSES_MAX {
            let places: Vec<usize> = rows.iter().map(|r| model.nearest(r).0).collect();
            if places == before {
                break;
            }
            model.centre(&rows, &places);
            before = places;
        }
        let total: f64 = rows.iter().flatten().map(|v| v * v).sum();
        let left: f64 = rows.iter().map(|r| model.nearest(r).1).sum();
        model.within = if total > 0.0 { left / total } else { 0.0 };
        model
    }

    fn scaled(&self, row: &[f64]) -> Vec<f64> {
        row.iter().zip(&self.means).zip(&self.scales).map(|((v, m), s)| (v - m) / s).collect()
    }

    fn width(&self) -> usize {
        self.means.len().max(1)
    }

    /// The nearest centre and the squared distance to it.
    fn nearest(&self, scaled: &[f64]) -> (usize, f64) {
        let distance = |c: &[f64]| c.iter().zip(scaled).map(|(c, v)| (c - v) * (c - v)).sum::<f64>();
        let all = self.centres.chunks(self.width()).map(distance).enumerate();
        all.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
    }

    fn far_apart(&mut self, rows: &[Vec<f64>], groups: usize) {
        let Some(first) = rows.first() else { return };
        self.centres.clone_from(first);
        for _ in 1..groups {
            let far = rows.iter().map(|r| (r, self.nearest(r).1)).max_by(|a, b| a.1.total_cmp(&b.1));
            let Some((row, _)) = far.filter(|(_, d)| *d > 0.0) else { break };
            self.centres.extend(row);
        }
    }

    fn centre(&mut self, rows: &[Vec<f64>], places: &[usize]) {
        let width = self.width();
        for (group, centre) in self.centres.chunks_mut(width).enumerate() {
            let own = || rows.iter().zip(places).filter(|(_, p)| **p == group).map(|(r, _)| r);
            let n = own().count() as f64;
            if n > 0.0 {
                centre.fill(0.0);
                own().for_each(|r| centre.iter_mut().zip(r).for_each(|(c, v)| *c += v / n));
            }
        }
    }

    /// How many groups there are.
    pub fn groups(&self) -> usize {
        self.centres.len() / self.width()
    }

    /// The group a row belongs to.
    pub fn group(&self, row: &[f64]) -> usize {
        self.nearest(&self.scaled(row)).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn groups_that_lie_apart_are_found() {
        let mut random = Random::new(1);
        let at = |i: usize| [(0.0, 0.0), (10.0, 1.0), (20.0, 0.0)][i % 3];
        let columns = [
            (0..300).map(|i| at(i).0 + 0.1 * random.normal()).collect::<Vec<f64>>(),
            (0..300).map(|i| at(i).1 + 0.01 * random.normal()).collect(),
        ];
        let model = KMeans::fit(&columns, 3);
        assert!(model.groups() == 3 && model.within < 0.01, "{model:?}");
        let places: Vec<usize> = [(0.3, 0.0), (9.7, 1.0), (20.1, 0.0)].map(|(a, b)| model.group(&[a, b])).to_vec();
        assert!(places[0] != places[1] && places[1] != places[2] && places[0] != places[2]);
        assert!(KMeans::fit(&columns, 1).within > 0.99);
    }

    #[test]
    fn alike_rows_make_one_group() {
        let model = KMeans::fit(&[vec![3.0; 5]], 4);
        assert_eq!((model.groups(), model.group(&[99.0])), (1, 0));
        assert_eq!(KMeans::fit(&[], 4).groups(), 0);
    }
}
