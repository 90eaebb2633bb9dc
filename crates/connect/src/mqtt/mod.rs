//! MQTT 3.1.1 and 5, client side.
//!
//! The session is our own, over the packet codec of the `mqtt5` crate: it reads only while there is room for what
//! it reads, and acknowledges a message only in [`Source::commit`], in both versions of the protocol (see
//! `docs/decisions/0002-mqtt-client.md`). A binding is a topic, or `topic#field` for a field of a JSON object.

pub(crate) mod config;
pub(crate) mod decode;
pub(crate) mod dial;
pub(crate) mod harvest;
pub(crate) mod interpreter;
pub(crate) mod link;
pub(crate) mod names;
pub(crate) mod probe;
pub(crate) mod pubsub;
pub(crate) mod session;
pub(crate) mod time;
mod topic;
mod unsettled;
pub(crate) mod wire;

pub use config::{Access, Config, Retained, Version};

use std::sync::Arc;

use gemba_plant::port::Source;
use mqtt5::QoS;

use crate::ConfigFault;
use crate::broker::Handle;
use crate::config::checked;
use crate::{Error, Memory, Probe, Setting};
use config::Address;
use dial::Peer;
use session::Plan;

/// Opens a source on a broker in the network.
///
/// # Errors
/// When the configuration cannot work or a secret or certificate cannot be read.
pub fn open(config: &Config, setting: &Setting) -> Result<Box<dyn Source>, Error> {
    open_at(config, setting, None)
}

/// Opens a source on a broker in the network, or on the embedded one.
///
/// # Errors
/// As [`open`].
pub fn open_at(config: &Config, setting: &Setting, embedded: Option<&Handle>) -> Result<Box<dyn Source>, Error> {
    checked(&setting.name, config.check())?;
    let plan = plan(config, &setting.name, embedded)?;
    let place = if config.broker == "embedded" { embedded } else { None };
    let parts = link::Parts {
        name: setting.name.clone(),
        last_words: None,
        clock: Arc::clone(&setting.clock),
        embedded: place.map(|handle| handle.register(&plan.client_id, &plan.filters)),
        plan,
    };
    let names = names::Names::new(setting);
    let interpreter = interpreter::Plain::new(names, config.retained);
    Ok(Box::new(pubsub::PubSub::new(interpreter, parts, setting)))
}

/// Looks at a broker in the network.
///
/// # Errors
/// When the configuration cannot work or a secret or certificate cannot be read.
pub fn probe(config: &Config) -> Result<Arc<dyn Probe>, Error> {
    probe_at(config, None, &Memory::new())
}

/// Looks at a broker in the network, or at the embedded one, with what a link to it knows.
///
/// # Errors
/// As [`probe`].
pub fn probe_at(config: &Config, embedded: Option<&Handle>, memory: &Memory) -> Result<Arc<dyn Probe>, Error> {
    checked("probe", config.check())?;
    Ok(Arc::new(probe::Looker::new(plan(config, "probe", embedded)?, memory)))
}

fn plan(config: &Config, name: &str, embedded: Option<&Handle>) -> Result<Plan, Error> {
    let (peer, login) = reach(&config.broker, &config.access, name, embedded)?;
    Ok(Plan {
        peer,
        login,
        version: config.version,
        client_id: config.access.client_id.clone().unwrap_or_else(|| format!("gemba-{name}")),
        keep_session_s: (config.qos > 0).then_some(config.session_expiry_s),
        keep_alive_s: config.keep_alive_s,
        in_flight_max: config.in_flight_max,
        packet_max: config.packet_bytes_max,
        filters: config.topics.clone(),
        qos: if config.qos > 0 { QoS::AtLeastOnce } else { QoS::AtMostOnce },
    })
}

/// Where a broker is and who we are there.
pub(crate) fn reach(
    broker: &str,
    access: &Access,
    name: &str,
    embedded: Option<&Handle>,
) -> Result<(Peer, Option<(String, String)>), Error> {
    let fail = |what: &str, cure: &str| Error::Config {
        connection: name.into(),
        faults: vec![ConfigFault::new("broker", what, cure)],
    };
    match Address::read(broker) {
        Some(Address::Network { host, port, tls }) => {
            let tls = if tls { Some(dial::tls(access)?) } else { None };
            let password = access.password.as_ref().map(crate::SecretRef::read).transpose()?;
            let login = access.user.clone().map(|user| (user, password.unwrap_or_default()));
            Ok((Peer { host, port, tls }, login))
        }
        Some(Address::Embedded) => {
            let handle = embedded.ok_or_else(|| fail("is the embedded one, which is off", "switch the broker on"))?;
            let (host, port) = (handle.inside().ip().to_string(), handle.inside().port());
            Ok((Peer { host, port, tls: None }, Some(handle.login())))
        }
        None => Err(fail("is no address", "write mqtt://host:1883")),
    }
}
