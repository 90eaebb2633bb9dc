//! MASS: the distance of one window to every window of a series, by one multiplication of spectra.

use super::distance;
use super::window::Windows;
use crate::wave::fft::{backward, fast_length, forward};
use crate::{Error, stats};

/// The fewest values that have a shape.
const ROWS_MIN: usize = 4;

/// The distance of `query` to each window of `series`, both given as one column for each signal in the same order and on
/// the same grid; infinite where a value is missing. One entry for each place where a window can begin.
///
/// # Errors
/// When the query has fewer than four rows, a missing value or no signal that moves, or the signals are not the same.
pub fn distances(query: &[Vec<f64>], series: &[Vec<f64>]) -> Result<Vec<f64>, Error> {
    let rows = query.iter().map(Vec::len).min().unwrap_or(0);
    if rows < ROWS_MIN {
        return Err(Error::TooFewRows { what: "a shape", found: rows, needed: ROWS_MIN });
    }
    if query.len() != series.len() {
        return Err(Error::Width { what: "the series", found: series.len(), expected: query.len() });
    }
    let moves = query.iter().any(|q| stats::variance(q) > 0.0);
    if !moves || query.iter().flatten().any(|v| !v.is_finite()) {
        let usable = query.iter().flatten().filter(|v| v.is_finite()).count();
        return Err(Error::TooFewRows { what: "a shape that moves", found: usable / query.len().max(1), needed: rows });
    }
    let places = series.iter().map(Vec::len).min().unwrap_or(0).saturating_sub(rows - 1);
    let mut sum = vec![0.0; places];
    for (query, series) in query.iter().zip(series) {
        let shape = shape(query.get(..rows).unwrap_or_default());
        let windows = Windows::of(series, rows);
        let dots = sliding_dots(&shape, &windows.values);
        let flat = !shape.iter().any(|v| v.abs() > 0.0);
        let places = dots.iter().zip(&windows.norms).zip(&windows.whole);
        for (sum, ((dot, norm), whole)) in sum.iter_mut().zip(places) {
            *sum += match (whole, flat, *norm > 0.0) {
                (false, ..) => f64::NAN,
                (_, true, false) => 1.0,
                (_, false, true) => (dot / norm).clamp(-1.0, 1.0),
                _ => 0.5,
            };
        }
    }
    let count = query.len() as f64;
    let far = |sum: f64| if sum.is_nan() { f64::INFINITY } else { distance(sum / count, rows) };
    Ok(sum.into_iter().map(far).collect())
}

/// How strongly each window of `series` moves, as a multiple of the query: the median over the signals that move in it.
pub fn strengths(query: &[Vec<f64>], series: &[Vec<f64>], places: &[usize]) -> Vec<f64> {
    let spread = |column: &[f64]| stats::variance(column).sqrt();
    let at = |place: &usize| {
        let pairs = query.iter().zip(series).filter_map(|(q, s)| Some((spread(q), s.get(*place..place + q.len())?)));
        let ratios: Vec<f64> = pairs.filter(|(own, _)| *own > 0.0).map(|(own, w)| spread(w) / own).collect();
        stats::median(&ratios)
    };
    places.iter().map(at).collect()
}

/// The values about their mean over the root of their sum of squares; zeros when they never change.
fn shape(query: &[f64]) -> Vec<f64> {
    let windows = Windows::of(query, query.len());
    let norm = windows.norms.first().copied().unwrap_or(0.0);
    windows.values.into_iter().map(|v| if norm > 0.0 { v / norm } else { 0.0 }).collect()
}

/// Σⱼ query[j]·series[i + j] for each i where all terms are there.
fn sliding_dots(query: &[f64], series: &[f64]) -> Vec<f64> {
    let places = (series.len() + 1).saturating_sub(query.len());
    let len = fast_length(series.len() + query.len());
    let lines = |mut values: Vec<f64>| {
        values.resize(len, 0.0);
        forward(values)
    };
    let product = lines(series.to_vec()).zip(lines(query.iter().rev().copied().collect()));
    let lines = product.map(|(a, b)| a.into_iter().zip(b).map(|(a, b)| a * b).collect());
    let dots = lines.and_then(|lines| backward(lines, len)).unwrap_or_default();
    dots.into_iter().skip(query.len().saturating_sub(1)).take(places).collect()
}
