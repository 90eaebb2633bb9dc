//! The Sparkplug B 3.0 door: an edge node with a device for each machine of the machining area.
//!
//! Births carry names, aliases, types and units; data carries aliases of changed metrics only. `seq` counts from 0 at
//! each NBIRTH, `bdSeq` grows with each connection and ties NDEATH (the will) to NBIRTH. A rebirth command
//! repeats the births with the same `bdSeq`.

use std::collections::BTreeMap;

use gemba_plant::{Quality, SignalKind};
use mqtt5::{MqttClient, MqttError, PublishOptions, QoS, WillMessage};
use srad_types::constants::{BDSEQ, NODE_CONTROL_REBIRTH};
use srad_types::payload::{DataType, Message, Metric, Payload, PropertySet, PropertyValue, metric, property_value};
use tokio::sync::mpsc;

use super::session::{self, Pause};
use super::{Calendar, Feed, Listen};
use crate::layout::{SPARKPLUG_GROUP, SPARKPLUG_NODE, Wired, wiring};
use crate::{DoorKind, Reading, Update};

/// Rebirth commands that may wait; more of them ask for the same.
const COMMANDS_MAX: usize = 4;

/// A device's signals by number.
type Devices = BTreeMap<String, BTreeMap<usize, Wired>>;

fn devices() -> Devices {
    let mut devices = Devices::new();
    for (number, wired) in wiring().into_iter().enumerate() {
        if wired.place.door == DoorKind::Sparkplug {
            let device = wired.asset.path.rsplit('/').next().unwrap_or_default().to_owned();
            devices.entry(device).or_default().insert(number, wired);
        }
    }
    devices
}

fn topic(kind: &str, device: Option<&str>) -> String {
    let node = format!("spBv1.0/{SPARKPLUG_GROUP}/{kind}/{SPARKPLUG_NODE}");
    device.map_or(node.clone(), |device| format!("{node}/{device}"))
}

/// The edge node: what it has said last, and the counters of the protocol.
#[derive(Debug)]
struct EdgeNode {
    devices: Devices,
    latest: BTreeMap<usize, Reading>,
    sent: BTreeMap<usize, (u64, Quality)>,
    calendar: Calendar,
    seq: u8,
    bd_seq: u8,
}

/// A message ready to be published.
type Outgoing = (String, Vec<u8>);

impl EdgeNode {
    fn new(calendar: Calendar, first: &[Reading]) -> Self {
        let latest = first.iter().map(|reading| (reading.signal, *reading)).collect();
        Self { devices: devices(), latest, sent: BTreeMap::new(), calendar, seq: 0, bd_seq: 0 }
    }

    fn millis(&self, plant_us: i64) -> u64 {
        u64::try_from(self.calendar.time(plant_us).millis()).unwrap_or(0)
    }

    /// Plant time of the newest reading.
    fn newest_us(&self) -> i64 {
        self.latest.values().map(|reading| reading.at_us).max().unwrap_or(0)
    }

    fn bd_seq_metric(&self) -> Metric {
        named(BDSEQ, DataType::Int64, metric::Value::LongValue(self.bd_seq.into()))
    }

    fn death(&self) -> Vec<u8> {
        Payload {
            timestamp: Some(self.millis(self.newest_us())),
            metrics: vec![self.bd_seq_metric()],
            ..Payload::default()
        }
        .encode_to_vec()
    }

    /// A payload with the next number.
    fn numbered(&mut self, at_us: i64, metrics: Vec<Metric>) -> Vec<u8> {
        let payload = Payload {
            timestamp: Some(self.millis(at_us)),
            metrics,
            seq: Some(self.seq.into()),
            uuid: None,
            body: None,
        };
        self.seq = self.seq.wrapping_add(1);
        payload.encode_to_vec()
    }

    /// NBIRTH and a DBIRTH for each device.
    fn births(&mut self) -> Vec<Outgoing> {
        self.seq = 0;
        self.sent.clear();
        let now = self.newest_us();
        let stamp = Some(self.millis(now));
        let rebirth = named(NODE_CONTROL_REBIRTH, DataType::Boolean, metric::Value::BooleanValue(false));
        let node = [self.bd_seq_metric(), rebirth].map(|m| Metric { timestamp: stamp, ..m });
        let mut births = vec![(topic("NBIRTH", None), self.numbered(now, node.to_vec()))];
        for (device, signals) in self.devices.clone() {
            let metrics = signals.iter().filter_map(|(number, wired)| self.birth(*number, wired)).collect();
            births.push((topic("DBIRTH", Some(&device)), self.numbered(now, metrics)));
        }
        births
    }

    fn birth(&mut self, number: usize, wired: &Wired) -> Option<Metric> {
        let mut metric = self.metric(number, wired)?;
        metric.name = Some(wired.spec.name.to_owned());
        metric.datatype = Some(data_type(wired.spec.kind) as u32);
        let unit = text_property(wired.spec.unit);
        let properties = metric.properties.get_or_insert_default();
        properties.keys.push("engUnit".into());
        properties.values.push(unit);
        Some(metric)
    }

    /// The metric of a signal by its alias; remembers that it was said.
    fn metric(&mut self, number: usize, wired: &Wired) -> Option<Metric> {
        let reading = *self.latest.get(&number)?;
        self.sent.insert(number, (reading.value.to_bits(), reading.quality));
        let bad = reading.quality == Quality::Bad;
        Some(Metric {
            alias: u64::try_from(number).ok().map(|n| n + 1),
            timestamp: Some(self.millis(reading.at_us)),
            is_null: bad.then_some(true),
            properties: bad.then(|| PropertySet { keys: vec!["Quality".into()], values: vec![bad_quality()] }),
            value: (!bad).then(|| number_value(wired.spec.kind, reading.value)),
            ..Metric::new()
        })
    }

    /// A DDATA for each device of which something has changed.
    fn data(&mut self, step: &Update) -> Vec<Outgoing> {
        self.latest.extend(step.readings.iter().map(|reading| (reading.signal, *reading)));
        let mut messages = Vec::new();
        for (device, signals) in self.devices.clone() {
            let news = |number: &usize| {
                let reading = step.readings.iter().find(|reading| reading.signal == *number)?;
                (self.sent.get(number) != Some(&(reading.value.to_bits(), reading.quality))).then_some(*number)
            };
            let changed: Vec<usize> = signals.keys().filter_map(news).collect();
            let metrics: Vec<Metric> =
                changed.iter().filter_map(|number| self.metric(*number, signals.get(number)?)).collect();
            if !metrics.is_empty() {
                let at_us = self.newest_us();
                messages.push((topic("DDATA", Some(&device)), self.numbered(at_us, metrics)));
            }
        }
        messages
    }
}

fn named(name: &str, kind: DataType, value: metric::Value) -> Metric {
    Metric { name: Some(name.to_owned()), datatype: Some(kind as u32), value: Some(value), ..Metric::new() }
}

const fn data_type(kind: SignalKind) -> DataType {
    match kind {
        SignalKind::State => DataType::Int32,
        SignalKind::Counter => DataType::UInt64,
        _ => DataType::Double,
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "states and counts are whole and not negative"
)]
fn number_value(kind: SignalKind, value: f64) -> metric::Value {
    match kind {
        SignalKind::State => metric::Value::IntValue(value as u32),
        SignalKind::Counter => metric::Value::LongValue(value as u64),
        _ => metric::Value::DoubleValue(value),
    }
}

fn text_property(text: &str) -> PropertyValue {
    let value = Some(property_value::Value::StringValue(text.to_owned()));
    PropertyValue { r#type: Some(DataType::String as u32), is_null: None, value }
}

fn bad_quality() -> PropertyValue {
    PropertyValue {
        r#type: Some(DataType::Int32 as u32),
        is_null: None,
        value: Some(property_value::Value::IntValue(0)),
    }
}

/// Whether a command asks for a rebirth.
fn asks_for_rebirth(payload: &[u8]) -> bool {
    let wants = |m: &Metric| {
        m.name.as_deref() == Some(NODE_CONTROL_REBIRTH) && m.value == Some(metric::Value::BooleanValue(true))
    };
    Payload::decode(payload).is_ok_and(|payload| payload.metrics.iter().any(wants))
}

/// Publishes the Sparkplug assets, for ever.
pub(super) async fn serve(listen: Listen, mut feed: Feed, first: Vec<Reading>) {
    let (mut node, mut pause) = (EdgeNode::new(feed.calendar, &first), Pause::new());
    loop {
        let will = WillMessage::new(topic("NDEATH", None), node.death()).with_qos(QoS::AtLeastOnce);
        let options = session::options(&listen, "acme-machining").with_will(will);
        match session::connect(&listen, options).await {
            Ok(client) => {
                pause.reset();
                if let Err(error) = live(&client, &mut node, &mut feed).await {
                    tracing::warn!(%error, "the Sparkplug door has lost its broker");
                }
                node.bd_seq = node.bd_seq.wrapping_add(1);
            }
            Err(error) => tracing::debug!(%error, "the Sparkplug door waits for its broker"),
        }
        if !pause.wait(&feed.stop).await {
            return;
        }
    }
}

/// Lives until the link breaks or it is time to stop.
async fn live(client: &MqttClient, node: &mut EdgeNode, feed: &mut Feed) -> Result<(), MqttError> {
    let (wanted, mut rebirths) = mpsc::channel(COMMANDS_MAX);
    client
        .subscribe(topic("NCMD", None), move |message| {
            if asks_for_rebirth(&message.payload) {
                // A full queue means that a rebirth is already on its way.
                let _queued = wanted.try_send(()).is_ok();
            }
        })
        .await?;
    send(client, node.births()).await?;
    loop {
        let step = tokio::select! {
            Some(()) = rebirths.recv() => {
                send(client, node.births()).await?;
                continue;
            }
            step = feed.next() => step,
        };
        let Some(step) = step else { break };
        send(client, node.data(&step)).await?;
        if !client.is_connected().await {
            return Err(MqttError::NotConnected);
        }
    }
    client.publish_qos(topic("NDEATH", None), node.death(), QoS::AtLeastOnce).await?;
    client.disconnect().await
}

async fn send(client: &MqttClient, messages: Vec<Outgoing>) -> Result<(), MqttError> {
    for (topic, payload) in messages {
        let options = PublishOptions { qos: QoS::AtMostOnce, ..PublishOptions::default() };
        client.publish_with_options(topic, payload, options).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Plant, Scenario};
    use gemba_plant::Timestamp;
    use std::time::Duration;

    fn node() -> (Plant, EdgeNode) {
        let plant = Plant::new(1, Scenario::demo());
        let calendar = Calendar { start: Timestamp::from_secs(1_000), speed: 1.0 };
        let node = EdgeNode::new(calendar, plant.values());
        (plant, node)
    }

    fn payload(message: &Outgoing) -> Payload {
        Payload::decode(message.1.as_slice()).unwrap()
    }

    #[test]
    fn births_number_from_zero_and_name_every_metric_with_a_unique_alias() {
        let (_, mut node) = node();
        let births = node.births();
        assert_eq!(births[0].0, "spBv1.0/acme-north/NBIRTH/machining");
        let seqs: Vec<_> = births.iter().map(|b| payload(b).seq.unwrap()).collect();
        assert_eq!(seqs, (0..births.len() as u64).collect::<Vec<_>>());
        let metrics: Vec<Metric> = births[1..].iter().flat_map(|b| payload(b).metrics).collect();
        assert!(metrics.iter().all(|m| m.name.is_some() && m.datatype.is_some() && m.value.is_some()));
        let aliases: std::collections::BTreeSet<_> = metrics.iter().map(|m| m.alias.unwrap()).collect();
        assert_eq!(aliases.len(), metrics.len());
        let bd: Vec<_> = payload(&births[0]).metrics.into_iter().filter(|m| m.name.as_deref() == Some(BDSEQ)).collect();
        assert_eq!(bd[0].value, Payload::decode(node.death().as_slice()).unwrap().metrics[0].value);
        assert_eq!(Payload::decode(node.death().as_slice()).unwrap().seq, None);
    }

    #[test]
    fn data_carries_aliases_of_changed_metrics_only_and_numbers_run_over() {
        let (mut plant, mut node) = node();
        let mut next = node.births().len() as u64;
        for _ in 0..600 {
            for message in node.data(&plant.step(Duration::from_millis(200))) {
                let payload = payload(&message);
                assert_eq!(payload.seq, Some(next % 256));
                assert!(payload.metrics.iter().all(|m| m.name.is_none() && m.alias.is_some() && m.datatype.is_none()));
                next += 1;
            }
        }
        assert!(next > 256);
        let quiet = Update::default();
        assert!(node.data(&quiet).is_empty());
    }
}
