//! Times as people type them.

use gemba_plant::Timestamp;

use crate::exit::{Exit, Kind};

/// `2026-03-01T08:00:00Z`, or `-2h`, `-30m`, `-1d` before `base`.
pub(crate) fn point(text: &str, base: Timestamp) -> Result<Timestamp, Exit> {
    let wrong =
        |_why| Exit::new(Kind::Usage, format!("\"{text}\" is no time; write 2026-03-01T08:00:00Z or -2h, -30m, -1d"));
    if let Some(back) = text.strip_prefix('-') {
        let span: jiff::SignedDuration = back.parse().map_err(wrong)?;
        return Ok(base.minus(span.unsigned_abs()));
    }
    let at: jiff::Timestamp = text.parse().map_err(wrong)?;
    Ok(Timestamp::from_micros(at.as_microsecond()))
}

/// A time as RFC 3339 with milliseconds.
pub(crate) fn show(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros()).map_or_else(|_| at.micros().to_string(), |t| format!("{t:.3}"))
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
        assert_eq!(show(Timestamp::from_millis(5_250)), "1970-01-01T00:00:05.250Z");
    }
}
