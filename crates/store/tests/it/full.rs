//! A full disk: nothing is accepted, it is noted, and it goes on by itself.

use gemba_plant::{GapReason, Payload, SignalId, TimeRange, Timestamp, Waveform};
use gemba_store::fault::FaultDisk;
use gemba_store::{Condition, Error};

use crate::{append, open, origin, read, sample, samples};

#[test]
fn below_the_reserve_nothing_is_accepted_until_there_is_space() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    assert!(append(&store, 1, &[sample(1, 1, 1.0)]));
    disk.set_capacity(Some(disk.used() + 900_000));
    store.maintain().unwrap();
    let refused = store.append(origin(2), samples(&[sample(1, 2, 2.0)]), vec![]);
    assert!(matches!(refused, Err(Error::DiskFull { reserve: 1_000_000, .. })));
    assert_eq!(store.stats().state, Condition::DiskFull);
    let gaps = store.gaps(TimeRange::ALL);
    assert_eq!((gaps.len(), gaps[0].reason, gaps[0].range.to), (1, GapReason::DiskFull, Timestamp::MAX));
    store.flush().unwrap();
    disk.set_capacity(None);
    store.maintain().unwrap();
    assert!(append(&store, 2, &[sample(1, 2, 2.0)]));
    let gaps = store.gaps(TimeRange::ALL);
    assert_eq!((gaps.len(), gaps[0].range.to), (1, Timestamp::from_secs(20_000 * crate::DAY)), "closed");
    assert_eq!(read(&store).len(), 2);
}

#[test]
fn a_write_into_a_full_disk_is_not_acknowledged_and_goes_on_when_there_is_space() {
    for room in 0..300 {
        let disk = FaultDisk::new();
        let config = gemba_store::Config { reserve_mb: 0, ..crate::quiet() };
        let store = crate::open_with(config.clone(), &disk).unwrap();
        assert!(append(&store, 1, &[sample(1, 1, 1.0)]));
        disk.set_capacity(Some(disk.used() + room));
        let ticket = store.append(origin(2), samples(&[sample(1, 2, 2.0), sample(2, 2, 0.1)]), vec![]).unwrap();
        let settled = ticket.outcome().is_some();
        let crashed = crate::open_with(config.clone(), &disk.after_power_cut(|_| 0));
        if let Ok(crashed) = crashed {
            assert_eq!(read(&crashed).len(), if settled { 3 } else { 1 }, "room {room}");
        }
        assert_eq!(settled, store.stats().state == Condition::Accepting);
        disk.set_capacity(None);
        store.maintain().unwrap();
        store.maintain().unwrap();
        ticket.wait().unwrap();
        assert!(append(&store, 3, &[sample(1, 3, 3.0)]), "room {room}");
        let store = crate::open_with(config, &disk.after_power_cut(|_| 0)).unwrap();
        assert_eq!(read(&store).len(), 4);
        assert_eq!(store.stats().quarantined, 0);
    }
}

#[test]
fn a_flush_that_finds_no_room_leaves_nothing_behind_however_often_it_is_tried() {
    let mut refused = 0;
    for room in (0..8_000).step_by(89) {
        let disk = FaultDisk::new();
        let store = crate::open_with(gemba_store::Config { reserve_mb: 0, ..crate::quiet() }, &disk).unwrap();
        // three files: two days, and a waveform
        let rows: Vec<_> = (0..200).map(|at| sample(1, at * crate::DAY / 100, 0.1 * at as f64)).collect();
        assert!(append(&store, 1, &rows));
        let (signal, at) = (SignalId::new(2), Timestamp::from_secs(1));
        let wave =
            Waveform { signal, start: at, ingest: at, rate_hz: 100.0, samples: (0..200).map(|i| i as f32).collect() };
        store.append(origin(2), vec![Payload::Waveform(wave)], vec![]).unwrap().wait().unwrap();
        disk.set_capacity(Some(disk.used() + room));
        let tries: Vec<_> = (0..4).map(|_| (store.flush().is_ok(), disk.used())).collect();
        if !tries[0].0 {
            refused += 1;
            assert!(tries.iter().all(|one| *one == tries[0]), "room {room}: {tries:?}");
            assert_eq!(crate::lake_files(&disk).len(), 0, "room {room}");
        }
        disk.set_capacity(None);
        store.flush().unwrap();
        assert_eq!((read(&store).len(), crate::lake_files(&disk).len()), (200, 3), "room {room}");
    }
    assert!(refused > 40, "{refused}");
}

#[test]
fn also_a_spell_between_two_looks_stands_in_the_ledger() {
    let mut short = 0;
    for room in 0..300 {
        let disk = FaultDisk::new();
        let config = gemba_store::Config { reserve_mb: 0, ..crate::quiet() };
        let store = crate::open_with(config, &disk).unwrap();
        assert!(append(&store, 1, &[sample(1, 1, 1.0)]));
        disk.set_capacity(Some(disk.used() + room));
        let ticket = store.append(origin(2), samples(&[sample(1, 2, 2.0)]), vec![]).unwrap();
        if store.stats().state != Condition::DiskFull {
            continue;
        }
        short += 1;
        // there is space again before anybody has looked
        disk.set_capacity(None);
        store.maintain().unwrap();
        store.maintain().unwrap();
        ticket.wait().unwrap();
        let gaps = store.gaps(TimeRange::ALL);
        assert_eq!((gaps.len(), gaps[0].reason), (1, GapReason::DiskFull), "room {room}: {gaps:?}");
        assert!(gaps[0].range.to < Timestamp::MAX, "closed");
    }
    assert!(short > 10, "the spell was made {short} times");
}
