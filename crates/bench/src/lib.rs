//! Public benchmarks: whatever files of a set's layout a folder holds, scored by the set's own protocol, with
//! naive rows beside ours. One setting per suite.
//!
//! ```no_run
//! let report = gemba_bench::run("skab", std::path::Path::new("target/data"))?;
//! println!("{}", serde_json::to_string(&report)?);
//! # Ok::<(), anyhow::Error>(())
//! ```

mod ai4i;
mod asd;
mod azure;
mod batadal;
mod battery;
mod catalogue;
mod cmapss;
mod cnc;
mod cwru;
mod files;
mod flowmeter;
mod genesis;
mod hrss;
mod hydraulic;
mod ims;
mod itsc;
mod metrics;
mod mfpt;
mod modbus;
mod nab;
mod npy;
mod peers;
mod pronostia;
mod report;
mod rig;
mod scored;
mod skab;
mod smap_msl;
mod smd;
mod speed;
mod supervised;
mod table;
mod tep;
mod time;
mod vibration;
pub mod virtual_plant;
#[path = "../../connect/src/file/zip.rs"]
mod zip;

use std::path::{Path, PathBuf};

use clap::Parser;

pub use report::{Report, Row};

/// How a suite is run: over the folder that holds its data, or the folder above it.
type Suite = fn(&Path) -> anyhow::Result<Report>;

/// The suites there are, by name.
#[rustfmt::skip] // a line a suite
const SUITES: &[(&str, Suite)] = &[
    ("ai4i", ai4i::run),
    ("asd", asd::run),
    ("azure-pdm", azure::run),
    ("batadal", batadal::run),
    ("battery", battery::run),
    ("catalogue", catalogue::run),
    ("cmapss", cmapss::run),
    ("cnc", cnc::run),
    ("cwru", cwru::run),
    ("flowmeter", flowmeter::run),
    ("genesis", genesis::run),
    ("hrss", hrss::run),
    ("hydraulic", hydraulic::run),
    ("ims", ims::run),
    ("itsc", itsc::run),
    ("mfpt", mfpt::run),
    ("modbus", modbus::run),
    ("nab", nab::run),
    ("pronostia", pronostia::run),
    ("skab", skab::run),
    ("smap-msl", smap_msl::run),
    ("smd", smd::run),
    ("speed", speed::run),
    ("speed-100k", speed::run_100k),
    ("speed-10k", speed::run_10k),
    ("speed-10k-learned", speed::run_10k_learned),
    ("speed-10k-hour", speed::run_10k_hour),
    ("speed-decide", speed::run_decide),
    ("speed-idle", speed::run_idle),
    ("speed-ingest", speed::run_ingest),
    ("speed-latest", speed::run_latest),
    ("speed-store", speed::run_store),
    ("table", table::run),
    ("tep", tep::run),
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
    /// What the columns mean, for the suite `table`; the `spec.toml` of the data folder when it is not given.
    #[arg(long)]
    spec: Option<PathBuf>,
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
    peers::begin();
    let report = match &arguments.spec {
        Some(spec) if arguments.suite == "table" => table::run_by(&arguments.data, spec)?,
        Some(_) => anyhow::bail!("--spec is for the suite \"table\""),
        None => run(&arguments.suite, &arguments.data)?,
    };
    let text = if arguments.json { serde_json::to_string(&report)? } else { report.table() };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}
