//! Where a look at a device goes: to the Gemba that runs with this configuration, whose link knows what was told once, else
//! over a connection of our own.

use std::sync::Arc;

use gemba_connect::{BrowseNode, Probe};
use gemba_plant::{Quality, Range, SignalKind};
use serde::Deserialize;
use serde_json::{Value, json};

use super::device;
use crate::cli::Cli;
use crate::client::Client;
use crate::exit::Exit;

/// A way to see what a device offers.
pub(super) enum Look {
    /// Over a connection of our own.
    Own(Arc<dyn Probe>),
    /// By the one that runs, at its connection of this name.
    Running(Client, String),
}

/// What the API says of a node.
#[derive(Deserialize)]
struct Node {
    address: String,
    name: String,
    kind: String,
    has_children: bool,
    data_type: String,
    signal_kind: SignalKind,
    unit: String,
    range: Option<Range>,
    value: Option<String>,
    quality: Option<Quality>,
    description: String,
    path: String,
}

#[derive(Deserialize)]
struct Found {
    nodes: Vec<Node>,
}

impl From<Node> for BrowseNode {
    fn from(node: Node) -> Self {
        let Node { address, name, kind, has_children, data_type, signal_kind, .. } = node;
        let Node { unit, range, value, quality, description, path, .. } = node;
        let is_signal = kind == "signal";
        Self {
            address,
            name,
            is_signal,
            has_children,
            data_type,
            kind: signal_kind,
            unit,
            range,
            value,
            quality,
            description,
            path,
        }
    }
}

impl Look {
    /// At a configured connection or an address. A Gemba that runs and does not know the connection yet is not asked.
    pub(super) fn at(cli: &Cli, device: &str) -> Result<Self, Exit> {
        let (config, pki) = device::find(cli, device)?;
        if let Some(folder) = pki.parent().filter(|_| !device::is_address(device))
            && let Some(client) = Client::beside(folder)?
            && client.get::<Value>(&format!("/connections/{device}")).is_ok()
        {
            return Ok(Self::Running(client, device.to_owned()));
        }
        Ok(Self::Own(config.probe(&pki)?))
    }

    /// What lies below an address, or at the top.
    pub(super) async fn below(&self, at: Option<&str>) -> Result<Vec<BrowseNode>, Exit> {
        match self {
            Self::Own(probe) => Ok(probe.browse(at).await?),
            Self::Running(client, name) => {
                let found: Found = client.post("/connections/browse", &json!({ "name": name, "at": at }))?;
                Ok(found.nodes.into_iter().map(BrowseNode::from).collect())
            }
        }
    }
}
