//! SMD: servers with 38 features in 0–1, a row a minute. Per machine: fit on its training file, score every row of
//! its test file. TSB-AD, whose published figures stand beside ours, fits on the anomaly-free head of the *test*
//! file instead and has no training file.

use std::path::Path;

use crate::report::Report;
use crate::scored::{self, methods, npy};

/// Runs the suite over all machines below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (cases, skipped) = npy::find(data, ("smd", "machine-"), 60.0)?;
    scored::report("smd", data, (&cases, skipped), &methods::many_signals())
}
