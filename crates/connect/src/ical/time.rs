//! Times of iCalendar (RFC 5545 §3.3.4, §3.3.5) and the zones that they are in.

use std::collections::BTreeMap;

use gemba_plant::Timestamp;
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::line::Line;

/// Zones as Windows and Exchange name them, with the zone that Unicode CLDR takes for each (windowsZones, territory 001).
const WINDOWS: [(&str, &str); 40] = [
    ("UTC", "Etc/UTC"),
    ("GMT Standard Time", "Europe/London"),
    ("Greenwich Standard Time", "Atlantic/Reykjavik"),
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("Central European Standard Time", "Europe/Warsaw"),
    ("Romance Standard Time", "Europe/Paris"),
    ("E. Europe Standard Time", "Europe/Chisinau"),
    ("FLE Standard Time", "Europe/Kiev"),
    ("GTB Standard Time", "Europe/Bucharest"),
    ("Turkey Standard Time", "Europe/Istanbul"),
    ("Russian Standard Time", "Europe/Moscow"),
    ("Israel Standard Time", "Asia/Jerusalem"),
    ("Egypt Standard Time", "Africa/Cairo"),
    ("South Africa Standard Time", "Africa/Johannesburg"),
    ("W. Central Africa Standard Time", "Africa/Lagos"),
    ("E. Africa Standard Time", "Africa/Nairobi"),
    ("Arab Standard Time", "Asia/Riyadh"),
    ("Arabian Standard Time", "Asia/Dubai"),
    ("Pakistan Standard Time", "Asia/Karachi"),
    ("India Standard Time", "Asia/Kolkata"),
    ("Bangladesh Standard Time", "Asia/Dhaka"),
    ("SE Asia Standard Time", "Asia/Bangkok"),
    ("China Standard Time", "Asia/Shanghai"),
    ("Singapore Standard Time", "Asia/Singapore"),
    ("Taipei Standard Time", "Asia/Taipei"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("Korea Standard Time", "Asia/Seoul"),
    ("W. Australia Standard Time", "Australia/Perth"),
    ("AUS Eastern Standard Time", "Australia/Sydney"),
    ("E. Australia Standard Time", "Australia/Brisbane"),
    ("New Zealand Standard Time", "Pacific/Auckland"),
    ("Eastern Standard Time", "America/New_York"),
    ("Central Standard Time", "America/Chicago"),
    ("Central Standard Time (Mexico)", "America/Mexico_City"),
    ("Mountain Standard Time", "America/Denver"),
    ("US Mountain Standard Time", "America/Phoenix"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("E. South America Standard Time", "America/Sao_Paulo"),
    ("Argentina Standard Time", "America/Buenos_Aires"),
];

/// A moment as it is written: on the wall, and where the wall is.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) wall: DateTime,
    pub(super) zone: TimeZone,
    /// Whether it is a day without a clock.
    pub(super) day: bool,
}

/// Zones that a file knows by its own names.
#[derive(Clone, Debug)]
pub(super) struct Zones {
    /// That of times without one.
    pub(super) site: TimeZone,
    /// The file's own names for zones of the world.
    pub(super) named: BTreeMap<String, String>,
}

impl Zones {
    /// The zone of a name.
    fn find(&self, name: &str) -> Result<TimeZone, (String, String)> {
        let own = self.named.get(name).map(String::as_str);
        let windows = WINDOWS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, zone)| *zone);
        // some write a path before it: /freeassociation.sourceforge.net/Europe/Berlin
        let tail = name.trim_start_matches('/').rsplitn(3, '/').take(2).collect::<Vec<_>>();
        let tail = tail.into_iter().rev().collect::<Vec<_>>().join("/");
        let names = [own, windows, Some(name), Some(tail.as_str())];
        names.into_iter().flatten().find_map(|name| TimeZone::get(name).ok()).ok_or_else(|| {
            let cure = "export it with a zone of the IANA list, such as Europe/Berlin, or in UTC";
            (format!("the time zone \"{name}\" is not known"), cure.to_owned())
        })
    }

    /// The moments of a line, which may hold several with commas between.
    pub(super) fn moments(&self, line: &Line) -> Result<Vec<Moment>, (String, String)> {
        let zone = line.parameter("TZID").map_or_else(|| Ok(self.site.clone()), |name| self.find(name))?;
        line.value.split(',').map(|text| moment(text.trim(), &zone)).collect()
    }

    /// The one moment of a line.
    pub(super) fn moment(&self, line: &Line) -> Result<Moment, (String, String)> {
        let all = self.moments(line)?;
        all.into_iter().next().ok_or_else(|| no_time(&line.value))
    }
}

fn no_time(text: &str) -> (String, String) {
    (format!("\"{text:.40}\" is no time"), "write 20261203T220000Z, or 20261203 for a day".to_owned())
}

/// Reads `20261203T220000Z`, `20261203T220000` or `20261203`.
pub(super) fn moment(text: &str, zone: &TimeZone) -> Result<Moment, (String, String)> {
    let read = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let small = |from: usize, to: usize| i8::try_from(read(from, to)?).ok();
    let date = || Date::new(read(0, 4)?, small(4, 6)?, small(6, 8)?).ok();
    let clock = || {
        let utc = text.ends_with('Z');
        let fits = text.len() == if utc { 16 } else { 15 } && text.get(8..9) == Some("T");
        let wall = fits.then(date)??;
        // a leap second is the last of its minute
        let wall = DateTime::new(
            wall.year(),
            wall.month(),
            wall.day(),
            small(9, 11)?,
            small(11, 13)?,
            small(13, 15)?.min(59),
            0,
        );
        let zone = if utc { TimeZone::UTC } else { zone.clone() };
        Some(Moment { wall: wall.ok()?, zone, day: false })
    };
    let day = || Some(Moment { wall: date()?.at(0, 0, 0, 0), zone: zone.clone(), day: true });
    let found = if text.is_ascii() && text.len() == 8 {
        day()
    } else if text.is_ascii() {
        clock()
    } else {
        None
    };
    found.ok_or_else(|| no_time(text))
}

impl Moment {
    /// The same moment on our clock; one that the change of the clocks leaves out is the hour after it.
    pub(super) fn at(&self) -> Timestamp {
        let at = self.zone.to_ambiguous_timestamp(self.wall).compatible();
        at.map_or(Timestamp::MAX, |at| Timestamp::from_micros(at.as_microsecond()))
    }

    /// The same clock on another day.
    pub(super) fn on(&self, date: Date) -> Self {
        Self { wall: date.to_datetime(self.wall.time()), ..self.clone() }
    }
}

/// A length: `PT8H`, `P1DT12H30M`, `P2W` (RFC 5545 §3.3.6). Days have 24 hours.
pub(super) fn duration(text: &str) -> Option<SignedDuration> {
    let mut seconds = 0_i64;
    let (mut number, mut digits) = (0_i64, false);
    for letter in text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?.chars() {
        if let Some(digit) = letter.to_digit(10) {
            (number, digits) = (number.checked_mul(10)?.checked_add(i64::from(digit))?, true);
            continue;
        }
        let each = match letter {
            'T' if !digits => continue,
            'W' => 604_800,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(each)?)?;
        (number, digits) = (0, false);
    }
    (!digits && seconds > 0).then(|| SignedDuration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::super::line::lines;
    use super::*;

    fn at(line: &str) -> Result<i64, (String, String)> {
        let named = BTreeMap::from([("Werk".to_owned(), "Europe/Berlin".to_owned())]);
        let zones = Zones { site: TimeZone::get("Europe/Berlin").unwrap(), named };
        zones.moment(&lines(line)[0]).map(|moment| moment.at().micros() / 1_000_000)
    }

    #[test]
    fn times_are_read_in_every_zone_they_name() {
        // 3 December 2026, 21:00 UTC
        let wanted = 1_796_331_600;
        for line in [
            "DTSTART:20261203T210000Z",
            "DTSTART:20261203T220000",
            "DTSTART;TZID=Europe/Berlin:20261203T220000",
            "DTSTART;TZID=W. Europe Standard Time:20261203T220000",
            "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20261203T220000",
            "DTSTART;TZID=Werk:20261203T220000",
            "DTSTART;TZID=America/New_York:20261203T160000",
        ] {
            assert_eq!(at(line), Ok(wanted), "{line}");
        }
        assert_eq!(at("DTSTART;VALUE=DATE:20261204"), Ok(wanted + 2 * 3600), "a day begins at the site's midnight");
    }

    #[test]
    fn what_is_no_time_says_what_to_write() {
        for line in
            ["DTSTART:20261303T220000", "DTSTART:3 December", "DTSTART:20261203T22", "DTSTART:", "DTSTART:2026Ä203"]
        {
            assert!(at(line).is_err_and(|(_, cure)| cure.contains("20261203T220000Z")), "{line}");
        }
        let (what, cure) = at("DTSTART;TZID=Mars/Base:20261203T220000").unwrap_err();
        assert!(what.contains("Mars/Base") && cure.contains("Europe/Berlin"), "{what} {cure}");
    }

    #[test]
    fn lengths_are_read() {
        let hours = |text| duration(text).map(|length| length.as_secs() / 3600);
        assert_eq!(
            [hours("PT8H"), hours("P1DT12H"), hours("P2W"), hours("+PT90M")],
            [Some(8), Some(36), Some(336), Some(1)]
        );
        assert_eq!([hours("8H"), hours("PT8"), hours("P"), hours("-PT8H"), hours("PT8X")], [None; 5]);
    }
}
