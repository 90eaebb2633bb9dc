//! P10: from a message on the wire to a decision that somebody hears of. Open loop: messages leave when they are due,
//! however late the answers are.
//!
//! Peers decide about every message and publish the decision. Ours watches 4 000 signals of 400 assets, stores every
//! message, and tells an alarm once it is on disk; each asset's limit is crossed once, and the third reading beyond it
//! decides.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::Figures;
use super::http::Http;
use super::mqtt::Mqtt;
use super::numbers::quantile;
use super::process::{Server, folder, free_port, installed};
use super::sides::gemba;
use super::ws::Watcher;

/// Assets of ten signals each.
const ASSETS: usize = 400;
/// Seconds before anything is measured: everything is met, every lane built.
const WARM_S: u64 = 3;
/// Seconds that are measured.
const SPAN_S: u64 = 12;
/// Rates, messages a second, by name.
const RATES: [(u64, &str); 2] = [(1_000, "1k"), (4_000, "4k")];
/// The variable that names the folder in which Node-RED is installed (its `node_modules`).
const NODE_RED: &str = "GEMBA_NODE_RED";
/// The variable that names a Python with paho-mqtt and river.
const PYTHON: &str = "GEMBA_PYTHON";

/// Measures ours and the peers that are there.
pub(super) fn run(figures: &mut Figures) -> anyhow::Result<()> {
    for (rate, name) in RATES {
        ours(rate, name, figures)?;
        for peer in [Peer::NodeRed, Peer::River] {
            match peer.ready() {
                Ok(command) => peer.measure(&command, (rate, name), figures)?,
                Err(why) => figures.left_out(peer.name(), &why.to_string()),
            }
        }
    }
    Ok(())
}

/// Messages that are due one after the other; `make` gives the topic and the payload of each.
fn publish(port: u16, rate: u64, seconds: u64, make: impl Fn(u64) -> (String, String)) -> anyhow::Result<()> {
    let mut client = Mqtt::open(port, "load")?;
    let begun = Instant::now();
    for number in 0..rate * seconds {
        let due = Duration::from_nanos(number * 1_000_000_000 / rate);
        if let Some(left) = due.checked_sub(begun.elapsed()) {
            std::thread::sleep(left);
        }
        let (topic, payload) = make(number);
        client.publish(&topic, payload.as_bytes())?;
    }
    Ok(())
}

/// Ten values as JSON with the message's number.
fn payload(number: u64, first: f64) -> String {
    let mut text = format!("{{\"seq\":{number},\"temp\":{first:.1}");
    for i in 1..10 {
        write!(text, ",\"s{i}\":{:.2}", 5.0 + (number * 7 + i * 13) as f64 % 100.0 / 100.0).unwrap_or_default();
    }
    text + "}"
}

fn ours(rate: u64, name: &str, figures: &mut Figures) -> anyhow::Result<()> {
    let (folder, http, mqtt) = (folder()?, free_port()?, free_port()?);
    std::fs::create_dir(folder.path().join("plant"))?;
    std::fs::write(folder.path().join("plant/plant.toml"), plant())?;
    let settings = format!(
        "name = \"bench\"\n[http]\nlisten = \"127.0.0.1:{http}\"\n[broker]\nlisten = \"127.0.0.1:{mqtt}\"\nacknowledge = \"stored\"\n\
         [flow]\nlateness_ms = 0\n[connections.line]\nprotocol = \"mqtt\"\nbroker = \"embedded\"\ntopics = [\"dev/#\"]\n"
    );
    let command = gemba(folder.path(), &settings)?;
    let ready = || Http::open(http, "").and_then(|mut h| h.get("/healthz")?.ok()).is_ok();
    let server = Server::start(folder, command, ready)?;
    let token = std::fs::read_to_string(server.folder.path().join("gemba-data/local-token"))?;
    let mut watcher = Watcher::open(http, token.trim())?;
    let (assets, warm) = (ASSETS as u64, WARM_S * rate);
    // in the measured span, one asset after the other goes beyond its limit and stays there
    let each = SPAN_S * rate / assets;
    let hot_from = |asset: u64| warm + asset * each;
    let is_hot = |number: u64| number >= hot_from(number % assets);
    let deciding: Mutex<BTreeMap<u64, (u32, Instant)>> = Mutex::default();
    let make = |number: u64| {
        let asset = number % assets;
        if is_hot(number)
            && let Ok(mut sent) = deciding.lock()
        {
            let (count, at) = sent.entry(asset).or_insert((0, Instant::now()));
            *count += 1;
            if *count == 3 {
                *at = Instant::now();
            }
        }
        (format!("dev/{asset:04}"), payload(number, if is_hot(number) { 95.0 } else { 60.0 }))
    };
    let cpu = server.cpu_s();
    let heard = std::thread::scope(|scope| {
        let listening = scope.spawn(move || listen(&mut watcher));
        let seconds = WARM_S + SPAN_S + 3 * assets / rate + 1;
        publish(mqtt, rate, seconds, make)?;
        listening.join().map_err(|_panicked| anyhow::anyhow!("the watcher has failed"))
    })?;
    let cpu = server.cpu_s() - cpu;
    let sent = deciding.into_inner().unwrap_or_default();
    let latency =
        |(asset, at): (&u64, &Instant)| sent.get(asset).map(|(_, from)| at.duration_since(*from).as_secs_f64() * 1e3);
    let mut waits: Vec<f64> = heard.iter().filter_map(latency).collect();
    anyhow::ensure!(waits.len() == ASSETS, "{} of {ASSETS} alarms were heard", waits.len());
    let messages = ((WARM_S + SPAN_S) * rate) as f64;
    figures.put("gemba", &format!("p10_{name}_p50_ms"), quantile(&mut waits, 0.5));
    figures.put("gemba", &format!("p10_{name}_p99_ms"), quantile(&mut waits, 0.99));
    figures.put("gemba", &format!("p10_{name}_messages_per_cpu_s"), messages / cpu);
    Ok(())
}

/// When the first alarm of each asset was heard.
fn listen(watcher: &mut Watcher) -> BTreeMap<u64, Instant> {
    let mut heard = BTreeMap::new();
    while heard.len() < ASSETS {
        let Ok(event) = watcher.next() else { break };
        let now = Instant::now();
        let asset = event.split("plant/dev-").nth(1).and_then(|rest| rest.get(..4)?.parse().ok());
        if let Some(asset) = asset.filter(|_| event.contains("\"event\":\"alarm\"")) {
            heard.entry(asset).or_insert(now);
        }
    }
    heard
}

/// A plant file: one limited temperature and nine other signals an asset.
fn plant() -> String {
    let mut text = String::new();
    for asset in 0..ASSETS {
        writeln!(text, "[[asset]]\npath = \"plant/dev-{asset:04}\"").unwrap_or_default();
        for signal in 0..10 {
            let name = if signal == 0 { "temp".to_owned() } else { format!("s{signal}") };
            let more = if signal == 0 { "role = \"bearing_temperature\"\nunit = \"Cel\"\n" } else { "" };
            writeln!(
                text,
                "[[asset.signal]]\nname = \"{name}\"\n{more}connection = \"line\"\naddress = \"dev/{asset:04}#{name}\""
            )
            .unwrap_or_default();
        }
    }
    text
}

#[derive(Clone, Copy)]
enum Peer {
    NodeRed,
    River,
}

impl Peer {
    const fn name(self) -> &'static str {
        match self {
            Self::NodeRed => "mosquitto + node-red",
            Self::River => "mosquitto + python river",
        }
    }

    /// The command that starts it, with everything but the broker's port.
    fn ready(self) -> anyhow::Result<(PathBuf, PathBuf)> {
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

    fn measure(
        self,
        command: &(PathBuf, PathBuf),
        (rate, name): (u64, &str),
        figures: &mut Figures,
    ) -> anyhow::Result<()> {
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
        let mut waits = exchange(port, rate)?;
        let cpu = broker.cpu_s() + decider.cpu_s() - cpu;
        figures.put(self.name(), &format!("p10_{name}_p50_ms"), quantile(&mut waits, 0.5));
        figures.put(self.name(), &format!("p10_{name}_p99_ms"), quantile(&mut waits, 0.99));
        figures.put(self.name(), &format!("p10_{name}_messages_per_cpu_s"), ((WARM_S + SPAN_S) * rate) as f64 / cpu);
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

/// Publishes and hears every decision; gives the waits of the measured span, ms.
fn exchange(port: u16, rate: u64) -> anyhow::Result<Vec<f64>> {
    let mut listener = Mqtt::open(port, "listener")?;
    listener.subscribe("decision")?;
    listener.patience(Duration::from_secs(3))?;
    let sent: Mutex<BTreeMap<u64, Instant>> = Mutex::default();
    let make = |number: u64| {
        if let Ok(mut sent) = sent.lock() {
            sent.insert(number, Instant::now());
        }
        (format!("dev/{:04}", number % ASSETS as u64), payload(number, 60.0))
    };
    let heard = std::thread::scope(|scope| {
        let listening = scope.spawn(move || {
            let mut heard = Vec::new();
            while let Ok(message) = listener.next() {
                let now = Instant::now();
                let text = String::from_utf8_lossy(&message.payload).into_owned();
                let digits = text.split("\"seq\":").nth(1).unwrap_or_default();
                let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
                if let Some(number) = digits.get(..end).and_then(|number| number.parse::<u64>().ok()) {
                    heard.push((number, now));
                }
            }
            heard
        });
        publish(port, rate, WARM_S + SPAN_S, make)?;
        listening.join().map_err(|_panicked| anyhow::anyhow!("the listener has failed"))
    })?;
    let sent = sent.into_inner().unwrap_or_default();
    let measured = heard.iter().filter(|(number, _)| *number >= WARM_S * rate);
    let waits: Vec<f64> =
        measured.filter_map(|(number, at)| Some(at.duration_since(*sent.get(number)?).as_secs_f64() * 1e3)).collect();
    let wanted = (SPAN_S * rate) as f64;
    anyhow::ensure!(waits.len() as f64 > 0.99 * wanted, "{} of {wanted} decisions came", waits.len());
    Ok(waits)
}
