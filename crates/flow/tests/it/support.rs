//! Operators that tell what they were given, and how to read their tales.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gemba_flow::{LaneSpec, Make, Produced};
use gemba_plant::port::{Blame, BoxFault, Fault, Operator, Outlet, Output, Retry};
use gemba_plant::{AssetId, Batch, Payload, Sample, SignalId, Timestamp, Waveform};

/// Marks ticks in the tale.
pub(crate) const TICK: SignalId = SignalId::new(1_000_001);
/// Marks waveforms in the tale.
pub(crate) const WAVE: SignalId = SignalId::new(1_000_002);
/// A value that makes a [`Teller`] panic.
pub(crate) const PANIC: f64 = 13.0;
/// A value that makes a [`Teller`] fail.
pub(crate) const FAIL: f64 = 14.0;

/// Repeats each row, tick and waveform with the running sum of all values.
pub(crate) struct Teller {
    name: &'static str,
    every: Option<Duration>,
    sum: f64,
}

#[derive(Debug)]
pub(crate) struct Sick;

impl fmt::Display for Sick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("feeling sick")
    }
}

impl std::error::Error for Sick {}

impl Fault for Sick {
    fn blame(&self) -> Blame {
        Blame::Bug
    }
    fn retry(&self) -> Retry {
        Retry::Never
    }
}

impl Teller {
    fn tell(&self, signal: SignalId, time: Timestamp, out: &mut Outlet) {
        out.send(Output::Samples(Batch::from_rows(&[Sample::good(signal, time, self.sum)])));
    }
}

impl Operator for Teller {
    fn name(&self) -> &str {
        self.name
    }

    fn on_batch(&mut self, _now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        for row in batch.rows() {
            assert!(row.value.to_bits() != PANIC.to_bits(), "thirteen");
            if row.value.to_bits() == FAIL.to_bits() {
                return Err(Sick.into());
            }
            self.sum += row.value;
            self.tell(row.signal, row.time, out);
        }
        Ok(())
    }

    fn on_waveform(&mut self, now: Timestamp, wave: &Waveform, out: &mut Outlet) -> Result<(), BoxFault> {
        self.sum += wave.samples.iter().map(|s| f64::from(*s)).sum::<f64>();
        self.tell(WAVE, now, out);
        Ok(())
    }

    fn on_tick(&mut self, now: Timestamp, out: &mut Outlet) -> Result<(), BoxFault> {
        self.tell(TICK, now, out);
        Ok(())
    }

    fn tick_every(&self) -> Option<Duration> {
        self.every
    }

    fn save(&self) -> Vec<u8> {
        self.sum.to_le_bytes().to_vec()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        self.sum = f64::from_le_bytes(*state.first_chunk().filter(|_| state.len() == 8).ok_or(Sick)?);
        Ok(())
    }
}

/// Makes tellers, each with a tick of so many milliseconds; zero for none.
pub(crate) fn tellers(some: &[(&'static str, u64)]) -> Make {
    let some = some.to_vec();
    let every = |ms: u64| (ms > 0).then(|| Duration::from_millis(ms));
    let teller = move |(name, ms): &(&'static str, u64)| -> Box<dyn Operator> {
        Box::new(Teller { name, every: every(*ms), sum: 0.0 })
    };
    Arc::new(move || some.iter().map(&teller).collect())
}

/// A lane with these signals and two tellers, one of which ticks each second.
pub(crate) fn lane(asset: u32, signals: &[u32]) -> LaneSpec {
    LaneSpec {
        asset: AssetId::new(asset),
        signals: signals.iter().map(|s| SignalId::new(*s)).collect(),
        make: tellers(&[("calm/1", 0), ("ticking/1", 1000)]),
    }
}

pub(crate) fn row(signal: u32, ms: i64, value: f64) -> Sample {
    Sample::good(SignalId::new(signal), Timestamp::from_millis(ms), value)
}

pub(crate) fn payload(rows: &[Sample]) -> Payload {
    Payload::Samples(Batch::from_rows(rows))
}

/// What each operator told: (signal, ms, sum), in order.
pub(crate) type Tales = BTreeMap<(u32, String), Vec<(u32, i64, f64)>>;

pub(crate) fn tales(produced: &[Produced]) -> Tales {
    let mut tales = Tales::new();
    for one in produced {
        let Output::Samples(batch) = &one.output else { continue };
        let tale = tales.entry((one.asset.get(), one.operator.to_string())).or_default();
        tale.extend(batch.rows().map(|r| (r.signal.get(), r.time.millis(), r.value)));
    }
    tales
}

/// The tale of one operator of asset 1.
pub(crate) fn tale(produced: &[Produced], operator: &str) -> Vec<(u32, i64, f64)> {
    tales(produced).remove(&(1, operator.to_owned())).unwrap_or_default()
}
