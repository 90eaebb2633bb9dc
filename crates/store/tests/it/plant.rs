//! The size of stored data, on a plant of 10-signal devices at 1 Hz as in the reference data set plant-1000.

use std::time::Instant;

use gemba_plant::{Batch, BatchBuilder, Payload, Quality, Sample, SignalId, Timestamp};
use gemba_store::Origin;
use gemba_store::fault::FaultDisk;
use gemba_testkit::plant::Plant;

use crate::{DAY, open};

/// Batches of `rows` seconds × devices, as line protocol would deliver them: device by device.
fn plant(devices: usize, seconds: i64, at_once: i64) -> Vec<Batch> {
    let mut plant = Plant::new(devices);
    let mut batches = Vec::new();
    let mut rows = BatchBuilder::new();
    for second in 0..seconds {
        let time = Timestamp::from_secs(20_000 * DAY + second);
        let ingest = Timestamp::from_secs(20_000 * DAY + second / at_once * at_once + at_once);
        for (signal, value) in (0..).zip(plant.step().iter().flat_map(Plant::values)) {
            let signal = SignalId::new(signal);
            rows.push(Sample { signal, time, ingest, value, quality: Quality::Good, status: 0 });
        }
        if (second + 1) % at_once == 0 {
            batches.push(rows.finish());
        }
    }
    batches
}

#[test]
fn decimal_data_takes_little_room_in_log_and_lake() {
    let batches = plant(20, 1_800, 5);
    let values: usize = batches.iter().map(Batch::len).sum();
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    let begun = Instant::now();
    for batch in batches {
        store.append(Origin::default(), vec![Payload::Samples(batch)], vec![]).unwrap().wait().unwrap();
    }
    let appended = begun.elapsed();
    let log = store.stats().wal_bytes as f64 / values as f64;
    let begun = Instant::now();
    store.flush().unwrap();
    let flushed = begun.elapsed();
    let lake = store.stats().bytes as f64 / values as f64;
    println!(
        "{values} values: log {log:.2} B/value, lake {lake:.3} B/value, append {:.1} M/s, flush {:.1} M/s",
        values as f64 / appended.as_secs_f64() / 1e6,
        values as f64 / flushed.as_secs_f64() / 1e6
    );
    assert!(log < 4.0, "log {log} B/value");
    assert!(lake < 0.6, "lake {lake} B/value");
}
