//! Power cuts, failing operations, torn tails: what was acknowledged is there, none twice.

use std::collections::BTreeMap;

use gemba_store::fault::{Fault, FaultDisk};
use gemba_store::{Condition, Store};

use crate::{DAY, append, log_files, open, read, sample};

type Rows = BTreeMap<(u32, i64), (u64, u8, u32)>;

/// Appends, flushes, merges, restarts; whatever fails is ignored. Gives what was acknowledged and what was tried.
fn story(disk: &FaultDisk) -> (Rows, Rows) {
    let (mut acknowledged, mut tried) = (Rows::new(), Rows::new());
    let mut store = open(disk).ok();
    for round in 0..14_i64 {
        if round == 7 {
            store = open(disk).ok();
        }
        let Some(store) = &store else { continue };
        // Mostly new rows; in some rounds late ones, too.
        let seconds = if round % 5 == 4 { round - 3 } else { round };
        let rows: Vec<_> = (0..3).map(|signal| sample(signal, 20_000 * DAY + seconds * 60 + round % 2, 1.5)).collect();
        let keys = rows.iter().map(|row| ((row.signal.get(), row.time.micros()), (row.value.to_bits(), 0, 0)));
        tried.extend(keys.clone());
        if append(store, u64::try_from(round).unwrap(), &rows) {
            acknowledged.extend(keys);
        }
        if round % 3 == 2 {
            let _flushed = store.flush();
            let _kept = store.maintain();
        }
    }
    (acknowledged, tried)
}

fn check(store: &Store, (acknowledged, tried): &(Rows, Rows), what: &str) {
    let found = read(store);
    let lost: Vec<_> = acknowledged.keys().filter(|key| !found.contains_key(*key)).collect();
    assert!(lost.is_empty(), "{what}: acknowledged and lost: {lost:?}");
    assert!(found.iter().all(|(key, facts)| tried.get(key) == Some(facts)), "{what}: rows that nobody sent");
    assert_eq!(store.stats().quarantined, 0, "{what}: nothing is damaged");
}

#[test]
fn power_cut_at_every_operation() {
    let whole = FaultDisk::new();
    story(&whole);
    for at in 1..=whole.operations() {
        for keep in [0, 1, 7, usize::MAX] {
            let disk = FaultDisk::new();
            disk.fail(Fault::From(at));
            let rows = story(&disk);
            let left = disk.after_power_cut(|unsynced| if keep == 1 { unsynced / 2 } else { keep.min(unsynced) });
            let store = open(&left).unwrap_or_else(|error| panic!("cut at {at}, keeping {keep}: {error}"));
            check(&store, &rows, &format!("cut at {at}, keeping {keep}"));
            assert!(append(&store, 99, &[sample(9, 1, 1.0)]), "it goes on");
        }
    }
}

#[test]
fn every_single_operation_may_fail() {
    let whole = FaultDisk::new();
    let expected = story(&whole);
    for at in 1..=whole.operations() {
        let disk = FaultDisk::new();
        disk.fail(Fault::Once(at));
        let rows = story(&disk);
        if let Ok(store) = open(&disk) {
            check(&store, &rows, &format!("operation {at} failed, then restarted"));
        }
        let left = disk.after_power_cut(|_| 0);
        let store = open(&left).unwrap_or_else(|error| panic!("operation {at}: {error}"));
        check(&store, &rows, &format!("operation {at} failed, then power cut"));
        let tables = left.files().iter().filter(|path| path.to_string_lossy().contains("/last-")).count();
        assert!(tables <= 1, "operation {at}: {tables} tables of last rows");
    }
    assert!(expected.0.len() > 30, "the story says something");
}

#[test]
fn a_failed_sync_acknowledges_nothing_until_it_is_written_anew() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    assert!(append(&store, 1, &[sample(1, 1, 1.0)]));
    disk.fail(Fault::From(0));
    let ticket = store.append(crate::origin(2), crate::samples(&[sample(1, 2, 2.0)]), vec![]).unwrap();
    assert!(ticket.outcome().is_none());
    assert_eq!(store.stats().state, Condition::Faulted);
    assert_eq!(read(&store).len(), 1, "not seen before it is durable");
    disk.fail(Fault::None);
    store.maintain().unwrap();
    ticket.wait().unwrap();
    assert_eq!(store.stats().state, Condition::Accepting);
    let store = open(&disk.after_power_cut(|_| 0)).unwrap();
    assert_eq!(read(&store).len(), 2);
    assert_eq!(store.stats().quarantined, 0);
}

#[test]
fn the_tail_torn_at_every_byte_of_the_last_record() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    assert!(append(&store, 1, &[sample(1, 1, 1.0)]));
    let path = log_files(&disk).pop().unwrap();
    let before = disk.bytes(&path).unwrap().len();
    assert!(append(&store, 2, &[sample(1, 2, 2.0), sample(2, 2, 2.0)]));
    let after = disk.bytes(&path).unwrap().len();
    for length in before..after {
        let torn = disk.after_power_cut(|_| 0);
        torn.tamper(&path, |bytes| bytes.truncate(length)).unwrap();
        let store = open(&torn).unwrap();
        assert_eq!(read(&store).len(), 1, "{length}");
        let stats = store.stats();
        assert_eq!((stats.torn_tail_bytes, stats.quarantined), ((length - before) as u64, 0));
        assert!(append(&store, 3, &[sample(1, 3, 3.0)]));
        let again = open(&torn).unwrap();
        assert_eq!(read(&again).len(), 2);
        assert_eq!((again.stats().torn_tail_bytes, again.stats().quarantined), (0, 0), "the tail is cut for good");
    }
}
