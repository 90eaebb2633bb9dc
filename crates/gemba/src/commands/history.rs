//! Failures and replacements as a maintenance system knows them: rows of CSV or of a SELECT, with the same columns.

use std::path::Path;

use anyhow::{Context, bail};
use gemba_connect::file::datetime;
use gemba_connect::{SecretRef, postgres};
use gemba_node::work::{Records, select};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::cli::Import;

/// Columns that must be there, with the name that the API has for each.
const NEEDED: [(&str, &str); 2] = [("asset", "asset_path"), ("at", "at")];
/// Columns that are taken when they are there.
const OTHERS: [&str; 4] = ["kind", "repaired", "failure_mode", "note"];
/// Faulty rows that are told one by one.
const FAULTS_TOLD: usize = 20;
/// Columns that hold a time.
const TIMES: [&str; 2] = ["at", "repaired"];

/// What maintenance systems call a failure, a replacement before one, and an error after which it ran on.
const KINDS: [(&str, &[&str]); 3] = [
    ("failure", &["failure", "breakdown", "corrective"]),
    ("replacement", &["replacement", "preventive", "overhaul", "installation"]),
    ("error", &["error", "alarm", "warning"]),
];

/// Reads what is to be taken over; times without a zone are in `zone`.
pub(super) async fn read(import: &Import, zone: &TimeZone) -> anyhow::Result<Vec<Value>> {
    match (&import.file, &import.sql, &import.database) {
        (Some(file), _, _) => failures(&file.display().to_string(), &csv(file)?, zone),
        (None, Some(sql), Some(database)) => failures("the SELECT", &asked(import, database, sql).await?, zone),
        _ => bail!("give a CSV file, or --sql \"SELECT …\" with --database FILE or ADDRESS"),
    }
}

/// What a database answers: a SQLite file, or a PostgreSQL by its address.
async fn asked(import: &Import, database: &str, sql: &str) -> anyhow::Result<Records> {
    if !postgres::is_address(database) {
        return Ok(select(Path::new(database), sql)?);
    }
    let place = |text: &String| -> anyhow::Result<SecretRef> {
        let place: SecretRef = serde_json::from_value(Value::String(text.clone()))?;
        match place.check("--password") {
            Some(fault) => bail!("{} {}: {}", fault.field, fault.what, fault.cure),
            None => Ok(place),
        }
    };
    let password = import.password.as_ref().map(place).transpose()?;
    let database = postgres::Database { url: database.to_owned(), password, ca_file: import.ca.clone() };
    let postgres::Rows { columns, rows } = postgres::select(&database, sql).await?;
    Ok(Records { columns, rows })
}

fn csv(file: &Path) -> anyhow::Result<Records> {
    let reading = || format!("reading {}", file.display());
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(file).with_context(reading)?;
    let columns = reader.headers().with_context(reading)?.iter().map(str::to_owned).collect();
    let row = |row: Result<csv::StringRecord, csv::Error>| -> anyhow::Result<Vec<String>> {
        Ok(row.with_context(reading)?.iter().map(str::to_owned).collect())
    };
    Ok(Records { columns, rows: reader.records().map(row).collect::<anyhow::Result<_>>()? })
}

fn failures(name: &str, records: &Records, zone: &TimeZone) -> anyhow::Result<Vec<Value>> {
    let place = |wanted: &str| records.columns.iter().position(|c| c.trim().eq_ignore_ascii_case(wanted));
    let mut columns: Vec<(usize, &str)> = Vec::new();
    for (column, key) in NEEDED {
        let Some(at) = place(column) else {
            bail!(
                "{name} has no columns asset and at; name the machine's path asset and the time of the failure at \
                 (SQL: SELECT machine AS asset, failed AS at)"
            )
        };
        columns.push((at, key));
    }
    columns.extend(OTHERS.iter().filter_map(|key| Some((place(key)?, *key))));
    let failure = |(row, cells): (usize, &Vec<String>)| -> anyhow::Result<Value> {
        let mut failure = Map::new();
        for (column, key) in &columns {
            let cell = cells.get(*column).map_or("", |cell| cell.trim());
            if cell.is_empty() {
                continue;
            }
            let place = || format!("{name}, row {}, column {key}", row + 1);
            let value: Value = match *key {
                key if TIMES.contains(&key) => moment(cell, zone).with_context(place)?.into(),
                "kind" => kind(cell).with_context(place)?.into(),
                _ => cell.into(),
            };
            failure.insert((*key).to_owned(), value);
        }
        if let Some((_, key)) = NEEDED.iter().find(|(_, key)| !failure.contains_key(*key)) {
            bail!("{name}, row {}: {key} is empty; leave such rows out", row + 1);
        }
        Ok(Value::Object(failure))
    };
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for row in records.rows.iter().enumerate().map(failure) {
        match row {
            Ok(row) => read.push(row),
            Err(fault) => faults.push(format!("{fault:#}")),
        }
    }
    match faults.as_slice() {
        [] => Ok(read),
        [one] => bail!("{one}"),
        all => {
            let told = all.iter().take(FAULTS_TOLD).map(String::as_str).collect::<Vec<_>>().join("\n  ");
            let more = all.len().saturating_sub(FAULTS_TOLD);
            let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
            bail!("{} of {} rows cannot be read; nothing was taken\n  {told}{more}", all.len(), records.rows.len())
        }
    }
}

/// A kind as the API reads it.
fn kind(text: &str) -> anyhow::Result<&'static str> {
    let wanted = text.to_lowercase();
    let known = KINDS.iter().find(|(_, words)| words.contains(&wanted.as_str()));
    known.map(|(kind, _)| *kind).with_context(|| {
        let all: Vec<&str> = KINDS.iter().flat_map(|(_, words)| *words).copied().collect();
        format!("\"{text:.40}\" is no kind; write one of {}, or leave rows of other work out", all.join(", "))
    })
}

/// A time as the API reads it: whole microseconds, or what any table may hold, in `zone` where it names none.
fn moment(text: &str, zone: &TimeZone) -> anyhow::Result<i64> {
    if let Ok(micros) = text.parse() {
        return Ok(micros);
    }
    let at = datetime(text, zone).with_context(|| {
        format!("\"{text:.40}\" is no time; write 2026-03-01T08:00:00Z, or 2026-03-01 08:00:00 in the site's time zone")
    })?;
    Ok(at.micros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of_sql(sql: Option<&str>, database: Option<&str>) -> Import {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Import { file: None, sql: text(sql), database: text(database), password: None, ca: None, dry_run: false }
    }

    fn now(import: &Import, zone: &TimeZone) -> anyhow::Result<Vec<Value>> {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(read(import, zone))
    }

    fn of_csv(text: &str) -> anyhow::Result<Vec<Value>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history.csv");
        std::fs::write(&file, text).unwrap();
        let import = Import { file: Some(file), ..of_sql(None, None) };
        now(&import, &TimeZone::get("Europe/Berlin").unwrap())
    }

    #[test]
    fn failures_are_read_from_what_a_maintenance_system_writes() {
        let read = of_csv("Asset, At ,repaired,cost\nacme/pump-1,2026-01-02T03:04:05Z,,12\n").unwrap();
        assert_eq!(read, [json!({ "asset_path": "acme/pump-1", "at": 1_767_323_045_000_000_i64 })]);
        let wrong = of_csv("machine,when\n").unwrap_err().to_string();
        assert!(wrong.contains("asset and at"), "{wrong}");
    }

    #[test]
    fn times_without_a_zone_are_in_that_of_the_site_and_others_name_their_row() {
        for written in ["2026-01-02 04:04:05", "02.01.2026 04:04:05", "1767323045000000", "2026-01-02T03:04:05Z"] {
            let read = of_csv(&format!("asset,at\na,{written}\n")).unwrap();
            assert_eq!(read[0]["at"], 1_767_323_045_000_000_i64, "{written}");
        }
        let all = of_csv("asset,at\na,last week\nb,2026-01-02\n,2026-01-02\n").unwrap_err().to_string();
        assert!(all.starts_with("2 of 3 rows") && all.contains("row 1") && all.contains("row 3: asset"), "{all}");
        let wrong = format!("{:#}", of_csv("asset,at\na,2026-01-02\nb,last week\n").unwrap_err());
        assert!(wrong.contains("row 2, column at") && wrong.contains("last week"), "{wrong}");
        let wrong = of_csv("asset,at\n,2026-01-02\n").unwrap_err().to_string();
        assert!(wrong.contains("row 1: asset_path is empty"), "{wrong}");
    }

    #[test]
    fn replacements_are_told_from_failures_by_what_maintenance_systems_call_them() {
        let read = of_csv("asset,at,kind\na,2026-01-02,Breakdown\na,2026-02-02,preventive\na,2026-03-02,\n").unwrap();
        assert_eq!(
            (&read[0]["kind"], &read[1]["kind"], read[2].get("kind")),
            (&json!("failure"), &json!("replacement"), None)
        );
        let wrong = format!("{:#}", of_csv("asset,at,kind\na,2026-01-02,painted\n").unwrap_err());
        assert!(
            wrong.contains("row 1, column kind") && wrong.contains("painted") && wrong.contains("overhaul"),
            "{wrong}"
        );
    }

    #[test]
    fn a_select_is_read_like_a_table() {
        let records = Records {
            columns: ["asset", "AT", "note"].map(str::to_owned).to_vec(),
            rows: vec![["acme/pump-1", "1767323045000000", "seal"].map(str::to_owned).to_vec()],
        };
        let read = failures("the SELECT", &records, &TimeZone::UTC).unwrap();
        assert_eq!(read, [json!({ "asset_path": "acme/pump-1", "at": 1_767_323_045_000_000_i64, "note": "seal" })]);
        assert!(now(&of_sql(Some("SELECT 1"), Some("none.db")), &TimeZone::UTC).is_err());
        // a password that is typed is not taken, and not told again
        let typed = Import {
            password: Some("s3cret".into()),
            ..of_sql(Some("SELECT 1"), Some("postgres://ann@127.0.0.1/cmms"))
        };
        let wrong = now(&typed, &TimeZone::UTC).unwrap_err().to_string();
        assert!(wrong.contains("env:NAME") && !wrong.contains("s3cret"), "{wrong}");
    }
}
