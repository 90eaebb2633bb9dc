//! Figures worked out by hand.

use gemba_act::{AlarmConfig, rates};
use gemba_plant::{Priority, TimeRange, Timestamp};

use crate::Bench;

const HOUR: i64 = 3600;

fn window(hours: i64) -> TimeRange {
    TimeRange::new(Timestamp::from_secs(0), Timestamp::from_secs(hours * HOUR))
}

#[test]
fn a_flood_of_twelve_in_a_day_of_silence() {
    let mut bench = Bench::new();
    bench.request.wanted = true; // each calls by itself
    for i in 0..12 {
        bench.request.key = format!("k{i}");
        bench.condition(true, 2 * HOUR + i * 10);
    }
    let open: Vec<_> = bench.book.alarms().cloned().collect();
    let figures = rates(&bench.journal, &open, window(24), &AlarmConfig::default());
    assert_eq!((figures.peak_10min, figures.per_10min_now, figures.flood_now), (12, 0, false));
    assert!((figures.per_hour - 0.5).abs() < 1e-12);
    assert!((figures.flood_share - 1.0 / 144.0).abs() < 1e-12);
    assert_eq!(figures.histogram.len(), 144);
    assert_eq!(figures.histogram[12].count, 12);
    assert_eq!(figures.top.len(), 10);
    assert_eq!(figures.by_priority["low"], 12);
    assert_eq!(figures.by_priority["emergency"], 0);
    assert_eq!(figures.stale, [0_u64; 0]);
}

#[test]
fn an_alarm_counts_by_the_highest_priority_that_it_reached() {
    let mut bench = Bench::new();
    bench.condition(true, 0);
    bench.request.priority = Priority::High;
    bench.condition(true, 100);
    let figures = rates(&bench.journal, &[], window(1), &AlarmConfig::default());
    assert_eq!((figures.by_priority["high"], figures.by_priority["low"]), (1, 0));
    // a quarter of an hour is no reason to multiply what came in it by four
    let young = TimeRange::new(Timestamp::from_secs(0), Timestamp::from_secs(HOUR / 4));
    assert!((rates(&bench.journal, &[], young, &AlarmConfig::default()).per_hour - 1.0).abs() < 1e-12);
}

#[test]
fn chattering_and_stale_alarms_are_named() {
    let mut bench = Bench::new();
    (bench.request.key, bench.request.wanted) = ("calm".into(), true);
    bench.condition(true, 0);
    bench.request.key = "nervous".into();
    for i in 0..4 {
        bench.condition(i % 2 == 0, 100 + i);
    }
    let open: Vec<_> = bench.book.alarms().cloned().collect();
    let figures = rates(&bench.journal, &open, window(25), &AlarmConfig::default());
    assert_eq!(figures.chattering.len(), 1);
    assert_eq!(figures.chattering[0].key, "nervous");
    assert_eq!((figures.top[0].key.as_str(), figures.top[0].count), ("nervous", 2));
    assert_eq!(figures.stale, [1]);
}

#[test]
fn nothing_gives_nothing() {
    let figures =
        rates(&[], &[], TimeRange::new(Timestamp::from_secs(5), Timestamp::from_secs(5)), &AlarmConfig::default());
    assert_eq!((figures.peak_10min, figures.histogram.len()), (0, 0));
    assert!(figures.per_hour.abs() < 1e-12 && figures.flood_share.abs() < 1e-12);
}
