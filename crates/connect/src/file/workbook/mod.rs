//! Workbooks (`.xlsx`, `.xlsm`, `.ods`): one of their sheets, written as the text that a table is read from, so that names,
//! titles above them and times are found by the same rules as in a CSV file.

mod excel;
mod number_formats;
mod open_document;
mod xml;

use super::zip::Member;
use excel::Excel;
use open_document::OpenDocument;

/// Rows in which it is looked for where the table begins.
const HEAD: usize = 50;
/// The most that a workbook may hold when unpacked, and the largest text that a sheet is written as: 1 GiB.
const TEXT_MAX: usize = 1 << 30;
/// Sheets that are named in words.
const NAMED_MAX: usize = 8;

/// What stands in a row: columns, from 0, each with its text. Empty cells are left out.
type Row = Vec<(usize, String)>;
/// Is told each row that holds something.
type Each<'a> = &'a mut dyn FnMut(&Row) -> Result<(), String>;

/// A workbook that is open.
trait Book {
    /// Its sheets by name, and whether each is to be seen.
    fn sheets(&self) -> Vec<(String, bool)>;

    /// Goes through the rows of a sheet, counted from 0.
    fn rows(&self, sheet: usize, each: Each<'_>) -> Result<(), String>;
}

/// Whether a zip with these members is a workbook.
pub(super) fn is_one(members: &[Member<'_>]) -> bool {
    members.iter().any(|m| ["xl/workbook.xml", "xl/workbook.bin", "content.xml"].contains(&m.name.as_str()))
}

/// The sheet named, or the one with the most rows of those to be seen: as text with `;` between cells; and in words which.
pub(super) fn text(members: &[Member<'_>], wanted: Option<&str>) -> Result<(Vec<u8>, String), String> {
    let book = open(members)?;
    let sheets = book.sheets();
    let names = || sheets.iter().map(|(name, _)| name.as_str()).take(NAMED_MAX).collect::<Vec<_>>().join(", ");
    let (sheet, survey) = match wanted {
        Some(name) => {
            let place = sheets.iter().position(|(n, _)| n == name);
            let place = place.ok_or_else(|| format!("has no sheet \"{name}\"; it has {}", names()))?;
            (place, Survey::of(book.as_ref(), place)?)
        }
        None => longest(book.as_ref(), &sheets)?,
    };
    let (name, _) = sheets.get(sheet).ok_or("is a workbook without a sheet")?;
    let why = if wanted.is_some() { "as named" } else { "the one with the most rows" };
    let others = if sheets.len() > 1 { format!(", {why} of {}", names()) } else { String::new() };
    Ok((survey.text(book.as_ref(), sheet)?, format!("sheet \"{name}\" of a workbook{others}")))
}

fn open(members: &[Member<'_>]) -> Result<Box<dyn Book>, String> {
    let left = std::cell::Cell::new(TEXT_MAX);
    let part = |name: &str| -> Result<Option<String>, String> {
        let Some(member) = members.iter().find(|m| m.name == name) else { return Ok(None) };
        let content = member.content()?;
        let rest = left.get().checked_sub(content.len());
        left.set(
            rest.ok_or_else(|| format!("holds more than {} MiB when unpacked; cut it into parts", TEXT_MAX >> 20))?,
        );
        let text = String::from_utf8(content);
        Ok(Some(text.map_err(|_foreign| format!("is a damaged workbook: {name} is no UTF-8; save it again"))?))
    };
    if let Some(content) = part("content.xml")? {
        return Ok(Box::new(OpenDocument::new(content)?));
    }
    if let Some(workbook) = part("xl/workbook.xml")? {
        return Ok(Box::new(Excel::new(&workbook, &part)?));
    }
    Err("is a binary workbook; save it as .xlsx, or the sheet as CSV (UTF-8), and give that".into())
}

fn longest(book: &dyn Book, sheets: &[(String, bool)]) -> Result<(usize, Survey), String> {
    let any_seen = sheets.iter().any(|(_, seen)| *seen);
    let mut best: Option<(usize, Survey)> = None;
    for sheet in (0..sheets.len()).filter(|i| !any_seen || sheets.get(*i).is_some_and(|(_, seen)| *seen)) {
        let survey = Survey::of(book, sheet)?;
        if best.as_ref().is_none_or(|(_, b)| survey.rows > b.rows) {
            best = Some((sheet, survey));
        }
    }
    best.ok_or_else(|| "is a workbook without a sheet".into())
}

/// How a sheet lies.
#[derive(Debug, Default)]
struct Survey {
    /// Rows that hold something.
    rows: usize,
    /// The first column with something in it, and the one after the last.
    columns: (usize, usize),
    /// How many cells hold something in each of the first rows.
    head: Vec<usize>,
}

impl Survey {
    fn of(book: &dyn Book, sheet: usize) -> Result<Self, String> {
        let mut survey = Self { columns: (usize::MAX, 0), ..Self::default() };
        book.rows(sheet, &mut |row| {
            survey.rows += 1;
            if survey.head.len() < HEAD {
                survey.head.push(row.len());
            }
            for (column, _) in row {
                survey.columns = (survey.columns.0.min(*column), survey.columns.1.max(column + 1));
            }
            Ok(())
        })?;
        Ok(survey)
    }

    /// Rows above the table: before the first with half as many cells as most have.
    fn titles(&self) -> usize {
        let often = |count: &usize| (self.head.iter().filter(|c| *c == count).count(), *count);
        let usual = self.head.iter().max_by_key(|c| often(c)).copied().unwrap_or(0);
        self.head.iter().position(|count| count * 2 >= usual).unwrap_or(0)
    }

    /// The sheet as text; rows above the table are shorter than those of the table.
    fn text(&self, book: &dyn Book, sheet: usize) -> Result<Vec<u8>, String> {
        let (first, end) = self.columns;
        let titles = self.titles();
        let mut writer = csv::WriterBuilder::new().delimiter(b';').flexible(true).from_writer(Vec::new());
        let (mut done, mut cells) = (0, Vec::new());
        book.rows(sheet, &mut |row| {
            cells.clear();
            if done < titles {
                cells.extend(row.iter().map(|(_, text)| text.as_str().to_owned()));
            } else {
                cells.resize(end.saturating_sub(first), String::new());
                for (column, text) in row {
                    cells.get_mut(column - first).into_iter().for_each(|cell| text.clone_into(cell));
                }
            }
            done += 1;
            if writer.get_ref().len() > TEXT_MAX {
                return Err(format!("has a sheet of more than {} MiB as text; cut it into parts", TEXT_MAX >> 20));
            }
            writer.write_record(&cells).map_err(|e| e.to_string())
        })?;
        writer.into_inner().map_err(|e| e.to_string())
    }
}

/// A cell's text on one line.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
