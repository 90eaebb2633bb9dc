//! The alarm life cycle from outside.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests are tests")]

mod backtest;
mod life;
mod mute;
mod once;
mod props;
mod rates;
mod request;
mod work;
mod worst;

use gemba_act::{Act, AlarmBook, AlarmConfig, AlarmRequest, Error, JournalEntry, Wish};
use gemba_plant::{AssetId, Timestamp};

/// A book on a bench, with everything it ever wrote.
struct Bench {
    book: AlarmBook,
    journal: Vec<JournalEntry>,
    request: AlarmRequest,
}

impl Bench {
    fn new() -> Self {
        let request = AlarmRequest::new(AssetId::new(1), "hot", "bearing hot");
        Self { book: AlarmBook::new(AlarmConfig::default()), journal: Vec::new(), request }
    }

    fn condition(&mut self, active: bool, at: i64) {
        let lines = self.book.condition(&self.request, active, Timestamp::from_secs(at));
        self.journal.extend(lines);
    }

    fn act(&mut self, id: u64, act: Act, at: i64) -> Result<(), Error> {
        let lines = self.book.act(id, &Wish { act, by: "ann", comment: "" }, Timestamp::from_secs(at))?;
        self.journal.extend(lines);
        Ok(())
    }

    fn tick(&mut self, at: i64) {
        let lines = self.book.tick(Timestamp::from_secs(at));
        self.journal.extend(lines);
    }
}
