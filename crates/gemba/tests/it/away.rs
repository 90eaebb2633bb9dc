//! A broker in the network that goes away and comes back.

use std::time::Duration;

use crate::device::Device;
use crate::house::{House, plant, until};

/// Growth of memory that is no leak: caches and the allocator's own slack in a debug build.
const SLACK: u64 = 24 << 20;
/// How long the broker is away.
const AWAY: Duration = Duration::from_secs(6);

#[test]
fn memory_is_flat_while_a_broker_is_away_and_data_resumes() {
    // the broker is another Gemba's: to this one it is a broker in the network
    let mut broker = House::with_broker(&[], "");
    broker.start();
    let gemba = format!(
        "bad_after_s = 2\n[connections.far]\nprotocol = \"mqtt\"\nbroker = \"mqtt://127.0.0.1:{}\"\ntopics = [\"rig/#\"]\n",
        broker.broker
    );
    let mut house = House::new(&gemba, &plant("far", &[("a", "rig/a".into())]));
    house.start();
    let good = "select count(*) from samples where signal = 'acme/rig/a' and quality = 'good'";
    let mut device = Device::new("device", broker.broker);
    let mut sent = 0;
    let mut comes = |house: &House| {
        let before = house.number(good);
        until(|| {
            sent += 1;
            device.publish("rig/a", sent.to_string());
            house.number(good) > before
        })
    };
    assert!(comes(&house), "values come");
    let links = |house: &House, up: bool| {
        let list = house.get("/api/v1/connections").map(|(_, body)| body).unwrap_or_default();
        let states: Vec<bool> =
            list["items"].as_array().into_iter().flatten().map(|c| c["link"]["state"] == "up").collect();
        states.len() == 1 && states.iter().all(|state| *state == up)
    };
    assert!(until(|| links(&house, true)), "{:?}", house.get("/api/v1/connections"));
    let before = house.memory();
    broker.kill();
    let bad = "select count(*) from samples where signal = 'acme/rig/a' and quality = 'bad'";
    assert!(until(|| house.number(bad) == 1), "stale, then bad");
    std::thread::sleep(AWAY);
    assert_eq!(house.number(bad), 1, "said once, however long it is away");
    let away = house.memory();
    broker.start();
    assert!(until(|| links(&house, true)), "it comes back by itself");
    assert!(comes(&house), "data resumes without a restart");
    let gaps = house.number("select count(*) from gaps where reason = 'connection_lost'");
    assert!(gaps <= 1, "not one for each try: {gaps}");
    println!("memory: {} MB before, {} MB away, {} MB back", before >> 20, away >> 20, house.memory() >> 20);
    assert!(away <= before + SLACK && house.memory() <= before + SLACK, "memory is flat");
    assert!(house.is_up() && house.stop());
}
