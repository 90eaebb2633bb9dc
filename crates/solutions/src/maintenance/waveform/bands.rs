//! The r.m.s. of the bands that a person marked in a waveform's spectrum, and their limits.

use std::collections::BTreeMap;

use gemba_learn::wave::{Spectrum, velocity};
use gemba_plant::{Asset, Band, BandQuantity, Finding, Role, Signal, SignalId, SignalKind, Timestamp, Unit};
use serde::{Deserialize, Serialize};

use super::{NAME, to_acceleration};
use crate::maintenance::life::{Follow, FollowMemory};
use crate::maintenance::limits::{Watch, WatchMemory, WatchedLimit, limits_of};
use crate::maintenance::{ComputedSignal, Config};

/// A sensor tells up to its rate over this; above it lies what its filter lets through.
const SAMPLES_PER_PERIOD: f64 = 2.56;
/// The main lobe of the Hann window, lines: a narrower band would lose a part of any tone.
const LINES_MIN: f64 = 4.0;
/// Velocity is integrated from frequencies of which a block holds so many periods.
const PERIODS_MIN: f64 = 4.0;
/// Digits that a value below ten is told with.
const DIGITS: f64 = 3.0;

/// What a band of a waveform becomes.
pub(super) fn computed(signal: &Signal, band: &Band) -> ComputedSignal {
    ComputedSignal {
        name: format!("{}/{}", signal.name, band.signal()),
        role: Role::Other,
        unit: band_unit(signal, band),
        description: band.about(),
        limits: band.limits.clone(),
    }
}

/// The unit of a band's r.m.s.
pub fn band_unit(signal: &Signal, band: &Band) -> Unit {
    match band.of {
        BandQuantity::Amplitude => signal.unit.clone(),
        BandQuantity::Velocity => Unit::new("mm/s"),
    }
}

/// What a block tells of a band.
#[derive(Clone, Debug, PartialEq)]
pub struct BandValue {
    /// Where it lies, Hz; none when it follows a shaft that stands or whose speed nobody knows.
    pub edges_hz: Option<(f64, f64)>,
    /// Its r.m.s., in the unit of [`band_unit`]; or why there is none, and what would help.
    pub rms: Result<f64, String>,
}

/// What a block tells of each of a signal's bands, through a Hann window. `shaft_hz` is the speed when the block begins.
pub fn band_values(signal: &Signal, shaft_hz: Option<f64>, samples: &[f64], rate_hz: f64) -> Vec<BandValue> {
    let edges: Vec<Result<(f64, f64), String>> = signal
        .bands
        .iter()
        .map(|band| {
            let edges = band.edges_hz(shaft_hz).ok_or("the shaft stands, or nobody knows its speed")?;
            held(band.of, edges, samples.len(), rate_hz).map(|()| edges)
        })
        .collect();
    let wanted = |of: BandQuantity| {
        let all = signal.bands.iter().zip(&edges).filter(move |(band, _)| band.of == of);
        all.filter_map(|(_, edges)| edges.clone().ok()).reduce(|(low, high), (from, to)| (low.min(from), high.max(to)))
    };
    let amplitude = wanted(BandQuantity::Amplitude).and_then(|_| Spectrum::of(samples, rate_hz));
    let over = wanted(BandQuantity::Velocity).zip(to_acceleration(signal));
    let velocity = over
        .and_then(|(over, factor)| velocity(&samples.iter().map(|v| v * factor).collect::<Vec<f64>>(), rate_hz, over));
    let value = |(band, edges): (&Band, Result<(f64, f64), String>)| {
        let spectrum = match band.of {
            BandQuantity::Amplitude => amplitude.as_ref().ok_or("the block holds what is no number"),
            BandQuantity::Velocity => velocity.as_ref().ok_or("only acceleration in m/s2 or [g] becomes velocity"),
        };
        let rms = edges.and_then(|edges| Ok(spectrum?.band_rms(edges)));
        BandValue { edges_hz: band.edges_hz(shaft_hz), rms }
    };
    signal.bands.iter().zip(edges).map(value).collect()
}

/// Whether a block tells what lies in a band.
fn held(of: BandQuantity, (from, to): (f64, f64), len: usize, rate_hz: f64) -> Result<(), String> {
    let line = rate_hz / len.max(1) as f64;
    let top = rate_hz / SAMPLES_PER_PERIOD;
    if to > top {
        return Err(format!("it ends at {to:.1} Hz; at this sampling rate a sensor tells up to {top:.1} Hz"));
    }
    // not by the last bit of a division
    if to - from < LINES_MIN * line * (1.0 - 1e-9) {
        let least = LINES_MIN * line;
        return Err(format!("it is narrower than four lines of the spectrum, {least:.2} Hz: record longer blocks"));
    }
    if of == BandQuantity::Velocity && from < PERIODS_MIN * line {
        let least = PERIODS_MIN * line;
        return Err(format!("velocity of this block begins at {least:.2} Hz: record longer blocks"));
    }
    Ok(())
}

/// The bands of one waveform in their order: what each becomes and what watches it; none for one whose signal has no id.
#[derive(Debug)]
pub(super) struct Bands(Vec<Option<Watched>>);

#[derive(Debug)]
struct Watched {
    output: SignalId,
    sides: Vec<(Watch, Follow)>,
}

/// What is saved, by the key of the limit.
pub(super) type BandMemory = BTreeMap<String, Saved>;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Saved {
    watch: WatchMemory,
    life: FollowMemory,
}

impl Bands {
    pub(super) fn new(asset: &Asset, signal: &Signal, config: &Config, computed: &BTreeMap<String, SignalId>) -> Self {
        let watched = |band: &Band| {
            let made = self::computed(signal, band);
            let output = *computed.get(&made.name)?;
            let gauge = Signal {
                id: output,
                name: made.name,
                kind: SignalKind::Gauge,
                role: made.role,
                unit: made.unit,
                range: None,
                limits: made.limits.map(Box::new),
                bands: Vec::new(),
                ..signal.clone()
            };
            let own = limits_of(asset, &gauge, &config.day_zero).into_iter().map(|limit| of_band(band, limit));
            let side = |limit: WatchedLimit| {
                let life = Follow::new(gauge.clone(), &limit, config.life.clone());
                (Watch::new(gauge.clone(), limit), life)
            };
            Some(Watched { output, sides: own.map(side).collect() })
        };
        Self(signal.bands.iter().map(watched).collect())
    }

    /// Takes a block: the samples of what it tells of each band, and what is found.
    pub(super) fn take(
        &mut self,
        (signal, shaft_hz): (&Signal, Option<f64>),
        (start, samples, rate_hz): (Timestamp, &[f64], f64),
    ) -> (Vec<(SignalId, f64)>, Vec<Finding>) {
        let (mut sent, mut found) = (Vec::new(), Vec::new());
        if self.0.is_empty() {
            return (sent, found);
        }
        let values = band_values(signal, shaft_hz, samples, rate_hz);
        for (band, value) in self.0.iter_mut().zip(values) {
            let Some((band, value)) = band.as_mut().zip(value.rms.ok()) else { continue };
            sent.push((band.output, value));
            for (watch, life) in &mut band.sides {
                found.extend(life.step(start, value, NAME));
                found.extend(watch.step(start, value, NAME));
            }
        }
        (sent, found)
    }

    /// Whether a limit of a band is passed.
    pub(super) fn beyond(&self) -> bool {
        self.0.iter().flatten().flat_map(|band| &band.sides).any(|(watch, _)| watch.active())
    }

    pub(super) fn memory(&self) -> BandMemory {
        let sides = self.0.iter().flatten().flat_map(|band| &band.sides);
        sides
            .map(|(watch, life)| (watch.key().to_owned(), Saved { watch: watch.memory, life: life.memory.clone() }))
            .collect()
    }

    pub(super) fn remember(&mut self, mut memory: BandMemory) {
        for (watch, life) in self.0.iter_mut().flatten().flat_map(|band| &mut band.sides) {
            if let Some(saved) = memory.remove(watch.key()) {
                (watch.memory, life.memory) = (saved.watch, saved.life);
            }
        }
    }
}

/// A limit as it is told of a band: what it is of, and in as many digits as its size asks for.
fn of_band(band: &Band, limit: WatchedLimit) -> WatchedLimit {
    let least = limit.steps.iter().map(|step| step.limit.at.abs()).fold(f64::INFINITY, f64::min);
    let prescription = match &band.limits {
        Some(own) if !own.response.is_empty() => own.response.clone(),
        _ => {
            "look at the spectrum: which lines of the band have changed, and what of the machine turns or strikes there"
                .into()
        }
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "one to six")]
    let decimals = (DIGITS - 1.0 - least.max(1e-9).log10().floor()).clamp(1.0, 6.0) as usize;
    WatchedLimit { source: format!("set in the plant file for the {}", band.about()), decimals, prescription, ..limit }
}

#[cfg(test)]
mod tests {
    use gemba_plant::{AssetId, BandUnit};

    use super::*;

    fn wave(bands: Vec<Band>) -> Signal {
        let made = Signal::gauge(SignalId::new(1), AssetId::new(1), "wave");
        Signal { kind: SignalKind::Waveform, unit: Unit::new("[g]"), bands, ..made }
    }

    fn band(from: f64, to: f64, unit: BandUnit, of: BandQuantity) -> Band {
        Band { name: "b".into(), from, to, unit, of, limits: None }
    }

    /// Two seconds of 1 g at 100 Hz and 0.1 g at 300 Hz, sampled at 2000 Hz.
    fn tones() -> Vec<f64> {
        let tone = |hz: f64, t: f64| (std::f64::consts::TAU * hz * t).sin();
        (0..4_000).map(|i| f64::from(i) / 2_000.0).map(|t| tone(100.0, t) + 0.1 * tone(300.0, t)).collect()
    }

    #[test]
    fn a_band_holds_the_power_of_its_lines() {
        use BandQuantity::{Amplitude, Velocity};
        let signal = wave(vec![
            band(90.0, 110.0, BandUnit::Hz, Amplitude),
            band(2.8, 3.2, BandUnit::Orders, Amplitude),
            band(90.0, 110.0, BandUnit::Hz, Velocity),
            band(120.0, 280.0, BandUnit::Hz, Amplitude),
        ]);
        let values = band_values(&signal, Some(100.0), &tones(), 2_000.0);
        let rms: Vec<f64> = values.iter().map(|v| v.rms.clone().unwrap()).collect();
        let half = 0.5_f64.sqrt();
        // v = a / ω: 9.80665 m/s² at 100 Hz is 15.608 mm/s peak
        let expected = [half, 0.1 * half, 15.608 * half, 0.0];
        assert!(rms.iter().zip(expected).all(|(value, wanted)| (value - wanted).abs() < 1e-3), "{rms:?}");
        assert!(values[1].edges_hz.is_some_and(|(from, to)| (from - 280.0).abs() < 1e-9 && (to - 320.0).abs() < 1e-9));
    }

    #[test]
    fn what_a_block_does_not_tell_is_said() {
        use BandQuantity::{Amplitude, Velocity};
        let why = |one: Band, shaft: Option<f64>| {
            band_values(&wave(vec![one]), shaft, &tones(), 2_000.0).pop().unwrap().rms.unwrap_err()
        };
        assert!(why(band(0.9, 1.1, BandUnit::Orders, Amplitude), None).contains("speed"));
        assert!(why(band(700.0, 800.0, BandUnit::Hz, Amplitude), None).contains("up to 781.2 Hz"));
        assert!(why(band(100.0, 101.0, BandUnit::Hz, Amplitude), None).contains("2.00 Hz"));
        assert!(why(band(1.0, 10.0, BandUnit::Hz, Velocity), None).contains("begins at 2.00 Hz"));
        let bar = Signal { unit: Unit::new("bar"), ..wave(vec![band(90.0, 110.0, BandUnit::Hz, Velocity)]) };
        assert!(band_values(&bar, None, &tones(), 2_000.0)[0].rms.as_ref().unwrap_err().contains("acceleration"));
        assert_eq!(band_values(&wave(Vec::new()), None, &tones(), 2_000.0), vec![]);
    }
}
