//! Modbus TCP, client side.
//!
//! An address is `table:number[:type][:bit=n][:scale=x][:offset=x][:order=o]` ([`Address`]). Neighbours are read
//! together ([`Plan`]); what the device refuses is bad with its exception code as status and costs nobody else.
//! All values of one poll carry the time at which its last reply came. The protocol knows no receipt, so
//! [`Source::commit`] has nothing to tell the device.

mod address;
mod config;
mod decode;
mod link;
mod plan;
mod poll;
mod probe;
mod source;

pub use address::{Address, Kind, Order, Table};
pub use config::{Config, Register};
pub use decode::value;
pub use plan::{Block, Limits, Plan};
pub use poll::{NO_ADDRESS, NO_ANSWER, UNREADABLE};

use std::sync::Arc;

use gemba_plant::port::Source;

use crate::config::checked;
use crate::feed::Feed;
use crate::{Error, Probe, Setting};

/// A source that polls the device for ever. Must be read inside a tokio runtime.
///
/// # Errors
/// When the configuration cannot work.
pub fn open(config: &Config, setting: Setting) -> Result<Box<dyn Source>, Error> {
    checked(&setting.name, config.check())?;
    let config = Arc::new(config.clone());
    let name = setting.name.clone();
    Ok(Box::new(Feed::new(&name, move |outlet| Box::pin(source::run(Arc::clone(&config), setting.clone(), outlet)))))
}

/// Looks at the device.
///
/// # Errors
/// When the configuration cannot work.
pub fn probe(config: &Config) -> Result<Arc<dyn Probe>, Error> {
    checked("modbus", config.check())?;
    Ok(Arc::new(probe::Looker { config: config.clone() }))
}
