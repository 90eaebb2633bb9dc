//! A message to readings. Pure: a topic and bytes in, addresses and values out.
//!
//! What is understood, in this order:
//!
//! - `{"timestamp_ms": …, "rate_hz": …, "samples": […]}`: a waveform at the topic;
//! - `{"timestamp_ms": …, "value": …, "quality": …, "unit": …}`: one value at the topic;
//! - any other object: each field is a value at `topic#field`, deeper ones at `topic#a.b` and `topic#a[0]`;
//! - an array: its elements at `topic#[0]`, or, when they are objects with times of their own, one message each;
//! - a bare number, `true`, `false`, `null`, or a short text (a state).

use gemba_plant::{Quality, Timestamp};
use serde_json::{Map, Value};

use super::time;

/// Values taken from one message; those beyond are left out and counted.
pub(crate) const VALUES_MAX: usize = 4096;
/// How deep objects and arrays may lie in each other.
const DEPTH_MAX: usize = 8;
/// The longest text that can be a state, in bytes.
pub(crate) const TEXT_MAX: usize = 256;
/// Samples in one waveform: 16 s at 262 kHz.
pub(crate) const SAMPLES_MAX: usize = 4 << 20;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Datum {
    /// A number, finite.
    Number(f64),
    /// A switch.
    Flag(bool),
    /// The text of a state.
    Text(String),
    /// Nothing: the source has no value.
    Nothing,
    /// A block of samples: samples per second and the samples.
    Wave(f64, Vec<f32>),
}

impl Datum {
    /// As a number, where it is one or a switch.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Flag(flag) => Some(f64::from(u8::from(*flag))),
            _ => None,
        }
    }

    /// As people read it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Text(text) => text.clone(),
            Self::Nothing => String::new(),
            Self::Wave(rate, samples) => format!("{} samples at {rate} Hz", samples.len()),
        }
    }
}

/// A value with its place in the message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// Behind the `#`; empty when the message is the value.
    pub(crate) field: String,
    /// The value.
    pub(crate) datum: Datum,
    /// Source time; none when the message has none that can be believed.
    pub(crate) time: Option<Timestamp>,
    /// Whether it had a time that cannot be believed.
    pub(crate) odd_time: bool,
    /// Quality as sent, good when nothing is said.
    pub(crate) quality: Quality,
    /// The number behind the quality, as sent.
    pub(crate) status: u32,
    /// Unit as sent.
    pub(crate) unit: String,
}

/// What was read from a message.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    /// The values, as far as the bound allows.
    pub(crate) all: Vec<Reading>,
    /// Values beyond [`VALUES_MAX`].
    pub(crate) left_out: u64,
}

/// What is common to all values of a message.
#[derive(Clone, Default)]
struct Around {
    time: Option<Timestamp>,
    odd_time: bool,
    quality: Quality,
    status: u32,
    unit: String,
}

/// Reads a payload.
///
/// # Errors
/// When nothing can be read from it. Says why.
pub(crate) fn decode(payload: &[u8]) -> Result<Readings, String> {
    let text = std::str::from_utf8(payload).map_err(|_error| "neither text nor JSON".to_owned())?.trim();
    let value = match text.as_bytes().first() {
        None => return Err("empty".into()),
        Some(b'{' | b'[' | b'"') => serde_json::from_str(text).map_err(|error| error.to_string())?,
        Some(_) => bare(text)?,
    };
    let mut readings = Readings::default();
    message(&value, &Around::default(), &mut readings)?;
    if readings.all.is_empty() { Err("no value in it".into()) } else { Ok(readings) }
}

/// A payload that is no JSON object, array or string.
fn bare(text: &str) -> Result<Value, String> {
    match text {
        "true" => return Ok(Value::Bool(true)),
        "false" => return Ok(Value::Bool(false)),
        "null" => return Ok(Value::Null),
        _ => {}
    }
    if let Ok(number) = text.parse::<f64>() {
        return Ok(serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number));
    }
    let state = text.len() <= TEXT_MAX && !text.chars().any(char::is_control);
    if state { Ok(Value::String(text.to_owned())) } else { Err("neither a value nor JSON".into()) }
}

/// A whole message, or one of several in an array.
fn message(value: &Value, around: &Around, out: &mut Readings) -> Result<(), String> {
    match value {
        Value::Object(fields) => object(fields, around, out),
        Value::Array(items) if items.iter().all(has_time) && !items.is_empty() => {
            items.iter().try_for_each(|item| message(item, around, out))
        }
        other => walk(String::new(), other, around, (0, out)),
    }
}

fn has_time(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| fields.keys().any(|name| time::is_time(name).is_some()))
}

fn object(fields: &Map<String, Value>, above: &Around, out: &mut Readings) -> Result<(), String> {
    let around = surroundings(fields, above);
    if let Some(samples) = fields.get("samples").and_then(Value::as_array) {
        let rate = fields.get("rate_hz").or_else(|| fields.get("rate")).and_then(Value::as_f64);
        let datum = wave(rate, samples)?;
        push(String::new(), datum, &around, out);
        return Ok(());
    }
    let value = ["value", "v", "val"].iter().find_map(|name| fields.get(*name));
    if let Some(value) = value {
        return walk(String::new(), value, &around, (0, out));
    }
    for (name, value) in fields {
        if !is_about(name) {
            walk(name.clone(), value, &around, (1, out))?;
        }
    }
    Ok(())
}

/// Whether a field says something about the values instead of being one.
fn is_about(name: &str) -> bool {
    time::is_time(name).is_some() || ["quality", "unit", "units", "status"].contains(&name)
}

/// Values inside a message, each with its way from the top.
fn walk(at: String, value: &Value, around: &Around, (depth, out): (usize, &mut Readings)) -> Result<(), String> {
    if depth > DEPTH_MAX {
        return Err(format!("deeper than {DEPTH_MAX} levels"));
    }
    let datum = match value {
        Value::Null => Datum::Nothing,
        Value::Bool(flag) => Datum::Flag(*flag),
        Value::Number(number) => number.as_f64().map_or(Datum::Nothing, Datum::Number),
        Value::String(text) if text.len() > TEXT_MAX => return Err(format!("a text of {} bytes", text.len())),
        Value::String(text) => Datum::Text(text.clone()),
        Value::Array(items) => {
            return items
                .iter()
                .enumerate()
                .try_for_each(|(i, item)| walk(format!("{at}[{i}]"), item, around, (depth + 1, &mut *out)));
        }
        Value::Object(fields) => {
            return fields.iter().try_for_each(|(name, value)| {
                let way = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                walk(way, value, around, (depth + 1, &mut *out))
            });
        }
    };
    push(at, datum, around, out);
    Ok(())
}

fn push(field: String, datum: Datum, around: &Around, out: &mut Readings) {
    if out.all.len() >= VALUES_MAX {
        out.left_out += 1;
        return;
    }
    let Around { time, odd_time, quality, status, unit } = around.clone();
    out.all.push(Reading { field, datum, time, odd_time, quality, status, unit });
}

fn wave(rate: Option<f64>, samples: &[Value]) -> Result<Datum, String> {
    let rate = rate.filter(|rate| rate.is_finite() && *rate > 0.0).ok_or("a waveform without a rate_hz above zero")?;
    if samples.is_empty() || samples.len() > SAMPLES_MAX {
        return Err(format!("a waveform of {} samples, 1 to {SAMPLES_MAX} are taken", samples.len()));
    }
    #[allow(clippy::cast_possible_truncation, reason = "waveforms are kept as f32")]
    let read: Option<Vec<f32>> = samples.iter().map(|sample| sample.as_f64().map(|value| value as f32)).collect();
    Ok(Datum::Wave(rate, read.ok_or("a waveform with something else than numbers")?))
}

/// Time, quality and unit of an object; what it does not say comes from above.
fn surroundings(fields: &Map<String, Value>, above: &Around) -> Around {
    let mut around = above.clone();
    let written = fields.iter().find_map(|(name, value)| Some((value, time::is_time(name)?)));
    if let Some((value, unit)) = written {
        around.time = time::read(value, unit);
        around.odd_time = around.time.is_none();
    }
    if let Some((quality, status)) = fields.get("quality").or_else(|| fields.get("status")).and_then(quality) {
        (around.quality, around.status) = (quality, status);
    }
    if let Some(unit) = fields.get("unit").or_else(|| fields.get("units")).and_then(Value::as_str) {
        around.unit = unit.chars().take(32).collect();
    }
    around
}

/// Quality as a word, a Sparkplug code (0, 192, 500), an OPC DA byte or an OPC UA status code.
fn quality(value: &Value) -> Option<(Quality, u32)> {
    match value {
        Value::String(word) => {
            let known = [Quality::Good, Quality::Uncertain, Quality::Stale, Quality::Bad];
            known.into_iter().find(|quality| quality.as_str().eq_ignore_ascii_case(word)).map(|quality| (quality, 0))
        }
        Value::Number(number) => {
            let code = u32::try_from(number.as_u64()?).ok()?;
            let quality = match code {
                500 => Quality::Stale,
                192..=255 => Quality::Good,
                64..=127 => Quality::Uncertain,
                0..=0xFFFF => Quality::Bad,
                _ => Quality::from_opcua(code),
            };
            Some((quality, code))
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
