//! Members of one machine that share load, speed and surroundings (the bearings of a rig, the rolls of a line), each
//! judged against its own past after what all have in common is taken away.
//!
//! Levels are compared as ratios: what all members do together (a new load, a warm day) is the median ratio of the
//! others and says nothing about one. What a strong neighbour sends through the frame is power that adds: a member
//! that is not in alarm is first granted a share of the excess power of every member that stands out more.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::{Error, stats};

/// A rise that counts when it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tier {
    /// How long, in rows, at least 2. The medians of both halves must have risen: what subsides meanwhile is an event,
    /// not wear.
    pub rows: usize,
    /// The rise over the own level, as a share: 0.2 for a fifth. The condition ends below half of it.
    pub rise: f64,
}

/// How members are judged, in rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// Rows of running-in, of which nothing is learned.
    pub run_in: usize,
    /// Rows after that from which the own level is learned.
    pub learn: usize,
    /// What counts as a condition: a small rise that lasts, or a large one at once.
    pub tiers: [Tier; 2],
    /// The share of a neighbour's excess power that may arrive through the frame, 0–1.
    pub coupling: f64,
}

/// How a member stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The rise over its own level that lasted as long as the first tier wants, as a share; what is common and what
    /// neighbours send is taken away.
    pub rise: f64,
    /// Whether a condition holds.
    pub active: bool,
}

/// Follows the members row by row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peers {
    tuning: Tuning,
    seen: usize,
    learned: Vec<Vec<f64>>,
    base: Vec<f64>,
    recent: VecDeque<Vec<f64>>,
    standing: Vec<Standing>,
}

impl Peers {
    /// For `members` members.
    ///
    /// # Errors
    /// When nothing could be learned or judged: no member, no rows to learn from, tiers of fewer than two rows or
    /// without a positive rise, a coupling outside 0–1.
    pub fn new(members: usize, tuning: Tuning) -> Result<Self, Error> {
        let fail =
            |name, value, allowed| Err(Error::OutOfRange { what: "a comparison of peers", name, value, allowed });
        if members == 0 || tuning.learn == 0 {
            return fail("the number of members or rows", 0.0, "1 or more");
        }
        if let Some(tier) = tuning.tiers.iter().find(|t| t.rows < 2 || t.rise.is_nan() || t.rise <= 0.0) {
            return fail("the rise of a tier", tier.rise, "above 0, over 2 rows or more");
        }
        if !(0.0..=1.0).contains(&tuning.coupling) {
            return fail("the coupling", tuning.coupling, "0 to 1");
        }
        let standing = vec![Standing::default(); members];
        Ok(Self { tuning, seen: 0, learned: Vec::new(), base: Vec::new(), recent: VecDeque::new(), standing })
    }

    /// Takes a row, one amplitude a member (what is not positive is missing), and tells how all stand; quiet while it
    /// learns.
    pub fn step(&mut self, levels: &[f64]) -> &[Standing] {
        let logs: Vec<f64> = levels.iter().map(|v| if *v > 0.0 { v.ln() } else { f64::NAN }).collect();
        self.seen += 1;
        let Tuning { run_in, learn, tiers, .. } = self.tuning;
        if self.seen <= run_in {
            return &self.standing;
        }
        if self.base.is_empty() {
            self.learned.push(logs.clone());
        }
        self.recent.push_back(logs);
        while self.recent.len() > tiers.iter().map(|t| t.rows).max().unwrap_or(0) {
            self.recent.pop_front();
        }
        if self.base.is_empty() && self.learned.len() >= learn {
            self.base = medians(&self.learned.iter(), self.standing.len());
            self.learned = Vec::new();
        }
        if !self.base.is_empty() {
            self.judge();
        }
        &self.standing
    }

    fn judge(&mut self) {
        let tiers = self.tuning.tiers.map(|tier| (tier, self.lasting(tier.rows)));
        let [(slow, lasting), _] = &tiers;
        for k in 0..self.standing.len() {
            let over = tiers.iter().any(|(tier, rises)| rises.get(k).is_some_and(|(heard, _)| *heard > tier.rise));
            let (heard, own) = lasting.get(k).copied().unwrap_or((f64::NAN, f64::NAN));
            let Some(standing) = self.standing.get_mut(k) else { continue };
            // a member that gives no value keeps the condition it has
            let holds = standing.active && (own.is_nan() || own >= slow.rise / 2.0);
            *standing = Standing { rise: if standing.active { own } else { heard }, active: over || holds };
        }
    }

    /// The rises that lasted over the last `rows` rows: less what neighbours send, and as they are.
    fn lasting(&self, rows: usize) -> Vec<(f64, f64)> {
        let skip = self.recent.len().saturating_sub(rows);
        if self.recent.len() < rows {
            return vec![(f64::NAN, f64::NAN); self.standing.len()];
        }
        let older = self.rises(&self.recent.iter().skip(skip).take(rows / 2));
        let newer = self.rises(&self.recent.iter().skip(skip + rows / 2));
        let smaller = |(a, b): (&(f64, f64), &(f64, f64))| (a.0.min(b.0), a.1.min(b.1));
        older.iter().zip(&newer).map(smaller).collect()
    }

    fn rises<'a>(&self, rows: &(impl Iterator<Item = &'a Vec<f64>> + Clone)) -> Vec<(f64, f64)> {
        let now = medians(rows, self.standing.len());
        let ratios: Vec<f64> = now.iter().zip(&self.base).map(|(n, b)| n - b).collect();
        let quiet: Vec<f64> =
            self.base.iter().enumerate().map(|(k, b)| (2.0 * (b + common(&ratios, k))).exp()).collect();
        let excess: Vec<f64> = now.iter().zip(&quiet).map(|(n, q)| (2.0 * n).exp() - q).collect();
        let rise = |((now, quiet), own): ((&f64, &f64), &f64)| {
            let heard: f64 = excess.iter().filter(|e| *e > own).map(|e| self.tuning.coupling * e.max(0.0)).sum();
            (now.exp() / (quiet + heard).sqrt() - 1.0, now.exp() / quiet.sqrt() - 1.0)
        };
        now.iter().zip(&quiet).zip(&excess).map(rise).collect()
    }
}

/// What the others of `member` have in common; nothing when there is none.
fn common(ratios: &[f64], member: usize) -> f64 {
    let others: Vec<f64> = ratios.iter().enumerate().filter(|(k, _)| *k != member).map(|(_, r)| *r).collect();
    let median = stats::median(&others);
    if median.is_finite() { median } else { 0.0 }
}

fn medians<'a>(rows: &(impl Iterator<Item = &'a Vec<f64>> + Clone), members: usize) -> Vec<f64> {
    let column = |k: usize| rows.clone().filter_map(|r| r.get(k).copied()).collect::<Vec<f64>>();
    (0..members).map(|k| stats::median(&column(k))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const TUNING: Tuning = Tuning {
        run_in: 20,
        learn: 50,
        tiers: [Tier { rows: 20, rise: 0.2 }, Tier { rows: 6, rise: 0.6 }],
        coupling: 0.25,
    };

    /// Four members; `at` gives the factors of a row. Tells which were ever in alarm, and the last row's standing.
    fn watch(at: impl Fn(usize) -> [f64; 4]) -> (Vec<bool>, Vec<Standing>) {
        let mut random = Random::new(3);
        let mut peers = Peers::new(4, TUNING).unwrap();
        let mut ever = vec![false; 4];
        for i in 0..400 {
            let levels: Vec<f64> = at(i).iter().map(|f| f * (1.0 + 0.03 * random.normal())).collect();
            let standing = peers.step(&levels);
            ever.iter_mut().zip(standing).for_each(|(ever, s)| *ever |= s.active);
        }
        (ever, peers.standing)
    }

    #[test]
    fn what_all_do_together_and_what_is_short_is_no_condition() {
        let (ever, _) = watch(|i| {
            let load = if i > 200 { 2.0 } else { 1.0 };
            [load, 2.0 * load, 3.0 * load, if (250..253).contains(&i) { 9.0 } else { load }]
        });
        assert_eq!(ever, [false; 4]);
    }

    #[test]
    fn one_that_rises_is_named_and_not_its_neighbours() {
        // member 2 grows to ten times; a tenth of its power reaches the others
        let (ever, last) = watch(|i| {
            let own = if i > 200 { 1.0 + (i - 200) as f64 * 0.05 } else { 1.0 };
            let heard = (1.0 + 0.1 * (own * own - 1.0)).sqrt();
            [heard, heard, own, 1.0]
        });
        assert_eq!(ever, [false, false, true, false]);
        assert!(last[2].active && last[2].rise > 1.0);
    }

    #[test]
    fn a_missing_member_keeps_its_condition_and_nonsense_is_refused() {
        let (_, last) = watch(|i| {
            [
                1.0,
                1.0,
                1.0,
                if i > 300 {
                    f64::NAN
                } else if i > 200 {
                    2.0
                } else {
                    1.0
                },
            ]
        });
        assert!(last[3].active && !last[0].active);
        assert!(Peers::new(0, TUNING).is_err());
        assert!(Peers::new(4, Tuning { coupling: 2.0, ..TUNING }).is_err());
        let tiers = [Tier { rows: 1, rise: 0.2 }; 2];
        assert!(Peers::new(4, Tuning { tiers, ..TUNING }).is_err());
    }
}
