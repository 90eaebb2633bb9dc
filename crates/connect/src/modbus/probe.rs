//! Looking at a device: connect, read what the configuration maps.

use gemba_plant::{Quality, SignalKind, Unit};
use tokio::time::timeout;

use super::address::{Kind, Table};
use super::config::{Config, PORT, Register};
use super::link::{Reply, Wire, explain, peer};
use super::plan::Block;
use super::poll::{NO_ADDRESS, NO_ANSWER, UNREADABLE, value_in};
use crate::error::said;
use crate::probe::{LIMIT, in_time, rest};
use crate::{Ask, BrowseNode, Error, Probe, ReadValue, Rounds, TestReport};

/// An exception in one line, in the place of a value.
fn refusal(code: u8) -> String {
    let (what, cure) = explain(code);
    let cure = if cure.is_empty() { String::new() } else { format!("; {cure}") };
    format!("exception {code}: {what}{cure}")
}

/// Looks at one device.
#[derive(Debug)]
pub(super) struct Looker {
    pub(super) config: Config,
}

impl Looker {
    async fn steps(&self, report: &mut TestReport) {
        let Some(target) = self.config.address.split(PORT) else {
            report.fail("resolve host", "the address cannot be read", "write it like 192.168.0.10:502");
            return;
        };
        match tokio::net::lookup_host(target.clone()).await.map(|mut all| all.next()) {
            Ok(Some(found)) => report.pass("resolve host", format!("{} is {}", target.0, found.ip())),
            Ok(None) => return report.fail("resolve host", "no address", "check the host's name"),
            Err(e) => {
                return report.fail("resolve host", said(&e), "check the host's name, or write its IP address");
            }
        }
        let mut wire = match Wire::open(&self.config).await {
            Ok(wire) => wire,
            Err(error) => {
                let cure = "check that the device is on, that port 502 is reachable and that no other client holds its only connection";
                return report.fault("connect", &error, cure);
            }
        };
        report.pass("connect", peer(&self.config));
        self.first_read(&mut wire, report).await;
    }

    async fn first_read(&self, wire: &mut Wire, report: &mut TestReport) {
        let first = self.config.registers.first().map_or("holding:0", |r| r.address.as_str());
        let first = if first == "holding:0" && !self.config.zero_based { "holding:1" } else { first };
        let block = match self.config.parse(first) {
            Ok(address) => {
                Block { table: address.table, start: address.start, count: address.width(), members: vec![0] }
            }
            Err(error) => return report.fault("read", &error, "write it like holding:100:f32"),
        };
        match wire.ask(&block).await {
            Ok(Reply::Words(words)) => report.pass("read", format!("{first} holds {words:?}")),
            Ok(Reply::Refused(code)) => {
                let (what, cure) = explain(code);
                if let 10..=11 = code {
                    return report.fail("read", format!("exception {code}: {what}"), cure);
                }
                report.pass("read", format!("the device answers: {first} gives exception {code}, {what}"));
            }
            Err(error) => {
                let cure = "check unit_id and that the port speaks Modbus TCP; raise timeout_ms for slow gateways";
                report.fault("read", &error, cure);
            }
        }
    }

    async fn read_all(&self, addresses: &[String]) -> Result<Vec<ReadValue>, Error> {
        self.read_over(&mut Wire::open(&self.config).await?, addresses).await
    }

    async fn keep_reading(&self, addresses: &[String], rounds: &Rounds) -> Result<(), Error> {
        let mut wire = Wire::open(&self.config).await?;
        loop {
            let round = self.read_over(&mut wire, addresses).await?;
            if rounds.send(round).await.is_err() || rest(rounds).await.is_none() {
                return Ok(());
            }
        }
    }

    async fn read_over(&self, wire: &mut Wire, addresses: &[String]) -> Result<Vec<ReadValue>, Error> {
        let mut values = Vec::with_capacity(addresses.len());
        for text in addresses {
            values.push(self.read_one(wire, text).await?);
        }
        Ok(values)
    }

    async fn read_one(&self, wire: &mut Wire, text: &str) -> Result<ReadValue, Error> {
        let bad = |why: String, status| ReadValue {
            address: text.to_owned(),
            value: None,
            text: why,
            quality: Quality::Bad,
            status,
            time: None,
        };
        let address = match self.config.parse(text) {
            Ok(address) => address,
            Err(error) => return Ok(bad(error.to_string(), NO_ADDRESS)),
        };
        let block = Block { table: address.table, start: address.start, count: address.width(), members: vec![0] };
        match wire.ask(&block).await {
            Ok(Reply::Words(words)) => Ok(match value_in(&block, &words, &address) {
                Some(value) if value.is_finite() => ReadValue {
                    value: Some(value),
                    text: value.to_string(),
                    quality: Quality::Good,
                    ..bad(String::new(), 0)
                },
                _ => bad(format!("no number: {words:04X?}"), 0),
            }),
            Ok(Reply::Refused(code)) => Ok(bad(refusal(code), code.into())),
            Err(error @ (Error::TimedOut { .. } | Error::Malformed { .. })) => {
                let status = if matches!(error, Error::TimedOut { .. }) { NO_ANSWER } else { UNREADABLE };
                *wire = Wire::open(&self.config).await?;
                Ok(bad(error.to_string(), status))
            }
            Err(error) => Err(error),
        }
    }

    async fn list(&self) -> Result<Vec<BrowseNode>, Error> {
        let addresses: Vec<String> = self.config.registers.iter().map(|r| r.address.clone()).collect();
        let values = if addresses.is_empty() { Vec::new() } else { self.read_all(&addresses).await? };
        Ok(self.config.registers.iter().zip(values).map(|(register, value)| self.node(register, &value)).collect())
    }

    fn node(&self, register: &Register, value: &ReadValue) -> BrowseNode {
        let kind = self.config.parse(&register.address).map(|a| (a.table, a.kind, a.bit.is_some()));
        let is_state = kind.as_ref().is_ok_and(|(table, kind, bit)| table.is_bits() || *bit || *kind == Kind::Bool);
        let name = if register.name.is_empty() { &register.address } else { &register.name };
        BrowseNode {
            address: register.address.clone(),
            name: name.clone(),
            is_signal: kind.is_ok(),
            has_children: false,
            data_type: kind
                .map_or("", |(table, kind, _)| if Table::is_bits(table) { "bool" } else { kind.as_str() })
                .into(),
            kind: if is_state { SignalKind::State } else { SignalKind::Gauge },
            unit: if register.unit.is_empty() { String::new() } else { Unit::guess(&register.unit).ucum().to_owned() },
            range: None,
            value: Some(value.text.clone()),
            quality: Some(value.quality),
            description: register.description.clone(),
            path: register.path.clone(),
        }
    }

    fn late(&self) -> Error {
        Error::TimedOut { peer: peer(&self.config), doing: "everything asked for".into(), secs: LIMIT.as_secs() }
    }
}

impl Probe for Looker {
    fn test(&self) -> Ask<'_, TestReport> {
        Box::pin(in_time(async |report: &mut TestReport| self.steps(report).await))
    }

    fn browse<'a>(&'a self, _at: Option<&'a str>) -> Ask<'a, Result<Vec<BrowseNode>, Error>> {
        Box::pin(async { timeout(LIMIT, self.list()).await.map_err(|_elapsed| self.late())? })
    }

    fn read<'a>(&'a self, addresses: &'a [String]) -> Ask<'a, Result<Vec<ReadValue>, Error>> {
        Box::pin(async { timeout(LIMIT, self.read_all(addresses)).await.map_err(|_elapsed| self.late())? })
    }

    fn watch<'a>(&'a self, addresses: &'a [String], rounds: Rounds) -> Ask<'a, Result<(), Error>> {
        Box::pin(async move { self.keep_reading(addresses, &rounds).await })
    }
}
