//! The device that somebody looked at last: what its probe has heard serves the next folder that is opened.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gemba_connect::{ConnectionConfig, Memory, Probe};
use gemba_plant::Timestamp;

/// How long a probe is kept: its secrets and certificates were read when it was made.
const KEPT: Duration = Duration::from_mins(1);

/// A probe, with what it looks at and since when it is there.
struct Last {
    config: ConnectionConfig,
    /// What the link knows, where there is one.
    memory: Option<Memory>,
    since: Timestamp,
    probe: Arc<dyn Probe>,
}

/// The last probe.
#[derive(Default)]
pub(crate) struct Glance(Mutex<Option<Last>>);

impl Glance {
    /// The probe of this configuration: the last one while it is fresh, else a new one.
    ///
    /// # Errors
    /// Those of `make`; the last probe stays then.
    pub(crate) fn probe<E>(
        &self,
        (config, memory): (&ConnectionConfig, Option<Memory>),
        now: Timestamp,
        make: impl FnOnce() -> Result<Arc<dyn Probe>, E>,
    ) -> Result<Arc<dyn Probe>, E> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |last: &Last| match (&last.memory, &memory) {
            (Some(one), Some(other)) => one.is(other),
            (None, None) => true,
            _ => false,
        };
        let fresh = |last: &&Last| last.config == *config && same(last) && now.since(last.since) < KEPT;
        if let Some(last) = last.as_ref().filter(fresh) {
            return Ok(Arc::clone(&last.probe));
        }
        let probe = make()?;
        *last = Some(Last { config: config.clone(), memory, since: now, probe: Arc::clone(&probe) });
        Ok(probe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_kept_for_a_minute_and_for_its_own_configuration() {
        let config = |host: &str| -> ConnectionConfig {
            serde_json::from_value(serde_json::json!({"protocol": "mqtt", "broker": host, "topics": ["#"]})).unwrap()
        };
        let (glance, mut count) = (Glance::default(), 0);
        let mut ask = |host: &str, second: i64| {
            let config = config(host);
            let make = || {
                count += 1;
                config.probe(std::path::Path::new("none"))
            };
            assert!(glance.probe((&config, None), Timestamp::from_secs(second), make).is_ok());
            count
        };
        assert_eq!([ask("mqtt://a", 0), ask("mqtt://a", 59), ask("mqtt://a", 60), ask("mqtt://b", 61)], [1, 1, 2, 3]);
    }
}
