//! Connections to machines: list, test, browse, import, change.

use std::sync::Arc;

use gemba_connect::{BrowseNode, ConnectionConfig, Probe, TestReport, file, influx, modbus, mqtt, opcua, sparkplug};
use gemba_node::ImportSignal;
use gemba_plant::{Quality, Range, SignalKind, Unit};
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::watch;
use crate::app::Call;
use crate::input::{At, Sent};
use crate::output::{Done, List, Made, Reply};
use crate::problem::{Kind, Problem};
use crate::table::{ENGINEER, Resource, Route, VIEWER};
use crate::views::ConnectionView;

pub(super) fn resource() -> Resource {
    Resource {
        name: "connections",
        about: "Connections to machines.",
        routes: vec![
            Route::get("/api/v1/connections", VIEWER, "All connections and how they are", list),
            Route::post("/api/v1/connections", ENGINEER, "Add a connection", add),
            Route::get(
                "/api/v1/connections/protocols",
                VIEWER,
                "JSON Schema of each protocol's configuration",
                protocols,
            ),
            Route::post("/api/v1/connections/test", ENGINEER, "Try a configuration step by step", test).asks().long(),
            Route::post("/api/v1/connections/browse", ENGINEER, "What a device has to offer", browse).asks().long(),
            watch::route(),
            Route::get("/api/v1/connections/{name}", VIEWER, "A connection and how it is", one),
            Route::put("/api/v1/connections/{name}", ENGINEER, "Change a connection", change),
            Route::delete(
                "/api/v1/connections/{name}",
                ENGINEER,
                "Remove a connection; what it delivered stays",
                remove,
            ),
            Route::put(
                "/api/v1/connections/{name}/register",
                ENGINEER,
                "Whether what it sends and nobody has bound becomes a signal",
                register,
            ),
            Route::post(
                "/api/v1/connections/{name}/pause",
                ENGINEER,
                "Read nothing from it until it is resumed",
                pause,
            ),
            Route::post("/api/v1/connections/{name}/resume", ENGINEER, "Read from a paused connection again", resume),
            Route::post("/api/v1/connections/{name}/import", ENGINEER, "Make signals of what a device offers", import)
                .large()
                .long(),
        ],
    }
}

async fn list(call: Call, (): ()) -> Result<Reply<List<ConnectionView>>, Problem> {
    let items = call.node().connections().list();
    Ok(Reply(List::whole(items.iter().map(ConnectionView::of).collect())))
}

fn view(call: &Call, name: &str) -> Result<ConnectionView, Problem> {
    let all = call.node().connections().list();
    let found = all.iter().find(|connection| connection.name == name);
    found.map(ConnectionView::of).ok_or_else(|| Problem::missing("connection", name))
}

async fn one(call: Call, At(name): At<String>) -> Result<Reply<ConnectionView>, Problem> {
    Ok(Reply(view(&call, &name)?))
}

/// A connection to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddConnection {
    /// Its name: a-z, 0-9, `_` and `-`.
    name: String,
    /// Its configuration, with the field `protocol`.
    config: ConnectionConfig,
}

async fn add(call: Call, Sent(new): Sent<AddConnection>) -> Result<Made<ConnectionView>, Problem> {
    if call.node().connections().config(&new.name).is_some() {
        let detail = format!("there is a connection \"{}\" already", new.name);
        return Err(Problem::new(Kind::CONFLICT, detail, "choose another name, or change that one"));
    }
    call.node().connections().put(&new.name, new.config).await?;
    Ok(Made(view(&call, &new.name)?))
}

/// What changes about a connection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangeConnection {
    /// Its name; when given, the same as in the path.
    #[serde(default)]
    name: Option<String>,
    /// Its configuration from now on, with the field `protocol`.
    config: ConnectionConfig,
}

async fn change(
    call: Call,
    (At(name), Sent(change)): (At<String>, Sent<ChangeConnection>),
) -> Result<Reply<ConnectionView>, Problem> {
    if change.name.as_ref().is_some_and(|other| *other != name) {
        return Err(Problem::argument("name: a connection keeps its name; make another one and remove this"));
    }
    if call.node().connections().config(&name).is_none() {
        return Err(Problem::missing("connection", name));
    }
    call.node().connections().put(&name, change.config).await?;
    Ok(Reply(view(&call, &name)?))
}

/// Whether a connection takes what comes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Registering {
    /// From now on, or no more.
    on: bool,
}

async fn register(
    call: Call,
    (At(name), Sent(wanted)): (At<String>, Sent<Registering>),
) -> Result<Reply<ConnectionView>, Problem> {
    call.node().connections().set_register(&name, wanted.on).await?;
    Ok(Reply(view(&call, &name)?))
}

async fn pause(call: Call, At(name): At<String>) -> Result<Reply<ConnectionView>, Problem> {
    call.node().connections().set_paused(&name, true).await?;
    Ok(Reply(view(&call, &name)?))
}

async fn resume(call: Call, At(name): At<String>) -> Result<Reply<ConnectionView>, Problem> {
    call.node().connections().set_paused(&name, false).await?;
    Ok(Reply(view(&call, &name)?))
}

async fn remove(call: Call, At(name): At<String>) -> Result<Done, Problem> {
    call.node().connections().remove(&name).await?;
    Ok(Done)
}

/// A configuration to try.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Try {
    /// The configuration, with the field `protocol`.
    config: ConnectionConfig,
}

async fn test(call: Call, Sent(given): Sent<Try>) -> Result<Reply<TestReport>, Problem> {
    let mut report = TestReport::default();
    for fault in given.config.check() {
        report.fail("check the configuration", format!("{} {}", fault.field, fault.what), fault.cure);
    }
    if !report.steps.is_empty() {
        return Ok(Reply(report));
    }
    let probe = call.node().connections().probe(None, &given.config)?;
    Ok(Reply(probe.test().await))
}

/// Where to look.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Look {
    /// A connection that is there …
    #[serde(default)]
    pub(super) name: Option<String>,
    /// … or a configuration that is not saved yet.
    #[serde(default)]
    pub(super) config: Option<ConnectionConfig>,
    /// The address of a folder; the top when left out.
    #[serde(default)]
    pub(super) at: Option<String>,
}

/// What lies there.
#[derive(Debug, Serialize, JsonSchema)]
struct Found {
    /// Folders and signals.
    nodes: Vec<NodeView>,
}

/// A folder or a signal of a device.
#[derive(Debug, Serialize, JsonSchema)]
struct NodeView {
    /// What to import, or to browse further with.
    address: String,
    /// What the device calls it.
    name: String,
    /// Whether it can be ticked.
    kind: NodeKind,
    /// The device's own type name.
    data_type: String,
    /// How it seems to behave, as a signal.
    signal_kind: SignalKind,
    /// Its name as a signal is called: without a unit in brackets behind it.
    plain_name: String,
    /// UCUM unit when the device tells or its name ends in one, else empty.
    unit: String,
    /// The instrument's range when the device tells.
    range: Option<Range>,
    /// The value now, as text.
    value: Option<String>,
    /// The quality now.
    quality: Option<Quality>,
    /// What the device says about it.
    description: String,
    /// Whether there is more below it.
    has_children: bool,
    /// A proposal for its place in the namespace; empty when the device suggests none.
    path: String,
}

/// What a node is.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum NodeKind {
    /// Something to open.
    Folder,
    /// Something to tick.
    Signal,
}

impl From<BrowseNode> for NodeView {
    fn from(node: BrowseNode) -> Self {
        let (plain_name, unit) = Unit::of_tag(&node.name, &node.unit);
        Self {
            plain_name,
            address: node.address,
            name: node.name,
            kind: if node.is_signal { NodeKind::Signal } else { NodeKind::Folder },
            data_type: node.data_type,
            signal_kind: node.kind,
            unit: unit.ucum().to_owned(),
            range: node.range,
            value: node.value,
            quality: node.quality,
            description: node.description,
            has_children: node.has_children,
            path: node.path,
        }
    }
}

pub(super) fn probe(call: &Call, look: &Look) -> Result<Arc<dyn Probe>, Problem> {
    Ok(call.node().connections().probe(look.name.as_deref(), &config(call, look)?)?)
}

fn config(call: &Call, look: &Look) -> Result<ConnectionConfig, Problem> {
    match (&look.name, &look.config) {
        (_, Some(config)) => Ok(config.clone()),
        (Some(name), None) => {
            call.node().connections().config(name).ok_or_else(|| Problem::missing("connection", name))
        }
        (None, None) => Err(Problem::argument("name or config: one of them is needed")),
    }
}

async fn browse(call: Call, Sent(look): Sent<Look>) -> Result<Reply<Found>, Problem> {
    let probe = call.node().connections().browser(look.name.as_deref(), &config(&call, &look)?)?;
    let nodes = probe.browse(look.at.as_deref()).await?;
    Ok(Reply(Found { nodes: nodes.into_iter().map(NodeView::from).collect() }))
}

/// What to make signals of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Import {
    /// Addresses, each with its place in the plant.
    signals: Vec<ImportSignal>,
}

/// How many there are now.
#[derive(Debug, Serialize, JsonSchema)]
struct Imported {
    /// Signals that were made; those whose address was bound already are not counted.
    created: usize,
}

async fn import(call: Call, (At(name), Sent(wanted)): (At<String>, Sent<Import>)) -> Result<Reply<Imported>, Problem> {
    let created = call.node().plant().import(&name, wanted.signals).await?;
    Ok(Reply(Imported { created }))
}

/// A protocol, for forms.
#[derive(Debug, Serialize, JsonSchema)]
struct ProtocolForm {
    /// The word for the field `protocol`.
    protocol: &'static str,
    /// What people call it.
    title: &'static str,
    /// One sentence.
    description: &'static str,
    /// JSON Schema of its configuration, without the field `protocol`.
    schema: Value,
}

async fn protocols(_: Call, (): ()) -> Result<Reply<List<ProtocolForm>>, Problem> {
    let protocol = |protocol, title, description, schema: schemars::Schema| ProtocolForm {
        protocol,
        title,
        description,
        schema: schema.to_value(),
    };
    Ok(Reply(List::whole(vec![
        protocol("opcua", "OPC UA", "An OPC UA server: browse, tick, subscribe.", schema_for!(opcua::Config)),
        protocol("mqtt", "MQTT", "An MQTT 3.1.1 or 5 broker, or the one inside Gemba.", schema_for!(mqtt::Config)),
        protocol(
            "sparkplug",
            "Sparkplug B",
            "Edge nodes that speak Sparkplug B 3.0 over a broker.",
            schema_for!(sparkplug::Config),
        ),
        protocol("modbus", "Modbus TCP", "A Modbus TCP device with its register map.", schema_for!(modbus::Config)),
        protocol(
            "influx",
            "InfluxDB line protocol",
            "Programs that write to us, such as Telegraf.",
            schema_for!(influx::Config),
        ),
        protocol("file", "Files", "Recorded CSV or Parquet files, replayed at any speed.", schema_for!(file::Config)),
    ])))
}
