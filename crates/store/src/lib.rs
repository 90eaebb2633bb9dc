//! Durable time series: write-ahead log, hot buffer, Parquet lake, retention, gap ledger.
//!
//! In: [`Store::append`] with samples, waveforms, pictures, gaps and the position of their source. Its [`Ticket`]
//! resolves after the data is synced; then data and position appear to readers together. Out: [`Store::last`],
//! [`Store::snapshot`] and [`Store::read_file`], [`Store::waveforms`], [`Store::frames`], [`Store::gaps`], and
//! [`gemba_plant::port::Past`] for replay.
//!
//! # Invariants
//!
//! 1. A ticket that resolved with `Ok` is on disk: no power cut, kill or later failure loses it. A failed sync is never
//!    repeated on the same file; what was not synced is written again to a new one.
//! 2. Readers see each (signal, source time) once: over memory, files, flush, merge and restart. An identical later
//!    arrival is dropped and counted; a different one replaces the earlier. While the earlier row is in memory that is
//!    at once; when it is in the lake already, with the next flush. When it arrived does not make a row different.
//! 3. The ingest time is kept to the ms after the source time: `ingest = time + lag_ms`, rounded down, everywhere.
//! 4. Bytes that are not what was written are noticed by their checksum, set aside in `quarantine/`, and stand in the
//!    gap ledger; they never become values.
//! 5. Files change by the manifest only: a crash leaves the old set or the new, never neither.
//! 6. Memory is bounded: appends wait, then fail as [`Error::Busy`]; with too little space they fail as
//!    [`Error::DiskFull`] and nothing of them is kept.
//!
//! ```
//! use std::sync::Arc;
//! use gemba_plant::{Batch, Payload, Sample, SignalId, Timestamp};
//! use gemba_plant::port::{Clock, Position};
//! use gemba_store::{Config, Origin, Store, SystemDisk};
//!
//! #[derive(Debug)]
//! struct Noon;
//! impl Clock for Noon {
//!     fn now(&self) -> Timestamp { Timestamp::from_secs(43_200) }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let dir = tempfile::tempdir()?;
//! let config = Config::at(dir.path().to_string_lossy());
//! let store = Store::open(config, Arc::new(SystemDisk), Arc::new(Noon), Arc::new(|_| Some(1)))?;
//! let batch = Batch::from_rows(&[Sample::good(SignalId::new(7), Timestamp::from_secs(1), 61.3)]);
//! let origin = Origin { connection: "press-1".into(), position: Position(b"row 1".to_vec()) };
//! store.append(origin, vec![Payload::Samples(batch)], vec![])?.wait()?;
//! assert_eq!(store.last(SignalId::new(7)).map(|sample| sample.value), Some(61.3));
//! # Ok(())
//! # }
//! ```

mod believe;
mod codec;
mod config;
mod decimal;
pub mod disk;
mod error;
pub mod fault;
mod flush;
mod hot;
mod house;
mod lake;
mod late;
mod ledger;
mod log;
mod manifest;
mod merge;
mod open;
mod past;
mod queue;
mod record;
mod row;
mod state;
mod store;
mod ticket;
mod view;
mod waves;

pub use config::Config;
pub use disk::{Disk, SystemDisk};
pub use error::Error;
pub use lake::FileRows;
pub use store::{Decimals, Store};
pub use ticket::Ticket;
pub use view::{Condition, FileMeta, Origin, Snapshot, Stats};
