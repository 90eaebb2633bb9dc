//! What the tests share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::Timestamp;
use gemba_plant::port::Clock;
use gemba_sim::{Doors, Listen, Plant, Running, Scenario, catalogue};
use mqtt5::broker::config::{BrokerConfig, StorageConfig};
use mqtt5::broker::{BrokerShutdownHandle, MqttBroker};

/// Full names of all signals, by number.
pub(crate) fn names() -> Vec<String> {
    let all = catalogue();
    all.iter().flat_map(|a| a.signals.iter().map(|s| format!("{}/{}", a.path, s.name))).collect()
}

/// The number of a signal.
pub(crate) fn number(name: &str) -> usize {
    names().iter().position(|n| n == name).unwrap_or_else(|| panic!("no signal {name}"))
}

/// A clock that stands.
#[derive(Debug)]
pub(crate) struct Standing;

/// What [`Standing`] shows.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_750_000_000);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        START
    }
}

/// A broker on a free port, without disk.
pub(crate) async fn broker() -> (SocketAddr, BrokerShutdownHandle) {
    broker_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
}

/// A broker at an address, as soon as that is free.
pub(crate) async fn broker_at(address: SocketAddr) -> (SocketAddr, BrokerShutdownHandle) {
    let storage = StorageConfig::new().with_persistence(false);
    let config = BrokerConfig::new().with_bind_address(address).with_storage(storage);
    let bind = async {
        loop {
            match MqttBroker::with_config(config.clone()).await {
                Ok(broker) => return broker,
                Err(_taken) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    };
    let mut broker = soon(bind).await;
    let (at, handle) = (broker.local_addr().unwrap(), broker.shutdown_handle());
    tokio::spawn(async move { broker.run().await });
    (at, handle)
}

/// The demo plant, twenty times as fast, on free ports.
pub(crate) async fn demo(broker: SocketAddr, pki: &std::path::Path) -> Running {
    let listen = Listen { speed: 20.0, ..Listen::loopback(broker, pki) };
    Doors::serve(Plant::new(7, Scenario::demo()), listen, Arc::new(Standing)).await.unwrap()
}

/// Waits for something that is bound to come.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("it never came")
}
