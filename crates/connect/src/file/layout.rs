//! Which column of a table is what: pure.

use jiff::tz::TimeZone;

use super::cell::{Cell, are_excel_days, datetime};
use super::config::{Config, TimeFormat};
use super::long;

/// Names by which people call the time.
const TIME_NAMES: [&str; 22] = [
    "time",
    "timestamp",
    "datetime",
    "date",
    "ts",
    "zeit",
    "datum",
    "date_time",
    "date time",
    "date/time",
    "time_stamp",
    "source_time",
    "t",
    "t_stamp",
    "timestamp_utc",
    "time_utc",
    "utc",
    "local_time",
    "zeitstempel",
    "uhrzeit",
    "clock",
    "datetime_utc",
];

/// The columns of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The column with the time.
    pub(super) time: Option<usize>,
    /// What the others hold.
    pub(super) body: Body,
}

/// What the columns beside the time hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// One signal a column.
    Wide(Vec<usize>),
    /// One value a row.
    Long {
        /// The column with the signal's name.
        signal: usize,
        /// The column with the value.
        value: usize,
    },
}

impl Layout {
    /// Finds the columns, looking at the first rows too.
    ///
    /// # Errors
    /// The reason, when a configured column is not there.
    pub(super) fn find(columns: &[String], head: &[Vec<Cell>], config: &Config) -> Result<Self, String> {
        let named = |name: &String| {
            let hit = columns.iter().position(|column| column == name);
            hit.ok_or_else(|| format!("has no column \"{name}\"; it has {}", columns.join(", ")))
        };
        let time = match (&config.time_column, config.time_format) {
            (Some(name), _) => Some(named(name)?),
            (None, TimeFormat::None) => None,
            (None, _) => guess_time(columns, head),
        };
        let body = match &config.long {
            Some(long) => Body::Long { signal: named(&long.signal)?, value: named(&long.value)? },
            None => match time.and_then(|time| long::find(columns, head, time)) {
                Some((signal, value)) => Body::Long { signal, value },
                None => Body::Wide((0..columns.len()).filter(|i| Some(*i) != time).collect()),
            },
        };
        Ok(Self { time, body })
    }

    /// How the times are written: days of a spreadsheet, if the first rows look like that and nobody says otherwise.
    pub(super) fn time_format(&self, head: &[Vec<Cell>], config: &Config) -> TimeFormat {
        let cells = || self.time.into_iter().flat_map(|time| head.iter().filter_map(move |row| row.get(time)));
        let numbers = || cells().filter_map(|cell| if let Cell::Number(x) = cell { Some(*x) } else { None });
        let days = numbers().count() == cells().count() && are_excel_days(numbers());
        if config.time_format == TimeFormat::Auto && days { TimeFormat::ExcelDays } else { config.time_format }
    }
}

fn guess_time(columns: &[String], head: &[Vec<Cell>]) -> Option<usize> {
    let first = head.first().map_or(&[][..], Vec::as_slice);
    let marked = first.iter().position(|cell| matches!(cell, Cell::Time(_)));
    // T is a temperature
    let is_name = |name: &String| name != "T" && TIME_NAMES.contains(&name.to_ascii_lowercase().as_str());
    let named = || (0..columns.len()).find(|i| columns.get(*i).is_some_and(is_name) && goes_on(head, *i));
    let written = |cell: &Cell| matches!(cell, Cell::Text(text) if datetime(text, &TimeZone::UTC).is_some());
    marked.or_else(named).or_else(|| first.iter().position(written))
}

/// Whether numbers of a column may be times: most go the same way from row to row. Texts may.
fn goes_on(head: &[Vec<Cell>], column: usize) -> bool {
    let number = |row: &Vec<Cell>| if let Some(Cell::Number(x)) = row.get(column) { Some(*x) } else { None };
    let numbers: Vec<f64> = head.iter().filter_map(number).collect();
    let steps = |way: f64| numbers.windows(2).filter(|w| matches!(w, [a, b] if (b - a) * way < 0.0)).count();
    steps(1.0).min(steps(-1.0)) * 10 <= numbers.len()
}

#[cfg(test)]
mod tests {
    use super::super::config::Long;
    use super::*;

    fn find(columns: &[&str], first: &[Cell], config: &Config) -> Result<Layout, String> {
        let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
        Layout::find(&columns, &[first.to_vec()], config)
    }

    #[test]
    fn the_time_is_found_by_name_or_content() {
        let config = Config::new(["x"]);
        let n = Cell::Number(1.0);
        let wide = |time, rest: &[usize]| Ok(Layout { time, body: Body::Wide(rest.to_vec()) });
        assert_eq!(find(&["a", "Time", "b"], &[n.clone(), n.clone(), n.clone()], &config), wide(Some(1), &[0, 2]));
        let text = Cell::Text("2020-01-01 00:00:00".into());
        assert_eq!(find(&["c1", "c2"], &[n.clone(), text], &config), wide(Some(1), &[0]));
        assert_eq!(find(&["c1", "c2"], &[n.clone(), n.clone()], &config), wide(None, &[0, 1]));
        assert_eq!(find(&["T", "t"], &[n.clone(), n.clone()], &config), wide(Some(1), &[0]));
        let none = Config { time_format: TimeFormat::None, ..config.clone() };
        assert_eq!(find(&["time", "a"], &[n.clone(), n.clone()], &none), wide(None, &[0, 1]));
        let wandering: Vec<Vec<Cell>> = (0..9).map(|i| vec![Cell::Number(f64::from(i * 5 % 7)), n.clone()]).collect();
        let found = Layout::find(&["t".to_owned(), "a".to_owned()], &wandering, &config);
        assert_eq!(found, wide(None, &[0, 1]), "a time does not wander");
    }

    #[test]
    fn configured_columns_must_be_there() {
        let long = Long { signal: "tag".into(), value: "v".into() };
        let config = Config { long: Some(long), time_column: Some("ts".into()), ..Config::new(["x"]) };
        let got = find(&["ts", "tag", "v"], &[], &config).unwrap();
        assert_eq!(got, Layout { time: Some(0), body: Body::Long { signal: 1, value: 2 } });
        assert!(find(&["ts", "tag"], &[], &config).unwrap_err().contains("\"v\""));
    }
}
