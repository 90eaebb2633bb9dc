//! What a search needs of the store: which signals, from when to when, in which steps.

use gemba_learn::raster::Raster;
use gemba_plant::port::Past;
use gemba_plant::{AssetId, Batch, Signal, SignalId, SignalKind, TimeRange, Timestamp};

use super::{LeftOut, Stretch};
use crate::Error;
use crate::backtest::{Progress, stopped};
use crate::node::Core;
use crate::state::LabelFilter;

/// Signals that are compared at once.
const SIGNALS_MAX: usize = 16;
/// Samples that are read for one search: some seconds.
const SAMPLES_MAX: u64 = 50_000_000;
/// Values of a signal in a picture.
const PICTURE: usize = 64;

/// The signals to compare: those named, which must be the asset's, or all that it measures.
pub(super) fn signals(core: &Core, asset: AssetId, wanted: &[SignalId]) -> Result<Vec<Signal>, Error> {
    let catalogue = core.registry.catalogue();
    if catalogue.asset(asset).is_none() {
        return Err(Error::NotFound { what: "asset", name: asset.to_string() });
    }
    let number = |s: &&Signal| matches!(s.kind, SignalKind::Gauge | SignalKind::SetPoint | SignalKind::Counter);
    if wanted.is_empty() {
        let measured = |s: &&Signal| s.kind == SignalKind::Gauge && s.binding.is_some();
        let all: Vec<Signal> = catalogue.signals_of(asset).filter(measured).take(SIGNALS_MAX).cloned().collect();
        return if all.is_empty() {
            Err(refuse("the asset measures nothing that could be compared", "choose an asset with signals"))
        } else {
            Ok(all)
        };
    }
    if wanted.len() > SIGNALS_MAX {
        return Err(refuse(&format!("{} signals are named, {SIGNALS_MAX} can be", wanted.len()), "name fewer"));
    }
    let one = |id: &SignalId| {
        let found = catalogue.signal(*id).filter(|s| s.asset == asset).filter(number);
        found.cloned().ok_or_else(|| Error::NotFound { what: "signal of the asset with numbers", name: id.to_string() })
    };
    wanted.iter().map(one).collect()
}

/// The range, where it has an end; else to the ends of what is stored.
pub(super) fn bounded(core: &Core, signals: &[Signal], range: TimeRange) -> Result<TimeRange, Error> {
    let ids: Vec<SignalId> = signals.iter().map(|s| s.id).collect();
    let snapshot = core.store.snapshot(Some(&ids), range).map_err(|e| Error::part("store", &e))?;
    let hot = snapshot.hot.iter().filter_map(Batch::time_range);
    let stored: Vec<TimeRange> = hot.chain(snapshot.files.iter().map(|file| file.range)).collect();
    let none = || refuse("nothing is stored where it is looked", "search another time");
    let first = stored.iter().map(|r| r.from).min().ok_or_else(none)?;
    let last = stored.iter().map(|r| r.to).max().ok_or_else(none)?;
    Ok(TimeRange::new(range.from.max(first), range.to.min(last)))
}

/// What is stored of each signal, in `rows` steps. `progress` is told the share that is read, and answers whether to go on.
pub(crate) fn read(
    core: &Core,
    signals: &[Signal],
    (from, step, rows): (i64, i64, usize),
    progress: Progress<'_>,
) -> Result<Vec<Raster>, Error> {
    let span = step.saturating_mul(i64::try_from(rows).unwrap_or(i64::MAX));
    let range = TimeRange::new(Timestamp::from_micros(from), Timestamp::from_micros(from.saturating_add(span)));
    let mut rasters = vec![Raster::new(from, step, rows); signals.len()];
    let ids: Vec<SignalId> = signals.iter().map(|s| s.id).collect();
    let mut samples = 0_u64;
    for batch in core.store.samples(&ids, range).map_err(|e| Error::part("store", e.as_ref()))? {
        let batch = batch.map_err(|e| Error::part("store", e.as_ref()))?;
        samples += batch.len() as u64;
        let at = batch.times().last().map_or(from, |time| *time).saturating_sub(from);
        if !progress((at as f64 / span.max(1) as f64).clamp(0.0, 1.0)) {
            return Err(stopped());
        }
        if samples > SAMPLES_MAX {
            return Err(refuse(
                &format!("more than {SAMPLES_MAX} samples lie there"),
                "search a shorter time, or fewer signals",
            ));
        }
        for row in batch.rows() {
            if let Some(raster) = ids.iter().position(|id| *id == row.signal).and_then(|i| rasters.get_mut(i)) {
                raster.add(row.time.micros(), if row.quality.usable() { row.value } else { f64::NAN });
            }
        }
    }
    for gap in core.store.gaps(range) {
        let concerned = signals.iter().zip(&mut rasters).filter(|(s, _)| gap.concerns(s.id, s.binding.as_ref()));
        concerned.for_each(|(_, raster)| raster.missing(gap.range.from.micros(), gap.range.to.micros()));
    }
    Ok(rasters)
}

/// Signals that can be compared, with their values, and those that cannot, with the reason that `unfit` gives.
pub(super) fn fit(
    signals: Vec<Signal>,
    rasters: &[Raster],
    unfit: impl Fn(&Raster, &[f64]) -> Option<&'static str>,
) -> (Vec<Signal>, Vec<Vec<f64>>, Vec<LeftOut>) {
    let (mut kept, mut values, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for (signal, raster) in signals.into_iter().zip(rasters) {
        let own = raster.values();
        if let Some(why) = unfit(raster, &own) {
            left_out.push(LeftOut { signal: signal.id, why: why.to_owned() });
        } else {
            kept.push(signal);
            values.push(own);
        }
    }
    (kept, values, left_out)
}

/// Equal steps of an asset's past.
pub(super) struct Steps<'a> {
    pub(super) core: &'a Core,
    pub(super) asset: AssetId,
    /// The begin of the first, microseconds.
    pub(super) from: i64,
    /// The length of each, microseconds.
    pub(super) step: i64,
}

impl Steps<'_> {
    /// When a step begins.
    pub(super) fn at(&self, row: usize) -> Timestamp {
        let rows = i64::try_from(row).unwrap_or(i64::MAX);
        Timestamp::from_micros(self.from.saturating_add(self.step.saturating_mul(rows)))
    }

    /// The stretch of `rows` steps from `place` on.
    pub(super) fn stretch(&self, series: &[Vec<f64>], (place, rows): (usize, usize)) -> Result<Stretch, Error> {
        let range = TimeRange::new(self.at(place), self.at(place + rows));
        let filter = LabelFilter { assets: Some(vec![self.asset]), range, limit: 1, ..LabelFilter::default() };
        let part = |column: &Vec<f64>| picture(column.get(place..place + rows).unwrap_or_default());
        Ok(Stretch {
            from: range.from.into(),
            to: range.to.into(),
            label: self.core.state.labels(&filter)?.pop().map(|stored| stored.label.label),
            values: series.iter().map(part).collect(),
        })
    }
}

/// The means of at most 64 equal parts.
#[allow(clippy::cast_possible_truncation, reason = "a picture needs no more digits")]
pub(super) fn picture(values: &[f64]) -> Vec<Option<f32>> {
    let each = values.len().div_ceil(PICTURE).max(1);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    values.chunks(each).map(mean).map(|v| v.is_finite().then_some(v as f32)).collect()
}

pub(super) fn refuse(what: &str, cure: &str) -> Error {
    Error::Refused { what: what.to_owned(), cure: cure.to_owned() }
}
