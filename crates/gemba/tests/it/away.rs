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
    let lost = "select count(*) from gaps where connection = 'far' and reason = 'connection_lost'";
    assert_eq!(house.number(&format!("{lost} and to_time is null")), 1, "one open gap, and not one for each try");
    broker.start();
    assert!(until(|| links(&house, true)), "it comes back by itself");
    assert!(comes(&house), "data resumes without a restart");
    assert!(until(|| house.number(&format!("{lost} and to_time is not null")) == 1), "closed");
    assert_eq!(house.number(lost), 1);
    println!("memory: {} MB before, {} MB away, {} MB back", before >> 20, away >> 20, house.memory() >> 20);
    assert!(away <= before + SLACK && house.memory() <= before + SLACK, "memory is flat");
    assert!(house.is_up() && house.stop());
}

#[test]
fn what_a_broker_held_while_nobody_listened_is_told_in_the_ledger() {
    let mut broker = House::with_broker(&[], "");
    broker.start();
    let gemba = format!(
        "[connections.far]\nprotocol = \"mqtt\"\nbroker = \"mqtt://127.0.0.1:{}\"\ntopics = [\"rig/#\"]\n",
        broker.broker
    );
    let mut house = House::new(&gemba, &plant("far", &[("a", "rig/a".into())]));
    house.start();
    let now = || jiff::Timestamp::now().as_millisecond();
    // no two of one moment: the later would replace the earlier
    let reading = |value: u32| format!("{{\"timestamp_ms\":{},\"value\":{value}}}", now() + i64::from(value));
    let mut device = Device::new("device", broker.broker);
    let rows = "select count(*) from samples where signal = 'acme/rig/a'";
    assert!(until(|| device.publish("rig/a", reading(0)) && house.number(rows) > 0), "values come");
    house.kill();
    for value in 1..=5 {
        device.insist("rig/a", &reading(value));
    }
    std::thread::sleep(Duration::from_millis(50)); // so that the gap ends behind the last of them
    house.start();
    let filled = "select filled from gaps where connection = 'far' and reason = 'not_running'";
    assert!(until(|| house.number(filled) == 5), "{:?}", house.sql("select * from gaps"));
    assert_eq!(
        house.number("select count(*) from samples where signal = 'acme/rig/a' and value >= 1 and quality = 'good'"),
        5
    );
    let stale = "select count(*) from samples where signal = 'acme/rig/a' and quality = 'stale'";
    assert_eq!(house.number(stale), 1, "the last value before is not said to have stood still");
    // what came later is news of now, not of then
    device.insist("rig/a", &reading(6));
    assert!(until(|| house.number("select count(*) from samples where signal = 'acme/rig/a' and value = 6") == 1));
    assert_eq!(house.number(filled), 5);
    assert!(house.stop() && broker.stop());
}

#[test]
fn a_link_that_is_up_or_cannot_be_made_says_so_before_anything_arrives() {
    let mut broker = House::with_broker(&[], "");
    broker.start();
    let nobody = crate::house::free_port();
    let gemba = format!(
        "[connections.quiet]\nprotocol = \"sparkplug\"\nbroker = \"mqtt://127.0.0.1:{}\"\n\
         [connections.taken]\nprotocol = \"sparkplug\"\nbroker = \"mqtt://127.0.0.1:{}\"\naccess.client_id = \"gemba-line\"\n\
         [connections.nobody]\nprotocol = \"mqtt\"\nbroker = \"mqtt://127.0.0.1:{nobody}\"\ntopics = [\"a\"]\n",
        broker.broker, broker.broker
    );
    let mut house = House::new(&gemba, "");
    house.start();
    let link = |name: &str| {
        let body = house.get(&format!("/api/v1/connections/{name}")).map(|(_, body)| body).unwrap_or_default();
        (
            body["link"]["state"].as_str().unwrap_or_default().to_owned(),
            body["link"]["cure"].to_string(),
            body["gaps_open"] == 1,
        )
    };
    assert!(until(|| link("quiet").0 == "up"), "{:?}", link("quiet"));
    // the other Gemba's own connection has this name at its broker
    assert!(until(|| link("taken").0 == "down"), "{:?}", link("taken"));
    assert!(link("taken").1.contains("access.client_id"), "what to do: {:?}", link("taken"));
    assert!(until(|| link("nobody").0 == "down" && link("nobody").2), "{:?}", link("nobody"));
    assert!(house.stop() && broker.stop());
}
