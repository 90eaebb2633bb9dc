//! How much wider ranges must be to hold on whole machines that were left out (conformal prediction where some machines were
//! asked several times: Dunn, Wasserman and Ramdas 2023).

use std::collections::BTreeMap;

use super::Range;

/// A range is at least this wide, steps, where its width is the measure.
const NARROWEST: f64 = 1.0;

/// How far the truth lay outside of ranges of machines that were left out, in widths of the range; negative inside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Misses {
    machines: BTreeMap<u32, Vec<f64>>,
}

impl Misses {
    /// Remembers a range and what came of it. What is not a number teaches nothing.
    pub fn add(&mut self, machine: u32, range: &Range, truth: f64) {
        let outside = (range.lo - truth).max(truth - range.hi) / width(range);
        if !outside.is_nan() {
            self.machines.entry(machine).or_default().push(outside);
        }
    }

    /// By how many widths a range is to be [wider](Range::wider) on either side, so that with probability `level` it holds on
    /// a machine that is not among these. Not negative: a lucky past does not narrow it. Machines are the witnesses, not
    /// questions: each counts once, and the one to come is one more that may be worse than all. With too few for the level,
    /// the largest miss.
    pub fn margin(&self, level: f64) -> f64 {
        let weigh = |misses: &Vec<f64>| 1.0 / misses.len() as f64;
        let all = self.machines.values().flat_map(|misses| misses.iter().map(move |miss| (*miss, weigh(misses))));
        let mut sorted: Vec<(f64, f64)> = all.collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (wanted, mut counted) = (level * (self.machines.len() as f64 + 1.0), 0.0);
        let reaches = |(_, weight): &&(f64, f64)| {
            counted += weight;
            counted > wanted - 1e-9
        };
        let found = sorted.iter().find(reaches).or(sorted.last());
        found.map_or(0.0, |(miss, _)| miss.max(0.0))
    }
}

fn width(range: &Range) -> f64 {
    (range.hi - range.lo).max(NARROWEST)
}

impl Range {
    /// The same range with both ends moved away from each other by so many of its widths, not below zero.
    #[must_use]
    pub fn wider(&self, by: f64) -> Self {
        let by = by * width(self);
        Self { lo: (self.lo - by).max(0.0), hi: self.hi + by, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const TOLD: Range = Range { lo: 90.0, median: 100.0, hi: 110.0, level: 0.9 };

    #[test]
    fn ranges_hold_on_machines_to_come_though_each_was_asked_often() {
        // a machine is off by its own factor on all its questions
        let mut random = Random::new(3);
        let mut held = 0;
        for _ in 0..200 {
            let mut misses = Misses::default();
            for machine in 0..20 {
                let off = 12.0 * random.normal();
                (0..10).for_each(|_| misses.add(machine, &TOLD, 100.0 + off + random.normal()));
            }
            let wide = TOLD.wider(misses.margin(0.9));
            held += (0..20).filter(|_| wide.covers(100.0 + 12.0 * random.normal() + random.normal())).count();
        }
        assert!((3600..3860).contains(&held), "{held} of 4000");
    }

    #[test]
    fn machines_count_alike_and_with_few_the_largest_miss_counts() {
        let mut misses = Misses::default();
        assert!(misses.margin(0.9).abs() < 1e-12, "nothing was missed");
        (0..1000).for_each(|_| misses.add(0, &TOLD, 100.0));
        assert!(misses.margin(0.9).abs() < 1e-12, "inside");
        misses.add(1, &TOLD, 130.0);
        assert!((misses.margin(0.9) - 1.0).abs() < 1e-12 && misses.margin(0.3).abs() < 1e-12);
        misses.add(2, &TOLD, f64::NAN);
        assert!((TOLD.wider(misses.margin(0.9)).hi - 130.0).abs() < 1e-9);
        assert!(TOLD.wider(9.0).lo.abs() < 1e-12);
    }
}
