//! One SQL query from text to answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arrow_array::{Array, RecordBatch};
use datafusion::catalog::memory::{MemoryCatalogProvider, MemorySchemaProvider};
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProviderList, SchemaProvider, TableProvider,
};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use futures_util::StreamExt;

use crate::answer::{plain, plain_schema};
use crate::error::of_engine;
use crate::names::Names;
use crate::samples::Samples;
use crate::small::{SMALL, Small, Sources};
use crate::{Answer, Error, Limits, guard};

const CATALOG: &str = "gemba";
const SCHEMA: &str = "plant";

/// The engine's functions and rules, shared by all queries; without tables, files or formats.
pub(crate) fn base(threads: usize) -> SessionState {
    let config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(false)
        .with_target_partitions(threads);
    let builder = SessionStateBuilder::new().with_config(config).with_default_features();
    builder.with_file_formats(Vec::new()).with_table_factories(std::collections::HashMap::new()).build()
}

/// Everything that one query needs, owned, so that it can run anywhere.
pub(crate) struct Job {
    pub(crate) text: String,
    pub(crate) limits: Limits,
    pub(crate) base: SessionState,
    pub(crate) names: Arc<Names>,
    pub(crate) sources: Sources,
}

impl Job {
    /// Runs it, to its end or to one of its limits.
    pub(crate) async fn run(self) -> Result<Answer, Error> {
        let limit = Duration::from_millis(self.limits.timeout_ms);
        tokio::time::timeout(limit, Box::pin(self.answer())).await.unwrap_or(Err(Error::Timeout { limit }))
    }

    async fn answer(self) -> Result<Answer, Error> {
        let begun = Instant::now();
        let memory = self.limits.memory_bytes;
        let statement = guard::read(&self.text)?;
        let opened = Arc::new(AtomicUsize::new(0));
        let context = self.context(&opened).map_err(|error| of_engine(&error, memory))?;
        let (batches, schema, truncated) = match self.collect(&context, statement).await {
            Ok(found) => found,
            Err(Failed::Ours(error)) => return Err(error),
            Err(Failed::Engine(error)) => return Err(self.explain(&error)),
        };
        let files = opened.load(Ordering::Relaxed);
        Ok(Answer { schema, batches, truncated, elapsed: begun.elapsed(), files })
    }

    /// A session of its own: its tables see one moment, its memory is its own.
    fn context(&self, opened: &Arc<AtomicUsize>) -> EngineResult<SessionContext> {
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(GreedyMemoryPool::new(self.limits.memory_bytes)))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
            .build_arc()?;
        let tables = MemorySchemaProvider::new();
        let samples =
            Samples { store: self.sources.store.clone(), names: Arc::clone(&self.names), opened: Arc::clone(opened) };
        tables.register_table("samples".to_owned(), Arc::new(samples))?;
        for name in SMALL {
            let table: Arc<dyn TableProvider> = Arc::new(Small { name, sources: self.sources.clone() });
            tables.register_table(name.to_owned(), table)?;
        }
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema(SCHEMA, Arc::new(tables))?;
        let list = MemoryCatalogProviderList::new();
        list.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
        let state = SessionStateBuilder::new_from_existing(self.base.clone())
            .with_catalog_list(Arc::new(list))
            .with_runtime_env(runtime);
        Ok(SessionContext::new_with_state(state.build()))
    }

    async fn collect(&self, context: &SessionContext, statement: Statement) -> Result<Found, Failed> {
        let explains = guard::explains(&statement);
        let plan = context.state().statement_to_plan(statement).await?;
        guard::check_plan(&plan)?;
        let mut frame = context.execute_logical_plan(plan).await?;
        if !explains {
            frame = frame.limit(0, Some(self.limits.rows.saturating_add(1)))?;
        }
        let mut rows = frame.execute_stream().await?;
        let schema = plain_schema(&rows.schema());
        let mut taken = Taken { batches: Vec::new(), rows: self.limits.rows, bytes: self.limits.bytes };
        while let Some(batch) = rows.next().await {
            if !taken.take(&batch?)? {
                return Ok((taken.batches, schema, true));
            }
        }
        Ok((taken.batches, schema, false))
    }

    /// The engine's error in our words, with the nearest table where one is unknown.
    fn explain(&self, error: &DataFusionError) -> Error {
        if let DataFusionError::External(inner) = error.find_root()
            && let Some(store) = inner.downcast_ref::<gemba_store::Error>()
        {
            return Error::Run { why: store.to_string() };
        }
        let ours = of_engine(error, self.limits.memory_bytes);
        match &ours {
            Error::Plan { why } => missing_table(why).unwrap_or(ours),
            _ => ours,
        }
    }
}

type Found = (Vec<RecordBatch>, arrow_schema::SchemaRef, bool);

enum Failed {
    Ours(Error),
    Engine(DataFusionError),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<DataFusionError> for Failed {
    fn from(error: DataFusionError) -> Self {
        Self::Engine(error)
    }
}

/// What was taken so far, and how much more may be.
struct Taken {
    batches: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
}

impl Taken {
    /// Takes a batch, or as much of it as may be; says whether all of it was taken.
    fn take(&mut self, batch: &RecordBatch) -> EngineResult<bool> {
        let fits = batch.num_rows().min(self.rows);
        let part = plain(&batch.slice(0, fits))?;
        let sizes = part.columns().iter().map(|column| column.to_data().get_slice_memory_size());
        let bytes: usize = sizes.sum::<Result<_, _>>()?;
        if bytes > self.bytes {
            let share = usize::try_from(fits as u128 * self.bytes as u128 / bytes.max(1) as u128).unwrap_or(0);
            self.batches.push(part.slice(0, share.min(fits)));
            return Ok(false);
        }
        self.rows -= fits;
        self.bytes -= bytes;
        self.batches.push(part);
        Ok(fits == batch.num_rows())
    }
}

/// The engine says `table 'gemba.plant.sampels' not found`.
fn missing_table(why: &str) -> Option<Error> {
    let name = why.strip_prefix("table '")?.split('\'').next()?;
    let name = name.strip_prefix(&format!("{CATALOG}.{SCHEMA}.")).unwrap_or(name).to_owned();
    let known = std::iter::once("samples").chain(SMALL);
    let (distance, nearest) = known.map(|table| (distance(&name, table), table)).min()?;
    Some(Error::NoTable { hint: (distance <= 2).then(|| nearest.to_owned()), name })
}

/// Insertions, deletions and replacements between two words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((y, above), corner) in b.chars().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or(0);
            next.push((above + 1).min(left + 1).min(corner + usize::from(x != y)));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use gemba_plant::port::told;

    use super::*;

    #[test]
    fn words_are_as_far_apart_as_their_typos() {
        for (a, b, expected) in
            [("samples", "samples", 0), ("sampels", "samples", 2), ("", "ab", 2), ("gap", "gaps", 1)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn an_unknown_table_is_named_with_its_neighbour() {
        let error = missing_table("table 'gemba.plant.sampels' not found").unwrap();
        assert_eq!(told(&error), "checking the query: there is no table sampels; did you mean samples?");
        let error = told(&missing_table("table 'pg.x.y' not found").unwrap());
        assert!(error.contains("no table pg.x.y; tables are samples"), "{error}");
    }
}
