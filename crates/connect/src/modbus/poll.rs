//! One poll: every block asked for once, refused ones narrowed down.

use std::collections::VecDeque;
use std::time::Instant;

use gemba_plant::{Batch, BatchBuilder, Quality, Sample, SignalId, Timestamp};

use super::address::Address;
use super::config::Config;
use super::decode;
use super::link::{Reply, Wire};
use super::plan::{Block, Limits, Plan, retry_after};
use crate::{Bound, Error};

/// Status of a sample when the device did not answer: beyond the exception codes, which are one byte.
pub const NO_ANSWER: u32 = 0x100;
/// Status of a sample when the device's answer could not be read.
pub const UNREADABLE: u32 = 0x101;
/// Status of a sample when its address cannot be meant.
pub const NO_ADDRESS: u32 = 0x102;

/// The bound signals of a device.
pub(super) struct Poller {
    plan: Plan,
    signals: Vec<SignalId>,
    /// Signals whose address cannot be meant: told once.
    unreadable: Vec<SignalId>,
    blocks: Vec<Block>,
    fresh_until: Option<Instant>,
    /// Which block goes first: moves on after a failure, so that one dead block cannot hide the others.
    first: usize,
}

/// What one poll brought.
pub(super) struct Answers {
    rows: Vec<(SignalId, f64, u32)>,
}

impl Answers {
    /// All of it under one time.
    pub(super) fn batch(&self, now: Timestamp) -> Batch {
        let mut rows = BatchBuilder::with_capacity(self.rows.len());
        for &(signal, value, status) in &self.rows {
            let quality = if status == 0 && value.is_finite() { Quality::Good } else { Quality::Bad };
            rows.push(Sample { quality, status, ..Sample::good(signal, now, value) });
        }
        rows.finish()
    }
}

impl Poller {
    /// A poller for bindings. A binding that cannot be meant is logged and delivered as bad, once.
    pub(super) fn new(config: &Config, bound: &[Bound]) -> Self {
        let (mut addresses, mut signals, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        for binding in bound {
            match config.parse(&binding.address) {
                Ok(address) => {
                    addresses.push(address);
                    signals.push(binding.signal);
                }
                Err(error) => {
                    tracing::warn!(signal = binding.signal.get(), %error, "a signal's address cannot be meant");
                    unreadable.push(binding.signal);
                }
            }
        }
        let limits = Limits { max_block: config.max_block, max_gap: config.max_gap };
        let plan = Plan::new(addresses, limits);
        Self { plan, signals, unreadable, blocks: Vec::new(), fresh_until: None, first: 0 }
    }

    /// Reads everything once.
    ///
    /// # Errors
    /// When the device is away: nothing was answered, or it could not be reached again after it kept silent on
    /// one block. Blocks that it refuses or keeps silent on while it answers others come as bad samples.
    pub(super) async fn poll(&mut self, wire: &mut Wire, config: &Config) -> Result<Answers, Error> {
        self.renew();
        let mut todo: VecDeque<Block> = self.blocks.iter().cloned().collect();
        let turn = self.first.checked_rem(todo.len()).unwrap_or(0);
        todo.rotate_left(turn);
        let mut rows: Vec<_> = self.unreadable.drain(..).map(|signal| (signal, f64::NAN, NO_ADDRESS)).collect();
        let mut answered = false;
        while let Some(block) = todo.pop_front() {
            let code = match wire.ask(&block).await {
                Ok(Reply::Words(words)) => {
                    answered = true;
                    self.take(&block, &words, &mut rows);
                    continue;
                }
                Ok(Reply::Refused(code)) => u32::from(code),
                Err(error) => {
                    self.first = self.first.wrapping_add(1);
                    let code = silent(&error).filter(|_| answered).ok_or(error)?;
                    *wire = Wire::open(config).await?;
                    code
                }
            };
            answered = true;
            self.refuse(&block, code, &mut todo, &mut rows);
        }
        self.add_refused(&mut rows);
        if self.plan.settle() {
            self.fresh_until = None;
        }
        Ok(Answers { rows })
    }

    /// Plans anew when something was learned or a refused address is due.
    fn renew(&mut self) {
        let now = Instant::now();
        if self.fresh_until.is_none_or(|until| until <= now) {
            self.blocks = self.plan.blocks(now);
            let day = now + std::time::Duration::from_hours(24);
            self.fresh_until = Some(self.plan.next_retry().filter(|retry| *retry > now).unwrap_or(day));
        }
    }

    fn take(&mut self, block: &Block, words: &[u16], rows: &mut Vec<(SignalId, f64, u32)>) {
        if block.members.iter().any(|member| self.plan.refusal(*member).is_some()) {
            self.plan.taken(block);
            self.fresh_until = None;
        }
        for &member in &block.members {
            let (Some(address), Some(&signal)) = (self.plan.address(member), self.signals.get(member)) else {
                continue;
            };
            match value_in(block, words, address) {
                Some(value) => rows.push((signal, value, 0)),
                None => rows.push((signal, f64::NAN, UNREADABLE)),
            }
        }
    }

    fn refuse(&mut self, block: &Block, code: u32, todo: &mut VecDeque<Block>, rows: &mut Vec<(SignalId, f64, u32)>) {
        match code {
            // no such table: no use in looking closer
            1 => self.plan.refuse_all(block, code, Instant::now() + retry_after(code)),
            // busy, or the gateway has lost the device: passes by itself
            5 | 6 | 10 | 11 => {
                let signals = block.members.iter().filter_map(|member| self.signals.get(*member));
                rows.extend(signals.map(|signal| (*signal, f64::NAN, code)));
                return;
            }
            _ => {
                if let Some((left, right)) = self.plan.refuse(block, code, Instant::now() + retry_after(code)) {
                    todo.push_front(right);
                    todo.push_front(left);
                }
            }
        }
        self.fresh_until = None;
    }

    fn add_refused(&self, rows: &mut Vec<(SignalId, f64, u32)>) {
        for (member, signal) in self.signals.iter().enumerate() {
            if let Some(code) = self.plan.refusal(member) {
                rows.push((*signal, f64::NAN, code));
            }
        }
    }
}

/// The status for a block that the device keeps silent on or answers with rubbish; none when it is gone.
const fn silent(error: &Error) -> Option<u32> {
    match error {
        Error::TimedOut { .. } => Some(NO_ANSWER),
        Error::Malformed { .. } => Some(UNREADABLE),
        _ => None,
    }
}

/// The value of an address inside a block's words.
pub(super) fn value_in(block: &Block, words: &[u16], address: &Address) -> Option<f64> {
    let at = usize::from(address.start.checked_sub(block.start)?);
    decode::value(address, words.get(at..)?)
}
