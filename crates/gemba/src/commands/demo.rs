//! `gemba demo`: a virtual plant, Gemba and its pages, all on the loopback. Gemba reaches the plant through the same
//! doors as a real one.

mod supply;
mod upkeep;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gemba_connect::{ConnectionConfig, broker, modbus, mqtt, sparkplug};
use gemba_node::access::Role;
use gemba_node::config::{AssetEntry, GembaFile, Http, PlantFile, SignalEntry, Site};
use gemba_node::{LiveEvent, Node, Plan, SystemClock};
use gemba_plant::{Asset, FindingState, Signal};
use gemba_sim::{Connection, Door, Doors, Listen, Running, Scenario, Spec};

use super::run::{finish, serve, until_told};
use crate::cli::{Cli, Demo};
use crate::exit::{Exit, Kind};
use crate::output::table;

/// The user that the sign-in link is for.
const USER: &str = "demo";
/// How long the sign-in link can be used.
const LINK_LIFE: Duration = Duration::from_mins(30);
/// How much healthy running the demo learns from, in seconds; a real plant takes an hour or more.
const LEARN_S: u64 = 20;
/// Distance of the rows it learns from, in milliseconds.
const STEP_MS: u64 = 200;

pub(crate) async fn run(cli: &Cli, demo: &Demo) -> Result<(), Exit> {
    if demo.list {
        return list(cli);
    }
    let place = Place::new(demo.data.as_deref())?;
    let plant = start_plant(demo, place.path()).await?;
    let node = Node::start(plan(demo, place.path(), &plant)?).await?;
    node.access().ensure_user(USER, Role::Admin).await.map_err(|e| Exit::of(Kind::Auth, &e))?;
    let laying = node.clone();
    let prepared = tokio::task::spawn_blocking(move || prepare(&laying)).await;
    prepared.map_err(|panicked| Exit::new(Kind::Failed, panicked.to_string()))??;
    let served = serve(&node).await?;
    let key = node.access().one_time_link(USER, LINK_LIFE).map_err(|e| Exit::of(Kind::Auth, &e))?;
    let link = format!("{}auth/once?key={}", served.url(), key.reveal());
    if cli.json {
        say!("{}", serde_json::json!({ "url": served.url(), "sign_in": link, "doors": plant.doors() }));
    } else {
        greet(cli, &link, &plant, demo);
    }
    tokio::select! {
        () = until_told() => {}
        () = tell(&node, cli) => {}
        () = upkeep::note(&node, &plant) => {}
    }
    finish(node, served).await?;
    plant.stop().await;
    place.clear();
    Ok(())
}

/// What a crew would have done before: windows and parts are laid out, over the data of an earlier demo what is new is noted.
fn prepare(node: &Node) -> Result<(), gemba_node::Error> {
    if supply::is_laid_out(node)? { upkeep::began_anew(node) } else { supply::lay_out(node) }
}

fn greet(cli: &Cli, link: &str, plant: &Running, demo: &Demo) {
    let doors = plant.doors();
    note!(cli, "A virtual plant runs (seed {}, scenario {}):", demo.seed, demo.scenario);
    note!(cli, "  OPC UA {}   Modbus TCP {}   MQTT and Sparkplug B {}", doors.opcua_url(), doors.modbus, doors.broker);
    note!(cli, "\nOpen the pages (this link signs you in once):\n\n  {link}\n");
    note!(cli, "Gemba learns for {LEARN_S} s, then a fault begins to develop. Ctrl-C stops everything.");
    note!(
        cli,
        "The vehicle's battery runs in fast motion (36 minutes in 18 s) and ages five times as much each time: how long it lasts is \
         told after some twenty minutes; after 80 a new one is put in.\n"
    );
}

/// What can be made to fail.
fn list(cli: &Cli) -> Result<(), Exit> {
    let all = gemba_sim::fault_catalogue();
    if cli.json {
        say!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    let row =
        |f: &gemba_sim::Fault| vec![format!("fault:{}", f.id), f.asset.clone(), f.signal.clone().unwrap_or_default()];
    table(&["SCENARIO", "ASSET", "SENSOR"], &all.iter().map(row).collect::<Vec<_>>());
    Ok(())
}

/// Says each finding as it comes, and when it is over, until the node stops.
async fn tell(node: &Node, cli: &Cli) {
    let mut live = node.live();
    let begun = node.now();
    let mut told = std::collections::BTreeSet::new();
    while let Some(event) = live.next().await {
        let LiveEvent::Finding(stored) = event else { continue };
        let active = stored.finding.state == FindingState::Active;
        if !(if active { told.insert(stored.id) } else { told.remove(&stored.id) }) {
            continue;
        }
        if cli.json {
            say!("{}", serde_json::json!({ "finding": &*stored }));
            continue;
        }
        let asset = node.catalogue().asset(stored.finding.asset).map(|a| a.title().to_owned()).unwrap_or_default();
        let (at, title) = (node.now().since(begun).as_secs(), &stored.finding.title);
        if active {
            note!(cli, "[{at:>4} s] {asset}: {title}\n         {}", stored.finding.explanation);
        } else {
            note!(cli, "[{at:>4} s] {asset}: over: {title}");
        }
    }
}

/// Where the demo keeps its data: given, or a folder that is removed at the end.
enum Place {
    Given(std::path::PathBuf),
    Passing(std::path::PathBuf),
}

impl Place {
    fn new(given: Option<&Path>) -> Result<Self, Exit> {
        if let Some(given) = given {
            std::fs::create_dir_all(given)?;
            return Ok(Self::Given(given.to_owned()));
        }
        let passing = std::env::temp_dir().join(format!("gemba-demo-{}", std::process::id()));
        std::fs::create_dir_all(&passing)?;
        Ok(Self::Passing(passing))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Given(path) | Self::Passing(path) => path,
        }
    }

    fn clear(self) {
        if let Self::Passing(path) = self
            && let Err(error) = std::fs::remove_dir_all(&path)
        {
            tracing::warn!(path = %path.display(), %error, "the demo's data stays");
        }
    }
}

async fn start_plant(demo: &Demo, dir: &Path) -> Result<Running, Exit> {
    let wrong = |error: gemba_sim::Error| Exit::new(Kind::Failed, error.to_string());
    let plant = gemba_sim::Plant::new(demo.seed, scenario(&demo.scenario)?);
    let broker = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
    Doors::serve(plant, Listen::loopback(broker, dir.join("plant-pki")), Arc::new(SystemClock)).await.map_err(wrong)
}

/// The scenario as it is typed: the plant calls `fault:` what stands in its catalogue.
fn scenario(typed: &str) -> Result<Scenario, Exit> {
    let name = typed.strip_prefix("fault:").map_or_else(|| typed.to_owned(), |id| format!("catalogue:{id}"));
    Scenario::named(&name).map_err(|_unknown| {
        let near = gemba_sim::fault_catalogue();
        let near = near
            .iter()
            .map(|f| f.id.as_str())
            .find(|id| typed.len() > 3 && id.contains(typed.trim_start_matches("fault:")));
        let example = near.unwrap_or("pump-1-cavitation");
        let cure = format!("write demo, quiet or fault:ID, such as fault:{example}; `gemba demo --list` prints all");
        Exit::new(Kind::Usage, format!("there is no scenario \"{typed}\"")).cure(cure)
    })
}

fn free_port() -> Result<u16, Exit> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The virtual plant as a configuration, the way an integrator would write it.
fn plan(demo: &Demo, dir: &Path, plant: &Running) -> Result<Plan, Exit> {
    let spec = gemba_sim::configuration(plant.doors()).map_err(|e| Exit::new(Kind::Failed, e.to_string()))?;
    let mut file = GembaFile {
        name: "demo".into(),
        site: Site { name: "Acme North (virtual)".into(), ..Site::default() },
        http: Http { listen: format!("127.0.0.1:{}", demo.port), ..Http::default() },
        broker: Some(broker::Config { listen: plant.doors().broker.to_string(), ..broker::Config::default() }),
        connections: spec
            .connections
            .iter()
            .map(|c| Ok((c.name.clone(), connection(c)?)))
            .collect::<Result<_, Exit>>()?,
        ..GembaFile::default()
    };
    file.maintenance.normal.learn_s = LEARN_S;
    file.maintenance.normal.step_ms = STEP_MS;
    file.work = supply::terms();
    let mut plan = Plan::unwritten(dir, file, BTreeMap::from([("plant.toml".to_owned(), assets(&spec))]))?;
    plan.demo = true;
    Ok(plan)
}

fn connection(connection: &Connection) -> Result<ConnectionConfig, Exit> {
    let embedded = "embedded";
    Ok(match &connection.door {
        Door::Opcua { endpoint, waveforms } => {
            let waves: Vec<_> = waveforms
                .iter()
                .map(|w| serde_json::json!({ "address": w.address, "rate_address": w.rate_address }))
                .collect();
            let value = serde_json::json!({
                "protocol": "opcua", "endpoint": endpoint, "security": "none", "insecure": true,
                "publishing_interval_ms": 100, "sampling_interval_ms": 100, "waveforms": waves,
            });
            serde_json::from_value(value)?
        }
        Door::Modbus { address, unit, interval_ms } => ConnectionConfig::Modbus(modbus::Config {
            unit_id: *unit,
            poll_interval_ms: u64::from(*interval_ms),
            ..modbus::Config::new(address.clone())
        }),
        Door::Sparkplug { group, .. } => ConnectionConfig::Sparkplug(sparkplug::Config {
            groups: vec![group.clone()],
            ..sparkplug::Config::new(embedded)
        }),
        Door::Mqtt { topics, .. } => {
            let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
            ConnectionConfig::Mqtt(mqtt::Config::new(embedded, &topics))
        }
    })
}

fn assets(spec: &Spec) -> PlantFile {
    PlantFile {
        assets: spec.assets.iter().map(|asset| entry(asset, &spec.signals)).collect(),
        failure_modes: supply::failure_modes(),
    }
}

fn entry(asset: &Asset, signals: &[Signal]) -> AssetEntry {
    AssetEntry {
        path: asset.path.clone(),
        level: asset.level.clone(),
        name: asset.name.clone(),
        template: asset.template.clone(),
        nameplate: asset.nameplate.clone(),
        learning: None,
        signals: signals.iter().filter(|s| s.asset == asset.id).map(SignalEntry::from).collect(),
    }
}
