//! What other systems know of the past: rows of the SQLite file of a maintenance system. Such a file is only read.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::Error;

/// Rows that are taken at once: more than a plant has failures in its life, less than fills memory.
const ROWS_MAX: usize = 1_000_000;

/// Rows of texts, as CSV has them: a value that is not there is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<String>>,
}

/// Runs one SELECT on a SQLite file that is opened for reading only.
///
/// # Errors
/// When the file is no SQLite database, the statement is not one that only reads, or there are more rows than can be.
pub fn select(database: &Path, sql: &str) -> Result<Records, Error> {
    let name = database.display().to_string();
    let fail = |doing: &'static str| {
        let path = name.clone();
        move |source: rusqlite::Error| Error::State { doing, path, source }
    };
    if !database.is_file() {
        return Err(Error::NotFound { what: "file", name });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags).map_err(fail("opening the database"))?;
    let mut statement = connection.prepare(sql).map_err(fail("reading the statement"))?;
    if !statement.readonly() || statement.column_count() == 0 {
        return Err(Error::Refused {
            what: "the statement does more than read".into(),
            cure: "give one SELECT; the database is never changed".into(),
        });
    }
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = Vec::new();
    let mut found = statement.query([]).map_err(fail("asking"))?;
    while let Some(row) = found.next().map_err(fail("reading rows"))? {
        let cells: Result<Vec<String>, rusqlite::Error> =
            (0..columns.len()).map(|i| row.get_ref(i).map(text)).collect();
        rows.push(cells.map_err(fail("reading rows"))?);
        if rows.len() > ROWS_MAX {
            return Err(Error::Refused {
                what: format!("the statement gives more than {ROWS_MAX} rows"),
                cure: "take a part of them: WHERE … , or LIMIT and OFFSET".into(),
            });
        }
    }
    Ok(Records { columns, rows })
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_database_is_read_and_never_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cmms.db");
        let made = Connection::open(&file).unwrap();
        made.execute_batch(
            "CREATE TABLE wo (machine TEXT, failed TEXT, hours REAL, closed TEXT);
             INSERT INTO wo VALUES ('acme/pump-1', '2026-01-02 03:04:05', 2.5, NULL), ('acme/pump-2', '2026-02-02', 1, 'x');",
        )
        .unwrap();
        drop(made);
        let read = select(&file, "SELECT machine AS asset, failed AS at, hours, closed FROM wo ORDER BY 1").unwrap();
        assert_eq!(read.columns, ["asset", "at", "hours", "closed"]);
        assert_eq!(read.rows[0], ["acme/pump-1", "2026-01-02 03:04:05", "2.5", ""]);
        for wrong in ["DELETE FROM wo", "CREATE TABLE x (a)", "SELECT * FROM nowhere", "", "PRAGMA user_version = 3"] {
            assert!(select(&file, wrong).is_err(), "{wrong}");
        }
        assert_eq!(select(&file, "SELECT 1 FROM wo").unwrap().rows.len(), 2, "nothing is gone");
        assert!(matches!(select(&folder.path().join("none.db"), "SELECT 1"), Err(Error::NotFound { .. })));
        std::fs::write(&file, "no database at all, but long enough to be looked at as one").unwrap();
        assert!(select(&file, "SELECT 1 FROM wo").is_err());
    }
}
