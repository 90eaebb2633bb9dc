//! Looking at a broker: what is published right now.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use gemba_plant::{Quality, SignalKind};
use mqtt5::Packet;
use tokio::time::Instant;

use super::decode::{self, Datum, Reading};
use super::session::{Plan, Reader, Session, Writer, granted, is_unknown_version};
use super::wire::{Frame, Publish};
use super::{Version, topic};
use crate::memory::{HEARD_MAX, Heard, cut};
use crate::probe::ROUND;
use crate::{Ask, BrowseNode, Error, Memory, Probe, ReadValue, Rounds, TestReport};

/// How long a probe listens.
pub(crate) const LISTEN: Duration = Duration::from_secs(5);
/// Between signs of life of a visitor: half of the shortest time that a broker may be told to wait for one.
const BEAT: Duration = Duration::from_millis(2500);
/// How long what was heard is good for further browsing.
const FRESH: Duration = Duration::from_secs(30);
/// Nodes in one answer.
pub(crate) const NODES_MAX: usize = 2000;

/// Probe of plain MQTT.
pub(crate) struct Looker {
    plan: Plan,
    recent: Recent<Tree>,
    memory: Memory,
}

/// What was heard a moment ago, for whoever opens folder after folder.
pub(crate) struct Recent<T>(Mutex<Option<(Instant, T)>>);

impl<T: Clone> Recent<T> {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// What was heard, while it is fresh; else what is heard now.
    ///
    /// # Errors
    /// Those of `listen`.
    pub(crate) async fn or(&self, listen: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let kept = self.0.lock().ok().and_then(|kept| kept.clone());
        if let Some((_, heard)) = kept.filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(heard);
        }
        let heard = listen.await?;
        if let Ok(mut kept) = self.0.lock() {
            *kept = Some((Instant::now(), heard.clone()));
        }
        Ok(heard)
    }
}

/// What was heard at each address.
pub(crate) type Tree = BTreeMap<String, Heard>;

impl Looker {
    /// Looks with the rights of this plan, but with a session of its own; knows what the link knows.
    pub(crate) fn new(plan: Plan, memory: &Memory) -> Self {
        Self { plan: visiting(plan), recent: Recent::new(), memory: memory.clone() }
    }

    /// What the link knows, and what is heard now: a link whose session went on was not told what brokers retain.
    async fn all(&self) -> Result<Tree, Error> {
        let mut known = self.memory.heard();
        match self.recent.or(self.listen(|_| false)).await {
            Ok(heard) => known.extend(heard),
            Err(error) if known.is_empty() => return Err(error),
            Err(_gone) => {}
        }
        Ok(known)
    }

    async fn listen(&self, until: impl Fn(&Tree) -> bool) -> Result<Tree, Error> {
        let mut heard = Tree::new();
        let end = Instant::now() + LISTEN;
        let mut visit = Visit::begin(&self.plan).await?;
        while let Some((topic, payload)) = visit.next(end).await? {
            for reading in decode::decode(&payload).unwrap_or_default().all {
                if heard.len() < HEARD_MAX {
                    heard.insert(topic::address(&topic, &reading.field), self::heard(&topic, &reading));
                }
            }
            if until(&heard) {
                break;
            }
        }
        Ok(heard)
    }
}

impl Probe for Looker {
    fn test(&self) -> Ask<'_, TestReport> {
        Box::pin(test(&self.plan))
    }

    fn browse<'a>(&'a self, at: Option<&'a str>) -> Ask<'a, Result<Vec<BrowseNode>, Error>> {
        Box::pin(async move { Ok(children(&self.all().await?, at.unwrap_or_default())) })
    }

    fn read<'a>(&'a self, addresses: &'a [String]) -> Ask<'a, Result<Vec<ReadValue>, Error>> {
        Box::pin(async move {
            let heard = self.listen(|heard| addresses.iter().all(|address| heard.contains_key(address))).await?;
            Ok(addresses.iter().map(|address| read_value(address, heard.get(address), &self.memory)).collect())
        })
    }

    fn watch<'a>(&'a self, addresses: &'a [String], rounds: Rounds) -> Ask<'a, Result<(), Error>> {
        Box::pin(async move {
            let mut visit = Visit::begin(&self.plan).await?;
            begin_with(&self.memory, addresses, &rounds).await;
            while !rounds.is_closed() {
                let news = news(&mut visit, addresses).await?;
                let round: Vec<ReadValue> = news.iter().map(|(address, heard)| heard.read(address)).collect();
                visit.beat().await?;
                if !round.is_empty() && rounds.send(round).await.is_err() {
                    break;
                }
            }
            Ok(())
        })
    }
}

/// What comes of these addresses within a round.
async fn news(visit: &mut Visit, addresses: &[String]) -> Result<Tree, Error> {
    let (mut news, end) = (Tree::new(), Instant::now() + ROUND);
    while let Some((topic, payload)) = visit.next(end).await? {
        for reading in decode::decode(&payload).unwrap_or_default().all {
            let address = topic::address(&topic, &reading.field);
            if addresses.contains(&address) {
                news.insert(address, heard(&topic, &reading));
            }
        }
    }
    Ok(news)
}

/// The plan of a visitor: a short session under another name, taking everything the broker has kept.
pub(crate) fn visiting(mut plan: Plan) -> Plan {
    plan.client_id = format!("{}-look", plan.client_id);
    plan.keep_session_s = None;
    plan.qos = mqtt5::QoS::AtMostOnce;
    plan
}

/// A visit to a broker.
pub(crate) struct Visit {
    reader: Reader,
    writer: Writer,
    filters: Vec<String>,
    peer: String,
    protocol: u8,
    beaten: Instant,
}

impl Visit {
    /// Connects and subscribes.
    ///
    /// # Errors
    /// When the broker cannot be reached or refuses us.
    pub(crate) async fn begin(plan: &Plan) -> Result<Self, Error> {
        let mut session = sign_in(plan).await?;
        session.subscribe(plan).await?;
        let (peer, protocol) = (session.peer.clone(), session.protocol);
        let (reader, writer) = session.split();
        Ok(Self { reader, writer, filters: plan.filters.clone(), peer, protocol, beaten: Instant::now() })
    }

    /// The next message; none at the time `until`.
    ///
    /// # Errors
    /// When the link breaks or the subscription is refused.
    pub(crate) async fn next(&mut self, until: Instant) -> Result<Option<(String, Bytes)>, Error> {
        while let Ok(frame) = tokio::time::timeout_at(until, self.reader.next()).await {
            match frame? {
                Frame::Packet(Packet::SubAck(answer)) => granted(&self.peer, &self.filters, &answer)?,
                Frame::Packet(Packet::Publish(publish)) => return Ok(Some((publish.topic_name, publish.payload))),
                _ => {}
            }
        }
        Ok(None)
    }

    /// A sign of life to the broker, for visits that last.
    ///
    /// # Errors
    /// When the link breaks.
    pub(crate) async fn beat(&mut self) -> Result<(), Error> {
        if self.beaten.elapsed() >= BEAT {
            self.beaten = Instant::now();
            self.writer.send(&Packet::PingReq).await?;
        }
        Ok(())
    }

    /// Publishes, at most once.
    ///
    /// # Errors
    /// When the link breaks.
    pub(crate) async fn say(&mut self, publish: Publish) -> Result<(), Error> {
        self.writer.send(&publish.packet(self.protocol, 0)).await
    }
}

async fn sign_in(plan: &Plan) -> Result<Session, Error> {
    let addresses = plan.peer.resolve().await?;
    let newest = if plan.version == Version::V311 { 4 } else { 5 };
    let stream = plan.peer.secure(plan.peer.tcp(&addresses).await?).await?;
    match Session::sign_in(plan, stream, newest, None).await {
        Err(error) if plan.version == Version::Auto && is_unknown_version(&error) => {
            let stream = plan.peer.secure(plan.peer.tcp(&addresses).await?).await?;
            Session::sign_in(plan, stream, 4, None).await
        }
        other => other,
    }
}

/// Walks through the steps of connecting.
pub(crate) async fn test(plan: &Plan) -> TestReport {
    let mut report = TestReport::default();
    if let Err((step, error)) = walk(plan, &mut report).await {
        report.fault(step, &error, usual_cure(step));
    }
    report
}

async fn walk(plan: &Plan, report: &mut TestReport) -> Result<(), (&'static str, Error)> {
    let addresses = plan.peer.resolve().await.map_err(|error| ("resolve host", error))?;
    let ips: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    report.pass("resolve host", format!("{} is {}", plan.peer.host, ips.join(", ")));
    let stream = plan.peer.tcp(&addresses).await.map_err(|error| ("connect", error))?;
    report.pass("connect", plan.peer.to_string());
    plan.peer.secure(stream).await.map_err(|error| ("secure channel", error))?;
    report
        .pass("secure channel", if plan.peer.tls.is_some() { "TLS, certificate trusted" } else { "none: plain text" });
    let mut session = sign_in(plan).await.map_err(|error| ("sign in", error))?;
    let version = if session.protocol == 5 { "MQTT 5" } else { "MQTT 3.1.1" };
    report.pass("sign in", version);
    session.subscribe(plan).await.map_err(|error| ("subscribe", error))?;
    let peer = session.peer.clone();
    let (mut reader, _writer) = session.split();
    let until = Instant::now() + LISTEN;
    loop {
        let Ok(frame) = tokio::time::timeout_at(until, reader.next()).await else {
            report.pass("first message", format!("none within {} s: nothing is published now", LISTEN.as_secs()));
            return Ok(());
        };
        match frame.map_err(|error| ("subscribe", error))? {
            Frame::Packet(Packet::SubAck(answer)) => {
                granted(&peer, &plan.filters, &answer).map_err(|error| ("subscribe", error))?;
                report.pass("subscribe", plan.filters.join(", "));
            }
            Frame::Packet(Packet::Publish(publish)) => {
                report.pass("first message", format!("{}, {} bytes", publish.topic_name, publish.payload.len()));
                return Ok(());
            }
            _ => {}
        }
    }
}

/// What to do when a step fails and the broker does not say why.
fn usual_cure(step: &str) -> &'static str {
    match step {
        "resolve host" => "check the name, or write the number",
        "connect" => "check number, port and firewall, and that the broker runs",
        "secure channel" => "check that the port speaks TLS, and access.ca_file",
        _ => "look at the broker's log",
    }
}

/// What lies one level below `at`: topics by `/`, fields of a message by `#`.
fn children(heard: &Tree, at: &str) -> Vec<BrowseNode> {
    let mut nodes: BTreeMap<String, BrowseNode> = BTreeMap::new();
    for (address, known) in heard {
        let Some(rest) = below(address, at) else { continue };
        let length = rest.char_indices().skip(1).find(|(_, c)| matches!(c, '/' | '#')).map_or(rest.len(), |(i, _)| i);
        let (name, more) = rest.split_at(length);
        let place = address.get(..address.len() - more.len()).unwrap_or(address).to_owned();
        let node = nodes.entry(place.clone()).or_insert_with(|| folder(place, name.trim_start_matches(['/', '#'])));
        if more.is_empty() {
            known.fill(node);
        } else {
            node.has_children = true;
        }
    }
    nodes.into_values().take(NODES_MAX).collect()
}

fn below<'a>(address: &'a str, at: &str) -> Option<&'a str> {
    let rest = address.strip_prefix(at)?;
    (!rest.is_empty() && (at.is_empty() || rest.starts_with(['/', '#']))).then_some(rest)
}

/// A node that is nothing but a place, so far.
pub(crate) fn folder(address: String, name: &str) -> BrowseNode {
    BrowseNode {
        address,
        name: name.to_owned(),
        is_signal: false,
        has_children: false,
        data_type: String::new(),
        kind: SignalKind::Gauge,
        unit: String::new(),
        range: None,
        value: None,
        quality: None,
        description: String::new(),
        path: String::new(),
    }
}

/// What a reading tells of its address.
pub(crate) fn heard(topic: &str, reading: &Reading) -> Heard {
    let (data_type, kind) = match &reading.datum {
        Datum::Number(_) => ("number", SignalKind::Gauge),
        Datum::Flag(_) => ("bool", SignalKind::State),
        Datum::Text(_) => ("text", SignalKind::State),
        Datum::Nothing => ("null", SignalKind::Gauge),
        Datum::Wave(..) => ("waveform", SignalKind::Waveform),
    };
    Heard {
        unit: reading.unit.clone(),
        path: topic::proposed_path(topic, &reading.field),
        value: reading.datum.number(),
        text: cut(&reading.datum.text()),
        quality: Some(reading.quality),
        status: reading.status,
        time: reading.time,
        ..Heard::of_kind(data_type, kind)
    }
}

/// The first round of a watch: what the link knows already.
pub(crate) async fn begin_with(memory: &Memory, addresses: &[String], rounds: &Rounds) {
    let known = |address: &String| Some(memory.last(address)?.read(address));
    let round: Vec<ReadValue> = addresses.iter().filter_map(known).collect();
    if !round.is_empty() && rounds.send(round).await.is_err() {
        tracing::debug!("whoever looked has left");
    }
}

/// What was heard now, else what the link knows.
pub(crate) fn read_value(address: &str, heard: Option<&Heard>, memory: &Memory) -> ReadValue {
    let known = heard.cloned().or_else(|| memory.last(address));
    known.map_or_else(|| unheard(address), |known| known.read(address))
}

/// What is said of an address of which nothing came.
fn unheard(address: &str) -> ReadValue {
    let text = format!("nothing heard of it within {} s", LISTEN.as_secs());
    ReadValue { address: address.into(), value: None, text, quality: Quality::Bad, status: 0, time: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_is_a_tree() {
        let mut tree = Tree::new();
        for (topic, payload) in [("a/b", r#"{"x":1,"y":{"z":2}}"#), ("a/b/c", "1"), ("a/bc", "true"), ("d", "2")] {
            for reading in decode::decode(payload.as_bytes()).unwrap().all {
                tree.insert(topic::address(topic, &reading.field), heard(topic, &reading));
            }
        }
        let shown = |at: &str| {
            let line = |n: BrowseNode| {
                format!(
                    "{}{}{}",
                    n.address,
                    if n.is_signal { " *" } else { "" },
                    if n.has_children { " >" } else { "" }
                )
            };
            children(&tree, at).into_iter().map(line).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(shown(""), "a >, d *");
        assert_eq!(shown("a"), "a/b >, a/bc *");
        assert_eq!(shown("a/b"), "a/b#x *, a/b#y.z *, a/b/c *");
        assert_eq!(shown("a/b#x"), "");
    }
}
