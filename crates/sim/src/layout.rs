//! Where every signal is found: its address at its door, and all of it as a configuration of Gemba.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use gemba_plant::{Asset, AssetId, AssetPath, Binding, PathError, Range, Signal, SignalId, SignalKind, Unit};
use serde::Serialize;

use crate::catalogue;
use crate::spec::{AssetSpec, DoorKind, SignalSpec};

/// Names of the connections, as they stand in bindings.
pub const OPCUA: &str = "water-plc";
/// The Modbus connection.
pub const MODBUS: &str = "utilities-plc";
/// The Sparkplug connection.
pub const SPARKPLUG: &str = "machining-edge";
/// The plain MQTT connection.
pub const MQTT: &str = "hall-broker";
/// Group and edge node of the Sparkplug door.
pub const SPARKPLUG_GROUP: &str = "acme-north";
/// The edge node's id.
pub const SPARKPLUG_NODE: &str = "machining";
/// Unit (slave) number of the Modbus door.
pub const MODBUS_UNIT: u8 = 1;

/// Where the doors can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Doors {
    /// Where the OPC UA server listens.
    pub opcua: SocketAddr,
    /// Where the Modbus TCP server listens.
    pub modbus: SocketAddr,
    /// The MQTT broker that Sparkplug and plain messages go to.
    pub broker: SocketAddr,
}

impl Doors {
    /// The OPC UA server's address as clients write it.
    pub fn opcua_url(&self) -> String {
        format!("opc.tcp://{}/", self.opcua)
    }
}

/// A connection that Gemba needs to hear the plant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// Its name, as bindings use it.
    pub name: String,
    /// Protocol and whereabouts.
    pub door: Door,
}

/// Protocol and whereabouts of a door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "protocol", rename_all = "lowercase")]
pub enum Door {
    /// An OPC UA server, anonymous, without encryption.
    Opcua {
        /// `opc.tcp://127.0.0.1:4840/`.
        endpoint: String,
        /// Arrays that are waveforms: each with the node that holds its samples per second.
        waveforms: Vec<Wave>,
    },
    /// A Modbus TCP device; floats and long integers with the high word first.
    Modbus {
        /// `127.0.0.1:502`.
        address: String,
        /// Unit number.
        unit: u8,
        /// How often its values change, in milliseconds.
        interval_ms: u32,
    },
    /// A Sparkplug B edge node behind a broker.
    Sparkplug {
        /// `127.0.0.1:1883`.
        broker: String,
        /// Its group.
        group: String,
    },
    /// Topics of a broker.
    Mqtt {
        /// `127.0.0.1:1883`.
        broker: String,
        /// What to subscribe to.
        topics: Vec<String>,
    },
}

/// An OPC UA array that is a waveform; its source time is that of the first sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wave {
    /// The array's node.
    pub address: String,
    /// The node that holds the samples per second.
    pub rate_address: String,
}

/// What is put behind an array's node id for the node with its samples per second.
pub(crate) const RATE_SUFFIX: &str = "/rate_hz";

/// The plant as a configuration of Gemba: assets, signals with bindings, connections. Ids count from 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spec {
    /// The asset tree.
    pub assets: Vec<Asset>,
    /// All signals.
    pub signals: Vec<Signal>,
    /// All connections.
    pub connections: Vec<Connection>,
}

/// The address of a signal at its door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) door: DoorKind,
    pub(crate) address: String,
}

/// A signal with everything a door must know of it.
#[derive(Clone, Debug)]
pub(crate) struct Wired {
    pub(crate) asset: AssetSpec,
    pub(crate) spec: SignalSpec,
    pub(crate) place: Place,
}

/// The table of a Modbus signal and how it is laid out there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Register {
    pub(crate) holding: bool,
    pub(crate) at: u16,
    pub(crate) layout: Layout,
}

/// How a value lies in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    F32,
    U16,
    U32,
}

impl Register {
    fn address(self) -> String {
        let table = if self.holding { "holding" } else { "input" };
        let layout = match self.layout {
            Layout::F32 => "f32",
            Layout::U16 => "u16",
            Layout::U32 => "u32",
        };
        format!("{table}:{}:{layout}", self.at)
    }
}

/// Registers that each Modbus asset may use.
const REGISTERS_PER_ASSET: u16 = 100;
/// Registers that each signal occupies, whatever its layout.
const REGISTERS_PER_SIGNAL: u16 = 2;

/// The register of the signal with this number on the Modbus asset with this number: set-points are
/// holding registers, all else input registers; states are `u16`, counters `u32` in tenths, all else `f32`.
pub(crate) fn register(asset: u16, signal: u16, kind: SignalKind) -> Register {
    let layout = match kind {
        SignalKind::State => Layout::U16,
        SignalKind::Counter => Layout::U32,
        _ => Layout::F32,
    };
    let at = asset * REGISTERS_PER_ASSET + signal * REGISTERS_PER_SIGNAL;
    Register { holding: kind == SignalKind::SetPoint, at, layout }
}

/// The path below the site: `water/pump-1`.
pub(crate) fn short(path: &str) -> &str {
    path.strip_prefix("acme/north/").unwrap_or(path)
}

/// Counters are sent over Modbus in tenths.
pub(crate) const COUNTER_SCALE: f64 = 10.0;

fn place(asset: &AssetSpec, number: u16, signal: (u16, &SignalSpec)) -> Place {
    let (at, spec) = signal;
    let device = asset.path.rsplit('/').next().unwrap_or_default();
    let wireless = spec.kind == SignalKind::Waveform && asset.door != Some(DoorKind::Opcua);
    let door = if wireless { DoorKind::Mqtt } else { asset.door.unwrap_or(DoorKind::Mqtt) };
    let address = match door {
        DoorKind::Opcua => format!("ns=2;s={}/{}", short(&asset.path), spec.name),
        DoorKind::Modbus => {
            let register = register(number, at, spec.kind);
            let scale = if register.layout == Layout::U32 { ":scale=0.1" } else { "" };
            format!("{}{scale}", register.address())
        }
        DoorKind::Sparkplug => format!("{SPARKPLUG_GROUP}/{SPARKPLUG_NODE}/{device}/{}", spec.name),
        DoorKind::Mqtt if wireless => format!("{}/_raw/{}", asset.path, spec.name),
        DoorKind::Mqtt if asset.template == Some("furnace") => {
            format!("umh/v1/{}/_historian/{}", asset.path, spec.name)
        }
        DoorKind::Mqtt => format!("{}/_raw/machine#{}", asset.path, spec.name),
    };
    Place { door, address }
}

/// Every signal of the plant with its place, in order of number.
pub(crate) fn wiring() -> Vec<Wired> {
    let (mut wired, mut on_modbus) = (Vec::new(), 0);
    for asset in catalogue() {
        for (at, spec) in (0..).zip(&asset.signals) {
            let place = place(&asset, on_modbus, (at, spec));
            wired.push(Wired { asset: asset.clone(), spec: *spec, place });
        }
        on_modbus += u16::from(asset.door == Some(DoorKind::Modbus));
    }
    wired
}

/// The registers of the signals that the Modbus door serves.
pub(crate) fn modbus_registers() -> BTreeMap<usize, Register> {
    let (mut registers, mut on_modbus, mut number) = (BTreeMap::new(), 0, 0);
    for asset in catalogue() {
        let here = asset.door == Some(DoorKind::Modbus);
        for (at, spec) in (0..).zip(&asset.signals) {
            if here && spec.kind != SignalKind::Waveform {
                registers.insert(number, register(on_modbus, at, spec.kind));
            }
            number += 1;
        }
        on_modbus += u16::from(here);
    }
    registers
}

fn connection_of(door: DoorKind) -> &'static str {
    match door {
        DoorKind::Opcua => OPCUA,
        DoorKind::Modbus => MODBUS,
        DoorKind::Sparkplug => SPARKPLUG,
        DoorKind::Mqtt => MQTT,
    }
}

fn connections(doors: &Doors) -> Vec<Connection> {
    let broker = doors.broker.to_string();
    let topics = vec!["umh/v1/acme/north/#".into(), "acme/north/+/+/_raw/#".into()];
    let arrays =
        wiring().into_iter().filter(|w| w.place.door == DoorKind::Opcua && w.spec.kind == SignalKind::Waveform);
    let waveforms =
        arrays.map(|w| Wave { rate_address: format!("{}{RATE_SUFFIX}", w.place.address), address: w.place.address });
    let all = [
        (OPCUA, Door::Opcua { endpoint: doors.opcua_url(), waveforms: waveforms.collect() }),
        (MODBUS, Door::Modbus { address: doors.modbus.to_string(), unit: MODBUS_UNIT, interval_ms: 200 }),
        (SPARKPLUG, Door::Sparkplug { broker: broker.clone(), group: SPARKPLUG_GROUP.into() }),
        (MQTT, Door::Mqtt { broker, topics }),
    ];
    all.into_iter().map(|(name, door)| Connection { name: name.into(), door }).collect()
}

/// The plant as a configuration of Gemba, with the doors at these addresses.
///
/// # Errors
/// Never for the catalogue of this crate: the signature is that of [`AssetPath::new`].
pub fn configuration(doors: &Doors) -> Result<Spec, PathError> {
    let (mut assets, mut ids) = (Vec::new(), BTreeMap::new());
    for (number, asset) in (1..).zip(catalogue()) {
        let id = AssetId::new(number);
        ids.insert(asset.path.clone(), id);
        assets.push(Asset {
            id,
            path: AssetPath::new(&asset.path)?,
            level: asset.level,
            name: asset.name.into(),
            template: asset.template.map(str::to_owned),
            nameplate: asset.nameplate,
            learning: None,
        });
    }
    let signal = |(number, wired): (u32, Wired)| Some(signal(number, *ids.get(&wired.asset.path)?, &wired));
    let signals = (1..).zip(wiring()).filter_map(signal).collect();
    Ok(Spec { assets, signals, connections: connections(doors) })
}

fn signal(number: u32, asset: AssetId, wired: &Wired) -> Signal {
    let spec = &wired.spec;
    Signal {
        id: SignalId::new(number),
        asset,
        name: spec.name.into(),
        kind: spec.kind,
        role: spec.role,
        unit: Unit::new(spec.unit),
        range: Some(Range { ..spec.range }),
        decimals: Some(spec.decimals),
        states: spec.states.iter().map(|text| (*text).to_owned()).collect(),
        description: spec.description.into(),
        limits: None,
        bands: Vec::new(),
        quiet_in: Vec::new(),
        computed: false,
        binding: Some(Binding {
            connection: connection_of(wired.place.door).into(),
            address: wired.place.address.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_plant::Catalogue;

    fn doors() -> Doors {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Doors { opcua: at(4840), modbus: at(1502), broker: at(1883) }
    }

    #[test]
    fn the_configuration_is_a_legal_catalogue_in_which_every_address_is_unique() {
        let spec = configuration(&doors()).unwrap();
        let bindings: std::collections::BTreeSet<_> = spec.signals.iter().filter_map(|s| s.binding.clone()).collect();
        assert_eq!(bindings.len(), spec.signals.len());
        assert!((90..140).contains(&spec.signals.len()), "{}", spec.signals.len());
        assert!(spec.assets.iter().filter(|a| a.template.is_some()).count() >= 10);
        Catalogue::new(spec.assets, spec.signals).unwrap();
    }

    #[test]
    fn each_protocol_has_addresses_in_its_own_words() {
        let spec = configuration(&doors()).unwrap();
        let all: Vec<String> = spec.signals.iter().filter_map(|s| s.binding.clone()).map(|b| b.address).collect();
        for want in [
            "ns=2;s=water/pump-1/flow",
            "input:0:f32",
            "input:20:u32:scale=0.1",
            "holding:104:f32",
            "acme-north/machining/spindle-1/torque",
            "umh/v1/acme/north/heat/furnace-1/_historian/zone_1_temperature",
            "acme/north/plastics/press-1/_raw/machine#cushion",
            "acme/north/utilities/fan-1/_raw/vibration_waveform",
        ] {
            assert!(all.iter().any(|address| address == want), "{want} in {all:#?}");
        }
    }
}
