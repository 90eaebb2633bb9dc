//! Spectra one behind the other: how the lines of a machine come and go.

use gemba_learn::wave::Spectrum;
use gemba_plant::{Signal, SignalId, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::spectrum::reference;
use super::{READ_MAX, Waves, read, samples};
use crate::Error;
use crate::node::Core;

/// The range is read in this many parts at most.
const PARTS: i64 = 64;
/// A part is at least this long, so that no file is opened too often, µs.
const PART_LEAST_US: i64 = 900_000_000;

/// Spectra of waveforms in order of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct WaterfallView {
    /// When each waveform begins, microseconds since the epoch.
    pub times: Vec<i64>,
    /// From one column to the next, Hz.
    pub step_hz: f64,
    /// For each waveform its spectrum, dB over `db_reference`: the highest line of each column, to a tenth.
    pub rows: Vec<Vec<f32>>,
    /// The unit of the amplitudes.
    pub unit: String,
    /// 0 dB in that unit.
    pub db_reference: f64,
    /// Waveforms in the range that were left out, to be no more than what was asked for.
    pub left_out: usize,
}

impl Waves {
    /// Spectra of the waveforms that begin in a range, evenly thinned to at most `rows`, from 0 to `top_hz` (half the
    /// rate of the first when none) in at most `columns`.
    ///
    /// # Errors
    /// When there is no such waveform signal or the lake cannot be read.
    pub async fn waterfall(
        &self,
        signal: SignalId,
        range: TimeRange,
        (rows, columns): (usize, usize),
        top_hz: Option<f64>,
    ) -> Result<WaterfallView, Error> {
        self.with(signal, move |core, signal| cascade(core, signal, range, (rows.max(1), columns.max(1)), top_hz)).await
    }
}

fn cascade(
    core: &Core,
    signal: &Signal,
    range: TimeRange,
    (rows, columns): (usize, usize),
    top_hz: Option<f64>,
) -> Result<WaterfallView, Error> {
    let db_reference = reference(signal);
    let mut view = WaterfallView { unit: signal.unit.symbol().to_owned(), db_reference, ..WaterfallView::default() };
    let (from, to) = (range.from.micros(), range.to.micros().min(core.clock.now().micros()));
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let slot = (to.saturating_sub(from).saturating_add(rows - 1) / rows).max(1);
    let part = (to.saturating_sub(from) / PARTS).max(PART_LEAST_US);
    let (mut at, mut taken, mut top) = (from, None, top_hz);
    while at < to {
        let end = at.saturating_add(part).min(to);
        let part = TimeRange::new(Timestamp::from_micros(at), Timestamp::from_micros(end));
        for wave in read(core, signal.id, part, READ_MAX)? {
            let place = wave.start.micros().saturating_sub(from) / slot;
            if taken == Some(place) {
                view.left_out += 1;
                continue;
            }
            let Some(spectrum) = Spectrum::of(&samples(&wave), wave.rate_hz) else { continue };
            taken = Some(place);
            let top = *top.get_or_insert(wave.rate_hz / 2.0);
            // columns are those of the first row; a later waveform may be longer or shorter
            if view.rows.is_empty() {
                view.step_hz = (top / columns as f64).max(spectrum.step_hz);
            }
            view.times.push(wave.start.micros());
            view.rows.push(row(&spectrum, (top, view.step_hz), db_reference));
        }
        at = end;
    }
    Ok(view)
}

fn row(spectrum: &Spectrum, (top, step): (f64, f64), db_reference: f64) -> Vec<f32> {
    let mut columns: Vec<f32> = Vec::new();
    for ((hz, _), db) in spectrum.frequencies().zip(spectrum.db(db_reference)).take_while(|((hz, _), _)| *hz <= top) {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a column; frequencies are not negative"
        )]
        let (column, db) = ((hz / step).round() as usize, (db * 10.0).round() as f32 / 10.0);
        if columns.len() <= column {
            columns.resize(column + 1, f32::NEG_INFINITY);
        }
        if let Some(held) = columns.get_mut(column) {
            *held = held.max(db);
        }
    }
    // a column between two lines of a short waveform takes its left neighbour
    let mut left = f32::MIN;
    for value in &mut columns {
        left = if value.is_finite() { *value } else { left };
        *value = left;
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_the_highest_line_of_a_column() {
        let tone = |n: u32| -> Vec<f64> {
            (0..n).map(|i| (std::f64::consts::TAU * 100.0 * f64::from(i) / 1000.0).sin()).collect()
        };
        let spectrum = Spectrum::of(&tone(1000), 1000.0).unwrap();
        let wide = row(&spectrum, (400.0, 8.0), 1.0);
        assert_eq!(wide.len(), 51);
        let highest = (0..wide.len()).max_by(|a, b| wide[*a].total_cmp(&wide[*b])).unwrap();
        assert!((100_usize.abs_diff(highest * 8)) <= 4 && wide[highest].abs() < 0.1, "{highest}");
        let short = Spectrum::of(&tone(100), 1000.0).unwrap();
        assert!(row(&short, (400.0, 4.0), 1.0).iter().all(|v| v.is_finite()));
    }
}
