//! A changed setting and the real program: it says what waits, proves it, puts it into service, goes back.

use std::fmt::Write as _;

use serde_json::Value;

use crate::house::{House, plant, text, until};

/// Twenty minutes at 1 Hz: two signals that follow each other.
fn recording() -> String {
    let mut noise = gemba_testkit::Seeded::new(3);
    let mut rows = String::from("time,flow,power\n");
    for second in 0..1_200 {
        let load = (f64::from(second) / 40.0).sin();
        let (flow, power) = (30.0 + 4.0 * load + 0.1 * noise.normal(), 12.0 + 1.5 * load + 0.05 * noise.normal());
        writeln!(rows, "{},{flow:.2},{power:.3}", 1_700_000_000 + second).unwrap();
    }
    rows
}

fn said(house: &House, words: &[&str], want: i32) -> String {
    let output = house.run(words);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(want), "{words:?}\n{out}\n{err}");
    out + &err
}

fn learning(house: &House) -> u64 {
    let answer: Value = serde_json::from_str(&said(house, &["model", "list", "--json"], 0)).unwrap();
    answer["in_service"]["version"]["settings"]["normal"]["learn_s"].as_u64().unwrap()
}

#[test]
fn a_setting_goes_into_service_with_a_report_and_not_before() {
    let gemba = "[maintenance.normal]\nlearn_s = 600\n[connections.recorder]\nprotocol = \"file\"\npaths = [\"FOLDER/rows.csv\"]\nspeed = 0.0\n";
    let mut house = House::new(gemba, &plant("recorder", &[("flow", "flow".into()), ("power", "power".into())]));
    std::fs::write(house.path().join("rows.csv"), recording()).unwrap();
    assert!(said(&house, &["doctor"], 0).contains("goes into service with the first start"));
    house.start();
    let all = "select count(*) from samples where signal in ('acme/rig/flow', 'acme/rig/power')";
    assert!(until(|| house.number(all) == 2_400));
    assert!(said(&house, &["model", "release"], 3).contains("asks for what is in service"));
    assert!(house.stop());

    let file = house.path().join("gemba.toml");
    let asked = std::fs::read_to_string(&file).unwrap().replace("learn_s = 600", "learn_s = 300");
    std::fs::write(&file, asked).unwrap();
    let waits = "no backtest has proved normal.learn_s = 300 (in service: 600)";
    assert!(said(&house, &["check"], 0).contains(waits));
    assert!(said(&house, &["doctor"], 7).contains(waits));
    house.start();
    assert!(house.log().contains("gemba.toml asks for normal.learn_s = 300 (in service: 600)"), "{}", house.log());
    assert_eq!(learning(&house), 600);
    assert!(said(&house, &["model", "release"], 1).contains("no backtest has run with version"));
    let report: Value = serde_json::from_str(&said(&house, &["backtest", "--json"], 0)).unwrap();
    assert_eq!((&report["runs"][0]["name"], &report["runs"][1]["name"]), (&"running".into(), &"candidate".into()));
    let listed = said(&house, &["model", "list"], 0);
    assert!(listed.contains("`gemba model release` puts it into service"), "{listed}");
    let released = said(&house, &["model", "release"], 0);
    assert!(
        released.contains("proved") && released.contains(report["runs"][1]["digest"].as_str().unwrap()),
        "{released}"
    );
    assert_eq!(learning(&house), 300);
    assert!(!said(&house, &["check"], 0).contains("stays in service"));
    assert!(said(&house, &["model", "back"], 0).contains("back"));
    assert_eq!(learning(&house), 600);
    assert!(std::fs::read_to_string(&file).unwrap().contains("learn_s = 600"));
    assert!(house.stop());
}
