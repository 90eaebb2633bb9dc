//! Durable time series: write-ahead log, hot buffer, Parquet lake, retention, gap ledger.

mod config;
pub mod disk;
mod error;
mod store;
mod ticket;
mod view;

pub use config::Config;
pub use disk::{Disk, SystemDisk};
pub use error::Error;
pub use store::{Decimals, FileRows, Store};
pub use ticket::Ticket;
pub use view::{Condition, FileMeta, Origin, Snapshot, Stats};
