//! Anyone's table: which columns, labels, units and split, and what is wanted, stands in a `spec.toml` beside the data or
//! named by `--spec`. See `docs/benchmarks/table.md`.

mod classes;
mod load;
mod numbers;
mod spec;

use std::path::Path;

use anyhow::Context;

use crate::files;
use crate::report::Report;
use load::Rows;
use spec::{Spec, Task};

/// Runs the suite over the tables beside the `spec.toml` that lies in `data`, or nearest below it.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let specs = files::nearest(data, "table", |name| name == "spec.toml")?;
    let spec = specs
        .first()
        .with_context(|| format!("no spec.toml was found below {}; name one by --spec", data.display()))?;
    run_by(spec.parent().unwrap_or(data), spec)
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
    Ok(Report::new("table", data, (rows.files, rows.skipped), said))
}

#[cfg(test)]
mod tests;
