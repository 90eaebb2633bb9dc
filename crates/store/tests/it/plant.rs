//! The size of stored data, on a plant of 10-signal devices at 1 Hz as in the reference data set plant-1000.

use std::time::Instant;

use gemba_plant::{Batch, BatchBuilder, Payload, Quality, Sample, SignalId, Timestamp};
use gemba_store::Origin;
use gemba_store::fault::FaultDisk;

use crate::{DAY, open};

/// xorshift64*: seeded, so that the sizes are the same every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// −span … span.
    fn throw(&mut self, span: i64) -> i64 {
        i64::try_from(self.next() >> 33).unwrap() % (2 * span + 1) - span
    }
}

/// One device: mantissas of its ten signals.
struct Device {
    state: [i64; 10],
}

const DECIMALS: [i32; 10] = [1, 1, 2, 1, 2, 3, 0, 0, 0, 0];

impl Device {
    fn step(&mut self, second: i64, dice: &mut Dice) -> [f64; 10] {
        let s = &mut self.state;
        s[0] += i64::from(dice.throw(9) == 0) * dice.throw(1);
        s[1] += i64::from(dice.throw(9) == 0) * dice.throw(1);
        s[2] += dice.throw(1);
        s[3] += dice.throw(1);
        s[4] = if (second / 30) % 2 == 0 { 1_200 } else { 2_400 } + dice.throw(2);
        s[5] = 1_200 + dice.throw(15);
        s[6] = 1_480 + dice.throw(1);
        s[7] = if second % 60 == 0 { 50 + dice.throw(50) } else { s[7] };
        s[8] += 1;
        s[9] = if second % 300 == 0 { dice.throw(3) } else { s[9] };
        let mut values = [0.0; 10];
        for ((value, mantissa), decimals) in values.iter_mut().zip(*s).zip(DECIMALS) {
            *value = mantissa as f64 / 10_f64.powi(decimals);
        }
        values
    }
}

/// Batches of `rows` seconds × devices, as line protocol would deliver them: device by device.
fn plant(devices: usize, seconds: i64, at_once: i64) -> Vec<Batch> {
    let mut dice = Dice(42);
    let mut plant: Vec<_> = (0..devices).map(|_| Device { state: [600, 400, 500, 300, 0, 0, 0, 0, 0, 0] }).collect();
    let mut batches = Vec::new();
    let mut rows = BatchBuilder::new();
    for second in 0..seconds {
        for (number, device) in plant.iter_mut().enumerate() {
            for (signal, value) in device.step(second, &mut dice).into_iter().enumerate() {
                let time = Timestamp::from_secs(20_000 * DAY + second);
                let signal = SignalId::new(u32::try_from(number * 10 + signal).unwrap());
                let ingest = Timestamp::from_secs(20_000 * DAY + second / at_once * at_once + at_once);
                rows.push(Sample { signal, time, ingest, value, quality: Quality::Good, status: 0 });
            }
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
