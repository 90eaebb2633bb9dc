//! How a text file is written, found from its first lines: pure.

use jiff::tz::TimeZone;

use super::cell::{datetime, number};
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
}

/// Lines that are looked at.
const LINES: usize = 50;

impl Dialect {
    /// Finds the dialect from the head of a file; what the configuration says stands.
    pub(super) fn find(head: &str, config: &Config) -> Self {
        let lines: Vec<&str> =
            head.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')).take(LINES).collect();
        let between = match (config.format, config.delimiter) {
            (Format::Text, _) => Between::Space,
            (_, Some(c)) => Between::Char(u8::try_from(c).unwrap_or(b',')),
            (Format::Csv | Format::Auto | Format::Parquet, None) => find_between(&lines, config.format),
        };
        let cells: Vec<Vec<&str>> = lines.iter().map(|line| split(line, between)).collect();
        let decimal_comma = config.decimal_comma.unwrap_or_else(|| between != Between::Char(b',') && has_comma(&cells));
        let header = config.header.unwrap_or_else(|| names_columns(&cells, decimal_comma));
        Self { between, decimal_comma, header }
    }
}

/// The cells of a line, without care for quotes around delimiters.
pub(super) fn split(line: &str, between: Between) -> Vec<&str> {
    match between {
        Between::Char(c) => line.split(char::from(c)).map(|cell| cell.trim().trim_matches('"')).collect(),
        Between::Space => line.split_whitespace().collect(),
    }
}

/// The delimiter that gives every line the same number of columns, at least two.
fn find_between(lines: &[&str], format: Format) -> Between {
    let width = |between: Between| {
        let mut widths = lines.iter().map(|line| split(line, between).len());
        let first = widths.next().unwrap_or(0);
        (first > 1 && widths.all(|w| w == first)).then_some(first)
    };
    for c in [b';', b'\t', b'|', b','] {
        if width(Between::Char(c)).is_some() {
            return Between::Char(c);
        }
    }
    if format == Format::Auto && width(Between::Space).is_some() {
        return Between::Space;
    }
    let often = |c: u8| lines.iter().filter(|line| line.contains(char::from(c))).count();
    [b';', b'\t', b','].into_iter().find(|c| often(*c) * 2 > lines.len()).map_or(Between::Char(b','), Between::Char)
}

fn has_comma(cells: &[Vec<&str>]) -> bool {
    let all = || cells.iter().flatten().filter(|cell| !cell.is_empty());
    let commas = all().filter(|cell| cell.contains(',') && number(cell, true).is_some()).count();
    let points = all().filter(|cell| cell.contains('.') && number(cell, false).is_some()).count();
    commas > points
}

/// The first line names columns when nothing in it is a number or a time.
fn names_columns(cells: &[Vec<&str>], decimal_comma: bool) -> bool {
    cells.first().is_some_and(|first| {
        let value = |cell: &&str| number(cell, decimal_comma).is_some() || datetime(cell, &TimeZone::UTC).is_some();
        !first.iter().any(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(head: &str) -> Dialect {
        Dialect::find(head, &Config::new(["x"]))
    }

    fn dialect(between: Between, [decimal_comma, header]: [bool; 2]) -> Dialect {
        Dialect { between, decimal_comma, header }
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
        ] {
            assert_eq!(find(head), want, "{head}");
        }
    }

    #[test]
    fn what_is_configured_stands() {
        let config =
            Config { delimiter: Some(','), decimal_comma: Some(false), header: Some(false), ..Config::new(["x"]) };
        assert_eq!(Dialect::find("a;b\n1;2\n", &config), dialect(Between::Char(b','), [false, false]));
    }
}
