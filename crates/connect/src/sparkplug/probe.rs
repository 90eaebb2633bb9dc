//! Looking at a broker as a host application: who is born, with which metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gemba_plant::{SignalKind, Timestamp};
use tokio::time::Instant;

use super::encode;
use super::interpreter::proposed_path;
use super::state::{Effect, Host, Rules, Value};
use crate::memory::{HEARD_MAX, Heard, cut};
use crate::mqtt::decode::Datum;
use crate::mqtt::probe::{LISTEN, NODES_MAX, Recent, Tree, Visit, begin_with, folder, read_value, test, visiting};
use crate::mqtt::session::Plan;
use crate::probe::ROUND;
use crate::{Ask, BrowseNode, Error, Memory, Probe, ReadValue, Rounds, TestReport};

/// Probe of Sparkplug.
pub(crate) struct Looker {
    plan: Plan,
    recent: Recent<Tree>,
    memory: Memory,
}

impl Looker {
    /// Looks with the rights of this plan, but with a session of its own and without a STATE; knows what the link knows.
    pub(crate) fn new(plan: Plan, memory: &Memory) -> Self {
        Self { plan: visiting(plan), recent: Recent::new(), memory: memory.clone() }
    }

    /// What the link knows: it heard the births that nobody gives again for a visitor. Without a link, what is heard now.
    async fn all(&self) -> Result<Tree, Error> {
        let known = self.memory.heard();
        if known.is_empty() { self.recent.or(self.listen(|_| false)).await } else { Ok(known) }
    }

    /// Listens, asks every edge node that speaks for a rebirth, and keeps the last value of each metric.
    async fn listen(&self, until: impl Fn(&Tree) -> bool) -> Result<Tree, Error> {
        let (mut host, mut heard, mut mute) = (Host::new(rules()), Tree::new(), BTreeSet::new());
        let began = Instant::now();
        let mut visit = Visit::begin(&self.plan).await?;
        while let Some((topic, payload)) = visit.next(began + LISTEN).await? {
            let now = since_start(began);
            for effect in host.message(now, &topic, &payload) {
                match effect {
                    Effect::Value(value) if heard.len() < HEARD_MAX => {
                        heard.insert(value.address.clone(), self::heard(&value));
                    }
                    Effect::Rebirth(group, edge) => {
                        visit.say(encode::rebirth_request(&group, &edge, now)).await?;
                        mute.insert(format!("{group}/{edge}"));
                    }
                    _ => {}
                }
            }
            if until(&heard) {
                break;
            }
        }
        if heard.is_empty() && !mute.is_empty() {
            let peer = mute.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Error::Unborn { peer });
        }
        Ok(heard)
    }
}

/// What comes of these addresses within a round.
async fn news(visit: &mut Visit, (host, began): (&mut Host, Instant), addresses: &[String]) -> Result<Tree, Error> {
    let (mut news, end) = (Tree::new(), Instant::now() + ROUND);
    while let Some((topic, payload)) = visit.next(end).await? {
        let now = since_start(began);
        for effect in host.message(now, &topic, &payload) {
            match effect {
                Effect::Value(value) if addresses.contains(&value.address) => {
                    news.insert(value.address.clone(), heard(&value));
                }
                Effect::Rebirth(group, edge) => visit.say(encode::rebirth_request(&group, &edge, now)).await?,
                _ => {}
            }
        }
    }
    Ok(news)
}

/// A visitor is nobody's primary host and asks each node once.
fn rules() -> Rules {
    Rules { host_id: String::new(), reorder_timeout: Duration::from_secs(1), rebirth_interval: LISTEN * 2 }
}

/// The machine only measures spans; a probe has no clock of the house.
fn since_start(began: Instant) -> Timestamp {
    Timestamp::from_secs(0).plus(began.elapsed())
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
            let found = |heard: &Tree| addresses.iter().all(|address| heard.contains_key(address));
            let heard = match self.listen(found).await {
                Err(Error::Unborn { .. }) if addresses.iter().any(|address| self.memory.last(address).is_some()) => {
                    Tree::new()
                }
                heard => heard?,
            };
            Ok(addresses.iter().map(|address| read_value(address, heard.get(address), &self.memory)).collect())
        })
    }

    fn watch<'a>(&'a self, addresses: &'a [String], rounds: Rounds) -> Ask<'a, Result<(), Error>> {
        Box::pin(async move {
            let (mut host, began) = (Host::new(rules()), Instant::now());
            let mut visit = Visit::begin(&self.plan).await?;
            begin_with(&self.memory, addresses, &rounds).await;
            while !rounds.is_closed() {
                let news = news(&mut visit, (&mut host, began), addresses).await?;
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

/// What lies one level below `at`.
fn children(heard: &Tree, at: &str) -> Vec<BrowseNode> {
    let mut nodes: BTreeMap<String, BrowseNode> = BTreeMap::new();
    for (address, known) in heard {
        let below = if at.is_empty() {
            Some(address.as_str())
        } else {
            address.strip_prefix(at).and_then(|r| r.strip_prefix('/'))
        };
        let Some(rest) = below else { continue };
        let (name, more) = rest.split_once('/').map_or((rest, None), |(name, more)| (name, Some(more)));
        let place = if at.is_empty() { name.to_owned() } else { format!("{at}/{name}") };
        let node = nodes.entry(place.clone()).or_insert_with(|| folder(place, name));
        match more {
            Some(_) => node.has_children = true,
            None => known.fill(node),
        }
    }
    nodes.into_values().take(NODES_MAX).collect()
}

/// What a value tells of its address.
pub(crate) fn heard(value: &Value) -> Heard {
    let (data_type, kind) = match value.datum {
        Datum::Flag(_) => ("Boolean", SignalKind::State),
        Datum::Text(_) => ("String", SignalKind::State),
        Datum::Wave(..) => ("waveform", SignalKind::Waveform),
        _ => ("number", SignalKind::Gauge),
    };
    Heard {
        unit: value.unit.clone(),
        description: value.description.clone(),
        path: proposed_path(&value.address),
        value: value.datum.number(),
        text: cut(&value.datum.text()),
        quality: Some(value.quality),
        status: value.status,
        time: value.time,
        ..Heard::of_kind(data_type, kind)
    }
}
