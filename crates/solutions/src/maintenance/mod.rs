//! Keep machines running: notice what is not normal, name it, say what to do.

mod normal;

pub use normal::{MonitorState, MonitorStatus, NormalBehaviour, NormalBehaviourConfig};
