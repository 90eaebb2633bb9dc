//! `gemba model …`: what watches.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Model {
    /// What is in service, what waits and what was.
    List,
    /// Put a version into service that a backtest has proved over all machines.
    Release {
        /// The version, as a report names it; what gemba.toml asks for when left out.
        digest: Option<String>,
    },
    /// Put the version before back into service, with what it had learned.
    Back,
    /// Drop what waits: gemba.toml asks for what is in service again.
    Drop,
    /// Let a machine learn anew what is normal, from a time in which it ran well: what is stored since then is read at once, what
    /// was learned before is forgotten.
    Learn {
        /// The path of the asset: acme/north/pump-1.
        asset: String,
        /// From when on: 2026-03-01T08:00:00Z, or `-24h` before now; now when left out.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        from: Option<String>,
        /// From how much healthy operation in each operating state, hours, 168 at most; as maintenance.normal.learn_s has it when left
        /// out.
        #[arg(long)]
        hours: Option<f64>,
        /// From the first that is seen, as it does by itself.
        #[arg(long, conflicts_with_all = ["from", "hours"])]
        by_itself: bool,
    },
    /// Take what was learned of how long machines of a kind last out of service: what spoke before speaks again. It stays so
    /// when it is learned anew, until it is put back.
    Withdraw {
        /// The template, as `gemba model list` tells it: pump.
        kind: String,
        /// The chance of failing by what happened, not the lives learned from runs to failure.
        #[arg(long)]
        chances: bool,
        /// Why.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Put what was learned of a kind back: it speaks where its proof says so.
    Restore {
        /// The template.
        kind: String,
        /// The chance of failing by what happened, not the lives learned from runs to failure.
        #[arg(long)]
        chances: bool,
    },
}
