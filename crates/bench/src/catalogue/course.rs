//! How a fault is put on: what was learned before, when it begins, how long it lasts; and the runs themselves.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use gemba_act::backtest::Episode;
use gemba_flow::FlowConfig;
use gemba_plant::{Asset, AssetId, Timestamp};
use gemba_sim::{Fault, Plant, Scenario, fault_catalogue, machines};
use gemba_solutions::maintenance::{Config, NormalBehaviourConfig};

use super::heard::Heard;
use super::judge::{Outcome, at, counts, judge};
use crate::virtual_plant::{Watched, plant_config};

/// What is handed on together.
const STEP: Duration = Duration::from_secs(1);

/// One way to put all faults on; one setting for all of them.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    /// Its name.
    pub(crate) name: &'static str,
    /// How much each operating state is learned from, s, and how far its rows are apart, ms.
    pub(crate) learning: (u64, u64),
    /// How long a product runs, s; three take turns.
    pub(crate) product_s: f64,
    /// When the fault begins, for how long it grows and how long it lasts, plant seconds.
    pub(crate) fault: (f64, f64, f64),
    /// For how long it is watched after the repair, s.
    pub(crate) after_s: f64,
    /// For how long the quiet plant is watched after the time at which faults would begin, s.
    pub(crate) quiet_s: f64,
}

/// As `gemba demo` learns: 20 s in each product, which lasts six seconds.
pub(crate) const DEMO: Course = Course {
    name: "demo",
    learning: (20, 200),
    product_s: 6.0,
    fault: (120.0, 60.0, 240.0),
    after_s: 120.0,
    quiet_s: 1_800.0,
};

/// Ten minutes in each product, which lasts two; rows, windows and limits as they come.
pub(crate) const HOUR: Course = Course {
    name: "hour",
    learning: (600, 1_000),
    product_s: 120.0,
    fault: (2_400.0, 300.0, 900.0),
    after_s: 600.0,
    quiet_s: 7_200.0,
};

/// Both rows of a run: everything, and limits from the first day alone.
pub(crate) type Both<T> = [T; 2];

/// What a run took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// Seconds until the faults begin, plant and operators.
    pub(crate) head_s: f64,
    /// Seconds after that, operators alone.
    pub(crate) watch_s: f64,
    /// Rows after that.
    pub(crate) rows: f64,
}

/// What was heard of a plant without faults after its head.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quiet {
    /// Findings and alarms.
    pub(crate) findings: usize,
    pub(crate) alarms: usize,
    /// Days, all assets together.
    pub(crate) asset_days: f64,
    /// What was told, for those who want to read it.
    pub(crate) told: Vec<String>,
}

impl Course {
    fn config(&self) -> Config {
        let (learn_s, step_ms) = self.learning;
        let normal = NormalBehaviourConfig { learn_s, step_ms, ..NormalBehaviourConfig::default() };
        Config { normal, ..Config::default() }
    }

    fn scenario(&self, faults: Vec<Fault>) -> Scenario {
        Scenario { faults, product_s: self.product_s, ..Scenario::demo() }
    }

    /// The faults of the catalogue that are meant, as this course puts them on.
    pub(crate) fn faults(&self, meant: impl Fn(&Fault) -> bool) -> Vec<Fault> {
        let (onset, growth, lasting) = self.fault;
        fault_catalogue().into_iter().filter(|f| meant(f)).map(|f| f.at(onset, growth, lasting)).collect()
    }

    /// All of `faults`, one at a time on each machine: a fault changes its own machine and nothing else, so that faults of
    /// different machines can share a plant.
    pub(crate) fn outcomes(&self, faults: &[Fault], seed: u64, cost: &mut Cost) -> anyhow::Result<Both<Vec<Outcome>>> {
        let mut outcomes = <Both<Vec<Outcome>>>::default();
        for together in rounds(faults) {
            let own: Vec<Vec<String>> = together.iter().map(of_machine).collect();
            let watched = |asset: &Asset| own.iter().flatten().any(|path| path == asset.path.as_str());
            let end_s = self.fault.0 + self.fault.2 + self.after_s;
            let heard = self.run((seed, together.clone()), watched, end_s, cost)?;
            let ids = ids()?;
            let id = |path: &String| ids.get(path).copied().unwrap_or(AssetId::new(0));
            for (fault, machine) in together.iter().zip(&own) {
                let others: Vec<AssetId> = machine.iter().filter(|path| **path != fault.asset).map(id).collect();
                for (outcomes, heard) in outcomes.iter_mut().zip(&heard) {
                    outcomes.push(judge(heard, fault, id(&fault.asset), &others));
                }
            }
        }
        Ok(outcomes)
    }

    /// The plant without faults, all machines watched.
    pub(crate) fn quiet(&self, seed: u64) -> anyhow::Result<Both<Quiet>> {
        let (from_s, end_s) = (self.fault.0, self.fault.0 + self.quiet_s);
        let heard = self.run((seed, Vec::new()), |_| true, end_s, &mut Cost::default())?;
        let (ids, asset_days) = (ids()?, machines().iter().flatten().count() as f64 * self.quiet_s / 86_400.0);
        Ok(heard.map(|heard| false_ones(&heard, (at(from_s), at(end_s + 1.0)), &ids, asset_days)))
    }

    fn run(
        &self,
        (seed, faults): (u64, Vec<Fault>),
        watched: impl Fn(&Asset) -> bool,
        end_s: f64,
        cost: &mut Cost,
    ) -> anyhow::Result<Both<Heard>> {
        let plant = Plant::new(seed, self.scenario(faults));
        let mut plant = Watched::new(plant, (&self.config(), FlowConfig::default()), |asset, _| watched(asset))?;
        let mut heard = [Heard::new(false), Heard::new(true)];
        while plant.plant.seconds() < end_s {
            let began = Instant::now();
            let (rows, waves) = plant.read(STEP)?;
            let read = Instant::now();
            let produced = plant.push(&rows, waves)?;
            for heard in &mut heard {
                heard.take(&produced, at(plant.plant.seconds()));
            }
            if plant.plant.seconds() <= self.fault.0 {
                cost.head_s += began.elapsed().as_secs_f64();
            } else {
                cost.watch_s += read.elapsed().as_secs_f64();
                cost.rows += STEP.as_secs_f64() * 1e3 / self.learning.1 as f64;
            }
        }
        Ok(heard)
    }
}

/// What was said within a time in which nothing was wrong.
fn false_ones(
    heard: &Heard,
    (from, to): (Timestamp, Timestamp),
    ids: &BTreeMap<String, AssetId>,
    asset_days: f64,
) -> Quiet {
    let findings: Vec<Episode> = heard.findings().into_iter().filter(|e| e.found >= from && counts(e.kind)).collect();
    let path = |asset: AssetId| ids.iter().find(|(_, id)| **id == asset).map_or("", |(path, _)| path);
    let told = |e: &Episode| {
        let (begun, over) = (e.found.since(from).as_secs(), e.until.since(from).as_secs());
        format!("{} {begun} to {over} s {} {} ({:.2})", path(e.asset), e.key, e.title, e.severity)
    };
    Quiet {
        told: findings.iter().map(told).collect(),
        findings: findings.len(),
        alarms: ids.values().map(|id| heard.alarms_of(*id, (from, to))).sum(),
        asset_days,
    }
}

/// The assets of the machine that a fault is in.
fn of_machine(fault: &Fault) -> Vec<String> {
    machines().into_iter().find(|paths| paths.contains(&fault.asset)).unwrap_or_default()
}

/// Faults that can share a plant: no two of one machine.
pub(crate) fn rounds(faults: &[Fault]) -> Vec<Vec<Fault>> {
    let mut rounds: Vec<Vec<Fault>> = Vec::new();
    for fault in faults {
        let machine = of_machine(fault);
        let free = rounds.iter_mut().find(|round| round.iter().all(|other| !machine.contains(&other.asset)));
        match free {
            Some(round) => round.push(fault.clone()),
            None => rounds.push(vec![fault.clone()]),
        }
    }
    rounds
}

/// The numbers of assets by path.
fn ids() -> anyhow::Result<BTreeMap<String, AssetId>> {
    Ok(plant_config()?.0.into_iter().map(|asset| (asset.path.to_string(), asset.id)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_faults_of_one_machine_share_a_plant_and_none_is_lost() {
        let faults = DEMO.faults(|_| true);
        let rounds = rounds(&faults);
        assert_eq!(rounds.iter().map(Vec::len).sum::<usize>(), fault_catalogue().len());
        for round in &rounds {
            let mut assets: Vec<String> = round.iter().flat_map(of_machine).collect();
            let all = assets.len();
            assets.sort();
            assets.dedup();
            assert_eq!(assets.len(), all);
        }
    }
}
