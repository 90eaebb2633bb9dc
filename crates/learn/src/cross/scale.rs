//! Whether a reading is on another scale.
//!
//! A factor that somebody sets is one of few: a power of ten, another unit. Any other is believed only where the sensor's noise
//! did not go with its level and now has grown with it: whatever a machine does, noise of that kind stays. And what the
//! signal read while all was well is no other scale.

use super::Cross;
use super::recent::{FIT, Recent};
use super::repair::{Repair, Suspects};
use crate::stats;

/// Powers of ten that a range is off by.
const DECADES: [(f64, f64); 3] = [(10.0, 0.0), (100.0, 0.0), (1000.0, 0.0)];
/// How far a factor may be off one that is known.
const OFF: f64 = 0.03;
/// The least factor that is called another scale.
const GAIN_MIN: f64 = 1.5;
/// How many half intervals an estimate must lie from 0 for a factor to mean something.
const FAR_FROM_ZERO: f64 = 2.0;
/// The share of its movement that the others must explain for a factor that nobody knows.
const SKILL: f64 = 0.8;

/// The other scale that `column` is on.
pub(super) fn of(recent: &Recent, model: &Cross, column: usize, suspects: &Suspects<'_>) -> Option<Repair> {
    if recent.share(|row| model.fits_without(row, column)) < FIT {
        return None;
    }
    let known = (suspects.scales)(column);
    let moved = known.iter().filter(|(_, offset)| moves(*offset));
    let mut moved = moved.map(|(gain, offset)| Repair::Scaled { column, gain: *gain, offset: *offset });
    if let Some(found) = moved.find(|repair| recent.explains(model, *repair)) {
        return Some(found);
    }
    let gain = gain(recent, model, column)?;
    let gain = set(known, gain).or_else(|| Some(gain).filter(|gain| any(model, column, *gain, suspects)))?;
    let found = Repair::Scaled { column, gain, offset: 0.0 };
    let told = !was_there(recent, model, column) && noise_follows(recent, model, column, gain);
    (told && recent.explains(model, found)).then_some(found)
}

/// Whether a scale has another zero.
fn moves(offset: f64) -> bool {
    offset.abs() > 0.0
}

/// How many times what the others make of it a column reads.
fn gain(recent: &Recent, model: &Cross, column: usize) -> Option<f64> {
    let pair = |row: &[f64]| {
        let e = model.estimates(row, &[column]).pop().filter(|e| e.value.abs() > FAR_FROM_ZERO * e.half)?;
        Some(row.get(column)? / e.value)
    };
    let ratios: Vec<f64> = recent.rows().filter_map(pair).collect();
    let enough = ratios.len() as f64 >= FIT * recent.rows().count() as f64;
    enough.then(|| stats::median(&ratios)).filter(|gain| *gain > 0.0)
}

/// The factor that somebody sets which is meant.
fn set(known: &[(f64, f64)], gain: f64) -> Option<f64> {
    let scales = known.iter().chain(&DECADES).filter(|(_, offset)| !moves(*offset));
    scales.flat_map(|(scale, _)| [*scale, 1.0 / scale]).find(|scale| (gain / scale - 1.0).abs() < OFF)
}

/// Whether a factor that nobody sets may be one.
fn any(model: &Cross, column: usize, gain: f64, suspects: &Suspects<'_>) -> bool {
    let strong = model.signal(column).is_some_and(|s| s.steady && s.skill >= SKILL);
    strong && (gain >= GAIN_MIN || gain <= 1.0 / GAIN_MIN) && (suspects.any)(column, gain > 1.0)
}

/// Whether the signal read what it reads now while all was well.
fn was_there(recent: &Recent, model: &Cross, column: usize) -> bool {
    let values: Vec<f64> = recent.after().filter_map(|row| row.get(column).copied()).collect();
    let now = stats::median(&values);
    model.signal(column).is_some_and(|s| (s.low..=s.high).contains(&now))
}

/// Whether the steps from row to row have grown by the factor rather than stayed.
fn noise_follows(recent: &Recent, model: &Cross, column: usize, gain: f64) -> bool {
    let Some(learned) = model.signal(column).map(|s| s.step) else { return false };
    let values: Vec<f64> = recent.after().filter_map(|row| row.get(column).copied()).collect();
    let steps: Vec<f64> = values.iter().zip(values.iter().skip(1)).map(|(a, b)| (b - a).abs()).collect();
    let grown = (stats::mean(&steps) / learned).ln();
    grown.is_finite() && (grown - gain.ln()).abs() < grown.abs()
}
