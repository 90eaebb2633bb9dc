//! OPC UA, client side.

mod config;

pub use config::{Config, Deadband, Identity, Mode, Security, Wave};

use std::sync::Arc;

use gemba_plant::port::Source;

use crate::{Error, Probe, Setting};

fn absent(connection: &str) -> Error {
    Error::Config { connection: connection.into(), faults: Vec::new() }
}

/// Opens it.
///
/// # Errors
/// When the configuration cannot work.
pub fn open(_config: &Config, setting: Setting) -> Result<Box<dyn Source>, Error> {
    Err(absent(&setting.name))
}

/// Looks at it.
///
/// # Errors
/// When the configuration cannot work.
pub fn probe(_config: &Config, _pki: &std::path::Path) -> Result<Arc<dyn Probe>, Error> {
    Err(absent(""))
}
