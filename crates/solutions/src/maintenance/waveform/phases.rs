//! The three currents of a motor together: whether they have become unequal, and which phase draws more.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_learn::sure;
use gemba_learn::wave::{Balance, Phases, phases};
use gemba_plant::port::Outlet;
use gemba_plant::{
    Asset, Comparison, Contribution, Evidence, Finding, Sample, Signal, SignalId, TimeRange, Timestamp, Waveform,
};
use serde::{Deserialize, Serialize};

use super::agreement::{Agreement, LOOKED_AT, NAMED, Named};
use super::current::is_current;
use super::probe::Running;
use super::{Frame, SAMPLES_MAX};

/// The computed signal: the negative sequence, % of the positive one.
pub(super) const NEGATIVE: &str = "phases/negative_sequence";
/// Blocks that begin this close together are of one time: a thousandth of a period of 50 Hz.
const TOGETHER: Duration = Duration::from_micros(20);
/// A negative sequence of the currents that has moved by less is none of the motor's: of the 1 % that IEC 60034-1 lets the
/// voltages have, a motor makes its starting current's multiple, 5 to 8 %, and a third of that comes and goes with the supply.
const MOVED: f64 = 0.02;
/// From here on the currents are unequal without any past: a supply as IEC 60034-1 wants it makes at most 8 %.
const UNEQUAL: f64 = 0.10;
/// A negative sequence of a fifth is as bad as it gets; with a phase lost it is 1.
const SEVERE: f64 = 0.2;
/// Loads that lie within a tenth of each other are one.
const LOAD_STEP: f64 = 0.1;
/// Blocks that are learned from at least, and that are kept at most.
const LEARN_MIN: usize = 30;
const KEPT_MAX: usize = 256;
/// Loads, speeds and states that are learned apart at most.
const REGIMES_MAX: usize = 64;

/// Three current waveforms of one motor.
#[derive(Debug)]
pub(super) struct Trio {
    /// In the order of their names: L1, L2, L3.
    signals: [Signal; 3],
    output: Option<SignalId>,
    learn: Duration,
    /// The last block of each that has not met its others.
    waiting: [Option<Waveform>; 3],
    memory: TrioMemory,
}

/// What is saved. A block that waits for its others is not.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct TrioMemory {
    regimes: BTreeMap<String, Regime>,
    agreement: Agreement,
}

/// What is known at a load, at a speed and in a state.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Regime {
    Learning {
        since: Timestamp,
        /// Either part of the sequences that were seen.
        #[serde(with = "gemba_learn::bits")]
        re: Vec<f64>,
        #[serde(with = "gemba_learn::bits")]
        im: Vec<f64>,
    },
    Known(Balance),
}

/// Why the currents count as unequal.
struct Unequal {
    mode: &'static str,
    /// What it was while the motor was sound; none when nothing is known of that.
    usual: Option<Balance>,
    limit: f64,
}

/// The three currents of a motor; none when the asset has not just three that are alike.
pub(super) fn currents(signals: &[Signal]) -> Option<[&Signal; 3]> {
    let mut own: Vec<&Signal> = signals.iter().filter(|s| is_current(s) && s.binding.is_some()).collect();
    own.sort_by(|a, b| a.name.cmp(&b.name));
    let trio: [&Signal; 3] = own.try_into().ok()?;
    let [a, b, c] = trio;
    (a.unit == b.unit && b.unit == c.unit).then_some(trio)
}

impl Trio {
    pub(super) fn new(signals: &[Signal], learn_s: u64, computed: &BTreeMap<String, SignalId>) -> Option<Self> {
        Some(Self {
            signals: currents(signals)?.map(Signal::clone),
            output: computed.get(NEGATIVE).copied(),
            learn: Duration::from_secs(learn_s),
            waiting: [None, None, None],
            memory: TrioMemory::default(),
        })
    }

    pub(super) fn memory(&self) -> TrioMemory {
        self.memory.clone()
    }

    pub(super) fn remember(&mut self, memory: TrioMemory) {
        self.memory = memory;
    }

    /// Takes a block of one of them; with the third of one time they are looked at.
    pub(super) fn take(&mut self, running: &Running<'_>, wave: &Waveform, out: &mut Outlet) {
        let place = self.signals.iter().position(|s| s.id == wave.signal);
        let Some(slot) = place.and_then(|place| self.waiting.get_mut(place)) else { return };
        *slot = Some(wave.clone());
        let [Some(a), Some(b), Some(c)] = &self.waiting else { return };
        if [b, c].iter().any(|other| !of_one_time(a, other)) {
            return;
        }
        let values = [a, b, c].map(|w| w.samples.iter().take(SAMPLES_MAX).map(|v| f64::from(*v)).collect::<Vec<f64>>());
        let (range, ingest) = (span(a), a.ingest);
        self.waiting = [None, None, None];
        let [a, b, c] = &values;
        let Some(read) = phases([a, b, c], wave.rate_hz) else { return };
        if let Some(id) = self.output {
            out.sample(Sample { ingest, ..Sample::good(id, range.from, 100.0 * size(&read)) });
        }
        let unequal = running.regime.as_deref().map(|regime| self.judge(regime, range.from, &read));
        self.tell(running.asset, (range, &read), unequal.flatten().as_ref(), out);
    }

    /// Holds the sequence against what was learned at this load, else learns it. Without a past only what no supply may do
    /// counts.
    fn judge(&mut self, regime: &str, now: Timestamp, read: &Phases) -> Option<Unequal> {
        #[allow(clippy::cast_possible_truncation, reason = "logarithms of amperes are small")]
        let load = (read.positive.ln() / LOAD_STEP).round() as i64;
        let usual = self.memory.usual(regime, load);
        let unequal = match usual {
            Some(usual) => {
                let limit = usual.limit(MOVED);
                let moved = usual.away(read.negative) > limit;
                moved.then_some(Unequal { mode: "stator_winding", usual: Some(usual), limit })
            }
            None => (size(read) > UNEQUAL).then_some(Unequal { mode: "phase_loss", usual: None, limit: UNEQUAL }),
        };
        // what is found is not what a sound motor does
        if unequal.is_none() && !self.memory.agreement.open() {
            self.memory.learn(at(regime, load), (now, self.learn), read.negative);
        }
        unequal
    }

    fn tell(
        &mut self,
        asset: &Asset,
        (range, read): (TimeRange, &Phases),
        unequal: Option<&Unequal>,
        out: &mut Outlet,
    ) {
        let Self { signals, output, memory, .. } = self;
        let Some(unequal) = unequal else { return memory.agreement.take(range.from, None, out) };
        let seen = Seen { asset, signals, output: *output, read, unequal };
        let finding = |since| seen.finding(range, since);
        memory.agreement.take(range.from, Some(&Named { mode: unequal.mode, finding: &finding }), out);
    }
}

/// The name of a load at a speed and in a state.
fn at(regime: &str, load: i64) -> String {
    format!("{regime}/{load}")
}

impl TrioMemory {
    /// What is known at this load, else at the next lower or higher one: a fault moves the load too.
    fn usual(&self, regime: &str, load: i64) -> Option<Balance> {
        [load, load - 1, load + 1].into_iter().find_map(|load| match self.regimes.get(&at(regime, load)) {
            Some(Regime::Known(usual)) => Some(*usual),
            _ => None,
        })
    }

    fn learn(&mut self, regime: String, (now, long): (Timestamp, Duration), sequence: (f64, f64)) {
        if self.regimes.len() < REGIMES_MAX || self.regimes.contains_key(&regime) {
            self.regimes.entry(regime).or_insert_with(|| Regime::begin(now)).learn(now, sequence, long);
        }
    }
}

impl Regime {
    fn begin(since: Timestamp) -> Self {
        Self::Learning { since, re: Vec::new(), im: Vec::new() }
    }

    /// Takes a sound block; known once there were enough, for long enough.
    fn learn(&mut self, now: Timestamp, sequence: (f64, f64), long: Duration) {
        let Self::Learning { since, re, im } = self else { return };
        if re.len() >= KEPT_MAX {
            re.remove(0);
            im.remove(0);
        }
        re.push(sequence.0);
        im.push(sequence.1);
        if re.len() >= LEARN_MIN && now.since(*since) >= long {
            let seen: Vec<(f64, f64)> = re.iter().copied().zip(im.iter().copied()).collect();
            *self = Balance::of(&seen).map_or_else(|| Self::begin(now), Self::Known);
        }
    }
}

/// The negative sequence as a share of the positive one.
fn size(read: &Phases) -> f64 {
    read.negative.0.hypot(read.negative.1)
}

fn of_one_time(a: &Waveform, b: &Waveform) -> bool {
    let apart = a.start.since(b.start).max(b.start.since(a.start));
    apart <= TOGETHER && a.samples.len() == b.samples.len() && a.rate_hz.total_cmp(&b.rate_hz).is_eq()
}

fn span(wave: &Waveform) -> TimeRange {
    let seconds = wave.samples.len() as f64 / wave.rate_hz;
    TimeRange::new(wave.start, wave.start.plus(Duration::try_from_secs_f64(seconds).unwrap_or_default()))
}

/// What is to be told.
struct Seen<'a> {
    asset: &'a Asset,
    signals: &'a [Signal; 3],
    output: Option<SignalId>,
    read: &'a Phases,
    unequal: &'a Unequal,
}

impl Seen<'_> {
    fn finding(&self, range: TimeRange, since: Timestamp) -> Finding {
        let Self { asset, signals: [first, ..], read, unequal, .. } = self;
        let (phase, draws) = self.heaviest();
        let p_value = unequal.usual.map(|usual| usual.chance(NAMED, LOOKED_AT));
        let moved = unequal.usual.map_or(size(read), |usual| usual.away(read.negative));
        let held = (since, range.from);
        let frame = Frame { asset, signal: first, key: "phases".into(), mode: unequal.mode, held };
        Finding {
            title: match unequal.usual {
                Some(_) => format!("Motor currents have become unequal: {phase} draws more"),
                None => format!("Motor currents are unequal: {phase} draws {draws:.2} times the mean"),
            },
            explanation: self.explanation((phase.as_str(), draws)),
            p_value,
            probability: p_value.map_or(1.0, sure),
            severity: (moved / SEVERE).clamp(0.3, 0.9),
            contributions: self.contributions(),
            evidence: self.evidence(range),
            ..frame.finding()
        }
    }

    fn explanation(&self, (phase, draws): (&str, f64)) -> String {
        let (now, limit) = (100.0 * size(self.read), 100.0 * self.unequal.limit);
        let loads = format!("{phase} draws {draws:.2} times the mean of the three");
        match self.unequal.usual {
            Some(usual) => format!(
                "The negative sequence of the three currents is {now:.1} % of the positive one and has moved by {:.1} % from where it                  lay in {} blocks of the sound motor at this load; from {limit:.1} % on it counts as moved. {loads}. A short between                  turns of the stator does that, and so does a supply that has become unequal: the voltages tell them apart.",
                100.0 * usual.away(self.read.negative),
                usual.count,
            ),
            None => format!(
                "The negative sequence of the three currents is {now:.1} % of the positive one; a supply within IEC 60034-1 makes at most                  8 %, and from {limit:.0} % on the currents count as unequal. {loads}. A lost or weak phase of the supply, a bad contact or a                  short in the winding does that."
            ),
        }
    }

    /// The phase that draws most, and how many times the mean.
    fn heaviest(&self) -> (String, f64) {
        let each = self.signals.iter().zip(self.read.rms);
        let most = each.max_by(|a, b| a.1.total_cmp(&b.1));
        most.map(|(signal, rms)| (signal.name.replace(['_', '/'], " "), rms)).unwrap_or_default()
    }

    /// How far each phase is from the mean.
    fn contributions(&self) -> Vec<Contribution> {
        let off = self.read.rms.map(|rms| (rms - 1.0).abs());
        let all: f64 = off.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let part = |(signal, off): (&Signal, f64)| Contribution { signal: signal.id, share: off / all };
        let mut parts: Vec<Contribution> = self.signals.iter().zip(off).map(part).collect();
        parts.sort_by(|a, b| b.share.total_cmp(&a.share));
        parts
    }

    fn evidence(&self, range: TimeRange) -> Vec<Evidence> {
        let compared = self.output.map(|signal| {
            let usual = self.unequal.usual.map_or(0.0, |usual| 100.0 * usual.centre[0].hypot(usual.centre[1]));
            let reach = 100.0 * self.unequal.limit;
            let band = ((usual - reach).max(0.0), usual + reach);
            Evidence::Comparison(Comparison { signal, measured: 100.0 * size(self.read), expected: usual, band })
        });
        let windows = self.signals.iter().zip(self.read.rms).map(|(signal, rms)| {
            let note = format!("r.m.s. {rms:.3} times the mean of the three phases");
            Evidence::Window { signal: signal.id, range, note }
        });
        compared.into_iter().chain(windows).collect()
    }
}
