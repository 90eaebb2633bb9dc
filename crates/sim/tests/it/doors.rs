//! Each door, heard by the matching client library.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gemba_sim::{Doors, Error, Listen, Login, MODBUS_UNIT, Plant, Scenario};
use mqtt5::{ConnectOptions, Message, MqttClient, QoS};
use opcua::client::{ClientBuilder, DataChangeCallback, IdentityToken, Session};
use opcua::crypto::SecurityPolicy;
use opcua::types::{
    Array, MessageSecurityMode, MonitoredItemCreateRequest, NodeId, ReadValueId, StatusCode, TimestampsToReturn,
    UserTokenPolicy, Variant,
};
use srad_types::payload::{Message as _, Metric, Payload, metric};
use tokio::sync::mpsc;
use tokio_modbus::client::tcp;
use tokio_modbus::prelude::{ExceptionCode, Reader, Slave};

use crate::support::{START, Standing, broker, broker_at, demo, soon};

fn node(id: &str) -> NodeId {
    NodeId::new(2, id.to_owned())
}

async fn opcua(url: &str, policy: SecurityPolicy, identity: IdentityToken, pki: &std::path::Path) -> Arc<Session> {
    let mut client = ClientBuilder::new()
        .application_name("tester")
        .application_uri("urn:tester")
        .pki_dir(pki)
        .create_sample_keypair(policy != SecurityPolicy::None)
        .trust_server_certs(true)
        .session_retry_limit(1)
        .max_array_length(100_000)
        .max_message_size(1 << 24)
        .max_chunk_count(64)
        .client()
        .unwrap();
    let mode =
        if policy == SecurityPolicy::None { MessageSecurityMode::None } else { MessageSecurityMode::SignAndEncrypt };
    let endpoint = (url, policy.to_str(), mode, UserTokenPolicy::anonymous());
    let (session, events) = client.connect_to_matching_endpoint(endpoint, identity).await.unwrap();
    events.spawn();
    soon(session.wait_for_connection()).await;
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn opcua_clients_subscribe_to_values_and_read_waveforms() {
    let (broker, _) = broker().await;
    let pki = tempfile::tempdir().unwrap();
    let running = demo(broker, &pki.path().join("server")).await;
    let url = running.doors().opcua_url();
    let session = opcua(&url, SecurityPolicy::None, IdentityToken::Anonymous, &pki.path().join("client")).await;
    let (heard, mut values) = mpsc::channel(100);
    let callback = DataChangeCallback::new(move |value, _| {
        let _full = heard.try_send(value).is_ok();
    });
    let id = session.create_subscription(Duration::from_millis(100), 60, 20, 0, 0, true, callback).await.unwrap();
    let item = MonitoredItemCreateRequest::from(node("water/pump-1/flow"));
    session.create_monitored_items(id, TimestampsToReturn::Both, vec![item]).await.unwrap();
    for _ in 0..5 {
        let value = soon(values.recv()).await.unwrap();
        assert!(matches!(value.value, Some(Variant::Double(flow)) if (40.0..150.0).contains(&flow)), "{value:?}");
        assert!(value.source_timestamp.unwrap().as_chrono().timestamp() >= START.millis() / 1000);
    }
    let ids = [
        "water/pump-1/vibration_waveform",
        "water/pump-1/vibration_waveform/rate_hz",
        "water/pump-1/flow/EngineeringUnits",
    ];
    tokio::time::sleep(Duration::from_millis(300)).await;
    let asked: Vec<ReadValueId> = ids.iter().map(|id| ReadValueId::from(node(id))).collect();
    let read = session.read(&asked, TimestampsToReturn::Both, 0.0).await.unwrap();
    let Some(Variant::Array(samples)) = &read[0].value else { panic!("no array: {:?}", read[0]) };
    assert_eq!(samples.values.len(), gemba_sim::BLOCK);
    assert_eq!(read[1].value, Some(Variant::Double(gemba_sim::RATE_HZ)));
    assert!(matches!(read[2].value, Some(Variant::ExtensionObject(_))));
    let _: &Array = samples;
    session.disconnect().await.unwrap();
    soon(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opcua_clients_with_a_login_are_served_encrypted_and_others_are_not() {
    let (broker, _) = broker().await;
    let pki = tempfile::tempdir().unwrap();
    let login = Login { user: "operator".into(), password: "rotor".into() };
    let listen = Listen { opcua_login: Some(login), ..Listen::loopback(broker, pki.path().join("server")) };
    let running = Doors::serve(Plant::new(7, Scenario::demo()), listen, Arc::new(Standing)).await.unwrap();
    let url = running.doors().opcua_url();
    let identity = IdentityToken::UserName("operator".into(), "rotor".to_owned().into());
    let session = opcua(&url, SecurityPolicy::Aes256Sha256RsaPss, identity, &pki.path().join("client")).await;
    let asked = [ReadValueId::from(node("water/pump-2/flow"))];
    let read = session.read(&asked, TimestampsToReturn::Both, 0.0).await.unwrap();
    assert_eq!(read[0].status.unwrap_or(StatusCode::Good), StatusCode::Good);
    session.disconnect().await.unwrap();
    soon(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn modbus_clients_read_registers_and_are_refused_beyond_them() {
    let (broker, _) = broker().await;
    let pki = tempfile::tempdir().unwrap();
    let running = demo(broker, pki.path()).await;
    let mut client = tcp::connect_slave(running.doors().modbus, Slave(MODBUS_UNIT)).await.unwrap();
    let float = |words: &[u16]| f32::from_bits(u32::from(words[0]) << 16 | u32::from(words[1]));
    let first = client.read_input_registers(0, 24).await.unwrap().unwrap();
    let pressure = float(&first);
    assert!((6.0..8.0).contains(&pressure), "{pressure} bar");
    let energy = f64::from(u32::from(first[20]) << 16 | u32::from(first[21])) * 0.1;
    assert!((184_000.0..185_000.0).contains(&energy), "{energy} kWh");
    let set_point = client.read_holding_registers(104, 2).await.unwrap().unwrap();
    assert!((float(&set_point) - 7.0).abs() < 1e-6);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let later = client.read_input_registers(0, 24).await.unwrap().unwrap();
    assert_ne!(first, later);
    assert_eq!(client.read_input_registers(299, 2).await.unwrap(), Err(ExceptionCode::IllegalDataAddress));
    soon(running.stop()).await;
}

/// A client that hears everything below `filter`.
async fn listener(broker: std::net::SocketAddr, filter: &str) -> (MqttClient, mpsc::Receiver<Message>) {
    let client = MqttClient::with_options(ConnectOptions::new(format!("listener-{}", filter.len())));
    client.connect(&format!("mqtt://{broker}")).await.unwrap();
    let (heard, messages) = mpsc::channel(10_000);
    let hear = move |message| {
        let _full = heard.try_send(message).is_ok();
    };
    client.subscribe(filter, hear).await.unwrap();
    (client, messages)
}

/// The next message whose topic contains `part`.
async fn next(messages: &mut mpsc::Receiver<Message>, part: &str) -> Message {
    loop {
        let message = soon(messages.recv()).await.unwrap();
        if message.topic.contains(part) {
            return message;
        }
    }
}

fn payload(message: &Message) -> Payload {
    Payload::decode(message.payload.as_slice()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sparkplug_hosts_hear_births_data_rebirths_and_deaths() {
    let (broker, _) = broker().await;
    let (client, mut messages) = listener(broker, "spBv1.0/#").await;
    let pki = tempfile::tempdir().unwrap();
    let running = demo(broker, pki.path()).await;
    let birth = payload(&next(&mut messages, "/NBIRTH/").await);
    assert_eq!(birth.seq, Some(0));
    let mut names = BTreeMap::new();
    for wanted in 1..=4 {
        let device = payload(&next(&mut messages, "/DBIRTH/").await);
        assert_eq!(device.seq, Some(wanted));
        names.extend(device.metrics.iter().map(|m| (m.alias.unwrap(), m.name.clone().unwrap())));
    }
    for wanted in 5..300_u64 {
        let data = payload(&next(&mut messages, "/DDATA/").await);
        assert_eq!(data.seq, Some(wanted % 256), "no number is left out");
        assert!(data.metrics.iter().all(|m| names.contains_key(&m.alias.unwrap())));
    }
    let value = Some(metric::Value::BooleanValue(true));
    let command = Metric { name: Some("Node Control/Rebirth".into()), value, ..Metric::new() };
    let command = Payload { metrics: vec![command], ..Payload::default() }.encode_to_vec();
    client.publish_qos("spBv1.0/acme-north/NCMD/machining", command, QoS::AtLeastOnce).await.unwrap();
    let again = payload(&next(&mut messages, "/NBIRTH/").await);
    assert_eq!((again.seq, &again.metrics[0].value), (Some(0), &birth.metrics[0].value), "a rebirth keeps bdSeq");
    soon(running.stop()).await;
    let death = payload(&next(&mut messages, "/NDEATH/").await);
    assert_eq!((death.seq, &death.metrics[0].value), (None, &birth.metrics[0].value));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_comes_late_and_goes_and_comes_back_is_served_with_a_new_bd_seq() {
    // Below the ports that the system hands out, so that nobody takes it while the broker is away.
    let own = u16::try_from(std::process::id() % 8_000).unwrap();
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], 21_000 + own));
    let pki = tempfile::tempdir().unwrap();
    let running = demo(address, pki.path()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (_, handle) = broker_at(address).await;
        let (client, mut messages) = listener(address, "spBv1.0/+/NBIRTH/#").await;
        seen.push(payload(&next(&mut messages, "/NBIRTH/").await).metrics[0].value.clone());
        drop(client);
        handle.shutdown();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_ne!(seen[0], seen[1]);
    soon(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mqtt_listeners_hear_values_objects_and_waveforms() {
    let (broker, _) = broker().await;
    let (_client, mut messages) = listener(broker, "#").await;
    let pki = tempfile::tempdir().unwrap();
    let running = demo(broker, pki.path()).await;
    let read = |message: Message| serde_json::from_slice::<serde_json::Value>(&message.payload).unwrap();
    let zone = read(next(&mut messages, "umh/v1/acme/north/heat/furnace-1/_historian/zone_1_temperature").await);
    assert!((700.0..900.0).contains(&zone["value"].as_f64().unwrap()));
    assert!(zone["timestamp_ms"].as_i64().unwrap() >= START.millis());
    let press = read(next(&mut messages, "press-1/_raw/machine").await);
    assert!(press["cushion"].as_f64().unwrap() > 3.0);
    let wave = read(next(&mut messages, "fan-1/_raw/vibration_waveform").await);
    assert_eq!(wave["samples"].as_array().unwrap().len(), gemba_sim::BLOCK);
    soon(running.stop()).await;
}

#[tokio::test]
async fn doors_without_a_login_open_on_the_loopback_only() {
    let listen = Listen::loopback(([127, 0, 0, 1], 1).into(), "/nowhere");
    for bad in [
        Listen { opcua: ([0, 0, 0, 0], 0).into(), ..listen.clone() },
        Listen { modbus: ([0, 0, 0, 0], 0).into(), ..listen.clone() },
    ] {
        let outcome = Doors::serve(Plant::new(1, Scenario::quiet()), bad, Arc::new(Standing)).await;
        assert!(matches!(outcome, Err(Error::NotLoopback { .. })));
    }
    let stopped = Listen { speed: 0.0, ..listen };
    let outcome = Doors::serve(Plant::new(1, Scenario::quiet()), stopped, Arc::new(Standing)).await;
    assert!(matches!(outcome, Err(Error::Speed { .. })));
}
