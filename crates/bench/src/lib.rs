//! Public benchmarks: whatever files of a set's layout a folder holds, scored by the set's own protocol, with
//! naive rows beside ours. One setting per suite.
//!
//! ```no_run
//! let report = gemba_bench::run("skab", std::path::Path::new("target/data"))?;
//! println!("{}", serde_json::to_string(&report)?);
//! # Ok::<(), anyhow::Error>(())
//! ```

mod batadal;
mod battery;
mod cwru;
mod ims;
mod mfpt;
mod nab;
mod pronostia;
mod report;
mod rig;
mod skab;
mod speed;
mod tep;
mod time;
mod vibration;

use std::path::{Path, PathBuf};

use clap::Parser;

pub use report::{Report, Row};

/// How a suite is run: over the folder that holds its data, or the folder above it.
type Suite = fn(&Path) -> anyhow::Result<Report>;

/// The suites there are, by name.
#[rustfmt::skip] // a line a suite
const SUITES: &[(&str, Suite)] = &[
    ("batadal", batadal::run),
    ("battery", battery::run),
    ("cwru", cwru::run),
    ("ims", ims::run),
    ("mfpt", mfpt::run),
    ("pronostia", pronostia::run),
    ("skab", skab::run),
    ("tep", tep::run),
    ("speed", speed::run),
    ("speed-100k", speed::run_100k),
    ("speed-10k", speed::run_10k),
    ("speed-10k-learned", speed::run_10k_learned),
    ("speed-decide", speed::run_decide),
    ("speed-idle", speed::run_idle),
    ("speed-ingest", speed::run_ingest),
    ("speed-latest", speed::run_latest),
    ("vibration", vibration::run),
];

/// The names of the suites there are.
pub fn suites() -> impl Iterator<Item = &'static str> {
    SUITES.iter().map(|(name, _)| *name)
}

/// Runs a suite over the files found below `data`.
///
/// # Errors
/// When the suite is unknown, or no file of its layout is found.
pub fn run(suite: &str, data: &Path) -> anyhow::Result<Report> {
    let Some((_, run)) = SUITES.iter().find(|(name, _)| *name == suite) else {
        let names: Vec<&str> = suites().collect();
        anyhow::bail!("there is no suite \"{suite}\"; the suites are {}", names.join(", "))
    };
    run(data)
}

/// `SUITE --data DIR [--json]`
#[derive(Debug, Parser)]
#[command(name = "bench", about = "Runs a public benchmark over a folder of its data")]
struct Arguments {
    /// Which benchmark.
    suite: String,
    /// The folder that holds the data set, or the folder above it.
    #[arg(long, default_value = "target/data")]
    data: PathBuf,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// The command line: parses, runs, prints. The first argument is the program's name.
///
/// # Errors
/// As [`run`]; wrong arguments are explained and end in an error too.
pub fn main_with(args: impl Iterator<Item = String>) -> anyhow::Result<()> {
    use std::io::Write;
    let arguments = match Arguments::try_parse_from(args) {
        Ok(arguments) => arguments,
        Err(error) if !error.use_stderr() => return Ok(error.print()?),
        Err(error) => return Err(error.into()),
    };
    let report = run(&arguments.suite, &arguments.data)?;
    let text = if arguments.json { serde_json::to_string(&report)? } else { report.table() };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}
