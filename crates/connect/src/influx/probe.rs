//! What can be told about programs that write whenever they like.

use super::Config;
use crate::{Ask, BrowseNode, Error, Probe, ReadValue, TestReport};

/// Nothing can be asked: writers come by themselves.
pub(super) struct Waiter;

impl Waiter {
    pub(super) const fn of(_config: &Config) -> Self {
        Self
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

    fn browse<'a>(&'a self, _at: Option<&'a str>) -> Ask<'a, Result<Vec<BrowseNode>, Error>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn read<'a>(&'a self, addresses: &'a [String]) -> Ask<'a, Result<Vec<ReadValue>, Error>> {
        let why = "line protocol is written to us; nobody can be asked for a value".to_owned();
        let first = addresses.first().cloned().unwrap_or_default();
        Box::pin(async { Err(Error::Address { address: first, why }) })
    }
}
