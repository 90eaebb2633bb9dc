//! Labels of people, rules and imports.

use std::collections::BTreeSet;

use gemba_act::Label;
use gemba_plant::AssetId;

use crate::Error;
use crate::node::Core;
use crate::state::{LabelFilter, StoredLabel};

/// Labels that are kept: far more than people write, less than fills a disk.
const LABELS_MAX: usize = 1_000_000;

/// Reads and writes labels. Calls block for the state.
#[derive(Debug)]
pub struct Labels<'a>(pub(crate) &'a Core);

impl Labels<'_> {
    /// Labels, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn list(&self, filter: &LabelFilter) -> Result<Vec<StoredLabel>, Error> {
        self.0.state.labels(filter)
    }

    /// One label.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn get(&self, id: u64) -> Result<Option<StoredLabel>, Error> {
        self.0.state.label(id)
    }

    /// Writes labels, all or none; their numbers in the same order.
    ///
    /// # Errors
    /// When one cannot be kept, names an asset that is not there, or the state cannot be written.
    pub fn add(&self, labels: &[Label]) -> Result<Vec<u64>, Error> {
        let catalogue = self.0.registry.catalogue();
        for label in labels {
            label.check()?;
        }
        let assets: BTreeSet<AssetId> = labels.iter().map(|l| l.asset).collect();
        if let Some(missing) = assets.into_iter().find(|id| catalogue.asset(*id).is_none()) {
            return Err(Error::NotFound { what: "asset", name: missing.to_string() });
        }
        if self.0.state.label_count()? + labels.len() > LABELS_MAX {
            return Err(Error::Refused {
                what: format!("there are {LABELS_MAX} labels already"),
                cure: "remove those that are no longer needed".into(),
            });
        }
        self.0.state.put_labels(labels, self.0.clock.now())
    }

    /// Removes a label.
    ///
    /// # Errors
    /// When it is not there or the state cannot be written.
    pub fn remove(&self, id: u64) -> Result<(), Error> {
        if self.0.state.remove_label(id)? {
            return Ok(());
        }
        Err(Error::NotFound { what: "label", name: id.to_string() })
    }
}
