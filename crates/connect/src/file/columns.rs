//! A whole file in memory, column by column: for looking at a recording instead of replaying it.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use bytes::Bytes;

use super::cell::{Cell, measured};
use super::config::Config;
use super::layout::{Body, Layout};
use super::long::Pivot;
use super::order::{Order, arranged, order};
use super::stamps::{Stamps, Zone};
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
    /// What was done to the rows before they became this, in sentences.
    pub notes: Vec<String>,
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
        if table.head.is_empty() {
            return Err(fail("holds no rows; it needs a line of names and a line for each moment".into()));
        }
        let cells = table.rows_about.unwrap_or(0).saturating_mul(table.columns.len() as u64);
        if cells > CELLS_MAX as u64 + CELLS_MAX as u64 / 4 {
            return Err(fail(format!(
                "has about {} million cells, at most {} million are read; cut it into {} parts, or keep every n-th row",
                cells / 1_000_000,
                CELLS_MAX / 1_000_000,
                cells / CELLS_MAX as u64 + 1
            )));
        }
        let layout = Layout::find(&names(&table.columns), &table.head, config).map_err(fail)?;
        let first = table.head.first().cloned().unwrap_or_default();
        let clock = layout.time.and_then(|time| clock_beside(&table.columns, &first, time));
        let mut body = match &layout.body {
            Body::Wide(places) => {
                let places: Vec<usize> = places.iter().copied().filter(|i| Some(*i) != clock).collect();
                let named = |i: &usize| with_unit(table.columns.get(*i), table.units.get(*i));
                let building = places.iter().map(|i| Building::new(named(i), table.decimal_comma)).collect();
                Filling::Wide(places, building)
            }
            Body::Long { signal, value } => Filling::Long(Pivot::default(), *signal, *value),
        };
        let mut stamps = Stamps::default();
        let (mut row, mut rows, mut odd_rows) = (Vec::new(), 0, 0);
        let (mut above, mut repeated) = (Vec::new(), 0_usize);
        while table.next(&mut row).map_err(fail)? {
            repeated += usize::from(layout.time.is_some() && row == above);
            odd_rows += usize::from(row.len() != table.columns.len());
            if layout.time.is_some() {
                let cell = |place: Option<usize>| place.and_then(|i| row.get(i));
                stamps.push(cell(layout.time), cell(clock));
            }
            body.push(&row).map_err(fail)?;
            rows += 1;
            if rows * table.columns.len().max(1) > CELLS_MAX {
                return Err(fail(format!("has more than {CELLS_MAX} cells; cut it into parts")));
            }
            if rows % PROGRESS_EVERY == 0 && !progress(rows) {
                return Err(fail("was being read when it was stopped; start it again".into()));
            }
            std::mem::swap(&mut row, &mut above);
        }
        let time_name = layout.time.and_then(|i| table.columns.get(i)).cloned();
        let (zone, again) = (stamps.zone(), table.names_again);
        let whole = Self { told: table.told, time_name, odd_rows, ..Self::default() };
        let mut columns = body.finish(whole, stamps.finish());
        columns.remark(zone, again, repeated);
        Ok(columns)
    }

    /// Says how times were read, and which lines are none or look as if they were none.
    fn remark(&mut self, zone: Zone, again: usize, repeated: usize) {
        if zone == Zone::None && self.time_name.is_some() {
            self.told.push_str(", times without a zone, read as UTC");
        }
        if zone == Zone::Some {
            self.notes.push("Some times name a zone and some do not: those without are read as UTC.".to_owned());
        }
        match again {
            0 => {}
            1 => self.notes.push("One line says the names once more and is left out.".to_owned()),
            n => self.notes.push(format!("{n} lines say the names once more and are left out.")),
        }
        if repeated > 0 {
            self.notes.push(format!("{repeated} rows are the same as the row above, time and all."));
        }
    }

    /// Puts the rows in order of time where they are not.
    fn in_order(mut self) -> Self {
        match order(&self.times) {
            Order::Fine => {}
            Order::Runs(runs) => self.notes.push(format!(
                "The times begin anew {runs} times: rows are taken in the order of the file, as one run after the other."
            )),
            Order::Sorted(rows) => {
                self.times = arranged(&self.times, &rows);
                for column in &mut self.columns {
                    column.numbers = arranged(&column.numbers, &rows);
                    column.codes = arranged(&column.codes, &rows);
                }
                self.notes.push("The rows were put in order of time; row numbers are those after that.".into());
            }
        }
        self
    }
}

/// What rows are gathered into.
enum Filling {
    Wide(Vec<usize>, Vec<Building>),
    Long(Pivot, usize, usize),
}

impl Filling {
    fn push(&mut self, row: &[Cell]) -> Result<(), String> {
        match self {
            Self::Wide(places, building) => {
                building.iter_mut().zip(places).for_each(|(b, i)| b.push(row.get(*i)));
                Ok(())
            }
            Self::Long(pivot, signal, value) => pivot.push(row.get(*signal), row.get(*value)),
        }
    }

    fn finish(self, whole: Columns, times: Vec<Option<i64>>) -> Columns {
        match self {
            Self::Wide(_, building) => {
                let columns = building.into_iter().map(Building::finish).collect();
                Columns { times, columns, ..whole }.in_order()
            }
            Self::Long(pivot, ..) => {
                let entries = times.len();
                let (rows, columns) = pivot.finish(&times);
                let column = |(name, numbers)| Column { name, numbers, ..Column::default() };
                let columns: Vec<Column> = columns.into_iter().map(column).collect();
                let told = format!("{}, long: a value a row", whole.told);
                let note = format!(
                    "A long table: {entries} values of {} signals were laid beside each other in {} rows.",
                    columns.len(),
                    rows.len()
                );
                Columns { told, times: rows.into_iter().map(Some).collect(), columns, notes: vec![note], ..whole }
            }
        }
    }
}

/// Names as far as they name a time: without the unit behind them.
fn names(columns: &[String]) -> Vec<String> {
    let bare = |name: &String| name.split(['[', '(']).next().unwrap_or(name).trim().to_owned();
    columns.iter().map(bare).collect()
}

/// The column with the time of day, when `date` holds only the date: by names, or by what stands beside it.
fn clock_beside(columns: &[String], first: &[Cell], date: usize) -> Option<usize> {
    let place = |name: &str| columns.iter().position(|c| c.trim().eq_ignore_ascii_case(name));
    let named = DATE_AND_CLOCK.iter().find_map(|(d, c)| place(c).filter(|_| place(d) == Some(date)));
    let text = |i: usize| if let Some(Cell::Text(text)) = first.get(i) { text.as_str() } else { "" };
    let is_clock = |text: &str| {
        let marks = text.matches(':').count();
        (1..=2).contains(&marks) && text.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'.' || b == b',')
    };
    let beside = || (!text(date).contains(':') && is_clock(text(date + 1))).then_some(date + 1);
    named.or_else(beside)
}

/// `Druck` and `bar`: `Druck [bar]`.
fn with_unit(name: Option<&String>, unit: Option<&String>) -> String {
    let name = name.cloned().unwrap_or_default();
    match unit.filter(|unit| !unit.is_empty() && !name.ends_with([')', ']'])) {
        Some(unit) => format!("{name} [{unit}]"),
        None => name,
    }
}

/// A column while it is read.
#[derive(Debug, Default)]
struct Building {
    column: Column,
    known: BTreeMap<String, u32>,
    decimal_comma: bool,
    /// What stands behind its numbers.
    unit: Option<String>,
}

impl Building {
    fn new(name: String, decimal_comma: bool) -> Self {
        Self { column: Column { name, ..Column::default() }, decimal_comma, ..Self::default() }
    }

    /// The number, where the unit of the column stands behind it.
    fn measured(&mut self, text: &str) -> Option<f64> {
        let (value, unit) = measured(text, self.decimal_comma)?;
        let own = self.unit.get_or_insert_with(|| unit.to_owned());
        (own == unit).then_some(value)
    }

    fn finish(self) -> Column {
        Column { name: with_unit(Some(&self.column.name), self.unit.as_ref()), ..self.column }
    }

    fn push(&mut self, cell: Option<&Cell>) {
        let measured = if let Some(Cell::Text(text)) = cell { self.measured(text) } else { None };
        let column = &mut self.column;
        let (number, text) = match cell {
            Some(Cell::Number(x)) => (*x, None),
            Some(Cell::Text(_)) if measured.is_some() => (measured.unwrap_or(f64::NAN), None),
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
    fn names_that_come_again_are_no_row_and_may_stand_over_two_lines() {
        let rows = |from: i32| (from..from + 4).map(|n| format!("{n},{n},2\n")).collect::<Vec<_>>().concat();
        let names = "time,\"Flow\n[l/s]\",level\n";
        let got = read(&format!("{names}{}{names}{}", rows(1_700_000_000), rows(1_700_000_004))).unwrap();
        assert_eq!(got.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["Flow [l/s]", "level"]);
        assert_eq!((got.rows(), got.odd_rows), (8, 0));
        assert!(got.columns.iter().all(|c| c.texts.is_empty() && c.numbers.iter().all(|x| x.is_finite())));
        assert_eq!(got.notes, ["One line says the names once more and is left out."]);
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
    fn units_stand_below_the_names_or_behind_the_numbers() {
        let names = |got: &Columns| got.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        let below = "Tag;PT101;TT101\nDescription;Discharge pressure;Bearing\nUnit;bar;°C\n";
        let got = read(&format!("{below}2026-01-01 00:00:00;1.5;60\n2026-01-01 00:00:01;1.6;61\n")).unwrap();
        assert_eq!((names(&got), got.times.len()), (vec!["PT101 [bar]".into(), "TT101 [°C]".into()], 2));
        assert_eq!(got.columns[1].numbers, [60.0, 61.0]);
        assert_eq!(got.notes.len(), 0);
        let twice = read("t,p [bar],p [bar]\n1,2,3\n1,2,3\n2,2,3\n").unwrap();
        assert_eq!(names(&twice), ["p [bar]", "p [bar]_2"]);
        assert_eq!(twice.notes, ["1 rows are the same as the row above, time and all."]);
        let got = read("time,p,state\n1,5.1 bar,on\n2,5.2 bar,off\n3,off,on\n").unwrap();
        assert_eq!(names(&got), ["p [bar]", "state"]);
        assert_eq!((&got.columns[0].numbers[..2], got.columns[0].codes[2]), (&[5.1, 5.2][..], 1));
    }

    #[test]
    fn a_packed_or_foreign_file_reads_as_the_plain_one() {
        use std::io::Write;
        let plain = "zeit;größe\n1;2,5\n2;3,5\n3;4,5\n";
        let parse = |bytes: Vec<u8>| {
            let read = Columns::parse("a", bytes.into(), &Config::new(["a"]), &mut |_| true).unwrap();
            Columns { told: String::new(), ..read }
        };
        let want = parse(plain.into());
        assert_eq!((want.columns[0].name.as_str(), want.columns[0].numbers[2]), ("größe", 4.5));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(plain.as_bytes()).unwrap();
        assert_eq!(parse(gzip.finish().unwrap()), want);
        let units = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        assert_eq!(parse(units(&format!("\u{FEFF}{plain}"))), want);
        assert_eq!(parse(units(plain)), want, "without a mark");
        assert_eq!(parse(plain.encode_utf16().flat_map(u16::to_be_bytes).collect()), want);
        assert_eq!(parse(format!("\u{FEFF}{plain}").into()), want);
        let latin: Vec<u8> = plain.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        assert_eq!(parse(latin), want);
        let refused = |bytes: &'static [u8]| {
            let read = Columns::parse("a", bytes.into(), &Config::new(["a"]), &mut |_| true);
            read.unwrap_err().to_string()
        };
        for (bytes, cure) in [
            (&b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..], "save it as .xlsx without a password"),
            (b"\x1F\x8B\x08\0damaged", "cannot be unpacked"),
            (b"PK\x03\x04 cut off", "make it again"),
            (b"\x01\x02\x00\x07\x00\x00\x09", "export the table as CSV"),
        ] {
            assert!(refused(bytes).contains(cure), "{}", refused(bytes));
        }
    }

    #[test]
    fn a_long_table_becomes_wide_and_rows_come_in_order() {
        let row = |i| format!("2026-01-01 00:00:{i:02},flow,{i}\n2026-01-01 00:00:{i:02},level,{}\n", i * 2);
        let text: String = std::iter::once("Time,Tag,Value\n".to_owned()).chain((0..50).rev().map(row)).collect();
        let got = read(&text).unwrap();
        assert_eq!((got.columns.len(), got.rows()), (2, 50));
        assert!(got.columns[1].name == "level" && (got.columns[1].numbers[49] - 98.0).abs() < 1e-9);
        let turned = read("t,a\n3,1\n2,2\n1,3\n").unwrap();
        assert_eq!((turned.columns[0].numbers.as_slice(), turned.notes.len()), (&[3.0, 2.0, 1.0][..], 1));
        let clock = read("2026-01-01 00:00:01 5\n2026-01-01 00:00:02 6\n").unwrap();
        assert_eq!((clock.times[1].unwrap() - clock.times[0].unwrap(), clock.columns.len()), (1_000_000, 1));
        let days = read("Date,a\n46000,1\n46001,2\n").unwrap();
        assert_eq!(days.times[0], Some((46_000 - 25_569) * 86_400_000_000));
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
