//! Looking at a broker as a host application: who is born, with which metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gemba_plant::{SignalKind, Timestamp};
use tokio::time::Instant;

use super::encode;
use super::interpreter::proposed_path;
use super::state::{Effect, Host, Rules, Value};
use crate::mqtt::decode::Datum;
use crate::mqtt::probe::{HEARD_MAX, LISTEN, NODES_MAX, Recent, Visit, folder, test, unheard, visiting};
use crate::mqtt::session::Plan;
use crate::probe::ROUND;
use crate::{Ask, BrowseNode, Error, Probe, ReadValue, Rounds, TestReport};

/// Probe of Sparkplug.
pub(crate) struct Looker {
    plan: Plan,
    recent: Recent<Heard>,
}

type Heard = BTreeMap<String, Value>;

impl Looker {
    /// Looks with the rights of this plan, but with a session of its own and without a STATE.
    pub(crate) fn new(plan: Plan) -> Self {
        Self { plan: visiting(plan), recent: Recent::new() }
    }

    /// Listens, asks every edge node that speaks for a rebirth, and keeps the last value of each metric.
    async fn listen(&self, until: impl Fn(&Heard) -> bool) -> Result<Heard, Error> {
        let (mut host, mut heard, mut mute) = (Host::new(rules()), Heard::new(), BTreeSet::new());
        let began = Instant::now();
        let mut visit = Visit::begin(&self.plan).await?;
        while let Some((topic, payload)) = visit.next(began + LISTEN).await? {
            let now = since_start(began);
            for effect in host.message(now, &topic, &payload) {
                match effect {
                    Effect::Value(value) if heard.len() < HEARD_MAX => drop(heard.insert(value.address.clone(), value)),
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
async fn news(visit: &mut Visit, (host, began): (&mut Host, Instant), addresses: &[String]) -> Result<Heard, Error> {
    let (mut news, end) = (Heard::new(), Instant::now() + ROUND);
    while let Some((topic, payload)) = visit.next(end).await? {
        let now = since_start(began);
        for effect in host.message(now, &topic, &payload) {
            match effect {
                Effect::Value(value) if addresses.contains(&value.address) => {
                    news.insert(value.address.clone(), value);
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
        Box::pin(async move {
            let heard = self.recent.or(self.listen(|_| false)).await?;
            Ok(children(&heard, at.unwrap_or_default()))
        })
    }

    fn read<'a>(&'a self, addresses: &'a [String]) -> Ask<'a, Result<Vec<ReadValue>, Error>> {
        Box::pin(async move {
            let heard = self.listen(|heard| addresses.iter().all(|address| heard.contains_key(address))).await?;
            Ok(addresses.iter().map(|address| read_value(address, heard.get(address))).collect())
        })
    }

    fn watch<'a>(&'a self, addresses: &'a [String], rounds: Rounds) -> Ask<'a, Result<(), Error>> {
        Box::pin(async move {
            let (mut host, began) = (Host::new(rules()), Instant::now());
            let mut visit = Visit::begin(&self.plan).await?;
            while !rounds.is_closed() {
                let news = news(&mut visit, (&mut host, began), addresses).await?;
                let round: Vec<ReadValue> =
                    news.iter().map(|(address, value)| read_value(address, Some(value))).collect();
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
fn children(heard: &Heard, at: &str) -> Vec<BrowseNode> {
    let mut nodes: BTreeMap<String, BrowseNode> = BTreeMap::new();
    for (address, value) in heard {
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
            None => fill(node, value),
        }
    }
    nodes.into_values().take(NODES_MAX).collect()
}

fn fill(node: &mut BrowseNode, value: &Value) {
    let (data_type, kind) = match value.datum {
        Datum::Flag(_) => ("Boolean", SignalKind::State),
        Datum::Text(_) => ("String", SignalKind::State),
        Datum::Wave(..) => ("waveform", SignalKind::Waveform),
        _ => ("number", SignalKind::Gauge),
    };
    node.is_signal = true;
    node.data_type = data_type.into();
    node.kind = kind;
    node.unit.clone_from(&value.unit);
    node.value = Some(value.datum.text());
    node.quality = Some(value.quality);
    node.description.clone_from(&value.description);
    node.path = proposed_path(&value.address);
}

fn read_value(address: &str, heard: Option<&Value>) -> ReadValue {
    let Some(found) = heard else { return unheard(address) };
    ReadValue {
        address: address.into(),
        value: found.datum.number(),
        text: found.datum.text(),
        quality: found.quality,
        status: found.status,
        time: found.time,
    }
}
