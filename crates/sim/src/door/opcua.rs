//! The OPC UA door: a folder for each area and asset, a variable for each signal with its unit and range.
//!
//! Node ids are `ns=2;s=water/pump-1/flow`. A waveform is an array of `Float` whose source time is that of its first
//! sample, beside it stands `…/rate_hz` with its samples per second. A bad sensor is `BadSensorFailure`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use gemba_plant::{Quality, SignalKind, Timestamp, Unit};
use opcua::crypto::SecurityPolicy;
use opcua::nodes::{ObjectBuilder, VariableBuilder};
use opcua::server::address_space::AddressSpace;
use opcua::server::diagnostics::NamespaceMetadata;
use opcua::server::node_manager::memory::{SimpleNodeManager, simple_node_manager};
use opcua::server::{ANONYMOUS_USER_TOKEN_ID, Server, ServerBuilder, ServerHandle, ServerUserToken};
use opcua::types::{
    DataTypeId, DataValue, DateTime, EUInformation, ExtensionObject, LocalizedText, MessageSecurityMode, NodeId,
    ObjectId, QualifiedName, Range, StatusCode, VariableTypeId, Variant,
};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{Feed, Listen};
use crate::layout::{RATE_SUFFIX, Wired, short, wiring};
use crate::vibration::{BLOCK, RATE_HZ};
use crate::{Block, DoorKind, Error, Reading};

const NAMESPACE: &str = "urn:acme:virtual-plant";
/// The namespace's index, which stands in every address.
const INDEX: u16 = 2;
const MANAGER: &str = "virtual-plant";
const LOGIN: &str = "login";
/// Array elements in one value: room for a waveform.
const ARRAY_MAX: usize = 1 << 16;
/// Values that a monitored item may keep between two publishings.
const QUEUE_MAX: usize = 100;
/// How often subscriptions are looked at, in ms.
const POLL_MS: u64 = 50;
/// Ticks of 100 ns between 1601 and 1970.
const EPOCH_TICKS: i64 = 116_444_736_000_000_000;

/// The nodes of the signals that this door serves, by number.
type Nodes = BTreeMap<usize, (Wired, NodeId)>;

fn node(id: impl Into<String>) -> NodeId {
    NodeId::new(INDEX, id.into())
}

fn nodes() -> Nodes {
    let here = wiring().into_iter().enumerate().filter(|(_, wired)| wired.place.door == DoorKind::Opcua);
    here.map(|(number, wired)| (number, (wired.clone(), node(identifier(&wired))))).collect()
}

fn identifier(wired: &Wired) -> String {
    format!("{}/{}", short(&wired.asset.path), wired.spec.name)
}

fn build(listen: &Listen, address: SocketAddr) -> Result<(Server, ServerHandle), Error> {
    let mut users = vec![ANONYMOUS_USER_TOKEN_ID];
    let meta = NamespaceMetadata { namespace_uri: NAMESPACE.into(), ..NamespaceMetadata::default() };
    let mut builder = ServerBuilder::new()
        .application_name("Acme virtual plant")
        .application_uri("urn:acme:virtual-plant:server")
        .product_uri("urn:gemba:sim")
        .host(address.ip().to_string())
        .port(address.port())
        .discovery_urls(vec!["/".into()])
        .pki_dir(&listen.pki)
        .max_array_length(ARRAY_MAX)
        .subscription_poll_interval_ms(POLL_MS)
        .with_node_manager(simple_node_manager(meta, MANAGER));
    let limits = &mut builder.limits_mut().subscriptions;
    limits.max_monitored_item_queue_size = QUEUE_MAX;
    limits.max_queued_notifications = QUEUE_MAX;
    if let Some(login) = &listen.opcua_login {
        users.push(LOGIN);
        builder = builder
            .create_sample_keypair(true)
            .certificate_path("own/cert.der")
            .private_key_path("private/private.pem")
            .trust_client_certs(true)
            .add_user_token(LOGIN, ServerUserToken::user_pass(login.user.clone(), login.password.clone()));
        for (id, policy) in [
            ("basic256sha256", SecurityPolicy::Basic256Sha256),
            ("aes128", SecurityPolicy::Aes128Sha256RsaOaep),
            ("aes256", SecurityPolicy::Aes256Sha256RsaPss),
        ] {
            builder = builder.add_endpoint(id, ("/", policy, MessageSecurityMode::SignAndEncrypt, users.as_slice()));
        }
    }
    let open = ("/", SecurityPolicy::None, MessageSecurityMode::None, users.as_slice());
    builder.add_endpoint("none", open).build().map_err(|why| Error::OpcUaServer { why })
}

/// Serves the OPC UA assets.
pub(super) fn serve(
    tasks: &mut JoinSet<()>,
    listen: &Listen,
    (listener, address): (TcpListener, SocketAddr),
    (mut feed, first): (Feed, &[Reading]),
) -> Result<(), Error> {
    let (server, handle) = build(listen, address)?;
    let missing = |why: &str| Error::OpcUaServer { why: why.to_owned() };
    if handle.get_namespace_index(NAMESPACE) != Some(INDEX) {
        return Err(missing("the plant's namespace has another index than the addresses say"));
    }
    let manager =
        handle.node_managers().get_of_type::<SimpleNodeManager>().ok_or_else(|| missing("it has lost its nodes"))?;
    let nodes = nodes();
    insert(&mut manager.address_space().write(), &nodes);
    publish(&manager, &handle, &nodes, (&feed, first, &[]));
    tasks.spawn(async move {
        if let Err(why) = server.run_with(listener).await {
            tracing::error!(why, "the OPC UA door has closed");
        }
    });
    tasks.spawn(async move {
        while let Some(step) = feed.next().await {
            publish(&manager, &handle, &nodes, (&feed, &step.readings, &step.blocks));
        }
        handle.cancel();
    });
    Ok(())
}

/// Writes new values into the address space; subscriptions are told.
fn publish(
    manager: &Arc<SimpleNodeManager>,
    handle: &ServerHandle,
    nodes: &Nodes,
    (feed, readings, blocks): (&Feed, &[Reading], &[Block]),
) {
    let values = readings.iter().filter_map(|reading| {
        let (wired, id) = nodes.get(&reading.signal)?;
        Some((id, None, value(wired, reading, feed.calendar.time(reading.at_us))))
    });
    let arrays = blocks.iter().filter_map(|block| {
        let (_, id) = nodes.get(&block.signal)?;
        let array = Variant::from(block.samples.to_vec());
        Some((id, None, DataValue::new_at(array, date(feed.calendar.time(block.at_us)))))
    });
    if let Err(status) = manager.set_values(handle.subscriptions(), values.chain(arrays)) {
        tracing::error!(%status, "an OPC UA value could not be set");
    }
}

fn value(wired: &Wired, reading: &Reading, time: Timestamp) -> DataValue {
    let variant = match (reading.quality, wired.spec.kind) {
        (Quality::Bad, _) => {
            return DataValue { value: None, ..DataValue::new_at_status((), date(time), StatusCode::BadSensorFailure) };
        }
        #[allow(clippy::cast_possible_truncation, reason = "the number of a state is small")]
        (_, SignalKind::State) => Variant::Int32(reading.value as i32),
        _ => Variant::Double(reading.value),
    };
    DataValue::new_at(variant, date(time))
}

fn date(time: Timestamp) -> DateTime {
    DateTime::from(time.micros().saturating_mul(10).saturating_add(EPOCH_TICKS))
}

/// Builds folders and variables.
fn insert(space: &mut AddressSpace, nodes: &Nodes) {
    let mut folders = BTreeSet::new();
    for (wired, id) in nodes.values() {
        let path = short(&wired.asset.path);
        let (area, asset) = path.split_once('/').unwrap_or(("", path));
        if folders.insert(area.to_owned()) {
            folder(space, (area, area), &NodeId::from(ObjectId::ObjectsFolder));
        }
        if folders.insert(path.to_owned()) {
            folder(space, (path, asset), &node(area));
        }
        if wired.spec.kind == SignalKind::Waveform { array(space, wired, id) } else { variable(space, wired, id) }
    }
}

fn folder(space: &mut AddressSpace, (id, name): (&str, &str), parent: &NodeId) {
    ObjectBuilder::new(&node(id), QualifiedName::new(INDEX, name), name)
        .is_folder()
        .organized_by(parent.clone())
        .insert(space);
}

fn variable(space: &mut AddressSpace, wired: &Wired, id: &NodeId) {
    let spec = &wired.spec;
    let state = spec.kind == SignalKind::State;
    let (data_type, of) = if state {
        (DataTypeId::Int32, VariableTypeId::BaseDataVariableType)
    } else {
        (DataTypeId::Double, VariableTypeId::AnalogUnitRangeType)
    };
    VariableBuilder::new(id, QualifiedName::new(INDEX, spec.name), spec.name)
        .description(spec.description)
        .data_type(data_type)
        .value(if state { Variant::Int32(0) } else { Variant::Double(0.0) })
        .has_type_definition(of)
        .component_of(node(short(&wired.asset.path)))
        .insert(space);
    if state {
        let texts: Vec<LocalizedText> = spec.states.iter().map(|text| LocalizedText::from(*text)).collect();
        property(space, (id, wired, "EnumStrings"), DataTypeId::LocalizedText, Variant::from(texts));
        return;
    }
    let unit = Unit::new(spec.unit);
    let unit = EUInformation {
        namespace_uri: "http://www.opcfoundation.org/UA/units/un/cefact".into(),
        unit_id: unit.opcua_unit_id(),
        display_name: unit.symbol().into(),
        description: unit.ucum().into(),
    };
    let range = Range { low: spec.range.low, high: spec.range.high };
    let (unit, range) = (ExtensionObject::from_message(unit), ExtensionObject::from_message(range));
    property(space, (id, wired, "EngineeringUnits"), DataTypeId::EUInformation, Variant::from(unit));
    property(space, (id, wired, "EURange"), DataTypeId::Range, Variant::from(range));
}

fn property(
    space: &mut AddressSpace,
    (of, wired, name): (&NodeId, &Wired, &str),
    data_type: DataTypeId,
    value: Variant,
) {
    let rank = if matches!(value, Variant::Array(_)) { 1 } else { -1 };
    VariableBuilder::new(&node(format!("{}/{name}", identifier(wired))), QualifiedName::new(0, name), name)
        .data_type(data_type)
        .value_rank(rank)
        .value(value)
        .has_type_definition(VariableTypeId::PropertyType)
        .property_of(of.clone())
        .insert(space);
}

fn array(space: &mut AddressSpace, wired: &Wired, id: &NodeId) {
    let spec = &wired.spec;
    VariableBuilder::new(id, QualifiedName::new(INDEX, spec.name), spec.name)
        .description(spec.description)
        .data_type(DataTypeId::Float)
        .value_rank(1)
        .array_dimensions(&[u32::try_from(BLOCK).unwrap_or(0)])
        .value(Variant::from(Vec::<f32>::new()))
        .has_type_definition(VariableTypeId::BaseDataVariableType)
        .component_of(node(short(&wired.asset.path)))
        .insert(space);
    VariableBuilder::new(
        &node(format!("{}{RATE_SUFFIX}", identifier(wired))),
        QualifiedName::new(INDEX, "rate_hz"),
        "rate_hz",
    )
    .data_type(DataTypeId::Double)
    .value(Variant::Double(RATE_HZ))
    .has_type_definition(VariableTypeId::PropertyType)
    .property_of(id.clone())
    .insert(space);
}
