//! Motor current signature: what a broken rotor bar or an eccentric rotor writes beside the mains line.

use super::{Floored, Spectrum};
use crate::Error;

/// An induction motor on the mains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motor {
    /// Nominal mains frequency, Hz; the strongest line from 10 to 100 Hz when it is not known, as behind a converter.
    pub mains_hz: Option<f64>,
    /// Pairs of poles.
    pub pole_pairs: f64,
    /// Speed of the shaft, Hz.
    pub shaft_hz: f64,
}

/// A line beside the mains line.
#[derive(Clone, Debug, PartialEq)]
pub struct Sideband {
    /// `(1 − 2s)·f`, `f + 1×`.
    pub name: &'static str,
    /// Where, Hz.
    pub hz: f64,
    /// Where it was expected, Hz.
    pub expected_hz: f64,
    /// Its height over the mains line, dB.
    pub over_mains_db: f64,
    /// Its height above the noise around it, dB.
    pub db: f64,
    /// How surprising under noise alone, nats (−ln p).
    pub surprise: f64,
}

/// What the current says.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// The mains frequency found, Hz.
    pub mains_hz: f64,
    /// Its amplitude, in the samples' unit.
    pub amplitude: f64,
    /// Slip, 0–1.
    pub slip: f64,
    /// The lines at (1 ± 2s)·f: broken bars of the rotor.
    pub bars: [Sideband; 2],
    /// The lines one shaft turn beside the mains line: an eccentric rotor, or a load that swings with the shaft.
    pub turns: [Sideband; 2],
}

/// A fault and its pair of lines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Named<'a> {
    /// `broken_rotor_bar` or `eccentricity`.
    pub mode: &'static str,
    /// Its lines.
    pub lines: &'a [Sideband; 2],
    /// From here on, over the mains line, dB, the fault counts as likely.
    pub from_db: f64,
}

/// How far the mains may lie off its nominal frequency, as a share.
const MAINS_OFF: f64 = 0.03;
/// Where a mains frequency is sought that nobody tells, Hz.
const MAINS_HZ: (f64, f64) = (10.0, 100.0);
/// Lines between the mains line and a sideband, so that a Hann window keeps them apart.
const LINES_APART: f64 = 4.0;
/// From here over the mains line broken bars are likely: a sound cage has about −60 dB, and from −45 on practice in motor
/// current analysis speaks of broken bars (the motor must be loaded).
const BARS_DB: f64 = -45.0;
/// A hundredth of the current swinging with the shaft: no standard says how much is too much.
const TURNS_DB: f64 = -40.0;
/// One block of noise in a thousand shows one of the four lines somewhere.
const LEVEL: f64 = 1e-3 / 4.0;

impl Signature {
    /// The faults that the lines speak for, the more likely first: both lines of a pair stand out of the noise, and the
    /// higher lies above its limit over the mains line.
    pub fn named(&self) -> Vec<Named<'_>> {
        let pairs = [
            Named { mode: "broken_rotor_bar", lines: &self.bars, from_db: BARS_DB },
            Named { mode: "eccentricity", lines: &self.turns, from_db: TURNS_DB },
        ];
        let mut all: Vec<Named<'_>> = pairs.into_iter().filter(Named::holds).collect();
        all.sort_by(|a, b| b.beyond_db().total_cmp(&a.beyond_db()));
        all
    }
}

impl Named<'_> {
    fn holds(&self) -> bool {
        self.beyond_db() > 0.0 && self.lines.iter().all(|line| line.surprise >= -LEVEL.ln())
    }

    /// How far the higher line lies above the limit, dB.
    pub fn beyond_db(&self) -> f64 {
        self.lines.iter().map(|line| line.over_mains_db).fold(f64::NEG_INFINITY, f64::max) - self.from_db
    }

    /// The chance that noise alone gives the weaker of the two lines, for four lines that were looked at.
    pub fn p_value(&self) -> f64 {
        let least = self.lines.iter().map(|line| line.surprise).fold(f64::INFINITY, f64::min);
        (4.0 * (-least).exp()).min(1.0)
    }
}

/// The pairs of poles of an induction motor by its rated speed: it turns a little slower than the field. None when that
/// would be a slip of more than a sixth, or the speed fits no motor.
pub fn pole_pairs(mains_hz: f64, rated_hz: f64) -> Option<f64> {
    let pairs = (mains_hz / rated_hz).floor();
    (pairs >= 1.0 && mains_hz / rated_hz / pairs < 1.2).then_some(pairs)
}

/// The frequency of the mains in a block of current: near a nominal one, or the strongest line from 10 to 100 Hz.
pub fn mains(current: &[f64], rate_hz: f64, nominal_hz: Option<f64>) -> Option<f64> {
    found_mains(&Spectrum::of(current, rate_hz)?, nominal_hz).map(|(hz, _)| hz)
}

/// Frequency and amplitude of the mains line.
fn found_mains(spectrum: &Spectrum, nominal_hz: Option<f64>) -> Option<(f64, f64)> {
    let (middle, reach) = match nominal_hz {
        Some(hz) => (hz, hz * MAINS_OFF),
        None => (f64::midpoint(MAINS_HZ.0, MAINS_HZ.1), (MAINS_HZ.1 - MAINS_HZ.0) / 2.0),
    };
    let (peak, amplitude) = spectrum.highest_near(middle, reach).filter(|(_, a)| *a > 0.0)?;
    // between two lines: the centre of power of the highest and its neighbours
    let near = spectrum.frequencies().filter(|(hz, _)| (hz - peak).abs() < 2.5 * spectrum.step_hz);
    let (sum, weight) = near.fold((0.0, 0.0), |(sum, weight), (hz, a)| (sum + hz * a * a, weight + a * a));
    Some((sum / weight, amplitude))
}

/// Reads the signature out of a block of one phase's current.
///
/// # Errors
/// When the block is not finite or too short to part the sidebands, or the slip is none that a motor can have.
pub fn signature(current: &[f64], rate_hz: f64, motor: Motor) -> Result<Signature, Error> {
    const WHAT: &str = "a motor current signature";
    let fail = |name, value, allowed| Error::OutOfRange { what: WHAT, name, value, allowed };
    let few = || Error::TooFewRows { what: WHAT, found: current.len(), needed: 256 };
    let slow = || fail("the sampling rate", rate_hz, "2.56 times the mains frequency and more");
    let spectrum = Spectrum::of(current, rate_hz).ok_or_else(few)?;
    let power: Vec<f64> = spectrum.amplitudes.iter().map(|a| a * a).collect();
    let floored = Floored::of(&power, spectrum.step_hz, 1.0).ok_or_else(few)?;
    let (mains_hz, amplitude) = found_mains(&spectrum, motor.mains_hz).ok_or_else(slow)?;
    let slip = 1.0 - motor.shaft_hz * motor.pole_pairs / mains_hz;
    if slip.is_nan() || slip <= 0.0 || slip >= 0.5 {
        return Err(fail("the slip", slip, "0 to 0.5: check mains frequency, pole pairs and speed"));
    }
    let apart = 2.0 * slip * mains_hz;
    if apart < LINES_APART * spectrum.step_hz {
        let allowed = "twice the period of the slip and more, and a loaded motor";
        return Err(fail("the length of the block, seconds", 1.0 / spectrum.step_hz, allowed));
    }
    let line = |name, expected_hz: f64| {
        // the speed is known to a per cent or two of the slip only: a tenth of the way to the mains line
        let (hz, height) = spectrum.highest_near(expected_hz, apart * 0.1)?;
        let ratio = floored.ratio(hz)?;
        let over_mains_db = 20.0 * (height / amplitude).max(f64::MIN_POSITIVE).log10();
        let db = 10.0 * ratio.max(f64::MIN_POSITIVE).log10();
        Some(Sideband { name, hz, expected_hz, over_mains_db, db, surprise: floored.surprise(ratio) })
    };
    let pair = |[below, above]: [&'static str; 2], apart: f64| {
        Some([line(below, mains_hz - apart)?, line(above, mains_hz + apart)?])
    };
    let bars = pair(["(1 − 2s)·f", "(1 + 2s)·f"], apart).ok_or_else(slow)?;
    let turns = pair(["f − 1×", "f + 1×"], motor.shaft_hz).ok_or_else(slow)?;
    Ok(Signature { mains_hz, amplitude, slip, bars, turns })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::f64::consts::TAU;

    /// Ten seconds at 1 kHz of a 4-pole motor at 49.98 Hz with 3 % slip: bars, turns as shares of the current.
    fn current(bars: f64, turns: f64) -> Vec<f64> {
        let wave = |hz: f64, t: f64| (TAU * hz * t).sin();
        let mut random = Random::new(12);
        (0..10_000)
            .map(|i| f64::from(i) / 1000.0)
            .map(|t| {
                let cage = wave(49.98 * 0.94, t) + 0.5 * wave(49.98 * 1.06, t);
                let swing = wave(49.98 - 24.24, t) + wave(49.98 + 24.24, t);
                8.0 * (wave(49.98, t) + bars * cage + turns * swing) + 0.02 * random.normal()
            })
            .collect()
    }

    const MOTOR: Motor = Motor { mains_hz: Some(50.0), pole_pairs: 2.0, shaft_hz: 24.2403 };

    fn modes(signature: &Signature) -> Vec<&'static str> {
        signature.named().iter().map(|n| n.mode).collect()
    }

    #[test]
    fn broken_bars_stand_beside_the_mains_line() {
        let broken = signature(&current(0.02, 0.0), 1000.0, MOTOR).unwrap();
        assert!((broken.slip - 0.03).abs() < 1e-3 && (broken.amplitude - 8.0).abs() < 0.3, "{broken:?}");
        let [lower, upper] = &broken.bars;
        assert!((lower.over_mains_db + 34.0).abs() < 1.5 && (upper.over_mains_db + 40.0).abs() < 1.5, "{broken:?}");
        assert_eq!(modes(&broken), ["broken_rotor_bar"]);
        assert!(broken.named()[0].p_value() < 1e-6 && broken.named()[0].beyond_db() > 9.0);
        let sound = signature(&current(0.0, 0.0), 1000.0, MOTOR).unwrap();
        assert!(sound.bars[0].over_mains_db < -60.0 && modes(&sound).is_empty(), "{sound:?}");
    }

    #[test]
    fn an_eccentric_rotor_swings_with_the_shaft() {
        let swings = signature(&current(0.0, 0.02), 1000.0, MOTOR).unwrap();
        assert_eq!(modes(&swings), ["eccentricity"], "{swings:?}");
        // a current that swings a little is what every load does
        assert!(modes(&signature(&current(0.001, 0.004), 1000.0, MOTOR).unwrap()).is_empty());
    }

    #[test]
    fn mains_and_poles_are_found_when_nobody_tells() {
        let block = current(0.02, 0.0);
        assert!((mains(&block, 1000.0, None).unwrap() - 49.98).abs() < 0.02);
        assert_eq!(pole_pairs(49.98, 1455.0 / 60.0), Some(2.0));
        assert_eq!(pole_pairs(60.0, 3540.0 / 60.0), Some(1.0));
        assert_eq!((pole_pairs(50.0, 2000.0 / 60.0), pole_pairs(50.0, 9500.0 / 60.0)), (None, None));
        let unknown = signature(&block, 1000.0, Motor { mains_hz: None, ..MOTOR }).unwrap();
        assert_eq!(modes(&unknown), ["broken_rotor_bar"]);
    }

    #[test]
    fn what_the_block_cannot_part_is_refused() {
        assert!(signature(&current(0.0, 0.0)[..500], 1000.0, MOTOR).is_err());
        assert!(signature(&current(0.0, 0.0), 1000.0, Motor { pole_pairs: 3.0, ..MOTOR }).is_err());
        assert!(signature(&[], 1000.0, MOTOR).is_err());
    }
}
