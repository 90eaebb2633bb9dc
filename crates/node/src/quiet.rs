//! Suppression by design: alarms about a machine are set aside while its own state signal says that it stands, is set up
//! or maintained, in words that the plant file names (`quiet_in`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use gemba_plant::{AssetId, Catalogue, Signal};

use crate::Error;
use crate::node::Core;

/// The state signals that can make assets quiet, of a catalogue.
#[derive(Debug, Default)]
pub(crate) struct Quiet(Mutex<(Arc<Catalogue>, Vec<Signal>)>);

impl Core {
    /// Tells the alarm book which assets are quiet now, and why.
    pub(crate) fn follow_states(&self) -> Result<(), Error> {
        let catalogue = self.registry.catalogue();
        let signals = {
            let mut kept = self.quiet.0.lock().unwrap_or_else(PoisonError::into_inner);
            if !Arc::ptr_eq(&kept.0, &catalogue) {
                let speaking = catalogue.signals().filter(|signal| !signal.quiet_in.is_empty()).cloned().collect();
                *kept = (Arc::clone(&catalogue), speaking);
            }
            kept.1.clone()
        };
        let mut quiet: BTreeMap<AssetId, String> = BTreeMap::new();
        for signal in &signals {
            let Some(why) =
                self.store.last(signal.id).filter(|s| s.quality.usable()).and_then(|s| says(signal, s.value))
            else {
                continue;
            };
            let Some(above) = catalogue.asset(signal.asset) else { continue };
            let below = catalogue.assets().filter(|asset| asset.path.within(&above.path));
            quiet.extend(below.map(|asset| (asset.id, why.clone())));
        }
        self.alarms.quieten(&quiet)
    }
}

/// `state is stopped`, when that is a word that makes quiet.
fn says(signal: &Signal, value: f64) -> Option<String> {
    let state = signal
        .states
        .iter()
        .zip(0_u32..)
        .find(|(_, code)| (f64::from(*code) - value).abs() < 0.5)
        .map(|(text, _)| text)?;
    let quiet = signal.quiet_in.iter().any(|word| word.eq_ignore_ascii_case(state));
    quiet.then(|| format!("{} is {state}", signal.name.replace(['_', '/'], " ")))
}
