//! A metric's value, quality and time. Pure.

use gemba_plant::{Quality, Timestamp};
use srad_types::payload::{DataType, Metric, PropertySet, metric, property_value};

use super::many::{self, Parts};
use crate::mqtt::decode::Datum;

/// Names of properties that hold the unit.
const UNITS: [&str; 4] = ["engUnit", "Engineering Units", "unit", "units"];

/// The values of a metric by its datatype; `None` for kinds that are no values (bytes, files, templates).
///
/// # Errors
/// When value and datatype do not belong together. Says why.
pub(crate) fn parts(metric: &Metric, datatype: u32) -> Result<Option<Parts>, String> {
    let kind = DataType::try_from(datatype).map_err(|()| format!("datatype {datatype} is not known"))?;
    if matches!(kind, DataType::Unknown | DataType::Bytes | DataType::File | DataType::Template)
        || matches!(kind, DataType::PropertySet | DataType::PropertySetList)
    {
        return Ok(None);
    }
    if metric.is_null == Some(true) {
        return Ok(Some(Parts::one(Datum::Nothing)));
    }
    match kind {
        DataType::DataSet => many::data_set(metric).map(Some),
        kind if datatype >= DataType::Int8Array as u32 => many::array(metric, kind).map(Some),
        kind => {
            let raw =
                metric.value.as_ref().and_then(raw).ok_or_else(|| format!("no value of {}", kind.as_str_name()))?;
            Ok(Some(Parts::one(scalar(kind, &raw)?)))
        }
    }
}

/// A value as it travels, without its datatype.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Raw {
    /// An integer, negative ones as two's complement.
    Whole(u64),
    /// A float.
    Float(f64),
    /// A switch.
    Flag(bool),
    /// A text.
    Text(String),
}

fn raw(value: &metric::Value) -> Option<Raw> {
    Some(match value {
        metric::Value::IntValue(value) => Raw::Whole((*value).into()),
        metric::Value::LongValue(value) => Raw::Whole(*value),
        metric::Value::FloatValue(value) => Raw::Float(f64::from(*value)),
        metric::Value::DoubleValue(value) => Raw::Float(*value),
        metric::Value::BooleanValue(flag) => Raw::Flag(*flag),
        metric::Value::StringValue(text) => Raw::Text(text.clone()),
        _ => return None,
    })
}

/// A single value of a datatype.
///
/// # Errors
/// When they do not belong together. Says why.
pub(crate) fn scalar(kind: DataType, raw: &Raw) -> Result<Datum, String> {
    Ok(match (kind, raw) {
        (DataType::Boolean, Raw::Flag(flag)) => Datum::Flag(*flag),
        (DataType::String | DataType::Text | DataType::Uuid, Raw::Text(text)) => Datum::Text(text.clone()),
        (DataType::Float | DataType::Double, Raw::Float(value)) => number(*value),
        (_, Raw::Whole(value)) => Datum::Number(integer(kind, *value)?),
        _ => return Err(format!("no value of {}", kind.as_str_name())),
    })
}

/// A float that is no number is no value.
pub(crate) fn number(value: f64) -> Datum {
    if value.is_finite() { Datum::Number(value) } else { Datum::Nothing }
}

/// Signed integers travel as two's complement in the low bits of an unsigned one.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "the low bits are the value")]
fn integer(kind: DataType, raw: u64) -> Result<f64, String> {
    Ok(match kind {
        DataType::Int8 => f64::from(raw as i8),
        DataType::Int16 => f64::from(raw as i16),
        DataType::Int32 => f64::from(raw as i32),
        DataType::Int64 => raw as i64 as f64,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 | DataType::DateTime => raw as f64,
        other => return Err(format!("an integer where {} was announced", other.as_str_name())),
    })
}

/// The `Quality` property: good when absent (specification 6.4.21).
pub(crate) fn quality(metric: &Metric) -> (Quality, u32) {
    #[allow(clippy::cast_possible_wrap, reason = "Int32 travels as two's complement")]
    let code = property(metric.properties.as_ref(), "Quality").and_then(|value| match value {
        property_value::Value::IntValue(code) => Some(*code as i32),
        property_value::Value::LongValue(code) => i32::try_from(*code).ok(),
        _ => None,
    });
    code.map_or((Quality::Good, 0), |code| (Quality::from_sparkplug(code), code.cast_unsigned()))
}

/// The unit among the properties; empty when there is none.
pub(crate) fn unit(metric: &Metric) -> String {
    let text = |name: &&str| match property(metric.properties.as_ref(), name)? {
        property_value::Value::StringValue(text) => Some(text.chars().take(32).collect()),
        _ => None,
    };
    UNITS.iter().find_map(text).unwrap_or_default()
}

/// What the metric says about itself.
pub(crate) fn description(metric: &Metric) -> String {
    let text = metric.metadata.as_ref().and_then(|data| data.description.as_deref()).unwrap_or_default();
    text.chars().take(200).collect()
}

/// A property of a metric.
pub(crate) fn property<'a>(set: Option<&'a PropertySet>, name: &str) -> Option<&'a property_value::Value> {
    let set = set?;
    let at = set.keys.iter().position(|key| key == name)?;
    set.values.get(at)?.value.as_ref()
}

/// Source time: the metric's, else the message's; none when neither can be believed.
pub(crate) fn time(metric: &Metric, message: Option<u64>) -> Option<Timestamp> {
    millis(metric.timestamp.or(message)?)
}

/// Milliseconds of the protocol, when they can be believed.
pub(crate) fn millis(millis: u64) -> Option<Timestamp> {
    crate::mqtt::time::believable(Timestamp::from_millis(i64::try_from(millis).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use metric::Value::{BooleanValue, BytesValue, DoubleValue, FloatValue, IntValue, LongValue, StringValue};

    fn read(kind: DataType, value: metric::Value) -> Result<Option<Datum>, String> {
        let mut metric = Metric::new();
        metric.set_value(value);
        let parts = parts(&metric, kind as u32)?;
        Ok(parts.map(|parts| parts.all.into_iter().next().unwrap().datum))
    }

    #[test]
    fn datatypes_are_read_with_negative_integers_in_twos_complement() {
        let number = |value| Ok(Some(Datum::Number(value)));
        assert_eq!(read(DataType::Int8, IntValue(0xFF)), number(-1.0));
        assert_eq!(read(DataType::Int8, IntValue(0xFFFF_FFFF)), number(-1.0));
        assert_eq!(read(DataType::Int16, IntValue(0x8000)), number(-32768.0));
        assert_eq!(read(DataType::Int32, IntValue(u32::MAX)), number(-1.0));
        assert_eq!(read(DataType::Int64, LongValue(u64::MAX)), number(-1.0));
        assert_eq!(read(DataType::UInt32, LongValue(4_294_967_295)), number(4_294_967_295.0));
        assert_eq!(read(DataType::UInt64, LongValue(5)), number(5.0));
        assert_eq!(read(DataType::Float, FloatValue(0.5)), number(0.5));
        assert_eq!(read(DataType::Double, DoubleValue(0.1)), number(0.1));
        assert_eq!(read(DataType::DateTime, LongValue(1_700_000_000_000)), number(1_700_000_000_000.0));
        assert_eq!(read(DataType::Double, DoubleValue(f64::NAN)), Ok(Some(Datum::Nothing)));
        assert_eq!(read(DataType::Boolean, BooleanValue(true)), Ok(Some(Datum::Flag(true))));
        assert_eq!(read(DataType::Text, StringValue("on".into())), Ok(Some(Datum::Text("on".into()))));
        assert_eq!(read(DataType::Bytes, BytesValue(vec![1])), Ok(None));
        assert!(read(DataType::DataSet, BytesValue(vec![1])).is_err());
        assert!(read(DataType::Boolean, IntValue(1)).is_err());
        assert!(read(DataType::Double, StringValue("1".into())).is_err());
        let null = Metric { is_null: Some(true), ..Metric::new() };
        assert_eq!(parts(&null, DataType::Double as u32), Ok(Some(Parts::one(Datum::Nothing))));
        assert!(parts(&null, 99).is_err());
    }
}
