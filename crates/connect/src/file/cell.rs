//! Cells of a table, and what they mean: pure.

use gemba_plant::{Timestamp, Unit};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::config::TimeFormat;

/// One cell, as the file tells it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Nothing, or one of the words for it (`NA`, `null`, `-` …).
    Empty,
    /// A number; infinities and NaN as written.
    Number(f64),
    /// A point in time that the format itself marks as such (Parquet).
    Time(Timestamp),
    /// Anything else.
    Text(String),
}

/// What programs write where there is no value; from `#N/A` on what spreadsheets write for one that cannot be computed.
const NOTHING: [&str; 21] = [
    "", "na", "n/a", "nan", "null", "none", "nil", "(null)", "\\n", "no data", "-", "--", "---", "?", "#n/a",
    "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!",
];

impl Cell {
    /// A cell of a text file.
    pub(super) fn read(text: &str, decimal_comma: bool) -> Self {
        let text = text.trim();
        if let Some(number) = number(text, decimal_comma) {
            return Self::Number(number);
        }
        if NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return Self::Empty;
        }
        match text.to_ascii_lowercase().as_str() {
            "true" => Self::Number(1.0),
            "false" => Self::Number(0.0),
            _ => Self::Text(text.to_owned()),
        }
    }
}

/// A finite number or an infinity; not NaN, which is nothing.
pub(super) fn number(text: &str, decimal_comma: bool) -> Option<f64> {
    let parsed = if decimal_comma && text.contains(',') {
        if text.contains('.') {
            text.replace('.', "").replace(',', ".").parse().ok()
        } else {
            text.replace(',', ".").parse().ok()
        }
    } else {
        text.parse().ok().or_else(|| if is_grouped(text) { text.replace(',', "").parse().ok() } else { None })
    };
    parsed.filter(|x: &f64| !x.is_nan())
}

/// `12,345.6`: groups of three digits, and a decimal point behind them or more than one comma, so that it is no decimal comma.
fn is_grouped(text: &str) -> bool {
    let (whole, point) = text.split_once('.').map_or((text, false), |(whole, _)| (whole, true));
    let mut groups = whole.trim_start_matches(['-', '+']).split(',');
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let first = groups.next().is_some_and(|g| (1..=3).contains(&g.len()) && digits(g));
    let rest: Vec<&str> = groups.collect();
    first && (rest.len() > 1 || (point && rest.len() == 1)) && rest.iter().all(|g| g.len() == 3 && digits(g))
}

/// `5.12 bar`, `81 %`, `60.2°C`: the number and the unit behind it; none when there is no number, or no unit of measure.
pub(super) fn measured(text: &str, decimal_comma: bool) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+')))?;
    let (value, unit) = text.split_at_checked(end)?;
    let near = unit.starts_with(['%', '°']) || unit.starts_with(char::is_whitespace);
    let unit = unit.trim();
    let value = number(value, decimal_comma).filter(|_| near && !unit.is_empty())?;
    Unit::guess(unit).is_ucum().then_some((value, unit))
}

/// How times of one file are read.
#[derive(Clone, Debug)]
pub(super) struct TimeReader {
    /// How they are written; found from the first when `Auto`.
    pub(super) format: TimeFormat,
    /// The zone of times without one.
    pub(super) zone: TimeZone,
}

impl TimeReader {
    /// The time in a cell; none when it cannot be meant.
    pub(super) fn read(&self, cell: &Cell) -> Option<Timestamp> {
        match cell {
            Cell::Time(time) => Some(*time),
            Cell::Number(x) if self.format != TimeFormat::Datetime => epoch(*x, self.format),
            Cell::Text(text) if matches!(self.format, TimeFormat::Auto | TimeFormat::Datetime) => {
                datetime(text, &self.zone)
            }
            _ => None,
        }
    }
}

/// A number of seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by its size; a date written as one
/// number (`20200309121436`); days of a spreadsheet.
fn epoch(x: f64, format: TimeFormat) -> Option<Timestamp> {
    let micros = match format {
        TimeFormat::EpochS => x * 1e6,
        TimeFormat::EpochMs => x * 1e3,
        TimeFormat::EpochUs => x,
        TimeFormat::EpochNs => x / 1e3,
        // spreadsheets round to a millisecond at best
        TimeFormat::ExcelDays => ((x - EXCEL_1970) * DAY_MS).round() * 1e3,
        TimeFormat::Auto => match (one_number(x), x.abs()) {
            (Some(time), _) => return Some(time),
            (None, a) if a >= 1e17 => x / 1e3,
            (None, a) if a >= 1e14 => x,
            (None, a) if a >= 1e11 => x * 1e3,
            _ => x * 1e6,
        },
        TimeFormat::Datetime | TimeFormat::None => return None,
    };
    #[allow(clippy::cast_possible_truncation, reason = "checked to lie within the range")]
    (micros.abs() < 9.2e18).then(|| Timestamp::from_micros(micros.round() as i64))
}

/// 1970-01-01 as spreadsheets count days.
const EXCEL_1970: f64 = 25_569.0;
/// ms of a day.
const DAY_MS: f64 = 86_400_000.0;

/// `20200309` and `20200309121436`, between 1950 and 2100.
fn one_number(x: f64) -> Option<Timestamp> {
    let digits = if (19_500_101.0..21_000_101.0).contains(&x) {
        format!("{x}000000")
    } else if (19_500_101_000_000.0..21_000_101_000_000.0).contains(&x) {
        format!("{x}")
    } else {
        return None;
    };
    datetime(&digits, &TimeZone::UTC)
}

/// Whether numbers are the days by which spreadsheets count (46 000 is in December 2025): all between 1982 and 2100, and less
/// than half a year from one to the next. Seconds since 1970 are far beyond, seconds since a start begin at zero.
pub(super) fn are_excel_days(numbers: impl Iterator<Item = f64>) -> bool {
    let mut last: Option<f64> = None;
    for number in numbers {
        let near = last.is_none_or(|last| (number - last).abs() < 180.0);
        if !(30_000.0..=73_050.0).contains(&number) || !near {
            return false;
        }
        last = Some(number);
    }
    last.is_some()
}

/// A time as people and programs write it: `2020-03-09 12:14:36.5`, the same with a zone (RFC 3339), `09.03.2020 12:14:36`,
/// `2020/03/09 12:14`. One without a zone is in `zone`; none when it is no time.
pub fn datetime(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp::from_micros(time.as_microsecond()));
    }
    let civil = text.parse::<DateTime>().ok().filter(|_| text.len() >= 8).or_else(|| written_otherwise(text))?;
    let zoned = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
    Some(Timestamp::from_micros(zoned.as_microsecond()))
}

fn written_otherwise(text: &str) -> Option<DateTime> {
    const FORMS: [&str; 9] = [
        "%d.%m.%Y %H:%M:%S%.f",
        "%d.%m.%Y %H:%M",
        "%d.%m.%Y",
        "%Y/%m/%d %H:%M:%S%.f",
        "%Y/%m/%d %H:%M",
        "%m/%d/%Y %H:%M:%S%.f",
        "%m/%d/%Y %H:%M",
        "%Y%m%d%H%M%S",
        "%d-%b-%Y %H:%M:%S%.f",
    ];
    let text = text.replace(',', ".");
    let civil = |form: &&str| {
        let parts = jiff::fmt::strtime::parse(form, &text).ok()?;
        parts.to_datetime().or_else(|_| parts.to_date().map(|date| date.at(0, 0, 0, 0))).ok()
    };
    FORMS.iter().find_map(civil)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_people_write_them() {
        for (text, comma, want) in [
            ("3.5", false, Cell::Number(3.5)),
            (" 3,5 ", true, Cell::Number(3.5)),
            ("1.234,5", true, Cell::Number(1234.5)),
            ("-1e-3", false, Cell::Number(-0.001)),
            ("inf", false, Cell::Number(f64::INFINITY)),
            ("NaN", false, Cell::Empty),
            ("", false, Cell::Empty),
            ("N/A", false, Cell::Empty),
            ("TRUE", false, Cell::Number(1.0)),
            ("-12,345.5", false, Cell::Number(-12_345.5)),
            ("1,234,567", false, Cell::Number(1_234_567.0)),
            ("1,234", false, Cell::Text("1,234".into())),
            ("12,34.5", false, Cell::Text("12,34.5".into())),
            ("#DIV/0!", false, Cell::Empty),
            ("running", false, Cell::Text("running".into())),
        ] {
            assert_eq!(Cell::read(text, comma), want, "{text}");
        }
    }

    #[test]
    fn a_unit_may_stand_behind_each_number() {
        assert_eq!(measured("5,12 bar", true), Some((5.12, "bar")));
        assert_eq!(measured("-60.2°C", false), Some((-60.2, "°C")));
        assert_eq!(measured("81 %", false), Some((81.0, "%")));
        for text in ["5.12", "bar", "12A", "1 of 3", "B 12", "10:05 h", ""] {
            assert_eq!(measured(text, false), None, "{text}");
        }
    }

    #[test]
    fn times_are_read_in_many_spellings() {
        let want = 1_583_756_076_000_000;
        let reader = |format| TimeReader { format, zone: TimeZone::UTC };
        for text in [
            "2020-03-09 12:14:36",
            "2020-03-09T12:14:36Z",
            "2020-03-09T13:14:36+01:00",
            "09.03.2020 12:14:36",
            "2020/03/09 12:14:36",
            "03/09/2020 12:14:36",
            "20200309121436",
        ] {
            let got = reader(TimeFormat::Datetime).read(&Cell::Text(text.into()));
            assert_eq!(got.map(Timestamp::micros), Some(want), "{text}");
        }
        for x in [1_583_756_076.0, 1_583_756_076e3, 1_583_756_076e6, 1_583_756_076e9] {
            assert_eq!(reader(TimeFormat::Auto).read(&Cell::Number(x)).map(Timestamp::micros), Some(want), "{x}");
        }
        let berlin = TimeReader { zone: TimeZone::get("Europe/Berlin").unwrap(), ..reader(TimeFormat::Auto) };
        assert_eq!(berlin.read(&Cell::Text("2020-03-09 13:14:36".into())).map(Timestamp::micros), Some(want));
        assert_eq!(reader(TimeFormat::Auto).read(&Cell::Text("pump".into())), None);
        assert_eq!(
            reader(TimeFormat::Auto).read(&Cell::Number(20_200_309_121_436.0)).map(Timestamp::micros),
            Some(want)
        );
        let days = reader(TimeFormat::ExcelDays).read(&Cell::Number(43_899.510_138_888_89));
        assert_eq!(days.map(Timestamp::micros), Some(want), "a spreadsheet's day");
        assert!(are_excel_days([43_899.5, 43_899.6, 43_900.0].into_iter()) && !are_excel_days([0.0, 1.0].into_iter()));
        assert_eq!(reader(TimeFormat::EpochS).read(&Cell::Number(0.25)).map(Timestamp::micros), Some(250_000));
    }
}
