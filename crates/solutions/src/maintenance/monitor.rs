//! Names of what the learned monitor computes of an asset.

use gemba_plant::Signal;

/// How far from normal, over the limit.
pub const SCORE: &str = "monitor/score";
/// How much of the learning is done, 0 to 1.
pub const PROGRESS: &str = "monitor/progress";
/// How far what is asked of the machine has shifted.
pub const CONTEXT: &str = "monitor/context";
/// Who has drifted.
pub const DRIFT: &str = "monitor/drift";
/// What they all begin with.
pub const PREFIX: &str = "monitor/";

/// The one of an asset's signals that the monitor computes under this name.
pub fn computed<'a>(signals: impl IntoIterator<Item = &'a Signal>, name: &str) -> Option<&'a Signal> {
    signals.into_iter().find(|signal| signal.binding.is_none() && signal.name == name)
}
