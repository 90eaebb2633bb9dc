//! One fault of a machine calls once, whatever else of it is found.

use gemba_act::{AlarmBook, AlarmConfig, AlarmRequest};
use gemba_plant::{AlarmClass, AssetId, Priority, Timestamp};

#[test]
fn one_fault_calls_once_and_more_urgent_ones_and_what_a_person_set_call_too() {
    let mut book = AlarmBook::new(AlarmConfig::default());
    let of = |key: &str, class, priority| AlarmRequest {
        class,
        priority,
        ..AlarmRequest::new(AssetId::new(1), key, key.to_owned())
    };
    let at = Timestamp::from_secs;
    let learned = of("normal-behaviour", AlarmClass::Ai, Priority::Medium);
    assert_eq!(book.condition(&learned, true, at(0)).len(), 1);
    // a limit of the template that is passed by the same fault: told beside it, once
    let limit = of("day0:vibration", AlarmClass::Process, Priority::Medium);
    assert!(book.condition(&limit, true, at(1)).is_empty() && book.tick(at(2)).is_empty());
    assert_eq!(book.digests().map(|d| d.count).sum::<u64>(), 1);
    // another machine, a sensor, a person's own limit, and what is worse, call
    let other = AlarmRequest { asset: AssetId::new(2), ..limit.clone() };
    let sensor = of("sensor:flow", AlarmClass::Instrument, Priority::Medium);
    let own = AlarmRequest { wanted: true, ..of("limit:flow", AlarmClass::Process, Priority::Low) };
    for request in [other, sensor, own, of("day0:heat", AlarmClass::Process, Priority::High)] {
        assert_eq!(book.condition(&request, true, at(3)).len(), 1, "{}", request.key);
    }
    // what was told beside the others calls when they are over and it is not
    for request in [learned, of("day0:heat", AlarmClass::Process, Priority::High)] {
        book.condition(&request, false, at(4));
    }
    let own = AlarmRequest { wanted: true, ..of("limit:flow", AlarmClass::Process, Priority::Low) };
    book.condition(&own, false, at(4));
    let raised: Vec<String> = book.tick(at(5)).into_iter().map(|entry| entry.key).collect();
    assert_eq!(raised, ["day0:vibration"]);
}
