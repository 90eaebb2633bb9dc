//! Rules of recurrence (RFC 5545 §3.3.10): every day, week, month or year. What is not read is refused by name.

use gemba_plant::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use super::time::{Moment, moment};

/// Periods that are walked at most: three hundred years of weeks, thirty of days.
const PERIODS_MAX: i32 = 11_000;

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Every {
    Day,
    Week,
    Month,
    Year,
}

/// A rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    every: Every,
    interval: i32,
    count: Option<usize>,
    until: Option<Timestamp>,
    /// Days of the week, with which of the month where it says so: `1MO`, `-1FR`.
    days: Vec<(i8, Weekday)>,
    /// Days of the month; from its end when below 0.
    month_days: Vec<i8>,
    week_start: Weekday,
}

/// What is wrong, and the cure.
type Wrong = (String, String);

fn unread(part: &str) -> Wrong {
    let cure = "write the events one by one, or every day, week, month or year with BYDAY or BYMONTHDAY";
    (format!("the rule's {part} is not read"), cure.to_owned())
}

impl Rule {
    /// Reads `FREQ=WEEKLY;BYDAY=SA,SU;UNTIL=20261231T235959Z`.
    pub(super) fn read(text: &str, zone: &TimeZone) -> Result<Self, Wrong> {
        let mut rule = Self {
            every: Every::Day,
            interval: 1,
            count: None,
            until: None,
            days: Vec::new(),
            month_days: Vec::new(),
            week_start: Weekday::Monday,
        };
        let mut frequent = false;
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| unread(part))?;
            let number = || value.parse::<i32>().ok().filter(|n| *n > 0).ok_or_else(|| unread(part));
            match name.trim().to_ascii_uppercase().as_str() {
                "FREQ" => {
                    frequent = true;
                    rule.every = match value.to_ascii_uppercase().as_str() {
                        "DAILY" => Every::Day,
                        "WEEKLY" => Every::Week,
                        "MONTHLY" => Every::Month,
                        "YEARLY" => Every::Year,
                        _ => return Err(unread(part)),
                    };
                }
                "INTERVAL" => rule.interval = number()?,
                "COUNT" => rule.count = usize::try_from(number()?).ok(),
                "UNTIL" => rule.until = Some(last(value, zone)?),
                "BYDAY" => {
                    rule.days = value
                        .split(',')
                        .map(|day| weekday(day).ok_or_else(|| unread(part)))
                        .collect::<Result<_, _>>()?;
                }
                "BYMONTHDAY" => {
                    let day = |day: &str| day.trim().parse::<i8>().ok().filter(|d| *d != 0 && d.abs() <= 31);
                    rule.month_days =
                        value.split(',').map(|d| day(d).ok_or_else(|| unread(part))).collect::<Result<_, _>>()?;
                }
                "WKST" => rule.week_start = weekday(value).ok_or_else(|| unread(part))?.1,
                _ => return Err(unread(part)),
            }
        }
        let ranked = rule.days.iter().any(|(which, _)| *which != 0);
        let odd = match rule.every {
            Every::Day | Every::Week => ranked || !rule.month_days.is_empty(),
            Every::Month => !rule.days.is_empty() && !rule.month_days.is_empty(),
            Every::Year => !rule.days.is_empty() || !rule.month_days.is_empty(),
        };
        if odd || !frequent { Err(unread(text)) } else { Ok(rule) }
    }

    /// The starts from the first on, until one is not before `end`.
    pub(super) fn starts(&self, first: &Moment, end: Timestamp) -> Vec<Moment> {
        let mut all: Vec<Moment> = Vec::new();
        for period in 0..PERIODS_MAX {
            let Some(steps) = period.checked_mul(self.interval) else { break };
            let Some(days) = self.days_of(first.wall.date(), steps) else { break };
            for day in days.into_iter().filter(|day| *day >= first.wall.date()) {
                let start = first.on(day);
                let (at, full) = (start.at(), self.count.is_some_and(|most| all.len() >= most));
                if full || at >= end || self.until.is_some_and(|until| at > until) {
                    return all;
                }
                all.push(start);
            }
        }
        all
    }

    /// The days of a period, so many steps after that of the first; none beyond the calendar.
    fn days_of(&self, first: Date, steps: i32) -> Option<Vec<Date>> {
        let later = |from: Date, span: Span| from.checked_add(span).ok();
        let on = |day: Date| self.days.is_empty() || self.days.iter().any(|(_, known)| *known == day.weekday());
        match self.every {
            Every::Day => later(first, steps.days()).map(|day| if on(day) { vec![day] } else { Vec::new() }),
            Every::Week => {
                let back = i32::from(first.weekday().since(self.week_start));
                let begin = later(first, steps.checked_mul(7)?.checked_sub(back)?.days())?;
                let week = (0..7).filter_map(|n| later(begin, n.days()));
                let own = |day: &Date| if self.days.is_empty() { day.weekday() == first.weekday() } else { on(*day) };
                Some(week.filter(own).collect())
            }
            Every::Month => later(first.first_of_month(), steps.months()).map(|month| self.month(first, month)),
            Every::Year => {
                let year = i16::try_from(steps).ok().and_then(|steps| first.year().checked_add(steps))?;
                // the 29th of February is there in some years only
                (year <= Date::MAX.year()).then(|| Date::new(year, first.month(), first.day()).into_iter().collect())
            }
        }
    }

    fn month(&self, first: Date, month: Date) -> Vec<Date> {
        let numbered = |day: i8| {
            let day = if day < 0 { month.days_in_month() + 1 + day } else { day };
            Date::new(month.year(), month.month(), day).ok()
        };
        let every = |weekday: Weekday| (1..=5).filter_map(move |n| month.nth_weekday_of_month(n, weekday).ok());
        let mut days: Vec<Date> = if self.days.is_empty() {
            let wanted = if self.month_days.is_empty() { vec![first.day()] } else { self.month_days.clone() };
            wanted.into_iter().filter_map(numbered).collect()
        } else {
            let of = |(which, weekday): &(i8, Weekday)| match which {
                0 => every(*weekday).collect(),
                _ => month.nth_weekday_of_month(*which, *weekday).into_iter().collect::<Vec<_>>(),
            };
            self.days.iter().flat_map(of).collect()
        };
        days.sort_unstable();
        days.dedup();
        days
    }
}

/// The last moment that a rule holds: the whole day where it names a day.
fn last(text: &str, zone: &TimeZone) -> Result<Timestamp, Wrong> {
    let until = moment(text.trim(), zone)?;
    let end = if until.day { until.wall.date().at(23, 59, 59, 0) } else { until.wall };
    Ok(Moment { wall: end, ..until }.at())
}

/// `SA`, `1MO`, `-1FR`: which of the month (0 for each), and the day.
fn weekday(text: &str) -> Option<(i8, Weekday)> {
    let text = text.trim();
    let at = text.len().checked_sub(2)?;
    let (which, day) = (text.get(..at)?, text.get(at..)?);
    let day = match day.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    let which = if which.is_empty() { Some(0) } else { which.parse().ok().filter(|n: &i8| *n != 0 && n.abs() <= 5) };
    Some((which?, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The days on which something starts that first does on Thursday, 3 December 2026 at 22:00 in Berlin.
    fn days(rule: &str) -> Vec<String> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let first = moment("20261203T220000", &zone).unwrap();
        let end = moment("20280101T000000Z", &zone).unwrap().at();
        let starts = Rule::read(rule, &zone).unwrap().starts(&first, end);
        starts.iter().map(|start| start.wall.date().strftime("%m%d").to_string()).collect()
    }

    #[test]
    fn days_weeks_months_and_years_come_again() {
        assert_eq!(days("FREQ=DAILY;COUNT=3"), ["1203", "1204", "1205"]);
        assert_eq!(days("FREQ=DAILY;BYDAY=SA,SU;COUNT=3"), ["1205", "1206", "1212"]);
        assert_eq!(days("FREQ=WEEKLY;COUNT=2"), ["1203", "1210"]);
        assert_eq!(days("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,TH;COUNT=4"), ["1203", "1205", "1217", "1219"]);
        assert_eq!(days("FREQ=WEEKLY;UNTIL=20261217"), ["1203", "1210", "1217"], "a day is meant to its end");
        assert_eq!(days("FREQ=WEEKLY;UNTIL=20261217T205959Z"), ["1203", "1210"]);
        assert_eq!(days("FREQ=MONTHLY;BYDAY=1SA;COUNT=3"), ["1205", "0102", "0206"]);
        assert_eq!(days("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3"), ["1231", "0131", "0228"]);
        assert_eq!(days("FREQ=MONTHLY;COUNT=2"), ["1203", "0103"]);
        assert_eq!(days("FREQ=YEARLY"), ["1203", "1203"], "until the end that is asked for");
    }

    #[test]
    fn a_week_begins_where_the_rule_says() {
        // RFC 5545 §3.3.10: with a step of two weeks it matters which week a day is of
        let zone = TimeZone::UTC;
        let first = moment("19970805T090000", &zone).unwrap();
        let read = |week: &str| {
            let rule = Rule::read(&format!("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST={week}"), &zone).unwrap();
            rule.starts(&first, Timestamp::MAX).iter().map(|start| start.wall.date().day()).collect::<Vec<_>>()
        };
        assert_eq!((read("MO"), read("SU")), (vec![5, 10, 19, 24], vec![5, 17, 19, 31]));
    }

    #[test]
    fn what_is_not_read_is_named() {
        for rule in [
            "FREQ=HOURLY",
            "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=WEEKLY;INTERVAL=0",
            "FREQ=WEEKLY;BYDAY=1MO",
            "FREQ=YEARLY;BYMONTH=1",
            "BYDAY=MO",
            "FREQ",
        ] {
            let (what, cure) = Rule::read(rule, &TimeZone::UTC).unwrap_err();
            assert!(what.contains("is not read") && cure.contains("one by one"), "{rule}: {what}");
        }
    }
}
