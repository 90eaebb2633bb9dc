//! All tests, one after the other, sharing one target folder.

use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};

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

/// Walks through the pages: over the offline fixture (what would change a plant), then over the demo as a user starts it.
fn browser(env: &[(&str, String)]) -> Result<()> {
    let web = root().join("web");
    run("npm", &["run", "e2e"], &web, env)?;
    cargo(&["build", "--workspace", "--bins", "--locked"], &root(), env)?;
    let mut demo = Demo::start()?;
    let mut env = env.to_vec();
    env.push(("GEMBA_URL", demo.wait_for("url")?));
    env.push(("GEMBA_LINK", demo.wait_for("sign_in")?));
    say("waiting for the demo's first finding");
    demo.wait_for("finding")?;
    run("npm", &["run", "e2e"], &web, &env)
}

/// A running demo; ended when dropped.
struct Demo {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    first: String,
}

impl Demo {
    fn start() -> Result<Self> {
        let program = target().join("debug/gemba");
        let mut command = Command::new(&program);
        command.args(["demo", "--json", "--quiet", "--port", "0"]).current_dir(root()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("starting {}", program.display()))?;
        let stdout = child.stdout.take().context("the demo has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let first = lines.next().context("the demo ended at once")??;
        Ok(Self { child, lines, first })
    }

    /// The text behind a key of the first line; for `finding`, waits until a line with one comes.
    fn wait_for(&mut self, key: &str) -> Result<String> {
        let mark = format!("\"{key}\":\"");
        if let Some((_, rest)) = self.first.split_once(&mark) {
            return Ok(rest.split('"').next().unwrap_or_default().to_owned());
        }
        for line in self.lines.by_ref() {
            if line?.contains(&format!("\"{key}\":")) {
                return Ok(String::new());
            }
        }
        bail!("the demo ended without a line with {key}")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // asked to end, so that it takes its folder along
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        if let Err(error) = asked.and_then(|_| self.child.wait()) {
            say(&format!("the demo does not end: {error}"));
        }
    }
}

/// Where cargo builds to.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
