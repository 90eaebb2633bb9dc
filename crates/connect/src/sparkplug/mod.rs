//! Sparkplug B 3.0, as a host application.
//!
//! A binding is `group/edge/metric` or `group/edge/device/metric`. The rules of the protocol live in `state.rs`, a
//! pure machine; this module gives it a broker. Sparkplug travels at quality of service 0: what is published while
//! the link is away is gone, unless the edge node stores it for its primary host ([`Config::state`]).

mod away;
mod config;
pub mod encode;
mod interpreter;
mod many;
mod metric;
mod node;
mod probe;
mod state;
pub mod topic;

pub use config::Config;

use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::Source;
use mqtt5::QoS;

use crate::broker::Handle;
use crate::config::checked;
use crate::mqtt::link::{LastWords, Parts};
use crate::mqtt::names::Names;
use crate::mqtt::pubsub::PubSub;
use crate::mqtt::reach;
use crate::mqtt::session::Plan;
use crate::{Error, Memory, Probe, Setting};
use interpreter::Application;
use state::{Host, Rules};

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
    let host_id = config.host_id.clone();
    let last_words: LastWords = Arc::new(move |at| encode::state(&host_id, false, at));
    let parts = Parts {
        name: setting.name.clone(),
        last_words: config.state.then_some(last_words),
        clock: Arc::clone(&setting.clock),
        embedded: place.map(|handle| handle.register(&plan.client_id, &plan.filters)),
        plan,
    };
    let host = Host::new(Rules {
        host_id: config.host_id.clone(),
        reorder_timeout: Duration::from_millis(config.reorder_timeout_ms.into()),
        rebirth_interval: Duration::from_millis(config.rebirth_interval_ms.into()),
    });
    let names = Names::new(setting);
    let state = config.state.then(|| config.host_id.clone());
    let application = Application::new(&setting.name, host, names, state);
    Ok(Box::new(PubSub::new(application, parts, setting)))
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

/// A session that ends with the link, that listens to the groups and to our own STATE.
fn plan(config: &Config, name: &str, embedded: Option<&Handle>) -> Result<Plan, Error> {
    let (peer, login) = reach(&config.broker, &config.access, name, embedded)?;
    let mut filters: Vec<String> =
        config.groups.iter().map(|group| format!("{}/{group}/#", topic::NAMESPACE)).collect();
    // Filters that overlap would bring some messages twice.
    filters.push(if filters.is_empty() { format!("{}/#", topic::NAMESPACE) } else { topic::state(&config.host_id) });
    Ok(Plan {
        peer,
        login,
        version: config.version,
        client_id: config.access.client_id.clone().unwrap_or_else(|| format!("gemba-{name}")),
        keep_session_s: None,
        keep_alive_s: config.keep_alive_s,
        in_flight_max: config.in_flight_max,
        packet_max: config.packet_bytes_max,
        filters,
        qos: QoS::AtLeastOnce,
    })
}
