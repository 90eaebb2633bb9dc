//! Who is measured: how each is started, written to, asked, and what its answers mean.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use gemba_testkit::plant::SIGNALS;
use serde_json::Value;

use super::http::{Http, escaped};
use super::process::{Server, folder, free_port, installed};

/// The variable that names Gemba's program; else it is looked for where a release build leaves it.
const PROGRAM: &str = "GEMBA_PROGRAM";
/// How long data may take to come to rest.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where lines are written to, on every side.
pub(super) const WRITE_PATH: &str = "/write?db=bench&precision=ns";

/// One side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Ours as shipped: every asset is watched and learned.
    Gemba,
    /// Ours, only keeping.
    GembaUnwatched,
    VictoriaMetrics,
    Influx,
}

impl Side {
    /// The row's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Gemba => "gemba",
            Self::GembaUnwatched => "gemba (keeping only)",
            Self::VictoriaMetrics => "victoria-metrics",
            Self::Influx => "influxdb 1",
        }
    }

    /// Why it cannot be measured here, with the cure; none when it can.
    pub(super) fn missing(self) -> Option<String> {
        let (program, package) = match self {
            Self::Gemba | Self::GembaUnwatched => {
                return program().err().map(|error| error.to_string());
            }
            Self::VictoriaMetrics => ("victoria-metrics", "victoria-metrics"),
            Self::Influx => ("influxd", "influxdb"),
        };
        installed(program).is_none().then(|| format!("{program} is not installed: apt-get install {package}"))
    }

    /// Starts it with an empty store.
    pub(super) fn start(self) -> anyhow::Result<Running> {
        let folder = folder()?;
        let port = free_port()?;
        let (command, health) = match self {
            Self::Gemba => (gemba(folder.path(), &settings(port, true))?, "/healthz"),
            Self::GembaUnwatched => (gemba(folder.path(), &settings(port, false))?, "/healthz"),
            Self::VictoriaMetrics => (victoria(folder.path(), port)?, "/health"),
            Self::Influx => (influx(folder.path(), port)?, "/ping"),
        };
        let ready = || Http::open(port, "").and_then(|mut http| http.get(health)?.ok()).is_ok();
        let server = Server::start(folder, command, ready)?;
        let mut running = Running { side: self, server, port, headers: String::new() };
        running.headers = running.sign_in()?;
        Ok(running)
    }
}

/// Gemba's program.
pub(super) fn program() -> anyhow::Result<std::path::PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), std::path::PathBuf::from);
    let path = std::env::var_os(PROGRAM).map_or_else(|| target.join("release/gemba"), std::path::PathBuf::from);
    anyhow::ensure!(
        path.is_file(),
        "{} is not there: build it with cargo build --release -p gemba, or name it in {PROGRAM}",
        path.display()
    );
    Ok(path)
}

/// `gemba run` over this configuration.
pub(super) fn gemba(folder: &Path, settings: &str) -> anyhow::Result<Command> {
    let file = folder.join("gemba.toml");
    fs::write(&file, settings)?;
    let mut command = Command::new(program()?);
    command.arg("--config").arg(file).arg("run");
    Ok(command)
}

/// As shipped, but for: what is in memory goes to the lake after 10 s instead of 600 s, so that a run of seconds has it
/// in its bill.
fn settings(port: u16, watch: bool) -> String {
    format!(
        "name = \"bench\"\nregister = [\"bench\"]\n[http]\nlisten = \"127.0.0.1:{port}\"\n[store]\nflush_after_s = 10\n\
         [maintenance]\nwatch = {watch}\n[connections.bench]\nprotocol = \"influx\"\n"
    )
}

fn victoria(folder: &Path, port: u16) -> anyhow::Result<Command> {
    let mut command = Command::new(installed("victoria-metrics").context("victoria-metrics is not installed")?);
    command
        .arg(format!("-storageDataPath={}", folder.join("data").display()))
        .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
        .arg("-retentionPeriod=100y");
    Ok(command)
}

fn influx(folder: &Path, port: u16) -> anyhow::Result<Command> {
    let (file, data) = (folder.join("influxdb.conf"), folder.join("data"));
    let place = |part: &str| data.join(part).display().to_string();
    let text = format!(
        "reporting-disabled = true\nbind-address = \"127.0.0.1:{}\"\n[meta]\ndir = \"{}\"\n[data]\ndir = \"{}\"\nwal-dir = \"{}\"\n\
         index-version = \"tsi1\"\nmax-series-per-database = 0\nmax-values-per-tag = 0\n[http]\nbind-address = \"127.0.0.1:{port}\"\n\
         log-enabled = false\n",
        free_port()?,
        place("meta"),
        place("data"),
        place("wal")
    );
    fs::write(&file, text)?;
    let mut command = Command::new(installed("influxd").context("influxd is not installed")?);
    command.arg("-config").arg(file);
    Ok(command)
}

/// A side that runs.
pub(super) struct Running {
    pub(super) side: Side,
    pub(super) server: Server,
    pub(super) port: u16,
    headers: String,
}

impl Running {
    /// A new connection to it.
    pub(super) fn http(&self) -> anyhow::Result<Http> {
        Http::open(self.port, &self.headers)
    }

    /// The headers that let us in; makes the database where one is needed.
    fn sign_in(&self) -> anyhow::Result<String> {
        match self.side {
            Side::Gemba | Side::GembaUnwatched => Ok(format!("Authorization: Token {}\r\n", self.server.token()?)),
            Side::VictoriaMetrics => Ok(String::new()),
            Side::Influx => {
                self.http()?.post("/query?q=CREATE%20DATABASE%20bench", "text/plain", &[])?.ok()?;
                Ok(String::new())
            }
        }
    }

    /// Waits until what was written has its final form on disk, as far as the side has a way to say so.
    pub(super) fn settle(&self) -> anyhow::Result<()> {
        match self.side {
            Side::Gemba | Side::GembaUnwatched => {
                let begun = Instant::now();
                while self.hot_rows()? > 0.0 {
                    anyhow::ensure!(begun.elapsed() < PATIENCE, "rows stay in memory");
                    std::thread::sleep(Duration::from_millis(200));
                }
                Ok(())
            }
            Side::VictoriaMetrics => self.http()?.get("/internal/force_flush")?.ok().map(drop),
            Side::Influx => Ok(()),
        }
    }

    fn hot_rows(&self) -> anyhow::Result<f64> {
        let system = json(&self.http()?.get("/api/v1/system")?.ok()?)?;
        number(system.pointer("/store/hot_rows").context("no hot_rows")?)
    }

    /// As [`Running::count`]; a side that shows data only some seconds after it has acknowledged it is waited for.
    pub(super) fn count_up_to(&self, wanted: f64, end_s: i64) -> anyhow::Result<f64> {
        let begun = Instant::now();
        loop {
            let found = self.count(end_s)?;
            if found >= wanted || begun.elapsed() > PATIENCE {
                return Ok(found);
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// Values that it gives back for a time after `end_s`, all series together.
    fn count(&self, end_s: i64) -> anyhow::Result<f64> {
        let mut http = self.http()?;
        match self.side {
            Side::Gemba | Side::GembaUnwatched => {
                // signals that have just registered have a number at once and a name within seconds
                self.ids()?;
                let sql =
                    "{\"sql\":\"select count(*) from samples where signal is null or signal not like '%/monitor/%'\"}";
                let answer = json(&http.post("/api/v1/query", "application/json", sql.as_bytes())?.ok()?)?;
                number(answer.pointer("/rows/0/0").context("no count")?)
            }
            Side::VictoriaMetrics => {
                let query = escaped("sum(count_over_time({__name__=~\"dev_.+\"}[2d]))");
                let answer = json(&http.get(&format!("/api/v1/query?query={query}&time={end_s}"))?.ok()?)?;
                // no series yet
                answer.pointer("/data/result/0/value/1").map_or(Ok(0.0), number)
            }
            Side::Influx => {
                let query = escaped("select count(*) from dev");
                let answer = json(&http.get(&format!("/query?db=bench&q={query}"))?.ok()?)?;
                let counts = answer.pointer("/results/0/series/0/values/0").and_then(Value::as_array);
                counts.context("no count")?.iter().skip(1).map(number).sum()
            }
        }
    }

    /// What to ask for the last value of each signal: by device and signal, the path.
    pub(super) fn last_paths(&self, devices: usize, end_s: i64) -> anyhow::Result<BTreeMap<(usize, usize), String>> {
        let ids = if matches!(self.side, Side::Gemba | Side::GembaUnwatched) { self.ids()? } else { BTreeMap::new() };
        let mut paths = BTreeMap::new();
        for device in 0..devices {
            for (signal, (name, _)) in SIGNALS.iter().enumerate() {
                let path = match self.side {
                    Side::Gemba | Side::GembaUnwatched => {
                        let id = ids.get(&format!("bench/dev/{device:05}/{name}")).context("a signal is missing")?;
                        format!("/api/v1/latest?signals={id}")
                    }
                    Side::VictoriaMetrics => {
                        let query = escaped(&format!("dev_{name}{{id=\"{device:05}\"}}"));
                        format!("/api/v1/query?query={query}&time={end_s}")
                    }
                    Side::Influx => {
                        let query = escaped(&format!("select last({name}) from dev where id='{device:05}'"));
                        format!("/query?db=bench&q={query}")
                    }
                };
                paths.insert((device, signal), path);
            }
        }
        Ok(paths)
    }

    /// Numbers of signals by full name; waits until every name is known.
    fn ids(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        let begun = Instant::now();
        loop {
            let all = json(&self.http()?.get("/api/v1/latest?names=true")?.ok()?)?;
            let column = |name: &str| all.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            let names: Vec<String> =
                column("name").iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect();
            if !names.is_empty() && names.iter().all(|name| !name.is_empty()) {
                return Ok(names.into_iter().zip(column("signal").iter().filter_map(Value::as_u64)).collect());
            }
            anyhow::ensure!(begun.elapsed() < PATIENCE, "names do not come");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The value in the answer to one of [`Running::last_paths`].
    pub(super) fn last_value(&self, answer: &[u8]) -> anyhow::Result<f64> {
        let place = match self.side {
            Side::Gemba | Side::GembaUnwatched => "/value/0",
            Side::VictoriaMetrics => "/data/result/0/value/1",
            Side::Influx => "/results/0/series/0/values/0/1",
        };
        number(json(answer)?.pointer(place).context("no value in the answer")?)
    }

    /// What to ask for the last values of all signals, and how: path and media type.
    pub(super) fn all_paths(&self, end_s: i64) -> Vec<(&'static str, String, &'static str)> {
        match self.side {
            Side::Gemba | Side::GembaUnwatched => vec![
                ("json", "/api/v1/latest?names=true".to_owned(), "application/json"),
                ("arrow", "/api/v1/latest".to_owned(), "application/vnd.apache.arrow.stream"),
            ],
            Side::VictoriaMetrics => {
                let query = escaped("{__name__=~\"dev_.+\"}");
                vec![("json", format!("/api/v1/query?query={query}&time={end_s}"), "application/json")]
            }
            Side::Influx => {
                let query = escaped("select last(*) from dev group by id");
                vec![("json", format!("/query?db=bench&q={query}"), "application/json")]
            }
        }
    }

    /// Bytes on disk of what is kept for good.
    pub(super) fn disk_bytes(&self) -> u64 {
        let below = match self.side {
            Side::Gemba | Side::GembaUnwatched => "gemba-data/store/lake",
            Side::VictoriaMetrics | Side::Influx => "data",
        };
        self.server.disk_bytes(below)
    }
}

fn json(bytes: &[u8]) -> anyhow::Result<Value> {
    serde_json::from_slice(bytes).context("the answer is no JSON")
}

/// A number, or a text that is one.
fn number(value: &Value) -> anyhow::Result<f64> {
    let text = value.as_str().and_then(|text| text.parse().ok());
    value.as_f64().or(text).with_context(|| format!("{value} is no number"))
}
