//! Random stories on the store and on a map, compared after every step.

use std::collections::BTreeMap;

use gemba_plant::port::{Past, Position};
use gemba_plant::{SignalId, TimeRange, Timestamp};
use gemba_store::fault::FaultDisk;
use proptest::prelude::*;

use crate::{DAY, append, open, origin, read, sample, samples};

#[derive(Clone, Debug)]
enum Step {
    Append(Vec<(u32, i64, i32)>),
    Flush,
    Maintain,
    Restart,
    PowerCut,
}

fn step() -> impl Strategy<Value = Step> {
    // Times over two days, on a coarse grid, so that rows meet often.
    let row = (0_u32..3, (0_i64..2, 0_i64..12), 0_i32..3);
    let row = row.prop_map(|(signal, (day, slot), value)| (signal, (20_000 + day) * DAY + slot * 600, value));
    prop_oneof![
        5 => prop::collection::vec(row, 1..12).prop_map(Step::Append),
        2 => Just(Step::Flush),
        1 => Just(Step::Maintain),
        1 => Just(Step::Restart),
        1 => Just(Step::PowerCut),
    ]
}

type Model = BTreeMap<(u32, i64), (u64, u8, u32)>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn the_store_is_a_map(steps in prop::collection::vec(step(), 1..25)) {
        let mut disk = FaultDisk::new();
        let mut store = open(&disk).unwrap();
        let mut model = Model::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Append(rows) => {
                    let rows: Vec<_> = rows.into_iter().map(|(s, t, v)| sample(s, t, f64::from(v) / 10.0)).collect();
                    prop_assert!(append(&store, number as u64, &rows));
                    for row in rows {
                        model.insert((row.signal.get(), row.time.micros()), (row.value.to_bits(), 0, 0));
                    }
                }
                Step::Flush => store.flush().unwrap(),
                Step::Maintain => store.maintain().unwrap(),
                Step::Restart => {
                    store.close().unwrap();
                    store = open(&disk).unwrap();
                }
                Step::PowerCut => {
                    disk = disk.after_power_cut(|unsynced| unsynced / 2);
                    store = open(&disk).unwrap();
                }
            }
            // A correction of a row in the lake is seen once it is merged; everything else at once.
            let stats = {
                let found = read(&store);
                prop_assert!(found.keys().eq(model.keys()), "the keys are those of the model");
                let stats = store.stats();
                prop_assert_eq!(stats.samples, model.len() as u64);
                if stats.corrections_pending == 0 {
                    prop_assert_eq!(&found, &model);
                }
                stats
            };
            if stats.corrections_pending > 0 && number % 3 == 0 {
                store.flush().unwrap();
                prop_assert_eq!(read(&store), model.clone());
            }
        }
        store.flush().unwrap();
        prop_assert_eq!(read(&store), model);
    }
}

#[test]
fn a_redelivery_after_a_crash_is_there_once() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    let rows: Vec<_> = (0..100).map(|i| sample(1, i, 0.5)).collect();
    assert!(append(&store, 1, &rows));
    store.flush().unwrap();
    assert!(append(&store, 2, &[sample(1, 100, 0.5)]));
    let disk = disk.after_power_cut(|_| 0);
    let store = open(&disk).unwrap();
    assert!(append(&store, 2, &rows));
    assert!(append(&store, 2, &[sample(1, 100, 0.5)]));
    assert_eq!(read(&store).len(), 101);
    let stats = store.stats();
    assert_eq!((stats.duplicates_dropped, stats.replaced, stats.samples), (101, 0, 101));
}

#[test]
fn data_and_position_survive_together() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    assert!(append(&store, 7, &[sample(1, 1, 1.0)]));
    let disk = disk.after_power_cut(|_| 0);
    let store = open(&disk).unwrap();
    assert_eq!(store.positions().get("plc"), Some(&Position(7_u64.to_le_bytes().to_vec())));
    assert_eq!(store.last(SignalId::new(1)), Some(sample(1, 1, 1.0)));
    store.flush().unwrap();
    let store = open(&disk.after_power_cut(|_| 0)).unwrap();
    assert_eq!(store.positions().len(), 1);
    assert_eq!(store.last_all(), [sample(1, 1, 1.0)]);
}

#[test]
fn the_past_comes_in_order_of_time_each_row_once() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    for part in 0..4 {
        let rows: Vec<_> = (0..300).map(|i| sample(i % 5, i64::from(i) * 997 + part, f64::from(i))).collect();
        assert!(append(&store, 1, &rows.into_iter().rev().collect::<Vec<_>>()));
        if part < 3 {
            store.flush().unwrap();
        }
    }
    let range = TimeRange::new(Timestamp::from_secs(1_000), Timestamp::from_secs(200_000));
    let wanted = [SignalId::new(1), SignalId::new(3)];
    let rows: Vec<_> =
        store.samples(&wanted, range).unwrap().flat_map(|batch| batch.unwrap().rows().collect::<Vec<_>>()).collect();
    let keys: Vec<_> = rows.iter().map(|row| (row.time, row.signal)).collect();
    assert!(keys.is_sorted_by(|a, b| a < b));
    let expected = read(&store)
        .into_keys()
        .filter(|(signal, time)| [1, 3].contains(signal) && range.contains(Timestamp::from_micros(*time)));
    assert_eq!(keys.len(), expected.count());
}

#[test]
fn a_file_stays_while_a_snapshot_holds_it() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    for number in 0..3 {
        assert!(append(&store, number, &[sample(1, i64::try_from(number).unwrap(), 1.0)]));
        store.flush().unwrap();
    }
    let snapshot = store.snapshot(None, TimeRange::ALL).unwrap();
    assert_eq!(snapshot.files.len(), 3);
    store.maintain().unwrap();
    assert_eq!(store.snapshot(None, TimeRange::ALL).unwrap().files.len(), 1, "merged");
    for file in &snapshot.files {
        assert_eq!(store.read_file(file, None, TimeRange::ALL).unwrap().count(), 1);
    }
    drop(snapshot);
    assert_eq!(crate::lake_files(&disk).len(), 1);
}

#[test]
fn what_cannot_be_kept_in_memory_is_refused_in_time() {
    let disk = FaultDisk::new();
    let config = gemba_store::Config { flush_rows: 10, hot_rows_max: 10, ..crate::quiet() };
    let store = crate::open_with(config, &disk).unwrap();
    let rows: Vec<_> = (0..10).map(|i| sample(1, i, 1.0)).collect();
    assert!(append(&store, 1, &rows));
    let refused = store.append(origin(2), samples(&[sample(1, 99, 1.0)]), vec![]);
    assert!(matches!(refused, Err(gemba_store::Error::Busy { rows: 10, .. })));
    store.maintain().unwrap();
    assert!(append(&store, 2, &[sample(1, 99, 1.0)]));
}
