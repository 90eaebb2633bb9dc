//! The table `samples`: a snapshot of the store, of which only what can match is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_schema::SchemaRef;
use arrow_select::filter::filter_record_batch;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DFSchema;
use datafusion::datasource::TableType;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures_util::stream;
use gemba_plant::{Batch, SignalId, TimeRange};
use gemba_store::{FileMeta, Store};

use crate::columns;
use crate::names::Names;
use crate::prune::{About, about, range};

/// The table `samples`, for one query.
#[derive(Debug)]
pub(crate) struct Samples {
    pub(crate) store: Store,
    pub(crate) names: Arc<Names>,
    /// How many lake files were opened.
    pub(crate) opened: Arc<AtomicUsize>,
}

#[async_trait]
impl TableProvider for Samples {
    fn schema(&self) -> SchemaRef {
        columns::schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> EngineResult<Vec<TableProviderFilterPushDown>> {
        let answer = |filter: &&Expr| match about(filter) {
            About::Who => TableProviderFilterPushDown::Exact,
            About::When => TableProviderFilterPushDown::Inexact,
            About::Other => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(answer).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let wanted = projection.cloned().unwrap_or_else(|| (0..columns::schema().fields().len()).collect());
        let schema = Arc::new(columns::schema().project(&wanted)?);
        let asked = Arc::new(Asked { signals: self.who(state, filters)?, range: range(filters) });
        let snapshot = self.store.snapshot(asked.signals.as_deref(), asked.range).map_err(outside)?;
        let lanes = state.config().target_partitions().max(1);
        let mut parts: Vec<Part> = (0..lanes.min(snapshot.files.len()).max(1))
            .map(|_| Part {
                store: self.store.clone(),
                names: Arc::clone(&self.names),
                opened: Arc::clone(&self.opened),
                asked: Arc::clone(&asked),
                hot: Vec::new(),
                files: Vec::new(),
                wanted: wanted.clone(),
                schema: Arc::clone(&schema),
            })
            .collect();
        for (part, file) in (0..parts.len()).cycle().zip(snapshot.files) {
            if let Some(part) = parts.get_mut(part) {
                part.files.push(file);
            }
        }
        if let Some(first) = parts.first_mut() {
            first.hot = snapshot.hot;
        }
        let parts = parts.into_iter().map(|part| Arc::new(part) as Arc<dyn PartitionStream>).collect();
        Ok(Arc::new(StreamingTableExec::try_new(schema, parts, None, [], false, limit)?))
    }
}

impl Samples {
    /// The signals that pass the filters about them; none: all. Decided on the catalogue, exactly.
    fn who(&self, state: &dyn Session, filters: &[Expr]) -> EngineResult<Option<Vec<SignalId>>> {
        let filters: Vec<&Expr> = filters.iter().filter(|filter| about(filter) == About::Who).collect();
        if filters.is_empty() {
            return Ok(None);
        }
        let stored = self.store.last_all();
        let mut everyone = self.names.everyone(stored.iter().map(|sample| sample.signal))?;
        let schema = DFSchema::try_from(everyone.schema())?;
        for filter in filters {
            let test = state.create_physical_expr(filter.clone(), &schema)?;
            everyone = keep(&everyone, &test.evaluate(&everyone)?.into_array(everyone.num_rows())?)?;
        }
        let ids = everyone.column_by_name("signal_id").and_then(|column| column.as_primitive_opt::<UInt32Type>());
        let mut ids: Vec<SignalId> = ids.iter().flat_map(|ids| ids.values()).map(|id| SignalId::new(*id)).collect();
        ids.sort_unstable();
        Ok(Some(ids))
    }
}

fn keep(rows: &RecordBatch, passed: &dyn Array) -> EngineResult<RecordBatch> {
    let passed: &BooleanArray = passed
        .as_boolean_opt()
        .ok_or_else(|| DataFusionError::Plan("a filter on the signal is not a yes or no".to_owned()))?;
    Ok(filter_record_batch(rows, passed)?)
}

/// An error of ours on its way through the engine.
pub(crate) fn outside(error: gemba_store::Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

#[derive(Debug)]
struct Asked {
    signals: Option<Vec<SignalId>>,
    range: TimeRange,
}

/// Some files, and for one part the rows in memory, as a stream.
#[derive(Clone, Debug)]
struct Part {
    store: Store,
    names: Arc<Names>,
    opened: Arc<AtomicUsize>,
    asked: Arc<Asked>,
    hot: Vec<Batch>,
    files: Vec<FileMeta>,
    wanted: Vec<usize>,
    schema: SchemaRef,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = stream::iter(self.clone().records());
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows))
    }
}

impl Part {
    /// Reads lazily: a file is opened when its first row is asked for.
    fn records(mut self) -> impl Iterator<Item = EngineResult<RecordBatch>> + Send {
        let hot = std::mem::take(&mut self.hot).into_iter().map(Ok);
        let files = std::mem::take(&mut self.files);
        let (store, opened, asked) = (self.store, self.opened, self.asked);
        let cold = files.into_iter().flat_map(move |file| {
            opened.fetch_add(1, Ordering::Relaxed);
            let (rows, failed) = match store.read_file(&file, asked.signals.as_deref(), asked.range) {
                Ok(rows) => (Some(rows), None),
                Err(error) => (None, Some(Err(error))),
            };
            failed.into_iter().chain(rows.into_iter().flatten())
        });
        let (names, wanted, schema) = (self.names, self.wanted, self.schema);
        hot.chain(cold).map(move |batch| Ok(columns::record(&batch.map_err(outside)?, &names, &wanted, &schema)?))
    }
}
