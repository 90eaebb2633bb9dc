//! A whole file in memory, column by column: for looking at a recording instead of replaying it.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use bytes::Bytes;

use super::cell::Cell;
use super::config::Config;
use super::layout::{Body, Layout};
use super::stamps::Stamps;
use super::table::{Bed, Table};
use crate::Error;

/// The most cells that are read: 800 MB of numbers.
const CELLS_MAX: usize = 100_000_000;
/// Different texts of a column that are told apart; further ones are no value.
const TEXTS_MAX: usize = 1_000;
/// Rows between two calls of the progress.
const PROGRESS_EVERY: usize = 50_000;
/// Names of a column with the date and of one with the time of day.
const DATE_AND_CLOCK: [(&str, &str); 4] = [("date", "time"), ("datum", "zeit"), ("datum", "uhrzeit"), ("day", "time")];

/// One column of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// Its name; `c3` for a column without one.
    pub name: String,
    /// Its number in each row; NaN where there is none.
    pub numbers: Vec<f64>,
    /// The different texts that stand in it, in order of appearance.
    pub texts: Vec<String>,
    /// Which text stands in each row, from 1; 0 where there is none. Empty for a column without texts.
    pub codes: Vec<u32>,
}

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// How it is written, in words.
    pub told: String,
    /// The name of the column with the time; none when it has none.
    pub time_name: Option<String>,
    /// The time of each row, µs since the epoch; none where it cannot be read. Empty without a time column.
    pub times: Vec<Option<i64>>,
    /// The other columns, all of the same length.
    pub columns: Vec<Column>,
    /// Rows with fewer or more cells than the file has columns.
    pub odd_rows: usize,
}

impl Columns {
    /// Rows of the file.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(self.times.len(), |c| c.numbers.len())
    }

    /// Reads a file. `progress` is told the rows read so far, every now and then, and answers whether to go on.
    ///
    /// # Errors
    /// When it cannot be read, holds no table or is too large, or `progress` says stop.
    pub fn read(path: &Path, config: &Config, progress: &mut dyn FnMut(usize) -> bool) -> Result<Self, Error> {
        Self::of(&path.display().to_string(), Table::open(path, config, 0)?, config, progress)
    }

    /// The same for a file in memory; `name` is for errors.
    ///
    /// # Errors
    /// When it holds no table or is too large, or `progress` says stop.
    pub fn parse(
        name: &str,
        bytes: Bytes,
        config: &Config,
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Self, Error> {
        Self::of(name, Table::read(name, Bed::Memory(Cursor::new(bytes)), config, 0)?, config, progress)
    }

    fn of(
        name: &str,
        mut table: Table,
        config: &Config,
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Self, Error> {
        let fail = |why: String| Error::File { path: name.to_owned(), why };
        let mut row = Vec::new();
        if !table.next(&mut row).map_err(fail)? {
            return Err(fail("holds no rows; it needs a line of names and a line for each moment".into()));
        }
        let layout = Layout::find(&names(&table.columns), &row, config).map_err(fail)?;
        let Body::Wide(places) = &layout.body else { return Err(fail("is no wide table".into())) };
        let clock = layout.time.and_then(|time| clock_beside(&table.columns, time));
        let places: Vec<usize> = places.iter().copied().filter(|i| Some(*i) != clock).collect();
        let mut building: Vec<Building> = places.iter().map(|i| Building::new(table.columns.get(*i))).collect();
        let mut stamps = Stamps::default();
        let (mut rows, mut odd_rows) = (0, 0);
        loop {
            odd_rows += usize::from(row.len() != table.columns.len());
            if layout.time.is_some() {
                let cell = |place: Option<usize>| place.and_then(|i| row.get(i));
                stamps.push(cell(layout.time), cell(clock));
            }
            building.iter_mut().zip(&places).for_each(|(b, i)| b.push(row.get(*i)));
            rows += 1;
            if rows * table.columns.len().max(1) > CELLS_MAX {
                return Err(fail(format!("has more than {CELLS_MAX} cells; cut it into parts")));
            }
            if rows % PROGRESS_EVERY == 0 && !progress(rows) {
                return Err(fail("was being read when it was stopped; start it again".into()));
            }
            if !table.next(&mut row).map_err(fail)? {
                break;
            }
        }
        Ok(Self {
            told: table.told,
            time_name: layout.time.and_then(|i| table.columns.get(i)).cloned(),
            times: stamps.finish(),
            columns: building.into_iter().map(|b| b.column).collect(),
            odd_rows,
        })
    }
}

/// Names as far as they name a time: without the unit behind them.
fn names(columns: &[String]) -> Vec<String> {
    let bare = |name: &String| name.split(['[', '(']).next().unwrap_or(name).trim().to_owned();
    columns.iter().map(bare).collect()
}

/// The column with the time of day, when `date` holds only the date.
fn clock_beside(columns: &[String], date: usize) -> Option<usize> {
    let place = |name: &str| columns.iter().position(|c| c.trim().eq_ignore_ascii_case(name));
    DATE_AND_CLOCK.iter().find_map(|(d, c)| place(c).filter(|_| place(d) == Some(date)))
}

/// A column while it is read.
#[derive(Debug, Default)]
struct Building {
    column: Column,
    known: BTreeMap<String, u32>,
}

impl Building {
    fn new(name: Option<&String>) -> Self {
        let column = Column { name: name.cloned().unwrap_or_default(), ..Column::default() };
        Self { column, known: BTreeMap::new() }
    }

    fn push(&mut self, cell: Option<&Cell>) {
        let column = &mut self.column;
        let (number, text) = match cell {
            Some(Cell::Number(x)) => (*x, None),
            Some(Cell::Text(text)) => (f64::NAN, Some(text)),
            Some(Cell::Time(time)) => (time.micros() as f64 / 1e6, None),
            Some(Cell::Empty) | None => (f64::NAN, None),
        };
        if let Some(text) = text {
            column.codes.resize(column.numbers.len(), 0);
            let next = u32::try_from(self.known.len() + 1).unwrap_or(0);
            let code = match self.known.get(text) {
                Some(code) => *code,
                None if self.known.len() < TEXTS_MAX => {
                    self.known.insert(text.clone(), next);
                    column.texts.push(text.clone());
                    next
                }
                None => 0,
            };
            column.codes.push(code);
        } else if !column.codes.is_empty() {
            column.codes.push(0);
        }
        column.numbers.push(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From a file; and from memory, which must say the same.
    fn read(text: &str) -> Result<Columns, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, text).unwrap();
        let config = Config::new([path.display().to_string()]);
        let read = Columns::read(&path, &config, &mut |_| true);
        let name = path.display().to_string();
        let parsed = Columns::parse(&name, text.to_owned().into(), &config, &mut |_| true);
        assert_eq!(format!("{read:?}"), format!("{parsed:?}"));
        read
    }

    #[test]
    fn a_german_export_is_read() {
        let got = read("Datum;Zeit;Druck [bar];Zustand\n01.02.2020;10:00:00;1,5;läuft\n01.02.2020;10:00:01;;steht\n");
        let got = got.unwrap();
        assert_eq!(got.times, [Some(1_580_551_200_000_000), Some(1_580_551_201_000_000)]);
        assert_eq!(got.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["Druck [bar]", "Zustand"]);
        assert!((got.columns[0].numbers[0] - 1.5).abs() < 1e-12 && got.columns[0].numbers[1].is_nan());
        assert_eq!(got.columns[1].codes, [1, 2]);
        assert_eq!(got.columns[1].texts, ["läuft", "steht"]);
        assert_eq!((got.rows(), got.odd_rows), (2, 0));
    }

    #[test]
    fn without_header_or_time_there_are_rows() {
        let got = read("1,2\n3,4\n5\n").unwrap();
        assert_eq!((got.rows(), got.odd_rows, got.times.len()), (3, 1, 0));
        assert_eq!(got.columns[0].name, "c1");
        let unit = read("Time [s],a\n0.5,1\n1.0,2\n").unwrap();
        assert_eq!(unit.times, [Some(500_000), Some(1_000_000)]);
    }

    #[test]
    fn an_empty_file_says_what_it_needs() {
        assert!(read("").unwrap_err().to_string().contains("no rows"));
        assert!(read("a,b\n").unwrap_err().to_string().contains("no rows"));
    }

    #[test]
    fn a_column_may_turn_to_text_late() {
        let got = read("a,b\n1,2\n1,off\n2,3\n").unwrap();
        assert_eq!(got.columns[1].codes, [0, 1, 0]);
        assert!((got.columns[1].numbers[2] - 3.0).abs() < 1e-12);
    }
}
