//! One waveform in the frequency domain.

use gemba_learn::wave::peaks::{named, standing_out};
use gemba_learn::wave::{Analytic, Band, Spectrum, kurtogram, most_impulsive};
use gemba_plant::{Signal, SignalId, Timestamp, Waveform};
use schemars::JsonSchema;
use serde::Serialize;

use super::bands::{MarkedBand, marked};
use super::machine::{Machine, speed_over};
use super::transform::{Fade, Quantity, SpectrumWish, Taken, narrowest_hz, take, too_short};
use super::{SAMPLES_MAX, Waves, samples, wave_at};
use crate::Error;
use crate::node::Core;

/// Peaks told at most: a page's worth.
const PEAKS_MAX: usize = 24;
/// A spectrum.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SpectrumView {
    /// Of what.
    pub quantity: Quantity,
    /// Through which window.
    pub window: Fade,
    /// Parts of the block that were averaged.
    pub averages: usize,
    /// How orders were tracked, in words; none when they were not asked for.
    pub tracked: Option<String>,
    /// The unit of the amplitudes, as people read it.
    pub unit: String,
    /// 0 dB in that unit (ISO 1683), or 1 where the standard has none.
    pub db_reference: f64,
    /// Distance of two lines, Hz; of tracked orders, Hz at the speed of the machine below.
    pub step_hz: f64,
    /// The highest frequency there is, Hz.
    pub top_hz: f64,
    /// Where each point lies, Hz: a line, or the highest of a stretch of lines.
    pub hz: Vec<f64>,
    /// Its amplitude (peak, not r.m.s.).
    pub amplitudes: Vec<f64>,
    /// The band whose envelope was taken, Hz.
    pub band_hz: Option<(f64, f64)>,
    /// Lines that stand out of the noise, highest first.
    pub peaks: Vec<PeakView>,
    /// The bands that a person marked.
    pub marked: Vec<MarkedBand>,
    /// The machine at that time.
    pub machine: Machine,
}

/// A line that stands out.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PeakView {
    /// Where, Hz.
    pub hz: f64,
    /// In turns of the shaft.
    pub order: Option<f64>,
    /// Its amplitude.
    pub amplitude: f64,
    /// Height above the noise around it, dB.
    pub db: f64,
    /// What turns or strikes at this frequency; none when nothing known does.
    pub name: Option<String>,
}

/// How impulsive each band is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct KurtogramView {
    /// The highest frequency, Hz.
    pub top_hz: f64,
    /// The bands, level by level, from low to high.
    pub bands: Vec<BandView>,
    /// The most impulsive one.
    pub best: Option<BandView>,
}

/// A band of a kurtogram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BandView {
    /// Lower edge, Hz.
    pub from_hz: f64,
    /// Upper edge, Hz.
    pub to_hz: f64,
    /// Kurtosis of its envelope, less that of noise: 0 for noise, above for impacts.
    pub kurtosis: f64,
    /// How many standard deviations of noise that is.
    pub sigmas: f64,
}

impl From<Band> for BandView {
    fn from(band: Band) -> Self {
        Self { from_hz: band.hz.0, to_hz: band.hz.1, kurtosis: band.kurtosis, sigmas: band.sigmas }
    }
}

impl Waves {
    /// A spectrum of the waveform that begins at `at`.
    ///
    /// # Errors
    /// When there is no such waveform, it is too short, or the quantity cannot be had of its unit.
    pub async fn spectrum(&self, signal: SignalId, at: Timestamp, wish: SpectrumWish) -> Result<SpectrumView, Error> {
        self.with(signal, move |core, signal| {
            let wave = wave_at(core, signal, at)?;
            view(core, signal, &wave, &wish)
        })
        .await
    }

    /// The kurtogram of the waveform that begins at `at`.
    ///
    /// # Errors
    /// When there is no such waveform or it is too short.
    pub async fn kurtogram(&self, signal: SignalId, at: Timestamp) -> Result<KurtogramView, Error> {
        self.with(signal, move |core, signal| {
            let wave = wave_at(core, signal, at)?;
            let analytic = Analytic::of(&samples(&wave), wave.rate_hz).ok_or_else(too_short)?;
            let bands = kurtogram(&analytic, narrowest_hz(&analytic, &Machine::of(core, signal, at)));
            Ok(KurtogramView {
                top_hz: analytic.top_hz(),
                best: most_impulsive(&bands).map(BandView::from),
                bands: bands.into_iter().map(BandView::from).collect(),
            })
        })
        .await
    }
}

fn view(core: &Core, signal: &Signal, wave: &Waveform, wish: &SpectrumWish) -> Result<SpectrumView, Error> {
    let machine = Machine::of(core, signal, wave.start);
    let speed = wish
        .tracked
        .then(|| speed_over(core, signal, wave.start, (wave.samples.len().min(SAMPLES_MAX), wave.rate_hz)))
        .flatten();
    let Taken { spectrum, unit, db_reference, band_hz, tracked } =
        take(signal, wave, (&machine, speed.as_deref()), wish)?;
    let peak = |line: gemba_learn::wave::peaks::Standing| PeakView {
        hz: line.hz,
        order: machine.shaft_hz.filter(|hz| *hz > 0.0).map(|hz| line.hz / hz),
        amplitude: line.amplitude,
        db: line.db,
        name: named(line.hz, spectrum.step_hz, machine.expected()),
    };
    let peaks = standing_out(&spectrum, PEAKS_MAX).into_iter().map(peak).collect();
    let (hz, amplitudes) = drawn(&spectrum, wish.shown_hz, wish.width.max(1));
    Ok(SpectrumView {
        quantity: wish.quantity,
        window: wish.window,
        averages: wish.averages.max(1),
        tracked,
        unit,
        db_reference,
        step_hz: spectrum.step_hz,
        top_hz: spectrum.step_hz * spectrum.amplitudes.len().saturating_sub(1) as f64,
        hz,
        amplitudes,
        band_hz,
        peaks,
        marked: marked(core, signal, wave, &machine),
        machine,
    })
}

/// The lines shown, or the highest of each stretch where they are too many.
fn drawn(spectrum: &Spectrum, shown_hz: Option<(f64, f64)>, width: usize) -> (Vec<f64>, Vec<f64>) {
    let (from, to) = shown_hz.unwrap_or((0.0, f64::INFINITY));
    let lines: Vec<(f64, f64)> = spectrum.frequencies().filter(|(hz, _)| (from..=to).contains(hz)).collect();
    let each = lines.len().div_ceil(width).max(1);
    lines.chunks(each).filter_map(|part| part.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1))).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_of_lines_is_told_by_its_highest() {
        let samples: Vec<f64> =
            (0..4000).map(|i| (std::f64::consts::TAU * 100.0 * f64::from(i) / 4000.0).sin()).collect();
        let spectrum = Spectrum::of(&samples, 4000.0).unwrap();
        let (hz, amplitudes) = drawn(&spectrum, None, 50);
        assert!(hz.len() <= 50 && hz.contains(&100.0));
        assert!(amplitudes.iter().any(|a| (a - 1.0).abs() < 1e-6));
        let (near, _) = drawn(&spectrum, Some((90.0, 110.0)), 50);
        assert_eq!((near.len(), near.first().copied()), (21, Some(90.0)));
    }
}
