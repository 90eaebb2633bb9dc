//! How long batteries last, by the capacity of each of their cycles.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gemba_act::work::Failure;
use gemba_plant::port::Past;
use gemba_plant::{Asset, AssetId, Catalogue, Finding, Signal, TimeRange, Timestamp};
use gemba_solutions::maintenance::battery::{CAPACITY_KEY, COMPUTED, CapacityRun, Told, capacity_outlook, end_of_life};
use gemba_solutions::maintenance::reliability::spans;

use crate::Error;
use crate::node::Core;

/// What ends the life of a battery by its capacity.
const MODE: &str = "capacity_fade";
/// Cycles of a battery that are read at most, the newest: at ten a day five years.
const CYCLES_MAX: usize = 20_000;
/// Of a battery that was not discharged yet.
const NO_CYCLE: &str = "no full discharge and no capacity has come in yet";

/// A battery with the signal that holds its cycles, what it is and what it was before it was replaced.
struct Battery<'a> {
    asset: &'a Asset,
    signal: &'a Signal,
    /// The last one is the one of now.
    runs: Vec<CapacityRun>,
}

/// The ends of the cycles of each battery and their capacities, as they were read.
pub(super) type Cycles = BTreeMap<AssetId, (Vec<Timestamp>, Vec<f64>)>;

impl Core {
    /// Tells how long each battery lasts that has come through a cycle which is not known yet.
    pub(super) fn look_at_batteries(&self, known: &mut Cycles) -> Result<(), Error> {
        let catalogue = self.registry.catalogue();
        let cycles = |asset| catalogue.signals_of(asset).find(|s| s.binding.is_none() && s.name == COMPUTED);
        let with: Vec<(&Asset, &Signal)> =
            catalogue.assets().filter_map(|asset| Some((asset, cycles(asset.id)?))).collect();
        let mut fresh = BTreeSet::new();
        for (asset, signal) in &with {
            if !known.contains_key(&asset.id) || self.has_cycle_after(signal, known.get(&asset.id)) {
                self.read_cycles(signal, known.entry(asset.id).or_default())?;
                fresh.insert(asset.id);
            }
        }
        if fresh.is_empty() {
            return Ok(());
        }
        let (events, mut batteries) = (self.ends_of_use()?, Vec::new());
        for (at, cycles) in with.into_iter().filter_map(|at| Some((at, known.get(&at.0.id)?))) {
            batteries.push(self.battery(at, cycles, &events, &catalogue));
        }
        for (own, battery) in batteries.iter().enumerate().filter(|(_, battery)| fresh.contains(&battery.asset.id)) {
            let others = batteries.iter().enumerate().filter(|(place, _)| *place != own).flat_map(|(_, b)| &b.runs);
            let Some((now, before)) = battery.runs.split_last() else {
                let told = Told { missing: NO_CYCLE.to_owned(), ..Told::default() };
                self.outlooks.write().capacities.insert(battery.asset.id, told);
                continue;
            };
            let others: Vec<CapacityRun> = others.chain(before).cloned().collect();
            let open = self.open_with(battery.asset.id, CAPACITY_KEY)?.map(|stored| stored.finding);
            let told = capacity_outlook(battery.signal, now, &others, (&self.settings().life, open.as_ref()));
            if let Some(finding) = told.finding.clone().filter(|finding: &Finding| Some(finding) != open.as_ref()) {
                self.take_findings(vec![finding]);
            }
            self.outlooks.write().capacities.insert(battery.asset.id, told);
        }
        Ok(())
    }

    fn battery<'a>(
        &self,
        (asset, signal): (&'a Asset, &'a Signal),
        (times, levels): &(Vec<Timestamp>, Vec<f64>),
        events: &[Failure],
        catalogue: &Catalogue,
    ) -> Battery<'a> {
        let now = self.clock.now();
        // a battery of which no begin is recorded is as old as its first cycle: capacity needs no age
        let begins: Vec<Timestamp> =
            spans(events, asset.id, (Some(MODE), now)).into_iter().map(|span| span.from).collect();
        let group = group(catalogue, asset);
        let signals: Vec<Signal> = catalogue.signals_of(asset.id).cloned().collect();
        let mut cuts: Vec<usize> = begins.iter().map(|at| times.partition_point(|time| time < at)).collect();
        cuts.extend([0, times.len()]);
        cuts.sort_unstable();
        let run = |cut: &[usize]| {
            let [from, to] = *cut else { return None };
            let (times, levels) = (times.get(from..to)?.to_vec(), levels.get(from..to)?.to_vec());
            let end = end_of_life(asset, &signals, signal, &levels)?;
            (!times.is_empty()).then_some(CapacityRun { group, times, levels, end })
        };
        let mut runs: Vec<CapacityRun> = cuts.windows(2).filter_map(run).collect();
        let renewed = times.last().zip(begins.last()).is_some_and(|(last, begin)| last < begin);
        // replaced, and no cycle since
        runs.extend(runs.last().filter(|_| renewed).cloned().map(|last| CapacityRun {
            times: Vec::new(),
            levels: Vec::new(),
            ..last
        }));
        Battery { asset, signal, runs }
    }

    fn has_cycle_after(&self, signal: &Signal, known: Option<&(Vec<Timestamp>, Vec<f64>)>) -> bool {
        let read = known.and_then(|(times, _)| times.last());
        self.store.last(signal.id).is_some_and(|last| read.is_none_or(|read| *read < last.time))
    }

    /// Reads the cycles that came after those that are known.
    fn read_cycles(&self, signal: &Signal, (times, levels): &mut (Vec<Timestamp>, Vec<f64>)) -> Result<(), Error> {
        let from = times.last().map_or(Timestamp::MIN, |last| last.plus(Duration::from_micros(1)));
        let new = TimeRange::new(from, Timestamp::MAX);
        for batch in self.store.samples(&[signal.id], new).map_err(|e| Error::part("store", e.as_ref()))? {
            let batch = batch.map_err(|e| Error::part("store", e.as_ref()))?;
            for row in batch.rows().filter(|row| row.quality.usable() && row.value.is_finite()) {
                times.push(row.time);
                levels.push(row.value);
            }
        }
        let old = times.len().saturating_sub(CYCLES_MAX);
        times.drain(..old);
        levels.drain(..old);
        Ok(())
    }
}

/// Batteries below one asset and of one make are treated alike: the number of the first of them.
fn group(catalogue: &Catalogue, asset: &Asset) -> usize {
    let alike = |other: &Asset| {
        other.path.parent() == asset.path.parent()
            && other.nameplate.model == asset.nameplate.model
            && other.template == asset.template
    };
    catalogue.assets().position(alike).unwrap_or_default()
}
