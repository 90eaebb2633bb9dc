//! From samples to lines: which quantity, through which window, over time or over the turns of the shaft.

use gemba_learn::wave::order::Phase;
use gemba_learn::wave::{Analytic, Spectrum, Window, kurtogram, most_impulsive, velocity};
use gemba_plant::{Signal, Waveform};
use gemba_solutions::maintenance::limits::iso10816;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::machine::Machine;
use super::{refuse, samples};
use crate::Error;

/// Standard gravity, m/s².
const GRAVITY: f64 = 9.806_65;
/// Reference levels of ISO 1683: 1 µm/s² for acceleration, 1 nm/s for velocity.
const ACCELERATION_REFERENCE: f64 = 1e-6;
const VELOCITY_REFERENCE_MM_S: f64 = 1e-6;
/// A band for the envelope is at least this many times as wide as the highest defect frequency: three of its
/// harmonics and their sidebands.
const BAND_WIDTH: f64 = 3.5;
/// Bands to the whole range at most where no defect frequency is known.
const BANDS_MAX: f64 = 32.0;
/// Turns that a block must hold, so that its orders can be told apart.
const TURNS_MIN: f64 = 4.0;

/// What is transformed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// The samples as they are.
    #[default]
    Amplitude,
    /// Acceleration integrated to velocity, mm/s, in the band of ISO 10816-3.
    Velocity,
    /// The envelope of a band: what strikes again and again.
    Envelope,
}

/// The window that a block is faded in and out by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fade {
    /// Narrow lines, little leakage.
    #[default]
    Hann,
    /// None: for what fits the block exactly.
    Rectangular,
    /// Broad lines with true heights.
    FlatTop,
}

impl From<Fade> for Window {
    fn from(fade: Fade) -> Self {
        match fade {
            Fade::Hann => Self::Hann,
            Fade::Rectangular => Self::Rectangular,
            Fade::FlatTop => Self::FlatTop,
        }
    }
}

/// How a spectrum is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SpectrumWish {
    /// Of what.
    pub quantity: Quantity,
    /// Through which window; velocity always through a Hann window.
    pub window: Fade,
    /// Parts of the block that are averaged; 0 and 1 for the block as a whole. Velocity is never averaged.
    pub averages: usize,
    /// Whether the samples are brought to equal angles of the shaft first, so that a changing speed smears no line.
    pub tracked: bool,
    /// The band whose envelope is taken, Hz; the most impulsive one of the kurtogram when none.
    pub band_hz: Option<(f64, f64)>,
    /// What is to be seen of it, Hz; all when none.
    pub shown_hz: Option<(f64, f64)>,
    /// Points at most; a stretch of lines is told by its highest.
    pub width: usize,
}

/// A spectrum and what is told of it.
pub(super) struct Taken {
    pub(super) spectrum: Spectrum,
    pub(super) unit: String,
    pub(super) db_reference: f64,
    pub(super) band_hz: Option<(f64, f64)>,
    /// How orders were tracked.
    pub(super) tracked: Option<String>,
}

pub(super) fn too_short() -> Error {
    refuse("the waveform is too short, or holds no number", "record longer blocks")
}

/// The factor to m/s²; none when the signal is no acceleration.
pub(super) fn to_acceleration(signal: &Signal) -> Option<f64> {
    match signal.unit.ucum() {
        "m/s2" => Some(1.0),
        "[g]" => Some(GRAVITY),
        _ => None,
    }
}

/// 0 dB of the amplitudes in the signal's own unit.
pub(super) fn reference(signal: &Signal) -> f64 {
    match (to_acceleration(signal), signal.unit.ucum()) {
        (Some(factor), _) => ACCELERATION_REFERENCE / factor,
        (None, "mm/s") => VELOCITY_REFERENCE_MM_S,
        _ => 1.0,
    }
}

/// The narrowest band that still shows the bearing's lines, Hz.
pub(super) fn narrowest_hz(analytic: &Analytic, machine: &Machine) -> f64 {
    let highest = machine.defects().map_or(0.0, |f| f.inner.max(f.outer).max(2.0 * f.ball));
    (BAND_WIDTH * highest).max(analytic.top_hz() / BANDS_MAX)
}

/// Transforms a block. `speed` is that of the shaft at each sample, Hz, when there are readings around the block.
///
/// # Errors
/// When the block is too short, or the quantity cannot be had of its unit.
pub(super) fn take(
    signal: &Signal,
    wave: &Waveform,
    (machine, speed): (&Machine, Option<&[f64]>),
    wish: &SpectrumWish,
) -> Result<Taken, Error> {
    let values = samples(wave);
    let unit = signal.unit.symbol().to_owned();
    match wish.quantity {
        Quantity::Amplitude => {
            let (spectrum, tracked) = lines(&values, wave.rate_hz, (machine, speed), wish)?;
            Ok(Taken { spectrum, unit, db_reference: reference(signal), band_hz: None, tracked })
        }
        Quantity::Velocity => {
            let cure = "give the signal its unit, m/s2 or [g]";
            let factor = to_acceleration(signal).ok_or_else(|| refuse("only acceleration becomes velocity", cure))?;
            let acceleration: Vec<f64> = values.iter().map(|v| v * factor).collect();
            let band = iso10816::band_hz(machine.shaft_hz.map(|hz| hz * 60.0));
            let spectrum = velocity(&acceleration, wave.rate_hz, band).ok_or_else(|| {
                refuse(
                    "the waveform is too short or too slow for velocity from 10 to 1000 Hz",
                    "record longer or faster",
                )
            })?;
            let tracked = wish.tracked.then(|| "no: velocity is integrated over time".to_owned());
            Ok(Taken { spectrum, unit: "mm/s".into(), db_reference: VELOCITY_REFERENCE_MM_S, band_hz: None, tracked })
        }
        Quantity::Envelope => {
            let analytic = Analytic::of(&values, wave.rate_hz).ok_or_else(too_short)?;
            let best = || most_impulsive(&kurtogram(&analytic, narrowest_hz(&analytic, machine))).map(|band| band.hz);
            let band = wish.band_hz.or_else(best).ok_or_else(too_short)?;
            let cure = "choose a band below half the sampling rate, wider than a line";
            let envelope = analytic.band(band).ok_or_else(|| refuse("the band is empty", cure))?;
            let (spectrum, tracked) = lines(&envelope.magnitude(), envelope.rate_hz, (machine, speed), wish)?;
            Ok(Taken { spectrum, unit, db_reference: reference(signal), band_hz: Some(band), tracked })
        }
    }
}

/// The lines of samples over time, or over the turns of the shaft when that is wished and the speed was measured; and how
/// that was done.
fn lines(
    values: &[f64],
    rate_hz: f64,
    (machine, speed): (&Machine, Option<&[f64]>),
    wish: &SpectrumWish,
) -> Result<(Spectrum, Option<String>), Error> {
    let window = wish.window.into();
    let plain = || Spectrum::averaged(window, values, rate_hz, wish.averages).ok_or_else(too_short);
    if !wish.tracked {
        return Ok((plain()?, None));
    }
    let Some((even, per_turn)) = turned(values, rate_hz, speed) else {
        return Ok((plain()?, Some("no: there are not two readings of the speed around this block".into())));
    };
    let turns = even.len() as f64 / per_turn as f64;
    if turns < TURNS_MIN {
        return Ok((plain()?, Some("no: the block holds less than four turns".into())));
    }
    let spectrum = Spectrum::averaged(window, &even, per_turn as f64, wish.averages).ok_or_else(too_short)?;
    // orders to Hz at the speed that the page divides by again
    let step_hz = spectrum.step_hz * machine.shaft_hz.unwrap_or(1.0);
    let (low, high) = extremes(speed.unwrap_or_default());
    let said = format!("by the measured speed, {:.0} to {:.0} r/min in this block", low * 60.0, high * 60.0);
    Ok((Spectrum { step_hz, ..spectrum }, Some(said)))
}

/// Samples at equal angles of the shaft, and how many there are to a turn. `speed` may be at another rate.
pub(super) fn turned(values: &[f64], rate_hz: f64, speed: Option<&[f64]>) -> Option<(Vec<f64>, usize)> {
    let speed = speed.filter(|s| !s.is_empty())?;
    let share = speed.len() as f64 / values.len().max(1) as f64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
    let at = |i: usize| speed.get(((i as f64 * share) as usize).min(speed.len() - 1)).copied().unwrap_or_default();
    Phase::from_speed((0..values.len()).map(at), rate_hz).resample(values)
}

fn extremes(speed: &[f64]) -> (f64, f64) {
    speed.iter().fold((f64::INFINITY, 0.0), |(low, high), hz| (low.min(*hz), high.max(*hz)))
}
