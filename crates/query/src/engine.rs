//! The door: owns the threads on which queries run.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use datafusion::execution::session_state::SessionState;
use gemba_plant::{Catalogue, Sample, SignalId};
use gemba_store::Store;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::answer::{Column, columns_of};
use crate::job::{Job, base};
use crate::names::Names;
use crate::small::{SMALL, Sources, schema};
use crate::{Answer, Error, Limits, Records, columns};

/// So many threads answer at most.
const THREADS_MAX: usize = 64;
/// Planning recurses with the depth of a query, which is bounded; this is room for the deepest. Only touched pages
/// take memory.
const STACK_BYTES: usize = 64 << 20;

/// A table and its columns, for the workbench.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// Answers questions about the past. To be shared in an `Arc`.
pub struct Query {
    pub(crate) store: Store,
    records: Arc<dyn Records>,
    names: RwLock<Arc<Names>>,
    threads: usize,
    /// Made by the first query: its functions and rules are 10 MB of the program that who only watches never needs.
    base: OnceLock<SessionState>,
    /// None only while it is dropped.
    runtime: Option<Runtime>,
}

impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Query {
    /// Starts the query threads, named `query`, one for each core.
    ///
    /// # Errors
    /// When the operating system gives no threads.
    pub fn start(store: Store, catalogue: Arc<Catalogue>, records: Arc<dyn Records>) -> Result<Self, Error> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        let mut runtime = Builder::new_multi_thread();
        runtime
            .worker_threads(threads)
            .max_blocking_threads(threads)
            .thread_name("query")
            .thread_stack_size(STACK_BYTES);
        let runtime = runtime.enable_time().build().map_err(Error::Start)?;
        let names = RwLock::new(Arc::new(Names::new(catalogue)));
        Ok(Self { store, records, names, threads, base: OnceLock::new(), runtime: Some(runtime) })
    }

    /// Takes a newer catalogue; queries that run keep theirs. Costs nothing: names are
    /// made ready on the threads of the next query.
    pub fn set_catalogue(&self, catalogue: Arc<Catalogue>) {
        if Arc::ptr_eq(&self.names().catalogue, &catalogue) {
            return;
        }
        let names = Arc::new(Names::new(catalogue));
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = names;
    }

    pub(crate) fn names(&self) -> Arc<Names> {
        Arc::clone(&self.names.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers a SELECT or EXPLAIN. Dropping the future ends the work.
    ///
    /// # Errors
    /// When the text is no single query, does not fit the tables, or goes beyond a limit other than rows and bytes.
    pub async fn sql(&self, text: &str, limits: &Limits) -> Result<Answer, Error> {
        let names = self.names();
        let sources = Sources {
            catalogue: Arc::clone(&names.catalogue),
            store: self.store.clone(),
            records: Arc::clone(&self.records),
        };
        let base = self.base.get_or_init(|| base(self.threads)).clone();
        let job = Job { text: text.to_owned(), limits: limits.clone(), base, names, sources };
        let runtime = self.runtime.as_ref().ok_or(Error::Stopped)?;
        Task(runtime.spawn(job.run())).wait().await
    }

    /// Runs work that blocks on the query threads.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let runtime = self.runtime.as_ref().ok_or(Error::Stopped)?;
        Task(runtime.spawn_blocking(work)).wait().await
    }

    /// The latest sample of each of these signals, as far as there is one; from memory, at once.
    pub fn last(&self, signals: &[SignalId]) -> Vec<Option<Sample>> {
        signals.iter().map(|signal| self.store.last(*signal)).collect()
    }

    /// The tables and their columns.
    pub fn tables() -> Vec<Table> {
        let samples = Table { name: "samples".to_owned(), columns: columns_of(&columns::schema()) };
        let small = SMALL.iter().map(|name| Table { name: (*name).to_owned(), columns: columns_of(&schema(name)) });
        std::iter::once(samples).chain(small).collect()
    }
}

impl Drop for Query {
    /// Does not wait: a query that still runs ends at its next step. May be called from any thread.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Work on the query threads that ends when nobody waits for it.
struct Task<T>(JoinHandle<Result<T, Error>>);

impl<T> Task<T> {
    async fn wait(mut self) -> Result<T, Error> {
        match (&mut self.0).await {
            Ok(done) => done,
            Err(error) if error.is_panic() => {
                Err(Error::Run { why: "the engine panicked; the query was ended".to_owned() })
            }
            Err(_) => Err(Error::Stopped),
        }
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
