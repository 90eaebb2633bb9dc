//! A bounded queue with waiting on both sides, for threads and for tasks of any runtime.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// What a consumer gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pop<T> {
    Item(T),
    /// Nothing came in time.
    Nothing,
    /// Closed and empty.
    Closed,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    /// What all items weigh.
    weight: usize,
    waiting: Vec<Waker>,
    /// Whether what is offered passes by.
    passing: bool,
    closed: bool,
}

#[derive(Debug)]
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    freed: Condvar,
    max: usize,
    weight_max: usize,
    weigh: fn(&T) -> usize,
}

impl<T> Queue<T> {
    /// Full with `max` items, or with fewer that weigh `weight_max` together.
    pub(crate) fn new(max: usize, (weight_max, weigh): (usize, fn(&T) -> usize)) -> Self {
        let state = State { items: VecDeque::new(), weight: 0, waiting: Vec::new(), passing: false, closed: false };
        let (state, filled, freed) = (Mutex::new(state), Condvar::new(), Condvar::new());
        Self { state, filled, freed, max: max.max(1), weight_max: weight_max.max(1), weigh }
    }

    fn full(&self, state: &State<T>) -> bool {
        state.items.len() >= self.max || state.weight >= self.weight_max
    }

    /// No code panics while it holds the lock, so that what a poisoned lock guards is sound.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// The share of its items, or of its weight, that is taken: 0–1.
    pub(crate) fn fullness(&self) -> f64 {
        let state = self.lock();
        let share = |part: usize, whole: usize| part as f64 / whole as f64;
        share(state.items.len(), self.max).max(share(state.weight, self.weight_max)).min(1.0)
    }

    /// Waits for room, blocking the thread; gives the item back when the queue is closed.
    pub(crate) fn push_blocking(&self, item: T) -> Result<(), T> {
        let mut state = self.lock();
        while !state.closed && self.full(&state) {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        self.put(state, item)
    }

    /// Waits for room as a task; gives the item back when the queue is closed. Cancel-safe: a dropped future has
    /// put nothing.
    pub(crate) async fn push(&self, item: T) -> Result<(), T> {
        let mut item = Some(item);
        poll_fn(|context| self.poll_push(&mut item, context)).await
    }

    /// As [`Queue::push`]; false when the item passed by, which it does at once while [`Queue::pass_by`] holds.
    pub(crate) async fn offer(&self, item: T) -> Result<bool, T> {
        let mut item = Some(item);
        let poll = |context: &mut Context<'_>| {
            if self.is_passing() {
                Poll::Ready(Ok(false))
            } else {
                self.poll_push(&mut item, context).map_ok(|()| true)
            }
        };
        poll_fn(poll).await
    }

    /// Lets what is offered pass by from now on, also what waits for room; or no more.
    pub(crate) fn pass_by(&self, on: bool) {
        let mut state = self.lock();
        state.passing = on;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Whether what is offered passes by.
    pub(crate) fn is_passing(&self) -> bool {
        self.lock().passing
    }

    fn poll_push(&self, item: &mut Option<T>, context: &Context<'_>) -> Poll<Result<(), T>> {
        let mut state = self.lock();
        if !state.closed && self.full(&state) {
            if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            return Poll::Pending;
        }
        item.take().map_or(Poll::Pending, |item| Poll::Ready(self.put(state, item)))
    }

    fn put(&self, mut state: MutexGuard<'_, State<T>>, item: T) -> Result<(), T> {
        if state.closed {
            return Err(item);
        }
        state.weight += (self.weigh)(&item);
        state.items.push_back(item);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// The next item, waiting for it up to `patience`.
    pub(crate) fn pop(&self, patience: Duration) -> Pop<T> {
        let state = self.lock();
        let wait = self.filled.wait_timeout_while(state, patience, |s| s.items.is_empty() && !s.closed);
        let (mut state, _) = wait.unwrap_or_else(PoisonError::into_inner);
        let Some(item) = state.items.pop_front() else {
            return if state.closed { Pop::Closed } else { Pop::Nothing };
        };
        state.weight -= (self.weigh)(&item);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.freed.notify_one();
        waiting.into_iter().for_each(Waker::wake);
        Pop::Item(item)
    }

    /// Lets nothing in any more; what is inside can still be taken out.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.filled.notify_all();
        self.freed.notify_all();
        waiting.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Wake;
    use std::thread;

    use super::*;

    const SOON: Duration = Duration::from_millis(1);
    const LIGHT: (usize, fn(&i32) -> usize) = (1, |_| 0);

    /// A task's waker that unparks its thread.
    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut future = std::pin::pin!(future);
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(done) => return done,
                Poll::Pending => thread::park(),
            }
        }
    }

    async fn push_all(queue: &Queue<i32>, items: std::ops::Range<i32>) {
        for item in items {
            queue.push(item).await.unwrap();
        }
    }

    #[test]
    fn a_full_queue_makes_threads_and_tasks_wait_and_loses_nothing() {
        let queue = Arc::new(Queue::new(2, LIGHT));
        thread::scope(|scope| {
            for start in [0, 1000] {
                let (a, b) = (Arc::clone(&queue), Arc::clone(&queue));
                scope.spawn(move || (start..start + 100).for_each(|i| a.push_blocking(i).unwrap()));
                scope.spawn(move || block_on(push_all(&b, start + 100..start + 200)));
            }
            let mut got = Vec::new();
            while got.len() < 400 {
                assert!(queue.len() <= 2);
                if let Pop::Item(i) = queue.pop(Duration::from_secs(10)) {
                    got.push(i);
                }
            }
            got.sort_unstable();
            assert_eq!(got, (0..200).chain(1000..1200).collect::<Vec<_>>());
        });
    }

    #[test]
    fn heavy_items_fill_it_sooner_and_one_always_fits() {
        let queue = Queue::<usize>::new(9, (10, |item| *item));
        let sent = |item: usize| {
            let mut push = std::pin::pin!(queue.push(item));
            push.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
        };
        assert!(sent(1_000) && !sent(0));
        assert_eq!(queue.pop(SOON), Pop::Item(1_000));
        assert!(sent(6) && sent(6) && !sent(6));
        assert_eq!(queue.pop(SOON), Pop::Item(6));
        assert!(sent(6) && queue.len() == 2);
    }

    #[test]
    fn a_closed_queue_empties_and_refuses() {
        let queue = Queue::new(3, LIGHT);
        assert_eq!(queue.pop(SOON), Pop::Nothing);
        queue.push_blocking(1).unwrap();
        queue.close();
        assert_eq!(queue.push_blocking(2), Err(2));
        assert_eq!(block_on(queue.push(3)), Err(3));
        assert_eq!(queue.pop(SOON), Pop::Item(1));
        assert_eq!(queue.pop(SOON), Pop::Closed);
    }
}
