//! The store.

use std::collections::BTreeMap;
use std::sync::Arc;

use gemba_plant::port::{BoxFault, Clock, Past, Position};
use gemba_plant::{Batch, Frame, Gap, GapReason, Payload, Sample, SignalId, TimeRange, Timestamp, Waveform};

use crate::{Config, Disk, Error, FileMeta, Origin, Snapshot, Stats, Ticket};

/// How many decimal digits a signal resolves, as the catalogue knows it.
pub type Decimals = Arc<dyn Fn(SignalId) -> Option<u8> + Send + Sync>;

/// Durable time series. Cheap to clone; all clones are the same store.
#[derive(Clone, Debug)]
pub struct Store {
    config: Arc<Config>,
}

/// The rows of a lake file, as [`Store::read_file`] finds them.
#[derive(Debug)]
pub struct FileRows {}

impl Iterator for FileRows {
    type Item = Result<Batch, Error>;
    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}

#[allow(unused_variables, clippy::unused_self, clippy::needless_pass_by_value, clippy::unnecessary_wraps, missing_docs, clippy::missing_errors_doc, reason = "signatures first")]
impl Store {
    pub fn open(config: Config, disk: Arc<dyn Disk>, clock: Arc<dyn Clock>, decimals: Decimals) -> Result<Self, Error> {
        Ok(Self { config: Arc::new(config) })
    }
    pub fn append(&self, origin: Origin, payloads: Vec<Payload>, gaps: Vec<Gap>) -> Result<Ticket, Error> {
        let (ticket, promise) = Ticket::new();
        promise.settle(Ok(()));
        Ok(ticket)
    }
    pub fn positions(&self) -> BTreeMap<String, Position> {
        BTreeMap::new()
    }
    pub fn last(&self, signal: SignalId) -> Option<Sample> {
        None
    }
    pub fn last_all(&self) -> Vec<Sample> {
        Vec::new()
    }
    pub fn snapshot(&self, signals: Option<&[SignalId]>, range: TimeRange) -> Result<Snapshot, Error> {
        Ok(Snapshot::default())
    }
    pub fn read_file(&self, file: &FileMeta, signals: Option<&[SignalId]>, range: TimeRange) -> Result<FileRows, Error> {
        Ok(FileRows {})
    }
    pub fn waveforms(&self, signal: SignalId, range: TimeRange, limit: usize) -> Result<Vec<Waveform>, Error> {
        Ok(Vec::new())
    }
    pub fn frames(&self, signal: SignalId, range: TimeRange, limit: usize) -> Result<Vec<Frame>, Error> {
        Ok(Vec::new())
    }
    pub fn gaps(&self, range: TimeRange) -> Vec<Gap> {
        Vec::new()
    }
    pub fn record_gap(&self, gap: Gap) -> Result<Ticket, Error> {
        self.append(Origin::default(), vec![], vec![gap])
    }
    pub fn close_gap(&self, connection: &str, reason: GapReason, at: Timestamp) -> Result<Ticket, Error> {
        self.append(Origin::default(), vec![], vec![])
    }
    pub fn maintain(&self) -> Result<(), Error> {
        Ok(())
    }
    pub fn flush(&self) -> Result<(), Error> {
        Ok(())
    }
    pub fn stats(&self) -> Stats {
        Stats::default()
    }
    pub fn close(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl Past for Store {
    fn samples(
        &self,
        _signals: &[SignalId],
        _range: TimeRange,
    ) -> Result<Box<dyn Iterator<Item = Result<Batch, BoxFault>> + Send + '_>, BoxFault> {
        Ok(Box::new(std::iter::empty()))
    }
}
