//! Talking to the Gemba that runs with the same configuration, or to another one, over its API.
//!
//! A running Gemba leaves its address and a token in its data folder, readable by its own user only: who may read the data
//! may also work with it from the command line. `GEMBA_URL` with `GEMBA_TOKEN` names another one.

mod door;
mod tls;

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector as _, TcpConnector};

use gemba_node::Plan;

pub(crate) use self::door::{Door, clear};
use self::tls::Tls;
use crate::cli::Cli;
use crate::exit::{Exit, Kind};

/// How long to wait for an answer: longer than the server works on the longest one.
const PATIENCE: Duration = Duration::from_mins(3);
/// How long a machine may take to say that it is there.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// How long a download may stand still.
const STALL_PATIENCE: Duration = Duration::from_mins(1);
/// The largest answer that is held in memory, in bytes: a million rows of SQL.
const ANSWER_BYTES_MAX: u64 = 1 << 30;

/// A running Gemba.
#[derive(Debug)]
pub(crate) struct Client {
    base: String,
    token: String,
    agent: ureq::Agent,
}

/// Where what is stored can be asked for.
pub(crate) enum Reach {
    /// Over the API of the one that runs.
    Running(Client),
    /// Straight from the data folder: none runs.
    Folder(Box<Plan>),
}

type Sent = Result<ureq::http::Response<ureq::Body>, ureq::Error>;

impl Client {
    /// The Gemba that is named by `GEMBA_URL`, else that of this configuration.
    pub(crate) fn of(cli: &Cli) -> Result<Self, Exit> {
        if let Some(named) = Self::named()? {
            return Ok(named);
        }
        let plan = Plan::load(&cli.config)?;
        Self::beside(&plan.data_dir)?.ok_or_else(|| {
            Exit::new(Kind::Connection, "no Gemba runs with this configuration")
                .cure("start it with `gemba run`, or set GEMBA_URL and GEMBA_TOKEN")
        })
    }

    fn named() -> Result<Option<Self>, Exit> {
        let Ok(url) = std::env::var("GEMBA_URL") else { return Ok(None) };
        let token = std::env::var("GEMBA_TOKEN").map_err(|_unset| {
            Exit::new(Kind::Auth, "GEMBA_URL is set and GEMBA_TOKEN is not")
                .cure("make a token on the pages, under Admin")
        })?;
        let file = std::env::var_os("GEMBA_CA");
        let base = url.trim_end_matches('/').to_owned();
        Ok(Some(Self::new(base, token, Tls::by_authorities(file.as_deref().map(Path::new))?)))
    }

    /// The one that left its door in this folder; none when none did. It may have been killed since.
    pub(crate) fn beside(data_dir: &Path) -> Result<Option<Self>, Exit> {
        let Some((door, token)) = Door::left_in(data_dir) else { return Ok(None) };
        let tls = match &door.fingerprint {
            Some(fingerprint) => Tls::pinned(fingerprint)?,
            None => Tls::by_authorities(None)?,
        };
        let token = std::env::var("GEMBA_TOKEN").unwrap_or(token);
        Ok(Some(Self::new(door.url, token, tls)))
    }

    fn new(base: String, token: String, tls: Tls) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .timeout_connect(Some(CONNECT_PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .build();
        let connector = ().chain(TcpConnector::default()).chain(tls);
        Self { base, token, agent: ureq::Agent::with_parts(config, connector, DefaultResolver::default()) }
    }

    /// Whether a Gemba answers there that takes the token.
    pub(crate) fn answers(&self) -> bool {
        self.get::<Value>("/session").is_ok()
    }

    fn at(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.base)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// Asks for something.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Exit> {
        self.read(self.agent.get(self.at(path)).header("Authorization", self.bearer()).call())
    }

    /// Sends something.
    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Exit> {
        self.read(self.agent.post(self.at(path)).header("Authorization", self.bearer()).send_json(body))
    }

    /// Puts something in its place.
    pub(crate) fn put<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Exit> {
        self.read(self.agent.put(self.at(path)).header("Authorization", self.bearer()).send_json(body))
    }

    /// Takes something away.
    pub(crate) fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, Exit> {
        self.read(self.agent.delete(self.at(path)).header("Authorization", self.bearer()).call())
    }

    /// All items of a list that comes in pages; `path` has its question mark.
    pub(crate) fn all(&self, path: &str) -> Result<Vec<Value>, Exit> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page: Value = self.get(&format!("{path}{cursor}"))?;
            items.extend(page.get("items").and_then(Value::as_array).cloned().unwrap_or_default());
            match page.get("next").and_then(Value::as_str) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(items),
            }
        }
    }

    /// Writes what lies at an address into `to`, however long it is; how many bytes it were.
    pub(crate) fn download(&self, path: &str, to: &mut impl Write) -> Result<u64, Exit> {
        let request = self.agent.get(self.at(path)).header("Authorization", self.bearer());
        let request = request.config().timeout_global(None).timeout_per_read(Some(STALL_PATIENCE)).build();
        let mut answer = self.sound(request.call())?;
        std::io::copy(&mut answer.body_mut().as_reader(), to)
            .map_err(|error| Exit::new(Kind::Connection, format!("reading from {}: {error}", self.base)))
    }

    fn read<T: DeserializeOwned>(&self, sent: Sent) -> Result<T, Exit> {
        let text = self.text(self.sound(sent)?)?;
        Ok(serde_json::from_str(if text.is_empty() { "null" } else { &text })?)
    }

    fn text(&self, mut answer: ureq::http::Response<ureq::Body>) -> Result<String, Exit> {
        let read = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        read.map_err(|error| Exit::new(Kind::Connection, format!("reading from {}: {error}", self.base)))
    }

    /// The answer when it is one, else what is wrong in the server's own words.
    fn sound(&self, sent: Sent) -> Result<ureq::http::Response<ureq::Body>, Exit> {
        let answer = sent.map_err(|error| {
            let (why, cure) = tls::distrust(&error).unwrap_or_else(|| match &error {
                ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    ("nobody answers there".to_owned(), "start it with `gemba run`")
                }
                error => (error.to_string(), "look whether Gemba runs there"),
            });
            Exit::new(Kind::Connection, format!("asking {}: {why}", self.base)).cure(cure)
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let problem: Value = serde_json::from_str(&self.text(answer)?).unwrap_or_default();
        let part = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = match status.as_u16() {
            401 | 403 => Kind::Auth,
            404 => Kind::NotFound,
            _ => Kind::Failed,
        };
        // the title is the sort of problem; the detail says what it is this time
        let said = [part("detail"), part("title")].into_iter().find(|words| !words.is_empty());
        let told = said.unwrap_or_else(|| format!("{} answers {status}", self.base));
        Err(Exit::new(kind, told).cure(part("cure")))
    }
}

impl Reach {
    /// The Gemba that is named or runs with this configuration, else its folder. One that was killed leaves its door: it
    /// counts only when it answers.
    pub(crate) fn of(cli: &Cli) -> Result<Self, Exit> {
        if let Some(named) = Client::named()? {
            return Ok(Self::Running(named));
        }
        let plan = Plan::load(&cli.config)?;
        match Client::beside(&plan.data_dir)? {
            Some(client) if std::env::var_os("GEMBA_TOKEN").is_some() || client.answers() => Ok(Self::Running(client)),
            _ => Ok(Self::Folder(Box::new(plan))),
        }
    }
}
