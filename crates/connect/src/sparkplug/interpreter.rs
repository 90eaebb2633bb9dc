//! Effects of the state machine to rows and words.

use std::time::Duration;

use gemba_plant::{AssetPath, Gap, GapReason, Quality, Sample, SignalKind, TimeRange, Timestamp, Waveform};

use super::encode;
use super::probe::heard;
use super::state::{self, Effect, Host, Value};
use crate::mqtt::decode::Datum;
use crate::mqtt::harvest::{Harvest, Rejects, gap};
use crate::mqtt::interpreter::TEXT_FOR_NUMBER;
use crate::mqtt::link::Message;
use crate::mqtt::names::{Hint, Names};
use crate::mqtt::pubsub::Interpreter;
use crate::mqtt::wire::Publish;

/// A host application.
pub(crate) struct Application {
    connection: String,
    host: Host,
    names: Names,
    state: Option<String>,
}

impl Application {
    /// Knows nobody yet. `state`: the id under which it tells edge nodes that it is there, if it does.
    pub(crate) fn new(connection: &str, host: Host, names: Names, state: Option<String>) -> Self {
        Self { connection: connection.into(), host, names, state }
    }

    fn apply(&mut self, now: Timestamp, effects: Vec<Effect>, (out, rejects): (&mut Harvest, &mut Rejects)) {
        for effect in effects {
            match effect {
                Effect::Value(value) => self.value(now, value, (&mut *out, &mut *rejects)),
                Effect::Rebirth(group, edge) => {
                    tracing::info!(connection = %self.connection, "asking {group}/{edge} for a rebirth");
                    out.say.push(encode::rebirth_request(&group, &edge, now));
                }
                Effect::SayOnline => out.say.extend(self.online(now)),
                Effect::Reject(what, why) => rejects.add(now, &what, &cured(why)),
                Effect::LeftOut(what, count) => {
                    rejects.add_many(now, &what, "values beyond what one metric may hold", count);
                }
                Effect::Lost(edge, messages) => {
                    let missing = format!("{messages} messages of {edge} never arrived; a rebirth was asked for");
                    let from = now.minus(Duration::from_micros(1));
                    let hole = gap(&self.connection, TimeRange::new(from, now), missing);
                    out.gap(Gap { reason: GapReason::Dropped, ..hole });
                }
                Effect::Gone(part, since) => out.gap(self.dead(part, (since, Timestamp::MAX))),
                Effect::Back(part, since) => out.gap(self.dead(part, (since, now.max(since)))),
            }
        }
    }

    /// The gap of an edge node or device that is or was dead.
    fn dead(&self, part: String, (from, to): (Timestamp, Timestamp)) -> Gap {
        let note = format!("{part} was dead, as its broker or its edge node said");
        Gap { part, ..gap(&self.connection, TimeRange::new(from, to), note) }
    }

    fn online(&self, at: Timestamp) -> Option<Publish> {
        self.state.as_ref().map(|host_id| encode::state(host_id, true, at))
    }

    fn value(&mut self, now: Timestamp, value: Value, (out, rejects): (&mut Harvest, &mut Rejects)) {
        if !value.historical {
            self.names.hear(now, &value.address, || heard(&value));
        }
        let Value { address, datum, time, historical, quality, status, unit, description } = value;
        let kind = match datum {
            Datum::Flag(_) | Datum::Text(_) => SignalKind::State,
            Datum::Wave(..) => SignalKind::Waveform,
            _ => SignalKind::Gauge,
        };
        let hint = || Hint { path: proposed_path(&address), kind, unit, description };
        let Some(signal) = self.names.signal(&address, hint) else { return };
        let number = match datum {
            Datum::Number(number) => number,
            Datum::Flag(flag) => f64::from(u8::from(flag)),
            Datum::Text(text) => self.names.state_code(signal, &text).unwrap_or_else(|| {
                rejects.add(now, &address, &format!("a text {TEXT_FOR_NUMBER}"));
                f64::NAN
            }),
            Datum::Nothing => f64::NAN,
            Datum::Wave(rate_hz, samples) => {
                let start = time.unwrap_or(now);
                let wave = Waveform { signal, start, ingest: now, rate_hz, samples: samples.into() };
                return if historical { out.kept_wave(wave) } else { out.wave(wave) };
            }
        };
        let aged = if time.is_none() { quality.max(Quality::Uncertain) } else { quality };
        let quality = if number.is_nan() { Quality::Bad } else { aged };
        let sample = Sample { signal, time: time.unwrap_or(now), ingest: now, value: number, quality, status };
        if historical { out.kept(sample) } else { out.row(sample) }
    }
}

impl Interpreter for Application {
    fn message(&mut self, now: Timestamp, message: &Message, out: &mut Harvest, rejects: &mut Rejects) {
        let effects = self.host.message(now, &message.topic, &message.payload);
        self.apply(now, effects, (out, rejects));
    }

    fn up(&mut self, at: Timestamp, out: &mut Harvest) {
        out.say.extend(self.online(at));
    }

    fn down(&mut self, _at: Timestamp, _out: &mut Harvest) {
        self.host.lose();
    }

    fn tick(&mut self, now: Timestamp, out: &mut Harvest, rejects: &mut Rejects) {
        let effects = self.host.tick(now);
        self.apply(now, effects, (out, rejects));
    }
}

/// A reason with what to do about it, where that is known.
fn cured(why: String) -> String {
    let cure = match why.as_str() {
        state::UNBORN | state::UNANNOUNCED => {
            "it was asked for a birth; one that gives none is understood from its next start on"
        }
        "without a seq" | "a birth without bdSeq" => "have the edge node speak Sparkplug B 3.0, which asks for it",
        state::NO_VALUE => "publish what is wanted as metrics of numbers, switches or texts",
        _ => return why,
    };
    format!("{why}; {cure}")
}

/// The proposal for where a metric belongs; empty when none can be made.
pub(crate) fn proposed_path(address: &str) -> String {
    if address.split('/').count() > AssetPath::DEPTH_MAX {
        return String::new();
    }
    AssetPath::slug(address).map(String::from).unwrap_or_default()
}
