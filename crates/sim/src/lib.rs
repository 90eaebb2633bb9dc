//! A virtual plant with physics and known faults that speaks the real protocols.
//!
//! For the demo, for tests and for whoever wants to try Gemba without a plant. Twelve machines (two pumps, a motor,
//! compressor, chiller, fan, machining spindle, conveyor with its gearbox, furnace, injection press, the battery of a driverless vehicle) run three
//! products in turn, in shifts, through warm and cold days; faults develop in them, and the truth is known.
//!
//! Two halves. The core is pure: [`Plant::new`] with a seed and a [`Scenario`], [`Plant::step`], [`Plant::values`],
//! [`Plant::truth`]. The rim serves it: [`Doors::serve`] opens an OPC UA server, a Modbus TCP server, a Sparkplug B edge
//! node and a plain MQTT publisher; [`configuration`] says how Gemba hears them, asset by asset and signal by
//! signal.
//!
//! **Invariants:** the core has no clock, no I/O and no randomness but the seed's; the same seed, scenario and sum of
//! steps give the same bytes. A fault changes its own machine and nothing else. No door opens off the loopback.
//! Nothing that Gemba concludes may depend on this crate.
//!
//! # The demo's timeline
//!
//! Heat flows 60 times faster than in a real plant, products change every six seconds, the battery is emptied and filled 120
//! times faster than in a vehicle and ages five times as much each time; all else runs in real time.
//! A new battery is put in when it is worn out, some 80 minutes after the last ([`Plant::replaced`]).
//! Times are plant seconds; each round of 1500 s repeats the faults, each is repaired before the next round:
//!
//! | from | grown after | repaired | what |
//! |---|---|---|---|
//! | 30 | 50 | 240 | motor of pump 1: a spall on the bearing's outer race (vibration, waveform, bearing temperature) |
//! | 180 | 220 | 360 | compressor 1: an air leak (flow, speed, power) |
//! | 330 | 370 | 530 | furnace 1: heating elements of zone 2 burn out |
//! | 500 | 560 | 680 | fan 1: unbalance (vibration at once per turn) |
//! | 660 | 661 | 780 | pump 2: its flow sensor is stuck |
//! | 820 | 880 | 1000 | spindle 1: its tool wears (torque, power, vibration) |
//! | 1000 | 1090 | 1240 | pump 1: its suction strainer clogs until it cavitates (suction pressure, flow, discharge pressure and power fall, vibration and bearing temperature rise) |
//! | 1240 | 1300 | 1440 | chiller 1: its condenser fouls (condensing pressure, power) |
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//! use gemba_sim::{Plant, Scenario};
//!
//! let mut plant = Plant::new(42, Scenario::demo());
//! let update = plant.step(Duration::from_secs(40));
//! assert!(!update.readings.is_empty());
//! let truth = plant.truth(plant.seconds());
//! assert_eq!(truth[0].fault.id, "pump-1-motor-bearing-outer-race");
//! ```

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
pub use fault::{Fault, FaultKind, Replacement, TruthEntry, fault_catalogue};
pub use layout::{
    Connection, Door, Doors, MODBUS, MODBUS_UNIT, MQTT, OPCUA, SPARKPLUG, SPARKPLUG_GROUP, SPARKPLUG_NODE, Spec, Wave,
    configuration,
};
pub use plant::{Block, Plant, Reading, STEP_MS, Update, catalogue, machines};
pub use scenario::Scenario;
pub use spec::{AssetSpec, DoorKind, SignalSpec};
pub use vibration::{BEARING_6205, BEARING_6309, BLOCK, Bearing, RATE_HZ};
