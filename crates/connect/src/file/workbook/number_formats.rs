//! Which numbers of a workbook are times: a format says so, the number alone does not. Pure.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, ToSpan};

/// What a number with a format is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A number.
    #[default]
    Number,
    /// A day.
    Date,
    /// A time of day.
    Clock,
    /// A day and a time of day.
    Moment,
    /// A span of time, counted beyond 24 hours.
    Elapsed,
}

impl Meaning {
    /// Of the formats that every spreadsheet knows by number (ECMA-376 part 1, §18.8.30; 27–36 and 50–58 are dates in East
    /// Asian languages).
    pub(super) fn built_in(number: u32) -> Self {
        match number {
            14..=17 | 27..=31 | 34..=36 | 50..=58 => Self::Date,
            18..=21 | 32 | 33 | 45 | 47 => Self::Clock,
            22 => Self::Moment,
            46 => Self::Elapsed,
            _ => Self::Number,
        }
    }

    /// Of a format that is written out: `dd.mm.yyyy hh:mm:ss`, `[h]:mm`, `0.00 "bar"`. Only what stands before the first `;`,
    /// outside quotes, counts.
    pub(super) fn of(format: &str) -> Self {
        let (mut day, mut clock, mut elapsed) = (false, false, false);
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            match letter.to_ascii_lowercase() {
                '"' => letters.by_ref().take_while(|c| *c != '"').for_each(drop),
                '\\' | '_' | '*' => drop(letters.next()),
                '[' => {
                    let inside: String = letters.by_ref().take_while(|c| *c != ']').collect();
                    let inside = inside.to_ascii_lowercase();
                    elapsed |= !inside.is_empty() && inside.chars().all(|c| matches!(c, 'h' | 'm' | 's'));
                }
                ';' => break,
                'y' | 'd' => day = true,
                'h' | 's' => clock = true,
                // a general format is a number, whatever letters it has
                'g' if !day && !clock => return Self::Number,
                _ => {}
            }
        }
        match (elapsed, day, clock) {
            (true, ..) => Self::Elapsed,
            (_, true, true) => Self::Moment,
            (_, true, false) => Self::Date,
            (_, false, true) => Self::Clock,
            (_, false, false) if format.to_ascii_lowercase().contains("mmm") => Self::Date,
            _ => Self::Number,
        }
    }

    /// How a number of days is written: `2026-01-31`, `10:00:00`, both, or seconds; a number where it cannot be a time.
    /// `begin` is the day that is 0.
    pub(super) fn write(self, days: f64, begin: Date) -> String {
        let plain = || days.to_string();
        // spreadsheets round to a millisecond at best
        let ms = (days * DAY_MS).round();
        if self == Self::Number || !ms.is_finite() || ms.abs() > DAYS_MAX * DAY_MS {
            return plain();
        }
        if self == Self::Elapsed {
            return (ms / 1000.0).to_string();
        }
        let (whole, rest) = ((ms / DAY_MS).floor(), ms.rem_euclid(DAY_MS));
        #[allow(clippy::cast_possible_truncation, reason = "bounded above")]
        let (whole, rest) = (whole as i64, rest as i64);
        let Ok(day) = begin.checked_add(whole.days()) else { return plain() };
        let Ok(time) = day.to_datetime(jiff::civil::Time::midnight()).checked_add(SignedDuration::from_millis(rest))
        else {
            return plain();
        };
        let clock = if rest % 1000 == 0 { time.strftime("%H:%M:%S") } else { time.strftime("%H:%M:%S%.3f") };
        match self {
            Self::Clock if whole == 0 => clock.to_string(),
            Self::Date if rest == 0 => day.to_string(),
            _ => format!("{day} {clock}"),
        }
    }
}

/// ms of a day.
const DAY_MS: f64 = 86_400_000.0;
/// The last day of the year 9999, as spreadsheets count.
const DAYS_MAX: f64 = 2_958_466.0;

/// The day that is 0: of the two ways to count, the one of 1900 as it is from March 1900 on.
pub(super) fn begin(since_1904: bool) -> Date {
    if since_1904 { date(1904, 1, 1) } else { date(1899, 12, 30) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_say_what_is_a_time() {
        for (format, want) in [
            ("General", Meaning::Number),
            ("0.00", Meaning::Number),
            ("0.00E+00", Meaning::Number),
            ("#,##0.0 \"days\"", Meaning::Number),
            ("[Red]0.0;[Blue]-0.0", Meaning::Number),
            ("dd.mm.yyyy", Meaning::Date),
            ("[$-409]d-mmm-yy;@", Meaning::Date),
            ("mmm", Meaning::Date),
            ("yyyy\\-mm\\-dd hh:mm:ss.000", Meaning::Moment),
            ("m/d/yy h:mm AM/PM", Meaning::Moment),
            ("hh:mm:ss", Meaning::Clock),
            ("[h]:mm:ss", Meaning::Elapsed),
        ] {
            assert_eq!(Meaning::of(format), want, "{format}");
        }
        assert_eq!([14, 22, 21, 46, 2].map(Meaning::built_in)[..3], [Meaning::Date, Meaning::Moment, Meaning::Clock]);
    }

    #[test]
    fn days_are_written_as_times() {
        for (meaning, days, want) in [
            (Meaning::Moment, 46_023.520_138_888_89, "2026-01-01 12:29:00"),
            (Meaning::Moment, 46_023.000_002_893_52, "2026-01-01 00:00:00.250"),
            (Meaning::Date, 46_023.0, "2026-01-01"),
            (Meaning::Date, 46_023.5, "2026-01-01 12:00:00"),
            (Meaning::Clock, 0.75, "18:00:00"),
            (Meaning::Elapsed, 1.25, "108000"),
            (Meaning::Number, 46_023.5, "46023.5"),
            (Meaning::Date, 1e300, &1e300_f64.to_string()),
        ] {
            assert_eq!(meaning.write(days, begin(false)), want, "{meaning:?} {days}");
        }
        assert_eq!(Meaning::Date.write(44_561.0, begin(true)), "2026-01-01");
    }
}
