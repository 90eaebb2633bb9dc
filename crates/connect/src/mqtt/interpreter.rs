//! Plain MQTT messages to rows.

use std::time::Duration;

use gemba_plant::{Quality, Sample, SignalKind, Timestamp, Waveform};

use super::decode::{self, Datum, Reading, Readings};
use super::harvest::{Harvest, Rejects};
use super::link::Message;
use super::names::{Hint, Names};
use super::pubsub::Interpreter;
use super::{Retained, topic};

/// A pause this long after the link is back: the broker has handed over what it held.
const PAUSE: Duration = Duration::from_secs(1);
/// Where messages never pause, what comes this long after the link is back is taken as new: or sooner, for what came in a
/// shorter absence is handed over in less than that, or a broker would never be done.
const HELD_MAX: Duration = Duration::from_mins(1);

/// Said of a text for a signal that is no state, with the cure.
pub(crate) const TEXT_FOR_NUMBER: &str =
    "for a signal that takes numbers; bind a field with a number, or make the signal a state";

/// What can be read, said where something cannot.
const READABLE: &str =
    "send a number, true, false, a short text, or JSON with values; or leave the topic out of topics";

/// Takes JSON, bare values and waveforms.
pub(crate) struct Plain {
    names: Names,
    retained: Retained,
    /// While the broker may hand over what it held: until when at most, and when the last message came.
    held: Option<(Timestamp, Timestamp)>,
}

impl Plain {
    /// With these names.
    pub(crate) fn new(names: Names, retained: Retained) -> Self {
        Self { names, retained, held: None }
    }

    /// A message came: it may have waited at the broker as long as they come without a pause since the link is back.
    fn follow(&mut self, now: Timestamp) {
        let held = self.held.filter(|(until, last)| now.since(*last) < PAUSE && now < *until);
        self.held = held.map(|(until, _)| (until, now));
    }

    fn take(&mut self, now: Timestamp, message: &Message, reading: Reading, out: &mut Harvest) -> Result<(), String> {
        let address = topic::address(&message.topic, &reading.field);
        let kind = match reading.datum {
            Datum::Flag(_) | Datum::Text(_) => SignalKind::State,
            Datum::Wave(..) => SignalKind::Waveform,
            Datum::Number(_) | Datum::Nothing => SignalKind::Gauge,
        };
        self.names.hear(now, &address, || super::probe::heard(&message.topic, &reading));
        let unit = reading.unit;
        let path = || topic::proposed_path(&message.topic, &reading.field);
        let hint = || Hint { path: path(), kind, unit, description: String::new() };
        let Some(signal) = self.names.signal(&address, hint) else { return Ok(()) };
        let time = reading.time.unwrap_or(now);
        let waited = message.retained || self.held.is_some();
        let ageless = reading.odd_time || (waited && reading.time.is_none());
        let mut quality = if ageless { reading.quality.max(Quality::Uncertain) } else { reading.quality };
        let mut why = Ok(());
        let value = match reading.datum {
            Datum::Number(number) => number,
            Datum::Flag(flag) => f64::from(u8::from(flag)),
            Datum::Text(text) => self.names.state_code(signal, &text).unwrap_or_else(|| {
                why = Err(format!("the text \"{text:.40}\" {TEXT_FOR_NUMBER}"));
                f64::NAN
            }),
            Datum::Nothing => f64::NAN,
            Datum::Wave(rate_hz, samples) => {
                out.wave(Waveform { signal, start: time, ingest: now, rate_hz, samples: samples.into() });
                return Ok(());
            }
        };
        if value.is_nan() {
            quality = Quality::Bad;
        }
        out.row(Sample { signal, time, ingest: now, value, quality, status: reading.status });
        why
    }
}

impl Interpreter for Plain {
    fn resumed(&mut self, now: Timestamp, away: Option<Duration>) {
        self.held = Some((now.plus(away.unwrap_or(HELD_MAX).min(HELD_MAX)), now));
    }

    fn message(&mut self, now: Timestamp, message: &Message, out: &mut Harvest, rejects: &mut Rejects) {
        if message.payload.is_empty() || (message.retained && self.retained == Retained::Skip) {
            return; // an empty message only takes a retained one back
        }
        self.follow(now);
        match decode::decode(&message.payload) {
            Ok(Readings { all, left_out }) => {
                if left_out > 0 {
                    let why = format!("values beyond the {} that one message may hold", decode::VALUES_MAX);
                    rejects.add_many(now, &message.topic, &why, left_out);
                }
                for reading in all {
                    if let Err(why) = self.take(now, message, reading, out) {
                        rejects.add(now, &message.topic, &why);
                    }
                }
            }
            // a topic that nobody has bound is no loss: filters are often wider than what is wanted
            Err(why) if self.names.wants(&message.topic) => {
                rejects.add(now, &message.topic, &format!("{why}; {READABLE}"));
            }
            Err(_) => {}
        }
    }
}
