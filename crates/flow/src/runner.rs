//! Pipelines on threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use gemba_plant::port::Clock;
use gemba_plant::{AssetId, Batch, Payload, Timestamp};

use crate::by_signal::BySignal;
use crate::checkpoint::Checkpoint;
use crate::config::{FlowConfig, LaneSpec};
use crate::queue::{Pop, Queue};
use crate::{Counters, Error, Health, Pipeline, Produced};

/// More workers than this are never started; a set of them is kept as the bits of a `u64`.
const WORKERS_MAX: usize = 64;
/// A worker looks at its silent assets at least this often.
const LOOK_MAX: Duration = Duration::from_millis(100);
/// … and at most this often.
const LOOK_MIN: Duration = Duration::from_millis(5);

/// What operators hand on is passed on together with what the next messages give, if some wait, but this much later at most:
/// whoever writes it to a disk syncs once for all of it.
const TOGETHER: Duration = Duration::from_millis(1);

/// Rows that wait for a worker at most, however few the payloads are: 33 MB.
const WAITING_MAX: usize = 1_000_000;

/// Takes what operators hand on, on the worker's thread: it may block, and then that worker waits.
pub type Outlets = Arc<dyn Fn(Vec<Produced>) + Send + Sync>;

/// What a worker is told.
pub(crate) enum Message {
    /// Payloads that come together.
    Data(Vec<Payload>),
    Set(LaneSpec, SyncSender<Result<(), Error>>),
    Remove(AssetId),
    Restore(Arc<Checkpoint>),
    Fill(Arc<Checkpoint>),
    Checkpoint(SyncSender<Checkpoint>),
    Watermarks(SyncSender<BTreeMap<AssetId, Timestamp>>),
    Anew(SyncSender<Vec<(AssetId, String)>>),
    Report(SyncSender<(Counters, Vec<Health>)>),
}

impl Message {
    fn rows(&self) -> usize {
        if let Self::Data(payloads) = self { payloads.iter().map(Payload::len).sum() } else { 0 }
    }
}

pub(crate) struct Worker {
    pub(crate) queue: Arc<Queue<Message>>,
    /// As of its last look at silent assets.
    counters: Arc<Mutex<Counters>>,
    thread: JoinHandle<Checkpoint>,
}

/// Runs pipelines on named threads; each asset stays on one of them.
pub struct Runner {
    pub(crate) workers: Vec<Worker>,
    /// Which workers want a signal, as bits; 0: nobody.
    routes: RwLock<BySignal<u64>>,
    /// Rows that nobody wants, which pass no queue.
    unwanted: AtomicU64,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("workers", &self.workers.len()).finish_non_exhaustive()
    }
}

impl Runner {
    /// Starts the workers, without lanes.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(config: &FlowConfig, clock: &Arc<dyn Clock>, outlets: &Outlets) -> Result<Self, Error> {
        let wanted = match config.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            some => some,
        };
        let mut workers = Vec::new();
        for index in 0..wanted.min(WORKERS_MAX) {
            let queue = Arc::new(Queue::new(config.queue_max, (WAITING_MAX, Message::rows)));
            let counters = Arc::new(Mutex::new(Counters::default()));
            let shift = Shift {
                queue: Arc::clone(&queue),
                counters: Arc::clone(&counters),
                pipeline: Pipeline::new(config.clone()),
                produced: Vec::new(),
                clock: Arc::clone(clock),
                outlets: Arc::clone(outlets),
                look: (config.lateness() / 4).clamp(LOOK_MIN, LOOK_MAX),
            };
            let started = Builder::new().name(format!("flow-{index}")).spawn(move || shift.work());
            let thread = started.map_err(|source| Error::StartWorker { index, source })?;
            workers.push(Worker { queue, counters, thread });
        }
        Ok(Self { workers, routes: RwLock::default(), unwanted: AtomicU64::new(0) })
    }

    /// As [`Pipeline::set_lane`], in order with the data offered before. Blocks until it is done.
    ///
    /// # Errors
    /// As [`Pipeline::set_lane`], and when the runner has stopped.
    pub fn set_lane(&self, spec: &LaneSpec) -> Result<(), Error> {
        let (index, worker) = self.worker_of(spec.asset)?;
        let (reply, answer) = sync_channel(1);
        let sent = worker.queue.push_blocking(Message::Set(spec.clone(), reply));
        sent.map_err(stopped)?;
        answer.recv().map_err(stopped)??;
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        for signal in &spec.signals {
            *routes.entry(signal.get()) |= 1 << index;
        }
        Ok(())
    }

    /// As [`Pipeline::remove_lane`], in order with the data offered before.
    ///
    /// # Errors
    /// When the runner has stopped.
    pub fn remove_lane(&self, asset: AssetId) -> Result<(), Error> {
        let (_, worker) = self.worker_of(asset)?;
        worker.queue.push_blocking(Message::Remove(asset)).map_err(stopped)
    }

    /// Hands data over; waits while queues are full. Dropping the future may leave a part handed over.
    ///
    /// # Errors
    /// When the runner has stopped.
    pub async fn offer(&self, payload: &Payload) -> Result<(), Error> {
        for (_, worker, part) in self.split(payload) {
            worker.queue.push(Message::Data(vec![part])).await.map_err(stopped)?;
        }
        Ok(())
    }

    /// As [`Runner::offer`], blocking the thread; the payloads come together: none makes another late.
    ///
    /// # Errors
    /// When the runner has stopped.
    pub fn offer_blocking(&self, together: &[Payload]) -> Result<(), Error> {
        let mut parts: Vec<(&Worker, Vec<Payload>)> = Vec::new();
        for (_, worker, part) in together.iter().flat_map(|payload| self.split(payload)) {
            match parts.iter_mut().find(|(known, _)| std::ptr::eq(*known, worker)) {
                Some((_, own)) => own.push(part),
                None => parts.push((worker, vec![part])),
            }
        }
        for (worker, own) in parts {
            worker.queue.push_blocking(Message::Data(own)).map_err(stopped)?;
        }
        Ok(())
    }

    /// As [`Pipeline::watermarks`], after all that was offered before. Blocks until each worker has come to it.
    ///
    /// # Errors
    /// When the runner has stopped.
    pub fn watermarks(&self) -> Result<BTreeMap<AssetId, Timestamp>, Error> {
        Ok(self.ask(Message::Watermarks)?.into_iter().flatten().collect())
    }

    /// As [`Pipeline::anew`], after all that was offered before. Blocks until each worker has come to it.
    ///
    /// # Errors
    /// When the runner has stopped.
    pub fn anew(&self) -> Result<Vec<(AssetId, String)>, Error> {
        Ok(self.ask(Message::Anew)?.into_iter().flatten().collect())
    }

    /// The state after all that was offered before. Blocks until each worker has come to it.
    ///
    /// # Errors
    /// When the runner has stopped.
    pub fn checkpoint(&self) -> Result<Checkpoint, Error> {
        let mut all = Checkpoint::default();
        for part in self.ask(Message::Checkpoint)? {
            all.merge(part);
        }
        Ok(all)
    }

    /// Takes a checkpoint back, for the lanes that are set. To be called before data is offered.
    ///
    /// # Errors
    /// When the runner has stopped.
    pub fn restore(&self, checkpoint: Checkpoint) -> Result<(), Error> {
        self.tell(checkpoint, Message::Restore)
    }

    /// As [`Pipeline::fill`], in order with the data offered before.
    ///
    /// # Errors
    /// When the runner has stopped.
    pub fn fill(&self, checkpoint: Checkpoint) -> Result<(), Error> {
        self.tell(checkpoint, Message::Fill)
    }

    fn tell(&self, checkpoint: Checkpoint, message: fn(Arc<Checkpoint>) -> Message) -> Result<(), Error> {
        let shared = Arc::new(checkpoint);
        for worker in &self.workers {
            worker.queue.push_blocking(message(Arc::clone(&shared))).map_err(stopped)?;
        }
        Ok(())
    }

    /// What went where so far, and the operators that failed. Blocks until each worker has answered.
    ///
    /// # Errors
    /// When the runner has stopped.
    pub fn report(&self) -> Result<(Counters, Vec<Health>), Error> {
        let unwanted = self.unwanted.load(Ordering::Relaxed);
        let mut counters = Counters { taken: unwanted, unrouted: unwanted, ..Counters::default() };
        let mut health = Vec::new();
        for (part, some) in self.ask(Message::Report)? {
            counters.add(&part);
            health.extend(some);
        }
        Ok((counters, health))
    }

    /// What went where, as of some milliseconds ago. Waits for nobody.
    pub fn counters(&self) -> Counters {
        let unwanted = self.unwanted.load(Ordering::Relaxed);
        let mut all = Counters { taken: unwanted, unrouted: unwanted, ..Counters::default() };
        let each = self.workers.iter().map(|w| *w.counters.lock().unwrap_or_else(PoisonError::into_inner));
        each.for_each(|part| all.add(&part));
        all
    }

    /// Payloads that wait for a worker, in all queues.
    pub fn waiting(&self) -> usize {
        self.workers.iter().map(|worker| worker.queue.len()).sum()
    }

    /// How full the fullest queue is, 0–1: at 1 whoever offers waits.
    pub fn fullness(&self) -> f64 {
        self.workers.iter().map(|worker| worker.queue.fullness()).fold(0.0, f64::max)
    }

    /// Lets nothing in any more, works off what was offered and gives the last checkpoint; rows still held back are
    /// in it.
    ///
    /// # Errors
    /// When a worker has died; its part of the checkpoint is missing then, so there is none.
    pub fn stop(self) -> Result<Checkpoint, Error> {
        self.workers.iter().for_each(|worker| worker.queue.close());
        let mut all = Checkpoint::default();
        let mut died = false;
        for worker in self.workers {
            match worker.thread.join() {
                Ok(part) => all.merge(part),
                Err(_) => died = true,
            }
        }
        if died { Err(Error::Stopped) } else { Ok(all) }
    }

    /// Which worker an asset is with.
    pub fn place_of(&self, asset: AssetId) -> usize {
        usize::try_from(asset.get()).unwrap_or(0) % self.workers.len().max(1)
    }

    fn worker_of(&self, asset: AssetId) -> Result<(usize, &Worker), Error> {
        let index = self.place_of(asset);
        Ok((index, self.workers.get(index).ok_or(Error::Stopped)?))
    }

    fn ask<T>(&self, message: impl Fn(SyncSender<T>) -> Message) -> Result<Vec<T>, Error> {
        let mut answers = Vec::new();
        for worker in &self.workers {
            let (reply, answer) = sync_channel(1);
            worker.queue.push_blocking(message(reply)).map_err(stopped)?;
            answers.push(answer);
        }
        answers.into_iter().map(|answer| answer.recv().map_err(stopped)).collect()
    }

    /// The parts of a payload for each worker. What nobody wants is only counted, unless the payload is for one worker
    /// alone, which then gets it whole.
    pub(crate) fn split(&self, payload: &Payload) -> Vec<(usize, &Worker, Payload)> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let wants = |signal: u32| routes.get(signal).copied().unwrap_or(0);
        let bits = match payload {
            Payload::Samples(batch) => batch.signals().iter().fold(0, |all, signal| all | wants(*signal)),
            Payload::Waveform(wave) => wants(wave.signal.get()),
            Payload::Frame(frame) => wants(frame.signal.get()),
        };
        let unwanted = match payload {
            whole if bits == 0 => whole.len(),
            Payload::Samples(batch) if bits.count_ones() > 1 => {
                batch.signals().iter().filter(|s| wants(**s) == 0).count()
            }
            _ => 0,
        };
        self.unwanted.fetch_add(unwanted as u64, Ordering::Relaxed);
        let takers = self.workers.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
        takers
            .map(|(index, worker)| {
                let part = match payload {
                    Payload::Samples(batch) if bits != 1 << index => {
                        Payload::Samples(part_of(batch, |signal| wants(signal) >> index & 1 == 1))
                    }
                    whole => whole.clone(),
                };
                (index, worker, part)
            })
            .collect()
    }
}

/// Whatever a closed queue gives back or a dead worker did not answer: it has stopped.
pub(crate) fn stopped<T>(_: T) -> Error {
    Error::Stopped
}

fn part_of(batch: &Batch, wanted: impl Fn(u32) -> bool) -> Batch {
    let rows = batch.signals().iter().enumerate().filter(|(_, signal)| wanted(**signal));
    batch.take(&rows.map(|(row, _)| row).collect::<Vec<_>>())
}

/// One worker's thread.
struct Shift {
    queue: Arc<Queue<Message>>,
    counters: Arc<Mutex<Counters>>,
    pipeline: Pipeline,
    /// What operators handed on and nobody has got yet.
    produced: Vec<Produced>,
    clock: Arc<dyn Clock>,
    outlets: Outlets,
    look: Duration,
}

impl Drop for Shift {
    /// However the thread ends, nobody waits for it for ever.
    fn drop(&mut self) {
        self.queue.close();
        while let Pop::Item(_) = self.queue.pop(Duration::ZERO) {}
    }
}

impl Shift {
    fn work(mut self) -> Checkpoint {
        let (mut looked, mut passed_on) = (Instant::now(), Instant::now());
        loop {
            match self.queue.pop(self.look.saturating_sub(looked.elapsed())) {
                Pop::Item(message) => self.handle(message),
                Pop::Nothing => {}
                Pop::Closed => return self.pipeline.checkpoint(),
            }
            if looked.elapsed() >= self.look {
                // who is passed by is silent for that reason: the clock would make late what is still to be read
                if !self.queue.is_passing() {
                    self.produced.extend(self.pipeline.advance(self.clock.now()));
                }
                *self.counters.lock().unwrap_or_else(PoisonError::into_inner) = self.pipeline.counters();
                looked = Instant::now();
            }
            if !self.produced.is_empty() && (passed_on.elapsed() >= TOGETHER || self.queue.len() == 0) {
                self.pass_on();
                passed_on = Instant::now();
            }
        }
    }

    fn handle(&mut self, message: Message) {
        if !matches!(message, Message::Data(_)) {
            // whoever asks may count on what was before
            self.pass_on();
        }
        match message {
            Message::Data(payloads) => self.produced.extend(self.pipeline.push_all(payloads, self.clock.now())),
            Message::Set(spec, reply) => answer(&reply, self.pipeline.set_lane(&spec)),
            Message::Remove(asset) => self.pipeline.remove_lane(asset),
            Message::Restore(checkpoint) => self.pipeline.restore(&checkpoint),
            Message::Fill(checkpoint) => self.pipeline.fill(&checkpoint),
            Message::Checkpoint(reply) => answer(&reply, self.pipeline.checkpoint()),
            Message::Watermarks(reply) => answer(&reply, self.pipeline.watermarks()),
            Message::Anew(reply) => answer(&reply, self.pipeline.anew()),
            Message::Report(reply) => answer(&reply, (self.pipeline.counters(), self.pipeline.health())),
        }
    }

    fn pass_on(&mut self) {
        if !self.produced.is_empty() {
            (self.outlets)(std::mem::take(&mut self.produced));
        }
    }
}

/// Answers somebody who may have given up waiting; then nobody misses the answer.
fn answer<T>(reply: &SyncSender<T>, value: T) {
    drop(reply.try_send(value));
}
