//! Looking at a server: test, browse, read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gemba_plant::Quality;
use opcua::types::{DataValue, NodeId, ReadValueId};
use tokio::time::timeout;

use super::browse::{below, shown};
use super::config::{Config, Identity};
use super::decode::{Value, judged, named, status, time, value};
use super::limits::{Limits, read_all, value_of};
use super::line::{Line, Quiet, Steps, dial};
use super::nodes;
use super::subscribe::patience;
use crate::error::said;
use crate::probe::{LIMIT, in_time, rest};
use crate::{Ask, BrowseNode, Error, HostPort, Probe, ReadValue, Rounds, TestReport};

/// The port that OPC UA servers listen on.
const PORT: u16 = 4840;
/// The status of an address that cannot be meant: `BadNodeIdInvalid`.
const NODE_INVALID: u32 = 0x8033_0000;

/// What to do when the server does not say why.
const CURE: &str = "check that the server runs, that its port is reachable, and its log";

/// Looks at one server.
#[derive(Debug)]
pub(super) struct Looker {
    pub(super) config: Config,
    pub(super) pki: PathBuf,
}

/// Host and port of an endpoint; none when it cannot be read.
pub(super) fn target(endpoint: &str) -> Option<(String, u16)> {
    let rest = endpoint.strip_prefix("opc.tcp://")?;
    HostPort::new(rest.split('/').next()?).split(PORT)
}

impl Steps for TestReport {
    fn pass(&mut self, name: &str, detail: String) {
        TestReport::pass(self, name, detail);
    }
}

impl Looker {
    async fn steps(&self, report: &mut TestReport) {
        if let Err((detail, cure)) = self.resolve(report).await {
            return report.fail("resolve host", detail, cure);
        }
        let done = report.steps.len();
        let mut line = match dial(&self.config, &self.pki, patience(&self.config), report).await {
            Ok(line) => line,
            Err(error) => {
                let name = match (report.steps.len() - done, &error) {
                    (0, _) => "connect",
                    (1, _) => "choose security",
                    (_, Error::Untrusted { .. }) => "trust",
                    _ => "sign in",
                };
                return report.fault(name, &error, CURE);
            }
        };
        let who = match &self.config.identity {
            Identity::Anonymous => "anonymously".to_owned(),
            Identity::User { user, .. } => format!("as {user}"),
            Identity::Certificate { certificate, .. } => format!("with {certificate}"),
        };
        report.pass("sign in", who);
        match self.first_look(&mut line).await {
            Ok(detail) => report.pass("read", detail),
            Err(error) => report.fault("read", &error, CURE),
        }
    }

    async fn resolve(&self, report: &mut TestReport) -> Result<(), (String, String)> {
        let unreadable =
            || ("the endpoint cannot be read".to_owned(), "write it like opc.tcp://192.168.0.10:4840".to_owned());
        let target = target(&self.config.endpoint).ok_or_else(unreadable)?;
        let check = || "check the host's name, or write its IP address".to_owned();
        let mut found = tokio::net::lookup_host(target.clone()).await.map_err(|e| (said(&e), check()))?;
        let first = found.next().ok_or_else(|| ("no address".to_owned(), check()))?;
        report.pass("resolve host", format!("{} is {}", target.0, first.ip()));
        Ok(())
    }

    async fn first_look(&self, line: &mut Line) -> Result<String, Error> {
        let limits = Limits::ask(line, self.config.max_per_request).await?;
        let nodes = below(line, limits, None).await?;
        Ok(format!(
            "{} nodes at the top; at most {} reads and {} watches in one request",
            nodes.len(),
            limits.read,
            limits.items
        ))
    }

    async fn line(&self) -> Result<(Line, Limits), Error> {
        let mut line = dial(&self.config, &self.pki, patience(&self.config), &mut Quiet).await?;
        let limits = Limits::ask(&mut line, self.config.max_per_request).await?;
        Ok((line, limits))
    }

    async fn list(&self, at: Option<&str>) -> Result<Vec<BrowseNode>, Error> {
        let (mut line, limits) = self.line().await?;
        below(&mut line, limits, at).await
    }

    async fn read_addresses(&self, addresses: &[String]) -> Result<Vec<ReadValue>, Error> {
        let (mut line, limits) = self.line().await?;
        let nodes = parsed(&mut line, addresses).await?;
        read_nodes(&mut line, limits, &nodes).await
    }

    /// One session for as long as somebody looks.
    async fn keep_reading(&self, addresses: &[String], rounds: &Rounds) -> Result<(), Error> {
        let begun = async {
            let (mut line, limits) = self.line().await?;
            let nodes = parsed(&mut line, addresses).await?;
            Ok::<_, Error>((line, limits, nodes))
        };
        let (mut line, limits, nodes) = timeout(LIMIT, begun).await.map_err(|_elapsed| self.late())??;
        loop {
            let round =
                timeout(LIMIT, read_nodes(&mut line, limits, &nodes)).await.map_err(|_elapsed| self.late())??;
            let looked_at = async { rounds.send(round).await.map_err(drop) };
            if line.try_ask(looked_at).await?.is_err()
                || line.try_ask(async { rest(rounds).await.ok_or(()) }).await?.is_err()
            {
                return Ok(());
            }
        }
    }

    fn late(&self) -> Error {
        Error::TimedOut {
            peer: self.config.endpoint.clone(),
            doing: "everything asked for".into(),
            secs: LIMIT.as_secs(),
        }
    }
}

/// Addresses with their nodes; one that cannot be meant is told as a bad value.
async fn parsed(line: &mut Line, addresses: &[String]) -> Result<Vec<(String, Result<NodeId, Error>)>, Error> {
    let session = Arc::clone(&line.session);
    let namespaces = line.ask("its namespaces", session.read_namespace_array()).await?;
    Ok(addresses.iter().map(|address| (address.clone(), nodes::parse(address, &namespaces))).collect())
}

async fn read_nodes(
    line: &mut Line,
    limits: Limits,
    nodes: &[(String, Result<NodeId, Error>)],
) -> Result<Vec<ReadValue>, Error> {
    let wanted: Vec<ReadValueId> = nodes.iter().flat_map(|(_, node)| node).map(value_of).collect();
    let mut values = read_all(line, &wanted, limits.read).await?.into_iter();
    let judge = |(address, node): &(String, Result<NodeId, Error>)| match node {
        Ok(_node) => told(address, &values.next().unwrap_or_default()),
        Err(error) => ReadValue {
            address: address.clone(),
            value: None,
            text: error.to_string(),
            quality: Quality::Bad,
            status: NODE_INVALID,
            time: None,
        },
    };
    Ok(nodes.iter().map(judge).collect())
}

fn told(address: &str, data: &DataValue) -> ReadValue {
    let (number, is_text) = match data.value.as_ref().map(value) {
        Some(Value::Number(x)) => (Some(x), false),
        Some(Value::Text(_) | Value::Block(_)) => (None, true),
        Some(Value::Nothing) | None => (None, false),
    };
    let raw = status(data);
    let (quality, status) = if is_text {
        (Quality::from_opcua(raw.bits()), raw.bits())
    } else {
        let (_, quality, status) = judged(number, raw);
        (quality, status)
    };
    let text = if quality == Quality::Bad { named(raw) } else { shown(data.value.as_ref()) };
    ReadValue { address: address.to_owned(), value: number, text, quality, status, time: time(data) }
}

impl Probe for Looker {
    fn test(&self) -> Ask<'_, TestReport> {
        Box::pin(in_time(async |report: &mut TestReport| self.steps(report).await))
    }

    fn browse<'a>(&'a self, at: Option<&'a str>) -> Ask<'a, Result<Vec<BrowseNode>, Error>> {
        Box::pin(async move { timeout(LIMIT, self.list(at)).await.map_err(|_elapsed| self.late())? })
    }

    fn read<'a>(&'a self, addresses: &'a [String]) -> Ask<'a, Result<Vec<ReadValue>, Error>> {
        Box::pin(async move { timeout(LIMIT, self.read_addresses(addresses)).await.map_err(|_elapsed| self.late())? })
    }

    fn watch<'a>(&'a self, addresses: &'a [String], rounds: Rounds) -> Ask<'a, Result<(), Error>> {
        Box::pin(async move { self.keep_reading(addresses, &rounds).await })
    }
}

/// Looks at a server with a folder of certificates.
pub(super) fn looker(config: &Config, pki: &Path) -> Looker {
    Looker { config: config.clone(), pki: pki.to_owned() }
}
