//! What can be typed of maintenance work.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Work {
    /// Work orders, newest first.
    List {
        /// Those that are over too.
        #[arg(long)]
        all: bool,
    },
    /// Write a work order for a finding.
    Order {
        /// The finding's number.
        finding: u64,
    },
    /// Record a look at the machine: the only thing that closes a finding.
    Check {
        /// The finding's number.
        finding: u64,
        /// What was found.
        #[arg(long, value_enum)]
        outcome: CheckOutcome,
        /// What was seen and done.
        #[arg(long)]
        note: String,
        /// It was mended.
        #[arg(long)]
        resolved: bool,
        /// The failure mode, in the words of the machine's template or your own.
        #[arg(long, default_value = "", value_name = "MODE")]
        failure_mode: String,
        /// The part concerned.
        #[arg(long, default_value = "")]
        component: String,
    },
    /// Take the last check of a finding back, with its label.
    Reopen {
        /// The finding's number.
        finding: u64,
    },
    /// Open orders planned into the maintenance windows, with the reasons.
    Plan {
        /// Give every order its own hours in its window.
        #[arg(long)]
        apply: bool,
    },
    /// Take failures and replacements over from a maintenance system, CSV or SQL: columns asset, at and, as far as known,
    /// kind, repaired, failure_mode, note. What is there already is left as it is.
    ///
    /// Kind is failure (also: breakdown, corrective), or replacement (also: preventive, overhaul, installation) for a machine
    /// or part that had not failed; failure when left out. Times without a zone are in the site's time zone.
    Import(Import),
    /// How long a machine lasts: by what is measured on its way to a limit, the capacity of a battery, what was learned of its
    /// kind, what happened at it, and its age. Without a path: what was learned of each kind, and how good it is.
    Life {
        /// Its path.
        asset: Option<String>,
    },
    /// A work order: what to do, where its parts are, what doing costs and what waiting risks.
    Show {
        /// The order's number.
        order: u64,
    },
    /// The FMEA table of a machine: its failure modes with ranks, risk priority number and action priority.
    Fmea {
        /// The machine's path.
        asset: String,
    },
    /// Give ranks of a failure mode for some machines, look at their history, take a change back.
    #[command(subcommand)]
    Ranks(Ranks),
    /// Take a production plan over as maintenance windows: a calendar (.ics) or a table (.csv) with the columns from, to,
    /// name and, as far as known, scope, loss_per_hour, crew, id. The same plan again changes what moved and nothing else.
    ///
    /// Times without a zone are in the site's time zone.
    Windows(Windows),
    /// How well maintenance and monitoring do: MTBF, MTTR, availability, precision, lead time, false alarms.
    Figures {
        /// From when: 2026-03-01T08:00:00Z, or `-90d` before now.
        #[arg(long, allow_hyphen_values = true)]
        from: Option<String>,
        /// Machines at or below this path only.
        #[arg(long, value_name = "PATH")]
        asset: Option<String>,
        /// Machines that follow this template only, such as `pump`.
        #[arg(long)]
        template: Option<String>,
        /// A line for each machine, the one that stood longest first.
        #[arg(long)]
        machines: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Ranks {
    /// Give ranks, 1–10 each; what is left out is as for more machines, in the end as the template has it. Written into the plant
    /// files.
    Set {
        /// The failure mode: its id, as `gemba work fmea` tells it.
        mode: String,
        /// For machines that follow this template only, such as `pump`.
        #[arg(long)]
        template: Option<String>,
        /// For machines at or below this path only.
        #[arg(long, value_name = "PATH")]
        asset: Option<String>,
        /// How bad it is.
        #[arg(long, value_name = "1-10")]
        severity: Option<u8>,
        /// How often.
        #[arg(long, value_name = "1-10")]
        occurrence: Option<u8>,
        /// How surely it is seen before; 10 never.
        #[arg(long, value_name = "1-10")]
        detection: Option<u8>,
        /// Why.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Where the ranks of a machine come from, and the occurrence that its kind's own failures suggest.
    Show {
        /// The machine's path.
        asset: String,
    },
    /// Who changed what and when, newest first.
    History {
        /// Of this failure mode only.
        mode: Option<String>,
    },
    /// Take a change back.
    Undo {
        /// Its number.
        change: u64,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Windows {
    /// The file; left out with --undo.
    #[arg(required_unless_present = "undo")]
    pub(crate) file: Option<PathBuf>,
    /// What the plan is called: the next import under this name changes its windows. The file's name when left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// Machines at or below this path, where the plan names none.
    #[arg(long, value_name = "PATH")]
    pub(crate) scope: Option<String>,
    /// Production lost for each hour that a machine stands still, where the plan says nothing.
    #[arg(long, default_value_t = 0.0, value_name = "AMOUNT")]
    pub(crate) loss_per_hour: f64,
    /// Hours of work in each window, by skill, where the plan says nothing: `--crew mechanic=16`; may be repeated.
    #[arg(long, value_name = "SKILL=HOURS")]
    pub(crate) crew: Vec<String>,
    /// Take windows of this plan away that the file does not name any more.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Show what would be done, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take this import back as a whole.
    #[arg(long, value_name = "IMPORT", conflicts_with = "file")]
    pub(crate) undo: Option<u64>,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("from").required(true).args(["file", "sql"])))]
pub(crate) struct Import {
    /// A CSV file.
    pub(crate) file: Option<PathBuf>,
    /// One SELECT that names its columns so: SELECT machine AS asset, failed_at AS at, … The database is only read.
    #[arg(long, value_name = "SELECT", requires = "database")]
    pub(crate) sql: Option<String>,
    /// The SQLite file of the maintenance system, or the address of its PostgreSQL without a password:
    /// postgres://user@host:5432/name. Off this machine TLS is asked for, unless the address ends in ?sslmode=disable.
    #[arg(long, value_name = "FILE|ADDRESS", requires = "sql")]
    pub(crate) database: Option<String>,
    /// Where the password of the PostgreSQL stands.
    #[arg(long, value_name = "file:PATH|env:NAME", requires = "database")]
    pub(crate) password: Option<String>,
    /// A PEM file with the authorities that may have signed the PostgreSQL's certificate; those of the system when left out.
    #[arg(long, value_name = "FILE", requires = "database")]
    pub(crate) ca: Option<PathBuf>,
    /// Show what would be taken over, and take nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What a check found.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CheckOutcome {
    /// Damage that has not stopped the machine.
    PotentialFailure,
    /// The machine could no longer do its work.
    FunctionalFailure,
    /// The process, not the machine, was changed.
    ProcessAdjustment,
    /// The sensor was at fault or was moved.
    SensorChange,
    /// The machine or a part of it had been replaced.
    AssetReplacement,
    /// Nothing was found.
    NoFault,
}
