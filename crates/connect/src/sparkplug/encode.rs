//! Messages that we send, as host application and, for the virtual plant, as edge node.

use gemba_plant::Timestamp;
use srad_types::payload::{DataType, Message as _, Metric, Payload, metric};

use super::topic;
use crate::mqtt::wire::Publish;

/// The certificate of a host application: at connecting, and as its will.
pub(crate) fn state(host_id: &str, online: bool, at: Timestamp) -> Publish {
    let payload = format!("{{\"online\":{online},\"timestamp\":{}}}", at.millis());
    Publish { topic: topic::state(host_id), payload: payload.into_bytes(), at_least_once: true, retain: true }
}

/// Asks an edge node to say everything again.
pub(crate) fn rebirth_request(group: &str, edge: &str, now: Timestamp) -> Publish {
    let mut metric = Metric::new();
    metric.set_name(REBIRTH.into()).set_timestamp(millis(now)).set_datatype(DataType::Boolean);
    metric.set_value(metric::Value::BooleanValue(true));
    let payload = message(now, None, vec![metric]);
    Publish { topic: topic::write("NCMD", group, edge, None), payload, at_least_once: false, retain: false }
}

/// The control with which a host asks an edge node for a rebirth.
pub const REBIRTH: &str = "Node Control/Rebirth";

/// A payload in bytes, with its time and, where the kind of message has one, its sequence number.
pub fn message(now: Timestamp, seq: Option<u8>, metrics: Vec<Metric>) -> Vec<u8> {
    let payload = Payload { timestamp: Some(millis(now)), metrics, seq: seq.map(u64::from), uuid: None, body: None };
    payload.encode_to_vec()
}

/// The payload of NBIRTH: sequence number 0, `bdSeq`, the control for rebirths, and every metric.
pub fn node_birth(now: Timestamp, bd_seq: u8, mut metrics: Vec<Metric>) -> Vec<u8> {
    let mut control = Metric::new();
    control.set_name(REBIRTH.into()).set_timestamp(millis(now)).set_datatype(DataType::Boolean);
    control.set_value(metric::Value::BooleanValue(false));
    metrics.insert(0, control);
    metrics.insert(0, bd_seq_metric(now, bd_seq));
    message(now, Some(0), metrics)
}

/// The payload of NDEATH, to be registered as the will: `bdSeq` and nothing else.
pub fn node_death(now: Timestamp, bd_seq: u8) -> Vec<u8> {
    message(now, None, vec![bd_seq_metric(now, bd_seq)])
}

fn bd_seq_metric(now: Timestamp, bd_seq: u8) -> Metric {
    let mut metric = Metric::new();
    metric.set_name("bdSeq".into()).set_timestamp(millis(now)).set_datatype(DataType::Int64);
    metric.set_value(metric::Value::LongValue(bd_seq.into()));
    metric
}

/// A floating-point metric: with its name in a birth (and an alias, if it is to have one), with its alias alone in data.
pub fn double(name: Option<&str>, alias: Option<u64>, at: Timestamp, value: f64) -> Metric {
    let mut metric = Metric::new();
    metric.name = name.map(str::to_owned);
    metric.alias = alias;
    metric.set_timestamp(millis(at));
    if name.is_some() {
        metric.set_datatype(DataType::Double);
    }
    metric.set_value(metric::Value::DoubleValue(value));
    metric
}

fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.millis()).unwrap_or(0)
}
