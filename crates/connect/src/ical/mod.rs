//! Calendars as files (iCalendar, RFC 5545): the events that a production plan, Outlook, Google or a shift planner exports,
//! with their zones and what comes again. What cannot be read is told with its line and cure, and costs that event only.

mod line;
mod rule;
mod time;

use std::collections::{BTreeMap, BTreeSet};

use gemba_plant::{TimeRange, Timestamp};
use jiff::tz::TimeZone;

use line::{Line, lines};
use rule::Rule;
use time::{Moment, Zones, duration};

/// Occurrences that a file gives at most: thirty a day for a year.
pub const OCCURRENCES_MAX: usize = 10_000;

/// A time at which an event takes place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The same for the same occurrence in the next export of the calendar, even when it was moved.
    pub key: String,
    /// What people call it.
    pub summary: String,
    /// Where.
    pub location: String,
    /// From when to when.
    pub range: TimeRange,
    /// The line at which the event begins.
    pub line: usize,
}

/// What could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub cure: String,
}

/// What is wrong, and the cure.
type Wrong = (String, String);

/// Whether a text is a calendar.
pub fn is_calendar(text: &str) -> bool {
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    begin.get(..15).is_some_and(|begin| begin.eq_ignore_ascii_case("BEGIN:VCALENDAR"))
}

/// The occurrences that overlap `within`, in order of time, and what could not be read. Times without a zone are in `zone`.
pub fn read(text: &str, zone: &TimeZone, within: TimeRange) -> (Vec<Occurrence>, Vec<Refused>) {
    let lines = lines(text);
    let zones = Zones { site: zone.clone(), named: named_zones(&lines) };
    let (mut found, mut refused, mut moved) = (Vec::new(), Vec::new(), BTreeSet::new());
    for event in events(&lines) {
        match Event::read(&event, &zones) {
            Ok(Some(event)) => {
                moved.extend(event.instead.as_ref().map(|instead| (event.uid.clone(), instead.at())));
                found.push(event);
            }
            Ok(None) => {}
            Err((line, (what, cure))) => refused.push(Refused { line, what, cure }),
        }
    }
    let mut all: Vec<Occurrence> = found.iter().flat_map(|event| event.occurrences(within, &moved)).collect();
    all.sort_by_key(|one| (one.range.from, one.line));
    if let Some(beyond) = all.get(OCCURRENCES_MAX) {
        refused.push(Refused {
            line: beyond.line,
            what: format!("there are more than {OCCURRENCES_MAX} events; this one and what is later is left out"),
            cure: "export a shorter time".to_owned(),
        });
        all.truncate(OCCURRENCES_MAX);
    }
    (all, refused)
}

/// The file's own names for zones, where it says which zone of the world each is.
fn named_zones(lines: &[Line]) -> BTreeMap<String, String> {
    let mut named = BTreeMap::new();
    let mut name = None;
    for line in lines {
        match (line.name.as_str(), line.value.to_ascii_uppercase().as_str()) {
            ("BEGIN", "VTIMEZONE") => name = None,
            ("BEGIN", "VEVENT") => break,
            ("TZID", _) => name = Some(line.value.clone()),
            ("X-LIC-LOCATION", _) => {
                named.extend(name.clone().map(|name| (name, line.value.clone())));
            }
            _ => {}
        }
    }
    named
}

/// The lines of each event, without those of what stands inside it, such as alarms.
fn events(lines: &[Line]) -> Vec<Vec<&Line>> {
    let (mut events, mut inside) = (Vec::new(), Vec::new());
    for line in lines {
        match line.name.as_str() {
            "BEGIN" => {
                inside.push(line.value.to_ascii_uppercase());
                if inside.last().is_some_and(|what| what == "VEVENT") {
                    events.push(vec![line]);
                }
            }
            "END" => drop(inside.pop()),
            _ if inside.last().is_some_and(|what| what == "VEVENT") => {
                events.last_mut().into_iter().for_each(|event: &mut Vec<&Line>| event.push(line));
            }
            _ => {}
        }
    }
    events
}

/// An event as it stands in the file.
#[derive(Debug)]
struct Event {
    line: usize,
    uid: String,
    summary: String,
    location: String,
    start: Moment,
    length_us: i64,
    rule: Option<Rule>,
    /// Starts that are left out.
    except: Vec<Moment>,
    /// The start of another event's occurrence that this one stands for.
    instead: Option<Moment>,
}

impl Event {
    /// Reads one; none for one that was cancelled.
    fn read(lines: &[&Line], zones: &Zones) -> Result<Option<Self>, (usize, Wrong)> {
        let begin = lines.first().map_or(0, |line| line.number);
        let find = |name: &str| lines.iter().find(|line| line.name == name).copied();
        let at = |line: &Line| zones.moment(line).map_err(|wrong| (line.number, wrong));
        let text = |name: &str| find(name).map(Line::text).unwrap_or_default();
        if text("STATUS").eq_ignore_ascii_case("CANCELLED") && find("RECURRENCE-ID").is_none() {
            return Ok(None);
        }
        if let Some(line) = find("RDATE") {
            let cure = "write the days of RDATE as events of their own";
            return Err((line.number, ("days of RDATE are not read".into(), cure.into())));
        }
        let missing = || (begin, ("the event has no DTSTART".to_owned(), "say when it begins".to_owned()));
        let start = at(find("DTSTART").ok_or_else(missing)?)?;
        let instead = find("RECURRENCE-ID").map(at).transpose()?;
        if let Some(line) = find("RECURRENCE-ID").filter(|line| line.parameter("RANGE").is_some()) {
            let cure = "split the series in the calendar, so that each part is an event of its own";
            return Err((line.number, ("a change of all later events at once is not read".into(), cure.into())));
        }
        let cancelled = text("STATUS").eq_ignore_ascii_case("CANCELLED");
        let length_us = if cancelled { 0 } else { length_us(begin, &find, &start, zones)? };
        let rule = find("RRULE").map(|line| Rule::read(&line.value, &start.zone).map_err(|wrong| (line.number, wrong)));
        let mut except = Vec::new();
        for line in lines.iter().filter(|line| line.name == "EXDATE") {
            except.extend(zones.moments(line).map_err(|wrong| (line.number, wrong))?);
        }
        Ok(Some(Self {
            line: begin,
            uid: text("UID"),
            summary: text("SUMMARY"),
            location: text("LOCATION"),
            start,
            length_us,
            rule: rule.transpose()?,
            except,
            instead,
        }))
    }

    fn occurrences(&self, within: TimeRange, moved: &BTreeSet<(String, Timestamp)>) -> Vec<Occurrence> {
        if self.length_us <= 0 {
            return Vec::new();
        }
        let starts =
            self.rule.as_ref().map_or_else(|| vec![self.start.clone()], |rule| rule.starts(&self.start, within.to));
        let left_out = |start: &Moment| {
            let out = |except: &Moment| {
                if except.day { except.wall.date() == start.wall.date() } else { except.at() == start.at() }
            };
            self.except.iter().any(out) || (self.instead.is_none() && moved.contains(&(self.uid.clone(), start.at())))
        };
        let comes_again = self.rule.is_some() || self.instead.is_some();
        let one = |start: Moment| {
            let from = start.at();
            let range = TimeRange::new(from, Timestamp::from_micros(from.micros().saturating_add(self.length_us)));
            let which = self.instead.as_ref().map_or(from, Moment::at);
            let key = match (self.uid.is_empty(), comes_again) {
                (true, _) => format!("{}@{}", self.summary, from.micros()),
                (false, true) => format!("{}@{}", self.uid, which.micros()),
                (false, false) => self.uid.clone(),
            };
            Occurrence { key, summary: self.summary.clone(), location: self.location.clone(), range, line: self.line }
        };
        let all = starts.into_iter().filter(|start| !left_out(start)).map(one);
        all.filter(|one| one.range.overlaps(&within)).collect()
    }
}

/// How long an event is: to its end, or by its length; a day where it names a day and neither.
fn length_us<'a>(
    begin: usize,
    find: &impl Fn(&str) -> Option<&'a Line>,
    start: &Moment,
    zones: &Zones,
) -> Result<i64, (usize, Wrong)> {
    const DAY_US: i64 = 86_400_000_000;
    let wrong = |line: usize, what: &str, cure: &str| (line, (what.to_owned(), cure.to_owned()));
    if let Some(line) = find("DTEND") {
        let end = zones.moment(line).map_err(|wrong| (line.number, wrong))?;
        let length = end.at().micros().saturating_sub(start.at().micros());
        return if length > 0 {
            Ok(length)
        } else {
            Err(wrong(line.number, "the event ends before it begins", "exchange DTSTART and DTEND"))
        };
    }
    if let Some(line) = find("DURATION") {
        let length = duration(&line.value).map(|length| length.as_secs().saturating_mul(1_000_000));
        return length.ok_or_else(|| wrong(line.number, "the event's DURATION is no length", "write it like PT8H"));
    }
    if start.day { Ok(DAY_US) } else { Err(wrong(begin, "the event has no end", "give it a DTEND or a DURATION")) }
}

#[cfg(test)]
mod tests;
