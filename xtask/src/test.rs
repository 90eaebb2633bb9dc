//! All tests, one after the other, sharing one target folder.

use anyhow::Result;

use crate::peers::Peers;
use crate::shell::{cargo, root, run, say, there};

/// What to leave out.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) browser: bool,
    pub(crate) peers: bool,
}

/// Runs the tests; the first that fails ends it.
pub(crate) fn run_all(scope: &Scope) -> Result<()> {
    let peers = if scope.peers || scope.browser { Peers::prepare() } else { Peers::default() };
    let env = peers.env();
    let npm = there("npm", "--version");
    if npm {
        dashboard()?;
    }
    rust(&env)?;
    if scope.browser && npm && peers.chromium.is_some() {
        browser(&env)?;
    } else {
        say("the pages in a browser are left out");
    }
    say("all tests passed");
    Ok(())
}

fn dashboard() -> Result<()> {
    let web = root().join("web");
    run("npm", &["ci", "--no-audit", "--no-fund"], &web, &[])?;
    run("npm", &["run", "check"], &web, &[])?;
    run("npm", &["test"], &web, &[])?;
    run("npm", &["run", "build"], &web, &[])
}

fn rust(env: &[(&str, String)]) -> Result<()> {
    if there("cargo-nextest", "--version") {
        cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast"], &root(), env)?;
    } else {
        cargo(&["test", "--workspace", "--all-targets", "--locked", "--no-fail-fast"], &root(), env)?;
    }
    cargo(&["test", "--workspace", "--doc", "--locked", "--quiet"], &root(), env)
}

/// Starts the demo as a user would and walks through its pages.
fn browser(env: &[(&str, String)]) -> Result<()> {
    cargo(&["build", "--workspace", "--bins", "--locked"], &root(), env)?;
    let mut env = env.to_vec();
    env.push(("GEMBA_BIN", root().join("target/debug/gemba").display().to_string()));
    run("npm", &["run", "e2e"], &root().join("web"), &env)
}
