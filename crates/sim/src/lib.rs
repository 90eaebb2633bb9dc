//! A virtual plant with physics and known faults that speaks the real protocols.
mod door;
mod dynamics;
mod error;
mod fault;
mod layout;
mod machine;
mod plant;
mod random;
mod scenario;
mod sensor;
mod spec;
mod vibration;

pub use door::{Listen, Login, Running};
pub use error::Error;
pub use fault::{Fault, FaultKind, TruthEntry, fault_catalogue};
pub use layout::{
    Connection, Door, Doors, MODBUS, MODBUS_UNIT, MQTT, OPCUA, SPARKPLUG, SPARKPLUG_GROUP, SPARKPLUG_NODE, Spec, Wave,
    configuration,
};
pub use plant::{Block, Plant, Reading, STEP_MS, Update, catalogue};
pub use scenario::Scenario;
pub use spec::{AssetSpec, DoorKind, SignalSpec};
pub use vibration::{BEARING_6205, BEARING_6309, BLOCK, Bearing, RATE_HZ};
