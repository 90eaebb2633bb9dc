//! One asset: what is held back, how far its time is complete, who gets it.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use gemba_plant::{AssetId, Batch, Sample, SignalId, Timestamp, Waveform};

use crate::checkpoint::LaneState;
use crate::config::{FlowConfig, LaneSpec};
use crate::lag::Lag;
use crate::slot::{Ready, Slot, text_of};
use crate::{Counters, Error, Produced};

/// One asset's rows on their way to its operators.
pub(crate) struct Lane {
    pub(crate) asset: AssetId,
    signals: Vec<SignalId>,
    pub(crate) slots: Vec<Slot>,
    /// Last delivered time by the signal's place in `signals`.
    last: Vec<Timestamp>,
    /// The newest time that came, late rows too.
    came: Vec<Timestamp>,
    /// With the place of their signal.
    rows: Vec<(usize, Sample)>,
    /// With the place of their signal and when they are due: at the time of their last sample, or at the watermark when they
    /// come later than that.
    waves: Vec<(usize, Timestamp, Waveform)>,
    watermark: Timestamp,
    latest: Timestamp,
    /// The latest before what is being taken in: rows that come together have no lag.
    before: Timestamp,
    /// When that came, on the pipeline's steady clock.
    before_came: Duration,
    lag: Lag,
    /// A lag is waited for up to this long.
    lag_max: Duration,
    /// When something came last, or the lane was set, on the pipeline's steady clock.
    pub(crate) arrived: Duration,
}

impl Lane {
    pub(crate) fn new(spec: &LaneSpec, config: &FlowConfig) -> Result<Self, Error> {
        let asset = spec.asset;
        let refused = |panic: Box<dyn Any + Send>| Error::MakeOperator { asset, why: text_of(panic.as_ref()) };
        let operators = catch_unwind(AssertUnwindSafe(|| (spec.make)())).map_err(refused)?;
        let mut slots: Vec<Slot> = Vec::with_capacity(operators.len());
        for (place, operator) in operators.into_iter().enumerate() {
            let slot = Slot::new(asset, operator, (&spec.make, place), config.quiet_max()).map_err(refused)?;
            if slots.iter().any(|other| other.name == slot.name) {
                return Err(Error::OperatorTwice { asset, name: slot.name.to_string() });
            }
            slots.push(slot);
        }
        Ok(Self {
            asset,
            last: vec![Timestamp::MIN; spec.signals.len()],
            came: vec![Timestamp::MIN; spec.signals.len()],
            signals: spec.signals.clone(),
            slots,
            rows: Vec::new(),
            waves: Vec::new(),
            watermark: Timestamp::MIN,
            latest: Timestamp::MIN,
            before: Timestamp::MIN,
            before_came: Duration::ZERO,
            lag: Lag::default(),
            lag_max: config.lag_max(),
            arrived: Duration::ZERO,
        })
    }

    pub(crate) fn signals(&self) -> &[SignalId] {
        &self.signals
    }

    /// How far time is complete; none when nothing was seen yet.
    pub(crate) fn watermark(&self) -> Option<Timestamp> {
        (self.watermark != Timestamp::MIN).then_some(self.watermark)
    }

    /// Holds a row back, unless the watermark has passed it or it was delivered.
    pub(crate) fn hold(&mut self, place: usize, row: Sample, steady: Duration, counters: &mut Counters) {
        self.note_lag(place, row.time, steady);
        if row.time < self.watermark {
            counters.late += 1;
        } else if self.delivered(place, row.time) {
            counters.duplicate += 1;
        } else {
            self.latest = self.latest.max(row.time);
            self.rows.push((place, row));
        }
    }

    /// Holds a waveform back until the time of its last sample. One that comes later is judged all the same, by itself and at
    /// once, unless it is as late as no lag may be.
    pub(crate) fn hold_wave(&mut self, place: usize, wave: &Waveform, counters: &mut Counters) {
        let end = end_of(wave);
        if self.watermark != Timestamp::MIN && self.watermark.since(end) > self.lag_max {
            counters.late += 1;
        } else if self.delivered(place, end) {
            counters.duplicate += 1;
        } else {
            self.latest = self.latest.max(end);
            self.waves.push((place, end.max(self.watermark), wave.clone()));
        }
    }

    /// Whether a signal was delivered up to then.
    fn delivered(&self, place: usize, time: Timestamp) -> bool {
        self.last.get(place).is_some_and(|last| time <= *last && *last != Timestamp::MIN)
    }

    /// A signal that goes on and yet lies behind the newest of its asset has a slower way, judged so far or not. The first
    /// value that a door tells is as old as it likes.
    fn note_lag(&mut self, place: usize, time: Timestamp, steady: Duration) {
        let Some(came) = self.came.get_mut(place).filter(|came| time > **came) else { return };
        let first = std::mem::replace(came, time) == Timestamp::MIN;
        let behind = self.before.since(time).max(steady.saturating_sub(self.before_came));
        if !first && time < self.before && behind <= self.lag_max {
            self.lag.see(behind, self.before);
        }
    }

    /// How long rows are waited for.
    fn lateness(&self, config: &FlowConfig) -> Duration {
        config.lateness().max(self.lag.wait(self.latest).min(self.lag_max))
    }

    /// Delivers what newer data has made complete.
    pub(crate) fn run(&mut self, config: &FlowConfig, steady: Duration, counters: &mut Counters) -> Vec<Produced> {
        self.arrived = steady;
        if self.latest > self.before {
            (self.before, self.before_came) = (self.latest, steady);
        }
        let mut until = self.latest.minus(self.lateness(config));
        if self.rows.len() > config.held_rows_max {
            counters.forced += 1;
            until = self.latest;
        }
        self.deliver(until, counters)
    }

    /// Delivers what silence has made complete: first all that is held, then the ticks that notice the silence.
    pub(crate) fn idle(&mut self, config: &FlowConfig, steady: Duration, counters: &mut Counters) -> Vec<Produced> {
        let silent = steady.saturating_sub(self.arrived);
        if self.latest == Timestamp::MIN || silent < self.lateness(config) {
            return Vec::new();
        }
        let beyond = silent.saturating_sub(config.idle_after()).min(config.quiet_max());
        self.deliver(self.latest.plus(beyond), counters)
    }

    /// Delivers everything held.
    pub(crate) fn finish(&mut self, counters: &mut Counters) -> Vec<Produced> {
        self.deliver(self.latest, counters)
    }

    /// Takes from a lane that has read the past what this one lacks: all, when it has seen nothing; else what operators
    /// have learned that began with nothing.
    pub(crate) fn fill(&mut self, from: &LaneState) {
        if self.watermark().is_none() {
            return self.restore(from);
        }
        for slot in self.slots.iter_mut().filter(|slot| slot.anew) {
            if let Some(learned) = from.slots.get(slot.name.as_ref()) {
                slot.restore(learned);
            }
        }
    }

    /// Delivers what is held up to then.
    pub(crate) fn deliver(&mut self, until: Timestamp, counters: &mut Counters) -> Vec<Produced> {
        if until <= self.watermark && self.rows.is_empty() && self.waves.is_empty() {
            return Vec::new();
        }
        self.watermark = self.watermark.max(until);
        let ready = Ready { rows: self.ready_rows(counters), waves: self.ready_waves(counters) };
        counters.delivered += (ready.rows.len() + ready.waves.len()) as u64;
        let mut out = Vec::new();
        for slot in &mut self.slots {
            slot.deliver(&ready, self.watermark, &mut out);
        }
        counters.outputs += out.len() as u64;
        out
    }

    /// Takes the rows up to the watermark, ordered by time then signal; of two with both equal, the last to come.
    fn ready_rows(&mut self, counters: &mut Counters) -> Batch {
        let key = |(_, row): &(usize, Sample)| (row.time, row.signal);
        self.rows.sort_by_key(key);
        let split = self.rows.partition_point(|(_, row)| row.time <= self.watermark);
        let rest = self.rows.split_off(split);
        let due = std::mem::replace(&mut self.rows, rest);
        let mut rows: Vec<Sample> = Vec::with_capacity(due.len());
        for (place, row) in due {
            if let Some(last) = self.last.get_mut(place) {
                *last = row.time;
            }
            match rows.last_mut().filter(|before| (before.time, before.signal) == (row.time, row.signal)) {
                Some(before) => {
                    counters.duplicate += 1;
                    *before = row;
                }
                None => rows.push(row),
            }
        }
        Batch::from_rows(&rows)
    }

    fn ready_waves(&mut self, counters: &mut Counters) -> Vec<(Timestamp, Waveform)> {
        self.waves.sort_by_key(|(_, due, wave)| (*due, wave.signal, wave.start));
        let split = self.waves.partition_point(|(_, due, _)| *due <= self.watermark);
        let rest = self.waves.split_off(split);
        let ready = std::mem::replace(&mut self.waves, rest);
        let mut waves = Vec::with_capacity(ready.len());
        for (place, due, wave) in ready {
            let end = end_of(&wave);
            if self.delivered(place, end) {
                counters.duplicate += 1;
                continue;
            }
            self.last.get_mut(place).into_iter().for_each(|last| *last = end);
            waves.push((due, wave));
        }
        waves
    }

    /// The state for a checkpoint.
    pub(crate) fn save(&mut self) -> LaneState {
        let known = |at: Timestamp| (at != Timestamp::MIN).then_some(at);
        let last = self.signals.iter().zip(&self.last).filter(|(_, at)| **at != Timestamp::MIN);
        LaneState {
            watermark: self.watermark(),
            latest: known(self.latest),
            last: last.map(|(signal, at)| (*signal, *at)).collect(),
            rows: self.rows.iter().map(|(_, row)| *row).collect(),
            waves: self.waves.iter().map(|(_, _, wave)| wave.clone()).collect(),
            slots: self.slots.iter_mut().map(|slot| (slot.name.to_string(), slot.save())).collect(),
        }
    }

    /// Takes a checkpoint back. Operators and signals that it does not know begin anew.
    pub(crate) fn restore(&mut self, state: &LaneState) {
        let places: BTreeMap<SignalId, usize> = self.signals.iter().enumerate().map(|(i, s)| (*s, i)).collect();
        let last: BTreeMap<SignalId, Timestamp> = state.last.iter().copied().collect();
        self.last = self.signals.iter().map(|s| last.get(s).copied().unwrap_or(Timestamp::MIN)).collect();
        self.watermark = state.watermark.unwrap_or(Timestamp::MIN);
        self.latest = state.latest.unwrap_or(Timestamp::MIN);
        self.rows = state.rows.iter().filter_map(|row| Some((*places.get(&row.signal)?, *row))).collect();
        let waves = state.waves.iter();
        self.waves =
            waves.filter_map(|w| Some((*places.get(&w.signal)?, end_of(w).max(self.watermark), w.clone()))).collect();
        for slot in &mut self.slots {
            if let Some(saved) = state.slots.get(slot.name.as_ref()) {
                slot.restore(saved);
            }
        }
    }
}

/// When the last sample of a waveform was taken: it is complete only then.
pub(crate) fn end_of(wave: &Waveform) -> Timestamp {
    let seconds = wave.samples.len().saturating_sub(1) as f64 / wave.rate_hz;
    Duration::try_from_secs_f64(seconds).map_or(wave.start, |length| wave.start.plus(length))
}
