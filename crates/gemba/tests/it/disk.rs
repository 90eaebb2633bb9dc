//! A disk that is full, and then is not.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::device::{Counting, Device};
use crate::house::{House, until};
use crate::kill::assert_whole;

/// A small disk of its own, gone at the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where this user may not mount.
    fn mount(at: &Path, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|out| out.status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).output());
    }
}

/// Whether health names the disk as its only trouble, or none at all.
fn health(house: &House) -> (u16, bool) {
    let Some((status, body)) = house.get("/healthz") else { return (0, false) };
    let disk = body["checks"].as_array().unwrap().iter().find(|check| check["name"] == "disk").unwrap();
    (status, disk["ok"] == true)
}

#[test]
fn a_full_disk_is_told_loses_nothing_and_heals_by_itself() {
    let place = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(place.path(), 64) else {
        println!("not run: a small tmpfs cannot be mounted by this user");
        return;
    };
    let more = format!("data_dir = \"{}\"\n[store]\nreserve_mb = 8\n", place.path().join("data").display());
    let mut house = House::with_broker(&["a", "wave"], &more);
    house.keep_data_at(place.path().join("data"));
    house.start();
    let numbers = Counting::start("rig/a", house.broker);
    assert!(until(|| numbers.told() > 20) && health(&house) == (200, true));
    // another program takes most of the disk, Gemba the rest
    let filler = place.path().join("filler");
    std::fs::write(&filler, vec![1_u8; 44_000_000]).unwrap();
    let mut big = Device::new("big", house.broker);
    let mut waves = 0_u64;
    let full = until(|| {
        let samples: Vec<String> = (0..100_000_u64).map(|i| ((i * 7_919 + waves) % 65_537).to_string()).collect();
        let wave = format!(
            "{{\"timestamp_ms\":{},\"rate_hz\":10000,\"samples\":[{}]}}",
            1_700_000_000_000 + waves * 20_000,
            samples.join(",")
        );
        waves += u64::from(health(&house).1 && big.publish("rig/wave", wave));
        health(&house) == (503, false)
    });
    assert!(full, "never full after {waves} waveforms");
    assert!(house.is_up());
    // flushing may win some space back meanwhile; what counts is that nothing acknowledged is lost
    std::thread::sleep(std::time::Duration::from_secs(2));
    let stuck = numbers.told();
    assert!(house.is_up());
    std::fs::remove_file(&filler).unwrap();
    assert!(until(|| health(&house) == (200, true)), "health after space was freed");
    assert!(until(|| numbers.told() > stuck + 20), "it goes on by itself");
    let noted = until(|| house.number("select count(*) from gaps where reason = 'disk_full'") >= 1);
    assert!(noted, "the ledger has the time without space");
    let called = "select count(*) from alarms where key = 'system:disk' and state = 'rtn_unack'";
    assert!(until(|| house.number(called) == 1), "one alarm, back by itself");
    println!("full after {waves} waveforms of 100 000; {stuck} numbers acknowledged before, {} after", numbers.told());
    house.kill();
    house.start();
    let told = numbers.finish();
    assert_whole(&house, "a", told);
    assert!(house.is_up());
}
