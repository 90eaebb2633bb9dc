//! What the time alone brings about, and work beside the rest that nobody waits for: what fails is told of and done again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::node::{Core, blocking};

/// Between two looks at delays, shelves and digests of alarms.
const ALARM_TICK: Duration = Duration::from_secs(1);
/// Between two looks at the log of the small state …
const TIDY_EVERY: Duration = Duration::from_secs(1);
/// … which is taken over into its file after so many writes, about a megabyte.
const WRITES: u32 = 100;
/// After a panic it is waited for so long.
const REST: Duration = Duration::from_secs(1);

/// Lets the alarm book see the time go by, until the node stops.
pub(crate) async fn alarms(core: Arc<Core>) {
    let look = |core: &Arc<Core>| {
        core.settle_owed();
        report("following the states that make alarms quiet", core.follow_states());
        report("looking at Gemba itself", core.look_at_itself());
        report("ending mutes", core.end_mutes());
        core.alarms.tick()
    };
    every(core, ALARM_TICK, "letting the alarms see the time go by", look).await;
}

/// Takes the log of the small state over into its file, until the node stops: a slow disk makes no alarm late.
pub(crate) async fn tidy(core: Arc<Core>) {
    every(core, TIDY_EVERY, "tidying the small state", |core| core.state.tidy_after(WRITES)).await;
}

/// Does this now and every `span`, off the async threads, until the node stops.
pub(crate) async fn every(core: Arc<Core>, span: Duration, doing: &str, work: fn(&Arc<Core>) -> Result<(), Error>) {
    let mut every = tokio::time::interval(span);
    loop {
        tokio::select! {
            () = core.stopping() => return,
            _ = every.tick() => {}
        }
        let own = Arc::clone(&core);
        report(doing, blocking(move || work(&own)).await);
    }
}

/// Tells of what failed and is done again.
pub(crate) fn report(doing: &str, outcome: Result<(), Error>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "{doing}");
    }
}

/// Runs what `begin` makes until it ends by itself or is stopped; after a panic, which `died` hears of, what it makes then.
pub(crate) async fn revived<W: Future<Output = ()>>(
    stop: &CancellationToken,
    mut begin: impl FnMut() -> W,
    died: impl Fn(),
) {
    while AssertUnwindSafe(begin()).catch_unwind().await.is_err() {
        died();
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(REST) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_panics_is_told_of_and_begun_again_until_it_is_stopped() {
        let (stop, begun, deaths) = (CancellationToken::new(), AtomicU32::new(0), AtomicU32::new(0));
        let count = |of: &AtomicU32| of.fetch_add(1, Ordering::Relaxed);
        let twice = || async { assert!(count(&begun) > 1, "on purpose") };
        let died = || assert!(count(&deaths) < 3);
        revived(&stop, twice, died).await;
        assert_eq!((begun.load(Ordering::Relaxed), deaths.load(Ordering::Relaxed)), (3, 2));
        stop.cancel();
        revived(&stop, || async { panic!("on purpose") }, died).await;
        assert_eq!(deaths.load(Ordering::Relaxed), 3);
    }
}
