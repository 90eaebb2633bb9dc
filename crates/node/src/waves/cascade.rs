//! Spectra one behind the other: how the lines of a machine come and go.

use gemba_learn::wave::{Spectrum, Waterfall};
use gemba_plant::{Signal, SignalId, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::machine::Machine;
use super::transform::{Quantity, SpectrumWish, reference, take, too_short};
use super::{READ_MAX, Waves, read, samples, wave_at};
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

/// How a waterfall is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaterfallWish {
    /// Spectra at most.
    pub rows: usize,
    /// Columns at most.
    pub columns: usize,
    /// The highest frequency, Hz; the highest there is when none.
    pub top_hz: Option<f64>,
    /// Of what.
    pub quantity: Quantity,
    /// The band whose envelope is taken, Hz; the most impulsive one of the first waveform when none.
    pub band_hz: Option<(f64, f64)>,
}

/// Samples of a part of a spectrogram: a sixteenth of the block, within these bounds.
const PARTS_OF_BLOCK: usize = 16;
const PART_LEAST: usize = 256;
const PART_MOST: usize = 16_384;

impl Waves {
    /// Spectra of the parts of one waveform, which overlap by half, as a waterfall.
    ///
    /// # Errors
    /// When there is no such waveform or it is too short.
    pub async fn spectrogram(
        &self,
        signal: SignalId,
        at: Timestamp,
        wish: WaterfallWish,
    ) -> Result<WaterfallView, Error> {
        self.with(signal, move |core, signal| {
            let wave = wave_at(core, signal, at)?;
            let values = samples(&wave);
            let part = (values.len() / PARTS_OF_BLOCK).clamp(PART_LEAST, PART_MOST);
            let fall = Waterfall::of(&values, wave.rate_hz, part).ok_or_else(too_short)?;
            let (top, db_reference) = (wish.top_hz.unwrap_or(wave.rate_hz / 2.0), reference(signal));
            let step_hz = (top / wish.columns.max(1) as f64).max(fall.step_hz);
            let each = fall.rows.len().div_ceil(wish.rows.max(1)).max(1);
            #[allow(clippy::cast_possible_truncation, reason = "microseconds within a block")]
            let begins = |i: usize| at.micros() + (i as f64 * fall.step_s * 1e6) as i64;
            let shown = || fall.rows.iter().enumerate().step_by(each);
            let spectrum = |amplitudes: &Vec<f64>| Spectrum {
                step_hz: fall.step_hz,
                amplitudes: amplitudes.clone(),
                window: gemba_learn::wave::Window::Hann,
                averages: 1.0,
            };
            Ok(WaterfallView {
                times: shown().map(|(i, _)| begins(i)).collect(),
                step_hz,
                rows: shown().map(|(_, row_of)| row(&spectrum(row_of), (top, step_hz), db_reference)).collect(),
                unit: signal.unit.symbol().to_owned(),
                db_reference,
                left_out: fall.rows.len() - fall.rows.len().div_ceil(each),
            })
        })
        .await
    }

    /// Spectra of the waveforms that begin in a range, evenly thinned.
    ///
    /// # Errors
    /// When there is no such waveform signal, the lake cannot be read, or no waveform has the quantity.
    pub async fn waterfall(
        &self,
        signal: SignalId,
        range: TimeRange,
        wish: WaterfallWish,
    ) -> Result<WaterfallView, Error> {
        self.with(signal, move |core, signal| cascade(core, signal, range, wish)).await
    }
}

fn cascade(core: &Core, signal: &Signal, range: TimeRange, wish: WaterfallWish) -> Result<WaterfallView, Error> {
    let (unit, db_reference) = (signal.unit.symbol().to_owned(), reference(signal));
    let mut view = WaterfallView { unit, db_reference, ..WaterfallView::default() };
    let (from, to) = (range.from.micros(), range.to.micros().min(core.clock.now().micros()));
    let rows = i64::try_from(wish.rows.max(1)).unwrap_or(i64::MAX);
    let slot = (to.saturating_sub(from).saturating_add(rows - 1) / rows).max(1);
    let part = (to.saturating_sub(from) / PARTS).max(PART_LEAST_US);
    let (mut at, mut taken, mut top) = (from, None, wish.top_hz);
    // what the first waveform is taken by holds for all: else their lines could not be compared
    let mut first: Option<(Machine, SpectrumWish)> = None;
    while at < to {
        let end = at.saturating_add(part).min(to);
        let part = TimeRange::new(Timestamp::from_micros(at), Timestamp::from_micros(end));
        for wave in read(core, signal.id, part, READ_MAX)? {
            let place = wave.start.micros().saturating_sub(from) / slot;
            if taken == Some(place) {
                view.left_out += 1;
                continue;
            }
            let (machine, how) = first.get_or_insert_with(|| {
                let how = SpectrumWish { quantity: wish.quantity, band_hz: wish.band_hz, ..SpectrumWish::default() };
                (Machine::of(core, signal, wave.start), how)
            });
            let found = match take(signal, &wave, (&*machine, None), how) {
                Ok(found) => found,
                Err(_) if !view.rows.is_empty() || wish.quantity == Quantity::Amplitude => continue,
                Err(why) => return Err(why),
            };
            (how.band_hz, taken) = (found.band_hz, Some(place));
            (view.unit, view.db_reference) = (found.unit, found.db_reference);
            let (spectrum, db_reference) = (found.spectrum, found.db_reference);
            let highest = spectrum.step_hz * spectrum.amplitudes.len().saturating_sub(1) as f64;
            let top = *top.get_or_insert(top_of(wish.quantity, &spectrum).unwrap_or(highest));
            // columns are those of the first row; a later waveform may be longer or shorter
            if view.rows.is_empty() {
                view.step_hz = (top / wish.columns.max(1) as f64).max(spectrum.step_hz);
            }
            view.times.push(wave.start.micros());
            view.rows.push(row(&spectrum, (top, view.step_hz), db_reference));
        }
        at = end;
    }
    Ok(view)
}

/// Where the lines end that say something: above its band a velocity has none.
fn top_of(quantity: Quantity, spectrum: &Spectrum) -> Option<f64> {
    let last = spectrum.amplitudes.iter().rposition(|a| *a > 0.0)?;
    (quantity == Quantity::Velocity).then_some(last as f64 * spectrum.step_hz)
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
