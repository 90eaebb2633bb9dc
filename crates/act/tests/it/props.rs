//! What holds after any sequence of events.

use std::collections::{BTreeMap, BTreeSet};

use gemba_act::{Act, AlarmBook, AlarmConfig, AlarmRequest, JournalEntry, Place, Slot, Wish, standing};
use gemba_plant::{AlarmClass, AlarmState, AssetId, Timestamp};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Event {
    Condition { asset: u32, key: u8, active: bool },
    Act { nth: usize, act: u8, mins: i64 },
    Suppress { asset: u32, on: bool },
    Pass { secs: i64 },
    Reload,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..3_u32, 0..4_u8, any::<bool>()).prop_map(|(asset, key, active)| Event::Condition { asset, key, active }),
        4 => (0..8_usize, 0..6_u8, 1..600_i64).prop_map(|(nth, act, mins)| Event::Act { nth, act, mins }),
        1 => (0..3_u32, any::<bool>()).prop_map(|(asset, on)| Event::Suppress { asset, on }),
        3 => (-100..4000_i64).prop_map(|secs| Event::Pass { secs }),
        1 => Just(Event::Reload),
    ]
}

/// Each key behaves in its own way.
fn request(asset: u32, key: u8) -> AlarmRequest {
    let mut request = AlarmRequest::new(AssetId::new(asset), format!("k{key}"), "m");
    request.behaviour.latch = key == 1;
    request.behaviour.on_delay_ms = if key == 2 { 5_000 } else { 0 };
    request.behaviour.off_delay_ms = if key == 2 { 7_000 } else { 0 };
    request.behaviour.realarm_after_ms = if key == 0 { 60_000 } else { 0 };
    request.class = if key == 3 { AlarmClass::Ai } else { AlarmClass::Process };
    request
}

/// The slots as a disk would keep them.
type Disk = BTreeMap<Place, String>;

/// Keeps what has changed, as a caller does after every call.
fn keep(book: &mut AlarmBook, disk: &mut Disk) {
    for (place, slot) in book.changed() {
        match slot {
            Some(slot) => disk.insert(place.clone(), serde_json::to_string(slot).unwrap()),
            None => disk.remove(place),
        };
    }
    book.kept();
}

/// The book as it comes back from the disk.
fn reload(book: &AlarmBook, disk: &Disk) -> AlarmBook {
    let memory = serde_json::from_str(&serde_json::to_string(book.memory()).unwrap()).unwrap();
    let slots = disk.values().map(|body| serde_json::from_str::<Slot>(body).unwrap());
    AlarmBook::resume(AlarmConfig::default(), memory, slots, 0)
}

fn apply((book, disk): (&mut AlarmBook, &Disk), event: &Event, now: Timestamp) -> Vec<JournalEntry> {
    match event {
        Event::Condition { asset, key, active } => book.condition(&request(*asset, *key), *active, now),
        Event::Suppress { asset, on } => book.suppress(AssetId::new(*asset), on.then_some("logic"), now),
        Event::Pass { .. } => book.tick(now),
        Event::Act { nth, act, mins } => {
            let Some(id) = book.alarms().nth(*nth).map(|a| a.id) else { return Vec::new() };
            let until = Timestamp::from_secs(now.micros() / 1_000_000 + mins * 60);
            let all =
                [Act::Ack, Act::Shelve { until }, Act::Unshelve, Act::OutOfService, Act::ReturnToService, Act::Reset];
            book.act(id, &Wish { act: all[usize::from(*act)], by: "ann", comment: "" }, now).unwrap_or_default()
        }
        Event::Reload => {
            let back = reload(book, disk);
            assert_eq!(back, *book, "what was kept is not what was there");
            *book = back;
            Vec::new()
        }
    }
}

fn check(book: &AlarmBook, journal: &[JournalEntry]) -> Result<(), TestCaseError> {
    let places: Vec<_> = book.alarms().map(|a| (a.asset, a.key.clone())).collect();
    prop_assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), places.len(), "two open alarms for one place");
    let replayed = standing(journal);
    prop_assert_eq!(replayed.len(), book.alarms().count());
    for alarm in book.alarms() {
        let told = &replayed[&alarm.id];
        prop_assert_eq!(
            (told.asset, told.key.as_str(), told.state, told.shelved_until),
            (alarm.asset, alarm.key.as_str(), alarm.state, alarm.shelved_until)
        );
    }
    Ok(())
}

/// Line by line: a number begins once, from normal, and never speaks again after it has gone back.
fn check_lives(journal: &[JournalEntry]) -> Result<(), TestCaseError> {
    let (mut begun, mut over) = (BTreeSet::new(), BTreeSet::new());
    for entry in journal {
        prop_assert!(!over.contains(&entry.alarm), "alarm {} spoke after its end", entry.alarm);
        prop_assert_eq!(entry.from == AlarmState::Normal, begun.insert(entry.alarm), "{:?}", entry);
        if entry.to == AlarmState::Normal {
            over.insert(entry.alarm);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn one_open_alarm_a_place_and_the_journal_tells_all(events in prop::collection::vec(event(), 1..120)) {
        let (mut book, mut disk) = (AlarmBook::new(AlarmConfig::default()), Disk::new());
        let (mut journal, mut secs) = (Vec::new(), 1_000_000);
        for event in &events {
            if let Event::Pass { secs: more } = event {
                secs += more;
            }
            journal.extend(apply((&mut book, &disk), event, Timestamp::from_secs(secs)));
            keep(&mut book, &mut disk);
            check(&book, &journal)?;
        }
        check_lives(&journal)?;
        let lines = book.tick(Timestamp::from_secs(secs + 480 * 60));
        journal.extend(lines);
        prop_assert!(book.alarms().all(|a| a.shelved_until.is_none()), "a shelf did not end");
        check(&book, &journal)?;
    }
}
