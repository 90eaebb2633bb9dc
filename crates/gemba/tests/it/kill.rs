//! Killed at any moment, and a log with a torn end.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use gemba_testkit::Seeded;

use crate::device::{Counting, Device, sample};
use crate::house::{House, plant, until};

/// Fails when a number of 0..told is missing at `acme/rig/NAME` or anything is there twice.
pub(crate) fn assert_whole(house: &House, name: &str, told: u64) {
    let good = format!("from samples where signal = 'acme/rig/{name}' and quality = 'good'");
    let there = house.number(&format!("select count(distinct value) {good} and value < {told}"));
    assert_eq!(there, told, "{name}: acknowledged, and not there");
    let (rows, times) = (
        house.number(&format!("select count(*) {good}")),
        house.number(&format!("select count(distinct time) {good}")),
    );
    let values = house.number(&format!("select count(distinct value) {good}"));
    assert_eq!((rows, rows), (times, values), "{name}: something is there twice");
    // one message was on its way when the device stopped
    assert!(rows <= told + 1, "{name}: {rows} rows, {told} acknowledged");
}

fn random_ms(seeded: &mut Seeded, from: f64, to: f64) -> Duration {
    Duration::from_millis((from + (to - from) * seeded.uniform()) as u64)
}

#[test]
fn what_was_acknowledged_is_there_once_however_often_it_is_killed() {
    const ROUNDS: usize = 6;
    let names = ["a", "b", "c"];
    let mut house = House::with_broker(&names, "");
    let mut seeded = Seeded::new(11);
    house.start();
    let devices = names.map(|name| Counting::start(&format!("rig/{name}"), house.broker));
    let mut before = 0;
    for round in 0..ROUNDS {
        assert!(until(|| devices.iter().all(|device| device.told() > before)), "nobody is served in round {round}");
        std::thread::sleep(random_ms(&mut seeded, 5.0, 700.0));
        house.kill();
        before = devices.iter().map(Counting::told).max().unwrap();
        house.start();
    }
    let told = devices.map(Counting::finish);
    println!("killed {ROUNDS} times, acknowledged {told:?}");
    for (name, told) in names.into_iter().zip(told) {
        assert_whole(&house, name, told);
    }
    let gaps = house.number("select count(*) from gaps where reason = 'not_running'");
    assert!(gaps >= 1, "not running is a gap");
    assert!(house.stop());
}

#[test]
fn a_recording_is_stored_once_and_whole_however_often_it_is_killed() {
    const ROWS: u64 = 7_000;
    let gemba = "[connections.recorder]\nprotocol = \"file\"\npaths = [\"FOLDER/rows.csv\"]\nspeed = 1000.0\n";
    let signals = ["x", "y"].map(|name| (name, name.to_owned()));
    let mut house = House::new(gemba, &plant("recorder", &signals));
    let mut rows = String::from("time,x,y\n");
    (0..ROWS).for_each(|n| writeln!(rows, "{},{n},{}", 1_700_000_000 + n, 2 * n).unwrap());
    std::fs::write(house.path().join("rows.csv"), rows).unwrap();
    let mut seeded = Seeded::new(12);
    let stored = |house: &House| {
        house.number("select count(*) from samples where signal in ('acme/rig/x', 'acme/rig/y') and quality = 'good'")
    };
    let mut before = 0;
    for _ in 0..3 {
        house.start();
        assert!(until(|| stored(&house) > before), "the replay goes on after {before} samples");
        std::thread::sleep(random_ms(&mut seeded, 50.0, 600.0));
        before = stored(&house);
        house.kill();
    }
    assert!(before < 2 * ROWS, "killed too late to prove anything");
    house.start();
    assert!(until(|| stored(&house) >= 2 * ROWS), "{} of {}", stored(&house), 2 * ROWS);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(stored(&house), 2 * ROWS);
    let sums = house.sql("select sum(value), count(distinct value), count(distinct time) from samples where signal = 'acme/rig/y' and quality = 'good'");
    assert_eq!(sums[0][0].as_f64().unwrap() as u64, ROWS * (ROWS - 1));
    assert_eq!((sums[0][1].as_u64(), sums[0][2].as_u64()), (Some(ROWS), Some(ROWS)));
    println!("killed 3 times in a recording, last at {before} of {} samples", 2 * ROWS);
}

/// The newest segment of the log.
fn last_segment(house: &House) -> PathBuf {
    let entries = std::fs::read_dir(house.data().join("store/wal")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|e| e == "wal")).max().unwrap()
}

#[test]
fn a_torn_end_of_the_log_is_cut_off_and_told() {
    const TORN: &str = "an unfinished record at the end of the log was cut off";
    let mut house = House::with_broker(&["a"], "");
    let mut device = Device::new("device", house.broker);
    let mut fill = |from: u64| (from..from + 50).for_each(|n| device.insist("rig/a", &sample(n)));
    house.start();
    fill(0);
    house.kill();
    let segment = last_segment(&house);
    let mut bytes = std::fs::read(&segment).unwrap();
    let mut seeded = Seeded::new(13);
    bytes.extend((0..777).map(|_| seeded.next_u64() as u8));
    std::fs::write(&segment, bytes).unwrap();
    house.start();
    assert_eq!(house.log().matches(TORN).count(), 1, "it is told");
    assert_whole(&house, "a", 50);
    fill(50);
    house.kill();
    // the last record itself is torn: what stands before it stays
    let segment = last_segment(&house);
    let bytes = std::fs::read(&segment).unwrap();
    std::fs::write(&segment, &bytes[..bytes.len() - 3]).unwrap();
    house.start();
    assert_eq!(house.log().matches(TORN).count(), 2, "it is told");
    assert_whole(&house, "a", 99);
    fill(99);
    assert_whole(&house, "a", 149);
    assert!(house.stop());
}
