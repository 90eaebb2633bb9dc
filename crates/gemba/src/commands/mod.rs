//! The commands, one file each.

mod alarm;
mod analyze;
mod backtest;
mod check;
mod connect;
mod connect_list;
mod connect_look;
mod demo;
mod device;
mod doctor;
mod export;
mod finding;
mod history;
mod init;
mod label;
mod life;
mod model;
mod plan_file;
mod query;
mod ranks;
mod replay;
mod run;
mod schema;
mod span;
mod work;
mod work_show;

use clap::CommandFactory;

use crate::cli::{Cli, Command};
use crate::exit::Exit;

/// Runs what was typed.
pub(crate) async fn run(cli: &Cli) -> Result<(), Exit> {
    match &cli.command {
        Command::Demo(demo) => demo::run(cli, demo).await,
        Command::Init(init) => init::run(cli, init),
        Command::Run => run::run(cli).await,
        Command::Check => check::run(cli),
        Command::Connect(connect) => connect::run(cli, connect).await,
        Command::Replay(replay) => replay::run(cli, replay).await,
        Command::Analyze(wanted) => analyze::run(cli, wanted),
        Command::Backtest(wanted) => backtest::run(cli, wanted).await,
        Command::Model(model) => model::run(cli, model),
        Command::Query(query) => query::run(cli, query).await,
        Command::Export(export) => export::run(cli, export).await,
        Command::Finding(finding) => finding::run(cli, finding),
        Command::Alarm(alarm) => alarm::run(cli, alarm),
        Command::Work(work) => work::run(cli, work).await,
        Command::Label(label) => label::run(cli, label),
        Command::Doctor => doctor::run(cli).await,
        Command::Schema { of } => schema::run(*of),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "gemba", &mut text);
            say!("{}", String::from_utf8_lossy(&text).trim_end());
            Ok(())
        }
    }
}
