//! The contracts in which the other crates meet.
//!
//! A source delivers [`Arrival`]s; the store makes them durable; the receipt goes back to the source
//! as [`Source::commit`]. Operators are told the time, own their state and never wait.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    Batch, BatchBuilder, Binding, ChangePoint, Finding, Gap, Payload, Sample, SignalId, SignalKind, TimeRange,
    Timestamp, Unit, Waveform,
};

/// A future that can be moved between threads.
pub type Way<'a, T> = Pin<Box<dyn Future<Output = Result<T, BoxFault>> + Send + 'a>>;

/// Any crate's error, asked only what [`Fault`] answers.
pub type BoxFault = Box<dyn Fault>;

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// What a person wrote: fix the configuration.
    Config,
    /// The machine or its controller.
    Device,
    /// The network or a server between.
    Peer,
    /// The bytes themselves.
    Data,
    /// Our disk.
    Disk,
    /// Ourselves.
    Bug,
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Retry {
    /// Not without a change.
    Never,
    /// Yes, after this long.
    After(Duration),
    /// Yes, once connected again.
    OnReconnect,
}

/// What every crate's error answers, so that callers act without matching variants.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    /// Whose fault it is: decides the log level, the HTTP status and the colour of health.
    fn blame(&self) -> Blame;
    /// Whether trying again can help: decides the back-off.
    fn retry(&self) -> Retry;
    /// What to do about it, where that is known; empty otherwise. The error's text says only what happened.
    fn cure(&self) -> String {
        String::new()
    }
}

/// What happened and what to do, in one line: for logs.
pub fn told(fault: &dyn Fault) -> String {
    let cure = fault.cure();
    if cure.is_empty() { fault.to_string() } else { format!("{fault}; {cure}") }
}

impl<F: Fault> From<F> for BoxFault {
    fn from(fault: F) -> Self {
        Box::new(fault)
    }
}

/// Reads the time. The only way to the clock in the whole house.
pub trait Clock: Send + Sync + Debug {
    /// Now, UTC.
    fn now(&self) -> Timestamp;
}

/// Where a source stands, in its own words; opaque to everyone else. Empty: from the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position(pub Vec<u8>);

/// What a source hands over at once.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    /// The data. May be empty when only the state of the link changed.
    pub payloads: Vec<Payload>,
    /// Data that the device kept while it could not deliver (Sparkplug's historical flag): stored, but no news, so neither
    /// shown as it comes nor given to the operators, which would warn of what is over.
    pub backlog: Vec<Payload>,
    /// Holes that the source knows of: it was away, or could not read something.
    pub gaps: Vec<Gap>,
    /// Where to go on after a restart, once all this is durable.
    pub position: Position,
}

/// Where data enters. Opened by `connect`, run by `node`.
pub trait Source: Send {
    /// The next arrival; none when the source has ended (a replayed file). Cancel-safe: dropping the
    /// future loses nothing.
    fn next(&mut self) -> Way<'_, Option<Arrival>>;

    /// Called once everything up to `position` is on disk: now the device may be told "done".
    fn commit(&mut self, position: Position) -> Way<'_, ()>;

    /// How the link is, for health and the connections page.
    fn link(&self) -> Link;
}

/// The state of a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Link {
    /// Trying for the first time.
    Connecting,
    /// Delivering, or ready to.
    Up,
    /// Lost; trying again.
    Down {
        /// What happened.
        why: String,
        /// What to do; empty when nothing is known.
        cure: String,
    },
    /// Came to its end (a replayed file).
    Ended,
    /// Held back by a person: nothing is read until it is resumed.
    Paused,
}

impl Link {
    /// Lost by this.
    pub fn down(fault: &dyn Fault) -> Self {
        Self::Down { why: fault.to_string(), cure: fault.cure() }
    }
}

/// Something that a source has seen and that may be a signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Where it is.
    pub binding: Binding,
    /// A proposal for its place in the namespace: `acme/north/pump-1/flow`; empty when there is none.
    pub path: String,
    /// How it seems to behave.
    pub kind: SignalKind,
    /// Its unit, when the source tells.
    pub unit: Unit,
    /// What the source says about it.
    pub description: String,
}

/// Turns addresses into signals. Implemented by `node` over the catalogue; fast, never waits.
pub trait Directory: Send + Sync {
    /// The signal bound to this address; none when nobody wants it stored. A connection that is set to
    /// take everything registers what it has not seen before.
    fn signal(&self, found: &Found) -> Option<SignalId>;

    /// The same for many at once, in their order: cheaper where something has to be written down.
    fn signals(&self, found: &[Found]) -> Vec<Option<SignalId>> {
        found.iter().map(|one| self.signal(one)).collect()
    }

    /// Whether signals are made of what this connection sends and nobody has bound.
    fn registers(&self, connection: &str) -> bool;

    /// The number behind a text of a state signal; assigned on first sight, none when the signal is no
    /// state or has too many texts already.
    fn state_code(&self, signal: SignalId, text: &str) -> Option<f64>;
}

/// What an operator hands on.
#[allow(clippy::large_enum_variant, reason = "as for a payload: samples are the common case")]
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Computed samples (scores, features, expected values), stored like measured ones.
    Samples(Batch),
    /// A finding, new or updated.
    Finding(Box<Finding>),
    /// A lasting change of a signal.
    Change(Box<ChangePoint>),
}

/// Collects what operators hand on.
#[derive(Debug, Default)]
pub struct Outlet {
    outputs: Vec<Output>,
    samples: BatchBuilder,
}

/// How much was handed on up to a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    outputs: usize,
    samples: usize,
}

impl Outlet {
    /// An empty outlet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands something on.
    pub fn send(&mut self, output: Output) {
        self.outputs.push(output);
    }

    /// Hands a finding on.
    pub fn finding(&mut self, finding: Finding) {
        self.send(Output::Finding(Box::new(finding)));
    }

    /// Hands a computed sample on. All of them leave as one batch, behind everything else.
    pub fn sample(&mut self, sample: Sample) {
        self.samples.push(sample);
    }

    /// How much was handed on since the last drain.
    pub fn mark(&self) -> Mark {
        Mark { outputs: self.outputs.len(), samples: self.samples.len() }
    }

    /// Drops what was handed on since a mark.
    pub fn back_to(&mut self, mark: Mark) {
        self.outputs.truncate(mark.outputs);
        self.samples.truncate(mark.samples);
    }

    /// Everything handed on since the last call, in order, but single samples.
    pub fn drain_outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    /// Everything handed on since the last call, in order, single samples last.
    pub fn drain(&mut self) -> Vec<Output> {
        if !self.samples.is_empty() {
            self.outputs.push(Output::Samples(self.samples.finish()));
        }
        self.drain_outputs()
    }
}

/// One step of the way, for one asset: synchronous, owns its state, is told the time.
///
/// Batches arrive in event-time order, each row once. The same calls give the same outputs.
pub trait Operator: Send {
    /// A name with a version, such as `normal-behaviour/1`: stands in every result and checkpoint.
    fn name(&self) -> &str;

    /// Samples of the asset, ordered by time.
    ///
    /// # Errors
    /// A fault stops this operator only; `flow` restarts it from its last checkpoint.
    fn on_batch(&mut self, now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault>;

    /// A waveform of the asset.
    ///
    /// # Errors
    /// As [`Operator::on_batch`].
    fn on_waveform(&mut self, _now: Timestamp, _waveform: &Waveform, _out: &mut Outlet) -> Result<(), BoxFault> {
        Ok(())
    }

    /// Called when event time has moved past another [`Operator::tick_every`].
    ///
    /// # Errors
    /// As [`Operator::on_batch`].
    fn on_tick(&mut self, _now: Timestamp, _out: &mut Outlet) -> Result<(), BoxFault> {
        Ok(())
    }

    /// How often it wants [`Operator::on_tick`], in event time.
    fn tick_every(&self) -> Option<Duration> {
        None
    }

    /// Its state, for a checkpoint.
    fn save(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Takes back a state that [`Operator::save`] wrote.
    ///
    /// # Errors
    /// When the bytes are of another version or damaged; the operator then starts anew.
    fn restore(&mut self, _state: &[u8]) -> Result<(), BoxFault> {
        Ok(())
    }
}

/// Reads stored samples back: how replay, backtest and fitting see the past without knowing the store.
pub trait Past: Send + Sync {
    /// The samples of `signals` in `range`, ordered by time then signal, in batches of bounded size, each
    /// (signal, time) once.
    ///
    /// # Errors
    /// When the disk cannot be read.
    fn samples(
        &self,
        signals: &[SignalId],
        range: TimeRange,
    ) -> Result<Box<dyn Iterator<Item = Result<Batch, BoxFault>> + Send + '_>, BoxFault>;

    /// The waveforms of `signals` that begin in `range`, ordered by the time of their last sample. None by default:
    /// not every past keeps them.
    ///
    /// # Errors
    /// When the disk cannot be read.
    fn waveforms(
        &self,
        _signals: &[SignalId],
        _range: TimeRange,
    ) -> Result<Box<dyn Iterator<Item = Result<Waveform, BoxFault>> + Send + '_>, BoxFault> {
        Ok(Box::new(std::iter::empty()))
    }
}
