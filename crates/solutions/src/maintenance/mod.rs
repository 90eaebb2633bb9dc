//! Keep machines running: notice what is not normal, name it, say what to do.

mod normal_behaviour;

pub use normal_behaviour::{MonitorState, MonitorStatus, NormalBehaviour, NormalBehaviourConfig};
