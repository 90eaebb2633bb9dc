//! The process that answers: one Python for a whole run, a question and an answer a line.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use serde::{Deserialize, Serialize};

/// The longest that one question may take: what takes longer stands in no relation to ours.
const ANSWER: Duration = Duration::from_mins(10);
/// The longest that it may take to begin: importing scikit-learn from a cold disk, beside other work.
const BEGIN: Duration = Duration::from_mins(5);
/// Libraries that would use more than one thread are told not to.
const ONE_THREAD: [&str; 3] = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];

/// A question: the matrices lie in the folder.
#[derive(Debug, Serialize)]
pub(super) struct Ask<'a> {
    pub(super) method: &'a str,
    pub(super) folder: &'a Path,
    pub(super) tests: usize,
}

/// What it cost.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Cost {
    pub(super) train_s: f64,
    pub(super) score_s: Vec<f64>,
    pub(super) peak_mb: f64,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Cost(Cost),
    Refused { error: String },
    Ready { ready: String },
}

/// A Python that runs `interop/peers/sklearn_peer.py`. It ends with this value.
#[derive(Debug)]
pub(super) struct Python {
    process: Child,
    to: ChildStdin,
    from: Receiver<String>,
}

impl Python {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not start, or has no scikit-learn.
    pub(super) fn start(python: &Path) -> anyhow::Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../interop/peers/sklearn_peer.py");
        let mut command = Command::new(python);
        command.arg("-u").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.envs(ONE_THREAD.map(|name| (name, "1"))).spawn().context("starting it")?;
        let (to, from) = (process.stdin.take().context("no way in")?, process.stdout.take().context("no way out")?);
        let (send, lines) = sync_channel(1);
        // ends with the process, or when nobody listens any more
        let listen = move || BufReader::new(from).lines().map_while(Result::ok).all(|line| send.send(line).is_ok());
        std::thread::Builder::new().name("peer".into()).spawn(listen).context("listening to it")?;
        let mut python = Self { process, to, from: lines };
        match python.line(BEGIN)? {
            Line::Ready { .. } => Ok(python),
            Line::Refused { error } => bail!("{error}"),
            Line::Cost(_) => bail!("it answers without being asked"),
        }
    }

    /// Asks. The inner error is about this question only, the outer one is the end of the process.
    pub(super) fn ask(&mut self, ask: &Ask<'_>) -> anyhow::Result<anyhow::Result<Cost>> {
        let question = serde_json::to_string(ask).context("writing the question")?;
        writeln!(self.to, "{question}").and_then(|()| self.to.flush()).context("asking the peer")?;
        Ok(match self.line(ANSWER)? {
            Line::Cost(cost) => Ok(cost),
            Line::Refused { error } => Err(anyhow!("the peer cannot do it: {error}")),
            Line::Ready { ready } => Err(anyhow!("the peer began anew: {ready}")),
        })
    }

    fn line(&mut self, within: Duration) -> anyhow::Result<Line> {
        let line = self.from.recv_timeout(within).map_err(|why| match why {
            RecvTimeoutError::Timeout => anyhow!("the peer did not answer within {} s", within.as_secs()),
            RecvTimeoutError::Disconnected => anyhow!("the peer's process has ended"),
        })?;
        serde_json::from_str(&line).with_context(|| format!("the peer said {line:.200}"))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // it may have ended by itself
        self.process.kill().unwrap_or_default();
        self.process.wait().map(|_| ()).unwrap_or_default();
    }
}
