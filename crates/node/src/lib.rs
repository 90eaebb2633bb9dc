//! One running Gemba: sources → store → flow(solutions) → act → people, wired as a list of named steps.
//!
//! The way in is a checked configuration ([`config::Plan`]), the way out the handle [`Node`] that the doors
//! above (HTTP, command line) work with. Small state (ids, findings, alarms, users, audit) stands in SQLite
//! beside the lake.
//!
//! **Invariants:** no HTTP, no terminal, no algorithm. A source is told "done" only after its data is on
//! disk. An alarm is on disk before anybody is told of it. The only place that reads the system's clock is
//! [`SystemClock`].

mod absence;
pub mod access;
mod alarms;
pub mod analyze;
pub mod backtest;
mod clock;
mod clockwork;
mod conclude;
pub mod config;
mod connect;
mod connections;
mod error;
pub mod expiry;
mod filled;
mod findings;
pub mod fmea;
mod glance;
mod health;
mod labels;
mod lanes;
mod live;
pub mod models;
mod moment;
mod node;
mod outlook;
mod owed;
mod past;
mod paused;
mod plant;
mod quiet;
mod ranks;
mod registry;
mod reliability;
mod replay;
mod report;
mod similar;
pub mod state;
mod status;
mod system;
mod tables;
pub mod waves;
pub mod work;

pub use alarms::Alarms;
pub use clock::SystemClock;
pub use config::Plan;
pub use connect::Connections;
pub use connections::ConnectionStatus;
pub use error::Error;
pub use findings::Findings;
pub use gemba_act::Act as AlarmAction;
pub use gemba_flow::Counters as FlowCounters;
pub use gemba_solutions::maintenance::LimitLine;
pub use health::{MachineHealth, ModeState, ModeView, Taken, VibrationView};
pub use labels::Labels;
pub use live::{Live, LiveEvent};
pub use moment::Moment;
pub use node::Node;
pub use outlook::{LearnState, Learned, LearnedPart, Withdrawn};
pub use past::{HealthPoint, MachinePast, PastEvent, PastKind};
pub use plant::{AssetDraft, ImportSignal, Plant, SignalDraft};
pub use ranks::{GivenAt, GivenRanks, ModeRanks, RankChange, RankDraft, RankEdit, RankScope};
pub use reliability::{BatteryLife, Chances, ConditionLife, LearnedKind, LearnedLife, MachineLife};
pub use replay::Replay;
pub use report::{AssetReport, Grade, LearnedBaseline, LearnedPhase, PeerSignal, SignalQuality, Uncovered};
pub use similar::{Found, LeftOut, Odd, Patterns, PatternsWish, Recurring, Similar, SimilarWish, Stretch};
pub use status::{AssetState, Check, Drifted, MonitorState, MonitorWord, NodeStatus};
pub use work::{CheckRecord, FailureDraft, OrderChange, OrderStep, PastCase, Work};
