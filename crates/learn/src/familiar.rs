//! Whether the model or the machine has drifted: is the operation still one that was learned, and does the machine still do
//! in it what it did?
//!
//! What is asked of the machine (its drivers) is counted in bins of equal share while learned, and in two more outside all
//! that was seen; the population stability index ([`crate::psi`]) compares the counts of late with those. A
//! mix of known operation may shift and the model is right all the same, so it counts only together with rows outside what
//! was learned. Beside that, how often the machine is off although its operation is known. Memory does not grow.

use serde::{Deserialize, Serialize};

use crate::{psi, stats};

/// Bins within what was learned; two more lie outside.
const BINS: usize = 10;
/// How often chance alone may make a shift large.
const ALPHA: f64 = 0.01;
/// The share of late rows outside what was learned from which the operation is another one.
const OUTSIDE: f64 = 0.05;
/// The share of late rows of known operation that are off from which the machine is another one.
const OFF: f64 = 0.05;
/// Before so many memories of rows nothing is said.
const SEEN_MIN: f64 = 0.2;

/// One driver: how often its values lay in which bin, while learned and of late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Context {
    column: usize,
    #[serde(with = "crate::bits")]
    edges: Vec<f64>,
    #[serde(with = "crate::bits")]
    learned: Vec<f64>,
    #[serde(with = "crate::bits")]
    late: Vec<f64>,
}

impl Context {
    fn fit(column: usize, values: &[f64]) -> Option<Self> {
        let mut sorted = stats::finite(values);
        sorted.sort_unstable_by(f64::total_cmp);
        let (low, high) = (sorted.first()?, sorted.last()?);
        // one value is a range too
        let margin = (high - low).max(low.abs().max(high.abs())) * 1e-3 + 1e-9;
        let inner = (1..BINS).map(|i| stats::quantile_sorted(&sorted, i as f64 / BINS as f64));
        let mut edges: Vec<f64> = [low - margin].into_iter().chain(inner).chain([high + margin]).collect();
        edges.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let mut context = Self { column, learned: vec![0.0; edges.len() + 1], late: vec![0.0; edges.len() + 1], edges };
        for value in &sorted {
            context.count(*value);
        }
        context.learned = std::mem::replace(&mut context.late, vec![0.0; context.learned.len()]);
        Some(context)
    }

    fn count(&mut self, value: f64) {
        let bin = self.edges.partition_point(|edge| *edge < value);
        self.late.get_mut(bin).into_iter().for_each(|count| *count += 1.0);
    }

    /// Whether the index is large, and not by chance, which is asked only then: it takes a quantile.
    fn is_large(&self, index: f64) -> bool {
        let (late, learned) = (self.late.iter().sum(), self.learned.iter().sum());
        let chance = || psi::limit(late, learned, self.learned.len(), ALPHA);
        index >= psi::LARGE && chance().is_ok_and(|chance| index >= chance)
    }

    /// The index, and the share of late rows outside what was learned.
    fn shift(&self) -> (f64, f64) {
        let all = self.late.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let outside = self.late.first().copied().unwrap_or(0.0) + self.late.last().copied().unwrap_or(0.0);
        (psi::index(&self.learned, &self.late), outside / all)
    }
}

/// Who has drifted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Drifted {
    /// Nobody: the operation is known and the machine does in it what it did.
    #[default]
    Nobody,
    /// The model: operation is asked for that it does not know, and where it knows it, the machine is as it was.
    Model,
    /// The machine: the operation is known, and the machine is off in it.
    Machine,
    /// Both: what is new in the operation and what is wrong with the machine cannot be told apart.
    Both,
}

/// What is known about the drift.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Drift {
    /// The largest stability index of all drivers.
    pub psi: f64,
    /// The column of that driver; none without drivers.
    pub column: Option<usize>,
    /// The share of late rows outside what was learned, of the worst driver.
    pub outside: f64,
    /// The share of late rows of known operation in which the machine was off.
    pub off: f64,
    /// Who has drifted.
    pub who: Drifted,
}

/// Counts rows as they come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Familiar {
    contexts: Vec<Context>,
    /// Rows that are remembered.
    #[serde(with = "crate::bits::one")]
    memory: f64,
    #[serde(with = "crate::bits::one")]
    seen: f64,
    #[serde(with = "crate::bits::one")]
    judged: f64,
    #[serde(with = "crate::bits::one")]
    off: f64,
}

impl Familiar {
    /// Learns from healthy rows, given as one column for each signal, and which columns are drivers. Remembers as many late
    /// rows as it learned from.
    pub fn fit(columns: &[Vec<f64>], drivers: &[usize]) -> Self {
        let context = |column: &usize| Context::fit(*column, columns.get(*column)?);
        let memory = columns.iter().map(Vec::len).max().unwrap_or(0).max(1) as f64;
        Self { contexts: drivers.iter().filter_map(context).collect(), memory, ..Self::default() }
    }

    /// Takes the next row, and whether the monitor knew its operation and found the machine off.
    pub fn step(&mut self, row: &[f64], (known, off): (bool, bool)) {
        let keep = 1.0 - 1.0 / self.memory.max(1.0);
        self.seen = self.seen * keep + 1.0;
        for context in &mut self.contexts {
            let Some(value) = row.get(context.column).copied().filter(|v| v.is_finite()) else { continue };
            context.late.iter_mut().for_each(|count| *count *= keep);
            context.count(value);
        }
        if known {
            self.judged = self.judged * keep + 1.0;
            self.off = self.off * keep + f64::from(u8::from(off));
        }
    }

    /// Who has drifted, by the late rows.
    pub fn drift(&self) -> Drift {
        let (mut drift, mut large) = (Drift::default(), false);
        for context in &self.contexts {
            let (psi, outside) = context.shift();
            if psi >= drift.psi {
                (drift.psi, drift.column) = (psi, Some(context.column));
            }
            drift.outside = drift.outside.max(outside);
            large |= context.is_large(psi);
        }
        drift.off = if self.judged > 0.0 { self.off / self.judged } else { 0.0 };
        let enough = self.seen >= SEEN_MIN * self.memory;
        let model = enough && large && drift.outside >= OUTSIDE;
        let machine = enough && self.judged >= SEEN_MIN * self.memory && drift.off >= OFF;
        drift.who = match (model, machine) {
            (false, false) => Drifted::Nobody,
            (true, false) => Drifted::Model,
            (false, true) => Drifted::Machine,
            (true, true) => Drifted::Both,
        };
        drift
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn learned() -> Familiar {
        let mut random = Random::new(1);
        let speed: Vec<f64> = (0..2000).map(|_| 1000.0 + 100.0 * random.unit()).collect();
        Familiar::fit(&[speed, vec![0.0; 2000]], &[0])
    }

    fn run(familiar: &mut Familiar, speed: (f64, f64), says: (bool, bool)) -> Drift {
        let mut random = Random::new(2);
        (0..1500).for_each(|_| familiar.step(&[speed.0 + speed.1 * random.unit(), 0.0], says));
        familiar.drift()
    }

    #[test]
    fn the_model_and_the_machine_are_told_apart() {
        let calm = run(&mut learned(), (1000.0, 100.0), (true, false));
        assert!(calm.who == Drifted::Nobody && calm.psi < 0.05, "{calm:?}");
        let faster = run(&mut learned(), (1060.0, 80.0), (true, false));
        assert!(faster.who == Drifted::Model && faster.psi > psi::LARGE && faster.outside > 0.3, "{faster:?}");
        let worn = run(&mut learned(), (1000.0, 100.0), (true, true));
        assert_eq!(worn.who, Drifted::Machine, "{worn:?}");
        let both = run(&mut learned(), (1060.0, 80.0), (true, true));
        assert_eq!(both.who, Drifted::Both, "{both:?}");
        // another mix of what is known is not another operation
        let mixed = run(&mut learned(), (1050.0, 10.0), (true, false));
        assert!(mixed.who == Drifted::Nobody && mixed.psi > psi::LARGE, "{mixed:?}");
    }

    #[test]
    fn it_forgets_and_says_nothing_too_soon() {
        let mut familiar = learned();
        run(&mut familiar, (1060.0, 80.0), (true, false));
        (0..8).for_each(|_| {
            run(&mut familiar, (1000.0, 100.0), (true, false));
        });
        assert_eq!(familiar.drift().who, Drifted::Nobody);
        let mut young = learned();
        young.step(&[5000.0, 0.0], (false, false));
        assert_eq!(young.drift().who, Drifted::Nobody);
        let text = serde_json::to_string(&young).unwrap();
        assert_eq!(serde_json::from_str::<Familiar>(&text).unwrap(), young);
        assert_eq!(Familiar::fit(&[vec![1.0; 10]], &[]).drift().column, None);
    }
}
