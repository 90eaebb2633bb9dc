//! Motor current signature: what a broken rotor bar or an eccentric rotor writes beside the mains line.

use super::Spectrum;
use crate::Error;

/// An induction motor on the mains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motor {
    /// Nominal mains frequency, Hz.
    pub mains_hz: f64,
    /// Pairs of poles.
    pub pole_pairs: f64,
    /// Speed of the shaft, Hz.
    pub shaft_hz: f64,
}

/// What the current says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signature {
    /// The mains frequency found, Hz.
    pub mains_hz: f64,
    /// Its amplitude, in the samples' unit.
    pub amplitude: f64,
    /// Slip, 0–1.
    pub slip: f64,
    /// The sidebands at (1 ± 2s)·f, dB over the mains line: lower, upper. About −60 for a sound cage; above −45
    /// broken bars are likely (common practice in motor current analysis; the motor must be loaded).
    pub bars_db: (f64, f64),
    /// The sidebands one shaft turn beside the mains line, dB over it: eccentricity of the rotor, or a load that
    /// swings.
    pub turns_db: (f64, f64),
}

/// How far the mains may lie off its nominal frequency, as a share.
const MAINS_OFF: f64 = 0.03;
/// Lines between the mains line and a sideband, so that a Hann window keeps them apart.
const LINES_APART: f64 = 4.0;

/// Reads the signature out of a block of one phase's current.
///
/// # Errors
/// When the block is not finite or too short to part the sidebands, or the slip is none that a motor can have.
pub fn signature(current: &[f64], rate_hz: f64, motor: Motor) -> Result<Signature, Error> {
    const WHAT: &str = "a motor current signature";
    let fail = |name, value, allowed| Error::OutOfRange { what: WHAT, name, value, allowed };
    let few = || Error::TooFewRows { what: WHAT, found: current.len(), needed: 2 };
    let spectrum = Spectrum::of(current, rate_hz).ok_or_else(few)?;
    let near = |hz, reach| {
        spectrum
            .highest_near(hz, reach)
            .ok_or_else(|| fail("the sampling rate", rate_hz, "2.56 times the mains frequency and more"))
    };
    let (_, amplitude) = near(motor.mains_hz, motor.mains_hz * MAINS_OFF)?;
    let mains_hz = centre(&spectrum, motor.mains_hz);
    let slip = 1.0 - motor.shaft_hz * motor.pole_pairs / mains_hz;
    let possible = slip > 0.0 && slip < 0.5;
    if !possible || amplitude <= 0.0 {
        return Err(fail("the slip", slip, "0 to 0.5: check mains frequency, pole pairs and speed"));
    }
    let apart = 2.0 * slip * mains_hz;
    if apart < LINES_APART * spectrum.step_hz {
        return Err(fail(
            "the length of the block, seconds",
            1.0 / spectrum.step_hz,
            "twice the period of the slip and more, and a loaded motor",
        ));
    }
    // the speed is known to a per cent or two of the slip only: a tenth of the way to the mains line
    let db = |hz: f64| near(hz, apart * 0.1).map(|(_, a)| 20.0 * (a / amplitude).max(f64::MIN_POSITIVE).log10());
    let turn = motor.shaft_hz;
    Ok(Signature {
        mains_hz,
        amplitude,
        slip,
        bars_db: (db(mains_hz - apart)?, db(mains_hz + apart)?),
        turns_db: (db(mains_hz - turn)?, db(mains_hz + turn)?),
    })
}

/// The mains frequency between two lines: the centre of power of the highest line and its neighbours.
fn centre(spectrum: &Spectrum, nominal_hz: f64) -> f64 {
    let Some((peak, _)) = spectrum.highest_near(nominal_hz, nominal_hz * MAINS_OFF) else { return nominal_hz };
    let near = spectrum.frequencies().filter(|(hz, _)| (hz - peak).abs() < 2.5 * spectrum.step_hz);
    let (sum, weight) = near.fold((0.0, 0.0), |(sum, weight), (hz, a)| (sum + hz * a * a, weight + a * a));
    if weight > 0.0 { sum / weight } else { peak }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// Ten seconds at 1 kHz of a 4-pole motor at 49.98 Hz with 3 % slip.
    fn current(bars: f64) -> Vec<f64> {
        let wave = |hz: f64, t: f64| (TAU * hz * t).sin();
        (0..10_000)
            .map(|i| f64::from(i) / 1000.0)
            .map(|t| 8.0 * (wave(49.98, t) + bars * (wave(49.98 * 0.94, t) + 0.5 * wave(49.98 * 1.06, t))))
            .collect()
    }

    const MOTOR: Motor = Motor { mains_hz: 50.0, pole_pairs: 2.0, shaft_hz: 24.2403 };

    #[test]
    fn broken_bars_stand_beside_the_mains_line() {
        let broken = signature(&current(0.02), 1000.0, MOTOR).unwrap();
        assert!((broken.slip - 0.03).abs() < 1e-3 && (broken.amplitude - 8.0).abs() < 0.3, "{broken:?}");
        assert!((broken.bars_db.0 + 34.0).abs() < 1.5 && (broken.bars_db.1 + 40.0).abs() < 1.5, "{broken:?}");
        let sound = signature(&current(0.0), 1000.0, MOTOR).unwrap();
        assert!(sound.bars_db.0 < -70.0 && sound.turns_db.0 < -80.0, "{sound:?}");
    }

    #[test]
    fn what_the_block_cannot_part_is_refused() {
        assert!(signature(&current(0.0)[..500], 1000.0, MOTOR).is_err());
        assert!(signature(&current(0.0), 1000.0, Motor { pole_pairs: 3.0, ..MOTOR }).is_err());
        assert!(signature(&[], 1000.0, MOTOR).is_err());
    }
}
