//! OPC UA values to samples: pure.

use gemba_plant::{Quality, Timestamp};
use opcua::types::{DataValue, DateTime, StatusCode, Variant};

/// What a value is to us.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A number; truth values are 0 and 1.
    Number(f64),
    /// A text.
    Text(String),
    /// An array of numbers.
    Block(Vec<f32>),
    /// Nothing, or something that is no signal.
    Nothing,
}

/// The status of a good value that is no number and no text: `BadTypeMismatch`.
pub(super) const TYPE_MISMATCH: u32 = 0x8074_0000;
/// The status that marks of a lost link carry: `BadNoCommunication`.
pub(super) const NO_COMMUNICATION: u32 = 0x8031_0000;
/// The status of a waveform whose samples per second are not known: `BadConfigurationError`.
pub(super) const NO_RATE: u32 = 0x8089_0000;

/// Nanoseconds that the stack has taken away from times that are values.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skew(pub(super) i64);

/// OPC UA counts times in steps of so many nanoseconds …
const TICK_NS: i64 = 100;
/// … since the year 1601, so many before 1970.
const TICKS_TO_1970: i64 = 116_444_736_000_000_000;

impl Skew {
    /// A value as the server told it: what was taken away from a time is given back. The stack has cut it to a whole tick.
    pub(super) fn undo(self, data: &mut DataValue) {
        let Some(Variant::DateTime(time)) = &mut data.value else { return };
        let Some(told) = time.as_chrono().timestamp_nanos_opt().filter(|_| !time.is_null()) else { return };
        let ticks = -(-told.saturating_add(self.0)).div_euclid(TICK_NS);
        **time = DateTime::from(ticks.saturating_add(TICKS_TO_1970));
    }
}

/// What a variant is to us.
pub(super) fn value(variant: &Variant) -> Value {
    match variant {
        Variant::Array(array) => block(&array.values),
        Variant::Variant(inner) if !matches!(**inner, Variant::Variant(_)) => value(inner),
        scalar => number(scalar).map(Value::Number).or_else(|| text(scalar).map(Value::Text)).unwrap_or(Value::Nothing),
    }
}

fn number(variant: &Variant) -> Option<f64> {
    Some(match variant {
        Variant::Boolean(x) => f64::from(u8::from(*x)),
        Variant::SByte(x) => f64::from(*x),
        Variant::Byte(x) => f64::from(*x),
        Variant::Int16(x) => f64::from(*x),
        Variant::UInt16(x) => f64::from(*x),
        Variant::Int32(x) => f64::from(*x),
        Variant::UInt32(x) => f64::from(*x),
        Variant::Int64(x) => *x as f64,
        Variant::UInt64(x) => *x as f64,
        Variant::Float(x) => f64::from(*x),
        Variant::Double(x) => *x,
        Variant::StatusCode(x) => f64::from(x.bits()),
        Variant::DateTime(x) => timestamp(x)?.micros() as f64 / 1e6,
        _ => return None,
    })
}

fn text(variant: &Variant) -> Option<String> {
    let text = match variant {
        Variant::String(x) => x.as_ref(),
        Variant::LocalizedText(x) => x.text.as_ref(),
        Variant::QualifiedName(x) => x.name.as_ref(),
        Variant::Guid(x) => return Some(x.to_string()),
        Variant::NodeId(x) => return Some(x.to_string()),
        _ => return None,
    };
    Some(text.to_owned())
}

/// One number stays a number; an array with something else in it is nothing.
fn block(values: &[Variant]) -> Value {
    if let [one] = values {
        return number(one).map_or(Value::Nothing, Value::Number);
    }
    #[allow(clippy::cast_possible_truncation, reason = "waveforms are kept in single precision")]
    let all: Option<Vec<f32>> = values.iter().map(|v| number(v).map(|x| x as f32)).collect();
    all.filter(|all| !all.is_empty()).map_or(Value::Nothing, Value::Block)
}

/// A time that says something; the null time (1601) does not.
pub(super) fn timestamp(time: &DateTime) -> Option<Timestamp> {
    (!time.is_null()).then(|| Timestamp::from_micros(time.as_chrono().timestamp_micros()))
}

/// The source's time of a value, else the server's.
pub(super) fn time(data: &DataValue) -> Option<Timestamp> {
    let of = |time: &Option<DateTime>| time.as_ref().and_then(timestamp);
    of(&data.source_timestamp).or_else(|| of(&data.server_timestamp))
}

/// The raw status; a missing one is good (OPC 10000-6 §5.2.2.17).
pub(super) fn status(data: &DataValue) -> StatusCode {
    data.status.unwrap_or(StatusCode::Good)
}

/// Whether the server's queue for this value ran over: values before it are lost. The overflow bit counts under info
/// type `DataValue` (OPC 10000-4 §7.39.1); some servers set it without the info type.
pub(super) fn overflowed(status: StatusCode) -> bool {
    let (info_type, overflow) = (status.bits() >> 10 & 0b11, status.bits() & 0x80 != 0);
    overflow && info_type <= 1
}

/// Number, quality and status of a value that is to be one number.
pub(super) fn judged(number: Option<f64>, status: StatusCode) -> (f64, Quality, u32) {
    let quality = Quality::from_opcua(status.bits());
    match number {
        Some(x) if x.is_finite() => (x, quality, status.bits()),
        Some(x) => (x, Quality::Bad, status.bits()),
        None if quality == Quality::Bad => (f64::NAN, quality, status.bits()),
        None => (f64::NAN, Quality::Bad, TYPE_MISMATCH),
    }
}

/// A status as its name and number, which servers' logs and handbooks have: `BadNodeIdUnknown 0x80340000`.
pub(super) fn named(code: StatusCode) -> String {
    let name = format!("{:?}", code.sub_code());
    format!("{} 0x{:08X}", name.split_once(' ').map_or(name.as_str(), |(name, _)| name), code.bits())
}

#[cfg(test)]
mod tests {
    use opcua::types::LocalizedText;

    use super::*;

    #[test]
    fn a_time_that_is_a_value_is_as_the_server_told_it() {
        let told = DateTime::from((2026, 1, 1, 12, 0, 0));
        for skew in [0_i64, 3_600_000_000_000, -250_123_457, 99] {
            // as the stack does it: what is left below a tick is cut off
            let ticks = told.ticks() + (-skew).div_euclid(TICK_NS);
            let mut data = DataValue::new_now(DateTime::from(ticks));
            Skew(skew).undo(&mut data);
            assert_eq!(data.value, Some(Variant::from(told)), "{skew}");
        }
        let mut number = DataValue::new_now(7.0_f64);
        Skew(5).undo(&mut number);
        assert_eq!(number.value, Some(Variant::Double(7.0)));
    }

    #[test]
    fn every_scalar_has_its_meaning() {
        assert_eq!(value(&Variant::Boolean(true)), Value::Number(1.0));
        assert_eq!(value(&Variant::Int64(-5)), Value::Number(-5.0));
        assert_eq!(value(&Variant::Float(0.5)), Value::Number(0.5));
        assert_eq!(value(&Variant::Byte(255)), Value::Number(255.0));
        assert_eq!(value(&Variant::from("run")), Value::Text("run".into()));
        assert_eq!(value(&Variant::from(LocalizedText::new("en", "stop"))), Value::Text("stop".into()));
        assert_eq!(value(&Variant::Variant(Box::new(Variant::UInt16(7)))), Value::Number(7.0));
        assert_eq!(value(&Variant::Empty), Value::Nothing);
        assert_eq!(value(&Variant::from(vec![1.0_f32, 2.0])), Value::Block(vec![1.0, 2.0]));
        assert_eq!(value(&Variant::from(vec![3_i32])), Value::Number(3.0));
        assert_eq!(value(&Variant::from(Vec::<f64>::new())), Value::Nothing);
    }

    #[test]
    fn times_and_statuses_are_kept_as_they_came() {
        let time_of = |source: Option<DateTime>, server: Option<DateTime>| {
            time(&DataValue { source_timestamp: source, server_timestamp: server, ..DataValue::null() })
        };
        let at = |year| Some(DateTime::ymd(year, 1, 1));
        assert_eq!(time_of(at(2020), at(2021)).map(Timestamp::micros), Some(1_577_836_800_000_000));
        assert_eq!(time_of(None, at(2020)).map(Timestamp::micros), Some(1_577_836_800_000_000));
        assert_eq!(time_of(Some(DateTime::null()), None), None);
        assert_eq!(time_of(at(9999), None).map(Timestamp::day), Some(2_932_532));
        let hit = |bits| overflowed(StatusCode::from(bits));
        assert!(hit(0x0480) && hit(0x0080) && !hit(0x0400) && !hit(0x0880) && !hit(0));
    }

    #[test]
    fn a_value_is_only_as_good_as_its_status() {
        assert_eq!(judged(Some(1.0), StatusCode::Good), (1.0, Quality::Good, 0));
        assert_eq!(judged(Some(1.0), StatusCode::UncertainLastUsableValue).1, Quality::Uncertain);
        assert_eq!(judged(Some(f64::INFINITY), StatusCode::Good).1, Quality::Bad);
        let (x, quality, status) = judged(None, StatusCode::BadSensorFailure);
        assert!(x.is_nan());
        assert_eq!((quality, status), (Quality::Bad, StatusCode::BadSensorFailure.bits()));
        assert_eq!(judged(None, StatusCode::Good).2, TYPE_MISMATCH);
    }
}
