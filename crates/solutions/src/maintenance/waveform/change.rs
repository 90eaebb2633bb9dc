//! A machine against itself: it shakes more than it did while it was learned. ISO 10816-3 calls it criterion II, and it
//! is all there is for machines that no standard grades.

use std::collections::{BTreeMap, VecDeque};

use gemba_learn::sure;
use gemba_learn::wave::change::Healthy;
use gemba_learn::wave::rotor::{Family, growth, powers};
use gemba_plant::port::Outlet;
use gemba_plant::{Asset, Comparison, Evidence, Finding, FindingKind, FindingState, Signal, SignalId, Timestamp};
use serde::{Deserialize, Serialize};

use super::agreement::{Agreement, LOOKED_AT, NAMED, Named};
use super::rotor::{Carried, explain};
use super::{NAME, RINGS, VELOCITY, prescription};

/// A figure has changed from this multiple of its median on where no standard says more: the step from one range of
/// severity to the next (4 dB; ISO 2372:1974).
const STEP: f64 = 1.6;
/// Criterion II of ISO 10816-3: a change of a quarter of the boundary B/C.
const OF_BOUNDARY: f64 = 0.25;
/// A band that carries less of the velocity than this is not heard.
const HEARD: f64 = 0.1;
/// Waveforms that are learned from at least, and that are kept of each figure at most; more are thinned.
const LEARN_MIN: u32 = 30;
const KEPT_MAX: usize = 256;
/// Speeds and states that are learned apart at most.
const REGIMES_MAX: usize = 64;

/// What is watched for, and how long it is learned.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The computed signals by name.
    pub(super) signals: BTreeMap<&'static str, SignalId>,
    /// The boundary B/C, mm/s, of a machine that is graded, and where it comes from.
    pub(super) boundary: Option<(f64, String)>,
    pub(super) learn_us: i64,
    pub(super) memory: ChangeMemory,
}

/// What is remembered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ChangeMemory {
    regimes: BTreeMap<String, Regime>,
    agreement: Agreement,
}

/// What is known at a speed and in a state.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Regime {
    Learning(Learning),
    Known(Known),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Learning {
    since: Timestamp,
    seen: u32,
    /// Every how many waveforms one is kept.
    stride: u32,
    figures: BTreeMap<String, Figures>,
    /// Sum of the power of each family over `blocks` waveforms.
    powers: BTreeMap<String, f64>,
    blocks: u32,
    /// The newest, which are learned once nothing was told of the machine while as many came as are looked at for that.
    #[serde(default)]
    waiting: VecDeque<Taken>,
}

/// What is learned of a waveform.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Taken {
    figures: BTreeMap<String, f64>,
    /// The power of each family; none where it is not kept or not known.
    powers: Option<BTreeMap<String, f64>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Figures {
    #[serde(with = "gemba_learn::bits")]
    kept: Vec<f64>,
    highest: f64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Known {
    figures: BTreeMap<String, Healthy>,
    /// Mean power of each family, (mm/s)².
    powers: BTreeMap<String, f64>,
}

/// A waveform of a machine that turns.
pub(super) struct Reading<'a> {
    pub(super) asset: &'a Asset,
    pub(super) signal: &'a Signal,
    pub(super) now: Timestamp,
    /// Speed and state.
    pub(super) regime: String,
    /// The figures that are watched.
    pub(super) figures: &'a [(&'static str, f64)],
    /// What the velocity is made of.
    pub(super) families: &'a dyn Fn() -> Option<Vec<Family>>,
    /// Whether a limit is passed: it is said already, and no healthy machine is learned.
    pub(super) limit: bool,
    /// Whether a limit that a person set for a band is passed: no healthy machine is learned.
    pub(super) band: bool,
    /// The failure mode of the bearing when it is known to be damaged.
    pub(super) damaged: Option<&'a str>,
}

impl Reading<'_> {
    fn velocity(&self) -> Option<f64> {
        self.figures.iter().find(|(name, _)| *name == VELOCITY).map(|(_, v)| *v)
    }
}

/// A figure that has changed.
struct Changed {
    name: &'static str,
    value: f64,
    limit: f64,
    healthy: Healthy,
}

impl Change {
    /// Learns, or holds a waveform against what was learned: a finding when three of five have changed.
    pub(super) fn step(&mut self, reading: &Reading<'_>, out: &mut Outlet) {
        let room = self.memory.regimes.len() < REGIMES_MAX;
        if !room && !self.memory.regimes.contains_key(&reading.regime) {
            return;
        }
        let healthy = !reading.limit && !reading.band && reading.damaged.is_none();
        if !healthy {
            self.memory.regimes.values_mut().for_each(Regime::take_back);
        }
        let regime = self.memory.regimes.entry(reading.regime.clone()).or_insert_with(|| Regime::new(reading.now));
        let known = match regime {
            Regime::Known(known) => known.clone(),
            Regime::Learning(learning) if healthy => {
                if let Some(known) = learning.take(reading, self.learn_us) {
                    *regime = Regime::Known(known);
                }
                return;
            }
            Regime::Learning(_) => return,
        };
        let changed = self.changed(reading, &known);
        let quiet = reading.limit && !self.memory.agreement.open();
        let made = changed.as_ref().filter(|_| !quiet).map(|changed| {
            let families = (reading.families)().unwrap_or_default();
            let power = reading.velocity().unwrap_or_default().powi(2);
            let grown = growth(&families, power, &|mode| known.powers.get(mode).copied().unwrap_or_default());
            self.finding(reading, changed, &grown)
        });
        match made {
            Some(finding) => {
                let since = |since| Finding { since, ..finding.clone() };
                self.memory.agreement.take(reading.now, Some(&Named { mode: "changed", finding: &since }), out);
            }
            None => self.memory.agreement.take(reading.now, None, out),
        }
    }

    /// The figure that lies furthest above its limit.
    fn changed(&self, reading: &Reading<'_>, known: &Known) -> Option<Changed> {
        let usual = known.figures.get(VELOCITY).map_or(0.0, |h| h.centre);
        let all = reading.figures.iter().filter_map(|(name, value)| {
            let healthy = *known.figures.get(*name)?;
            let in_velocity = name.starts_with("velocity");
            let heard = !in_velocity || *value >= HEARD * usual;
            let limit = match &self.boundary {
                Some((bc, _)) if in_velocity => healthy.limit(1.0).max(healthy.centre + OF_BOUNDARY * bc),
                _ => healthy.limit(STEP),
            };
            (heard && *value > limit).then_some(Changed { name, value: *value, limit, healthy })
        });
        all.max_by(|a, b| (a.value / a.limit).total_cmp(&(b.value / b.limit)))
    }

    fn finding(&self, reading: &Reading<'_>, changed: &Changed, grown: &[Family]) -> Finding {
        let Changed { name, value, limit, healthy } = changed;
        let words = |text: &str| text.replace(['_', '/'], " ");
        let (signal, what, unit) = (words(&reading.signal.name), words(name), unit_of(name, reading.signal));
        let rule = match &self.boundary {
            Some((bc, source)) if name.starts_with("velocity") => {
                format!("a quarter of {bc} {unit}, {source}, and more than the machine's own spread")
            }
            _ => format!("{STEP} times the usual and more than the machine's own spread"),
        };
        let p_value = (healthy.chance(NAMED, LOOKED_AT) * reading.figures.len() as f64).min(1.0);
        let comparison = self.signals.get(name).map(|signal| {
            Evidence::Comparison(Comparison {
                signal: *signal,
                measured: *value,
                expected: healthy.centre,
                band: (0.0, healthy.highest),
            })
        });
        let mut finding = Finding {
            asset: reading.signal.asset,
            key: format!("change:{}", reading.signal.name),
            kind: FindingKind::Anomaly,
            state: FindingState::Active,
            since: reading.now,
            until: reading.now,
            title: format!("{signal}: {what} is {:.1} times its usual", value / healthy.centre),
            explanation: format!(
                "{what} of {signal} is {value:.2} {unit}; in {} waveforms of the healthy machine at this speed and in this state \
                 it was {:.2}, at most {:.2}. It counts as changed from {limit:.2} on: {rule}.",
                healthy.count, healthy.centre, healthy.highest
            ),
            p_value: Some(p_value),
            probability: sure(p_value),
            severity: (0.3 * value / limit).clamp(0.3, 0.7),
            contributions: Vec::new(),
            evidence: comparison.into_iter().collect(),
            failure_mode: None,
            prescription: prescription(reading.asset, ""),
            rul: None,
            model: NAME.into(),
        };
        if let Some(mode) = reading.damaged.filter(|_| *name == RINGS) {
            finding.explanation.push_str(" That is where a damaged bearing rings, and this one was found damaged.");
            (finding.failure_mode, finding.prescription) = (Some(mode.to_owned()), prescription(reading.asset, mode));
            return finding;
        }
        if !name.starts_with("velocity") {
            return finding; // the lines of the velocity do not say what else has changed
        }
        let carried = Carried {
            signal: reading.signal.id,
            families: grown,
            of: "what has come",
            damaged: reading.damaged.is_some(),
        };
        explain(&mut finding, reading.asset, &carried);
        finding
    }
}

fn unit_of(name: &str, signal: &Signal) -> String {
    if name.starts_with("velocity") { "mm/s".into() } else { signal.unit.symbol().to_owned() }
}

impl Regime {
    fn new(since: Timestamp) -> Self {
        let (figures, powers) = (BTreeMap::new(), BTreeMap::new());
        Self::Learning(Learning { since, seen: 0, stride: 1, figures, powers, blocks: 0, waiting: VecDeque::new() })
    }

    /// Something was told of the machine: the newest waveforms, in which it showed already, are not learned.
    fn take_back(&mut self) {
        if let Self::Learning(learning) = self {
            learning.waiting.clear();
        }
    }
}

impl Learning {
    /// Takes a healthy waveform, and learns the one of a while ago; what is known once there were enough, for long enough.
    fn take(&mut self, reading: &Reading<'_>, learn_us: i64) -> Option<Known> {
        let place = u32::try_from(self.waiting.len()).map_or(self.seen, |waiting| self.seen.saturating_add(waiting));
        let families = place.is_multiple_of(self.stride).then(reading.families).flatten();
        let power = reading.velocity().unwrap_or_default().powi(2);
        let named = |(mode, power): (&str, f64)| (mode.to_owned(), power);
        self.waiting.push_back(Taken {
            figures: reading.figures.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            powers: families.map(|families| powers(&families, power).into_iter().map(named).collect()),
        });
        if self.waiting.len() > LOOKED_AT as usize {
            let settled = self.waiting.pop_front()?;
            self.learn(settled);
        }
        let long = reading.now.micros().saturating_sub(self.since.micros()) >= learn_us;
        (long && self.seen >= LEARN_MIN).then(|| self.known())
    }

    fn learn(&mut self, taken: Taken) {
        let keep = self.seen.is_multiple_of(self.stride);
        self.seen = self.seen.saturating_add(1);
        for (name, value) in taken.figures {
            let figures = self.figures.entry(name).or_default();
            figures.highest = figures.highest.max(value);
            if keep {
                figures.kept.push(value);
            }
        }
        if let Some(powers) = taken.powers.filter(|_| keep) {
            for (mode, power) in powers {
                *self.powers.entry(mode).or_default() += power;
            }
            self.blocks += 1;
        }
        if self.figures.values().any(|f| f.kept.len() >= KEPT_MAX) {
            self.stride = self.stride.saturating_mul(2);
            self.figures.values_mut().for_each(Figures::thin);
        }
    }

    fn known(&self) -> Known {
        let healthy = |(name, f): (&String, &Figures)| {
            let healthy = Healthy::of(&f.kept)?;
            Some((name.clone(), Healthy { highest: f.highest, ..healthy }))
        };
        let blocks = f64::from(self.blocks.max(1));
        Known {
            figures: self.figures.iter().filter_map(healthy).collect(),
            powers: self.powers.iter().map(|(mode, sum)| (mode.clone(), sum / blocks)).collect(),
        }
    }
}

impl Figures {
    /// Leaves every second out.
    fn thin(&mut self) {
        let mut place = 0_usize;
        self.kept.retain(|_| {
            place += 1;
            place % 2 == 1
        });
    }
}
