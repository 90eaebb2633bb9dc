//! What a plant wants solved; operators that end in findings.
//!
//! Way in: [`maintenance::computed_signals`] says which computed signals an asset's operators want to write;
//! [`maintenance::operators_for`] builds the operators. Way out: computed samples and findings.
//!
//! **Invariant:** no I/O, no clock, no thread, no randomness. The same batches give the same findings.
//!
//! ```
//! use gemba_solutions::maintenance::{MonitorState, NormalBehaviourConfig};
//! assert_eq!(NormalBehaviourConfig::default().learn_s, 3600);
//! assert_ne!(MonitorState::Learning, MonitorState::Watching);
//! ```

pub mod analyze;
mod error;
pub mod maintenance;

pub use error::Error;
