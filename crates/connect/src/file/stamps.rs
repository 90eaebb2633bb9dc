//! The times of a whole file: unlike a replay, it may look at all of them before it decides how they are written.
//! Pure, and fast enough for millions of rows.

use gemba_plant::days_from_civil;
use jiff::tz::TimeZone;

use super::cell::{Cell, TimeReader, are_excel_days, datetime};
use super::config::TimeFormat;

/// No time in this row.
const NONE: i64 = i64::MIN;
/// µs of a day.
const DAY_US: i64 = 86_400_000_000;

/// Whether the times of a file say their zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// None does: the clock on somebody's wall.
    None,
    /// Some do, some do not.
    Some,
    /// All do, or they are numbers that count from a moment of UTC.
    All,
}

/// Times under both readings of `03/04/2020`.
#[derive(Clone, Debug, Default)]
pub(super) struct Stamps {
    day_first: Vec<i64>,
    month_first: Vec<i64>,
    /// What stood there as a plain number.
    numbers: Vec<f64>,
    /// The time of day, µs, where only that stood there.
    clocks: Vec<i64>,
    /// Whether written times were met that name a zone.
    zoned: bool,
    /// Whether some were met that do not.
    bare: bool,
}

impl Stamps {
    /// Takes the cell of the next row; `clock` is the time of day where a table keeps it in a column of its own.
    pub(super) fn push(&mut self, cell: Option<&Cell>, clock: Option<&Cell>) {
        let (day, month) = match (cell, clock) {
            (Some(Cell::Text(text)), Some(Cell::Text(clock))) => read(&format!("{text} {clock}")),
            (Some(Cell::Text(text)), _) => read(text),
            (Some(cell), _) => {
                let reader = TimeReader { format: TimeFormat::Auto, zone: TimeZone::UTC };
                let time = reader.read(cell).map_or(NONE, gemba_plant::Timestamp::micros);
                (time, time)
            }
            (None, _) => (NONE, NONE),
        };
        if let (Some(Cell::Text(text)), true) = (clock.or(cell), day != NONE) {
            let zoned = names_zone(text);
            (self.zoned, self.bare) = (self.zoned || zoned, self.bare || !zoned);
        }
        if let (Some(Cell::Text(text)), NONE) = (cell, day.max(month)) {
            self.clocks.resize(self.day_first.len(), NONE);
            self.clocks.push(clock_alone(text).unwrap_or(NONE));
        }
        self.day_first.push(day);
        self.month_first.push(month);
        if let Some(Cell::Number(number)) = cell {
            self.numbers.push(*number);
        }
    }

    /// Whether they say their zone.
    pub(super) fn zone(&self) -> Zone {
        match (self.zoned, self.bare) {
            (_, false) => Zone::All,
            (true, true) => Zone::Some,
            (false, true) => Zone::None,
        }
    }

    /// The times, µs, under the reading that more rows allow and that goes backwards less often.
    pub(super) fn finish(self) -> Vec<Option<i64>> {
        if self.numbers.len() == self.day_first.len() && are_excel_days(self.numbers.iter().copied()) {
            let reader = TimeReader { format: TimeFormat::ExcelDays, zone: TimeZone::UTC };
            let day = |number: &f64| reader.read(&Cell::Number(*number)).map(gemba_plant::Timestamp::micros);
            return self.numbers.iter().map(day).collect();
        }
        if self.day_first.iter().all(|t| *t == NONE) && self.clocks.iter().any(|t| *t != NONE) {
            return over_midnight(self.clocks, self.day_first.len());
        }
        let faults = |times: &[i64]| {
            let missing = times.iter().filter(|t| **t == NONE).count();
            let back = times.windows(2).filter(|w| matches!(w, [a, b] if b < a)).count();
            (missing, back)
        };
        let day_first = faults(&self.day_first) < faults(&self.month_first);
        let times = if day_first { self.day_first } else { self.month_first };
        times.into_iter().map(|t| (t != NONE).then_some(t)).collect()
    }
}

/// Whether a written time says its zone: `Z`, `+01:00`, `-0500`, `UTC`.
fn names_zone(text: &str) -> bool {
    let text = text.trim();
    let clock = text.rfind(':').and_then(|at| text.get(text.get(..at)?.rfind([' ', 'T'])?..)).unwrap_or_default();
    ["Z", "z", "UTC", "GMT", "]"].iter().any(|end| text.ends_with(end)) || clock.contains('+') || clock.contains('-')
}

/// A written time, with the day first and with the month first.
fn read(text: &str) -> (i64, i64) {
    let both = |time: i64| (time, time);
    match plain(text) {
        Some(times) => times,
        None => datetime(text, &TimeZone::UTC).map_or((NONE, NONE), |time| both(time.micros())),
    }
}

/// Groups of digits with one mark between: `2020-03-09 12:14:36.5`, `09.03.2020 12:14`, `3/9/2020 1:05 PM`. None
/// for what has a zone or a form of its own.
fn plain(text: &str) -> Option<(i64, i64)> {
    let text = text.trim().trim_end_matches('Z');
    let (text, afternoon) = halves(text);
    let mut numbers = [0_i64; 7];
    let (mut group, mut digits, mut lengths) = (0, 0_u32, [0_u32; 7]);
    let mut mark = b'-';
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => {
                let number = numbers.get_mut(group)?;
                *number = number.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
                digits += 1;
                *lengths.get_mut(group)? = digits;
            }
            b'-' | b'/' | b'.' | b':' | b' ' | b'T' | b',' if digits > 0 => {
                mark = if group == 0 { byte } else { mark };
                (group, digits) = (group + 1, 0);
            }
            _ => return None,
        }
    }
    let [a, b, c, hour, minute, second, fraction] = numbers;
    if !matches!(group, 2..=6) || mark == b':' {
        return None;
    }
    let hour = match afternoon {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 => 0,
        _ => hour,
    };
    let micros = fraction * 10_i64.pow(6_u32.saturating_sub(lengths[6])) / 10_i64.pow(lengths[6].saturating_sub(6));
    let clock = ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros;
    let day = |year: i64, month: i64, day: i64| {
        let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && clock < DAY_US;
        if valid { days_from_civil(year, month, day) * DAY_US + clock } else { NONE }
    };
    let year = |y: i64| if y < 100 { y + 2000 } else { y };
    Some(match (lengths[0], mark) {
        (4, _) => (day(a, b, c), day(a, b, c)),
        (_, b'.') => (day(year(c), b, a), day(year(c), b, a)),
        _ => (day(year(c), b, a), day(year(c), a, b)),
    })
}

/// `12:14:36.5` or `1:05 PM`, without a date.
fn clock_alone(text: &str) -> Option<i64> {
    let (text, afternoon) = halves(text.trim());
    let clock = format!("1970-01-01 {text}{}", afternoon.map_or("", |pm| if pm { " PM" } else { " AM" }));
    let looks = text.contains(':') && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b','));
    let (micros, _) = plain(&clock).filter(|_| looks)?;
    (micros != NONE).then_some(micros)
}

/// Times of day as times since the first midnight: one that lies half a day before the one above is of the next day.
fn over_midnight(clocks: Vec<i64>, rows: usize) -> Vec<Option<i64>> {
    let (mut day, mut last) = (0, NONE);
    let since = |clock: i64| {
        if clock == NONE {
            return None;
        }
        day += if last != NONE && last - clock > DAY_US / 2 { DAY_US } else { 0 };
        last = clock;
        Some(day + clock)
    };
    clocks.into_iter().chain(std::iter::repeat(NONE)).take(rows).map(since).collect()
}

/// The text without AM or PM, and whether it said PM.
fn halves(text: &str) -> (&str, Option<bool>) {
    for (end, afternoon) in [("PM", true), ("pm", true), ("AM", false), ("am", false)] {
        if let Some(rest) = text.strip_suffix(end) {
            return (rest.trim_end(), Some(afternoon));
        }
    }
    (text, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_in_many_spellings() {
        let want = 1_583_756_076_000_000;
        for text in [
            "2020-03-09 12:14:36",
            "2020-03-09T12:14:36Z",
            "2020-03-09T12:14:36.000000",
            "09.03.2020 12:14:36",
            "9/3/2020 12:14:36",
            "2020/03/09 12:14:36",
            "9/3/20 12:14:36 PM",
            "2020-03-09T13:14:36+01:00",
            "20200309121436",
            "9-Mar-2020 12:14:36",
        ] {
            assert_eq!(read(text).0, want, "{text}");
        }
        assert_eq!(read("1970-01-01 00:00:00.25").0, 250_000);
        assert_eq!(read("09/03/20 12").0, want - 14 * 60_000_000 - 36_000_000);
        assert_eq!(read("running"), (NONE, NONE));
        assert_eq!(read("12:14:36"), (NONE, NONE));
    }

    #[test]
    fn a_file_says_its_zone_or_does_not() {
        let zone = |texts: &[&str]| {
            let mut stamps = Stamps::default();
            for text in texts {
                stamps.push(Some(&Cell::Text((*text).into())), None);
            }
            stamps.zone()
        };
        assert_eq!(zone(&["2020-03-09T13:14:36+01:00", "2020-03-09T12:14:36Z", "2020-03-09T12:14:36-0500"]), Zone::All);
        assert_eq!(zone(&["09-Mar-2020 12:14:36", "9/3/20 12:14:36 PM", "2020-03-09 12:14", "off"]), Zone::None);
        assert_eq!(zone(&["2020-03-09T12:14:36Z", "2020-03-09T12:14:36"]), Zone::Some);
    }

    #[test]
    fn the_whole_file_tells_which_comes_first() {
        let times = |texts: &[&str]| {
            let mut stamps = Stamps::default();
            for text in texts {
                stamps.push(Some(&Cell::Text((*text).into())), None);
            }
            stamps.finish()
        };
        let day = |d: i64| Some(d * DAY_US);
        assert_eq!(times(&["1/1/1970", "2/1/1970", "13/1/1970"]), [day(0), day(1), day(12)]);
        assert_eq!(times(&["1/1/1970", "1/2/1970", "1/13/1970"]), [day(0), day(1), day(12)]);
        assert_eq!(times(&["11/1/1970", "12/1/1970", "1/2/1970"]), [day(10), day(11), day(31)]);
    }

    #[test]
    fn times_of_day_go_on_over_midnight() {
        let times = |texts: &[&str]| {
            let mut stamps = Stamps::default();
            for text in texts {
                stamps.push(Some(&Cell::Text((*text).into())), None);
            }
            stamps.finish()
        };
        let s = |seconds: i64| Some(seconds * 1_000_000);
        assert_eq!(times(&["23:59:59", "off", "0:00:01", "12:00:00"]), [s(86_399), None, s(86_401), s(129_600)]);
        assert_eq!(times(&["11:59 AM", "12:01 PM", "1:00:00.5 PM"]), [s(43_140), s(43_260), Some(46_800_500_000)]);
        assert_eq!(times(&["runs", "25:00"]), [None; 2]);
    }

    #[test]
    fn date_and_clock_may_stand_in_two_columns() {
        let mut stamps = Stamps::default();
        stamps.push(Some(&Cell::Text("02.01.1970".into())), Some(&Cell::Text("00:00:01".into())));
        assert_eq!(stamps.finish(), [Some(DAY_US + 1_000_000)]);
    }
}
