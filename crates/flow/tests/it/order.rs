//! Time: order, lateness, idle assets, clocks that jump.

use std::sync::Arc;

use gemba_flow::{FlowConfig, Pipeline};
use gemba_plant::{Payload, Sample, SignalId, Timestamp, Waveform};

use crate::support::{TICK, WAVE, lane, payload, row, tale};

fn pipeline(lateness_ms: u64) -> Pipeline {
    let mut pipeline = Pipeline::new(FlowConfig { lateness_ms, ..FlowConfig::default() });
    pipeline.set_lane(&lane(1, &[1, 2])).unwrap();
    pipeline
}

fn ms(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

#[test]
fn rows_wait_for_the_watermark_and_come_in_order() {
    let mut p = pipeline(200);
    assert_eq!(p.push(payload(&[row(1, 1000, 1.0), row(2, 900, 2.0)]), ms(1000)), []);
    let out = p.push(payload(&[row(1, 1150, 4.0), row(2, 1100, 8.0)]), ms(1150));
    assert_eq!(tale(&out, "calm/1"), [(2, 900, 2.0)]);
    let out = p.push(payload(&[row(1, 1300, 16.0)]), ms(1300));
    assert_eq!(tale(&out, "calm/1"), [(1, 1000, 3.0), (2, 1100, 11.0)]);
    let out = p.finish();
    assert_eq!(tale(&out, "calm/1"), [(1, 1150, 15.0), (1, 1300, 31.0)]);
    assert_eq!(p.counters().delivered, 5);
}

#[test]
fn without_lateness_a_row_goes_on_at_once() {
    let mut p = pipeline(0);
    for i in 0..3 {
        let out = p.push(payload(&[row(1, i * 10, 1.0), row(2, i * 10, 1.0)]), ms(0));
        assert_eq!(tale(&out, "calm/1").len(), 2);
    }
}

#[test]
fn late_and_doubled_rows_are_counted_and_handed_to_nobody() {
    let mut p = pipeline(0);
    p.push(payload(&[row(1, 1000, 1.0)]), ms(0));
    assert_eq!(p.push(payload(&[row(1, 999, 1.0), row(1, 1000, 1.0), row(9, 5, 1.0)]), ms(0)), []);
    let out = p.push(payload(&[row(2, 1000, 1.0)]), ms(0));
    assert_eq!(tale(&out, "calm/1").len(), 1, "another signal at the same instant is neither late nor a double");
    let c = p.counters();
    assert_eq!((c.taken, c.late, c.duplicate, c.unrouted, c.delivered), (5, 1, 1, 1, 2));
    let out = p.push(payload(&[row(1, 2000, 5.0), row(1, 2000, 7.0)]), ms(0));
    assert_eq!(tale(&out, "calm/1"), [(1, 2000, 9.0)], "the last to come counts");
}

#[test]
fn ticks_stand_on_their_grid_between_the_rows() {
    let mut p = pipeline(0);
    let rows: Vec<Sample> = [500, 1000, 1700, 3999, 4000].map(|t| row(1, t, 1.0)).to_vec();
    let out = p.push(payload(&rows), ms(0));
    let tick = TICK.get();
    let expected = [
        (1, 500, 1.0),
        (tick, 1000, 1.0),
        (1, 1000, 2.0),
        (1, 1700, 3.0),
        (tick, 2000, 3.0),
        (tick, 3000, 3.0),
        (1, 3999, 4.0),
        (tick, 4000, 4.0),
        (1, 4000, 5.0),
    ];
    assert_eq!(tale(&out, "ticking/1"), expected);
}

#[test]
fn a_gap_of_fifty_years_costs_an_hour_of_ticks() {
    let mut p = pipeline(0);
    let out = p.push(payload(&[row(1, 0, 1.0), row(1, 1_600_000_000_000, 1.0)]), ms(0));
    assert_eq!(tale(&out, "ticking/1").iter().filter(|(s, _, _)| *s == TICK.get()).count(), 3600);
    let out = p.push(payload(&[row(1, 1_600_000_001_500, 1.0)]), ms(0));
    assert_eq!(tale(&out, "ticking/1")[0].1, 1_600_000_001_000);
}

#[test]
fn silence_delivers_what_is_held_and_then_ticks() {
    let mut p = pipeline(200);
    let start = 50_000_000;
    p.push(payload(&[row(1, 1500, 1.0)]), ms(start));
    assert_eq!(p.advance(ms(start + 199)), []);
    assert_eq!(tale(&p.advance(ms(start + 200)), "calm/1"), [(1, 1500, 1.0)]);
    let mut ticks = Vec::new();
    for step in 1..=130 {
        ticks.extend(tale(&p.advance(ms(start + 200 + step * 100)), "ticking/1"));
    }
    let times: Vec<i64> = ticks.iter().map(|t| t.1).collect();
    assert_eq!(times, [2000, 3000, 4000], "10 s of patience, then event time follows our clock from where it stood");
    let out = p.push(payload(&[row(1, 4100, 1.0)]), ms(start + 14_000));
    assert_eq!(out, [], "what is older than the event time reached is late");
    assert_eq!(p.counters().late, 1);
}

#[test]
fn a_jump_of_our_clock_is_not_silence() {
    let mut p = pipeline(200);
    p.push(payload(&[row(1, 1000, 1.0)]), ms(0));
    p.advance(ms(315_360_000_000));
    p.advance(ms(-5));
    let out = p.push(payload(&[row(1, 2000, 1.0), row(1, 2300, 1.0)]), ms(10));
    assert_eq!(tale(&out, "calm/1").len(), 1);
    assert_eq!(p.counters().late, 0);
}

#[test]
fn a_row_from_the_future_is_set_aside() {
    let mut p = pipeline(0);
    let future = Sample { ingest: ms(1000), ..row(1, 1000 + 60_001, 1.0) };
    assert_eq!(p.push(payload(&[future]), ms(1000)), []);
    assert_eq!(p.counters().ahead, 1);
    let out = p.push(payload(&[row(1, 1000, 1.0)]), ms(1000));
    assert_eq!(tale(&out, "calm/1").len(), 1, "the watermark did not follow it");
}

#[test]
fn a_waveform_comes_when_its_last_sample_is_due() {
    let mut p = pipeline(0);
    let wave = Waveform {
        signal: SignalId::new(2),
        start: ms(1000),
        ingest: ms(1100),
        rate_hz: 1000.0,
        samples: Arc::from(vec![1.0_f32; 101]),
    };
    let both = [payload(&[row(1, 1050, 1.0), row(1, 1100, 1.0), row(1, 1101, 1.0)]), Payload::Waveform(wave)];
    let out = p.push_all(both, ms(1101));
    let expected = [(1, 1050, 1.0), (1, 1100, 2.0), (WAVE.get(), 1100, 103.0), (1, 1101, 104.0)];
    assert_eq!(tale(&out, "calm/1"), expected);
}

#[test]
fn a_lane_that_holds_too_much_gives_its_lateness_up() {
    let config = FlowConfig { lateness_ms: 60_000, held_rows_max: 1000, ..FlowConfig::default() };
    let mut p = Pipeline::new(config);
    p.set_lane(&lane(1, &[1])).unwrap();
    let rows: Vec<Sample> = (0..1001).map(|i| row(1, i, 1.0)).collect();
    let out = p.push(payload(&rows), ms(0));
    assert_eq!(tale(&out, "calm/1").len(), 1001);
    assert_eq!(p.counters().forced, 1);
}

#[test]
fn a_slower_way_is_waited_for_once_it_is_known() {
    let mut p = pipeline(200);
    let mut seen = Vec::new();
    // signal 1 comes at once, signal 2, taken 50 ms before, by a way that takes half a second: late from the first on
    for second in 1..=60_i64 {
        let at = second * 1000;
        seen.extend(p.push(payload(&[row(1, at, 1.0)]), ms(at)));
        seen.extend(p.advance(ms(at + 300)));
        seen.extend(p.push(payload(&[row(2, at - 50, 1.0)]), ms(at + 450)));
        seen.extend(p.advance(ms(at + 700)));
    }
    seen.extend(p.finish());
    let rows = tale(&seen, "calm/1");
    let (fast, slow) = (rows.iter().filter(|r| r.0 == 1).count(), rows.iter().filter(|r| r.0 == 2).count());
    assert_eq!((fast, slow as u64 + p.counters().late), (60, 60));
    assert!(p.counters().late <= 2, "{:?}", p.counters());
    assert!(rows.is_sorted_by_key(|r| (r.1, r.0)));
}

#[test]
fn rows_that_come_together_have_no_lag() {
    let mut p = pipeline(0);
    p.push(payload(&[row(1, 0, 1.0), row(2, 0, 1.0)]), ms(0));
    let by_signal: Vec<Sample> = (1..=2).flat_map(|s| (1..=5).map(move |t| row(s, t * 1000, 1.0))).collect();
    let out = p.push(payload(&by_signal), ms(5000));
    assert_eq!(tale(&out, "calm/1").len(), 10);
    let out = p.push(payload(&[row(1, 6000, 1.0)]), ms(6000));
    assert_eq!(tale(&out, "calm/1").len(), 1, "nothing is waited for");
}

#[test]
fn a_waveform_that_comes_late_is_judged_and_one_of_long_ago_is_not() {
    let mut p = pipeline(0);
    let wave = |start: i64| {
        Payload::Waveform(Waveform {
            signal: SignalId::new(2),
            start: ms(start),
            ingest: ms(start + 500),
            rate_hz: 1000.0,
            samples: Arc::from(vec![1.0_f32; 101]),
        })
    };
    p.push(payload(&[row(1, 1500, 1.0)]), ms(1500));
    let out = p.push(wave(1000), ms(1500));
    assert_eq!(tale(&out, "calm/1").len(), 1, "its last sample was taken 400 ms before the newest row");
    assert_eq!(p.push(wave(1000), ms(1500)), [], "the same again");
    p.push(payload(&[row(1, 60_000, 1.0)]), ms(60_000));
    assert_eq!(p.push(wave(2000), ms(60_000)), []);
    assert_eq!((p.counters().late, p.counters().duplicate), (1, 1));
}
