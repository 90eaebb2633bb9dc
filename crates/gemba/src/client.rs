//! Talking to the Gemba that runs with the same configuration, over its own API.
//!
//! A running Gemba leaves a token in its data folder, readable by its own user only: who may read the data
//! may also work with it from the command line.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use gemba_node::Plan;

use crate::exit::{Exit, Kind};

/// The file with the token, in the data folder.
pub(crate) const TOKEN_FILE: &str = "local-token";

/// How long to wait for an answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running Gemba.
#[derive(Debug)]
pub(crate) struct Client {
    base: String,
    token: String,
    agent: ureq::Agent,
}

impl Client {
    /// The Gemba of this configuration; `GEMBA_URL` and `GEMBA_TOKEN` name another one.
    pub(crate) fn of(plan: &Plan) -> Result<Self, Exit> {
        let base = std::env::var("GEMBA_URL").unwrap_or_else(|_| format!("http://{}", plan.listen));
        let path = plan.data_dir.join(TOKEN_FILE);
        let token = std::env::var("GEMBA_TOKEN").or_else(|_| std::fs::read_to_string(&path)).map_err(|_missing| {
            Exit::new(Kind::Connection, format!("no Gemba seems to run with this configuration ({} is not there); start it with `gemba run`, or set GEMBA_URL and GEMBA_TOKEN", path.display()))
        })?;
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
        Ok(Self { base, token: token.trim().to_owned(), agent: config.new_agent() })
    }

    /// Asks for something.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Exit> {
        let sent = self
            .agent
            .get(format!("{}/api/v1{path}", self.base))
            .header("Authorization", format!("Bearer {}", self.token))
            .call();
        self.read(sent)
    }

    /// Sends something.
    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Exit> {
        let request = self
            .agent
            .post(format!("{}/api/v1{path}", self.base))
            .header("Authorization", format!("Bearer {}", self.token));
        self.read(request.send_json(body))
    }

    /// Takes something away.
    pub(crate) fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, Exit> {
        let request = self
            .agent
            .delete(format!("{}/api/v1{path}", self.base))
            .header("Authorization", format!("Bearer {}", self.token));
        self.read(request.call())
    }

    fn read<T: DeserializeOwned>(
        &self,
        sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<T, Exit> {
        let mut answer = sent.map_err(|error| {
            Exit::new(Kind::Connection, format!("asking {}: {error}; is Gemba running?", self.base))
        })?;
        let status = answer.status();
        let text = answer
            .body_mut()
            .read_to_string()
            .map_err(|error| Exit::new(Kind::Connection, format!("reading from {}: {error}", self.base)))?;
        if status.is_success() {
            return Ok(serde_json::from_str(if text.is_empty() { "null" } else { &text })?);
        }
        let problem: Value = serde_json::from_str(&text).unwrap_or_default();
        let part = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = match status.as_u16() {
            401 | 403 => Kind::Auth,
            404 => Kind::NotFound,
            _ => Kind::Failed,
        };
        let words = [part("title"), part("detail"), part("cure")];
        Err(Exit::new(kind, words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(": ")))
    }
}
