//! How a text file is written, found from its first lines: pure.

use jiff::tz::TimeZone;

use super::cell::{Cell, datetime, number};
use super::config::{Config, Format};

/// What stands between columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// One character.
    Char(u8),
    /// Any white space.
    Space,
}

/// How a text file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// What stands between columns.
    pub(super) between: Between,
    /// Whether numbers are written with a comma.
    pub(super) decimal_comma: bool,
    /// Whether the first line names the columns.
    pub(super) header: bool,
    /// Lines before the table that belong to none of its rows: what a logger writes about itself.
    pub(super) preamble: usize,
}

/// Over so many lines a quote may stay open.
const OPEN_MAX: usize = 8;
/// Lines that are looked at.
const LINES: usize = 50;

impl Dialect {
    /// Finds the dialect from the head of a file; what the configuration says stands.
    pub(super) fn find(head: &str, config: &Config) -> Self {
        let says = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
        let numbered: Vec<(usize, &str)> = records(head).filter(|(_, l)| says(l)).take(LINES).collect();
        let mut lines: Vec<&str> = numbered.iter().map(|(_, line)| *line).collect();
        let between = match (config.format, config.delimiter) {
            (Format::Text, _) => Between::Space,
            (_, Some(c)) => Between::Char(u8::try_from(c).unwrap_or(b',')),
            (Format::Csv | Format::Auto | Format::Parquet, None) => find_between(&lines, config.format),
        };
        let begin = table_begins(&lines, between);
        let preamble = numbered.get(begin).filter(|_| begin > 0).map_or(0, |(number, _)| *number);
        lines.drain(..begin);
        let cells: Vec<Vec<&str>> = lines.iter().map(|line| split(line, between)).collect();
        let comma = || (between != Between::Char(b',') || head.contains('"')) && has_comma(&cells);
        let decimal_comma = config.decimal_comma.unwrap_or_else(comma);
        let header = config.header.unwrap_or_else(|| names_columns(&cells, decimal_comma));
        Self { between, decimal_comma, header, preamble }
    }
}

/// The lines of a text with their numbers; one whose quotes stay open goes on over the next ones, as a name with a line break
/// in it does. Quotes that nobody closes (`5"`) open nothing.
fn records(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let (mut rest, mut number) = (text, 0);
    std::iter::from_fn(move || {
        (!rest.is_empty()).then_some(())?;
        let mut ends = rest.match_indices('\n').map(|(at, _)| at + 1).chain([rest.len()]).take(OPEN_MAX);
        let closed = |end: &usize| rest.get(..*end).is_some_and(|record| record.matches('"').count() % 2 == 0);
        let first = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let (record, after) = rest.split_at(ends.find(closed).unwrap_or(first));
        let here = number;
        number += record.matches('\n').count();
        rest = after;
        Some((here, record.trim_end_matches(['\r', '\n'])))
    })
}

/// The cells of a line; a delimiter between quotes is none.
pub(super) fn split(line: &str, between: Between) -> Vec<&str> {
    match between {
        Between::Char(c) => {
            let mut quoted = false;
            let cuts = |letter: char| {
                quoted ^= letter == '"';
                letter == char::from(c) && !quoted
            };
            line.split(cuts).map(|cell| cell.trim().trim_matches('"')).collect()
        }
        Between::Space => line.split_whitespace().collect(),
    }
}

/// How wide most lines are, and how many are.
fn usual_width(lines: &[&str], between: Between) -> (usize, usize) {
    let mut counts = std::collections::BTreeMap::<usize, usize>::new();
    for line in lines {
        *counts.entry(split(line, between).len()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(width, count)| (*count, *width)).unwrap_or((0, 0))
}

/// The first line of the table: from there on most lines are as wide as most.
fn table_begins(lines: &[&str], between: Between) -> usize {
    let (width, count) = usual_width(lines, between);
    if width < 2 || count == lines.len() || count < 3 {
        return 0;
    }
    let fits: Vec<bool> = lines.iter().map(|line| split(line, between).len() == width).collect();
    // a first row that is too short makes nothing else of the names above it
    let goes_on = |at: usize| fits.iter().skip(at + 1).take(3).filter(|fit| **fit).count() >= 2;
    (0..fits.len()).find(|at| fits.get(*at) == Some(&true) && goes_on(*at)).unwrap_or(0)
}

/// The delimiter that gives every line the same number of columns, at least two; or else most lines.
fn find_between(lines: &[&str], format: Format) -> Between {
    let chars = [b';', b'\t', b'|', b','].map(Between::Char);
    let all: Vec<Between> = chars.into_iter().chain((format == Format::Auto).then_some(Between::Space)).collect();
    let whole = |between: &Between| {
        let (width, count) = usual_width(lines, *between);
        width > 1 && count == lines.len()
    };
    if let Some(between) = all.iter().find(|b| whole(b)) {
        return *between;
    }
    let most = |between: &&Between| {
        let (width, count) = usual_width(lines, **between);
        if width > 1 && count * 5 >= lines.len() * 3 { count } else { 0 }
    };
    // of equals the first
    let best = all.iter().rev().max_by_key(most).filter(|b| most(b) > 0);
    let often = |c: u8| lines.iter().filter(|line| line.contains(char::from(c))).count();
    let fallback = || {
        [b';', b'\t', b','].into_iter().find(|c| often(*c) * 2 > lines.len()).map_or(Between::Char(b','), Between::Char)
    };
    best.copied().unwrap_or_else(fallback)
}

fn has_comma(cells: &[Vec<&str>]) -> bool {
    let all = || cells.iter().flatten().filter(|cell| !cell.is_empty());
    let commas = all().filter(|cell| cell.contains(',') && number(cell, true).is_some()).count();
    let points = all().filter(|cell| cell.contains('.') && number(cell, false).is_some()).count();
    commas > points
}

/// The first line names columns when nothing in it is a number or a time, or when it has words where most lines below have
/// numbers or times.
fn names_columns(cells: &[Vec<&str>], decimal_comma: bool) -> bool {
    let value = |cell: &str| number(cell, decimal_comma).is_some() || datetime(cell, &TimeZone::UTC).is_some();
    let Some((first, below)) = cells.split_first() else { return false };
    let words_above_values = |(i, cell): (usize, &&str)| {
        let values = below.iter().filter(|row| row.get(i).is_some_and(|cell| value(cell))).count();
        let word = matches!(Cell::read(cell, decimal_comma), Cell::Text(_)) && !value(cell);
        word && values * 2 > below.len()
    };
    !first.iter().any(|cell| value(cell)) || (below.len() > 1 && first.iter().enumerate().any(words_above_values))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(head: &str) -> Dialect {
        Dialect::find(head, &Config::new(["x"]))
    }

    fn dialect(between: Between, [decimal_comma, header]: [bool; 2]) -> Dialect {
        Dialect { between, decimal_comma, header, preamble: 0 }
    }

    #[test]
    fn dialects_are_told_apart() {
        use Between::{Char, Space};
        for (head, want) in [
            ("datetime;a;b\n2020-01-01 00:00:00;1.5;2\n", dialect(Char(b';'), [false, true])),
            ("Zeit;Druck\n01.02.2020 10:00:00;1,5\n01.02.2020 10:00:01;1,6\n", dialect(Char(b';'), [true, true])),
            ("time,a,b\n1,2.5,3\n2,2.5,3\n", dialect(Char(b','), [false, true])),
            ("t\ta\n1\t2,5\n", dialect(Char(b'\t'), [true, true])),
            ("1,2,3\n4,5,6\n", dialect(Char(b','), [false, false])),
            ("1 1 -0.0007 100.0\n1 2 0.0019 100.0\n", dialect(Space, [false, false])),
            ("2003.10.22.12.06.24\n", dialect(Char(b','), [false, true])),
            ("# note\nx|y\n1|2\n", dialect(Char(b'|'), [false, true])),
            ("", dialect(Char(b','), [false, false])),
            ("time,1,2\n2020-01-01 00:00,3,4\n2020-01-01 00:01,3,4\n", dialect(Char(b','), [false, true])),
            ("a,b\n\"1,5\",\"2,5\"\n\"1,6\",\"2,6\"\n", dialect(Char(b','), [true, true])),
            ("?,1,2\n3,3,4\n5,5,6\n", dialect(Char(b','), [false, false])),
            ("on,1,2\noff,3,4\non,5,6\n", dialect(Char(b','), [false, false])),
        ] {
            assert_eq!(find(head), want, "{head}");
        }
    }

    #[test]
    fn what_a_logger_writes_about_itself_is_passed_over() {
        let found = find("Logger X100\nSerial: 5, Site: A\n\nTime;Flow;Level\n1;2;3\n2;3;4\n3;4;5\n4;5;6\n");
        assert_eq!(found, Dialect { preamble: 3, ..dialect(Between::Char(b';'), [false, true]) });
        assert_eq!(find("Logger;X100\nTime;Flow;Level\n1;2\n2;3;4\n3;4;5\n4;5;6\n").preamble, 1, "a short first row");
        let broken = find("\"Time\",\"Flow\n[l/s]\",\"5\"\" pipe\"\n\"1\",\"2\",\"3\"\n\"2\",\"3\",\"4\"\n");
        assert_eq!(broken, dialect(Between::Char(b','), [false, true]), "a name over two lines");
        assert_eq!(find("t;5\" a;b\n1;2;3\n2;3;4\n").preamble, 0);
        // a row that is too short later on is no reason to begin elsewhere
        assert_eq!(find("a,b,c\n1,2,3\n4,5\n6,7,8\n9,1,2\n").preamble, 0);
    }

    #[test]
    fn what_is_configured_stands() {
        let config =
            Config { delimiter: Some(','), decimal_comma: Some(false), header: Some(false), ..Config::new(["x"]) };
        assert_eq!(Dialect::find("a;b\n1;2\n", &config), dialect(Between::Char(b','), [false, false]));
    }
}
