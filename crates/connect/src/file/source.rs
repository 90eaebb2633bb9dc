//! The replay's pace.

use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::{Arrival, Link, told};
use gemba_plant::{Gap, GapReason, Payload, TimeRange, Timestamp};
use tokio::time::{Instant, sleep_until};

use super::config::Config;
use super::files;
use super::replay::{Chunk, Mark, Replay};
use crate::feed::Outlet;
use crate::{Error, Setting};

/// Rows whose wall-clock times lie closer together than this are delivered together.
const TOGETHER: Duration = Duration::from_millis(100);

/// Why rows are rejected, with the cure.
const TIMELESS: &str = "rows without a readable time; name time_column and time_format as they are in the file";

/// Replays to the end; for ever when set to repeat.
pub(super) async fn run(config: Arc<Config>, setting: Setting, outlet: Outlet) {
    let found = {
        let config = Arc::clone(&config);
        off_the_runtime(move || files::find(&config.paths)).await
    };
    let files = match found {
        Ok(files) => files,
        Err(error) => return outlet.fail(error).await,
    };
    let written = config.start.as_ref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let start = written.map_or_else(|| setting.clock.now(), |at| Timestamp::from_micros(at.as_microsecond()));
    let mark = Mark::read(&setting.position);
    let replay = Replay::new(&setting.name, Config::clone(&config), files, mark, start)
        .with_signals(&setting.bound, Arc::clone(&setting.directory));
    outlet.link(Link::Up);
    if setting.bound.is_empty() && !setting.directory.registers(&setting.name) {
        // nobody wants anything yet: whoever ticks its columns wants them from the first row on
        return std::future::pending().await;
    }
    if deliver(replay, &config, &setting, &outlet).await.is_some() {
        outlet.link(Link::Ended);
    }
}

/// None: nobody listens, or the replay cannot go on.
async fn deliver(replay: Replay, config: &Config, setting: &Setting, outlet: &Outlet) -> Option<()> {
    let mut pace = Pace { speed: config.speed, origin: None };
    let window = pace.window();
    let mut holder = Some(replay);
    loop {
        let (mut replay, now) = (holder.take()?, setting.clock.now());
        let (replay, chunk) = off_the_runtime(move || {
            let chunk = replay.chunk(window, now);
            (replay, chunk)
        })
        .await;
        let arrival = match chunk {
            Ok(None) => return Some(()),
            Ok(Some(chunk)) => {
                for gap in &chunk.gaps {
                    setting.memory.reject(now, &chunk.mark.file, (TIMELESS, gap.lost));
                }
                pace.wait(&chunk).await;
                arrival(chunk)
            }
            Err(error) => unreadable(&error, replay.mark(), setting, now),
        };
        outlet.send(arrival).await?;
        holder = Some(replay);
    }
}

/// Reads files where nobody waits for it. A panic in there goes on here.
async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // the runtime is shutting down: this task will not be polled again either
            Err(_cancelled) => std::future::pending().await,
        },
    }
}

fn arrival(chunk: Chunk) -> Arrival {
    let payloads = if chunk.batch.is_empty() { Vec::new() } else { vec![Payload::Samples(chunk.batch)] };
    Arrival { payloads, gaps: chunk.gaps, position: chunk.mark.position(), ..Arrival::default() }
}

/// A file that cannot be read costs its own rows only.
fn unreadable(error: &Error, mark: &Mark, setting: &Setting, now: Timestamp) -> Arrival {
    tracing::warn!(connection = %setting.name, %error, "the replay goes on with the next file");
    setting.memory.reject(now, &mark.file, (&told(error), 1));
    let gap = Gap::new(&setting.name, TimeRange::new(now, now), GapReason::Malformed, error.to_string());
    Arrival { gaps: vec![gap], position: mark.position(), ..Arrival::default() }
}

/// Recorded time against the wall clock.
struct Pace {
    speed: f64,
    /// A delivered time, and when it was due.
    origin: Option<(Timestamp, Instant)>,
}

impl Pace {
    /// Recorded time that is delivered at once.
    fn window(&self) -> Duration {
        if self.speed > 0.0 { TOGETHER.mul_f64(self.speed) } else { Duration::MAX }
    }

    /// Waits until the last row of the chunk is due.
    async fn wait(&mut self, chunk: &Chunk) {
        let Some((first, last)) = chunk.span.filter(|_| self.speed > 0.0) else { return };
        let (zero, begun) = *self.origin.get_or_insert_with(|| (first, Instant::now()));
        let ahead = Duration::try_from_secs_f64(last.since(zero).as_secs_f64() / self.speed);
        if let Some(due) = ahead.ok().and_then(|ahead| begun.checked_add(ahead)) {
            sleep_until(due).await;
        }
    }
}
