//! What can be told about programs that write whenever they like.

use std::collections::BTreeMap;

use super::Config;
use super::scan::{name_end, plain};
use crate::mqtt::probe::folder;
use crate::{Ask, BrowseNode, Error, Memory, Probe, ReadValue, TestReport};

/// Nodes in one answer.
const NODES_MAX: usize = 2_000;

/// Nothing can be asked: writers come by themselves. What came is remembered.
pub(super) struct Waiter {
    memory: Memory,
}

impl Waiter {
    pub(super) fn of(_config: &Config, memory: &Memory) -> Self {
        Self { memory: memory.clone() }
    }

    /// The measurements; below one, its fields with their tags.
    fn children(&self, at: Option<&str>) -> Vec<BrowseNode> {
        let mut nodes = BTreeMap::new();
        for (address, heard) in self.memory.heard() {
            let end = name_end(address.as_bytes(), |byte| matches!(byte, b',' | b' '));
            let measurement = address.get(..end).unwrap_or(&address);
            let name = plain(measurement.as_bytes());
            match at {
                None => {
                    let node = || BrowseNode { has_children: true, ..folder(measurement.to_owned(), &name) };
                    nodes.entry(measurement.to_owned()).or_insert_with(node);
                }
                Some(at) if at == measurement => {
                    let label = address.get(end + 1..).unwrap_or_default();
                    let mut node = folder(address.clone(), label);
                    heard.fill(&mut node);
                    nodes.insert(address, node);
                }
                Some(_) => {}
            }
        }
        nodes.into_values().take(NODES_MAX).collect()
    }
}

impl Probe for Waiter {
    fn test(&self) -> Ask<'_, TestReport> {
        let mut report = TestReport::default();
        report.pass(
            "wait",
            "programs write to /write?db=… or /api/v2/write?bucket=… with this connection's name and a token that may write",
        );
        Box::pin(async { report })
    }

    fn browse<'a>(&'a self, at: Option<&'a str>) -> Ask<'a, Result<Vec<BrowseNode>, Error>> {
        Box::pin(async move { Ok(self.children(at)) })
    }

    fn read<'a>(&'a self, addresses: &'a [String]) -> Ask<'a, Result<Vec<ReadValue>, Error>> {
        let why = "line protocol is written to us; nobody can be asked for a value".to_owned();
        let first = addresses.first().cloned().unwrap_or_default();
        Box::pin(async { Err(Error::Address { address: first, why }) })
    }
}
