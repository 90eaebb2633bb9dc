//! The stored past with somebody who looks on: which asset had data when, and how far the reading is.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use gemba_plant::port::{BoxFault, Past};
use gemba_plant::{AssetId, Batch, SignalId, TimeRange, Timestamp, Waveform};

use crate::Error;

/// A silence longer than this is no watched time.
const SILENCE: Duration = Duration::from_hours(1);

/// Tells the share that is done, 0–1; false means stop.
pub type Progress<'a> = &'a (dyn Fn(f64) -> bool + Sync);

/// Reads for the engine and keeps the tally.
pub(crate) struct Watched<'a> {
    past: &'a dyn Past,
    owners: BTreeMap<SignalId, AssetId>,
    newest: Timestamp,
    progress: Progress<'a>,
    tally: Mutex<Tally>,
}

/// When there was data of an asset: stretches without a long silence, in order of time.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) spans: BTreeMap<AssetId, Vec<TimeRange>>,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
}

impl<'a> Watched<'a> {
    /// `newest` is where the reading ends at the latest.
    pub(crate) fn new(
        past: &'a dyn Past,
        owners: BTreeMap<SignalId, AssetId>,
        newest: Timestamp,
        progress: Progress<'a>,
    ) -> Self {
        Self { past, owners, newest, progress, tally: Mutex::new(Tally::default()) }
    }

    pub(super) fn finish(self) -> Tally {
        self.tally.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether to go on.
    fn note(&self, seen: impl Iterator<Item = (SignalId, Timestamp)>) -> bool {
        let mut extents: BTreeMap<AssetId, TimeRange> = BTreeMap::new();
        for (signal, time) in seen {
            let Some(asset) = self.owners.get(&signal) else { continue };
            let extent = extents.entry(*asset).or_insert(TimeRange::new(time, time));
            *extent = TimeRange::new(extent.from.min(time), extent.to.max(time));
        }
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        for (asset, extent) in extents {
            tally.add(asset, extent);
        }
        let (Some(first), Some(last)) = (tally.first, tally.last) else { return (self.progress)(0.0) };
        drop(tally);
        let whole = self.newest.since(first).as_secs_f64();
        (self.progress)(if whole > 0.0 { (last.since(first).as_secs_f64() / whole).min(1.0) } else { 1.0 })
    }
}

impl Tally {
    fn add(&mut self, asset: AssetId, extent: TimeRange) {
        self.first = Some(self.first.map_or(extent.from, |first| first.min(extent.from)));
        self.last = Some(self.last.map_or(extent.to, |last| last.max(extent.to)));
        let spans = self.spans.entry(asset).or_default();
        match spans.last_mut() {
            Some(last) if extent.from.since(last.to) <= SILENCE => last.to = last.to.max(extent.to),
            _ => spans.push(extent),
        }
    }

    /// Seconds with data of an asset, from `since` on.
    pub(super) fn seconds(&self, asset: AssetId, since: Timestamp) -> f64 {
        let spans = self.spans.get(&asset).into_iter().flatten();
        spans.map(|span| span.to.since(span.from.max(since)).as_secs_f64()).sum()
    }
}

fn ids(batch: &Batch) -> impl Iterator<Item = SignalId> {
    batch.signals().iter().map(|id| SignalId::new(*id))
}

/// What long work says that was told to stop.
pub(crate) fn stopped() -> Error {
    Error::Refused { what: "it was stopped before its end".into(), cure: "start it again".into() }
}

impl Past for Watched<'_> {
    fn samples(
        &self,
        signals: &[SignalId],
        range: TimeRange,
    ) -> Result<Box<dyn Iterator<Item = Result<Batch, BoxFault>> + Send + '_>, BoxFault> {
        let batches = self.past.samples(signals, range)?;
        Ok(Box::new(batches.map(|batch| {
            let batch = batch?;
            let go_on = self.note(ids(&batch).zip(batch.times().iter().map(|t| Timestamp::from_micros(*t))));
            if go_on { Ok(batch) } else { Err(stopped().into()) }
        })))
    }

    fn waveforms(
        &self,
        signals: &[SignalId],
        range: TimeRange,
    ) -> Result<Box<dyn Iterator<Item = Result<Waveform, BoxFault>> + Send + '_>, BoxFault> {
        let waves = self.past.waveforms(signals, range)?;
        Ok(Box::new(waves.map(|wave| {
            let wave = wave?;
            let go_on = self.note(std::iter::once((wave.signal, wave.start)));
            if go_on { Ok(wave) } else { Err(stopped().into()) }
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_silence_is_not_watched_and_neither_is_learning() {
        let at = Timestamp::from_secs;
        let pump = AssetId::new(1);
        let mut tally = Tally::default();
        for (from, to) in [(0, 3_600), (3_700, 7_200), (20_000, 21_000)] {
            tally.add(pump, TimeRange::new(at(from), at(to)));
        }
        assert_eq!(tally.spans[&pump].len(), 2);
        assert!((tally.seconds(pump, at(0)) - 8_200.0).abs() < 1e-9);
        assert!((tally.seconds(pump, at(7_000)) - 1_200.0).abs() < 1e-9);
        assert!(tally.seconds(AssetId::new(2), at(0)).abs() < 1e-9);
    }
}
