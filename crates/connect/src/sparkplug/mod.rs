//! Sparkplug B 3.0, as a host application.

mod config;

pub use config::Config;

use std::sync::Arc;

use gemba_plant::port::Source;

use crate::{Error, Probe, Setting};

/// Opens it.
///
/// # Errors
/// When the configuration cannot work.
pub fn open(config: &Config, setting: Setting) -> Result<Box<dyn Source>, Error> {
    Err(Error::Config { connection: setting.name, faults: config.check() })
}

/// Looks at it.
///
/// # Errors
/// When the configuration cannot work.
pub fn probe(config: &Config) -> Result<Arc<dyn Probe>, Error> {
    Err(Error::Config { connection: String::new(), faults: config.check() })
}
