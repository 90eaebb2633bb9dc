//! SQL and ranges over hot and cold samples. DataFusion lives here and only here.
//!
//! Way in: a [`gemba_store::Store`], the catalogue, and whoever keeps findings and alarms ([`Records`]). Way out:
//! answers to SQL ([`Query::sql`]), series for charts ([`Query::range`], [`Query::formula`]), files ([`Query::export`]).
//!
//! | table | rows |
//! |---|---|
//! | `samples` | signal, signal_id, asset, time, ingest, value (null: none), quality, status |
//! | `signals` | signal_id, signal, asset, name, kind, role, unit, low, high, description, connection, address |
//! | `assets` | asset_id, asset, name, level, template |
//! | `findings` | finding, asset, key, kind, state, since, until, title, explanation, probability, severity, failure_mode, model |
//! | `alarms` | alarm, asset, signal, key, class, priority, state, message, since, changed, acted_by, comment, finding |
//! | `gaps` | connection, part, signal, from_time, to_time (null: open), reason, lost, filled, note |
//!
//! **Invariants:** nothing is ever written, no file or address named in SQL is ever opened: one statement, a query or
//! its explanation, decided on the parsed statement and again on the plan. Rows, bytes, memory and time of an answer
//! are bounded, and dropping the future ends the work. Work runs on threads of its own, never on the caller's. A row
//! is read from the store's snapshot, so a (signal, time) appears once, whether it is in memory or in the lake.
//!
//! ```no_run
//! use gemba_query::{Limits, Query};
//!
//! async fn mean(query: &Query) -> Result<(), gemba_query::Error> {
//!     let text = "select avg(value) from samples where signal = 'acme/pump-1/flow' and time > now() - interval '1 hour'";
//!     let answer = query.sql(text, &Limits::default()).await?;
//!     assert_eq!(answer.columns().len(), 1);
//!     Ok(())
//! }
//! ```

mod answer;
mod columns;
mod engine;
mod error;
mod export;
mod formula;
mod guard;
mod job;
mod latest;
mod m4;
mod names;
mod pace;
mod prune;
mod samples;
mod series;
mod small;

pub use answer::{Answer, Cell, Column, Limits};
pub use engine::{Query, Table};
pub use error::Error;
pub use export::Format;
pub use formula::Formula;
pub use latest::{FullNames, Latest};
pub use m4::Series;
pub use small::Records;
