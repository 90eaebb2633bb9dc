//! Stretches of an asset's stored past that look like a given one. The arithmetic is `learn`'s; here the data is found,
//! brought into equal steps and put beside the labels.

use gemba_act::LabelKind;
use gemba_learn::profile;
use gemba_learn::raster::Raster;
use gemba_plant::port::Past;
use gemba_plant::{AssetId, Batch, Signal, SignalId, SignalKind, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::node::Core;
use crate::state::LabelFilter;
use crate::{Error, Moment, Node};

/// Steps into which the stretch is cut, and the fewest that still show a shape.
const PATTERN_ROWS: i64 = 128;
const PATTERN_ROWS_MIN: usize = 16;
/// Steps of all signals together that are searched: about 200 MB while it lasts.
const CELLS_MAX: usize = 1 << 22;
/// Signals that are compared at once.
const SIGNALS_MAX: usize = 16;
/// Samples that are read for one search: some seconds.
const SAMPLES_MAX: u64 = 50_000_000;
/// Steps of a signal in the stretch that must hold a value of their own.
const FILLED_MIN: usize = 8;
/// Values of a signal in a picture.
const PICTURE: usize = 64;

/// What to look for.
#[derive(Clone, Debug)]
pub struct SimilarWish {
    /// The asset.
    pub asset: AssetId,
    /// Its signals that are compared; all that it measures when empty.
    pub signals: Vec<SignalId>,
    /// The stretch.
    pub like: TimeRange,
    /// Where to look; where there is data, when it has no ends.
    pub within: TimeRange,
    /// How many to find at most.
    pub count: usize,
}

/// Stretches that look alike.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Similar {
    /// The signals that were compared.
    pub signals: Vec<SignalId>,
    /// Signals that could not be compared, and why.
    pub left_out: Vec<LeftOut>,
    /// The length of a step, microseconds.
    pub step_us: i64,
    /// Steps in the stretch.
    pub rows: usize,
    /// Where was looked: from here …
    pub from: Moment,
    /// … to here.
    pub to: Moment,
    /// The stretch itself: the values of each signal, for a small picture.
    pub values: Vec<Vec<Option<f32>>>,
    /// What was found, the nearest first; none overlaps another or the stretch itself.
    pub found: Vec<Found>,
}

/// A signal that could not be compared.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LeftOut {
    /// The signal.
    pub signal: SignalId,
    /// Why, in words.
    pub why: String,
}

/// A stretch that looks alike.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SimilarStretch")]
pub struct Found {
    /// Its begin.
    pub from: Moment,
    /// Its end.
    pub to: Moment,
    /// The Euclidean distance of the values about their mean over their spread, root mean square over the signals.
    pub distance: f64,
    /// The mean correlation of the signals: 1 for the same shape, 0 for shapes with nothing in common.
    pub likeness: f64,
    /// How strongly it moves, as a multiple of the stretch: the median over the signals.
    pub strength: f64,
    /// A label of the asset that it touches.
    pub label: Option<LabelKind>,
    /// The values of each signal, for a small picture.
    pub values: Vec<Vec<Option<f32>>>,
}

impl Node {
    /// Looks for stretches like a given one. Blocks for the disk and computes for seconds.
    ///
    /// # Errors
    /// When there is no such asset or signal, the stretch holds too little, too much is asked for, or the store cannot
    /// be read.
    pub fn similar(&self, wish: &SimilarWish) -> Result<Similar, Error> {
        Search::prepare(self.core(), wish)?.run(wish)
    }
}

/// A stretch whose signals can be compared, and where to look.
struct Search<'a> {
    core: &'a Core,
    signals: Vec<Signal>,
    left_out: Vec<LeftOut>,
    /// The stretch in steps, a column a signal.
    query: Vec<Vec<f64>>,
    from: i64,
    to: i64,
    step: i64,
}

impl<'a> Search<'a> {
    fn prepare(core: &'a Core, wish: &SimilarWish) -> Result<Self, Error> {
        let signals = signals(core, wish)?;
        let length = wish.like.to.micros().saturating_sub(wish.like.from.micros());
        if length <= 0 {
            return Err(refuse("the stretch has no length", "give a begin and a later end"));
        }
        let within = bounded(core, &signals, wish.within)?;
        let (from, to) = (within.from.micros(), within.to.micros());
        let most = i64::try_from(CELLS_MAX / signals.len().max(1)).unwrap_or(i64::MAX).max(1);
        let step = (length / PATTERN_ROWS).max(to.saturating_sub(from) / most + 1);
        let rows = usize::try_from(length / step).unwrap_or(0);
        if rows < PATTERN_ROWS_MIN {
            return Err(refuse(
                "the stretch is too short for so long a search",
                "search a shorter time, or fewer signals",
            ));
        }
        let (mut kept, mut left_out, mut query) = (Vec::new(), Vec::new(), Vec::new());
        let rasters = read(core, &signals, (wish.like.from.micros(), step, rows))?;
        for (signal, raster) in signals.into_iter().zip(rasters) {
            let values = raster.values();
            if let Some(why) = unfit(&raster, &values) {
                left_out.push(LeftOut { signal: signal.id, why: why.to_owned() });
            } else {
                kept.push(signal);
                query.push(values);
            }
        }
        if query.is_empty() {
            return Err(refuse(
                "no signal of the asset has a shape in this stretch",
                "choose a stretch without gaps in which something moves",
            ));
        }
        // steps of the search lie on those of the stretch, so that it would find itself exactly
        let from = from.saturating_sub((from.saturating_sub(wish.like.from.micros())).rem_euclid(step));
        Ok(Self { core, signals: kept, left_out, query, from, to, step })
    }

    fn run(self, wish: &SimilarWish) -> Result<Similar, Error> {
        let length = usize::try_from(self.to.saturating_sub(self.from) / self.step + 1).unwrap_or(0);
        let rasters = read(self.core, &self.signals, (self.from, self.step, length))?;
        let series: Vec<Vec<f64>> = rasters.iter().map(Raster::values).collect();
        drop(rasters);
        let rows = self.query.first().map_or(0, Vec::len);
        let distances =
            profile::distances(&self.query, &series).map_err(|e| refuse(&e.to_string(), "choose another stretch"))?;
        let own = usize::try_from((wish.like.from.micros() - self.from) / self.step);
        let taken: Vec<usize> = own.into_iter().collect();
        let matches = profile::nearest(&distances, rows, &taken, wish.count);
        let places: Vec<usize> = matches.iter().map(|m| m.place).collect();
        let strengths = profile::strengths(&self.query, &series, &places);
        let found = matches.iter().zip(strengths).map(|(one, strength)| {
            let from = self.from + self.step * i64::try_from(one.place).unwrap_or(0);
            let to = from + self.step * i64::try_from(rows).unwrap_or(0);
            let range = TimeRange::new(Timestamp::from_micros(from), Timestamp::from_micros(to));
            let part = |column: &Vec<f64>| picture(column.get(one.place..one.place + rows).unwrap_or_default());
            Ok(Found {
                from: range.from.into(),
                to: range.to.into(),
                distance: one.distance,
                likeness: profile::likeness(one.distance, rows),
                strength,
                label: self.label(wish.asset, range)?,
                values: series.iter().map(part).collect(),
            })
        });
        Ok(Similar {
            found: found.collect::<Result<_, Error>>()?,
            signals: self.signals.iter().map(|s| s.id).collect(),
            left_out: self.left_out,
            step_us: self.step,
            rows,
            from: Timestamp::from_micros(self.from).into(),
            to: Timestamp::from_micros(self.to).into(),
            values: self.query.iter().map(|column| picture(column)).collect(),
        })
    }

    fn label(&self, asset: AssetId, range: TimeRange) -> Result<Option<LabelKind>, Error> {
        let filter = LabelFilter { assets: Some(vec![asset]), range, limit: 1, ..LabelFilter::default() };
        Ok(self.core.state.labels(&filter)?.pop().map(|stored| stored.label.label))
    }
}

/// The signals to compare: those named, which must be the asset's, or all that it measures.
fn signals(core: &Core, wish: &SimilarWish) -> Result<Vec<Signal>, Error> {
    let catalogue = core.registry.catalogue();
    if catalogue.asset(wish.asset).is_none() {
        return Err(Error::NotFound { what: "asset", name: wish.asset.to_string() });
    }
    let number = |s: &&Signal| matches!(s.kind, SignalKind::Gauge | SignalKind::SetPoint | SignalKind::Counter);
    if wish.signals.is_empty() {
        let measured = |s: &&Signal| s.kind == SignalKind::Gauge && s.binding.is_some();
        let all: Vec<Signal> = catalogue.signals_of(wish.asset).filter(measured).take(SIGNALS_MAX).cloned().collect();
        return if all.is_empty() {
            Err(refuse("the asset measures nothing that could be compared", "choose an asset with signals"))
        } else {
            Ok(all)
        };
    }
    if wish.signals.len() > SIGNALS_MAX {
        return Err(refuse(&format!("{} signals are named, {SIGNALS_MAX} can be", wish.signals.len()), "name fewer"));
    }
    let one = |id: &SignalId| {
        let found = catalogue.signal(*id).filter(|s| s.asset == wish.asset).filter(number);
        found.cloned().ok_or_else(|| Error::NotFound { what: "signal of the asset with numbers", name: id.to_string() })
    };
    wish.signals.iter().map(one).collect()
}

/// The range, where it has an end; else to the ends of what is stored.
fn bounded(core: &Core, signals: &[Signal], range: TimeRange) -> Result<TimeRange, Error> {
    let ids: Vec<SignalId> = signals.iter().map(|s| s.id).collect();
    let snapshot = core.store.snapshot(Some(&ids), range).map_err(|e| Error::part("store", &e))?;
    let hot = snapshot.hot.iter().filter_map(Batch::time_range);
    let stored: Vec<TimeRange> = hot.chain(snapshot.files.iter().map(|file| file.range)).collect();
    let none = || refuse("nothing is stored where it is looked", "search another time");
    let first = stored.iter().map(|r| r.from).min().ok_or_else(none)?;
    let last = stored.iter().map(|r| r.to).max().ok_or_else(none)?;
    Ok(TimeRange::new(range.from.max(first), range.to.min(last)))
}

/// What is stored of each signal, in `rows` steps.
fn read(core: &Core, signals: &[Signal], (from, step, rows): (i64, i64, usize)) -> Result<Vec<Raster>, Error> {
    let span = step.saturating_mul(i64::try_from(rows).unwrap_or(i64::MAX));
    let range = TimeRange::new(Timestamp::from_micros(from), Timestamp::from_micros(from.saturating_add(span)));
    let mut rasters = vec![Raster::new(from, step, rows); signals.len()];
    let ids: Vec<SignalId> = signals.iter().map(|s| s.id).collect();
    let mut samples = 0_u64;
    for batch in core.store.samples(&ids, range).map_err(|e| Error::part("store", e.as_ref()))? {
        let batch = batch.map_err(|e| Error::part("store", e.as_ref()))?;
        samples += batch.len() as u64;
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

/// Why a signal cannot be compared.
fn unfit(raster: &Raster, values: &[f64]) -> Option<&'static str> {
    let first = values.first().copied().unwrap_or(f64::NAN);
    if raster.filled() < FILLED_MIN {
        return Some("it has too few values in this stretch");
    }
    if values.iter().any(|v| v.is_nan()) {
        return Some("it has a gap in this stretch");
    }
    values.iter().all(|v| (v - first).abs() <= 0.0).then_some("it does not move in this stretch")
}

/// The means of at most 64 equal parts.
#[allow(clippy::cast_possible_truncation, reason = "a picture needs no more digits")]
fn picture(values: &[f64]) -> Vec<Option<f32>> {
    let each = values.len().div_ceil(PICTURE).max(1);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    values.chunks(each).map(mean).map(|v| v.is_finite().then_some(v as f32)).collect()
}

fn refuse(what: &str, cure: &str) -> Error {
    Error::Refused { what: what.to_owned(), cure: cure.to_owned() }
}
