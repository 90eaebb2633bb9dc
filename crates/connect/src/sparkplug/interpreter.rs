//! Effects of the state machine to rows and words.

use std::time::Duration;

use gemba_plant::{AssetPath, Gap, GapReason, Quality, Sample, SignalKind, TimeRange, Timestamp};

use super::encode;
use super::state::{Effect, Host, Value};
use crate::mqtt::decode::Datum;
use crate::mqtt::harvest::{Harvest, Rejects, gap};
use crate::mqtt::link::Message;
use crate::mqtt::names::{Hint, Names};
use crate::mqtt::pubsub::Interpreter;

/// A host application.
pub(crate) struct Application {
    connection: String,
    host: Host,
    names: Names,
    host_id: String,
    says_state: bool,
    unread: Vec<(String, String)>,
}

/// Rejects of ticks wait for the next message; more than this are counted as one.
const UNREAD_MAX: usize = 100;

impl Application {
    /// Knows nobody yet. `says_state`: whether it tells edge nodes that it is there.
    pub(crate) fn new(connection: &str, host: Host, names: Names, state: Option<&str>) -> Self {
        Self {
            connection: connection.into(),
            host,
            names,
            host_id: state.unwrap_or_default().into(),
            says_state: state.is_some(),
            unread: Vec::new(),
        }
    }

    fn apply(&mut self, now: Timestamp, effects: Vec<Effect>, out: &mut Harvest) {
        for effect in effects {
            match effect {
                Effect::Value(value) => self.value(now, value, out),
                Effect::Rebirth(group, edge) => {
                    tracing::info!(connection = %self.connection, "asking {group}/{edge} for a rebirth");
                    out.say.push(encode::rebirth_request(&group, &edge, now));
                }
                Effect::SayOnline if self.says_state => out.say.push(encode::state(&self.host_id, true, now)),
                Effect::SayOnline => {}
                Effect::Reject(what, why) if self.unread.len() < UNREAD_MAX => self.unread.push((what, why)),
                Effect::Reject(..) => {}
                Effect::Lost(node, messages) => {
                    let note =
                        format!("{messages} messages of edge node {node} never arrived; a rebirth was asked for");
                    let from = now.minus(Duration::from_micros(1));
                    let hole = gap(&self.connection, TimeRange::new(from, now), note);
                    out.gap(Gap { reason: GapReason::Dropped, ..hole });
                }
            }
        }
    }

    fn value(&mut self, now: Timestamp, value: Value, out: &mut Harvest) {
        let Value { address, datum, time, quality, status, unit, description } = value;
        let kind = match datum {
            Datum::Flag(_) | Datum::Text(_) => SignalKind::State,
            _ => SignalKind::Gauge,
        };
        let hint = || Hint { path: proposed_path(&address), kind, unit, description };
        let Some(signal) = self.names.signal(&address, hint) else { return };
        let number = match datum {
            Datum::Number(number) => number,
            Datum::Flag(flag) => f64::from(u8::from(flag)),
            Datum::Text(text) => self.names.state_code(signal, &text).unwrap_or_else(|| {
                self.unread.push((address.clone(), "a text for a signal that takes numbers".into()));
                f64::NAN
            }),
            Datum::Nothing | Datum::Wave(..) => f64::NAN,
        };
        let aged = if time.is_none() { quality.max(Quality::Uncertain) } else { quality };
        let quality = if number.is_nan() { Quality::Bad } else { aged };
        out.row(Sample { signal, time: time.unwrap_or(now), ingest: now, value: number, quality, status });
    }
}

impl Interpreter for Application {
    fn message(&mut self, now: Timestamp, message: &Message, out: &mut Harvest, rejects: &mut Rejects) {
        let effects = self.host.message(now, &message.topic, &message.payload);
        self.apply(now, effects, out);
        for (what, why) in self.unread.drain(..) {
            rejects.add(now, &what, &why);
        }
    }

    fn up(&mut self, at: Timestamp, out: &mut Harvest) {
        if self.says_state {
            out.say.push(encode::state(&self.host_id, true, at));
        }
    }

    fn down(&mut self, _at: Timestamp, _out: &mut Harvest) {
        self.host.lose();
    }

    fn tick(&mut self, now: Timestamp, out: &mut Harvest) {
        let effects = self.host.tick(now);
        self.apply(now, effects, out);
    }
}

/// The proposal for where a metric belongs; empty when none can be made.
pub(crate) fn proposed_path(address: &str) -> String {
    if address.split('/').count() > AssetPath::DEPTH_MAX {
        return String::new();
    }
    AssetPath::slug(address).map(String::from).unwrap_or_default()
}
