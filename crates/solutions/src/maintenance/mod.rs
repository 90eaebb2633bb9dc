//! Keep machines running: notice what is not normal, name it, say what to do.

mod normal;
mod wiring;

pub use normal::{MonitorState, MonitorStatus, NormalBehaviour, NormalBehaviourConfig};
pub use wiring::{Computed, Config, computed_signals, operators_for};
