//! How long batteries last, by the capacity of each of their cycles.

use gemba_act::work::Failure;
use gemba_plant::port::Past;
use gemba_plant::{Asset, Catalogue, Finding, Signal, TimeRange, Timestamp};
use gemba_solutions::maintenance::battery::{CAPACITY_KEY, COMPUTED, CapacityRun, capacity_outlook, end_of_life};
use gemba_solutions::maintenance::reliability::spans;

use crate::Error;
use crate::node::Core;

/// What ends the life of a battery by its capacity.
const MODE: &str = "capacity_fade";
/// Cycles of a battery that are read at most, the newest: at ten a day five years.
const CYCLES_MAX: usize = 20_000;

/// A battery with the signal that holds its cycles, what it is and what it was before it was replaced.
struct Battery<'a> {
    asset: &'a Asset,
    signal: &'a Signal,
    /// The last one is the one of now.
    runs: Vec<CapacityRun>,
}

impl Core {
    /// Tells how long each battery lasts.
    pub(super) fn look_at_batteries(&self, events: &[Failure]) -> Result<(), Error> {
        let catalogue = self.registry.catalogue();
        let cycles = |asset| catalogue.signals_of(asset).find(|s| s.binding.is_none() && s.name == COMPUTED);
        let with = catalogue.assets().filter_map(|asset| Some((asset, cycles(asset.id)?)));
        let mut batteries = Vec::new();
        for (asset, signal) in with {
            batteries.push(self.battery((asset, signal), events, &catalogue)?);
        }
        for (own, battery) in batteries.iter().enumerate() {
            let others = batteries.iter().enumerate().filter(|(place, _)| *place != own).flat_map(|(_, b)| &b.runs);
            let Some((now, before)) = battery.runs.split_last() else { continue };
            let others: Vec<CapacityRun> = others.chain(before).cloned().collect();
            let open = self.open_with(battery.asset.id, CAPACITY_KEY)?.map(|stored| stored.finding);
            let told = capacity_outlook(battery.signal, now, &others, (&self.settings().life, open.as_ref()));
            if let Some(finding) = told.finding.clone().filter(|finding: &Finding| Some(finding) != open.as_ref()) {
                self.owed.take(finding, |finding| self.keep_finding(finding));
            }
            self.outlooks.write().capacities.insert(battery.asset.id, told);
        }
        Ok(())
    }

    fn battery<'a>(
        &self,
        (asset, signal): (&'a Asset, &'a Signal),
        events: &[Failure],
        catalogue: &Catalogue,
    ) -> Result<Battery<'a>, Error> {
        let now = self.clock.now();
        let (times, levels) = self.cycles(signal)?;
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
        Ok(Battery { asset, signal, runs })
    }

    /// The ends of cycles and their capacities.
    fn cycles(&self, signal: &Signal) -> Result<(Vec<Timestamp>, Vec<f64>), Error> {
        let whole = TimeRange::new(Timestamp::MIN, Timestamp::MAX);
        let mut all = Vec::new();
        for batch in self.store.samples(&[signal.id], whole).map_err(|e| Error::part("store", e.as_ref()))? {
            let batch = batch.map_err(|e| Error::part("store", e.as_ref()))?;
            all.extend(batch.rows().filter(|r| r.quality.usable() && r.value.is_finite()).map(|r| (r.time, r.value)));
        }
        let newest = all.split_off(all.len().saturating_sub(CYCLES_MAX));
        Ok(newest.into_iter().unzip())
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
