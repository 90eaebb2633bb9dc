//! What an operator sees does not depend on how the data came.

use gemba_flow::{Checkpoint, FlowConfig, Pipeline, Produced};
use gemba_plant::{Sample, Timestamp};
use proptest::prelude::*;

use crate::support::{Tales, lane, payload, row, tales};

const LATENESS: u64 = 200;

fn pipeline() -> Pipeline {
    let mut pipeline = Pipeline::new(FlowConfig { lateness_ms: LATENESS, ..FlowConfig::default() });
    for (asset, signals) in [(1, vec![1, 2, 3]), (2, vec![4]), (3, vec![3, 5])] {
        pipeline.set_lane(&lane(asset, &signals)).unwrap();
    }
    pipeline
}

/// Each (signal, time) once, with small integers so that sums are exact.
fn rows() -> impl Strategy<Value = Vec<Sample>> {
    let one = (1..=5_u32, 0..6000_i64, 0..100_u32);
    prop::collection::vec(one, 1..150).prop_map(|all| {
        let mut rows: Vec<Sample> = all.into_iter().map(|(s, t, v)| row(s, t, f64::from(v) + 20.0)).collect();
        rows.sort_by_key(|r| (r.time, r.signal));
        rows.dedup_by_key(|r| (r.time, r.signal));
        rows
    })
}

/// The truth: everything at once.
fn at_once(rows: &[Sample]) -> Tales {
    let mut p = pipeline();
    let mut out: Vec<Produced> = p.push(payload(rows), Timestamp::MIN);
    out.extend(p.finish());
    tales(&out)
}

proptest! {
    #[test]
    fn cuts_arrival_order_and_restarts_change_nothing(
        rows in rows(),
        delays in prop::collection::vec(0..199_i64, 150),
        cuts in prop::collection::vec((1..20_usize, any::<bool>()), 150),
    ) {
        let mut arriving: Vec<(i64, Sample)> =
            rows.iter().zip(&delays).map(|(r, delay)| (r.time.millis() + delay, *r)).collect();
        arriving.sort_by_key(|(at, _)| *at);
        let mut rest: Vec<Sample> = arriving.into_iter().map(|(_, r)| r).collect();
        let (mut p, mut out) = (pipeline(), Vec::new());
        for (size, restart) in cuts {
            let cut = size.min(rest.len());
            let part: Vec<Sample> = rest.drain(..cut).collect();
            out.extend(p.push(payload(&part), Timestamp::MIN));
            if restart {
                let bytes = p.checkpoint().to_bytes();
                p = pipeline();
                p.restore(&Checkpoint::from_bytes(&bytes).unwrap());
            }
        }
        out.extend(p.push(payload(&rest), Timestamp::MIN));
        out.extend(p.finish());
        prop_assert_eq!(p.counters().late, 0);
        prop_assert_eq!(tales(&out), at_once(&rows));
    }

    #[test]
    fn any_chaos_keeps_times_growing_and_every_row_accounted_for(
        all in prop::collection::vec((1..=6_u32, -5000..5000_i64, 0..3_u8), 1..200),
    ) {
        let mut p = Pipeline::new(FlowConfig { lateness_ms: 100, ..FlowConfig::default() });
        p.set_lane(&lane(1, &[1, 2, 3, 4, 5])).unwrap();
        let mut out = Vec::new();
        for (i, (signal, ms, extra)) in all.iter().enumerate() {
            let now = Timestamp::from_millis(i64::try_from(i).unwrap() * 70 * i64::from(*extra));
            out.extend(p.push(payload(&[row(*signal, *ms, 1.0)]), now));
            out.extend(p.advance(now));
        }
        out.extend(p.finish());
        let told = tales(&out);
        for tale in told.values() {
            prop_assert!(tale.windows(2).all(|w| w[0].1 <= w[1].1), "{tale:?}");
        }
        let c = p.counters();
        prop_assert_eq!(c.taken, all.len() as u64);
        prop_assert_eq!(c.taken, c.delivered + c.late + c.duplicate + c.unrouted + c.ahead);
    }
}
