//! Lanes, faults, checkpoints.

use std::sync::Arc;

use gemba_flow::{Checkpoint, Error, FlowConfig, LaneSpec, Pipeline};
use gemba_plant::{AssetId, SignalId, Timestamp};

use crate::support::{FAIL, PANIC, lane, payload, row, tale, tellers};

fn pipeline() -> Pipeline {
    let mut pipeline = Pipeline::new(FlowConfig { lateness_ms: 0, ..FlowConfig::default() });
    pipeline.set_lane(&lane(1, &[1])).unwrap();
    pipeline
}

fn push(p: &mut Pipeline, secs: i64, value: f64) -> Vec<gemba_flow::Produced> {
    p.push(payload(&[row(1, secs * 1000 + 1, value)]), Timestamp::from_secs(0))
}

#[test]
fn a_fault_stops_one_operator_and_only_for_a_while() {
    for poison in [PANIC, FAIL] {
        let mut p = pipeline();
        let make = tellers(&[("first/1", 0), ("second/1", 0)]);
        p.set_lane(&LaneSpec { asset: AssetId::new(2), signals: vec![SignalId::new(2)], make }).unwrap();
        push(&mut p, 0, 1.0);
        p.checkpoint();
        push(&mut p, 1, 2.0);
        assert_eq!(tale(&push(&mut p, 2, poison), "calm/1"), []);
        let other = p.push(payload(&[row(2, 2000, 5.0)]), Timestamp::from_secs(0));
        assert_eq!(other.len(), 2, "neighbours go on");
        let out = p.push(payload(&[row(1, 2500, 4.0), row(1, 3001, 8.0)]), Timestamp::from_secs(0));
        assert_eq!(tale(&out, "calm/1"), [(1, 3001, 9.0)], "a second later, from the checkpoint");
        let health = p.health();
        assert_eq!(health.len(), 2);
        assert!(!health[0].resting && health[0].faults == 1);
        assert_eq!((p.counters().faults, p.counters().skipped), (2, 2), "rows missed while resting");
        let why = health[0].last_fault.clone().unwrap();
        assert!(why.contains("thirteen") || why.contains("sick"), "{why}");
    }
}

#[test]
fn an_operator_that_always_fails_is_called_ever_more_rarely() {
    let mut p = pipeline();
    for secs in 0..3600 {
        push(&mut p, secs, FAIL);
    }
    let faults = p.health()[0].faults;
    assert!((10..=22).contains(&faults), "{faults} in an hour");
}

#[test]
fn a_damaged_state_begins_anew_and_says_so() {
    let mut p = pipeline();
    push(&mut p, 0, 1.0);
    let bytes = p.checkpoint().to_bytes();
    let good = 1.0_f64.to_le_bytes();
    let at = bytes.windows(12).position(|w| w[..4] == 8_u32.to_le_bytes() && w[4..] == good).unwrap();
    let mut bad = bytes.clone();
    bad[at] = 7;
    bad.remove(at + 4);
    let mut p = pipeline();
    p.restore(&Checkpoint::from_bytes(&bad).unwrap());
    let out = push(&mut p, 1, 4.0);
    assert_eq!(tale(&out, "calm/1"), [(1, 1001, 4.0)]);
    assert_eq!(tale(&out, "ticking/1").last(), Some(&(1, 1001, 5.0)), "its neighbour kept its state");
    assert_eq!(p.health()[0].last_fault.as_deref(), Some("feeling sick"));
}

#[test]
fn checkpoints_cut_off_or_changed_in_length_are_refused() {
    let mut p = pipeline();
    push(&mut p, 0, 1.0);
    let bytes = p.checkpoint().to_bytes();
    assert_eq!(Checkpoint::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    for len in 0..bytes.len() {
        assert!(matches!(Checkpoint::from_bytes(&bytes[..len]), Err(Error::ReadCheckpoint { .. })), "{len}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(Checkpoint::from_bytes(&longer).is_err());
}

#[test]
fn a_replaced_lane_keeps_the_state_of_operators_with_the_same_name() {
    let mut p = pipeline();
    push(&mut p, 0, 1.0);
    let mut wider = lane(1, &[2, 1]);
    wider.make = tellers(&[("calm/1", 0), ("ticking/2", 0)]);
    p.set_lane(&wider).unwrap();
    let out = push(&mut p, 1, 2.0);
    assert_eq!(tale(&out, "calm/1"), [(1, 1001, 3.0)]);
    assert_eq!(tale(&out, "ticking/2"), [(1, 1001, 2.0)]);
    p.remove_lane(AssetId::new(1));
    assert_eq!(push(&mut p, 2, 1.0), []);
    assert_eq!(p.counters().unrouted, 1);
}

#[test]
fn doubled_names_and_panicking_makers_are_refused_and_change_nothing() {
    let mut p = pipeline();
    let mut bad = lane(1, &[1]);
    bad.make = tellers(&[("calm/1", 0), ("ticking/1", 0), ("calm/1", 0)]);
    assert!(matches!(p.set_lane(&bad), Err(Error::OperatorTwice { .. })));
    bad.make = Arc::new(|| panic!("no such template"));
    let text = p.set_lane(&bad).unwrap_err().to_string();
    assert!(text.contains("no such template"), "{text}");
    assert_eq!(push(&mut p, 0, 1.0).len(), 2);
}

#[test]
fn after_a_crash_offering_the_past_again_gives_each_row_once() {
    let rows: Vec<_> = (0..10).map(|i| row(1, i * 300, 1.0)).collect();
    let mut whole = pipeline();
    let mut told = tale(&whole.push(payload(&rows[..6]), Timestamp::from_secs(0)), "calm/1");
    let saved = whole.checkpoint();
    let mut next = pipeline();
    next.restore(&saved);
    let from = saved.watermarks()[&AssetId::new(1)];
    let again: Vec<_> = rows.iter().filter(|r| r.time >= from).copied().collect();
    told.extend(tale(&next.push(payload(&again), Timestamp::from_secs(0)), "calm/1"));
    assert_eq!(told.iter().map(|t| t.2).collect::<Vec<_>>(), (1..=10).map(f64::from).collect::<Vec<_>>());
}

#[test]
fn a_lane_built_anew_on_a_running_pipeline_does_not_take_the_past_for_silence() {
    let clock = |secs: i64| Timestamp::from_secs(secs);
    let mut p = pipeline();
    let mut told = Vec::new();
    for secs in 0..120 {
        told.extend(p.push(payload(&[row(1, secs * 1000, 1.0)]), clock(secs)));
        if secs == 60 {
            p.set_lane(&lane(1, &[1])).unwrap();
        }
        if secs == 90 {
            let saved = p.checkpoint();
            p.restore(&saved);
        }
        // half a second without data is no silence, however long the pipeline has run
        told.extend(p.advance(clock(secs).plus(std::time::Duration::from_millis(500))));
    }
    assert_eq!((p.counters().late, tale(&told, "calm/1").len()), (0, 120));
}
