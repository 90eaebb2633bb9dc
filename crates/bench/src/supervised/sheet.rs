//! A table as a file has it: whatever stands between its cells, decimal points or commas, a mark in front or not.

use std::path::Path;

use anyhow::Context;

/// A file's cells, column by column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    pub(crate) names: Vec<String>,
    pub(crate) columns: Vec<Vec<String>>,
}

impl Sheet {
    /// Reads a file whose first line names the columns.
    ///
    /// # Errors
    /// When it cannot be read, or has no row.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        Self::parse(text.trim_start_matches('\u{feff}')).with_context(|| format!("reading {}", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let first = text.lines().next().unwrap_or_default();
        let often = |c: u8| first.bytes().filter(|b| *b == c).count();
        let delimiter = [b'\t', b';', b','].into_iter().find(|c| often(*c) > 0).unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
        let names: Vec<String> = reader.headers()?.iter().map(|n| n.trim().to_owned()).collect();
        let mut columns = vec![Vec::new(); names.len()];
        for record in reader.records() {
            let record = record?;
            let cells = (0..names.len()).map(|i| record.get(i).unwrap_or_default().trim().to_owned());
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        }
        anyhow::ensure!(columns.first().is_some_and(|c| !c.is_empty()), "it has no row");
        Ok(Self { names, columns })
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// A column as it stands.
    pub(crate) fn text(&self, name: &str) -> Option<&[String]> {
        let place = self.names.iter().position(|n| n.eq_ignore_ascii_case(name))?;
        self.columns.get(place).map(Vec::as_slice)
    }

    /// A column as numbers; NaN where a cell is none.
    pub(crate) fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        Some(self.text(name)?.iter().map(|cell| number(cell)).collect())
    }
}

/// A cell as a number, with a decimal point or comma; NaN when it is none.
pub(crate) fn number(cell: &str) -> f64 {
    cell.parse().or_else(|_| cell.replace(',', ".").parse()).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_whatever_stands_between_them() {
        for text in ["a,b\n1.5,x\n2,\n", "a;b\n1,5;x\n2;\n", "a\tb\n1.5\tx\n2\t\n", "a,b\n1.5,x\n2\n"] {
            let sheet = Sheet::parse(text).unwrap();
            let a = sheet.numbers("A").unwrap();
            assert!(sheet.rows() == 2 && (a[0] - 1.5).abs() < 1e-12 && (a[1] - 2.0).abs() < 1e-12, "{text}");
            assert_eq!(sheet.text("b").unwrap(), ["x", ""]);
            assert!(sheet.numbers("b").unwrap()[0].is_nan() && sheet.text("c").is_none());
        }
        assert!(Sheet::parse("a,b\n").is_err());
    }
}
