//! Retention, compaction, the gap ledger, and clocks that jump.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use gemba_plant::{Gap, GapReason, TimeRange, Timestamp};
use gemba_store::fault::FaultDisk;
use gemba_store::{Config, Decimals, Store};

use crate::{DAY, Hand, append, open, quiet, read, sample};

fn open_at(clock: &Arc<Hand>, days: Option<u32>, disk: &FaultDisk) -> Store {
    let config = Config { retention_days: days, ..quiet() };
    let clock = Arc::clone(clock);
    Store::open(config, Arc::new(disk.clone()), clock, Arc::new(|_| None)).unwrap()
}

fn fill(store: &Store, days: std::ops::Range<i64>) {
    for day in days {
        assert!(append(store, 1, &[sample(1, day * DAY + 60, 1.0)]));
    }
    store.flush().unwrap();
}

#[test]
fn days_beyond_the_rule_go_and_are_noted() {
    let clock = Hand::at(20_010 * DAY);
    let disk = FaultDisk::new();
    let store = open_at(&clock, Some(5), &disk);
    fill(&store, 20_000..20_010);
    store.maintain().unwrap();
    let first = read(&store).into_keys().next().unwrap().1;
    assert_eq!(first, (20_005 * DAY + 60) * 1_000_000);
    let gaps = store.gaps(TimeRange::ALL);
    assert_eq!((gaps.len(), gaps[0].reason), (1, GapReason::Retention));
    assert_eq!(gaps[0].lost + read(&store).len() as u64, 10);
}

#[test]
fn a_clock_that_jumps_ahead_deletes_nothing() {
    let clock = Hand::at(20_010 * DAY);
    let disk = FaultDisk::new();
    let store = open_at(&clock, Some(5), &disk);
    fill(&store, 20_006..20_010);
    store.maintain().unwrap();
    clock.set(23_660 * DAY);
    store.maintain().unwrap();
    assert_eq!(read(&store).len(), 4);
    // Not even when data dated by that clock comes in.
    fill(&store, 23_659..23_660);
    store.maintain().unwrap();
    assert_eq!(read(&store).len(), 5);
    drop(store);
    let store = open_at(&clock, Some(5), &disk);
    store.maintain().unwrap();
    clock.set(0);
    store.maintain().unwrap();
    clock.set(20_011 * DAY);
    store.maintain().unwrap();
    assert_eq!(read(&store).len(), 5);
}

#[test]
fn many_small_files_become_few_and_the_levels_grow() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    for number in 0..27 {
        assert!(append(&store, 1, &[sample(1, number, 0.5), sample(2, number, 1.0 / 3.0)]));
        store.flush().unwrap();
        store.maintain().unwrap();
    }
    (0..9).for_each(|_| store.maintain().unwrap());
    assert_eq!(store.stats().files, 1);
    assert_eq!(read(&store).len(), 54);
    assert_eq!(crate::lake_files(&disk).len(), 1, "the old ones are gone");
    assert!(store.stats().wal_bytes == 0);
}

#[test]
fn gaps_survive_a_power_cut_and_are_closed_by_a_second_note() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    let from = Timestamp::from_secs(10);
    let gap = Gap::new("plc", TimeRange::new(from, Timestamp::MAX), GapReason::ConnectionLost, "no answer");
    store.record_gap(gap.clone()).unwrap().wait().unwrap();
    let disk = disk.after_power_cut(|_| 0);
    let store = open(&disk).unwrap();
    assert_eq!(store.gaps(TimeRange::ALL), [gap]);
    let to = Timestamp::from_secs(20);
    store.close_gap("plc", GapReason::ConnectionLost, to).unwrap().wait().unwrap();
    assert!(append(&store, 1, &[sample(1, 1, 1.0)]));
    store.flush().unwrap();
    let store = open(&disk.after_power_cut(|_| 0)).unwrap();
    assert_eq!(store.gaps(TimeRange::ALL)[0].range, TimeRange::new(from, to));
    assert_eq!(store.gaps(TimeRange::new(to, Timestamp::MAX)), []);
}

#[test]
fn a_thread_that_panics_begins_again() {
    let (disk, asked) = (FaultDisk::new(), Arc::new(AtomicU32::new(0)));
    let config = Config { maintain_every_ms: 5, flush_rows: 1, ..quiet() };
    let count = Arc::clone(&asked);
    let once: Decimals = Arc::new(move |_| {
        assert!(count.fetch_add(1, Ordering::Relaxed) > 0, "on purpose");
        None
    });
    let store = Store::open(config, Arc::new(disk), Hand::at(20_000 * DAY), once).unwrap();
    assert!(append(&store, 1, &[sample(1, 1, 1.0)]));
    let begun = std::time::Instant::now();
    while store.stats().files == 0 && begun.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(store.stats().files, 1, "decimals were asked for {} times", asked.load(Ordering::Relaxed));
}
