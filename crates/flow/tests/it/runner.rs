//! Pipelines on threads.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gemba_flow::{FlowConfig, Outlets, Produced, Runner};
use gemba_plant::port::Clock;
use gemba_plant::{Sample, Timestamp};

use crate::support::{lane, payload, row, tales};

/// A clock that stands until it is moved.
#[derive(Debug, Default)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(Hand::default())
}

fn keeper() -> (Arc<Mutex<Vec<Produced>>>, Outlets) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&kept);
    (kept, Arc::new(move |out| into.lock().unwrap().extend(out)))
}

fn config(workers: usize) -> FlowConfig {
    FlowConfig { workers, queue_max: 2, lateness_ms: 0, ..FlowConfig::default() }
}

/// Rows of four assets, mixed, as payloads.
fn feed() -> Vec<Vec<Sample>> {
    (0..50_i64).map(|i| (1..=5).map(|s| row(s, i * 100 + i64::from(s), 20.0 + f64::from(s))).collect()).collect()
}

fn set_lanes(runner: &Runner) {
    for (asset, signals) in [(1, vec![1, 2]), (2, vec![3]), (3, vec![4, 1]), (4, vec![2])] {
        runner.set_lane(&lane(asset, &signals)).unwrap();
    }
}

#[test]
fn any_number_of_workers_tells_the_same() {
    let mut told = Vec::new();
    for workers in [1, 3] {
        let (kept, outlets) = keeper();
        let runner = Runner::start(&config(workers), &clock(), &outlets).unwrap();
        set_lanes(&runner);
        for rows in feed() {
            runner.offer_blocking(&[payload(&rows)]).unwrap();
        }
        let (counters, health) = runner.report().unwrap();
        assert_eq!((counters.delivered, counters.unrouted, health.len()), (300, 50, 0));
        runner.stop().unwrap();
        told.push(tales(&kept.lock().unwrap()));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].len(), 8);
}

#[test]
fn a_restart_with_other_workers_goes_on_where_it_stood() {
    let (whole, outlets) = keeper();
    let runner = Runner::start(&config(2), &clock(), &outlets).unwrap();
    set_lanes(&runner);
    feed().iter().for_each(|rows| runner.offer_blocking(&[payload(rows)]).unwrap());
    runner.stop().unwrap();

    let (parts, outlets) = keeper();
    let first = Runner::start(&config(1), &clock(), &outlets).unwrap();
    set_lanes(&first);
    feed()[..20].iter().for_each(|rows| first.offer_blocking(&[payload(rows)]).unwrap());
    let middle = first.checkpoint().unwrap();
    assert_eq!(first.stop().unwrap().to_bytes(), middle.to_bytes(), "nothing came in between");
    let second = Runner::start(&config(3), &clock(), &outlets).unwrap();
    set_lanes(&second);
    second.restore(middle).unwrap();
    feed()[20..].iter().for_each(|rows| second.offer_blocking(&[payload(rows)]).unwrap());
    second.stop().unwrap();
    assert_eq!(tales(&parts.lock().unwrap()), tales(&whole.lock().unwrap()));
}

#[test]
fn a_slow_taker_makes_offers_wait_and_memory_stays_bounded() {
    let (open, gate) = sync_channel::<()>(0);
    let gate = Mutex::new(gate);
    let (kept, into) = keeper();
    let outlets: Outlets = Arc::new(move |out| {
        gate.lock().unwrap().recv().ok();
        into(out);
    });
    let runner = Arc::new(Runner::start(&config(1), &clock(), &outlets).unwrap());
    set_lanes(&runner);
    let offering = Arc::clone(&runner);
    let thread = std::thread::Builder::new()
        .spawn(move || {
            feed().iter().for_each(|rows| offering.offer_blocking(&[payload(rows)]).unwrap());
        })
        .unwrap();
    for _ in 0..20 {
        assert!(runner.waiting() <= 2);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(!thread.is_finished() && kept.lock().unwrap().is_empty(), "nothing can have passed a gate that is shut");
    drop(open);
    thread.join().unwrap();
    Arc::into_inner(runner).unwrap().stop().unwrap();
    let (whole, all) = keeper();
    let free = Runner::start(&config(1), &clock(), &all).unwrap();
    set_lanes(&free);
    feed().iter().for_each(|rows| free.offer_blocking(&[payload(rows)]).unwrap());
    free.stop().unwrap();
    assert_eq!(tales(&kept.lock().unwrap()), tales(&whole.lock().unwrap()));
}

#[test]
fn who_has_no_room_is_passed_by_without_a_wait_and_is_given_it_later() {
    let (open, gate) = sync_channel::<()>(0);
    let gate = Mutex::new(gate);
    let (kept, into) = keeper();
    let outlets: Outlets = Arc::new(move |out| {
        gate.lock().unwrap().recv().ok();
        into(out);
    });
    let runner = Runner::start(&config(1), &clock(), &outlets).unwrap();
    set_lanes(&runner);
    let mut passed_by = 0;
    for rows in feed() {
        let mut parts = runner.parts(&[payload(&rows)]);
        passed_by += usize::from(parts.is_empty());
        // nobody waits: `enough` is over at once
        block_on(runner.offer_until(&mut parts, std::future::ready(()))).unwrap();
        runner.fall_behind(&parts);
    }
    assert!(passed_by > 40 && runner.behind().len() == 1, "{passed_by}");
    drop(open);
    // from the store: all of it once more; what was seen is told apart
    runner.caught_up(&runner.behind());
    feed().iter().for_each(|rows| runner.offer_blocking(&[payload(rows)]).unwrap());
    assert!(runner.behind().is_empty());
    runner.stop().unwrap();
    let (whole, all) = keeper();
    let free = Runner::start(&config(1), &clock(), &all).unwrap();
    set_lanes(&free);
    feed().iter().for_each(|rows| free.offer_blocking(&[payload(rows)]).unwrap());
    free.stop().unwrap();
    assert_eq!(tales(&kept.lock().unwrap()), tales(&whole.lock().unwrap()));
}

/// Runs a future that is never pending for long.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(done) =
            future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
        {
            return done;
        }
        std::thread::yield_now();
    }
}

#[test]
fn what_is_told_while_somebody_writes_is_passed_on_together() {
    let (open, gate) = sync_channel::<()>(0);
    let (gate, calls) = (Mutex::new(gate), Arc::new(AtomicU64::new(0)));
    let count = Arc::clone(&calls);
    let outlets: Outlets = Arc::new(move |_| {
        gate.lock().unwrap().recv().ok();
        count.fetch_add(1, Ordering::SeqCst);
    });
    let runner = Runner::start(&FlowConfig { queue_max: 100, ..config(1) }, &clock(), &outlets).unwrap();
    set_lanes(&runner);
    for rows in feed() {
        runner.offer_blocking(&[payload(&rows)]).unwrap();
    }
    drop(open);
    runner.report().unwrap();
    // the first alone, then what waited; more calls where the machine takes longer than a millisecond for them
    assert!(calls.load(Ordering::SeqCst) < 50);
    runner.stop().unwrap();
}

#[test]
fn a_silent_asset_is_served_by_the_clock() {
    let hand = Arc::new(Hand::default());
    let clock: Arc<dyn Clock> = Arc::<Hand>::clone(&hand);
    let (told, heard) = sync_channel(8);
    let outlets: Outlets = Arc::new(move |out| told.send(out).unwrap());
    let runner = Runner::start(&FlowConfig { workers: 1, ..FlowConfig::default() }, &clock, &outlets).unwrap();
    runner.set_lane(&lane(1, &[1])).unwrap();
    runner.offer_blocking(&[payload(&[row(1, 5000, 1.0)])]).unwrap();
    runner.report().unwrap();
    hand.0.store(200_000, Ordering::SeqCst);
    let out = heard.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(tales(&out).len(), 1 + 1);
    drop(runner.stop().unwrap());
}

#[test]
fn a_dead_worker_is_told_and_nobody_waits_for_ever() {
    let outlets: Outlets = Arc::new(|_| panic!("the taker is broken"));
    let runner = Runner::start(&config(1), &clock(), &outlets).unwrap();
    set_lanes(&runner);
    let mut refused = false;
    for rows in feed() {
        refused |= runner.offer_blocking(&[payload(&rows)]).is_err();
    }
    assert!(refused || runner.report().is_err());
    assert!(runner.stop().is_err());
}
