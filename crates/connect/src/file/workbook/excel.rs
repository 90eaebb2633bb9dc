//! Workbooks as Excel and most programs write them (Office Open XML, ECMA-376).

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::number_formats::{Meaning, begin};
use super::xml::{Step, attribute, walk};
use super::{Book, Each, Row, on_one_line};

/// Columns that a sheet may have.
const COLUMNS_MAX: usize = 16_384;

/// A part by its name, as far as there is one.
type Part<'a> = &'a dyn Fn(&str) -> Result<Option<String>, String>;

/// A workbook with the content of its sheets.
pub(super) struct Excel {
    sheets: Vec<Sheet>,
    /// Texts that cells name by number.
    texts: Vec<String>,
    /// What the numbers of cells of each style are.
    styles: Vec<Meaning>,
    begin: Date,
}

struct Sheet {
    name: String,
    seen: bool,
    content: String,
}

impl Excel {
    pub(super) fn new(workbook: &str, part: Part<'_>) -> Result<Self, String> {
        let mut targets = BTreeMap::new();
        walk(&part("xl/_rels/workbook.xml.rels")?.unwrap_or_default(), |step| {
            if let Step::Begin("Relationship", element) = step {
                targets.extend(attribute(element, "Id").zip(attribute(element, "Target")));
            }
            Ok(())
        })?;
        let (mut sheets, mut since_1904) = (Vec::new(), false);
        walk(workbook, |step| {
            match step {
                Step::Begin("workbookPr", element) => {
                    since_1904 = attribute(element, "date1904").is_some_and(|v| v == "1" || v == "true");
                }
                Step::Begin("sheet", element) => {
                    let target = attribute(element, "id").and_then(|id| targets.get(&id)).filter(|t| !is_chart(t));
                    let content = target.map(|t| part(&place(t))).transpose()?.flatten();
                    let seen = attribute(element, "state").is_none_or(|state| state == "visible");
                    let named = attribute(element, "name").zip(content);
                    sheets.extend(named.map(|(name, content)| Sheet { name, seen, content }));
                }
                _ => {}
            }
            Ok(())
        })?;
        let texts = part("xl/sharedStrings.xml")?.map_or(Ok(Vec::new()), |part| texts(&part))?;
        let styles = part("xl/styles.xml")?.map_or(Ok(Vec::new()), |part| styles(&part))?;
        Ok(Self { sheets, texts, styles, begin: begin(since_1904) })
    }

    /// A cell's text; none when there is nothing in it.
    fn text(&self, kind: &str, style: usize, value: &str) -> Option<String> {
        let text = match kind {
            "s" => self.texts.get(value.trim().parse::<usize>().ok()?)?.clone(),
            "e" => return None,
            "" | "n" => {
                let meaning = self.styles.get(style).copied().unwrap_or_default();
                value.trim().parse().map_or_else(|_| value.to_owned(), |days: f64| meaning.write(days, self.begin))
            }
            _ => on_one_line(value),
        };
        (!text.is_empty()).then_some(text)
    }
}

/// Sheets that hold a chart only.
fn is_chart(target: &str) -> bool {
    target.contains("chartsheets/")
}

/// Where a part lies that the workbook names: beside it, or from the top.
fn place(target: &str) -> String {
    target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned)
}

/// The texts that cells share; without what tells how a word is read.
fn texts(part: &str) -> Result<Vec<String>, String> {
    let (mut texts, mut text, mut inside, mut aside) = (Vec::new(), String::new(), false, false);
    walk(part, |step| {
        match step {
            Step::Begin("si", _) => text.clear(),
            Step::Begin("t", _) => inside = true,
            Step::Begin("rPh", _) => aside = true,
            Step::Text(more) if inside && !aside => text.push_str(more),
            Step::End("t") => inside = false,
            Step::End("rPh") => aside = false,
            Step::End("si") => texts.push(on_one_line(&text)),
            _ => {}
        }
        Ok(())
    })?;
    Ok(texts)
}

/// What the numbers of each style are.
fn styles(part: &str) -> Result<Vec<Meaning>, String> {
    let (mut own, mut styles, mut inside) = (BTreeMap::new(), Vec::new(), false);
    walk(part, |step| {
        let number = |element, name| attribute(element, name).and_then(|n| n.parse::<u32>().ok());
        match step {
            Step::Begin("numFmt", element) => {
                own.extend(number(element, "numFmtId").zip(attribute(element, "formatCode")));
            }
            Step::Begin("cellXfs", _) => inside = true,
            Step::End("cellXfs") => inside = false,
            Step::Begin("xf", element) if inside => {
                let format = number(element, "numFmtId").unwrap_or(0);
                styles.push(own.get(&format).map_or_else(|| Meaning::built_in(format), |code| Meaning::of(code)));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(styles)
}

/// The column of `AB12`, from 0.
fn column(address: &str) -> Option<usize> {
    let letters = address.bytes().take_while(u8::is_ascii_alphabetic);
    let count = letters.fold(0_usize, |sum, b| sum.saturating_mul(26) + usize::from(b.to_ascii_uppercase() - b'@'));
    count.checked_sub(1).filter(|c| *c < COLUMNS_MAX)
}

/// A cell while it is read.
#[derive(Default)]
struct Cell {
    column: usize,
    kind: String,
    style: usize,
    value: String,
}

impl Book for Excel {
    fn sheets(&self) -> Vec<(String, bool)> {
        self.sheets.iter().map(|s| (s.name.clone(), s.seen)).collect()
    }

    fn rows(&self, sheet: usize, each: Each<'_>) -> Result<(), String> {
        let Some(sheet) = self.sheets.get(sheet) else { return Ok(()) };
        let (mut row, mut cell, mut inside, mut aside): (Row, _, _, _) = (Row::new(), Cell::default(), false, false);
        walk(&sheet.content, |step| {
            match step {
                Step::Begin("row", _) => {
                    row.clear();
                    cell = Cell { column: usize::MAX, ..Cell::default() };
                }
                Step::Begin("c", element) => {
                    let next = cell.column.wrapping_add(1);
                    cell.column = attribute(element, "r").and_then(|r| column(&r)).unwrap_or(next);
                    cell.kind = attribute(element, "t").unwrap_or_default();
                    cell.style = attribute(element, "s").and_then(|s| s.parse().ok()).unwrap_or(0);
                    cell.value.clear();
                }
                // a value, or a text that stands in the cell itself
                Step::Begin("v" | "t", _) => inside = true,
                Step::End("v" | "t") => inside = false,
                Step::Begin("rPh", _) => aside = true,
                Step::End("rPh") => aside = false,
                Step::Text(more) if inside && !aside => cell.value.push_str(more),
                Step::End("c") => row.extend(
                    self.text(&cell.kind, cell.style, &cell.value).map(|text| (cell.column.min(COLUMNS_MAX), text)),
                ),
                Step::End("row") if !row.is_empty() => each(&row)?,
                _ => {}
            }
            Ok(())
        })
    }
}
