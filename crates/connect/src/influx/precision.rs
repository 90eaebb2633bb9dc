//! What a line's time counts.

/// The unit of the times of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Nanoseconds: rounded down to whole microseconds.
    #[default]
    Nanoseconds,
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// By the size of each time: below 5·10⁹ seconds, below 5·10¹² milliseconds, below 5·10¹⁵ microseconds.
    Auto,
}

impl Precision {
    /// Reads the word of any version of the protocol's HTTP interface.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "" | "n" | "ns" | "nanosecond" => Self::Nanoseconds,
            "u" | "us" | "µ" | "µs" | "microsecond" => Self::Microseconds,
            "ms" | "millisecond" => Self::Milliseconds,
            "s" | "second" => Self::Seconds,
            "m" => Self::Minutes,
            "h" => Self::Hours,
            "auto" => Self::Auto,
            _ => return None,
        })
    }

    /// Microseconds since the epoch; none when that is beyond what can be counted.
    #[inline]
    pub(super) fn micros(self, time: i64) -> Option<i64> {
        match self {
            Self::Nanoseconds => Some(time.div_euclid(1_000)),
            Self::Microseconds => Some(time),
            Self::Milliseconds => time.checked_mul(1_000),
            Self::Seconds => time.checked_mul(1_000_000),
            Self::Minutes => time.checked_mul(60_000_000),
            Self::Hours => time.checked_mul(3_600_000_000),
            Self::Auto => Self::guess(time).micros(time),
        }
    }

    /// The unit that puts a time into our age.
    fn guess(time: i64) -> Self {
        match time.unsigned_abs() {
            ..5_000_000_000 => Self::Seconds,
            5_000_000_000..5_000_000_000_000 => Self::Milliseconds,
            5_000_000_000_000..5_000_000_000_000_000 => Self::Microseconds,
            _ => Self::Nanoseconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_counts_to_the_same_moment() {
        let at = 1_700_000_040_000_000_i64;
        for (word, time) in [
            ("", at * 1_000 + 999),
            ("u", at),
            ("ms", at / 1_000),
            ("s", at / 1_000_000),
            ("m", at / 60_000_000),
            ("auto", at),
            ("auto", at / 1_000),
            ("auto", at * 1_000),
            ("second", at / 1_000_000),
        ] {
            assert_eq!(Precision::from_word(word).unwrap().micros(time), Some(at), "{word} {time}");
        }
        assert_eq!(Precision::Hours.micros(i64::MAX), None);
        assert_eq!(Precision::from_word("d"), None);
    }
}
