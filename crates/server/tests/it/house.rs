//! A running node with its doors open, in a folder that goes away.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_connect::{ConnectionConfig, influx};
use gemba_node::access::{NewToken, NewUser, Role, Scope};
use gemba_node::config::{GembaFile, PlantFile};
use gemba_node::{Node, Plan};
use gemba_server::Served;
use serde_json::json;
use tempfile::TempDir;

use crate::client::Client;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

const PLANT: &str = r#"
[[asset]]
path = "acme/north/pump-1"
name = "Pump 1"

[[asset.signal]]
name = "flow"
unit = "m3/h"
role = "flow"

[[asset.signal]]
name = "pressure"
unit = "bar"
role = "discharge_pressure"
"#;

async fn started(plan: &Plan) -> (Node, Served) {
    let node = Node::start(plan.clone()).await.unwrap();
    let served = gemba_server::serve(node.clone()).await.unwrap();
    (node, served)
}

pub(crate) struct House {
    pub(crate) folder: TempDir,
    plan: Plan,
    pub(crate) node: Node,
    pub(crate) served: Served,
}

impl House {
    /// A plant with one pump, on the loopback.
    pub(crate) async fn open() -> Self {
        Self::listening("127.0.0.1:0").await
    }

    /// The same, with a connection that takes line protocol and registers what it does not know.
    pub(crate) async fn registering(connection: &str) -> Self {
        let connections =
            BTreeMap::from([(connection.to_owned(), ConnectionConfig::Influx(influx::Config::default()))]);
        let register = vec![connection.to_owned()];
        Self::of(GembaFile { register, connections, ..GembaFile::default() }, PLANT, "127.0.0.1:0").await
    }

    /// A plant as written, with a connection `line` that takes line protocol.
    pub(crate) async fn writing(plant: &str) -> Self {
        let connections = BTreeMap::from([("line".to_owned(), ConnectionConfig::Influx(influx::Config::default()))]);
        Self::of(GembaFile { connections, ..GembaFile::default() }, plant, "127.0.0.1:0").await
    }

    pub(crate) async fn listening(listen: &str) -> Self {
        Self::with(PLANT, listen).await
    }

    /// A plant as written.
    pub(crate) async fn with(plant: &str, listen: &str) -> Self {
        Self::of(GembaFile::default(), plant, listen).await
    }

    async fn of(mut file: GembaFile, plant: &str, listen: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        file.http.listen = listen.to_owned();
        let plant: PlantFile = toml::from_str(plant).unwrap();
        let plan = Plan::unwritten(folder.path(), file, BTreeMap::from([("plant.toml".to_owned(), plant)])).unwrap();
        let (node, served) = started(&plan).await;
        Self { folder, plan, node, served }
    }

    /// Stops and starts again over the same data.
    pub(crate) async fn again(self) -> Self {
        let Self { folder, plan, node, served } = self;
        served.stop().await;
        node.stop().await.unwrap();
        drop(node);
        let (node, served) = started(&plan).await;
        Self { folder, plan, node, served }
    }

    /// Nobody in particular.
    pub(crate) fn anybody(&self) -> Client {
        Client::at(self.served.address())
    }

    /// Somebody with a session, as a browser.
    pub(crate) async fn person(&self, role: Role) -> Client {
        let name = format!("person-{role}");
        let user = NewUser { name: name.clone(), role, password: Some(PASSWORD.to_owned()) };
        self.node.access().add_user(user).await.unwrap();
        let answer = self.anybody().post("/api/v1/session", &json!({ "user": name, "password": PASSWORD })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        self.anybody().with("Cookie", &cookie).with("X-Gemba-CSRF", "1")
    }

    /// A program with a token.
    pub(crate) async fn program(&self, role: Role, scopes: &[&str]) -> Client {
        self.node.access().ensure_user("maker", Role::Admin).await.unwrap();
        let name = format!("program-{}", self.node.access().tokens().len());
        let scopes = scopes.iter().map(|s| Scope::parse(s).unwrap()).collect();
        let expires = self.node.now().plus(Duration::from_hours(1));
        let (secret, _) =
            self.node.access().add_token("maker", NewToken { name, role, scopes, expires }).await.unwrap();
        self.anybody().with("Authorization", &format!("Bearer {}", secret.reveal()))
    }

    pub(crate) async fn close(self) {
        self.served.stop().await;
        self.node.stop().await.unwrap();
        drop(self.folder);
    }
}
