//! Stretches of an asset's stored past that look like a given one. The arithmetic is `learn`'s; here the data is found,
//! brought into equal steps and put beside the labels.

mod patterns;
pub(crate) mod stored;

use gemba_act::LabelKind;
use gemba_learn::profile;
use gemba_learn::raster::Raster;
use gemba_plant::{AssetId, Signal, SignalId, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

pub use patterns::{Odd, Patterns, PatternsWish, Recurring, Stretch};

use self::stored::{Steps, bounded, fit, picture, read, refuse, signals};
use crate::node::Core;
use crate::{Error, Moment, Node};

/// Steps into which the stretch is cut, and the fewest that still show a shape.
const PATTERN_ROWS: i64 = 128;
const PATTERN_ROWS_MIN: usize = 16;
/// Steps of all signals together that are searched: about 200 MB while it lasts.
const CELLS_MAX: usize = 1 << 22;
/// Steps of a signal in the stretch that must hold a value of their own.
const FILLED_MIN: usize = 8;

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
        let signals = signals(core, wish.asset, &wish.signals)?;
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
        let rasters = read(core, &signals, (wish.like.from.micros(), step, rows), &|_| true)?;
        let (kept, query, left_out) = fit(signals, &rasters, unfit);
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
        let rasters = read(self.core, &self.signals, (self.from, self.step, length), &|_| true)?;
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
        let steps = Steps { core: self.core, asset: wish.asset, from: self.from, step: self.step };
        let found = matches.iter().zip(strengths).map(|(one, strength)| {
            let Stretch { from, to, label, values } = steps.stretch(&series, (one.place, rows))?;
            let likeness = profile::likeness(one.distance, rows);
            Ok(Found { from, to, distance: one.distance, likeness, strength, label, values })
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
