//! Running other programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A step, as it is announced.
pub(crate) fn say(text: &str) {
    println!("── {text}");
}

/// Runs cargo and passes its output on.
pub(crate) fn cargo(words: &[&str], dir: &Path, env: &[(&str, String)]) -> Result<()> {
    run(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()), words, dir, env)
}

/// Runs a program and passes its output on.
pub(crate) fn run(program: &str, words: &[&str], dir: &Path, env: &[(&str, String)]) -> Result<()> {
    say(&format!("{} {}", Path::new(program).file_name().unwrap_or_default().to_string_lossy(), words.join(" ")));
    let mut command = Command::new(program);
    command.args(words).current_dir(dir).envs(env.iter().map(|(k, v)| (*k, v)));
    let status = command.status().with_context(|| format!("starting {program}"))?;
    if !status.success() {
        bail!("{program} {} ended with {status}", words.join(" "));
    }
    Ok(())
}

/// Whether a program can be started.
pub(crate) fn there(program: &str, question: &str) -> bool {
    Command::new(program).arg(question).output().is_ok_and(|output| output.status.success())
}
