//! All tests, one after the other, sharing one target folder.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::peers::{Peers, npm};
use crate::shell::{cargo, root, run, say, there};

/// What to leave out.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) browser: bool,
    pub(crate) peers: bool,
    /// Whether it is a failure that something had to be left out.
    pub(crate) whole: bool,
}

/// What the first finding of the demo names: the fault that begins first.
const FIRST_MODE: &str = "\"failure_mode\":\"bearing_outer_race\"";
/// The first explained finding of the demo comes this soon after its start.
const FIRST_FINDING: Duration = Duration::from_mins(1);
/// What the debug build that the tests drive may take longer: it starts slower and learns slower, beside a browser.
const DEBUG_ALLOWANCE: Duration = Duration::from_mins(1);
/// Lines of the demo that wait to be looked at.
const LINES_KEPT: usize = 1_000;

/// Runs the tests; the first that fails ends it. Says at the end what was left out.
pub(crate) fn run_all(scope: &Scope) -> Result<()> {
    let peers = if scope.peers || scope.browser { Peers::prepare() } else { Peers::default() };
    let env = peers.env();
    let mut left_out: Vec<String> = peers.missing.iter().map(|what| format!("what needs {what}")).collect();
    let npm = npm();
    if npm {
        dashboard()?;
    } else {
        left_out.push("the dashboard's own tests, and its build".into());
    }
    rust(&env)?;
    if !scope.peers {
        left_out.push("other people's servers, as asked".into());
    }
    if scope.browser && npm && peers.chromium.is_some() {
        browser(&env)?;
    } else {
        left_out.push("the pages in a browser".into());
    }
    if left_out.is_empty() {
        say("all tests passed");
        return Ok(());
    }
    say("what ran has passed; left out was");
    for what in &left_out {
        println!("   {what}");
    }
    if scope.whole {
        bail!("something was left out, and nothing may be");
    }
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
    let demo = Demo::start()?;
    let mut env = env.to_vec();
    env.push(("GEMBA_URL", demo.told("url")?));
    env.push(("GEMBA_LINK", demo.told("sign_in")?));
    say("waiting for the demo's first finding");
    say(&format!("it came {} s after the start", demo.first_finding()?.as_secs()));
    run("npm", &["run", "e2e"], &web, &env)
}

/// A running demo; ended when dropped.
struct Demo {
    begun: Instant,
    child: Child,
    lines: Receiver<String>,
    first: String,
}

impl Demo {
    fn start() -> Result<Self> {
        let program = target().join("debug/gemba");
        let mut command = Command::new(&program);
        command.args(["demo", "--json", "--quiet", "--port", "0"]).current_dir(root()).stdout(Stdio::piped());
        let begun = Instant::now();
        let mut child = command.spawn().with_context(|| format!("starting {}", program.display()))?;
        let stdout = child.stdout.take().context("the demo has no output")?;
        let (sender, lines) = sync_channel(LINES_KEPT);
        // read to the end, so that the demo never waits for us; what nobody asked for is dropped
        let read =
            move || BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| drop(sender.try_send(line)));
        std::thread::Builder::new().name("demo's lines".into()).spawn(read)?;
        let first = lines.recv_timeout(FIRST_FINDING + DEBUG_ALLOWANCE).context("the demo said nothing")?;
        Ok(Self { begun, child, lines, first })
    }

    /// The text behind a key of the first line.
    fn told(&self, key: &str) -> Result<String> {
        let (_, rest) =
            self.first.split_once(&format!("\"{key}\":\"")).with_context(|| format!("the demo names no {key}"))?;
        Ok(rest.split('"').next().unwrap_or_default().to_owned())
    }

    /// Waits for the first finding; how long after the start it came.
    fn first_finding(&self) -> Result<Duration> {
        let limit = FIRST_FINDING + DEBUG_ALLOWANCE;
        loop {
            let left = limit.saturating_sub(self.begun.elapsed());
            let Ok(line) = self.lines.recv_timeout(left) else {
                let (limit, debug) = (limit.as_secs(), DEBUG_ALLOWANCE.as_secs());
                bail!(
                    "no finding within {limit} s of the demo's start, of which {debug} s are allowed to the debug build"
                );
            };
            if !line.contains("\"finding\":") {
                continue;
            }
            if !line.contains(FIRST_MODE) {
                bail!("the demo's first finding does not name its first fault ({FIRST_MODE}): {line:.400}");
            }
            return Ok(self.begun.elapsed());
        }
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
