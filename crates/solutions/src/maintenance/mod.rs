//! Keep machines running: notice what is not normal, name it, say what to do.

mod normal_behaviour;
mod wiring;

pub use normal_behaviour::{MonitorState, MonitorStatus, NormalBehaviour, NormalBehaviourConfig};
pub use wiring::{Computed, Config, computed_signals, operators_for};
