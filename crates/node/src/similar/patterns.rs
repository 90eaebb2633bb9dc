//! What comes again and what stands alone in an asset's stored past: the matrix profile of a range with itself.

use gemba_act::LabelKind;
use gemba_learn::profile::{Join, likeness};
use gemba_learn::raster::Raster;
use gemba_plant::{AssetId, SignalId, TimeRange};
use schemars::JsonSchema;
use serde::Serialize;

use super::LeftOut;
use super::stored::{Steps, bounded, fit, read, refuse, signals};
use crate::backtest::{Progress, stopped};
use crate::node::Core;
use crate::{Error, Moment, Node};

/// Steps of a window, and the fewest that still show a shape.
const WINDOW_ROWS: i64 = 64;
const WINDOW_ROWS_MIN: usize = 16;
/// Pairs of windows times signals that are compared: some seconds of one core.
const WORK_MAX: f64 = 1e9;
/// The part of the work that reading is taken for.
const READING: f64 = 0.2;
/// The length of a window, when nobody says, as a part of the range.
const WINDOW_PART: i64 = 50;
/// Values of its own that a signal must have in a window on average: a step from one value to the next is no course.
const VALUES_MIN: usize = 8;

/// Where to look, and for how long a course.
#[derive(Clone, Debug)]
pub struct PatternsWish {
    /// The asset.
    pub asset: AssetId,
    /// Its signals that are compared; all that it measures when empty.
    pub signals: Vec<SignalId>,
    /// Where to look; where there is data, when it has no ends.
    pub within: TimeRange,
    /// The length of a course, microseconds; a fiftieth of the range when none.
    pub window_us: Option<i64>,
    /// How many of either kind to find at most.
    pub count: usize,
}

/// What comes again and what stands alone.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Patterns {
    /// The signals that were compared.
    pub signals: Vec<SignalId>,
    /// Signals that could not be compared, and why.
    pub left_out: Vec<LeftOut>,
    /// The length of a step, microseconds.
    pub step_us: i64,
    /// Steps in a window.
    pub rows: usize,
    /// Where was looked: from here …
    pub from: Moment,
    /// … to here.
    pub to: Moment,
    /// What recurs: pairs of stretches that are nearest to each other, the nearest first.
    pub recurring: Vec<Recurring>,
    /// What stands alone: stretches whose nearest other one is farthest away, the oddest first.
    pub odd: Vec<Odd>,
}

/// A stretch of time.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PatternStretch")]
pub struct Stretch {
    /// Its begin.
    pub from: Moment,
    /// Its end.
    pub to: Moment,
    /// A label of the asset that it touches.
    pub label: Option<LabelKind>,
    /// The values of each signal, for a small picture.
    pub values: Vec<Vec<Option<f32>>>,
}

/// Two stretches that look alike.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RecurringStretch")]
pub struct Recurring {
    /// One of them.
    pub one: Stretch,
    /// The other.
    pub other: Stretch,
    /// Their distance: values about their mean over their spread, root mean square over the signals.
    pub distance: f64,
    /// The mean correlation of their signals: 1 for the same shape.
    pub likeness: f64,
}

/// A stretch that nothing else looks like.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OddStretch")]
pub struct Odd {
    /// The stretch.
    pub stretch: Stretch,
    /// The distance of the nearest other stretch.
    pub distance: f64,
    /// The mean correlation with that.
    pub likeness: f64,
}

impl Node {
    /// Looks for what recurs and what stands alone. Blocks for the disk and computes for seconds. `progress` is told the
    /// share that is done, 0–1, and answers whether to go on.
    ///
    /// # Errors
    /// When there is no such asset or signal, the range holds too little, the window does not fit it, `progress` says stop,
    /// or the store cannot be read.
    pub fn patterns(&self, wish: &PatternsWish, progress: Progress<'_>) -> Result<Patterns, Error> {
        Look::prepare(self.core(), wish, progress)?.run(wish, progress)
    }
}

/// A range in steps.
struct Look<'a> {
    steps: Steps<'a>,
    signals: Vec<SignalId>,
    left_out: Vec<LeftOut>,
    series: Vec<Vec<f64>>,
    rows: usize,
}

impl<'a> Look<'a> {
    fn prepare(core: &'a Core, wish: &PatternsWish, progress: Progress<'_>) -> Result<Self, Error> {
        let all = signals(core, wish.asset, &wish.signals)?;
        let within = bounded(core, &all, wish.within)?;
        let from = within.from.micros();
        let span = within.to.micros().saturating_sub(from);
        let window = wish.window_us.unwrap_or(span / WINDOW_PART).max(1);
        let step = (window / WINDOW_ROWS).max(span / steps_max(all.len()) + 1);
        let rows = usize::try_from(window / step).unwrap_or(0);
        let length = usize::try_from(span / step + 1).unwrap_or(0);
        if rows < WINDOW_ROWS_MIN {
            return Err(refuse(
                "the course is too short for so long a time",
                "look at a shorter time, a longer course, or fewer signals",
            ));
        }
        if length < 2 * rows {
            return Err(refuse(
                "the course is longer than half of the time",
                "choose a shorter course or a longer time",
            ));
        }
        let rasters = read(core, &all, (from, step, length), &|share| progress(READING * share))?;
        let (kept, series, left_out) = fit(all, &rasters, |raster, values| unfit(raster, values, rows));
        if series.is_empty() {
            let why = left_out.first().map_or("it measures nothing", |one| one.why.as_str());
            return Err(refuse(
                &format!("no signal of the asset can be compared: {why}"),
                "choose a time in which it was at work, or a longer course",
            ));
        }
        let steps = Steps { core, asset: wish.asset, from, step };
        Ok(Self { steps, signals: kept.iter().map(|signal| signal.id).collect(), left_out, series, rows })
    }

    fn run(self, wish: &PatternsWish, progress: Progress<'_>) -> Result<Patterns, Error> {
        let share = |part: f64| progress(READING + (1.0 - READING) * part);
        let mut join = Join::watched(&self.series, self.rows, &share).map_err(|error| match error {
            gemba_learn::Error::Stopped { .. } => stopped(),
            other => refuse(&other.to_string(), "choose a longer time"),
        })?;
        for (place, distance) in join.distances.iter_mut().enumerate() {
            // that nothing happens twice is no pattern
            if self.series.iter().all(|column| stands_still(column, place, self.rows)) {
                *distance = f64::INFINITY;
            }
        }
        let recurring = join.motifs(wish.count).into_iter().map(|(one, other)| {
            Ok(Recurring {
                one: self.stretch(one.place)?,
                other: self.stretch(other)?,
                distance: one.distance,
                likeness: likeness(one.distance, self.rows),
            })
        });
        let odd = join.discords(wish.count).into_iter().map(|one| {
            Ok(Odd {
                stretch: self.stretch(one.place)?,
                distance: one.distance,
                likeness: likeness(one.distance, self.rows),
            })
        });
        let length = self.series.first().map_or(0, Vec::len);
        Ok(Patterns {
            recurring: recurring.collect::<Result<_, Error>>()?,
            odd: odd.collect::<Result<_, Error>>()?,
            step_us: self.steps.step,
            rows: self.rows,
            from: self.steps.at(0).into(),
            to: self.steps.at(length).into(),
            signals: self.signals,
            left_out: self.left_out,
        })
    }

    fn stretch(&self, place: usize) -> Result<Stretch, Error> {
        self.steps.stretch(&self.series, (place, self.rows))
    }
}

/// Steps that the work allows for so many signals: it grows with their square.
#[allow(clippy::cast_possible_truncation, reason = "some ten thousand")]
fn steps_max(signals: usize) -> i64 {
    (2.0 * WORK_MAX / signals.max(1) as f64).sqrt() as i64
}

/// Why a signal cannot be compared.
fn unfit(raster: &Raster, values: &[f64], rows: usize) -> Option<&'static str> {
    if raster.filled() * rows < VALUES_MIN * values.len() {
        return Some("it has too few values for so short a course");
    }
    let mut known = values.iter().filter(|v| !v.is_nan());
    let first = known.next().copied().unwrap_or(f64::NAN);
    if 2 * values.iter().filter(|v| v.is_nan()).count() > values.len() {
        return Some("it has no values for most of this time");
    }
    known.all(|v| (v - first).abs() <= 0.0).then_some("it does not move in this time")
}

/// Whether a signal keeps its value in a window.
fn stands_still(column: &[f64], place: usize, rows: usize) -> bool {
    let window = column.get(place..place + rows).unwrap_or_default();
    window.first().is_some_and(|first| window.iter().all(|v| (v - first).abs() <= 0.0))
}
