//! Serves the virtual plant for tests and trials: `cargo run -p gemba-sim --example serve -- [SCENARIO [SPEED [BROKER]]]`.
//!
//! Without a broker it brings its own. Prints one line of JSON: where the doors are, the seed, and the configuration
//! of Gemba that hears them. Ends with the standard input.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use gemba_plant::Timestamp;
use gemba_plant::port::Clock;
use gemba_sim::{Doors, Listen, Plant, Scenario, configuration};
use mqtt5::broker::MqttBroker;
use mqtt5::broker::config::{BrokerConfig, StorageConfig};
use serde_json::json;

const SEED: u64 = 42;

#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "a program of its own has no other clock than the system's")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// A broker on a free port of the loopback, without disk.
async fn own_broker() -> Result<SocketAddr, Box<dyn std::error::Error>> {
    let storage = StorageConfig::new().with_persistence(false);
    let config = BrokerConfig::new().with_bind_address(SocketAddr::from(([127, 0, 0, 1], 0))).with_storage(storage);
    let mut broker = MqttBroker::with_config(config).await?;
    let address = broker.local_addr().ok_or("the broker has no address")?;
    tokio::spawn(async move { broker.run().await });
    Ok(address)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let scenario = Scenario::named(&arguments.next().unwrap_or_else(|| "demo".into()))?;
    let speed = arguments.next().map_or(Ok(1.0), |text| text.parse())?;
    let broker = match arguments.next() {
        Some(address) => address.parse()?,
        None => own_broker().await?,
    };
    let pki = std::env::temp_dir().join(format!("gemba-sim-{}", std::process::id()));
    let listen = Listen { speed, ..Listen::loopback(broker, &pki) };
    let running = Doors::serve(Plant::new(SEED, scenario), listen, Arc::new(SystemClock)).await?;
    let doors = running.doors().clone();
    let line = json!({ "doors": doors, "seed": SEED, "configuration": configuration(&doors)? });
    writeln!(std::io::stdout(), "{line}")?;
    // Whoever started it ends it by closing the standard input.
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    running.stop().await;
    std::fs::remove_dir_all(pki)?;
    Ok(())
}
