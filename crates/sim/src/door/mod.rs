//! The rim: the plant moves with the clock and speaks through its doors.
//!
//! One task moves the plant, one task serves each door; they meet in a bounded broadcast. A door that falls
//! behind loses the oldest steps and says so; it never holds up the plant.

mod modbus;
mod mqtt;
mod opcua;
mod session;
mod sparkplug;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gemba_plant::Timestamp;
use gemba_plant::port::Clock;
use tokio::net::TcpListener;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::plant::STEP_MS;
use crate::{Doors, Error, Plant, Replacement, TruthEntry, Update};

/// Steps that a door may lie behind before it loses some: a quarter of a minute in real time.
const STEPS_MAX: usize = 150;
/// The plant skips time rather than catching up on more than this, in plant seconds.
const CATCH_UP_MAX: Duration = Duration::from_secs(30);
/// How often the plant is moved when it runs fast, in milliseconds.
const TICK_MIN_MS: f64 = 5.0;
/// The fastest that a plant may run.
const SPEED_MAX: f64 = 1_000.0;

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Where and how to serve a plant.
#[derive(Clone, Debug)]
pub struct Listen {
    /// Where the OPC UA server listens; port 0 takes a free one.
    pub opcua: SocketAddr,
    /// Where the OPC UA server keeps its certificates (a folder, made when missing).
    pub pki: PathBuf,
    /// With a login, the OPC UA server makes a certificate and offers Basic256Sha256, Aes128Sha256RsaOaep and
    /// Aes256Sha256RsaPss to this user too; without one it offers anonymous access without security alone.
    pub opcua_login: Option<Login>,
    /// Where the Modbus TCP server listens; port 0 takes a free one.
    pub modbus: SocketAddr,
    /// The MQTT broker to publish to. It need not be there yet.
    pub broker: SocketAddr,
    /// Who we are to the broker.
    pub broker_login: Option<Login>,
    /// How many times faster than the clock the plant runs, above 0 and at most 1000. Source times stay those of the
    /// clock: a fast plant delivers more values in a second, not values from the future.
    pub speed: f64,
}

impl Listen {
    /// Free ports of the loopback, in real time, publishing to `broker`.
    pub fn loopback(broker: SocketAddr, pki: impl Into<PathBuf>) -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let pki = pki.into();
        Self { opcua: free, pki, opcua_login: None, modbus: free, broker, broker_login: None, speed: 1.0 }
    }

    fn check(&self) -> Result<(), Error> {
        for (door, address) in [("OPC UA", self.opcua), ("Modbus", self.modbus)] {
            if !address.ip().is_loopback() {
                return Err(Error::NotLoopback { door, address });
            }
        }
        if !(self.speed > 0.0 && self.speed <= SPEED_MAX) {
            return Err(Error::Speed { speed: self.speed });
        }
        Ok(())
    }
}

/// How plant time becomes source time.
#[derive(Clone, Copy, Debug)]
struct Calendar {
    start: Timestamp,
    speed: f64,
}

impl Calendar {
    #[allow(clippy::cast_possible_truncation, reason = "microseconds of a simulation fit into 53 bits")]
    fn time(&self, plant_us: i64) -> Timestamp {
        Timestamp::from_micros(self.start.micros() + (plant_us as f64 / self.speed).round() as i64)
    }

    #[allow(clippy::cast_possible_truncation, reason = "microseconds of a simulation fit into 53 bits")]
    fn seconds(&self, plant_s: f64) -> Timestamp {
        self.time((plant_s * 1e6).round() as i64)
    }
}

/// What every door needs: the steps of the plant, its calendar, and the word to stop.
struct Feed {
    steps: broadcast::Receiver<Arc<Update>>,
    calendar: Calendar,
    stop: CancellationToken,
    door: &'static str,
}

impl Feed {
    /// The next step; none when it is time to stop.
    async fn next(&mut self) -> Option<Arc<Update>> {
        loop {
            match self.stop.run_until_cancelled(self.steps.recv()).await? {
                Ok(step) => return Some(step),
                Err(RecvError::Closed) => return None,
                Err(RecvError::Lagged(lost)) => {
                    tracing::warn!(door = self.door, lost, "fell behind the plant; steps are lost");
                }
            }
        }
    }
}

/// A plant that moves and serves.
#[derive(Debug)]
pub struct Running {
    doors: Doors,
    calendar: Calendar,
    plant: Arc<Mutex<Plant>>,
    tasks: JoinSet<()>,
    stop: CancellationToken,
    _stop_on_drop: DropGuard,
}

impl Running {
    /// Where the doors can be reached: what [`crate::configuration`] wants.
    pub fn doors(&self) -> &Doors {
        &self.doors
    }

    /// Plant time in seconds.
    pub fn seconds(&self) -> f64 {
        locked(&self.plant).seconds()
    }

    /// What is really wrong with the plant now.
    pub fn truth(&self) -> Vec<TruthEntry> {
        let plant = locked(&self.plant);
        plant.truth(plant.seconds())
    }

    /// The worn parts that were put in anew after the first `known` of them, and when by the clock of the doors.
    pub fn replaced(&self, known: usize) -> Vec<(Replacement, Timestamp)> {
        let plant = locked(&self.plant);
        let since = plant.replaced().get(known..).unwrap_or_default();
        since.iter().map(|one| (one.clone(), self.calendar.seconds(one.at_s))).collect()
    }

    /// Closes all doors and waits until they are closed. Dropping does the same without waiting.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// The plant, even when a task died holding it: its state is then one step behind, no worse.
fn locked(plant: &Mutex<Plant>) -> MutexGuard<'_, Plant> {
    plant.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Doors {
    /// Opens the doors of a plant and sets it moving from plant second 0 at the clock's now.
    ///
    /// # Errors
    /// When an address is no loopback address or is taken, or the speed is no speed. A broker that is away is
    /// no error: the doors behind it come back by themselves.
    pub async fn serve(plant: Plant, listen: Listen, clock: Arc<dyn Clock>) -> Result<Running, Error> {
        listen.check()?;
        let modbus_listener = bind("Modbus", listen.modbus).await?;
        let opcua_listener = bind("OPC UA", listen.opcua).await?;
        let at = |listener: &TcpListener, asked| listener.local_addr().unwrap_or(asked);
        let doors = Doors {
            opcua: at(&opcua_listener, listen.opcua),
            modbus: at(&modbus_listener, listen.modbus),
            broker: listen.broker,
        };
        let calendar = Calendar { start: clock.now(), speed: listen.speed };
        let (steps, _) = broadcast::channel(STEPS_MAX);
        let stop = CancellationToken::new();
        let feed = |door| Feed { steps: steps.subscribe(), calendar, stop: stop.clone(), door };
        let mut tasks = JoinSet::new();
        let first = plant.values().to_vec();
        opcua::serve(&mut tasks, &listen, (opcua_listener, doors.opcua), (feed("opcua"), &first))?;
        modbus::serve(&mut tasks, modbus_listener, (feed("modbus"), &first));
        tasks.spawn(sparkplug::serve(listen.clone(), feed("sparkplug"), first.clone()));
        tasks.spawn(mqtt::serve(listen.clone(), feed("mqtt"), first));
        let plant = Arc::new(Mutex::new(plant));
        tasks.spawn(drive(Arc::clone(&plant), listen.speed, steps, stop.clone()));
        let guard = stop.clone().drop_guard();
        Ok(Running { doors, calendar, plant, tasks, stop, _stop_on_drop: guard })
    }
}

async fn bind(door: &'static str, address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|source| Error::Listen { door, address, source })
}

/// Moves the plant with the clock, a step at a time, and hands each step to the doors.
async fn drive(plant: Arc<Mutex<Plant>>, speed: f64, doors: broadcast::Sender<Arc<Update>>, stop: CancellationToken) {
    let stride = Duration::from_millis(u64::from(STEP_MS));
    let tick_ms = (f64::from(STEP_MS) / speed).max(TICK_MIN_MS);
    let mut every = tokio::time::interval(Duration::try_from_secs_f64(tick_ms / 1e3).unwrap_or(stride));
    every.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (began, mut done) = (Instant::now(), Duration::ZERO);
    while stop.run_until_cancelled(every.tick()).await.is_some() {
        let due = began.elapsed().mul_f64(speed);
        if due.saturating_sub(done) > CATCH_UP_MAX {
            tracing::warn!("the plant could not keep up with the clock and skips time");
            done = due.saturating_sub(stride);
        }
        while done + stride <= due {
            done += stride;
            let update = locked(&plant).step(stride);
            // Nobody listens only while the doors are closing.
            let _listeners = doors.send(Arc::new(update)).unwrap_or(0);
        }
    }
}
