//! Every transition, as a table, and the rules around them.

use gemba_act::{Act, Error};
use gemba_plant::{AlarmClass, AlarmState, Priority, SignalId, Timestamp};

use crate::Bench;
use AlarmState::{
    AckedActive, LatchedAcked, LatchedUnack, OutOfService, RtnUnack, Shelved, SuppressedByDesign, UnackActive,
};

/// A step on the bench. `No` is an act that must be refused.
#[derive(Clone, Copy, Debug)]
enum Step {
    On,
    Off,
    Do(Act),
    No(Act),
    Suppress(bool),
    Wait(i64),
}
use Step::{Do, No, Off, On, Suppress, Wait};

/// Steps, and the open alarms after them.
type Case = (&'static [Step], &'static [(u64, AlarmState)]);

const SHELVE: Act = Act::Shelve { until: Timestamp::from_secs(1000) };

/// Runs steps a second apart; gives the open alarms as (number, state).
fn run(bench: &mut Bench, steps: &[Step]) -> Vec<(u64, AlarmState)> {
    let mut at = 0;
    for step in steps {
        at += 1;
        let id = bench.book.alarms().last().map_or(0, |a| a.id);
        match *step {
            On => bench.condition(true, at),
            Off => bench.condition(false, at),
            Do(act) => bench.act(id, act, at).unwrap(),
            No(act) => assert!(matches!(bench.act(id, act, at), Err(Error::NotNow { .. })), "{step:?} of {steps:?}"),
            Suppress(on) => {
                let (asset, why) = (bench.request.asset, on.then_some("machine stands"));
                bench.journal.extend(bench.book.suppress(asset, why, Timestamp::from_secs(at)));
            }
            Wait(secs) => {
                at += secs;
                bench.tick(at);
            }
        }
    }
    bench.book.alarms().map(|a| (a.id, a.state)).collect()
}

#[test]
fn every_transition_without_latch() {
    let table: &[Case] = &[
        (&[On], &[(1, UnackActive)]),
        (&[On, On], &[(1, UnackActive)]),
        (&[On, Off], &[(1, RtnUnack)]),
        (&[On, Do(Act::Ack)], &[(1, AckedActive)]),
        (&[On, Do(Act::Ack), No(Act::Ack)], &[(1, AckedActive)]),
        (&[On, Do(Act::Ack), Off], &[]),
        (&[On, Off, Do(Act::Ack)], &[]),
        (&[On, Off, On], &[(2, UnackActive)]),
        (&[On, Do(Act::Ack), Off, On], &[(2, UnackActive)]),
        (&[On, No(Act::Reset)], &[(1, UnackActive)]),
        // shelves
        (&[On, Do(SHELVE)], &[(1, Shelved)]),
        (&[On, Do(SHELVE), No(Act::Ack), No(Act::Reset)], &[(1, Shelved)]),
        (&[On, Do(SHELVE), Do(Act::Unshelve)], &[(1, UnackActive)]),
        (&[On, Do(SHELVE), Wait(998)], &[(1, UnackActive)]),
        (&[On, Do(SHELVE), Wait(900)], &[(1, Shelved)]),
        (&[On, Do(SHELVE), Off], &[(1, Shelved)]),
        (&[On, Do(SHELVE), Off, Do(Act::Unshelve)], &[]),
        (&[On, Do(SHELVE), Off, On], &[(1, Shelved)]),
        (&[On, Do(SHELVE), Off, On, Do(Act::Unshelve)], &[(2, UnackActive)]),
        (&[On, Do(SHELVE), Off, Wait(998)], &[]),
        (&[On, No(Act::Unshelve)], &[(1, UnackActive)]),
        // maintenance
        (&[On, Do(Act::OutOfService)], &[(1, OutOfService)]),
        (&[On, Do(Act::OutOfService), No(SHELVE), No(Act::OutOfService)], &[(1, OutOfService)]),
        (&[On, Do(Act::OutOfService), Do(Act::ReturnToService)], &[(1, UnackActive)]),
        (&[On, Do(Act::OutOfService), Off, Do(Act::ReturnToService)], &[]),
        (&[On, No(Act::ReturnToService)], &[(1, UnackActive)]),
        (&[On, Do(SHELVE), Do(Act::OutOfService), Do(Act::ReturnToService)], &[(1, Shelved)]),
        // logic
        (&[On, Suppress(true)], &[(1, SuppressedByDesign)]),
        (&[On, Suppress(true), No(SHELVE)], &[(1, SuppressedByDesign)]),
        (&[On, Suppress(true), Suppress(false)], &[(1, UnackActive)]),
        (&[On, Suppress(true), Off, Suppress(false)], &[(1, RtnUnack)]),
        (&[Suppress(true), On], &[(1, SuppressedByDesign)]),
        (&[Suppress(true), On, Off, On, Suppress(false)], &[(2, UnackActive)]),
        (&[Suppress(true), Suppress(false)], &[]),
    ];
    for (steps, expected) in table {
        assert_eq!(&run(&mut Bench::new(), steps), expected, "{steps:?}");
    }
}

#[test]
fn every_transition_with_latch() {
    let table: &[Case] = &[
        (&[On, Off], &[(1, LatchedUnack)]),
        (&[On, Do(Act::Ack), Off], &[(1, LatchedAcked)]),
        (&[On, Off, Do(Act::Ack)], &[(1, LatchedAcked)]),
        (&[On, Off, Do(Act::Ack), Do(Act::Reset)], &[]),
        (&[On, Off, Do(Act::Reset)], &[(1, RtnUnack)]),
        (&[On, Off, Do(Act::Ack), On], &[(2, UnackActive)]),
        (&[On, Do(SHELVE), Off, Do(Act::Unshelve)], &[(1, LatchedAcked)]),
    ];
    for (steps, expected) in table {
        let mut bench = Bench::new();
        bench.request.behaviour.latch = true;
        assert_eq!(&run(&mut bench, steps), expected, "{steps:?}");
    }
}

#[test]
fn delays_hold_back_flutter_in_both_directions() {
    let mut bench = Bench::new();
    (bench.request.behaviour.on_delay_ms, bench.request.behaviour.off_delay_ms) = (10_000, 20_000);
    bench.condition(true, 0);
    bench.condition(false, 9);
    bench.tick(30);
    assert_eq!(bench.journal, [], "too short to be an alarm");
    bench.condition(true, 40);
    bench.tick(49);
    assert_eq!(bench.journal, []);
    bench.tick(50);
    let alarm = bench.book.alarm(1).unwrap();
    assert_eq!(
        (alarm.state, alarm.since, alarm.changed),
        (UnackActive, Timestamp::from_secs(40), Timestamp::from_secs(50))
    );
    bench.condition(false, 60);
    bench.condition(true, 79);
    bench.tick(200);
    assert_eq!(bench.book.alarm(1).unwrap().state, UnackActive, "too short to be over");
    bench.condition(false, 210);
    bench.tick(230);
    assert_eq!(bench.book.alarm(1).unwrap().state, RtnUnack);
}

#[test]
fn a_shelf_beyond_the_maximum_is_refused_with_both_numbers() {
    let mut bench = Bench::new();
    bench.condition(true, 0);
    let error = bench.act(1, Act::Shelve { until: Timestamp::from_secs(481 * 60) }, 0).unwrap_err();
    assert_eq!(error, Error::ShelfTooLong { id: 1, asked_min: 481, limit_min: 480 });
    assert!(error.to_string().contains("481 min: the limit is 480 min"), "{error}");
    assert!(matches!(bench.act(1, Act::Shelve { until: Timestamp::from_secs(5) }, 5), Err(Error::ShelfOver { .. })));
    bench.act(1, Act::Shelve { until: Timestamp::from_secs(480 * 60) }, 0).unwrap();
}

#[test]
fn a_shelf_ends_though_the_clock_jumps_back() {
    let mut bench = Bench::new();
    bench.condition(true, 1_000_000);
    bench.act(1, Act::Shelve { until: Timestamp::from_secs(1_000_600) }, 1_000_000).unwrap();
    bench.tick(10);
    assert_eq!(bench.book.alarm(1).unwrap().state, UnackActive);
}

#[test]
fn a_comment_is_wanted_where_configured_and_stands_in_the_journal() {
    let mut bench = Bench::new();
    bench.request.behaviour.requires_comment = true;
    bench.condition(true, 0);
    assert!(matches!(bench.act(1, Act::Ack, 1), Err(Error::CommentMissing { id: 1, .. })));
    let wish = gemba_act::Wish { act: Act::Ack, by: "ann", comment: "greased" };
    let lines = bench.book.act(1, &wish, Timestamp::from_secs(2)).unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].by.as_deref(), lines[0].comment.as_str()), (Some("ann"), "greased"));
    assert_eq!(bench.book.alarm(1).unwrap().by.as_deref(), Some("ann"));
    assert!(matches!(bench.act(99, Act::Ack, 3), Err(Error::NotOpen { id: 99 })));
}

#[test]
fn an_acknowledged_alarm_sounds_again_and_a_rising_priority_too() {
    let mut bench = Bench::new();
    bench.request.behaviour.realarm_after_ms = 60_000;
    bench.condition(true, 0);
    bench.act(1, Act::Ack, 10).unwrap();
    bench.tick(69);
    assert_eq!(bench.book.alarm(1).unwrap().state, AckedActive);
    bench.tick(70);
    assert_eq!(bench.book.alarm(1).unwrap().state, UnackActive);
    bench.act(1, Act::Ack, 71).unwrap();
    bench.request.priority = Priority::High;
    bench.condition(true, 72);
    let alarm = bench.book.alarm(1).unwrap();
    assert_eq!((alarm.state, alarm.priority), (UnackActive, Priority::High));
}

#[test]
fn what_an_alarm_is_about_follows_its_condition() {
    let mut bench = Bench::new();
    bench.condition(true, 0);
    bench.request.signal = Some(SignalId::new(7));
    (bench.request.class, bench.request.message) = (AlarmClass::Instrument, "level contradicts the others".into());
    bench.condition(true, 1);
    let alarm = bench.book.alarm(1).unwrap();
    assert_eq!((alarm.signal, alarm.class), (bench.request.signal, AlarmClass::Instrument));
    assert_eq!(alarm.message, bench.request.message);
}

#[test]
fn a_priority_changes_only_once_it_has_lasted() {
    let mut bench = Bench::new();
    (bench.request.behaviour.on_delay_ms, bench.request.behaviour.off_delay_ms) = (10_000, 20_000);
    bench.request.priority = Priority::Medium;
    bench.condition(true, 0);
    bench.tick(10);
    bench.act(1, Act::Ack, 11).unwrap();
    let mut ask = |priority, at| {
        bench.request.priority = priority;
        bench.condition(true, at);
        bench.tick(at + 9);
        let alarm = bench.book.alarm(1).unwrap();
        (alarm.priority, alarm.state)
    };
    assert_eq!(ask(Priority::High, 20), (Priority::Medium, AckedActive), "a spike");
    assert_eq!(ask(Priority::Medium, 29), (Priority::Medium, AckedActive));
    ask(Priority::High, 40);
    assert_eq!(ask(Priority::High, 45), (Priority::High, UnackActive), "it stays and wants to be seen again");
    ask(Priority::Medium, 60);
    assert_eq!(ask(Priority::Medium, 80), (Priority::High, UnackActive), "longer than the off delay, but no minute");
    ask(Priority::High, 100);
    ask(Priority::Medium, 110);
    assert_eq!(ask(Priority::Medium, 150), (Priority::High, UnackActive), "the minute begins anew");
    assert_eq!(ask(Priority::Medium, 165), (Priority::Medium, UnackActive));
    let told: Vec<&str> = bench.journal.iter().map(|e| e.comment.as_str()).collect();
    assert_eq!(told, ["raised", "", "the priority rose", "the priority fell"]);
}

#[test]
fn a_quiet_machine_keeps_its_sensors_alarms() {
    let mut bench = Bench::new();
    let asset = bench.request.asset;
    bench.condition(true, 0);
    (bench.request.key, bench.request.class) = ("sensor".into(), AlarmClass::Instrument);
    bench.condition(true, 0);
    bench.journal.extend(bench.book.suppress(asset, Some("state is stopped"), Timestamp::from_secs(1)));
    let states = |bench: &Bench| bench.book.alarms().map(|a| a.state).collect::<Vec<_>>();
    assert_eq!(states(&bench), [SuppressedByDesign, UnackActive]);
    assert_eq!(bench.book.quiet().collect::<Vec<_>>(), [asset]);
    assert_eq!(bench.journal.last().unwrap().comment, "state is stopped");
    assert_eq!(bench.book.suppress(asset, Some("state is stopped"), Timestamp::from_secs(2)), []);
    bench.book.suppress(asset, None, Timestamp::from_secs(3));
    assert_eq!(states(&bench), [UnackActive, UnackActive]);
}

#[test]
fn ai_alarms_are_held_to_their_rate_and_the_rest_is_counted() {
    let mut bench = Bench::new();
    bench.request.class = AlarmClass::Ai;
    bench.condition(true, 0);
    bench.act(1, Act::Ack, 1).unwrap();
    for i in 1..=5 {
        bench.request.key = format!("other-{i}");
        bench.condition(true, 10 + i);
        bench.tick(20 + i);
    }
    assert_eq!(bench.book.alarms().count(), 1);
    let digests: Vec<_> = bench.book.digests().cloned().collect();
    assert_eq!((digests.len(), digests[0].count), (1, 5), "each event once, however often it is looked at");
    let told: Vec<&str> = digests[0].withheld.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(told, ["other-1", "other-2", "other-3", "other-4", "other-5"]);
    bench.tick(3600);
    assert_eq!(bench.book.digests().count(), 1, "told for a day");
    let mut later = bench.book.clone();
    later.tick(Timestamp::from_secs(100_000));
    assert_eq!(later.digests().count(), 0, "and no longer");
    assert_eq!(bench.book.alarms().count(), 1, "none beside one that calls already, however long it holds");
}

#[test]
fn a_returned_ai_alarm_stays_listed_while_its_next_event_is_withheld() {
    let mut bench = Bench::new();
    bench.request.class = AlarmClass::Ai;
    assert_eq!(run(&mut bench, &[On, Off, On]), [(1, RtnUnack)]);
}

#[test]
fn a_finding_that_comes_back_makes_its_unseen_alarm_active_again_and_becomes_as_urgent_as_it_is() {
    let mut bench = Bench::new();
    (bench.request.class, bench.request.finding) = (AlarmClass::Ai, Some(4));
    assert_eq!(run(&mut bench, &[On, Off, On]), [(1, UnackActive)]);
    let told: Vec<&str> = bench.journal.iter().map(|e| e.comment.as_str()).collect();
    assert_eq!(told, ["raised", "it held for 1 s", "the condition came back"]);
    // it becomes worse: nothing of it is withheld
    bench.request.priority = Priority::High;
    bench.condition(true, 100);
    let alarm = bench.book.alarm(1).unwrap();
    assert_eq!((alarm.state, alarm.priority), (UnackActive, Priority::High));
    assert_eq!(bench.book.digests().count(), 0);
    // once somebody has seen it, and for another finding, it is another event
    assert_eq!(run(&mut bench, &[Off, Do(Act::Ack), On]), []);
    let mut other = Bench::new();
    (other.request.class, other.request.finding) = (AlarmClass::Ai, Some(4));
    run(&mut other, &[On, Off]);
    other.request.finding = Some(5);
    assert_eq!(run(&mut other, &[On]), [(1, RtnUnack)]);
}

/// An event begins or goes on: whether its alarm calls, and how urgent it is told to be where it is withheld.
fn event(bench: &mut Bench, (key, priority): (&str, Priority), at: i64) -> (bool, Option<Priority>) {
    (bench.request.key, bench.request.priority) = (key.into(), priority);
    bench.condition(true, at);
    let calls = bench.book.alarms().any(|a| a.key == key && a.state == UnackActive);
    let mut told = bench.book.digests().flat_map(|d| &d.withheld).filter(|one| one.key == key);
    (calls, told.next().map(|one| one.priority))
}

#[test]
fn what_is_more_urgent_than_all_that_called_in_the_hour_calls_though_the_rate_is_used_up() {
    let mut bench = Bench::new();
    bench.request.class = AlarmClass::Ai;
    assert_eq!(event(&mut bench, ("a", Priority::Medium), 0), (true, None));
    bench.condition(false, 10);
    assert_eq!(event(&mut bench, ("b", Priority::Low), 20), (false, Some(Priority::Low)));
    assert_eq!(
        event(&mut bench, ("b", Priority::Medium), 30),
        (false, Some(Priority::Medium)),
        "as urgent as it became"
    );
    assert_eq!(event(&mut bench, ("b", Priority::Low), 40), (false, Some(Priority::Medium)));
    assert!(event(&mut bench, ("b", Priority::High), 50).0, "more urgent than what called");
    bench.condition(false, 60);
    assert!(!event(&mut bench, ("c", Priority::High), 70).0, "no more urgent than what called");
}

#[test]
fn a_flood_begins_at_ten_and_ends_below_five() {
    let mut bench = Bench::new();
    bench.request.wanted = true; // each calls by itself
    for i in 0..9 {
        bench.request.key = format!("k{i}");
        bench.condition(true, i);
    }
    assert_eq!(bench.book.flood(), None);
    bench.request.key = "k9".into();
    bench.condition(true, 9);
    assert_eq!(bench.book.flood(), Some(Timestamp::from_secs(9)));
    bench.tick(604);
    assert!(bench.book.flood().is_some(), "five are left");
    bench.tick(605);
    assert_eq!(bench.book.flood(), None);
}
