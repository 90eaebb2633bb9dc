//! Tasks around the program: `cargo xtask check | test | bench`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a task talks to a terminal")]

mod peers;
mod shell;
mod test;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::shell::{cargo, root};

/// Tasks around the program.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Format and lints, as CI wants them.
    Check,
    /// Every test: Rust, dashboard, browser, and against other people's servers.
    Test {
        /// Leave out the pages in a browser.
        #[arg(long)]
        skip_browser: bool,
        /// Leave out other people's servers.
        #[arg(long)]
        skip_peers: bool,
        /// Fail when something had to be left out, as CI does.
        #[arg(long)]
        nothing_left_out: bool,
    },
    /// A public benchmark: `cargo xtask bench skab --data DIR [--json]`.
    Bench {
        /// The suite and its options; `--help` lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().task {
        Task::Check => check(),
        Task::Test { skip_browser, skip_peers, nothing_left_out } => {
            test::run_all(&test::Scope { browser: !skip_browser, peers: !skip_peers, whole: nothing_left_out })
        }
        Task::Bench { rest } => {
            // built in release: the numbers are the point
            let mut words =
                vec!["run", "--quiet", "--release", "--package", "gemba-bench", "--bin", "gemba-bench", "--"];
            words.extend(rest.iter().map(String::as_str));
            cargo(&words, &root(), &peers::for_benchmarks())
        }
    }
}

fn check() -> Result<()> {
    cargo(&["fmt", "--all", "--check"], &root(), &[])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"], &root(), &[])
}
