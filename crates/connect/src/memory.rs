//! What a running link knows beside the data: the last value at each address it heard of, and why something was rejected. For
//! whoever looks at a connection; bounded, and gone with the program.

mod heard;
mod rejected;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gemba_plant::Timestamp;

pub(crate) use heard::{Heard, cut};
pub use rejected::Rejected;
use rejected::Rejects;

/// Addresses remembered of a connection, the first that were heard: as many as a visit listens to.
pub(crate) const HEARD_MAX: usize = 20_000;
/// Bytes of an address that is remembered.
const ADDRESS_BYTES_MAX: usize = 1024;
/// A value this fresh is not replaced by the next: whoever looks sees no more, and what comes fast costs little.
const FRESH: Duration = Duration::from_secs(1);

/// The memory of a link. Cheap to clone; all clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    /// What was heard last at each address, and when.
    heard: HashMap<String, (Timestamp, Heard)>,
    rejects: Rejects,
}

impl Memory {
    /// Nothing heard, nothing rejected.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether two are the same one.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Why something was rejected, the latest reason first.
    pub fn rejected(&self) -> Vec<Rejected> {
        self.lock().rejects.list()
    }

    /// How much was rejected, for whatever reason.
    pub fn rejected_total(&self) -> u64 {
        self.lock().rejects.total()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something came at an address; `heard` is asked for only when it is to be remembered.
    pub(crate) fn hear(&self, now: Timestamp, address: &str, heard: impl FnOnce() -> Heard) {
        let known = &mut self.lock().heard;
        if let Some(last) = known.get_mut(address) {
            if now < last.0 || now.since(last.0) >= FRESH {
                *last = (now, heard());
            }
        } else if known.len() < HEARD_MAX && address.len() <= ADDRESS_BYTES_MAX {
            known.insert(address.to_owned(), (now, heard()));
        }
    }

    /// Everything that was heard, by address.
    pub(crate) fn heard(&self) -> BTreeMap<String, Heard> {
        let inner = self.lock();
        inner.heard.iter().map(|(address, (_, heard))| (address.clone(), heard.clone())).collect()
    }

    /// What was heard last at an address.
    pub(crate) fn last(&self, address: &str) -> Option<Heard> {
        self.lock().heard.get(address).map(|(_, heard)| heard.clone())
    }

    /// So many things of `what` could not be taken, because `why`; what to do stands behind a semicolon, where it is known.
    pub(crate) fn reject(&self, now: Timestamp, what: &str, (why, count): (&str, u64)) {
        self.lock().rejects.add(now, what, (why, count));
    }
}

#[cfg(test)]
mod tests {
    use gemba_plant::{Quality, SignalKind};

    use super::*;

    fn value(text: &str) -> Heard {
        Heard { text: text.into(), quality: Some(Quality::Good), ..Heard::of_kind("number", SignalKind::Gauge) }
    }

    #[test]
    fn the_last_value_is_remembered_and_only_so_many_addresses() {
        let memory = Memory::new();
        let at = Timestamp::from_millis;
        for (time, text) in [(0, "1"), (500, "2"), (1_200, "3"), (1_300, "4")] {
            memory.hear(at(time), "a", || value(text));
        }
        assert_eq!(memory.last("a").map(|heard| heard.text), Some("3".into()));
        for i in 0..HEARD_MAX {
            memory.hear(at(2_000), &i.to_string(), || value("x"));
        }
        memory.hear(at(2_000), &"long".repeat(ADDRESS_BYTES_MAX), || value("x"));
        assert_eq!(memory.heard().len(), HEARD_MAX);
        assert!(memory.clone().is(&memory) && !Memory::new().is(&memory));
    }
}
