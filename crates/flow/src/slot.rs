//! One operator of a lane: delivery in event-time order, ticks, faults.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::{BoxFault, Operator, Outlet, Output};
use gemba_plant::{AssetId, Batch, Timestamp, Waveform};

use crate::Produced;
use crate::config::Make;
use crate::rest::Rest;

/// Ticks come at most this often: bounds the work in a gap.
const TICK_MIN: Duration = Duration::from_millis(100);

/// Rows and waveforms that the watermark has passed, each ordered by time.
pub(crate) struct Ready {
    pub(crate) rows: Batch,
    pub(crate) waves: Vec<(Timestamp, Waveform)>,
}

/// What of a slot goes into a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SlotState {
    /// Shared with the checkpoint.
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) seen: Option<Timestamp>,
    pub(crate) next_tick: Option<Timestamp>,
    pub(crate) rest: Rest,
}

/// Where a slot's operator hands things on during one delivery.
struct Out<'a> {
    produced: &'a mut Vec<Produced>,
    /// Empty between calls, but for single samples.
    outlet: Outlet,
}

pub(crate) struct Slot {
    asset: AssetId,
    pub(crate) name: Arc<str>,
    /// Makes the operators of the lane; this is the one at `place`.
    make: Make,
    place: usize,
    every: Option<Duration>,
    quiet_max: Duration,
    /// None while it rests after a fault.
    operator: Option<Box<dyn Operator>>,
    /// The state to restart from.
    state: SlotState,
    /// Whether it began with nothing: it is new, or what was saved of it was refused.
    pub(crate) anew: bool,
    pub(crate) faults: u64,
    pub(crate) skipped: u64,
    pub(crate) last_fault: Option<String>,
}

impl Slot {
    /// Asks an operator for its name and tick. How it is made anew: at a place among the operators of its lane. What a panic
    /// says comes back as it is.
    pub(crate) fn new(
        asset: AssetId,
        operator: Box<dyn Operator>,
        (make, place): (&Make, usize),
        quiet_max: Duration,
    ) -> std::thread::Result<Self> {
        let asked = || (Arc::from(operator.name()), operator.tick_every());
        let (name, every) = catch_unwind(AssertUnwindSafe(asked))?;
        Ok(Self {
            asset,
            name,
            make: Arc::clone(make),
            place,
            every: every.map(|span| span.max(TICK_MIN)),
            quiet_max,
            operator: Some(operator),
            state: SlotState::default(),
            anew: true,
            faults: 0,
            skipped: 0,
            last_fault: None,
        })
    }

    pub(crate) fn resting(&self) -> bool {
        self.operator.is_none()
    }

    /// The state for a checkpoint, which is also the one to restart from.
    pub(crate) fn save(&mut self) -> SlotState {
        if let Some(operator) = &self.operator {
            match catch_unwind(AssertUnwindSafe(|| operator.save())) {
                Ok(bytes) => self.state.bytes = bytes.into(),
                Err(panic) => self.fail(self.state.seen.unwrap_or(Timestamp::MIN), text_of(panic.as_ref())),
            }
        }
        self.state.clone()
    }

    /// Takes a checkpoint back; an operator that was resting stays so.
    pub(crate) fn restore(&mut self, state: &SlotState) {
        let fresh = self.operator.take().filter(|_| self.state == SlotState::default());
        self.state = state.clone();
        self.anew = state.bytes.is_empty();
        if self.state.rest.until.is_none_or(|until| self.state.seen.is_none_or(|seen| seen >= until)) {
            self.start(fresh, self.state.seen.unwrap_or(Timestamp::MIN));
        }
    }

    /// Delivers everything ready, with the ticks up to `until` in between. Single samples are handed on together.
    pub(crate) fn deliver(&mut self, ready: &Ready, until: Timestamp, produced: &mut Vec<Produced>) {
        let mut out = Out { produced, outlet: Outlet::new() };
        self.work_off(ready, until, &mut out);
        let rest = out.outlet.drain().into_iter().map(|output| self.produced(until, output));
        out.produced.extend(rest);
    }

    fn produced(&self, time: Timestamp, output: Output) -> Produced {
        Produced { asset: self.asset, operator: Arc::clone(&self.name), time, output }
    }

    fn work_off(&mut self, ready: &Ready, until: Timestamp, out: &mut Out<'_>) {
        let (mut row, mut waves) = (0, ready.waves.iter().peekable());
        let times = ready.rows.times();
        loop {
            let row_time = times.get(row).map(|t| Timestamp::from_micros(*t));
            let wave_time = waves.peek().map(|(at, _)| *at);
            let Some(next) = [row_time, wave_time].into_iter().flatten().min() else { break };
            self.tick_through(next, out);
            self.state.seen = Some(next);
            self.schedule(next);
            if row_time.is_none_or(|at| next < at) {
                if let Some((at, wave)) = waves.next() {
                    self.call(*at, 1, out, |op, outlet| op.on_waveform(*at, wave, outlet));
                }
                continue;
            }
            let end = row + self.run_length(times.get(row..).unwrap_or_default(), wave_time);
            let last = times.get(end - 1).map_or(next, |t| Timestamp::from_micros(*t));
            let part = ready.rows.slice(row, end - row);
            self.state.seen = Some(last);
            self.call_rows(&part, last, out);
            row = end;
        }
        self.tick_through(until, out);
    }

    /// How many rows can go in one call: up to the next tick, the next waveform and the end of a rest; at least one.
    fn run_length(&self, times: &[i64], wave: Option<Timestamp>) -> usize {
        let tick = self.state.next_tick.map_or(i64::MAX, Timestamp::micros);
        let wave = wave.map_or(i64::MAX, Timestamp::micros);
        let first = times.first().map_or(Timestamp::MIN, |t| Timestamp::from_micros(*t));
        let rest = self.state.rest.until.filter(|until| first < *until).map_or(i64::MAX, Timestamp::micros);
        times.partition_point(|t| *t < tick && *t <= wave && *t < rest).max(1)
    }

    fn call_rows(&mut self, rows: &Batch, last: Timestamp, out: &mut Out<'_>) {
        let first = rows.times().first().map_or(last, |t| Timestamp::from_micros(*t));
        if self.state.rest.at(first) {
            self.skipped += rows.len() as u64;
        } else {
            self.call(last, rows.len(), out, |op, outlet| op.on_batch(last, rows, outlet));
        }
    }

    /// The first tick after an operator's first row.
    fn schedule(&mut self, seen: Timestamp) {
        if self.state.next_tick.is_none() {
            self.state.next_tick = self.every.map(|every| grid_after(seen, every));
        }
    }

    /// Fires the ticks up to `to`, both ends included, but none later than `quiet_max` after the last row.
    fn tick_through(&mut self, to: Timestamp, out: &mut Out<'_>) {
        let (Some(every), Some(seen)) = (self.every, self.state.seen) else { return };
        let last = seen.plus(self.quiet_max);
        while let Some(tick) = self.state.next_tick.filter(|tick| *tick <= to) {
            if tick > last {
                self.state.next_tick = Some(grid_after(to, every));
                return;
            }
            self.state.next_tick = Some(tick.plus(every));
            self.call(tick, 0, out, |op, outlet| op.on_tick(tick, outlet));
        }
    }

    /// Calls the operator; what it hands on in a call that fails is dropped.
    fn call(
        &mut self,
        now: Timestamp,
        rows: usize,
        out: &mut Out<'_>,
        work: impl FnOnce(&mut dyn Operator, &mut Outlet) -> Result<(), BoxFault>,
    ) {
        if self.state.rest.at(now) {
            self.skipped += rows as u64;
            return;
        }
        if self.operator.is_none() {
            self.start(None, now);
        }
        let Some(operator) = self.operator.as_deref_mut() else {
            self.skipped += rows as u64;
            return;
        };
        let before = out.outlet.mark();
        match catch_unwind(AssertUnwindSafe(|| work(operator, &mut out.outlet))) {
            Ok(Ok(())) => {
                let outputs = out.outlet.drain_outputs().into_iter().map(|output| self.produced(now, output));
                out.produced.extend(outputs);
                return;
            }
            Ok(Err(fault)) => self.fail(now, fault.to_string()),
            Err(panic) => self.fail(now, text_of(panic.as_ref())),
        }
        out.outlet.back_to(before);
    }

    /// Starts the operator, made anew unless one in its first state is there, with its last saved state, or in its first
    /// state when that cannot be read.
    fn start(&mut self, fresh: Option<Box<dyn Operator>>, now: Timestamp) {
        let (make, bytes) = (|| (self.make)().swap_remove(self.place), &self.state.bytes);
        let started = catch_unwind(AssertUnwindSafe(|| {
            let mut operator = fresh.unwrap_or_else(make);
            if bytes.is_empty() {
                return (operator, None);
            }
            match operator.restore(bytes) {
                Ok(()) => (operator, None),
                Err(fault) => (make(), Some(fault.to_string())),
            }
        }));
        match started {
            Ok((operator, refused)) => {
                self.operator = Some(operator);
                if let Some(why) = refused {
                    tracing::warn!(asset = %self.asset, operator = %self.name, why, "saved state refused: begins anew");
                    self.state.bytes = Arc::default();
                    self.anew = true;
                    self.last_fault = Some(why);
                }
            }
            Err(panic) => {
                self.state.bytes = Arc::default();
                self.fail(now, text_of(panic.as_ref()));
            }
        }
    }

    fn fail(&mut self, at: Timestamp, why: String) {
        self.operator = None;
        self.faults += 1;
        self.state.rest.strike(at);
        let strikes = self.state.rest.strikes;
        tracing::error!(asset = %self.asset, operator = %self.name, strikes, why, "operator failed: rests, then restarts");
        self.last_fault = Some(why);
    }
}

/// The first multiple of `every` since the epoch that lies after `at`.
fn grid_after(at: Timestamp, every: Duration) -> Timestamp {
    let step = i64::try_from(every.as_micros()).unwrap_or(i64::MAX).max(1);
    Timestamp::from_micros(at.micros().div_euclid(step).saturating_add(1).saturating_mul(step))
}

/// What a panic says.
pub(crate) fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panicked: {}", text.unwrap_or("without a text"))
}
