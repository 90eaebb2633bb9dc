//! Pure decisions: which alarm stands where, and why; what work it leads to, and when ([`work`]); how well findings
//! serve ([`backtest`]).
//!
//! Way in: conditions (from findings, limits, connections) and what people do. Way out: journal entries, to be
//! stored by the caller, and the list of open alarms. The life cycle is that of ISA-18.2 / IEC 62682, with the
//! words of OPC 10000-9 §5.8.
//!
//! **Invariants:** no I/O, no clock, no thread, no randomness. At most one open alarm for an asset and key. An
//! alarm that went back to normal never becomes active again: the next event has a new number. A shelf always
//! ends. The journal alone tells where every alarm stands ([`standing`]).
//!
//! ```
//! use gemba_act::{Act, AlarmBook, AlarmConfig, AlarmRequest, Wish};
//! use gemba_plant::{AlarmState, AssetId, Timestamp};
//!
//! let mut book = AlarmBook::new(AlarmConfig::default());
//! let hot = AlarmRequest::new(AssetId::new(1), "day0:bearing_temperature", "bearing at 95 °C, limit 90 °C");
//! let journal = book.condition(&hot, true, Timestamp::from_secs(10));
//! let id = journal[0].alarm;
//! let wish = Wish { act: Act::Ack, by: "ann", comment: "on my way" };
//! book.act(id, &wish, Timestamp::from_secs(20)).unwrap();
//! assert_eq!(book.alarm(id).unwrap().state, AlarmState::AckedActive);
//! ```

pub mod backtest;
mod book;
mod config;
mod digest;
mod error;
mod journal;
mod label;
mod limit;
mod mute;
mod rates;
mod request;
mod slot;
pub mod work;
mod worst;

pub use book::{Act, AlarmBook, Memory, Place, Wish};
pub use config::{AlarmConfig, Behaviour, Rule};
pub use digest::{Digest, Withheld};
pub use error::Error;
pub use journal::{JournalEntry, Standing, standing};
pub use label::{Label, LabelKind, LabelSource};
pub use limit::{Limit, Side};
pub use mute::{MUTE_MAX, Mute};
pub use rates::{Bin, Rates, Source, rates};
pub use request::{AlarmRequest, from_finding};
pub use slot::Slot;
pub use worst::Worst;
