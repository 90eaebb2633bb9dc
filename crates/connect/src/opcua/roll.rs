//! Who is watched under which handle, and what notifications mean to them: pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::Directory;
use gemba_plant::{
    Batch, BatchBuilder, Gap, GapReason, Payload, Quality, Sample, SignalId, SignalKind, TimeRange, Timestamp, Waveform,
};
use opcua::types::{DataChangeNotification, DataValue, NamespaceMap, NotificationMessage, StatusCode};

use super::config::{Config, Trigger};
use super::decode::{NO_RATE, Skew, Value, judged, overflowed, status, time, value};
use super::nodes;
use super::subscribe::Target;
use crate::Setting;

/// The first value of a watch is the value that holds now. When it changed longer ago than this, it gets our time.
const HOLDS: Duration = Duration::from_mins(1);
/// The status of a node whose address cannot be meant: `BadNodeIdInvalid`.
const NODE_INVALID: u32 = 0x8033_0000;

/// Everything that is watched in one session.
pub(super) struct Roll {
    connection: String,
    directory: Arc<dyn Directory>,
    targets: BTreeMap<u32, Target>,
    /// Signals whose address cannot be meant.
    unreadable: Vec<SignalId>,
    /// Handles whose first value has not come yet.
    fresh: BTreeSet<u32>,
    /// Handles that the server refuses.
    missing: BTreeSet<u32>,
    /// Samples per second of waveforms, by their handle.
    rates: BTreeMap<u32, f64>,
    /// Handles of companions: which waveform's rate they tell.
    companions: BTreeMap<u32, u32>,
    lost_since: Option<Timestamp>,
    /// Source times stand for measurements, not for changes: they are kept however old.
    every_measurement: bool,
}

/// What one message brought.
pub(super) struct Harvest {
    pub(super) rows: Batch,
    pub(super) waves: Vec<Payload>,
    pub(super) gaps: Vec<Gap>,
}

impl Roll {
    /// Everything bound; `lost_since` is when the session before was lost.
    pub(super) fn new(
        setting: &Setting,
        config: &Config,
        namespaces: &NamespaceMap,
        lost_since: Option<Timestamp>,
    ) -> Self {
        let mut roll = Self {
            connection: setting.name.clone(),
            directory: Arc::clone(&setting.directory),
            targets: BTreeMap::new(),
            unreadable: Vec::new(),
            fresh: BTreeSet::new(),
            missing: BTreeSet::new(),
            rates: BTreeMap::new(),
            companions: BTreeMap::new(),
            lost_since,
            every_measurement: config.trigger == Trigger::Timestamp,
        };
        for bound in &setting.bound {
            match nodes::parse(&bound.address, namespaces) {
                Ok(node) => {
                    let handle = roll.enter(Target { signal: Some(bound.signal), kind: bound.kind, node });
                    roll.rate_of(handle, &bound.address, config, namespaces);
                }
                Err(error) => {
                    tracing::warn!(signal = bound.signal.get(), %error, "a signal's address cannot be meant");
                    roll.unreadable.push(bound.signal);
                }
            }
        }
        roll.fresh = roll.targets.keys().copied().collect();
        roll
    }

    /// Handles begin at 1: 0 means "choose one" to the stack.
    fn enter(&mut self, target: Target) -> u32 {
        let handle = u32::try_from(self.targets.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.targets.insert(handle, target);
        handle
    }

    fn rate_of(&mut self, handle: u32, address: &str, config: &Config, namespaces: &NamespaceMap) {
        let Some(wave) = config.waveforms.iter().find(|wave| wave.address == address) else { return };
        if let Some(rate) = wave.rate_hz {
            self.rates.insert(handle, rate);
        }
        let companion = wave.rate_address.as_ref().and_then(|text| nodes::parse(text, namespaces).ok());
        if let Some(node) = companion {
            let companion = self.enter(Target { signal: None, kind: SignalKind::State, node });
            self.companions.insert(companion, handle);
        }
    }

    /// Everything to watch, by handle.
    pub(super) fn targets(&self) -> BTreeMap<u32, Target> {
        self.targets.clone()
    }

    /// What the server refused so far.
    pub(super) fn missing(&self) -> BTreeMap<u32, Target> {
        self.targets.iter().filter(|(handle, _)| self.missing.contains(handle)).map(|(h, t)| (*h, t.clone())).collect()
    }

    /// Some that were missing were tried again.
    pub(super) fn found(&mut self, tried: &BTreeMap<u32, Target>, refused: &BTreeMap<u32, StatusCode>) {
        self.missing.retain(|handle| !tried.contains_key(handle) || refused.contains_key(handle));
    }

    /// Signals that the server refuses or whose address cannot be meant, each with its status.
    pub(super) fn refused(&mut self, refused: &BTreeMap<u32, StatusCode>) -> Vec<(SignalId, u32)> {
        self.missing = refused.keys().copied().collect();
        let by_server =
            refused.iter().filter_map(|(handle, code)| Some((self.targets.get(handle)?.signal?, code.bits())));
        by_server.chain(self.unreadable.iter().map(|signal| (*signal, NODE_INVALID))).collect()
    }

    /// The samples, waveforms and gaps in a message.
    pub(super) fn harvest(&mut self, message: NotificationMessage, (now, skew): (Timestamp, Skew)) -> Harvest {
        let (mut rows, mut waves, mut gaps) = (BatchBuilder::new(), Vec::new(), Vec::new());
        for data in message.notification_data.into_iter().flatten() {
            let Some(changes) = data.into_inner_as::<DataChangeNotification>() else { continue };
            for mut item in changes.monitored_items.into_iter().flatten() {
                skew.undo(&mut item.value);
                self.note_rate(item.client_handle, &item.value);
                let Some(signal) = self.targets.get(&item.client_handle).and_then(|target| target.signal) else {
                    continue;
                };
                let at = self.time_of(item.client_handle, &item.value, now);
                if overflowed(status(&item.value)) {
                    gaps.push(self.overflow(signal, at));
                }
                match self.read(item.client_handle, signal, &item.value) {
                    Read::Row(value, quality, status) => {
                        rows.push(Sample { ingest: now, quality, status, ..Sample::good(signal, at, value) });
                    }
                    Read::Wave(rate_hz, samples) => {
                        waves.push(Payload::Waveform(Waveform { signal, start: at, ingest: now, rate_hz, samples }));
                    }
                }
            }
        }
        Harvest { rows: rows.finish(), waves, gaps }
    }

    fn read(&self, handle: u32, signal: SignalId, data: &DataValue) -> Read {
        let kind = self.targets.get(&handle).map(|target| target.kind).unwrap_or_default();
        let status = status(data);
        match data.value.as_ref().map_or(Value::Nothing, value) {
            Value::Block(samples) if kind == SignalKind::Waveform && !status.is_bad() => {
                match self.rates.get(&handle) {
                    Some(rate) => Read::Wave(*rate, samples.into()),
                    None => Read::Row(f64::NAN, Quality::Bad, NO_RATE),
                }
            }
            Value::Number(x) => row(judged(Some(x), status)),
            Value::Text(text) => row(judged(self.directory.state_code(signal, &text), status)),
            Value::Block(_) | Value::Nothing => row(judged(None, status)),
        }
    }

    fn note_rate(&mut self, handle: u32, data: &DataValue) {
        let Some(&wave) = self.companions.get(&handle) else { return };
        if let Some(Value::Number(rate)) = data.value.as_ref().map(value)
            && rate.is_finite()
            && rate > 0.0
        {
            self.rates.insert(wave, rate);
        }
    }

    /// The source's time, the server's, or ours. A first value that has held for long is told as holding now: its own
    /// time lies before marks of the lost link, or so far back that it would say nothing about today.
    fn time_of(&mut self, handle: u32, data: &DataValue, now: Timestamp) -> Timestamp {
        let first = self.fresh.remove(&handle);
        let Some(at) = time(data) else { return now };
        let long_ago = !self.every_measurement && at.plus(HOLDS) < now;
        let holds = long_ago || self.lost_since.is_some_and(|lost| at <= lost);
        if first && holds { now } else { at }
    }

    fn overflow(&self, signal: SignalId, at: Timestamp) -> Gap {
        let note = "the server's queue for this value ran over; raise queue_size or lower publishing_interval_ms";
        let gap = Gap::new(&self.connection, TimeRange::new(at, at), GapReason::Dropped, note);
        Gap { signal: Some(signal), ..gap }
    }
}

enum Read {
    Row(f64, Quality, u32),
    Wave(f64, Arc<[f32]>),
}

fn row((value, quality, status): (f64, Quality, u32)) -> Read {
    Read::Row(value, quality, status)
}
