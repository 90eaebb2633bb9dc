//! A changed setting waits until a backtest has proved it; what goes into service is what the report proved; and back.

use std::path::Path;
use std::time::Duration;

use gemba_node::backtest::{BacktestRequest, BacktestState, Variant};
use gemba_node::models::{ModelsView, Reason, standing};
use gemba_node::state::FindingFilter;
use gemba_node::{Error, Node, Plan};
use gemba_plant::FindingState;

use crate::files::{STORED, plan, until};

/// The recording's plan with another learning time in its file.
fn asking(dir: &Path, learn_s: u64) -> Plan {
    let path = plan(dir).origin;
    let text = std::fs::read_to_string(&path).unwrap().replace("learn_s = 600", &format!("learn_s = {learn_s}"));
    std::fs::write(&path, text).unwrap();
    Plan::load(&path).unwrap()
}

async fn recorded(dir: &Path) -> Node {
    let node = Node::start(plan(dir)).await.unwrap();
    assert_eq!(until(&node, STORED, 3_600).await, 3_600);
    assert!(until(&node, "select count(*) from findings where asset = 'acme/rig'", 1).await >= 1);
    node
}

/// Runs a backtest to its end as a job; its number.
async fn proved(node: &Node, request: BacktestRequest) -> u64 {
    let id = node.backtests().start(request, "ann").await.unwrap();
    for _ in 0..400 {
        if !node.backtests().get(id).unwrap().unwrap().0.state.is_open() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let entry = node.backtests().get(id).unwrap().unwrap().0;
    assert_eq!(entry.state, BacktestState::Done, "{:?}", entry.why);
    id
}

async fn arrived(node: &Node) -> ModelsView {
    for _ in 0..400 {
        if node.models().view().unwrap().switching.is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let view = node.models().view().unwrap();
    assert!(view.switching.is_none() && view.failed.is_none(), "never in service: {view:?}");
    view
}

fn open(node: &Node) -> Vec<(u64, String)> {
    let filter = FindingFilter { state: Some(FindingState::Active), limit: 100, ..FindingFilter::default() };
    node.findings().list(&filter).unwrap().into_iter().map(|f| (f.id, f.finding.key)).collect()
}

/// A configuration that learns in five minutes.
fn quick() -> Variant {
    let maintenance = serde_json::json!({ "normal": { "learn_s": 300 } });
    Variant { name: "quick".into(), maintenance, ..Variant::default() }
}

/// The former version over the same past, beside what is in service now.
async fn side_by_side(node: &Node, former: &str, now: &str) {
    let side = |version: Option<&str>| Variant { version: version.map(str::to_owned), ..Variant::default() };
    let ask = |variants| node.backtest(BacktestRequest { variants, ..BacktestRequest::default() }, |_| true);
    let report = ask(vec![side(None), side(Some(former))]).await.unwrap();
    let told: Vec<(&str, &str)> = report.runs.iter().map(|run| (run.name.as_str(), run.digest.as_str())).collect();
    assert_eq!(told, [("A", now), (former, former)]);
    assert!(matches!(ask(vec![side(Some("ffffffffffff"))]).await, Err(Error::NotFound { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_setting_waits_for_its_proof_goes_into_service_and_back() {
    let dir = tempfile::tempdir().unwrap();
    assert!(standing(&plan(dir.path())).unwrap().is_none(), "nothing is noted before the first start");
    let node = recorded(dir.path()).await;
    let first = node.models().view().unwrap();
    assert_eq!((first.in_service.reason, first.in_service.version.settings.normal.learn_s), (Reason::First, 600));
    assert!(first.candidate.is_none() && first.former.is_none() && first.unproved.is_none());
    node.stop().await.unwrap();
    drop(node);

    // changed in the file: the program starts with what is in service and says so
    let asked = asking(dir.path(), 100_000);
    let look = standing(&asked).unwrap().unwrap();
    assert_eq!((look.waiting.len(), look.waiting[0].key.as_str()), (1, "normal.learn_s"));
    let node = Node::start(asked).await.unwrap();
    let waits = node.models().view().unwrap();
    assert_eq!(waits.in_service, first.in_service);
    let candidate = waits.candidate.unwrap();
    assert!(candidate.hindrance.unwrap().contains("no backtest has run"));
    let refused = node.models().release(&candidate.version.digest, "ann").await;
    assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");

    // its report says that it never learned, which proves nothing
    let id = proved(&node, BacktestRequest::default()).await;
    let report = node.backtests().get(id).unwrap().unwrap().1.unwrap();
    let names: Vec<&str> = report.runs.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["running", "candidate"], "side by side without being asked");
    let standings = node.models().standings(&report);
    assert!(standings[0].in_service && !standings[1].in_service);
    assert!(standings[1].hindrance.as_ref().unwrap().contains("nothing had learned"), "{standings:?}");
    assert!(node.models().release(&candidate.version.digest, "ann").await.is_err());
    node.models().drop_candidate().await.unwrap();
    assert!(node.models().view().unwrap().candidate.is_none());

    // another one is proved and goes into service, in the file too
    let before = open(&node);
    let id = proved(&node, BacktestRequest { variants: vec![quick()], ..BacktestRequest::default() }).await;
    let report = node.backtests().get(id).unwrap().unwrap().1.unwrap();
    node.models().release(&report.runs[0].digest, "ann").await.unwrap();
    let view = arrived(&node).await;
    assert_eq!(
        (view.in_service.reason, view.in_service.by.as_str(), view.in_service.backtest),
        (Reason::Proved, "ann", Some(id))
    );
    assert_eq!(view.in_service.version.settings.normal.learn_s, 300);
    assert!(view.candidate.is_none());
    let written = std::fs::read_to_string(dir.path().join("gemba.toml")).unwrap();
    assert!(written.contains("learn_s = 300"), "{written}");
    assert_eq!(view.former.unwrap().release.version, first.in_service.version);
    side_by_side(&node, &first.in_service.version.digest, &view.in_service.version.digest).await;
    // what holds is held by the new version: the same condition of the machine is the same finding
    assert!(!open(&node).is_empty() && open(&node).iter().any(|one| before.contains(one)), "{:?}", open(&node));

    // it stays over a restart, with what it has learned; and the way back brings the former with what that had learned
    node.stop().await.unwrap();
    drop(node);
    let node = Node::start(Plan::load(&dir.path().join("gemba.toml")).unwrap()).await.unwrap();
    assert_eq!(node.models().view().unwrap().in_service, view.in_service);
    node.models().back("bob").await.unwrap();
    let view = arrived(&node).await;
    assert_eq!((view.in_service.reason, view.in_service.by.as_str()), (Reason::Back, "bob"));
    assert_eq!(view.in_service.version, first.in_service.version);
    assert_eq!(view.history.len(), 3);
    assert!(open(&node).iter().any(|one| before.contains(one)), "{:?}", open(&node));
    let asset = node.catalogue().assets().find(|a| a.path.as_str() == "acme/rig").unwrap().id;
    let state = &node.asset_states().unwrap()[&asset];
    assert!(state.monitor.progress >= 1.0, "it had learned: {state:?}");
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_stored_there_is_nothing_to_prove() {
    let dir = tempfile::tempdir().unwrap();
    let empty = |learn_s: u64| {
        let path = asking(dir.path(), learn_s).origin;
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("recording.csv", "not-yet.csv")).unwrap();
        Plan::load(&path).unwrap()
    };
    for learn_s in [600, 700] {
        let node = Node::start(empty(learn_s)).await.unwrap();
        let view = node.models().view().unwrap();
        assert_eq!((view.in_service.version.settings.normal.learn_s, view.in_service.reason), (learn_s, Reason::First));
        assert!(view.candidate.is_none());
        node.stop().await.unwrap();
    }
}

/// As if another program had put into service what is there.
fn by_another_program(dir: &Path) {
    let state = rusqlite::Connection::open(dir.join("gemba-data/state.sqlite")).unwrap();
    let changed = state.execute("UPDATE releases SET operators = '[\"normal-behaviour/0\"]', program = '0.0.1'", []);
    assert_eq!(changed.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_upgrade_what_runs_is_called_unproved_until_it_is_proved() {
    let dir = tempfile::tempdir().unwrap();
    recorded(dir.path()).await.stop().await.unwrap();
    by_another_program(dir.path());
    let again = plan(dir.path());
    assert!(standing(&again).unwrap().unwrap().unproved.is_some());
    let node = Node::start(again).await.unwrap();
    let view = node.models().view().unwrap();
    let why = view.unproved.unwrap();
    assert!(why.contains("unproved since the upgrade from Gemba 0.0.1") && why.contains("normal-behaviour/"), "{why}");
    assert!(view.candidate.is_none(), "the settings are the same");
    let known = open(&node);
    let id = proved(&node, BacktestRequest::default()).await;
    let report = node.backtests().get(id).unwrap().unwrap().1.unwrap();
    node.models().release(&report.runs[0].digest, "ann").await.unwrap();
    let view = arrived(&node).await;
    assert_eq!((view.unproved, view.in_service.backtest), (None, Some(id)));
    assert_eq!(open(&node), known, "only the proof is new");
    let former = node.models().back("ann").await;
    assert!(matches!(former, Err(Error::NotFound { .. })), "other settings never were: {former:?}");
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_is_missed_while_one_version_takes_over_from_another() {
    let dir = tempfile::tempdir().unwrap();
    let path = plan(dir.path()).origin;
    let text = std::fs::read_to_string(&path).unwrap().replace("speed = 0.0", "speed = 200.0");
    std::fs::write(&path, text).unwrap();
    let node = Node::start(Plan::load(&path).unwrap()).await.unwrap();
    // a third of it is there: enough for one that learns for five minutes
    assert!(until(&node, STORED, 1_300).await >= 1_300);
    let id = proved(&node, BacktestRequest { variants: vec![quick()], ..BacktestRequest::default() }).await;
    let digest = node.backtests().get(id).unwrap().unwrap().1.unwrap().runs[0].digest.clone();
    node.models().release(&digest, "ann").await.unwrap();
    let view = arrived(&node).await;
    assert_eq!(view.in_service.version.settings.normal.learn_s, 300);
    assert!(until(&node, STORED, 1_301).await < 3_600, "the recording was over before the change: it shows nothing");
    assert_eq!(until(&node, STORED, 3_600).await, 3_600);
    // a score a second from the first to the last row that is complete, and the fault of the last five minutes
    let scores = "select count(*) from samples where signal = 'acme/rig/monitor/score'";
    assert!(until(&node, scores, 1_190).await >= 1_190);
    assert!(until(&node, "select count(*) from findings where asset = 'acme/rig'", 1).await >= 1);
    node.stop().await.unwrap();
}
