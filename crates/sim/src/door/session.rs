//! A session with an MQTT broker, begun anew whenever it ends.

use std::time::Duration;

use mqtt5::{ConnectOptions, MqttClient, MqttError};
use tokio_util::sync::CancellationToken;

use super::Listen;

/// Seconds without traffic before the link is tested.
const KEEP_ALIVE_S: u64 = 10;
/// How long to wait before connecting again: doubled from the first to the last.
const PAUSE_MIN: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How long a broker may take to accept us.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// Options of a session that begins clean and does not come back by itself: a new one is begun instead.
pub(super) fn options(listen: &Listen, client_id: &str) -> ConnectOptions {
    let options = ConnectOptions::new(client_id)
        .with_clean_start(true)
        .with_session_expiry_interval(0)
        .with_keep_alive(Duration::from_secs(KEEP_ALIVE_S))
        .with_automatic_reconnect(false);
    match &listen.broker_login {
        Some(login) => options.with_credentials(login.user.clone(), login.password.as_bytes()),
        None => options,
    }
}

/// Connects.
pub(super) async fn connect(listen: &Listen, options: ConnectOptions) -> Result<MqttClient, MqttError> {
    let client = MqttClient::with_options(options);
    let address = format!("mqtt://{}", listen.broker);
    match tokio::time::timeout(CONNECT_MAX, client.connect(&address)).await {
        Ok(outcome) => outcome.map(|()| client),
        Err(_elapsed) => Err(MqttError::Timeout),
    }
}

/// Pauses between attempts.
#[derive(Debug)]
pub(super) struct Pause(Duration);

impl Pause {
    pub(super) const fn new() -> Self {
        Self(PAUSE_MIN)
    }

    /// Begins with the shortest again.
    pub(super) fn reset(&mut self) {
        self.0 = PAUSE_MIN;
    }

    /// Waits; false when it is time to stop.
    pub(super) async fn wait(&mut self, stop: &CancellationToken) -> bool {
        let pause = self.0;
        self.0 = (pause * 2).min(PAUSE_MAX);
        tokio::select! {
            () = stop.cancelled() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }
}
