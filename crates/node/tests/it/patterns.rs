//! What comes again and what stands alone in a recording.

use std::fmt::Write as _;
use std::path::Path;

use gemba_act::Label;
use gemba_node::{Node, PatternsWish, Plan};
use gemba_plant::{AssetPath, TimeRange, Timestamp};

use crate::files::{plan, until};

const BEGIN: i64 = 1_700_000_000;

/// Forty minutes at 1 Hz: a course of 100 s again and again, once upside down, and a signal that never moves.
fn recorded(dir: &Path) -> Plan {
    let plan = plan(dir);
    let mut noise = gemba_testkit::Seeded::new(9);
    let mut text = String::from("time,speed,flow,pressure,current\n");
    for second in 0..2_400 {
        let phase = f64::from(second % 100) / 100.0;
        let odd = if (1_500..1_600).contains(&second) { -1.0 } else { 1.0 };
        let flow = 30.0 + odd * 8.0 * (phase * std::f64::consts::TAU).sin() * phase + 0.05 * noise.normal();
        let pressure = 5.0 + odd * phase * phase + 0.01 * noise.normal();
        writeln!(text, "{},1450,{flow:.3},{pressure:.4},12", BEGIN + i64::from(second)).unwrap();
    }
    std::fs::write(dir.join("recording.csv"), text).unwrap();
    plan
}

#[tokio::test(flavor = "multi_thread")]
async fn what_recurs_and_what_stands_alone_is_found_in_a_range() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(recorded(dir.path())).await.unwrap();
    let all = "select count(*) from samples where signal in ('acme/rig/flow','acme/rig/pressure')";
    assert_eq!(until(&node, all, 4_800).await, 4_800);
    let rig = node.catalogue().asset_at(&AssetPath::new("acme/rig").unwrap()).unwrap().id;
    let at = |second: i64| Timestamp::from_secs(BEGIN + second);
    node.labels().add(&[Label::fault(rig, TimeRange::new(at(1_500), at(1_600)))]).unwrap();
    let wish = PatternsWish {
        asset: rig,
        signals: Vec::new(),
        within: TimeRange::new(Timestamp::MIN, Timestamp::MAX),
        window_us: Some(50_000_000),
        count: 3,
    };
    let found = node.patterns(&wish, &|_| true).unwrap();
    assert_eq!((found.signals.len(), found.left_out.len()), (2, 2), "two never move: {:?}", found.left_out);
    assert_eq!((found.rows, found.step_us, found.recurring.len()), (64, 781_250, 3));
    let pair = &found.recurring[0];
    let apart = (pair.other.from.0.micros() - pair.one.from.0.micros()).abs() / 1_000_000;
    assert!(pair.likeness > 0.98 && (apart % 100 <= 2 || apart % 100 >= 98), "{} s apart, {}", apart, pair.likeness);
    let odd = &found.odd[0];
    assert!(odd.stretch.from.0 > at(1_450) && odd.stretch.from.0 < at(1_600), "{:?}", odd.stretch.from);
    assert!(odd.distance > 3.0 * pair.distance && odd.stretch.label.is_some(), "{} {}", odd.distance, pair.distance);
    assert!(odd.stretch.values.iter().all(|line| line.len() == 64));
    let told = std::sync::Mutex::new(Vec::new());
    let stopped = node.patterns(&wish, &|share| {
        told.lock().unwrap().push(share);
        share < 0.5
    });
    assert!(stopped.unwrap_err().to_string().contains("stopped"));
    let told = told.into_inner().unwrap();
    assert!(told.windows(2).all(|w| w[0] <= w[1]) && told.last().is_some_and(|last| *last < 0.6), "{told:?}");
    for (window_us, why) in [
        (10_000, "too short for so long a time"),
        (2_000_000, "too few values for so short a course"),
        (1_300_000_000, "longer than half"),
    ] {
        let refused =
            node.patterns(&PatternsWish { window_us: Some(window_us), ..wish.clone() }, &|_| true).unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
    let unsaid = node.patterns(&PatternsWish { window_us: None, count: 1, ..wish }, &|_| true).unwrap();
    assert!(unsaid.rows >= 16 && unsaid.odd.len() == 1);
    node.stop().await.unwrap();
}
