//! A finding that a person has muted calls nobody, until the mute is over.

use std::time::Duration;

use gemba_act::{Act, Error, Mute, standing};
use gemba_plant::{AlarmClass, AlarmState, Timestamp};

use crate::Bench;

fn mute(span: Option<u64>, at: i64) -> Option<Mute> {
    Mute::new("ann", "known, the part is ordered", span.map(Duration::from_secs), Timestamp::from_secs(at)).ok()
}

fn states(bench: &Bench) -> Vec<AlarmState> {
    bench.book.alarms().map(|alarm| alarm.state).collect()
}

#[test]
fn an_open_alarm_goes_aside_with_the_reason_and_calls_again_when_the_mute_is_over() {
    let mut bench = Bench::new();
    bench.condition(true, 0);
    bench.request.mute = mute(Some(100), 1);
    bench.condition(true, 1);
    let alarm = bench.book.alarm(1).unwrap();
    assert_eq!((alarm.state, alarm.shelved_until), (AlarmState::Shelved, Some(Timestamp::from_secs(101))));
    assert_eq!((alarm.by.as_deref(), alarm.comment.as_deref()), (Some("ann"), Some("known, the part is ordered")));
    // it goes by the finding
    assert!(matches!(bench.act(1, Act::Unshelve, 2), Err(Error::Muted { id: 1 })));
    // longer than a shelf may be
    bench.request.mute = mute(Some(7 * 86_400), 3);
    bench.condition(true, 3);
    bench.tick(6 * 86_400);
    assert_eq!(states(&bench), [AlarmState::Shelved]);
    bench.tick(7 * 86_400 + 3);
    assert_eq!(states(&bench), [AlarmState::UnackActive]);
    assert_eq!(standing(&bench.journal).len(), 1);
}

#[test]
fn one_that_has_not_called_does_not_while_it_is_muted() {
    let mut bench = Bench::new();
    bench.request.mute = mute(Some(100), 0);
    bench.condition(true, 0);
    bench.condition(false, 10);
    bench.condition(true, 20);
    bench.tick(99);
    assert!(states(&bench).is_empty() && bench.journal.is_empty());
    bench.tick(100);
    assert_eq!(states(&bench), [AlarmState::UnackActive]);
}

#[test]
fn without_an_end_in_time_it_lasts_until_the_condition_is_over_and_nobody_is_called_at_the_end() {
    let mut bench = Bench::new();
    bench.request.behaviour.off_delay_ms = 5_000;
    bench.condition(true, 0);
    bench.request.mute = mute(None, 1);
    bench.condition(true, 1);
    bench.condition(false, 50);
    bench.tick(52);
    assert_eq!(states(&bench), [AlarmState::Shelved]);
    bench.tick(56);
    assert!(states(&bench).is_empty());
    assert!(bench.journal.iter().skip(1).all(|line| line.to != AlarmState::UnackActive), "{:?}", bench.journal);
}

#[test]
fn it_is_taken_back_and_other_alarms_of_the_machine_call_meanwhile() {
    let mut bench = Bench::new();
    bench.request.class = AlarmClass::Ai;
    bench.condition(true, 0);
    let mut other = bench.request.clone();
    (other.key, other.class) = ("day0:vibration".to_owned(), AlarmClass::Process);
    assert!(bench.book.condition(&other, true, Timestamp::from_secs(1)).is_empty(), "told beside the first");
    bench.request.mute = mute(None, 2);
    bench.condition(true, 2);
    bench.tick(3);
    assert_eq!(states(&bench), [AlarmState::Shelved, AlarmState::UnackActive]);
    bench.request.mute = None;
    bench.condition(true, 4);
    assert_eq!(states(&bench), [AlarmState::UnackActive, AlarmState::UnackActive]);
}
