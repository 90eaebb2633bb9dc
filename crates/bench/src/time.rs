//! Reads the times that tables carry.

use gemba_plant::days_from_civil;

/// `2020-03-01 15:44:06` as µs since the epoch, read as UTC; with a `T` between, `/` in the date, a fraction, a `Z` or an
/// offset at the end too.
#[allow(clippy::cast_possible_truncation, reason = "a date of four digits")]
pub(crate) fn micros(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches(['Z', 'z']);
    let (clock, offset) = offset(text);
    let mut parts = clock.split(['-', '/', ' ', 'T', ':']).map(|p| p.trim().parse::<f64>().ok());
    let mut next = || parts.next().flatten();
    let [year, month, day] = [next()?, next()?, next()?].map(|part| part as i64);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let days = days_from_civil(year, month, day) as f64;
    let seconds = days * 86_400.0 + hour * 3600.0 + minute * 60.0 + second - offset;
    Some((seconds * 1e6).round() as i64)
}

/// What stands before an offset like `+02:00` at the end, and the offset, s.
fn offset(text: &str) -> (&str, f64) {
    let head = text.len().saturating_sub("+02:00".len());
    let parts = text.get(head..).and_then(|end| {
        let sign = if end.starts_with('+') { 1.0 } else { -f64::from(u8::from(end.starts_with('-'))) };
        let (hours, minutes) = end.get(1..)?.split_once(':')?;
        let east = hours.parse::<u8>().ok().map(f64::from)? * 3600.0 + f64::from(minutes.parse::<u8>().ok()?) * 60.0;
        (sign.abs() > 0.0 && text.get(..head)?.contains(':')).then_some(sign * east)
    });
    parts.map_or((text, 0.0), |east| (text.get(..head).unwrap_or(text), east))
}

/// The same as seconds since the epoch.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    micros(text).map(|us| us as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_utc() {
        assert_eq!(micros("1970-01-02 00:00:01"), Some(86_401_000_000));
        assert_eq!(micros("2020-03-01 15:44:06"), Some(1_583_077_446_000_000));
        assert_eq!(micros("2020/03/01T15:44:06.5Z"), Some(1_583_077_446_500_000));
        assert_eq!(micros("1970-01-01T02:00:01+02:00"), Some(1_000_000));
        assert_eq!(micros("1969-12-31 23:30:01-00:30"), Some(1_000_000));
        assert_eq!((micros("yesterday"), micros("2020-03-01"), micros("")), (None, None, None));
    }
}
