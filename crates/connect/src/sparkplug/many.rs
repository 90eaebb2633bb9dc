//! Metrics that hold more than a value: arrays (datatypes 22 to 34) and data sets. Pure.
//!
//! - An array of numbers with a property that tells its rate is a waveform at the metric's address.
//! - Any other array: its elements at `metric[0]`, `metric[1]` …
//! - A data set with a column of DateTime: each row is a sample of `metric.column` for the other columns, at its time.
//! - Any other data set: its cells at `metric[row].column`.

use gemba_plant::Timestamp;
use srad_types::payload::data_set::data_set_value::Value as Cell;
use srad_types::payload::{DataSet, DataType, Metric, metric, property_value};

use super::metric::{Raw, millis, number, property, scalar};
use crate::mqtt::decode::{Datum, SAMPLES_MAX, TEXT_MAX, VALUES_MAX};

/// Names of properties that hold samples per second.
const RATES: [&str; 4] = ["rate_hz", "sampleRate", "samplingRate", "SamplingRate"];

/// When a value was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// At the time of its metric.
    OfMetric,
    /// At a time of its own.
    At(Timestamp),
    /// It has a time of its own that cannot be believed.
    Odd,
}

/// One of the values of a metric.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// Behind the metric's name; empty for the metric itself.
    pub(crate) suffix: String,
    /// The value.
    pub(crate) datum: Datum,
    /// When it was.
    pub(crate) time: When,
}

impl Part {
    fn at(suffix: String, datum: Datum) -> Self {
        Self { suffix, datum, time: When::OfMetric }
    }
}

/// All values of a metric, as far as the bound allows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Parts {
    /// The values.
    pub(crate) all: Vec<Part>,
    /// Values beyond the bound.
    pub(crate) left_out: u64,
}

impl Parts {
    /// The metric is the value.
    pub(crate) fn one(datum: Datum) -> Self {
        Self { all: vec![Part::at(String::new(), datum)], left_out: 0 }
    }

    fn push(&mut self, part: Part) {
        if self.all.len() < VALUES_MAX {
            self.all.push(part);
        } else {
            self.left_out += 1;
        }
    }
}

/// The values of an array.
///
/// # Errors
/// When the bytes do not make whole elements, or a waveform has too many. Says why.
pub(crate) fn array(metric: &Metric, kind: DataType) -> Result<Parts, String> {
    let Some(metric::Value::BytesValue(bytes)) = &metric.value else {
        return Err(format!("no value of {}", kind.as_str_name()));
    };
    let elements = match kind {
        DataType::BooleanArray => flags(bytes)?,
        DataType::StringArray => texts(bytes)?,
        _ => numbers(bytes, kind)?,
    };
    if let Some(rate) = rate(metric).filter(|_| !matches!(kind, DataType::BooleanArray | DataType::StringArray)) {
        return wave(rate, &elements);
    }
    let mut parts = Parts::default();
    for (index, datum) in elements.into_iter().enumerate() {
        parts.push(Part::at(format!("[{index}]"), datum));
    }
    Ok(parts)
}

fn wave(rate: f64, elements: &[Datum]) -> Result<Parts, String> {
    if elements.is_empty() || elements.len() > SAMPLES_MAX {
        return Err(format!("a waveform of {} samples, 1 to {SAMPLES_MAX} are taken", elements.len()));
    }
    #[allow(clippy::cast_possible_truncation, reason = "waveforms are kept as f32")]
    let sample = |datum: &Datum| if let Datum::Number(value) = datum { *value as f32 } else { f32::NAN };
    Ok(Parts::one(Datum::Wave(rate, elements.iter().map(sample).collect())))
}

/// Samples per second, when the metric tells.
fn rate(metric: &Metric) -> Option<f64> {
    let read = |name: &&str| match property(metric.properties.as_ref(), name)? {
        property_value::Value::FloatValue(rate) => Some(f64::from(*rate)),
        property_value::Value::DoubleValue(rate) => Some(*rate),
        property_value::Value::IntValue(rate) => Some(f64::from(*rate)),
        property_value::Value::LongValue(rate) => Some(*rate as f64),
        _ => None,
    };
    RATES.iter().find_map(read).filter(|rate| rate.is_finite() && *rate > 0.0)
}

/// Little-endian elements, one after the other (specification 6.4.16).
fn numbers(bytes: &[u8], kind: DataType) -> Result<Vec<Datum>, String> {
    let width = match kind {
        DataType::Int8Array | DataType::UInt8Array => 1,
        DataType::Int16Array | DataType::UInt16Array => 2,
        DataType::Int32Array | DataType::UInt32Array | DataType::FloatArray => 4,
        _ => 8,
    };
    if !bytes.len().is_multiple_of(width) {
        return Err(format!("{} bytes are no whole elements of {}", bytes.len(), kind.as_str_name()));
    }
    let single = match kind {
        DataType::Int8Array => DataType::Int8,
        DataType::Int16Array => DataType::Int16,
        DataType::Int32Array => DataType::Int32,
        DataType::Int64Array => DataType::Int64,
        _ => DataType::UInt64,
    };
    let element = |chunk: &[u8]| {
        let raw = chunk.iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        match kind {
            // the low four bytes are the whole of it
            DataType::FloatArray => Ok(number(f64::from(f32::from_bits(u32::try_from(raw).unwrap_or_default())))),
            DataType::DoubleArray => Ok(number(f64::from_bits(raw))),
            _ => scalar(single, &Raw::Whole(raw)),
        }
    };
    bytes.chunks_exact(width).map(element).collect()
}

/// Their number in four bytes, then eight to a byte, the first in the highest bit.
fn flags(bytes: &[u8]) -> Result<Vec<Datum>, String> {
    let short = || "a BooleanArray shorter than it says".to_owned();
    let (count, bits) = bytes.split_first_chunk::<4>().ok_or_else(short)?;
    let count = usize::try_from(u32::from_le_bytes(*count)).unwrap_or(usize::MAX);
    if bits.len() < count.div_ceil(8) {
        return Err(short());
    }
    let all = bits.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    Ok(all.take(count).map(Datum::Flag).collect())
}

/// Texts, each ended by a zero.
fn texts(bytes: &[u8]) -> Result<Vec<Datum>, String> {
    let Some(bytes) = bytes.strip_suffix(&[0]) else {
        return if bytes.is_empty() { Ok(Vec::new()) } else { Err("a StringArray that does not end".into()) };
    };
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) if text.len() <= TEXT_MAX => Ok(Datum::Text(text.to_owned())),
        Ok(text) => Err(format!("a text of {} bytes", text.len())),
        Err(_) => Err("a text that is none".to_owned()),
    };
    bytes.split(|byte| *byte == 0).map(text).collect()
}

/// The values of a data set.
///
/// # Errors
/// When columns and types do not go together, or a cell is not of its column's type. Says why.
pub(crate) fn data_set(metric: &Metric) -> Result<Parts, String> {
    let Some(metric::Value::DatasetValue(set)) = &metric.value else { return Err("no value of DataSet".into()) };
    if set.columns.len() != set.types.len() {
        return Err(format!("a DataSet of {} columns and {} types", set.columns.len(), set.types.len()));
    }
    let kinds: Vec<DataType> = set
        .types
        .iter()
        .map(|kind| DataType::try_from(*kind).map_err(|()| format!("datatype {kind} is not known")))
        .collect::<Result<_, _>>()?;
    let clock = kinds.iter().position(|kind| *kind == DataType::DateTime);
    let mut parts = Parts::default();
    for (row, cells) in set.rows.iter().enumerate() {
        let raws: Vec<Option<Raw>> = cells.elements.iter().map(|cell| cell.value.as_ref().and_then(raw)).collect();
        if raws.len() != kinds.len() {
            return Err(format!("row {row} of a DataSet has {} cells for {} columns", raws.len(), kinds.len()));
        }
        let time = match clock.map(|column| raws.get(column)) {
            None => When::OfMetric,
            Some(Some(Some(Raw::Whole(at)))) => millis(*at).map_or(When::Odd, When::At),
            Some(_) => When::Odd,
        };
        add_row(&mut parts, (set, &kinds), (row, &raws), (clock, time))?;
    }
    Ok(parts)
}

fn add_row(
    parts: &mut Parts,
    (set, kinds): (&DataSet, &[DataType]),
    (row, raws): (usize, &[Option<Raw>]),
    (clock, time): (Option<usize>, When),
) -> Result<(), String> {
    let columns = set.columns.iter().zip(kinds).zip(raws).enumerate();
    for (_, ((name, kind), raw)) in columns.filter(|(column, _)| Some(*column) != clock) {
        let datum = match raw {
            Some(raw) => scalar(*kind, raw)?,
            None => Datum::Nothing,
        };
        let suffix = if clock.is_some() { format!(".{name}") } else { format!("[{row}].{name}") };
        parts.push(Part { suffix, datum, time });
    }
    Ok(())
}

fn raw(cell: &Cell) -> Option<Raw> {
    Some(match cell {
        Cell::IntValue(value) => Raw::Whole((*value).into()),
        Cell::LongValue(value) => Raw::Whole(*value),
        Cell::FloatValue(value) => Raw::Float(f64::from(*value)),
        Cell::DoubleValue(value) => Raw::Float(*value),
        Cell::BooleanValue(value) => Raw::Flag(*value),
        Cell::StringValue(value) => Raw::Text(value.clone()),
        Cell::ExtensionValue(_) => return None,
    })
}

#[cfg(test)]
#[path = "many_tests.rs"]
mod tests;
