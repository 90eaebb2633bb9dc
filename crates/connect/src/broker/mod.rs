//! The broker inside: devices publish to Gemba directly, without another program between.
//!
//! It is the broker of the `mqtt5` crate with our door (users, access lists, limits), our storage folder and one
//! promise of our own: **a message of quality of service 1 or 2 that a connection of ours listens to is acknowledged
//! to the device only after that connection has stored it.** The message is routed with a receipt in a user
//! property; the source gives the receipt back in [`gemba_plant::port::Source::commit`]; until then the device's own
//! session waits. So one device has one unacknowledged message at a time, and is slowed down to one message a group
//! commit; devices do not wait for each other. [`Acknowledge::Received`] trades the promise for speed.
//!
//! What is not promised: quality of service 0, last wills, and retained messages that a source gets on its first
//! connect travel as in any broker. MQTT 5 user properties, content type and expiry of a message that waited for
//! its receipt do not reach other subscribers.
//!
//! Order of life: [`Broker::bind`], open the sources with [`Broker::handle`], [`Broker::start`]; at the end
//! [`Broker::stop`] before the sources are dropped.

mod config;
mod door;
mod front;
mod handler;
mod receipts;

pub use config::{Acknowledge, Config, Tls, User};
pub use receipts::Registration;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mqtt5::broker::{BrokerConfig, BrokerShutdownHandle, MqttBroker, StorageBackendType, StorageConfig};
use tokio::task::JoinHandle;

use crate::Error;
use receipts::Receipts;

/// The user property that carries a receipt to our own sources.
pub(crate) const RECEIPT: &str = "gemba-receipt";
/// How long [`Broker::stop`] waits for sessions to end.
const STOP_MAX: Duration = Duration::from_secs(10);
/// Messages that the broker keeps for one client that is away; the oldest go first.
const QUEUED_MAX: usize = 10_000;
/// Bytes that the broker keeps for one client that is away.
const QUEUED_BYTES_MAX: usize = 16 << 20;
/// Retained messages.
const RETAINED_MAX: usize = 100_000;
/// Bytes of a retained message.
const RETAINED_BYTES_MAX: usize = 64 << 10;
/// Subscriptions of one client.
const SUBSCRIPTIONS_MAX: usize = 1000;
/// Unacknowledged messages that a device may send ahead (MQTT 5); they wait in its socket.
const AHEAD_MAX: u16 = 100;

/// The embedded broker. Dropping it closes every session.
pub struct Broker {
    handle: Handle,
    address: SocketAddr,
    bound: Option<MqttBroker>,
    front: Option<front::Front>,
    shutdown: BrokerShutdownHandle,
    task: Option<JoinHandle<()>>,
    front_task: Option<JoinHandle<()>>,
}

/// How our own connections get in.
#[derive(Clone)]
pub struct Handle {
    inside: SocketAddr,
    password: Arc<str>,
    receipts: Arc<Receipts>,
}

impl Broker {
    /// Binds the listeners; nobody is served before [`Broker::start`]. Everything it keeps lies in `folder`.
    ///
    /// # Errors
    /// When the configuration cannot work, a port is taken, or a file cannot be read or written.
    pub async fn bind(config: &Config, folder: &Path) -> Result<Self, Error> {
        let faults = config.check();
        if !faults.is_empty() {
            return Err(Error::Config { connection: "broker".into(), faults });
        }
        let listen = config.address().unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let receipts = Arc::new(Receipts::new(&nonce()?));
        let password: Arc<str> = nonce()?.into();
        let door = door::Door::new(config, &password, Arc::clone(&receipts))?;
        let handler = Arc::new(handler::Handler::new(config.acknowledge, Arc::clone(&receipts)));
        let front = match &config.tls {
            Some(tls) => Some(front::Front::bind(tls, listen, config.clients_max as usize).await?),
            None => None,
        };
        let settings = settings(config, listen, folder).with_event_handler(Arc::clone(&handler) as _);
        let failed =
            |error: mqtt5::MqttError| Error::Connect { peer: format!("port {listen}"), why: error.to_string() };
        let broker = MqttBroker::with_config(settings).await.map_err(failed)?.with_auth_provider(Arc::new(door));
        handler.attach(&broker.router());
        let missing = || Error::Connect { peer: format!("port {listen}"), why: "no listener".into() };
        let inside = broker.local_addr().ok_or_else(missing)?;
        let front = front.map(|front| front.to(inside));
        let address = front.as_ref().and_then(front::Front::address).unwrap_or(inside);
        let shutdown = broker.shutdown_handle();
        let handle = Handle { inside, password, receipts };
        Ok(Self { handle, address, bound: Some(broker), front, shutdown, task: None, front_task: None })
    }

    /// Serves devices from now on. Must be called inside a Tokio runtime.
    pub fn start(&mut self) {
        let Some(mut broker) = self.bound.take() else { return };
        self.task = Some(tokio::spawn(async move {
            if let Err(error) = broker.run().await {
                tracing::error!("the embedded broker has ended: {error}");
            }
        }));
        self.front_task = self.front.take().map(|front| tokio::spawn(front.run()));
    }

    /// Where devices connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The way in for our own connections.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Ends every session and writes what is kept: messages on their way to a source lie in the folder then, are
    /// acknowledged, and come to the source at the next start. Call it before the sources are dropped.
    pub async fn stop(mut self) {
        self.handle.receipts.close();
        self.shutdown.shutdown();
        if let Some(task) = self.task.take()
            && tokio::time::timeout(STOP_MAX, task).await.is_err()
        {
            tracing::warn!("the embedded broker did not end within {} s", STOP_MAX.as_secs());
        }
        if let Some(front) = self.front_task.take() {
            front.abort();
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.handle.receipts.close();
        self.shutdown.shutdown();
        for task in [&self.task, &self.front_task].into_iter().flatten() {
            task.abort();
        }
    }
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker").field("address", &self.address).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("inside", &self.inside).finish_non_exhaustive()
    }
}

impl Handle {
    /// The listener on the loopback.
    pub(crate) fn inside(&self) -> SocketAddr {
        self.inside
    }

    /// The user that only we are.
    pub(crate) fn login(&self) -> (String, String) {
        (door::OURSELVES.into(), self.password.to_string())
    }

    /// A place for a source: from now on its messages wait for it.
    pub(crate) fn register(&self, client_id: &str, filters: &[String]) -> Registration {
        self.receipts.register(client_id, filters)
    }
}

fn settings(config: &Config, listen: SocketAddr, folder: &Path) -> BrokerConfig {
    let inside = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let storage = StorageConfig::new()
        .with_backend(StorageBackendType::File)
        .with_base_dir(folder.to_owned())
        .with_max_queued_messages_per_client(QUEUED_MAX)
        .with_max_queued_bytes_per_client(QUEUED_BYTES_MAX);
    let mut settings = BrokerConfig::new()
        .with_bind_address(if config.tls.is_some() { inside } else { listen })
        .with_max_clients(config.clients_max as usize)
        .with_max_packet_size(config.packet_bytes_max as usize)
        .with_max_subscriptions_per_client(SUBSCRIPTIONS_MAX)
        .with_max_retained_messages(RETAINED_MAX)
        .with_max_retained_message_size(RETAINED_BYTES_MAX)
        .with_server_receive_maximum(AHEAD_MAX)
        .with_sys_topics_enabled(false)
        .with_storage(storage);
    settings.max_message_rate_per_client = config.messages_per_s_max;
    settings.max_bandwidth_per_client = config.bytes_per_s_max;
    settings
}

/// 128 random bits in hexadecimal.
fn nonce() -> Result<String, Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::Secret { place: "the system's random numbers".into(), why: error.to_string() })?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
