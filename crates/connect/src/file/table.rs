//! One file as rows of cells.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use bytes::Bytes;
use gemba_plant::Unit;
use jiff::tz::TimeZone;

use super::cell::{Cell, datetime, measured};
use super::config::{Config, Format};
use super::dialect::{Between, Dialect};
use super::parquet::ParquetRows;
use super::unpack;
use crate::Error;

/// Bytes of a file that are looked at to find how it is written.
const HEAD: u64 = 64 << 10;
/// Rows that are looked at to find what the columns hold.
const AHEAD: usize = 200;
/// Lines below the names that may be units and descriptions.
const WORDS_MAX: usize = 3;
/// The longest line that is taken for one, in bytes.
const LINE_MAX: u64 = 16 << 20;

/// An open file.
pub(super) struct Table {
    /// The columns' names, in order.
    pub(super) columns: Vec<String>,
    /// What stands for each column in a line of units below the names; empty where there is none.
    pub(super) units: Vec<String>,
    /// Whether numbers are written with a comma.
    pub(super) decimal_comma: bool,
    /// In words, for a person.
    pub(super) told: String,
    /// How many rows a long text has, by the length of its first lines; none where it is short, or no text.
    pub(super) rows_about: Option<u64>,
    /// The first rows.
    pub(super) head: Vec<Vec<Cell>>,
    /// Lines that say the names once more: a recording that was begun anew, files put together. They are no rows.
    pub(super) names_again: usize,
    /// The line of the names as it was read; empty where there is none.
    named: Vec<Cell>,
    /// Those of them that were not handed over yet.
    ahead: VecDeque<Vec<Cell>>,
    rows: Rows,
}

enum Rows {
    Csv(Box<csv::Reader<BufReader<Bed>>>, csv::ByteRecord),
    Space(BufReader<Bed>, String),
    Parquet(Box<ParquetRows>),
}

/// Where the bytes of a file lie.
pub(super) enum Bed {
    Disk(File),
    Memory(Cursor<Bytes>),
}

impl Read for Bed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Disk(file) => file.read(into),
            Self::Memory(bytes) => bytes.read(into),
        }
    }
}

impl Seek for Bed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Disk(file) => file.seek(to),
            Self::Memory(bytes) => bytes.seek(to),
        }
    }
}

impl Table {
    /// Opens a file and finds how it is written, `skip` rows in.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn open(path: &Path, config: &Config, skip: u64) -> Result<Self, Error> {
        let name = path.display().to_string();
        if path.is_dir() {
            return Err(Error::File { path: name, why: "is a folder; name one file in it".into() });
        }
        let file = File::open(path).map_err(|e| Error::File { path: name.clone(), why: e.to_string() })?;
        Self::read(&name, Bed::Disk(file), config, skip)
    }

    /// The same for a file that is open or in memory; `name` is for errors.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn read(name: &str, file: Bed, config: &Config, skip: u64) -> Result<Self, Error> {
        Self::begin(file, config, skip).map_err(|why| Error::File { path: name.to_owned(), why })
    }

    fn begin(file: Bed, config: &Config, skip: u64) -> Result<Self, String> {
        let unpack::Plain { bed: mut file, told, is_sheet } = unpack::plain(file, config.sheet.as_deref())?;
        let mut head = Vec::new();
        file.by_ref().take(HEAD).read_to_end(&mut head).map_err(|e| e.to_string())?;
        let marked = head.starts_with(b"PAR1");
        if config.format == Format::Parquet || (config.format == Format::Auto && marked) {
            let mut table = Self::parquet(file, skip)?;
            table.look_ahead(0)?;
            return Ok(table);
        }
        let bom = if head.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let cut = head.len() as u64 == HEAD;
        let mut lines: Vec<&[u8]> = head.get(bom..).unwrap_or_default().split_inclusive(|b| *b == b'\n').collect();
        if cut && lines.len() > 1 {
            // the last line of the head may be cut
            lines.pop();
        }
        let whole: String = lines.iter().map(|line| unpack::text(line)).collect();
        let dialect = Dialect::find(&whole, config);
        let before: usize = lines.iter().take(dialect.preamble).map(|line| line.len()).sum();
        let bytes = file.seek(SeekFrom::End(0)).map_err(|e| e.to_string())?;
        let rows_about = cut.then(|| bytes / HEAD * lines.len() as u64);
        file.seek(SeekFrom::Start((bom + before) as u64)).map_err(|e| e.to_string())?;
        let table = Self::text(BufReader::new(file), dialect, whole.contains('"'));
        let mut table = Self { rows_about, ..table };
        if is_sheet {
            table.told.clear();
        }
        let told: Vec<String> = std::iter::once(table.told).filter(|t| !t.is_empty()).chain(told).collect();
        table.told = told.join(", ");
        if dialect.preamble > 0 {
            let word = if dialect.preamble == 1 { "line" } else { "lines" };
            let lines = format!(", {} {word} before the table", dialect.preamble);
            table.told.push_str(&lines);
        }
        let table_head: String = lines.iter().skip(dialect.preamble).map(|line| unpack::text(line)).collect();
        table.name_columns(dialect, &table_head)?;
        table.look_ahead(skip)?;
        Ok(table)
    }

    /// Reads the first rows, and passes over those that are not wanted again.
    fn look_ahead(&mut self, skip: u64) -> Result<(), String> {
        for _ in 0..AHEAD {
            let mut row = Vec::new();
            if !self.read_row(&mut row)? {
                break;
            }
            self.head.push(row);
        }
        let words = below_names(&self.head);
        for line in self.head.drain(..words.len()) {
            let told = line.into_iter().map(|cell| if let Cell::Text(text) = cell { text } else { String::new() });
            let told: Vec<String> = told.collect();
            let units = told.iter().filter(|text| !text.is_empty() && Unit::guess(text).is_ucum()).count();
            if units > 0 && units * 2 >= told.iter().filter(|text| !text.is_empty()).count() {
                self.units = told;
            }
        }
        self.ahead = self.head.iter().cloned().collect();
        let mut row = Vec::new();
        for _ in 0..skip {
            if !self.next(&mut row)? {
                break;
            }
        }
        Ok(())
    }

    /// Reads the next row into `row`. False at the end.
    ///
    /// # Errors
    /// The reason, when the file cannot be read on.
    pub(super) fn next(&mut self, row: &mut Vec<Cell>) -> Result<bool, String> {
        match self.ahead.pop_front() {
            Some(ahead) => {
                *row = ahead;
                Ok(true)
            }
            None => self.read_row(row),
        }
    }

    fn read_row(&mut self, row: &mut Vec<Cell>) -> Result<bool, String> {
        while self.read_line(row)? {
            if self.named.is_empty() || *row != self.named {
                return Ok(true);
            }
            self.names_again += 1;
        }
        Ok(false)
    }

    fn read_line(&mut self, row: &mut Vec<Cell>) -> Result<bool, String> {
        row.clear();
        match &mut self.rows {
            Rows::Csv(reader, record) => {
                if !reader.read_byte_record(record).map_err(|e| e.to_string())? {
                    return Ok(false);
                }
                row.extend(record.iter().map(|cell| Cell::read(&unpack::text(cell), self.decimal_comma)));
            }
            Rows::Space(reader, line) => {
                if !next_line(reader, line)? {
                    return Ok(false);
                }
                row.extend(line.split_whitespace().map(|cell| Cell::read(cell, self.decimal_comma)));
            }
            Rows::Parquet(rows) => return rows.next(row),
        }
        Ok(true)
    }

    fn of(columns: Vec<String>, told: String, rows: Rows) -> Self {
        let (units, head, ahead) = (Vec::new(), Vec::new(), VecDeque::new());
        let (names_again, named) = (0, Vec::new());
        Self { columns, units, decimal_comma: false, told, rows_about: None, head, names_again, named, ahead, rows }
    }

    fn parquet(file: Bed, skip: u64) -> Result<Self, String> {
        let (rows, columns, count) = match file {
            Bed::Disk(file) => ParquetRows::open(file, skip),
            Bed::Memory(bytes) => ParquetRows::open(bytes.into_inner(), skip),
        }?;
        let told = format!("Parquet, {count} rows");
        Ok(Self::of(columns, told, Rows::Parquet(Box::new(rows))))
    }

    fn text(file: BufReader<Bed>, dialect: Dialect, quotes: bool) -> Self {
        let told = match dialect.between {
            Between::Space => "text, white space between columns".into(),
            Between::Char(b'\t') => "text, tab between columns".into(),
            Between::Char(b',') => "text, comma between columns".into(),
            Between::Char(b';') => "text, semicolon between columns".into(),
            Between::Char(c) => format!("text, {} between columns", char::from(c)),
        } + if dialect.decimal_comma { ", decimal comma" } else { "" };
        let rows = match dialect.between {
            Between::Space => Rows::Space(file, String::new()),
            Between::Char(c) => {
                let mut builder = csv::ReaderBuilder::new();
                builder.delimiter(c).has_headers(false).flexible(true).quoting(quotes).comment(Some(b'#'));
                Rows::Csv(Box::new(builder.from_reader(file)), csv::ByteRecord::new())
            }
        };
        Self { decimal_comma: dialect.decimal_comma, ..Self::of(Vec::new(), told, rows) }
    }

    /// Takes the names from the first line, or counts the columns of it.
    fn name_columns(&mut self, dialect: Dialect, head: &str) -> Result<(), String> {
        let names: Vec<String> = if dialect.header {
            match &mut self.rows {
                Rows::Csv(reader, record) => {
                    reader.read_byte_record(record).map_err(|e| e.to_string())?;
                    let names: Vec<_> = record.iter().map(|name| unpack::text(name).into_owned()).collect();
                    self.named = names.iter().map(|name| Cell::read(name, self.decimal_comma)).collect();
                    // one that stands over two lines is one name
                    names.iter().map(|name| name.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
                }
                Rows::Space(reader, line) => {
                    next_line(reader, line)?;
                    self.named = line.split_whitespace().map(|name| Cell::read(name, self.decimal_comma)).collect();
                    line.split_whitespace().map(str::to_owned).collect()
                }
                Rows::Parquet(_) => Vec::new(),
            }
        } else {
            let first = head.lines().find(|l| !l.trim().is_empty() && !l.starts_with('#')).unwrap_or("");
            super::dialect::split(first, dialect.between).iter().map(|_| String::new()).collect()
        };
        self.columns = distinct(names);
        Ok(())
    }
}

/// Lines between the names and the first row: units, descriptions. In them nothing is a number or a time, where rows below have
/// numbers in at least half of the columns.
fn below_names(head: &[Vec<Cell>]) -> std::ops::Range<usize> {
    let says = |cell: &Cell| match cell {
        Cell::Number(_) | Cell::Time(_) => true,
        Cell::Text(text) => datetime(text, &TimeZone::UTC).is_some() || measured(text, false).is_some(),
        Cell::Empty => false,
    };
    let is_text = |cell: &Cell| matches!(cell, Cell::Text(_));
    let words = |row: &&Vec<Cell>| row.iter().any(is_text) && !row.iter().any(says);
    let words = head.iter().take(WORDS_MAX + 1).take_while(words).count();
    let numbers = |row: &Vec<Cell>| row.iter().filter(|c| matches!(c, Cell::Number(_))).count() * 2 >= row.len();
    let below = head.get(words..).unwrap_or_default();
    let is_table = below.len() > 1 && below.iter().filter(|row| numbers(row)).count() * 2 > below.len();
    0..if is_table && words <= WORDS_MAX { words } else { 0 }
}

/// Names for columns without one, and different names for columns that share one: `c3`, `flow`, `flow_2`.
fn distinct(names: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    let filled =
        names.into_iter().enumerate().map(|(i, name)| if name.is_empty() { format!("c{}", i + 1) } else { name });
    filled
        .map(|name| {
            let times = seen.entry(name.clone()).and_modify(|n| *n += 1).or_insert(1);
            if *times == 1 { name } else { format!("{name}_{times}") }
        })
        .collect()
}

/// The next line that says something, bytes that are no UTF-8 replaced. False at the end.
fn next_line(reader: &mut BufReader<Bed>, line: &mut String) -> Result<bool, String> {
    loop {
        let mut bytes = Vec::new();
        let read = reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut bytes).map_err(|e| e.to_string())?;
        if read == 0 {
            return Ok(false);
        }
        unpack::text(&bytes).trim().clone_into(line);
        if !line.is_empty() && !line.starts_with('#') {
            return Ok(true);
        }
    }
}
