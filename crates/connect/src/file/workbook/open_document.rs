//! Workbooks as LibreOffice writes them (OpenDocument spreadsheets, ISO/IEC 26300).

use quick_xml::events::BytesStart;

use super::xml::{Step, attribute, walk};
use super::{Book, Each, Row, on_one_line};

/// Rows and columns beyond which what repeats is cut off: the largest sheet there is.
const REPEATED_MAX: usize = 1 << 20;
/// Columns that a sheet may have.
const COLUMNS_MAX: usize = 16_384;

/// A workbook.
pub(super) struct OpenDocument {
    content: String,
    sheets: Vec<(String, bool)>,
}

impl OpenDocument {
    pub(super) fn new(content: String) -> Result<Self, String> {
        let mut sheets = Vec::new();
        walk(&content, |step| {
            if let Step::Begin("table", element) = step {
                sheets.push((attribute(element, "name").unwrap_or_default(), true));
            }
            Ok(())
        })?;
        if sheets.is_empty() {
            return Err("is a document without a table; give a workbook, or CSV".into());
        }
        Ok(Self { content, sheets })
    }
}

/// A cell while it is read.
#[derive(Default)]
struct Cell {
    /// What it says beside its text.
    value: Option<String>,
    /// Whether it holds anything.
    filled: bool,
    text: String,
    times: usize,
}

impl Cell {
    fn begin(element: &BytesStart<'_>) -> Self {
        let value = |name| attribute(element, name);
        let kind = value("value-type").unwrap_or_default();
        let told = match kind.as_str() {
            "float" | "percentage" | "currency" => value("value"),
            "date" => value("date-value").map(|text| text.replacen('T', " ", 1)),
            "time" => value("time-value").map(|text| clock(&text)),
            "boolean" => value("boolean-value"),
            _ => None,
        };
        let times = value("number-columns-repeated").and_then(|n| n.parse().ok()).unwrap_or(1);
        Self { value: told, filled: !kind.is_empty(), text: String::new(), times }
    }

    fn finish(&self) -> Option<String> {
        let text = self.value.clone().unwrap_or_else(|| on_one_line(&self.text));
        (self.filled && !text.is_empty()).then_some(text)
    }
}

/// `PT10H05M07.5S` as `10:05:07.5`; a longer span than a day as seconds.
fn clock(text: &str) -> String {
    let part = |from: &[char], to: char| -> Option<f64> {
        let begin = text.rfind(to)?;
        let number = text.get(..begin)?.rsplit(from).next()?;
        number.parse().ok()
    };
    let (hours, minutes) = (part(&['T'], 'H').unwrap_or(0.0), part(&['T', 'H'], 'M').unwrap_or(0.0));
    let seconds = part(&['T', 'H', 'M'], 'S').unwrap_or(0.0);
    if hours >= 24.0 {
        return ((hours * 60.0 + minutes) * 60.0 + seconds).to_string();
    }
    let between = if seconds < 10.0 { "0" } else { "" };
    format!("{hours:02}:{minutes:02}:{between}{seconds}")
}

impl Book for OpenDocument {
    fn sheets(&self) -> Vec<(String, bool)> {
        self.sheets.clone()
    }

    fn rows(&self, sheet: usize, each: Each<'_>) -> Result<(), String> {
        let (mut table, mut column, mut times) = (0_usize, 0_usize, 1_usize);
        let (mut row, mut cell, mut inside) = (Row::new(), Cell::default(), false);
        walk(&self.content, |step| {
            match step {
                Step::Begin("table", _) => table += 1,
                _ if table != sheet + 1 => {}
                Step::Begin("table-row", element) => {
                    row.clear();
                    column = 0;
                    let repeated = attribute(element, "number-rows-repeated").and_then(|n| n.parse().ok());
                    times = repeated.unwrap_or(1).min(REPEATED_MAX);
                }
                Step::Begin("table-cell" | "covered-table-cell", element) => cell = Cell::begin(element),
                Step::Begin("p", _) => {
                    cell.text.push(' ');
                    inside = true;
                }
                Step::End("p") => inside = false,
                Step::Text(more) if inside => cell.text.push_str(more),
                Step::End("table-cell" | "covered-table-cell") => {
                    let end = column.saturating_add(cell.times).min(COLUMNS_MAX);
                    if let Some(text) = cell.finish() {
                        row.extend((column..end).map(|c| (c, text.clone())));
                    }
                    column = end;
                }
                Step::End("table-row") if !row.is_empty() => {
                    for _ in 0..times {
                        each(&row)?;
                    }
                }
                _ => {}
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_clocks_and_long_ones_seconds() {
        for (text, want) in [("PT10H05M07S", "10:05:07"), ("PT00H00M59.5S", "00:00:59.5"), ("PT30H00M01S", "108001")] {
            assert_eq!(clock(text), want);
        }
    }
}
