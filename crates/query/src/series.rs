//! Ranges for charts: streamed from the store's snapshot, only buckets are held.

use std::collections::BTreeMap;

use gemba_plant::{Batch, Catalogue, SignalId, TimeRange, Timestamp};
use gemba_store::{Snapshot, Store};

use crate::m4::M4;
use crate::{Error, Query, Series};

/// Most signals in one chart.
const SERIES_MAX: usize = 200;
/// Most buckets of a series: twice the pixels of a very wide screen.
pub(crate) const WIDTH_MAX: usize = 16_384;

impl Query {
    /// Signals over time in at most `width` buckets each (M4: the line drawn from them is the line drawn from all
    /// samples), or the samples themselves where there are no more of them. The range may be unbounded: then what is
    /// stored bounds it. One series for each signal, in the order asked for.
    ///
    /// # Errors
    /// When too much is asked for or the store cannot be read.
    pub async fn range(&self, signals: &[SignalId], range: TimeRange, width: usize) -> Result<Vec<Series>, Error> {
        let limit =
            |found, unit, limit| if found > limit { Err(Error::TooMany { found, unit, limit }) } else { Ok(()) };
        limit(signals.len(), "signals", SERIES_MAX)?;
        limit(width, "columns", WIDTH_MAX)?;
        let (store, names, signals) = (self.store.clone(), self.names(), signals.to_vec());
        self.blocking(move || read(&store, &names.catalogue, &signals, (range, width))).await
    }
}

fn read(
    store: &Store,
    catalogue: &Catalogue,
    signals: &[SignalId],
    (range, width): (TimeRange, usize),
) -> Result<Vec<Series>, Error> {
    let snapshot = store.snapshot(Some(signals), range)?;
    let range = bounded(range, &snapshot);
    let mut charts: BTreeMap<u32, M4> = signals.iter().map(|s| (s.get(), M4::new(range, width))).collect();
    for batch in &snapshot.hot {
        collect(batch, &mut charts);
    }
    for file in &snapshot.files {
        for batch in store.read_file(file, Some(signals), range)? {
            collect(&batch?, &mut charts);
        }
    }
    let gaps = store.gaps(range);
    let mut done: BTreeMap<u32, Series> = BTreeMap::new();
    for (id, chart) in charts {
        let signal = SignalId::new(id);
        let binding = catalogue.signal(signal).and_then(|s| s.binding.as_ref());
        let own = gaps.iter().filter(|gap| gap.concerns(signal, binding));
        done.insert(id, chart.finish(own.cloned().collect()));
    }
    Ok(signals.iter().filter_map(|signal| done.get(&signal.get()).cloned()).collect())
}

fn collect(batch: &Batch, charts: &mut BTreeMap<u32, M4>) {
    let mut start = 0;
    for run in batch.signals().chunk_by(|a, b| a == b) {
        if let Some(chart) = run.first().and_then(|signal| charts.get_mut(signal)) {
            batch.slice(start, run.len()).rows().for_each(|row| chart.add(row));
        }
        start += run.len();
    }
}

/// The range asked for, where it has an end; else to the ends of what is stored.
pub(crate) fn bounded(range: TimeRange, snapshot: &Snapshot) -> TimeRange {
    let hot = snapshot.hot.iter().filter_map(Batch::time_range);
    let stored: Vec<TimeRange> = hot.chain(snapshot.files.iter().map(|file| file.range)).collect();
    let first = stored.iter().map(|r| r.from).min().unwrap_or(Timestamp::from_micros(0));
    let last = stored.iter().map(|r| r.to).max().unwrap_or(first);
    TimeRange::new(
        if range.from == Timestamp::MIN { first } else { range.from },
        if range.to == Timestamp::MAX { last } else { range.to },
    )
}
