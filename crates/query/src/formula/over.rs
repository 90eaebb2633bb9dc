//! A formula over stored samples, in order of time.

use std::time::Duration;

use gemba_plant::port::Past as _;
use gemba_plant::{Batch, Catalogue, Quality, Sample, SignalId, TimeRange, Timestamp};
use gemba_store::Store;

use super::Formula;
use super::steps::outcome;
use crate::Error;

/// How far before a range values are looked for that still hold in it; not farther than it is long.
const BEFORE_MAX: Duration = Duration::from_hours(1);

/// Outcomes at most in one batch.
const BATCH: usize = 8_192;

/// Walks through the samples of a formula's signals.
pub(super) struct Over<'a> {
    store: &'a Store,
    formula: &'a Formula,
    range: TimeRange,
    signals: Vec<Held>,
}

/// What holds of one signal.
struct Held {
    id: SignalId,
    newest: Option<(i64, f64, Quality)>,
    /// Where its gaps begin, µs, in order.
    gaps: Vec<i64>,
}

impl Held {
    /// The newest value, unless a gap began since.
    fn at(&self, time: i64) -> Option<(f64, Quality)> {
        let (since, value, quality) = self.newest?;
        let next = self.gaps.get(self.gaps.partition_point(|begins| *begins < since));
        next.is_none_or(|begins| *begins >= time).then_some((value, quality))
    }
}

impl<'a> Over<'a> {
    /// Over a range that has ends.
    pub(super) fn new(store: &'a Store, catalogue: &Catalogue, formula: &'a Formula, range: TimeRange) -> Self {
        let all = store.gaps(before(range));
        let held = |id: SignalId| {
            let binding = catalogue.signal(id).and_then(|s| s.binding.as_ref());
            let own = all.iter().filter(|gap| gap.concerns(id, binding));
            let mut gaps: Vec<i64> = own.map(|gap| gap.range.from.micros()).collect();
            gaps.sort_unstable();
            Held { id, newest: None, gaps }
        };
        Self { store, formula, range, signals: formula.signals.iter().copied().map(held).collect() }
    }

    /// Hands on each outcome within the range, in order of time.
    pub(super) fn each(mut self, mut take: impl FnMut(Sample) -> Result<(), Error>) -> Result<(), Error> {
        let past = self.store.samples(&self.formula.signals, before(self.range)).map_err(Error::Past)?;
        let (mut values, mut stack) = (Vec::new(), Vec::new());
        let mut open: Option<i64> = None;
        for batch in past {
            for sample in batch.map_err(Error::Past)?.rows() {
                // all that has the same time counts before it is looked at
                if let Some(time) = open.filter(|time| *time != sample.time.micros()) {
                    self.settle(time, (&mut values, &mut stack), &mut take)?;
                }
                open = Some(sample.time.micros());
                if let Some(held) = self.signals.iter_mut().find(|held| held.id == sample.signal) {
                    held.newest = Some((sample.time.micros(), sample.value, sample.quality));
                }
            }
        }
        open.map_or(Ok(()), |time| self.settle(time, (&mut values, &mut stack), &mut take))
    }

    /// Hands them on many at once.
    pub(super) fn batches(self, mut take: impl FnMut(Batch) -> Result<(), Error>) -> Result<(), Error> {
        let mut rows = Vec::with_capacity(BATCH);
        self.each(|sample| {
            rows.push(sample);
            if rows.len() < BATCH {
                return Ok(());
            }
            let batch = Batch::from_rows(&rows);
            rows.clear();
            take(batch)
        })?;
        if rows.is_empty() { Ok(()) } else { take(Batch::from_rows(&rows)) }
    }

    fn settle(
        &self,
        time: i64,
        (values, stack): (&mut Vec<f64>, &mut Vec<f64>),
        take: &mut impl FnMut(Sample) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let at = Timestamp::from_micros(time);
        if !self.range.contains(at) {
            return Ok(());
        }
        values.clear();
        let mut worst = Quality::Good;
        for held in &self.signals {
            let Some((value, quality)) = held.at(time) else { return Ok(()) };
            worst = worst.max(quality);
            values.push(value);
        }
        let value = outcome(&self.formula.steps, values, stack);
        let quality = if value.is_nan() { Quality::Bad } else { worst };
        take(Sample { quality, ..Sample::good(SignalId::new(0), at, value) })
    }
}

/// The range and as much before it as counts.
fn before(range: TimeRange) -> TimeRange {
    TimeRange::new(range.from.minus(range.to.since(range.from).min(BEFORE_MAX)), range.to)
}
