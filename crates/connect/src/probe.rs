//! Looking at a device before anything is stored: the wizard's and the command line's contract.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use gemba_plant::{Quality, Range, SignalKind, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use tokio::sync::mpsc;

use crate::Error;

/// Between two rounds of a watch.
pub(crate) const ROUND: Duration = Duration::from_secs(1);

/// The longest that a call of a probe that asks may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(15);

/// Walks the steps of a test, within [`LIMIT`].
pub(crate) async fn in_time(steps: impl AsyncFnOnce(&mut TestReport)) -> TestReport {
    let mut report = TestReport::default();
    if tokio::time::timeout(LIMIT, steps(&mut report)).await.is_err() {
        let seen = format!("not done within {} s", LIMIT.as_secs());
        report.fail("time", seen, "check the network; lower timeout_ms");
    }
    report
}

/// Where the rounds of a watch go; dropping the other end ends the watch.
pub type Rounds = mpsc::Sender<Vec<ReadValue>>;

/// Waits for the next round; none when nobody looks any more.
pub(crate) async fn rest(rounds: &Rounds) -> Option<()> {
    tokio::select! {
        () = rounds.closed() => None,
        () = tokio::time::sleep(ROUND) => Some(()),
    }
}

/// One step of a connection test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// `resolve host`, `connect`, `secure channel`, `sign in`, `read`.
    pub name: String,
    /// Whether it worked.
    pub ok: bool,
    /// What was seen.
    pub detail: String,
    /// What to do when it did not work; empty otherwise.
    pub cure: String,
}

/// How a connection test went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TestReport {
    /// Whether every step worked.
    pub ok: bool,
    /// The steps in order; the test ends with the first that fails.
    pub steps: Vec<Step>,
}

impl TestReport {
    /// Adds a step that worked.
    pub fn pass(&mut self, name: &str, detail: impl Into<String>) {
        self.steps.push(Step { name: name.into(), ok: true, detail: detail.into(), cure: String::new() });
        self.ok = self.steps.iter().all(|step| step.ok);
    }

    /// Adds the step that failed.
    pub fn fail(&mut self, name: &str, detail: impl Into<String>, cure: impl Into<String>) {
        self.steps.push(Step { name: name.into(), ok: false, detail: detail.into(), cure: cure.into() });
        self.ok = false;
    }

    /// Adds the step that an error ended; `usual` is what to do when the error knows nothing better.
    pub(crate) fn fault(&mut self, name: &str, error: &Error, usual: &str) {
        self.fail(name, error.to_string(), error.cure_or(usual));
    }
}

/// Something to tick, or a folder to open.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BrowseNode {
    /// What to write into a binding, or to browse further with.
    pub address: String,
    /// What the device calls it.
    pub name: String,
    /// Whether it can be ticked as a signal.
    pub is_signal: bool,
    /// Whether there is more below it.
    pub has_children: bool,
    /// The device's own type name.
    pub data_type: String,
    /// How it seems to behave.
    pub kind: SignalKind,
    /// UCUM unit when the device tells, else empty.
    pub unit: String,
    /// The instrument's range when the device tells.
    pub range: Option<Range>,
    /// The value now, as text.
    pub value: Option<String>,
    /// The quality now.
    pub quality: Option<Quality>,
    /// What the device says about it.
    pub description: String,
    /// A proposal for its place in the namespace; empty when the device suggests none.
    pub path: String,
}

/// A value read once.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ReadValue {
    /// The address asked for.
    pub address: String,
    /// The value, when it is a number.
    pub value: Option<f64>,
    /// The value as text.
    pub text: String,
    /// The quality.
    pub quality: Quality,
    /// The protocol's own status.
    pub status: u32,
    /// When it was measured, by the source's clock.
    pub time: Option<Timestamp>,
}

/// A boxed future of a probe.
pub type Ask<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Looks at a device. Every call connects, asks and leaves; each is bounded in time (15 s).
pub trait Probe: Send + Sync {
    /// Walks through the steps of connecting and says what to do about the first that fails.
    fn test(&self) -> Ask<'_, TestReport>;

    /// What lies below `at` (the top when none), at most 2 000 nodes. Publish-subscribe protocols listen for
    /// a few seconds; register protocols list what the configuration maps.
    fn browse<'a>(&'a self, at: Option<&'a str>) -> Ask<'a, Result<Vec<BrowseNode>, Error>>;

    /// Reads addresses once.
    fn read<'a>(&'a self, addresses: &'a [String]) -> Ask<'a, Result<Vec<ReadValue>, Error>>;

    /// Reads addresses about once a second and hands each round over, for a person who looks: over one connection where
    /// the protocol keeps one, only what is new where values come by themselves. Ends when nobody takes a round any more.
    fn watch<'a>(&'a self, addresses: &'a [String], rounds: Rounds) -> Ask<'a, Result<(), Error>> {
        Box::pin(async move {
            loop {
                let round = self.read(addresses).await?;
                if rounds.send(round).await.is_err() || rest(&rounds).await.is_none() {
                    return Ok(());
                }
            }
        })
    }
}
