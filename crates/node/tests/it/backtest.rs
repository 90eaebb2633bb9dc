//! The stored past through the same operators, judged by labels; as a call and as a job; two configurations side by side.

use std::path::Path;
use std::time::Duration;

use gemba_act::{Label, LabelKind};
use gemba_node::backtest::{BacktestRequest, BacktestState, EventOrigin, Fate, KnownFault, Variant, Verdict};
use gemba_node::{FailureDraft, Moment, Node, OrderChange, OrderStep};
use gemba_plant::{AssetPath, TimeRange, Timestamp};

use crate::files::{STORED, plan, until};

const BEGIN: i64 = 1_700_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_secs(BEGIN + second)
}

/// A node with the recording in its store, whose fault (from second 900 on) is labelled.
async fn recorded(dir: &Path) -> Node {
    let node = Node::start(plan(dir)).await.unwrap();
    assert_eq!(until(&node, STORED, 3_600).await, 3_600);
    let rig = node.catalogue().asset_at(&AssetPath::new("acme/rig").unwrap()).unwrap().id;
    let fault =
        Label { failure_mode: Some("blockage".into()), ..Label::fault(rig, TimeRange::new(at(900), at(1_200))) };
    let normal = Label { label: LabelKind::Normal, ..Label::fault(rig, TimeRange::new(at(0), at(600))) };
    node.labels().add(&[fault, normal]).unwrap();
    node
}

fn two() -> BacktestRequest {
    let deaf = serde_json::json!({ "normal": { "learn_s": 100_000 } });
    BacktestRequest {
        name: "as it is against one that never learns enough".into(),
        assets: vec!["acme/r*".into()],
        horizon_s: 60,
        variants: vec![Variant::default(), Variant { name: "deaf".into(), maintenance: deaf, ..Variant::default() }],
        ..BacktestRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_tells_what_each_configuration_would_have_found_and_when() {
    let dir = tempfile::tempdir().unwrap();
    let node = recorded(dir.path()).await;
    let report = node.backtest(two(), |share| (0.0..=1.0).contains(&share)).await.unwrap();
    let [good, deaf] = &report.runs[..] else { panic!("{:?}", report.runs) };
    assert_eq!((report.events.len(), report.events[1].origin), (2, EventOrigin::Label), "{:?}", report.events);
    assert_eq!((good.name.as_str(), good.samples, good.operator_faults), ("A", 4_800, 0));
    let outcome = &good.events[1];
    assert_eq!(outcome.fate, Some(Fate::Found), "{:?}", good.findings);
    let late = -outcome.lead_s.unwrap();
    assert!((0.0..120.0).contains(&late), "found {late} s after it began");
    let told = &good.findings[outcome.findings[0]];
    assert_eq!((told.verdict, told.event, told.asset_path.as_str()), (Verdict::Hit, Some(1), "acme/rig"));
    let learned = good.watched[0].learned.unwrap().0;
    assert!(learned >= at(590) && learned < at(900), "learned at {learned:?}");
    let watched = good.watched[0].seconds;
    assert!((300.0..=600.0).contains(&watched), "{watched} s");
    assert_eq!(deaf.events[1].fate, Some(Fate::WhileLearning));
    assert_eq!((deaf.summary.found, deaf.summary.events, deaf.watched[0].learned), (0, 1, None));
    // the same past gives the same report
    let again = node.backtest(two(), |_| true).await.unwrap();
    assert_eq!(again.runs[0].findings, good.findings);
    assert_eq!(again.runs[0].summary, good.summary);
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_and_finished_work_are_known_events() {
    let dir = tempfile::tempdir().unwrap();
    let node = recorded(dir.path()).await;
    let rig = AssetPath::new("acme/rig").unwrap();
    let failed: FailureDraft = serde_json::from_value(serde_json::json!({
        "asset": rig, "at": at(950), "repaired": at(1_100), "failure_mode": "blockage", "note": "stood still"
    }))
    .unwrap();
    let before = FailureDraft { at: at(-900), repaired: None, ..failed.clone() };
    let after = FailureDraft { at: at(100_000), repaired: None, ..failed.clone() };
    assert_eq!(node.work().add_failures(&[failed, before, after]).unwrap(), 3);
    let change = OrderChange { asset: Some(rig), title: Some("new filter".into()), ..OrderChange::default() };
    let order = node.work().add_order(None, change, "ann").unwrap().id;
    node.work().step_order(order, OrderStep::Begin, "ann").unwrap();
    let worked = TimeRange::new(at(1_000), at(1_100));
    node.work().step_order(order, OrderStep::Finish { worked, note: String::new() }, "ann").unwrap();
    let request = BacktestRequest { from: Some(Moment(at(0))), to: Some(Moment(at(1_200))), ..two() };
    let report = node.backtest(request, |_| true).await.unwrap();
    let known: Vec<_> = report.events.iter().map(|e| (e.origin, e.label, e.t_start.0, e.t_end.0)).collect();
    assert_eq!(
        known,
        [
            (EventOrigin::Label, LabelKind::Normal, at(0), at(600)),
            (EventOrigin::Label, LabelKind::Fault, at(900), at(1_200)),
            (EventOrigin::Failure, LabelKind::Fault, at(950), at(1_100)),
            (EventOrigin::WorkOrder, LabelKind::Maintenance, at(1_000), at(1_100)),
        ]
    );
    assert_eq!(report.events[2].failure_mode.as_deref(), Some("blockage"));
    // a finding during the failure is right about it as well as about the label
    assert_eq!(report.runs[0].events[2].fate, Some(Fate::Found), "{:?}", report.runs[0].events);
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backtest_is_a_job_that_is_kept_and_can_be_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let node = recorded(dir.path()).await;
    let order = KnownFault {
        asset: AssetPath::new("acme").unwrap(),
        t_start: Moment(at(1_000)),
        t_end: None,
        label: LabelKind::Fault,
        failure_mode: None,
        component: None,
        note: "work order 7".into(),
    };
    let request = BacktestRequest { labels: false, events: vec![order], ..two() };
    let id = node.backtests().start(request, "ann").await.unwrap();
    let stopped = node.backtests().start(two(), "ann").await.unwrap();
    node.backtests().end(stopped).unwrap();
    for open in [id, stopped] {
        for _ in 0..400 {
            if !node.backtests().get(open).unwrap().unwrap().0.state.is_open() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let (entry, report) = node.backtests().get(id).unwrap().unwrap();
    assert_eq!(
        (entry.state, entry.by.as_str(), entry.figures.len()),
        (BacktestState::Done, "ann", 2),
        "{:?}",
        entry.why
    );
    let report = report.unwrap();
    assert_eq!((report.events.len(), report.events[0].note.as_str()), (1, "work order 7"));
    assert_eq!(node.backtests().get(stopped).unwrap().unwrap().0.state, BacktestState::Cancelled);
    assert_eq!(node.backtests().list(None, 10).unwrap().iter().map(|e| e.id).collect::<Vec<_>>(), [stopped, id]);
    for bad in [
        BacktestRequest { assets: vec!["acme/nobody".into()], ..two() },
        BacktestRequest { from: Some(Moment(at(5))), to: Some(Moment(at(5))), ..two() },
        BacktestRequest { variants: vec![Variant::default(); 5], ..two() },
    ] {
        assert!(node.backtests().start(bad, "ann").await.is_err());
    }
    node.stop().await.unwrap();
    drop(node);
    let node = Node::start(plan(dir.path())).await.unwrap();
    assert!(node.backtests().get(id).unwrap().unwrap().1.is_some(), "kept over a restart");
    node.backtests().end(id).unwrap();
    assert!(node.backtests().get(id).unwrap().is_none());
    node.stop().await.unwrap();
}
