//! Times as people type them.

use gemba_plant::Timestamp;
use serde_json::Value;

use crate::exit::{Exit, Kind};

/// `2026-03-01T08:00:00Z`, or `-2h`, `-30m`, `-1d` before `base`.
pub(crate) fn point(text: &str, base: Timestamp) -> Result<Timestamp, Exit> {
    let wrong = |_why| {
        Exit::new(Kind::Usage, format!("\"{text}\" is no time")).cure("write 2026-03-01T08:00:00Z or -2h, -30m, -1d")
    };
    if let Some(back) = text.strip_prefix('-') {
        let span: jiff::SignedDuration = back.parse().map_err(wrong)?;
        return Ok(base.minus(span.unsigned_abs()));
    }
    let at: jiff::Timestamp = text.parse().map_err(wrong)?;
    Ok(Timestamp::from_micros(at.as_microsecond()))
}

/// A time as people read it, and may type it again: whole seconds in UTC, `2026-03-01T08:00:00Z`.
pub(crate) fn show(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros()).map_or_else(|_| at.micros().to_string(), |t| format!("{t:.0}"))
}

/// A time of an answer as people read it; empty where there is none.
pub(crate) fn when(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => {
            text.parse().map_or_else(|_| text.clone(), |at: jiff::Timestamp| format!("{at:.0}"))
        }
        Some(Value::Number(micros)) => micros.as_i64().map(|at| show(Timestamp::from_micros(at))).unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_type_them() {
        let base = Timestamp::from_secs(100_000);
        assert_eq!(point("-2h", base).unwrap(), Timestamp::from_secs(92_800));
        assert_eq!(point("-30m", base).unwrap(), Timestamp::from_secs(98_200));
        assert_eq!(point("1970-01-01T00:00:05Z", base).unwrap(), Timestamp::from_secs(5));
        assert!(point("yesterday", base).is_err());
    }

    #[test]
    fn times_are_told_in_whole_seconds_of_utc_and_can_be_typed_again() {
        let base = Timestamp::from_secs(0);
        let shown = show(Timestamp::from_millis(5_250));
        assert_eq!((shown.as_str(), point(&shown, base).unwrap()), ("1970-01-01T00:00:05Z", Timestamp::from_secs(5)));
        let answer = serde_json::json!({ "a": "2026-03-01T09:00:00.123456+01:00", "b": 5_000_000, "c": null });
        let told = ["a", "b", "c", "d"].map(|key| when(&answer, key));
        assert_eq!(told, ["2026-03-01T08:00:00Z", "1970-01-01T00:00:05Z", "", ""]);
    }
}
