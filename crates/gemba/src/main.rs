//! The program: one binary, its commands. Nothing here that a door or a test could want too.

#[macro_use]
mod output;

mod cli;
mod client;
mod commands;
mod exit;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::cli::Cli;
use crate::exit::Exit;

/// Gives back what an hour poured in within a minute took; the system's keeps it (decision 12).
#[cfg(all(feature = "jemalloc", target_os = "linux", target_arch = "x86_64"))]
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli);
    // two TLS providers may be linked; the choice must be made before the first connection
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider was installed already");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("gemba-io").build() {
        Ok(runtime) => runtime,
        Err(error) => return Exit::from(anyhow::Error::new(error).context("starting the runtime")).report(cli.json),
    };
    let done = runtime.block_on(commands::run(&cli));
    match done.and_then(|()| Ok(output::finished()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => exit.report(cli.json),
    }
}

/// Messages go to standard error; `GEMBA_LOG` chooses what, as in `GEMBA_LOG=debug,opcua=warn`. What the libraries of protocols
/// say is left out unless it is asked for: each link tells in our words how it is and why.
fn start_log(cli: &Cli) {
    let usual = if cli.quiet { "error" } else { "warn,gemba=info,gemba_node=info,gemba_server=info" };
    let filter = EnvFilter::try_from_env("GEMBA_LOG")
        .unwrap_or_else(|_| EnvFilter::new(format!("{usual},opcua=off,async_opcua=off,mqtt5=off")));
    let colour = std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false)
        .init();
}
