//! MQTT 3.1.1 and 5, client side.

pub(crate) mod config;

pub use config::{Access, Config, Retained, Version};

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
