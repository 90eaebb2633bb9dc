//! OPC UA, client side.
//!
//! An address is a node: `ns=2;s=Pump1.Flow`, or `nsu=http://maker/model;s=Pump1.Flow` with the namespace's name.
//! Values are watched by monitored items; all values of one publish response are one arrival, with the source's time
//! and the raw status code. What a server offers is used at its strongest; nothing insecure without being told so.
//!
//! **Receipts.** A server keeps a message until the client acknowledges it. Here that is done only after
//! [`Source::commit`]: once what the message brought is on disk. What a server keeps so is given up with its session, though:
//! what arrived and was not yet durable when the program died is lost, and the ledger says so; the first message after
//! signing in again tells every value that holds now (decision 8).

mod browse;
mod choose;
mod config;
mod decode;
mod limits;
mod line;
mod nodes;
mod pki;
mod probe;
mod publish;
mod road;
mod roll;
mod source;
mod subscribe;
mod way;

pub use config::{Config, Deadband, Identity, Mode, Security, Trigger, Wave};
pub use pki::{Certificate, Place, certificate, certificates, distrust, trust};

use std::path::Path;
use std::sync::Arc;

use gemba_plant::port::Source;

use crate::feed::Feed;
use crate::{ConfigFault, Error, Probe, Setting};

/// A source that watches the server for ever. Must be read inside a tokio runtime.
///
/// # Errors
/// When the configuration cannot work or the password is not where it says.
pub fn open(config: &Config, setting: Setting) -> Result<Box<dyn Source>, Error> {
    refuse(config.check(), &setting.name)?;
    if let Identity::User { password, .. } = &config.identity {
        password.read()?;
    }
    let config = Arc::new(config.clone());
    let name = setting.name.clone();
    Ok(Box::new(Feed::new(&name, move |outlet| Box::pin(source::run(Arc::clone(&config), setting.clone(), outlet)))))
}

/// Looks at the server; `pki` is the folder of certificates.
///
/// # Errors
/// When the configuration cannot work.
pub fn probe(config: &Config, pki: &Path) -> Result<Arc<dyn Probe>, Error> {
    refuse(config.check(), "opcua")?;
    Ok(Arc::new(probe::looker(config, pki)))
}

/// What is wrong with the address of a node, as far as it can be told without the server's namespaces.
pub(crate) fn check_address(address: &str) -> Option<ConfigFault> {
    let written = nodes::check(address);
    written.err().map(|_| {
        ConfigFault::new("address", "is no node", "write it like ns=2;s=Pump1.Flow or nsu=http://maker/model;i=1001")
    })
}

fn refuse(faults: Vec<ConfigFault>, connection: &str) -> Result<(), Error> {
    if faults.is_empty() { Ok(()) } else { Err(Error::Config { connection: connection.into(), faults }) }
}
