//! What a signal usually shows in each operating regime.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::kmeans::KMeans;
use crate::stats;

/// The most regimes.
const REGIMES_MAX: usize = 12;
/// The share of the settings' variance left within regimes, below which they are regimes.
const WITHIN_MAX: f64 = 0.01;
/// Every how-many-eth cycle is looked at, so that there are about this many.
const ROWS_MAX: usize = 20_000;
/// Cycles a regime needs for figures of its own.
const CYCLES_MIN: usize = 10;

/// Brings signals of any regime onto one scale: deviations from what is usual in that regime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normal {
    regimes: Option<KMeans>,
    /// For each regime, for each signal: mean and standard deviation.
    usual: Vec<Vec<Usual>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Usual(#[serde(with = "crate::bits::pair")] [f64; 2]);

impl Normal {
    /// Finds the regimes in the settings (as few as leave next to nothing of their variance, one when there are none)
    /// and what is usual in each.
    pub fn fit(records: &[Record]) -> Self {
        let regimes = regimes(records);
        let count = regimes.as_ref().map_or(1, KMeans::groups);
        let width = records.first().map_or(0, |r| r.signals.len());
        let mut values = vec![vec![Vec::new(); width]; count];
        let mut model = Self { regimes, usual: Vec::new() };
        for record in records {
            let places = model.places(record);
            for (signal, column) in record.signals.iter().enumerate() {
                add(&mut values, signal, places.iter().zip(column));
            }
        }
        let all: Vec<Vec<f64>> =
            (0..width).map(|s| values.iter().filter_map(|v| v.get(s)).flatten().copied().collect()).collect();
        let usual = |own: &Vec<f64>, all: &Vec<f64>| {
            let of = if stats::finite(own).len() < CYCLES_MIN { all } else { own };
            let (mean, spread) = (stats::mean(of), stats::variance(of).sqrt());
            // rounding is no spread
            Usual([mean, if spread > 1e-9 * mean.abs() { spread } else { f64::INFINITY }])
        };
        model.usual = values.iter().map(|v| v.iter().zip(&all).map(|(own, all)| usual(own, all)).collect()).collect();
        model
    }

    /// How many regimes there are.
    pub fn regimes(&self) -> usize {
        self.usual.len()
    }

    fn places(&self, record: &Record) -> Vec<usize> {
        let Some(regimes) = &self.regimes else { return vec![0; record.cycles()] };
        let row = |i| record.settings.iter().filter_map(|c| c.get(i).copied()).collect::<Vec<f64>>();
        (0..record.cycles()).map(|i| regimes.group(&row(i))).collect()
    }

    /// The signals in standard deviations from what is usual; 0 where nothing was measured, or nothing ever varied.
    pub fn deviations(&self, record: &Record) -> Vec<Vec<f64>> {
        let places = self.places(record);
        let of = |(signal, column): (usize, &Vec<f64>)| {
            let cells = places.iter().zip(column).map(|(place, value)| {
                let Some(Usual([mean, spread])) = self.usual.get(*place).and_then(|u| u.get(signal)) else {
                    return 0.0;
                };
                let deviation = (value - mean) / spread;
                if deviation.is_finite() { deviation } else { 0.0 }
            });
            cells.collect()
        };
        record.signals.iter().enumerate().map(of).collect()
    }
}

/// Files the values of a signal under the regime of their cycle.
fn add<'a>(values: &mut [Vec<Vec<f64>>], signal: usize, cells: impl Iterator<Item = (&'a usize, &'a f64)>) {
    for (place, value) in cells {
        if let Some(own) = values.get_mut(*place).and_then(|v| v.get_mut(signal)) {
            own.push(*value);
        }
    }
}

fn regimes(records: &[Record]) -> Option<KMeans> {
    let width = records.first().map_or(0, |r| r.settings.len());
    let cycles: usize = records.iter().map(Record::cycles).sum();
    let column = |c: usize| -> Vec<f64> {
        let all = records.iter().filter_map(|r| r.settings.get(c)).flatten();
        all.step_by(cycles.div_ceil(ROWS_MAX).max(1)).copied().collect()
    };
    let columns: Vec<Vec<f64>> = (0..width).map(column).collect();
    (2..=REGIMES_MAX).map(|groups| KMeans::fit(&columns, groups)).find(|m| m.groups() > 1 && m.within < WITHIN_MAX)
}
