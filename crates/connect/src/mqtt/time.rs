//! Times as devices write them.

use gemba_plant::Timestamp;
use serde_json::Value;

/// Names of fields that hold the time of a message, with what one of their units is in nanoseconds; zero: told from
/// the size of the number. Compared without case.
const FIELDS: &[(&str, i64)] = &[
    ("timestamp_ms", 1_000_000),
    ("timestamp_us", 1_000),
    ("timestamp_ns", 1),
    ("timestamp_s", 1_000_000_000),
    ("timestamp", 0),
    ("@timestamp", 0),
    ("time", 0),
    ("ts", 0),
    ("t", 0),
];

/// 2000-01-01: an earlier time comes from a clock that was never set.
const FIRST_US: i64 = 946_684_800_000_000;
/// 2100-01-01: a later one too.
const LAST_US: i64 = 4_102_444_800_000_000;

/// The unit of a field of time, in nanoseconds; none when the name means something else.
pub(crate) fn is_time(name: &str) -> Option<i64> {
    FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, unit)| *unit)
}

/// Reads a time: a number in `unit_ns` (zero: seconds, ms, µs or ns, told from its size) or an RFC 3339 text. None
/// when it is neither, or when no plant can have written it.
pub(crate) fn read(value: &Value, unit_ns: i64) -> Option<Timestamp> {
    let micros = match value {
        Value::Number(number) => micros(number.as_f64()?, number.as_i64(), unit_ns)?,
        Value::String(text) => text.parse::<jiff::Timestamp>().ok()?.as_microsecond(),
        _ => return None,
    };
    believable(Timestamp::from_micros(micros))
}

/// The time itself when a plant can have meant it.
pub(crate) fn believable(time: Timestamp) -> Option<Timestamp> {
    (FIRST_US..LAST_US).contains(&time.micros()).then_some(time)
}

fn micros(float: f64, whole: Option<i64>, unit_ns: i64) -> Option<i64> {
    let unit = if unit_ns > 0 { unit_ns } else { guess(float) };
    if let Some(whole) = whole {
        return if unit >= 1000 { whole.checked_mul(unit / 1000) } else { Some(whole.div_euclid(1000 / unit)) };
    }
    let micros = float * unit as f64 / 1000.0;
    #[allow(clippy::cast_possible_truncation, reason = "a cast from f64 saturates, and the range is checked after it")]
    micros.is_finite().then_some(micros.round() as i64)
}

/// Seconds reach 1e11 in the year 5138, milliseconds in 1973: the ranges do not meet.
fn guess(float: f64) -> i64 {
    match float.abs() {
        size if size < 1e11 => 1_000_000_000,
        size if size < 1e14 => 1_000_000,
        size if size < 1e17 => 1_000,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_unit() {
        let want = Some(Timestamp::from_millis(1_700_000_000_123));
        for (text, unit) in [
            ("1700000000123", 0),
            ("1700000000.123", 0),
            ("1700000000123000", 0),
            ("1700000000123000999", 0),
            ("1700000000123", 1_000_000),
            ("1700000000123000000", 1),
            ("\"2023-11-14T22:13:20.123Z\"", 0),
            ("\"2023-11-14T23:13:20.123+01:00\"", 0),
        ] {
            assert_eq!(read(&serde_json::from_str(text).unwrap(), unit), want, "{text}");
        }
    }

    #[test]
    fn times_that_no_plant_means_are_none() {
        for text in
            ["0", "-5", "true", "null", "\"yesterday\"", "1e300", "99999999999999999999", "\"1970-01-01T00:00:01Z\""]
        {
            assert_eq!(read(&serde_json::from_str(text).unwrap(), 0), None, "{text}");
        }
    }
}
