//! What a finding leaves behind.

use gemba_act::Worst;
use gemba_plant::{AssetId, Comparison, Evidence, Finding, FindingKind, FindingState, SignalId, Timestamp};

fn report(state: FindingState, until: i64, severity: f64, title: &str) -> Finding {
    let measured = severity * 10.0;
    let comparison = Comparison { signal: SignalId::new(1), measured, expected: 1.0, band: (0.0, 2.0) };
    let course = Evidence::Score { name: "s".into(), times: vec![until], scores: vec![severity], limit: 1.0 };
    Finding {
        asset: AssetId::new(1),
        key: "normal-behaviour".into(),
        kind: FindingKind::Anomaly,
        state,
        since: Timestamp::from_secs(0),
        until: Timestamp::from_secs(until),
        title: title.into(),
        explanation: title.into(),
        p_value: None,
        probability: 0.9,
        severity,
        contributions: Vec::new(),
        evidence: vec![course, Evidence::Comparison(comparison)],
        failure_mode: Some(title.into()),
        prescription: Vec::new(),
        rul: None,
        model: "normal-behaviour/1".into(),
    }
}

#[test]
fn a_finding_that_is_over_shows_its_worst_moment_and_the_whole_course() {
    use FindingState::{Active, Cleared};
    let mut worst = Worst::default();
    for (at, severity, title) in [(10, 0.3, "warmer"), (20, 0.8, "shakes"), (30, 0.1, "cools")] {
        let active = report(Active, at, severity, title);
        assert_eq!(worst.told(active.clone()), active, "while it holds people see what is now");
    }
    let over = worst.told(report(Cleared, 40, 0.05, "nearly calm"));
    assert_eq!((over.state, over.until), (Cleared, Timestamp::from_secs(40)));
    assert_eq!((over.title.as_str(), over.failure_mode.as_deref()), ("shakes", Some("shakes")));
    assert!(matches!(&over.evidence[..], [Evidence::Score { times, .. }, Evidence::Comparison(c)]
        if times == &[40] && (c.measured - 8.0).abs() < 1e-12));
    // the next one has nothing of it
    worst.told(report(Active, 50, 0.2, "again"));
    assert_eq!(worst.told(report(Cleared, 60, 0.2, "as bad to the end")).title, "as bad to the end");
    assert_eq!(worst.told(report(Cleared, 70, 0.1, "told by nobody")).title, "told by nobody");
}
