//! What can be typed. Standard output carries data, standard error messages.

mod model;
mod work;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use model::Model;
pub(crate) use work::{Import, Ranks, Windows, Work};

/// AI for the machines of a plant: connect, remember, learn what is normal, warn early, explain.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 configuration has faults, 5 not reachable,
/// 6 not allowed, 7 a check found something.
///
/// Commands ask the Gemba that runs with the same configuration. GEMBA_URL and GEMBA_TOKEN name another one, GEMBA_CA a PEM
/// file of certificates to trust there.
#[derive(Debug, Parser)]
#[command(name = "gemba", version, propagate_version = true)]
pub(crate) struct Cli {
    /// The configuration file.
    #[arg(long, short, global = true, default_value = "gemba.toml", value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Answer in JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print data and errors, no messages.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a virtual plant, Gemba and its pages, all on this machine.
    Demo(Demo),
    /// Write a first gemba.toml and plant folder here.
    Init(Init),
    /// Run Gemba on the machines that the configuration names.
    Run,
    /// Check the configuration; lists every fault with file, line and cure.
    Check,
    /// Look at a device: test, browse, read; import what you tick.
    #[command(subcommand)]
    Connect(Connect),
    /// Run a stored range through the operators again and print what they find.
    Replay(Replay),
    /// Look at a table from any machine and write a report: what is normal, what is not, what drifts.
    Analyze(Analyze),
    /// Prove a configuration on the stored past: what would have been found, how early, how often falsely.
    Backtest(Backtest),
    /// Which version of settings and operators watches; put a proved one into service; go back.
    #[command(subcommand)]
    Model(Model),
    /// SQL over everything that is stored.
    Query(Query),
    /// Write stored samples to a CSV or Parquet file.
    Export(Export),
    /// What was concluded: list findings, show one with its reasons.
    #[command(subcommand)]
    Finding(Finding),
    /// List alarms, acknowledge, shelve.
    #[command(subcommand)]
    Alarm(Alarm),
    /// Work orders, checks of findings, failures, a maintenance plan.
    #[command(subcommand)]
    Work(Work),
    /// What is known to have happened: list, add, remove labels.
    #[command(subcommand)]
    Label(Label),
    /// Look at this machine and say what is wrong and how to mend it.
    Doctor,
    /// Print the JSON Schema of a configuration file, or the machine templates.
    Schema {
        /// Of what.
        #[arg(value_enum, default_value = "gemba")]
        of: SchemaOf,
    },
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SchemaOf {
    /// gemba.toml
    Gemba,
    /// plant/*.toml
    Plant,
    /// Machine templates: expected signals, failure modes, limits.
    Templates,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The seed of the virtual plant: the same seed, the same plant.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// `demo`, `quiet` (nothing breaks), or `fault:ID` (one fault of the catalogue, see --list).
    #[arg(long, default_value = "demo")]
    pub(crate) scenario: String,
    /// List the faults of the catalogue and start nothing.
    #[arg(long)]
    pub(crate) list: bool,
    /// Port of the pages; 0 takes a free one.
    #[arg(long, default_value_t = 8470)]
    pub(crate) port: u16,
    /// Keep the data here instead of a folder that is removed at the end.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Where; the current folder when left out.
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Overwrite files that are there.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Connect {
    /// Every connection of the running Gemba: how its link is, what came, and why something was rejected.
    List,
    /// Read nothing from a connection until it is resumed, over restarts too.
    Pause {
        /// The connection's name in the configuration.
        connection: String,
    },
    /// Read from a paused connection again.
    Resume {
        /// The connection's name in the configuration.
        connection: String,
    },
    /// Walk through the steps of connecting; says what to do about the first that fails.
    Test(Device),
    /// List what a device offers.
    Browse {
        #[command(flatten)]
        device: Device,
        /// Below this address; the top when left out.
        #[arg(long)]
        at: Option<String>,
        /// Go down all folders.
        #[arg(long)]
        all: bool,
    },
    /// Read addresses once.
    Read {
        #[command(flatten)]
        device: Device,
        /// The addresses.
        #[arg(required = true)]
        addresses: Vec<String>,
    },
    /// Make signals of what a configured connection offers, in the plant folder; a running Gemba takes them at once.
    Import {
        /// The connection's name in the configuration.
        connection: String,
        /// Only addresses or names with this text.
        #[arg(long, default_value = "")]
        matching: String,
        /// The asset for all of them; else the device's own folders become assets.
        #[arg(long)]
        asset: Option<String>,
        /// Show what would be written, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Device {
    /// A configured connection, or an address: opc.tcp://host:4840, mqtt://host:1883, sparkplug://host:1883,
    /// modbus://host:502, file:recording.csv.
    pub(crate) device: String,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Only this asset and those below it.
    #[arg(long)]
    pub(crate) asset: Option<String>,
    /// From when: 2026-03-01T08:00:00Z, or `-2h` before the newest sample.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// Until when.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Analyze {
    /// The table: CSV in any dialect, white-space text, Parquet or a workbook (.xlsx, .ods), a row for each moment.
    pub(crate) file: PathBuf,
    /// The part that is known to be healthy: rows `1..400`, shares `0%..30%` or times `FROM..TO`; found when left out.
    #[arg(long, value_name = "FROM..TO")]
    pub(crate) healthy: Option<String>,
    /// The sheet of a workbook; its longest one when left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Option<String>,
    /// Where the page goes; beside the file when left out, nowhere with --json.
    #[arg(long, short, alias = "out", value_name = "FILE.html")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Backtest {
    /// Asset paths; `*` stands for any part of a segment; what lies below is meant too. All when left out.
    pub(crate) assets: Vec<String>,
    /// From when: 2026-03-01T08:00:00Z, or `-30d` before the newest sample.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// Until when.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
    /// How long before a known fault a finding may be its warning.
    #[arg(long, default_value = "24h")]
    pub(crate) horizon: String,
    /// Compare the configuration in service with this one instead of with what waits in gemba.toml: a version's
    /// digest as `gemba model list` tells it, a TOML file with `[maintenance]`, or `normal.learn_s=600,normal.false_alarms_per_month=2`. Up to
    /// three times.
    #[arg(long, value_name = "VERSION|FILE|KEY=VALUE")]
    pub(crate) against: Vec<String>,
    /// What else is known to have happened: a CSV file with asset, t_start, t_end, label, failure_mode, component, note.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// Leave the stored labels out.
    #[arg(long)]
    pub(crate) no_labels: bool,
    /// What to call it in the list of the pages.
    #[arg(long, default_value = "")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct Query {
    /// One SELECT; read from standard input when left out.
    pub(crate) sql: Option<String>,
    /// At most so many rows.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) limit: usize,
    /// Print CSV.
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Full names of signals, or asset paths for all signals below.
    #[arg(required_unless_present = "formula")]
    pub(crate) signals: Vec<String>,
    /// A formula over signals instead: '"acme/pump-1/power" / "acme/pump-1/flow"'.
    #[arg(long, conflicts_with = "signals")]
    pub(crate) formula: Option<String>,
    /// The file: .csv or .parquet.
    #[arg(long, short, alias = "out")]
    pub(crate) output: PathBuf,
    /// From when: 2026-03-01T08:00:00Z, or `-2h` before now.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// Until when.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Finding {
    /// Findings, newest first.
    List {
        /// Only of this asset and those below it.
        #[arg(long, value_name = "PATH")]
        asset: Option<String>,
        /// Only those that hold, are over, or all.
        #[arg(long, value_enum, default_value = "active")]
        state: FindingWord,
        /// Only those at least this bad, in percent: of a limit the way to where it stops the machine; of what was learned
        /// 50 is twice its limit, 90 ten times.
        #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
        severity: Option<u8>,
        /// Only those that are muted.
        #[arg(long)]
        muted: bool,
        /// As many at most; says so when there are more.
        #[arg(long, default_value_t = 200)]
        limit: usize,
        /// Only those with a smaller number: the next page.
        #[arg(long)]
        before: Option<u64>,
    },
    /// One finding: what differs from what, since when, which signals, what to do.
    Show {
        /// The finding's number.
        id: u64,
    },
    /// Set findings aside: they stay open and on record, and nobody is called for them.
    Mute {
        /// Finding numbers.
        #[arg(required = true)]
        ids: Vec<u64>,
        /// Why.
        #[arg(long)]
        reason: String,
        /// For so long, 30 days at most; until what was found is over when left out.
        #[arg(long)]
        minutes: Option<u32>,
    },
    /// Take their mutes back: what still holds calls again.
    Unmute {
        /// Finding numbers.
        #[arg(required = true)]
        ids: Vec<u64>,
    },
}

/// Whether a finding holds.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FindingWord {
    /// It holds now.
    Active,
    /// What was found is over.
    Over,
    /// Both.
    All,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Alarm {
    /// Open alarms, newest first.
    List {
        /// Those that are back to normal too.
        #[arg(long)]
        all: bool,
        /// As many at most; says so when there are more.
        #[arg(long, default_value_t = 200)]
        limit: usize,
        /// Only those with a smaller number: the next page.
        #[arg(long)]
        before: Option<u64>,
    },
    /// I have seen it.
    Ack(Said),
    /// Not now: it comes back by itself.
    Shelve {
        /// For how long.
        #[arg(long, default_value_t = 60)]
        minutes: u64,
        #[command(flatten)]
        said: Said,
    },
    /// Back from the shelf.
    Unshelve(Said),
    /// Set aside for maintenance, until it is returned.
    OutOfService(Said),
    /// Back from maintenance.
    Return(Said),
    /// Release an alarm that latches, after its condition is over.
    Reset(Said),
    /// What happened to an alarm.
    Journal {
        /// The alarm's number.
        id: u64,
    },
    /// Alarm figures of the last 24 hours.
    Rates,
}

/// Which alarms, and what is said about them.
#[derive(Debug, clap::Args)]
pub(crate) struct Said {
    /// Alarm numbers.
    #[arg(required = true)]
    pub(crate) ids: Vec<u64>,
    /// What you want to say; some alarms want some words.
    #[arg(long, default_value = "")]
    pub(crate) comment: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Label {
    /// Labels, newest first.
    List {
        /// Only of this asset and those below it.
        #[arg(long, value_name = "PATH")]
        asset: Option<String>,
        /// Only of this kind.
        #[arg(long, value_enum)]
        kind: Option<LabelWord>,
        /// Only those that touch the time from here on: 2026-03-01T08:00:00Z, or `-7d` before now.
        #[arg(long, allow_hyphen_values = true)]
        from: Option<String>,
        /// Only those that touch the time up to here.
        #[arg(long, allow_hyphen_values = true)]
        to: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 200)]
        limit: usize,
    },
    /// Label a stretch of time of an asset.
    Add {
        /// The asset's path.
        asset: String,
        /// When it began: 2026-03-01T08:00:00Z, or `-2h` before now.
        #[arg(long, allow_hyphen_values = true)]
        from: String,
        /// When it was over; the same moment when left out.
        #[arg(long, allow_hyphen_values = true)]
        to: Option<String>,
        /// What it was.
        #[arg(long, value_enum, default_value = "fault")]
        kind: LabelWord,
        /// The failure mode.
        #[arg(long, value_name = "MODE")]
        failure_mode: Option<String>,
        /// The part concerned.
        #[arg(long)]
        component: Option<String>,
        /// In your words.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Remove labels.
    Remove {
        /// Their numbers.
        #[arg(required = true)]
        ids: Vec<u64>,
    },
}

/// What a stretch of time was.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LabelWord {
    /// Something was wrong.
    Fault,
    /// Known to be healthy.
    Normal,
    /// A run as it should be, to lay over others on trends; its note is its name.
    Golden,
    /// People were at work on it.
    Maintenance,
    /// Anything else worth a mark.
    Other,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }
}
