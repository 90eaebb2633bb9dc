//! A device that publishes to the embedded broker and remembers what it was told "done" for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use mqtt5::{ConnectOptions, MqttClient, PublishResult};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// The time of sample zero, ms since 1970.
const BEGIN_MS: u64 = 1_700_000_000_000;
/// How long a device waits for "done" before it calls again.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

/// A client without a session of its own.
pub(crate) struct Device {
    runtime: Runtime,
    name: String,
    url: String,
    client: Option<MqttClient>,
}

impl Device {
    pub(crate) fn new(name: &str, port: u16) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { runtime, name: name.to_owned(), url: format!("mqtt://127.0.0.1:{port}"), client: None }
    }

    /// Publishes once; true when the broker said "done". Calls anew when the link is gone.
    pub(crate) fn publish(&mut self, topic: &str, payload: impl Into<Vec<u8>>) -> bool {
        let payload = payload.into();
        let client = self.client.take();
        let sent = self.runtime.block_on(async {
            let client = match client {
                Some(client) => client,
                None => connect(&self.name, &self.url).await?,
            };
            let told = timeout(TOLD_WITHIN, client.publish_qos1(topic, payload)).await.ok()?.ok()?;
            // anything but sent means that the link went before the broker said "done"
            matches!(told, PublishResult::Sent(_)).then_some(client)
        });
        self.client = sent;
        self.client.is_some()
    }

    /// Publishes until the broker says "done".
    pub(crate) fn insist(&mut self, topic: &str, payload: &str) {
        assert!(super::house::until(|| self.publish(topic, payload)), "{topic} was never acknowledged");
    }
}

async fn connect(name: &str, url: &str) -> Option<MqttClient> {
    let client = MqttClient::with_options(ConnectOptions::new(name).with_automatic_reconnect(false));
    timeout(Duration::from_secs(2), client.connect(url)).await.ok()?.ok()?;
    Some(client)
}

/// Sample number `n`: its value is the number, its time follows from it, so that sending it again is no new sample.
pub(crate) fn sample(n: u64) -> String {
    format!("{{\"timestamp_ms\":{},\"value\":{n}}}", BEGIN_MS + n)
}

/// A thread that publishes 0, 1, 2 … to a topic, each until it is told "done", and lives through everything.
pub(crate) struct Counting {
    stop: Arc<AtomicBool>,
    told: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Counting {
    pub(crate) fn start(topic: &str, port: u16) -> Self {
        let (stop, told) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, count, topic) = (Arc::clone(&stop), Arc::clone(&told), topic.to_owned());
        let count_up = move || {
            let mut device = Device::new(&topic.replace('/', "-"), port);
            while !stopped.load(Ordering::SeqCst) {
                if device.publish(&topic, sample(count.load(Ordering::SeqCst))) {
                    count.fetch_add(1, Ordering::SeqCst);
                } else {
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        };
        let thread = std::thread::Builder::new().name("device".into()).spawn(count_up).unwrap();
        Self { stop, told, thread: Some(thread) }
    }

    /// How many were acknowledged: 0 up to this, without it.
    pub(crate) fn told(&self) -> u64 {
        self.told.load(Ordering::SeqCst)
    }

    /// Ends it and says how many were acknowledged.
    pub(crate) fn finish(mut self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.take().unwrap().join().unwrap();
        self.told()
    }
}
