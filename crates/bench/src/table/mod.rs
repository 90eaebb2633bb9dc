//! Anyone's table: which columns, labels, units and split, and what is wanted, stands in a `spec.toml` beside the data or
//! named by `--spec`. See `docs/benchmarks/table.md`.

mod classes;
mod load;
mod numbers;
mod spec;

use std::path::Path;

use crate::report::Report;
use load::Rows;
use spec::{Spec, Task};

/// Runs the suite over the tables below `data`, by the `spec.toml` that lies there.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (own, plain) = (data.join("table").join("spec.toml"), data.join("spec.toml"));
    run_by(data, if own.is_file() { &own } else { &plain })
}

/// As [`run`], by a specification that lies elsewhere.
pub(crate) fn run_by(data: &Path, spec: &Path) -> anyhow::Result<Report> {
    let spec = Spec::read(spec)?;
    let rows = Rows::read(data, &spec)?;
    let said = match spec.task {
        Task::Classify => classes::classify(&rows)?,
        Task::Detect => classes::detect(&rows, &spec.healthy)?,
        Task::Regress => numbers::regress(&rows)?,
        Task::Life => numbers::life(&rows, spec.cap)?,
    };
    let data = data.display().to_string();
    Ok(Report { suite: "table".into(), data, files: rows.files, skipped: rows.skipped, rows: said })
}

#[cfg(test)]
mod tests;
