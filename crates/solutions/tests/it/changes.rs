//! Lasting changes of signals, beside what the monitor finds.

use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet, Output};
use gemba_plant::{ChangeKind, ChangePoint, SignalId, Timestamp};

use crate::maintenance::{batch, monitor, row};

/// What is told as changed while the fan runs for so many seconds and, from `at` on, flow is lost.
fn changes(seed: u64, seconds: usize, (at, loss): (usize, f64)) -> Vec<ChangePoint> {
    let (mut op, mut random, mut out) = (monitor(), Random::new(seed), Outlet::new());
    for i in 0..seconds {
        let loss = if i >= at { loss } else { 0.0 };
        op.on_batch(Timestamp::MIN, &batch(i, &row(&mut random, i, loss, 0.0)), &mut out).unwrap();
    }
    out.drain().into_iter().filter_map(|o| if let Output::Change(change) = o { Some(*change) } else { None }).collect()
}

#[test]
fn a_change_that_lasts_is_told_once_with_its_begin_and_one_of_load_is_none() {
    let told = changes(3, 4_000, (2_500, 0.6));
    let flow: Vec<&ChangePoint> = told.iter().filter(|c| c.signal == SignalId::new(1)).collect();
    assert_eq!(flow.len(), 1, "{told:?}");
    let change = flow[0];
    assert_eq!(change.kind, ChangeKind::Level);
    assert!((change.at.millis() / 1_000 - 2_500).abs() <= 120, "{change:?}");
    assert!((change.after - change.before + 0.6).abs() < 0.15, "{change:?}");
    assert!(
        change.text.starts_with("Flow fell from ") && change.text.ends_with("m³/h and stays there"),
        "{}",
        change.text
    );
    // the load swings by 20 % each minute all the while
    assert_eq!(changes(4, 20_000, (usize::MAX, 0.0)), vec![]);
}
