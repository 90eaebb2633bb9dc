//! Addresses to signals, remembered.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use gemba_plant::port::{Directory, Found};
use gemba_plant::{Binding, SignalId, SignalKind, Timestamp, Unit};

use super::topic;
use crate::memory::Heard;
use crate::{Bound, Memory, Setting};

/// Addresses remembered; beyond it the directory is asked each time.
const KNOWN_MAX: usize = 1 << 20;

/// Asks the directory once for each address that is wanted, and every time for one that is not: somebody may tick
/// it at any moment.
pub(crate) struct Names {
    connection: String,
    directory: Arc<dyn Directory>,
    known: HashMap<String, SignalId>,
    /// Topics that signals are bound to; none where everything becomes a signal.
    topics: Option<HashSet<String>>,
    memory: Memory,
}

/// What a message says about a value.
pub(crate) struct Hint {
    /// A proposal for the path.
    pub(crate) path: String,
    /// How it seems to behave.
    pub(crate) kind: SignalKind,
    /// Its unit, as sent.
    pub(crate) unit: String,
    /// What else it says.
    pub(crate) description: String,
}

impl Names {
    /// Nothing known but what is bound.
    pub(crate) fn new(setting: &Setting) -> Self {
        let topic = |bound: &Bound| topic::of(&bound.address).to_owned();
        let all = setting.directory.registers(&setting.name);
        Self {
            connection: setting.name.clone(),
            directory: Arc::clone(&setting.directory),
            known: HashMap::new(),
            topics: (!all).then(|| setting.bound.iter().map(topic).collect()),
            memory: setting.memory.clone(),
        }
    }

    /// Whether anybody misses what a topic says.
    pub(crate) fn wants(&self, topic: &str) -> bool {
        self.topics.as_ref().is_none_or(|topics| topics.contains(topic))
    }

    /// A value came at an address, whoever wants it.
    pub(crate) fn hear(&self, now: Timestamp, address: &str, heard: impl FnOnce() -> Heard) {
        self.memory.hear(now, address, heard);
    }

    /// The signal at an address; `hint` is asked for only when the address is new.
    pub(crate) fn signal(&mut self, address: &str, hint: impl FnOnce() -> Hint) -> Option<SignalId> {
        if let Some(signal) = self.known.get(address) {
            return Some(*signal);
        }
        let hint = hint();
        let found = Found {
            binding: Binding { connection: self.connection.clone(), address: address.to_owned() },
            path: hint.path,
            kind: hint.kind,
            unit: Unit::new(hint.unit),
            description: hint.description,
        };
        let signal = self.directory.signal(&found)?;
        if self.known.len() < KNOWN_MAX {
            self.known.insert(address.to_owned(), signal);
        }
        Some(signal)
    }

    /// The number behind a text.
    pub(crate) fn state_code(&self, signal: SignalId, text: &str) -> Option<f64> {
        self.directory.state_code(signal, text)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use gemba_plant::port::{Clock, Position};

    use super::*;

    struct Ticked {
        all: bool,
    }

    impl Directory for Ticked {
        fn signal(&self, _found: &Found) -> Option<SignalId> {
            None
        }

        fn registers(&self, _connection: &str) -> bool {
            self.all
        }

        fn state_code(&self, _signal: SignalId, _text: &str) -> Option<f64> {
            None
        }
    }

    #[derive(Debug)]
    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::from_secs(43_200)
        }
    }

    fn names(all: bool) -> Names {
        let bound =
            |address: &str| Bound { signal: SignalId::new(1), address: address.into(), kind: SignalKind::Gauge };
        Names::new(&Setting {
            name: "broker".into(),
            bound: vec![bound("plant/pump#flow"), bound("plant/level")],
            directory: Arc::new(Ticked { all }),
            clock: Arc::new(Noon),
            position: Position::default(),
            pki: PathBuf::new(),
            bad_after: Duration::ZERO,
            memory: Memory::new(),
        })
    }

    #[test]
    fn only_what_somebody_has_bound_is_missed_unless_everything_is_taken() {
        let wanted = ["plant/pump", "plant/level", "plant/other"]
            .map(|topic| (names(false).wants(topic), names(true).wants(topic)));
        assert_eq!(wanted, [(true, true), (true, true), (false, true)]);
    }
}
