//! Recorded files, replayed: CSV in any dialect, white-space text, Parquet, sheets of workbooks; wide or long.
//!
//! An address is a column's name; in a long table, what stands in the column with the signals' names. The
//! position is the file and its row, so a replay goes on exactly where it stood. Files know no receipt, so
//! [`Source::commit`] has nothing to tell anyone.

mod cell;
mod columns;
mod config;
mod dialect;
mod files;
mod layout;
mod long;
mod order;
mod parquet;
mod probe;
mod replay;
mod source;
mod stamps;
mod table;
mod unpack;
mod workbook;
mod zip;

pub use cell::datetime;
pub use columns::{Column, Columns};
pub use config::{Config, Format, Long, TimeFormat};
pub use replay::Mark;

use std::sync::Arc;

use gemba_plant::port::Source;

use crate::config::checked;
use crate::feed::Feed;
use crate::{Error, Probe, Setting};

/// A source that replays from where it stood. Must be read inside a tokio runtime.
///
/// # Errors
/// When the configuration cannot work. A missing file is told by the first [`Source::next`].
pub fn open(config: &Config, setting: Setting) -> Result<Box<dyn Source>, Error> {
    checked(&setting.name, config.check())?;
    let config = Arc::new(config.clone());
    let name = setting.name.clone();
    Ok(Box::new(Feed::new(&name, move |outlet| Box::pin(source::run(Arc::clone(&config), setting.clone(), outlet)))))
}

/// Looks at the files.
///
/// # Errors
/// When the configuration cannot work.
pub fn probe(config: &Config) -> Result<Arc<dyn Probe>, Error> {
    checked("file", config.check())?;
    Ok(Arc::new(probe::Looker { config: config.clone() }))
}
