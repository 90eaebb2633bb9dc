//! Names for numbers: the catalogue as columns.

use std::sync::{Arc, OnceLock};

use arrow_array::{ArrayRef, RecordBatch, StringViewArray, UInt32Array};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use arrow_select::take::take;
use gemba_plant::{Catalogue, SignalId};

/// A number that no signal has.
const NOWHERE: u32 = u32::MAX;

/// The catalogue with its names as columns, made where they are first wanted: on a query thread, not by who hands a
/// catalogue over.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) catalogue: Arc<Catalogue>,
    columns: OnceLock<Columns>,
}

#[derive(Debug)]
struct Columns {
    /// The row of each signal in the columns below, by its number: numbers are handed out one after the other.
    places: Vec<u32>,
    ids: Vec<u32>,
    signals: StringViewArray,
    assets: StringViewArray,
}

impl Columns {
    fn of(catalogue: &Catalogue) -> Self {
        let ids: Vec<u32> = catalogue.signals().map(|s| s.id.get()).collect();
        let signals: StringViewArray = catalogue.signals().map(|s| catalogue.full_name(s.id)).collect();
        let assets: StringViewArray =
            catalogue.signals().map(|s| Some(catalogue.asset(s.asset)?.path.as_str())).collect();
        let mut places = vec![NOWHERE; ids.iter().max().map_or(0, |last| *last as usize + 1)];
        for (id, place) in ids.iter().zip(0_u32..) {
            if let Some(slot) = places.get_mut(*id as usize) {
                *slot = place;
            }
        }
        Self { places, ids, signals, assets }
    }
}

impl Names {
    pub(crate) const fn new(catalogue: Arc<Catalogue>) -> Self {
        Self { catalogue, columns: OnceLock::new() }
    }

    fn columns(&self) -> &Columns {
        self.columns.get_or_init(|| Columns::of(&self.catalogue))
    }

    /// The full name of a signal; empty when the catalogue does not know it.
    pub(crate) fn full_name(&self, id: u32) -> &str {
        self.place(id).map_or("", |place| self.columns().signals.value(place as usize))
    }

    fn place(&self, id: u32) -> Option<u32> {
        self.columns().places.get(id as usize).copied().filter(|place| *place != NOWHERE)
    }

    /// The full names of signals, one a row; null for those that the catalogue does not know.
    pub(crate) fn signals_of(&self, ids: &[u32]) -> Result<ArrayRef, ArrowError> {
        take(&self.columns().signals, &self.rows_of(ids), None)
    }

    /// The paths of the assets of signals, one a row.
    pub(crate) fn assets_of(&self, ids: &[u32]) -> Result<ArrayRef, ArrowError> {
        take(&self.columns().assets, &self.rows_of(ids), None)
    }

    fn rows_of(&self, ids: &[u32]) -> UInt32Array {
        ids.iter().map(|id| self.place(*id)).collect()
    }

    /// Every signal that is in the catalogue or among `others`, as a table to filter.
    pub(crate) fn everyone(&self, others: impl Iterator<Item = SignalId>) -> Result<RecordBatch, ArrowError> {
        let mut ids = self.columns().ids.clone();
        ids.extend(others.map(SignalId::get).filter(|id| self.place(*id).is_none()));
        let columns = vec![self.signals_of(&ids)?, Arc::new(UInt32Array::from(ids.clone())), self.assets_of(&ids)?];
        RecordBatch::try_new(who(), columns)
    }
}

/// The columns of [`Names::everyone`]: those of `samples` that say whose a row is.
pub(crate) fn who() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("signal", DataType::Utf8View, true),
        Field::new("signal_id", DataType::UInt32, false),
        Field::new("asset", DataType::Utf8View, true),
    ]))
}
