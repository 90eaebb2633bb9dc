//! ASD: servers with 19 features, a row each five minutes. Protocol, method and setting are those of
//! [`crate::smd`].

use std::path::Path;

use crate::report::Report;
use crate::scored::{self, methods, npy};

/// Runs the suite over all machines below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (cases, skipped) = npy::find(data, ("asd", "omi-"), 300.0)?;
    scored::report("asd", data, (&cases, skipped), &methods::many_signals())
}
