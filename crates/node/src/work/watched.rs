//! How long machines have been watched, and how well maintenance and monitoring did on which of them.

use std::collections::BTreeSet;
use std::time::Duration;

use gemba_act::work::{Figures, Watch, figures};
use gemba_plant::{Asset, AssetId, Catalogue, Gap, Signal, SignalId, TimeRange, Timestamp};

use super::Work;
use crate::Error;
use crate::node::Core;

/// After that, data from before the first is looked for again.
const LOOK_AGAIN: Duration = Duration::from_hours(24);
/// Microseconds in an hour.
const HOUR_US: f64 = 3.6e9;

/// Which machines are asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Machines at or below this place; none for all.
    pub below: Option<AssetId>,
    /// Machines that follow this template; none for all.
    pub template: Option<String>,
}

/// The figures of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineFigures {
    /// The machine.
    pub asset: AssetId,
    /// Since when there is data of it; none while there is none.
    pub since: Option<Timestamp>,
    /// Its figures.
    pub figures: Figures,
}

impl Work {
    /// How well maintenance and monitoring did in a span, on the machines of a scope together.
    ///
    /// # Errors
    /// When the place is not there, or the state or the store cannot be read.
    pub fn figures(&self, range: TimeRange, scope: &Scope) -> Result<Figures, Error> {
        let machines = self.watches(range, scope)?;
        Ok(figures(range, &machines, &self.0.state.case_facts(range)?, &self.0.state.failures(range.from)?))
    }

    /// The same for each machine, the one that stood longest first.
    ///
    /// # Errors
    /// When the place is not there, or the state or the store cannot be read.
    pub fn figures_by_machine(&self, range: TimeRange, scope: &Scope) -> Result<Vec<MachineFigures>, Error> {
        let (facts, failures) = (self.0.state.case_facts(range)?, self.0.state.failures(range.from)?);
        let one = |machine: Watch| MachineFigures {
            asset: machine.asset,
            since: machine.since,
            figures: figures(range, &[machine], &facts, &failures),
        };
        let mut all: Vec<MachineFigures> = self.watches(range, scope)?.into_iter().map(one).collect();
        all.sort_by(|a, b| {
            let worse = b.figures.downtime_h.total_cmp(&a.figures.downtime_h);
            worse.then(b.figures.failures.cmp(&a.figures.failures)).then(a.asset.cmp(&b.asset))
        });
        Ok(all)
    }

    /// The machines of a scope: those that have signals of their own, and those that failures are noted of.
    fn watches(&self, range: TimeRange, scope: &Scope) -> Result<Vec<Watch>, Error> {
        let catalogue = self.0.registry.catalogue();
        let place = scope.below.map(|id| {
            let found = catalogue.asset(id);
            found.map(|asset| &asset.path).ok_or(Error::NotFound { what: "asset", name: id.to_string() })
        });
        let place = place.transpose()?;
        let failed: BTreeSet<AssetId> =
            self.0.state.failures(range.from)?.iter().map(|failure| failure.asset).collect();
        let measured = |asset: &Asset| catalogue.signals_of(asset.id).any(|signal| signal.binding.is_some());
        let asked = catalogue.assets().filter(|asset| {
            let here = place.is_none_or(|place| asset.path.within(place));
            let kind = scope.template.as_ref().is_none_or(|template| asset.template.as_ref() == Some(template));
            here && kind && (measured(asset) || failed.contains(&asset.id))
        });
        let gaps = self.0.store.gaps(range);
        asked.map(|asset| self.watch(&catalogue, asset.id, range, &gaps)).collect()
    }

    fn watch(&self, catalogue: &Catalogue, asset: AssetId, range: TimeRange, gaps: &[Gap]) -> Result<Watch, Error> {
        let since = self.since(catalogue, asset)?;
        let signals: Vec<&Signal> = catalogue.signals_of(asset).collect();
        let own = |gap: &&Gap| {
            gap.signal.is_none() && signals.iter().any(|signal| gap.concerns(signal.id, signal.binding.as_ref()))
        };
        let from = since.unwrap_or(range.to).max(range.from);
        let holes = gaps.iter().filter(own).map(|gap| (gap.range.from.max(from), gap.range.to.min(range.to)));
        Ok(Watch { asset, since, gaps_h: together_h(holes) })
    }
}

impl Work {
    /// Since when there is data of a machine. Older data may come later, by an import: it is looked for once a day.
    pub(crate) fn since(&self, catalogue: &Catalogue, asset: AssetId) -> Result<Option<Timestamp>, Error> {
        let (now, known) = (self.0.clock.now(), self.0.state.watched_since(asset)?);
        if let Some((at, _)) = known.filter(|(_, looked)| now.since(*looked) < LOOK_AGAIN) {
            return Ok(Some(at));
        }
        let signals: Vec<SignalId> = catalogue.signals_of(asset).map(|signal| signal.id).collect();
        let known = known.map(|(at, _)| at);
        let since = first_data(&self.0, &signals, known.unwrap_or(Timestamp::MAX))?.or(known);
        if let Some(at) = since {
            self.0.state.put_watched_since(asset, at, now)?;
        }
        Ok(since)
    }
}

/// The time of the first sample of some signals before a time; none when there is none. Files are read from the oldest on
/// until one holds a sample, and only the pages of these signals.
fn first_data(core: &Core, signals: &[SignalId], before: Timestamp) -> Result<Option<Timestamp>, Error> {
    if signals.iter().all(|signal| core.store.last(*signal).is_none()) {
        return Ok(None);
    }
    let range = TimeRange::new(Timestamp::MIN, before);
    let failed = |error: gemba_store::Error| Error::part("store", &error);
    let mut seen = core.store.snapshot(Some(signals), range).map_err(failed)?;
    seen.files.sort_by_key(|file| file.range.from);
    let mut first = seen.hot.iter().flat_map(|batch| batch.times().iter().copied()).min();
    for file in &seen.files {
        if first.is_some_and(|first| first <= file.range.from.micros()) {
            break;
        }
        for batch in core.store.read_file(file, Some(signals), range).map_err(failed)? {
            first = batch.map_err(failed)?.times().iter().copied().chain(first).min();
        }
    }
    Ok(first.map(Timestamp::from_micros))
}

/// Hours that some stretches cover together: where two overlap they count once.
pub(crate) fn together_h(stretches: impl Iterator<Item = (Timestamp, Timestamp)>) -> f64 {
    let mut stretches: Vec<_> = stretches.filter(|(from, to)| from < to).collect();
    stretches.sort_unstable();
    let mut covered = (Timestamp::MIN, 0.0);
    for (from, to) in stretches {
        let from = from.max(covered.0);
        if to > from {
            covered = (to, covered.1 + to.micros().saturating_sub(from.micros()) as f64 / HOUR_US);
        }
    }
    covered.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_that_overlap_count_once() {
        let hour = |h: i64| Timestamp::from_secs(h * 3_600);
        let told = [(hour(5), hour(6)), (hour(1), hour(3)), (hour(2), hour(4)), (hour(9), hour(8)), (hour(2), hour(3))];
        assert!((together_h(told.into_iter()) - 4.0).abs() < 1e-12);
        assert!(together_h(std::iter::empty()).abs() < 1e-12);
    }
}
