//! Those we are compared with: a broker and a program that decides, as people put them together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::super::Figures;
use super::super::mqtt::Mqtt;
use super::super::process::{Server, folder, free_port, installed};
use super::{ASSETS, Load, payload, publish};

/// The variable that names the folder in which Node-RED is installed (its `node_modules`).
const NODE_RED: &str = "GEMBA_NODE_RED";
/// The variable that names a Python with paho-mqtt and river.
const PYTHON: &str = "GEMBA_PYTHON";
/// A listener that hears nothing for this long has heard all.
const SILENCE: Duration = Duration::from_secs(3);

#[derive(Clone, Copy)]
pub(super) enum Peer {
    NodeRed,
    River,
}

impl Peer {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::NodeRed => "mosquitto + node-red",
            Self::River => "mosquitto + python river",
        }
    }

    /// The command that starts it, with everything but the broker's port.
    pub(super) fn ready(self) -> anyhow::Result<(PathBuf, PathBuf)> {
        installed("mosquitto").context("mosquitto is not installed: apt-get install mosquitto")?;
        match self {
            Self::NodeRed => {
                let home =
                    std::env::var_os(NODE_RED).context(format!("{NODE_RED} names no folder with node-red in it"))?;
                let script = PathBuf::from(home).join("node_modules/node-red/red.js");
                anyhow::ensure!(script.is_file(), "{} is not there: npm install node-red", script.display());
                Ok((installed("node").context("node is not installed")?, script))
            }
            Self::River => {
                let python =
                    std::env::var_os(PYTHON).context(format!("{PYTHON} names no Python with paho-mqtt and river"))?;
                let script = std::env::current_dir()?.join("interop/speed/river_decides.py");
                Ok((PathBuf::from(python), script))
            }
        }
    }

    fn command(
        self,
        (program, script): &(PathBuf, PathBuf),
        broker: u16,
        home: &std::path::Path,
    ) -> anyhow::Result<Command> {
        let mut command = Command::new(program);
        let port = free_port()?;
        match self {
            Self::NodeRed => {
                let flows = std::fs::read_to_string("interop/speed/node_red_flows.json")?;
                std::fs::write(home.join("flows.json"), flows.replace("\"BROKER_PORT\"", &broker.to_string()))?;
                command.arg(script).arg("-u").arg(home).arg("-p").arg(port.to_string()).arg("flows.json");
            }
            Self::River => {
                command.arg(script).arg(broker.to_string());
            }
        }
        Ok(command)
    }

    pub(super) fn measure(self, command: &(PathBuf, PathBuf), load: Load, figures: &mut Figures) -> anyhow::Result<()> {
        let (home, port) = (folder()?, free_port()?);
        std::fs::write(
            home.path().join("mosquitto.conf"),
            format!("listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"),
        )?;
        let mut broker = Command::new(installed("mosquitto").context("mosquitto is not installed")?);
        broker.arg("-c").arg(home.path().join("mosquitto.conf"));
        let broker = Server::start(home, broker, || Mqtt::open(port, "ready").is_ok())?;
        let home = folder()?;
        let command = self.command(command, port, home.path())?;
        let answers = || decides(port).unwrap_or(false);
        let decider = Server::start(home, command, answers)?;
        let cpu = broker.cpu_s() + decider.cpu_s();
        let waits = exchange(port, load)?;
        load.put(self.name(), waits, broker.cpu_s() + decider.cpu_s() - cpu, figures);
        Ok(())
    }
}

/// Whether a message gets its decision already.
fn decides(port: u16) -> anyhow::Result<bool> {
    let mut listener = Mqtt::open(port, "asks")?;
    listener.subscribe("decision")?;
    let mut client = Mqtt::open(port, "asks-too")?;
    client.publish("dev/0000", payload(0, 60.0).as_bytes())?;
    listener.patience(Duration::from_millis(300))?;
    Ok(listener.next().is_ok())
}

/// Publishes and hears every decision; gives the waits of the measured messages, ms.
fn exchange(port: u16, load: Load) -> anyhow::Result<Vec<f64>> {
    let mut listener = Mqtt::open(port, "listener")?;
    listener.subscribe("decision")?;
    listener.patience(SILENCE)?;
    let sent: Mutex<BTreeMap<u64, Instant>> = Mutex::default();
    let make = |number: u64| {
        if let Ok(mut sent) = sent.lock() {
            sent.insert(number, Instant::now());
        }
        (format!("dev/{:04}", number % ASSETS as u64), payload(number, 60.0))
    };
    let heard = std::thread::scope(|scope| {
        let listening = scope.spawn(move || hear(&mut listener));
        publish(port, load, load.total, make)?;
        listening.join().map_err(|_panicked| anyhow::anyhow!("the listener has failed"))
    })?;
    let sent = sent.into_inner().unwrap_or_default();
    let measured = heard.iter().filter(|(number, _)| *number >= load.from);
    let waits: Vec<f64> =
        measured.filter_map(|(number, at)| Some(at.duration_since(*sent.get(number)?).as_secs_f64() * 1e3)).collect();
    let wanted = (load.total - load.from) as f64;
    anyhow::ensure!(waits.len() as f64 > 0.99 * wanted, "{} of {wanted} decisions came", waits.len());
    Ok(waits)
}

/// The numbers of the messages that were decided, and when that was heard; until nothing comes any more.
fn hear(listener: &mut Mqtt) -> Vec<(u64, Instant)> {
    let mut heard = Vec::new();
    while let Ok(message) = listener.next() {
        let now = Instant::now();
        let text = String::from_utf8_lossy(&message.payload).into_owned();
        let digits = text.split("\"seq\":").nth(1).unwrap_or_default().trim_start();
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        if let Some(number) = digits.get(..end).and_then(|number| number.parse::<u64>().ok()) {
            heard.push((number, now));
        }
    }
    heard
}
