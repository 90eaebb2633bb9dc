//! P10: from a message on the wire to a decision that somebody hears of. Open loop: messages leave when they are due,
//! however late the answers are.
//!
//! Peers decide about every message and publish the decision; they keep nothing. Ours watches 4 000 signals of 400
//! assets, stores every message, and tells an alarm once it is on disk; each asset's limit is crossed once, and the
//! third reading beyond it decides.

mod peers;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::Figures;
use super::http::Http;
use super::mqtt::Mqtt;
use super::numbers::quantile;
use super::process::{Server, folder, free_port};
use super::sides::gemba;
use super::ws::Watcher;
use peers::Peer;

/// Assets of ten signals each.
const ASSETS: usize = 400;
/// Readings beyond the limit that decide.
const READINGS: u64 = 3;
/// Seconds before anything is measured: everything is met, every lane built.
const WARM_S: u64 = 3;
/// Seconds that are measured.
const SPAN_S: u64 = 12;

/// How messages come.
#[derive(Clone, Copy)]
struct Load {
    name: &'static str,
    /// Messages a second.
    rate: u64,
    /// The first message that is measured.
    from: u64,
    /// Messages in all.
    total: u64,
}

impl Load {
    const fn paced(name: &'static str, rate: u64) -> Self {
        Self { name, rate, from: WARM_S * rate, total: (WARM_S + SPAN_S) * rate }
    }

    const ALL: [Self; 2] = [Self::paced("1k", 1_000), Self::paced("4k", 4_000)];

    /// The first message in which an asset is hot: one asset after the other in the measured span.
    fn hot_from(self, asset: u64) -> u64 {
        self.from + asset * ((self.total - self.from) / ASSETS as u64)
    }

    /// Messages until every asset has been hot often enough.
    fn until(self) -> u64 {
        self.total + (READINGS + 1) * ASSETS as u64
    }

    /// Puts what a side did: waits of decisions in ms, and the work that a message was.
    fn put(self, side: &str, mut waits: Vec<f64>, cpu_s: f64, figures: &mut Figures) {
        let name = self.name;
        figures.put(side, &format!("p10_{name}_p50_ms"), quantile(&mut waits, 0.5));
        figures.put(side, &format!("p10_{name}_p99_ms"), quantile(&mut waits, 0.99));
        figures.put(side, &format!("p10_{name}_messages_per_cpu_s"), self.total as f64 / cpu_s);
    }
}

/// Measures ours and the peers that are there.
pub(super) fn run(figures: &mut Figures) -> anyhow::Result<()> {
    for load in Load::ALL {
        ours(load, figures)?;
        for peer in [Peer::NodeRed, Peer::River] {
            match peer.ready() {
                Ok(command) => peer.measure(&command, load, figures)?,
                Err(why) => figures.left_out(peer.name(), &why.to_string()),
            }
        }
    }
    Ok(())
}

/// Messages that are due one after the other; `make` gives the topic and the payload of each.
fn publish(port: u16, load: Load, total: u64, make: impl Fn(u64) -> (String, String)) -> anyhow::Result<()> {
    let mut client = Mqtt::open(port, "load")?;
    let begun = Instant::now();
    for number in 0..total {
        let due = Duration::from_nanos(number * 1_000_000_000 / load.rate);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
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

fn ours(load: Load, figures: &mut Figures) -> anyhow::Result<()> {
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
    let mut watcher = Watcher::open(http, &server.token()?)?;
    let assets = ASSETS as u64;
    let is_hot = |number: u64| number >= load.hot_from(number % assets);
    let deciding: Mutex<BTreeMap<u64, (u64, Instant)>> = Mutex::default();
    let make = |number: u64| {
        let asset = number % assets;
        if is_hot(number)
            && let Ok(mut sent) = deciding.lock()
        {
            let (count, at) = sent.entry(asset).or_insert((0, Instant::now()));
            *count += 1;
            if *count == READINGS {
                *at = Instant::now();
            }
        }
        (format!("dev/{asset:04}"), payload(number, if is_hot(number) { 95.0 } else { 60.0 }))
    };
    let cpu = server.cpu_s();
    let heard = std::thread::scope(|scope| {
        let listening = scope.spawn(move || listen(&mut watcher));
        publish(mqtt, load, load.until(), make)?;
        listening.join().map_err(|_panicked| anyhow::anyhow!("the watcher has failed"))
    })?;
    let cpu = server.cpu_s() - cpu;
    let sent = deciding.into_inner().unwrap_or_default();
    let latency =
        |(asset, at): (&u64, &Instant)| sent.get(asset).map(|(_, from)| at.duration_since(*from).as_secs_f64() * 1e3);
    let waits: Vec<f64> = heard.iter().filter_map(latency).collect();
    anyhow::ensure!(waits.len() == ASSETS, "{} of {ASSETS} alarms were heard", waits.len());
    load.put("gemba", waits, cpu, figures);
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
