//! Bit rot: noticed, set aside, noted; never a wrong value.

use gemba_plant::{GapReason, TimeRange};
use gemba_store::Error;
use gemba_store::fault::FaultDisk;

use crate::{append, lake_files, log_files, open, read, sample};

#[test]
fn a_flipped_bit_in_the_middle_of_the_log_costs_one_record_and_is_noted() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    let path = |disk: &FaultDisk| log_files(disk).pop().unwrap();
    let mut ends = Vec::new();
    for number in 0..3_i64 {
        assert!(append(&store, 1, &[sample(1, number, 1.0)]));
        ends.push(disk.bytes(&path(&disk)).unwrap().len());
    }
    for bit in ends[0] * 8..ends[1] * 8 {
        let rotten = disk.after_power_cut(|_| 0);
        rotten.tamper(&path(&rotten), |bytes| bytes[bit / 8] ^= 1 << (bit % 8)).unwrap();
        let store = open(&rotten).unwrap();
        let times: Vec<_> = read(&store).into_keys().map(|(_, time)| time).collect();
        assert_eq!(times, [0, 2_000_000], "bit {bit}");
        let gaps = store.gaps(TimeRange::ALL);
        assert_eq!(gaps.len(), 1);
        assert_eq!(gaps[0].reason, GapReason::Corrupt);
        assert_eq!(store.stats().quarantined, 1);
        assert!(rotten.files().iter().any(|path| path.to_string_lossy().contains("quarantine")));
    }
}

#[test]
fn every_flipped_byte_of_a_lake_file_is_noticed() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    assert!(append(&store, 1, &[sample(1, 1, 1.0)]));
    store.flush().unwrap();
    assert!(append(&store, 2, &[sample(1, 100_000, 2.0)]));
    store.flush().unwrap();
    let path = lake_files(&disk).remove(0);
    let length = disk.bytes(&path).unwrap().len();
    for at in (0..length).step_by(7) {
        let rotten = disk.after_power_cut(|_| 0);
        rotten.tamper(&path, |bytes| bytes[at] ^= 0x10).unwrap();
        let store = open(&rotten).unwrap();
        let snapshot = store.snapshot(None, TimeRange::ALL).unwrap();
        let refused = store.read_file(&snapshot.files[0], None, TimeRange::ALL);
        assert!(matches!(refused, Err(Error::LakeFile { .. })), "byte {at}");
        drop(snapshot);
        store.maintain().unwrap();
        assert_eq!(read(&store).len(), 1, "the rest is still served");
        let gaps = store.gaps(TimeRange::ALL);
        assert_eq!((gaps.len(), gaps[0].reason, gaps[0].lost), (1, GapReason::Corrupt, 1));
    }
}

#[test]
fn a_lost_table_of_last_values_is_rebuilt() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    assert!(append(&store, 1, &[sample(1, 1, 1.0), sample(2, 5, 2.0)]));
    store.flush().unwrap();
    drop(store);
    let table = disk.files().into_iter().find(|path| path.to_string_lossy().contains("last-")).unwrap();
    disk.tamper(&table, |bytes| bytes[3] ^= 1).unwrap();
    let store = open(&disk).unwrap();
    assert_eq!(store.last_all(), [sample(1, 1, 1.0), sample(2, 5, 2.0)]);
    assert!(append(&store, 1, &[sample(1, 1, 1.0)]), "delivered again");
    assert_eq!(read(&store).len(), 2);
}

#[test]
fn a_log_segment_that_is_gone_is_noted() {
    let disk = FaultDisk::new();
    let config = || gemba_store::Config { segment_bytes: 64 << 10, ..crate::quiet() };
    let store = crate::open_with(config(), &disk).unwrap();
    for number in 0..3_i64 {
        let rows: Vec<_> = (0..20_000).map(|i| sample(1, number * 20_000 + i, (i as f64).sqrt())).collect();
        assert!(append(&store, 1, &rows));
    }
    drop(store);
    let logs = log_files(&disk);
    assert!(logs.len() >= 3);
    gemba_store::Disk::remove(&disk, &logs[1]).unwrap();
    let store = crate::open_with(config(), &disk).unwrap();
    assert_eq!(read(&store).len(), 40_000);
    assert_eq!(store.gaps(TimeRange::ALL)[0].reason, GapReason::Corrupt);
}
