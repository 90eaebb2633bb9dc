//! ASD: servers with 19 features, a row each five minutes. Protocol, method and setting are those of
//! [`crate::smd`].

use std::path::Path;

use crate::report::Report;
use crate::scored::{self, methods, npy, table};

/// Runs the suite over all machines below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (cases, skipped) = npy::find(&table::folder(data, &["asd"]))?;
    scored::report("asd", data, (&cases, skipped), &methods::many_signals())
}
