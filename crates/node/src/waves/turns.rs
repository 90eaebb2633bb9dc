//! Two more looks at a block: what repeats in its spectrum, and what repeats with every turn of the shaft.

use gemba_learn::wave::Cepstrum;
use gemba_learn::wave::order::{residual, synchronous_average};
use gemba_learn::wave::rotor::Mesh;
use gemba_plant::{SignalId, Timestamp};
use gemba_solutions::maintenance::kinematics::rotation;
use schemars::JsonSchema;
use serde::Serialize;

use super::machine::{Machine, speed_over};
use super::transform::{too_short, turned};
use super::{Waves, refuse, samples, wave_at};
use crate::Error;

/// The longest quefrency that is shown, s: lines closer than one in two hertz are no machine's.
const QUEFRENCY_MAX_S: f64 = 2.0;

/// The cepstrum of a waveform: a family of lines `f` apart becomes one peak at 1/f.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CepstrumView {
    /// From one value to the next, s.
    pub step_s: f64,
    /// The highest of each stretch of values, the first at 0 s, which is left 0: it only says how loud the block is.
    pub values: Vec<f64>,
    /// The machine at that time.
    pub machine: Machine,
}

/// The mean turn of a shaft: what repeats with it stays, all else fades.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TurnView {
    /// Which shaft: 1 is the one whose speed is measured, 2 the one behind the first gear stage …
    pub shaft: usize,
    /// Shafts that there are.
    pub shafts: usize,
    /// Turns that were averaged.
    pub turns: usize,
    /// The mean turn, evenly spaced.
    pub mean: Vec<f64>,
    /// The unit of it.
    pub unit: String,
    /// R.m.s. of the mean turn.
    pub rms: f64,
    /// R.m.s. of what is left without it: other shafts, bearings, noise.
    pub rest_rms: f64,
    /// Whether the speed was measured over the block; else it counts as constant.
    pub measured: bool,
    /// The machine at that time.
    pub machine: Machine,
}

impl Waves {
    /// The cepstrum of the waveform that begins at `at`, in at most `width` values.
    ///
    /// # Errors
    /// When there is no such waveform or it is too short.
    pub async fn cepstrum(&self, signal: SignalId, at: Timestamp, width: usize) -> Result<CepstrumView, Error> {
        self.with(signal, move |core, signal| {
            let wave = wave_at(core, signal, at)?;
            let mut cepstrum = Cepstrum::of(&samples(&wave), wave.rate_hz).ok_or_else(too_short)?;
            let shown = cepstrum
                .values
                .iter()
                .zip(0_u32..)
                .take_while(|(_, i)| f64::from(*i) * cepstrum.step_s <= QUEFRENCY_MAX_S);
            let shown = shown.count();
            cepstrum.values.truncate(shown);
            if let Some(first) = cepstrum.values.first_mut() {
                *first = 0.0;
            }
            let each = cepstrum.values.len().div_ceil(width.max(1)).max(1);
            let highest = |part: &[f64]| part.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            Ok(CepstrumView {
                step_s: cepstrum.step_s * each as f64,
                values: cepstrum.values.chunks(each).map(highest).collect(),
                machine: Machine::of(core, signal, at),
            })
        })
        .await
    }

    /// The mean turn of a shaft in the waveform that begins at `at`.
    ///
    /// # Errors
    /// When there is no such waveform or shaft, its speed is not known, or the block holds less than two turns.
    pub async fn turn(&self, signal: SignalId, at: Timestamp, shaft: usize) -> Result<TurnView, Error> {
        self.with(signal, move |core, signal| {
            let wave = wave_at(core, signal, at)?;
            let machine = Machine::of(core, signal, at);
            let values = samples(&wave);
            let cure = "measure the speed, or write the rated speed on the nameplate";
            let hz = machine.shaft_hz.ok_or_else(|| refuse("the speed of the shaft is not known", cure))?;
            let meshes = machine.known.as_ref().map(|k| rotation(&k.asset.nameplate, hz).meshes).unwrap_or_default();
            let ratio = match shaft.checked_sub(2) {
                None => 1.0,
                Some(behind) => {
                    let mesh: &Mesh = meshes
                        .get(behind)
                        .ok_or_else(|| Error::NotFound { what: "shaft of this machine", name: shaft.to_string() })?;
                    mesh.driven_hz / hz
                }
            };
            let over = speed_over(core, signal, at, (values.len(), wave.rate_hz));
            let measured = over.is_some();
            let speed: Vec<f64> = over.unwrap_or_else(|| vec![hz; values.len()]).iter().map(|hz| hz * ratio).collect();
            let (even, per_turn) = turned(&values, wave.rate_hz, Some(&speed)).ok_or_else(too_short)?;
            let turns = even.len() / per_turn.max(1);
            let few = || refuse("the block holds less than two turns of this shaft", "record longer blocks");
            let mean = synchronous_average(&even, per_turn).filter(|_| turns >= 2).ok_or_else(few)?;
            let level = mean.iter().sum::<f64>() / mean.len().max(1) as f64;
            let mean: Vec<f64> = mean.iter().map(|v| v - level).collect();
            let about: Vec<f64> = even.iter().map(|v| v - level).collect();
            Ok(TurnView {
                shaft: shaft.max(1),
                shafts: 1 + meshes.len(),
                turns,
                rms: rms(&mean),
                rest_rms: rms(&residual(&about, &mean)),
                mean,
                unit: signal.unit.symbol().to_owned(),
                measured,
                machine,
            })
        })
        .await
    }
}

fn rms(values: &[f64]) -> f64 {
    (values.iter().map(|v| v * v).sum::<f64>() / values.len().max(1) as f64).sqrt()
}
