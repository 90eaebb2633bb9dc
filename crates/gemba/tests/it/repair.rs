//! A fault of the virtual plant from its beginning to the comparison after the repair, through the real program: once the
//! repair helps, once it does not.

use std::fmt::Write as _;
use std::time::Duration;

use gemba_node::Moment;
use gemba_plant::SignalKind;
use gemba_sim::{Fault, Plant, Scenario, SignalSpec, catalogue, fault_catalogue};
use serde_json::{Value, json};

use crate::house::{House, text, until};

const PUMP: &str = "acme/north/water/pump-1";
const BEGIN_S: i64 = 1_700_000_000;
/// The monitor has learned by then.
const ONSET_S: f64 = 700.0;
/// People are at work on the machine from here …
const WORK_S: i64 = 1_000;
/// … to here.
const DONE_S: i64 = 1_030;
const END_S: f64 = 1_500.0;

/// The pump's gauges with their numbers in the plant.
fn gauges() -> Vec<(usize, SignalSpec)> {
    let all =
        catalogue().into_iter().flat_map(|a| a.signals.iter().map(move |s| (a.path.clone(), *s)).collect::<Vec<_>>());
    let own = |(path, spec): &(String, SignalSpec)| path == PUMP && spec.kind == SignalKind::Gauge;
    all.enumerate().filter(|(_, one)| own(one)).map(|(number, (_, spec))| (number, spec)).collect()
}

/// What the pump's sensors say, a row a second, while its strainer clogs until it is cleaned, or for good.
fn recording(cleaned: bool) -> String {
    let fault = fault_catalogue().into_iter().find(|f| f.id == "pump-1-cavitation").unwrap();
    let fault = Fault { repaired_s: cleaned.then_some(WORK_S as f64), ..fault.at(ONSET_S, 60.0, END_S) };
    let mut plant = Plant::new(7, Scenario { faults: vec![fault], ..Scenario::demo() });
    let gauges = gauges();
    let names: Vec<&str> = gauges.iter().map(|(_, spec)| spec.name).collect();
    let mut rows = format!("time,{}\n", names.join(","));
    while plant.seconds() < END_S {
        plant.step(Duration::from_secs(1));
        write!(rows, "{:.0}", BEGIN_S as f64 + plant.seconds()).unwrap();
        for (number, spec) in &gauges {
            let value = plant.values().iter().find(|r| r.signal == *number).unwrap().value;
            write!(rows, ",{value:.*}", usize::from(spec.decimals)).unwrap();
        }
        rows.push('\n');
    }
    rows
}

fn house(cleaned: bool) -> House {
    let gemba = "checkpoint_s = 1\n[maintenance.normal]\nlearn_s = 600\n[connections.recorder]\nprotocol = \"file\"\npaths = [\"FOLDER/rows.csv\"]\nspeed = 0.0\n";
    let mut plant = format!("[[asset]]\npath = \"{PUMP}\"\ntemplate = \"pump\"\n");
    for (_, spec) in gauges() {
        let role = serde_json::to_value(spec.role).unwrap();
        writeln!(
            plant,
            "[[asset.signal]]\nname = \"{0}\"\nrole = {role}\nunit = \"{1}\"\nconnection = \"recorder\"\naddress = \"{0}\"",
            spec.name, spec.unit
        )
        .unwrap();
    }
    let mut house = House::new(gemba, &plant);
    std::fs::write(house.path().join("rows.csv"), recording(cleaned)).unwrap();
    house.start();
    let last = format!("select count(*) from samples where signal = '{PUMP}/monitor/score'");
    assert!(until(|| house.number(&last) >= 1_480), "{} scores", house.number(&last));
    house
}

fn said(house: &House, words: &[&str]) -> Value {
    let output = house.run(&[words, &["--json"]].concat());
    assert!(output.status.success(), "{words:?}: {}{}", text(&output.stdout), text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Since when a finding holds, in seconds.
fn since(finding: &Value) -> i64 {
    serde_json::from_value::<Moment>(finding["since"].clone()).unwrap().0.micros() / 1_000_000
}

/// The finding that tells of the clogged strainer.
fn found(house: &House) -> Value {
    let (_, findings) = house.get("/api/v1/findings").unwrap();
    let all = findings["items"].as_array().unwrap().clone();
    let onset = BEGIN_S + ONSET_S as i64;
    let fits = |f: &&Value| f["key"] == "normal-behaviour" && since(f) >= onset;
    all.iter().filter(fits).min_by_key(|f| since(f)).unwrap_or_else(|| panic!("{all:#?}")).clone()
}

/// From the finding to the case after the repair.
fn repaired(house: &House) -> Value {
    let finding = found(house);
    // also after the repair, when the pressure has come back
    assert_eq!(finding["title"], "Suction pressure is lower than normal");
    assert!(since(&finding) < BEGIN_S + WORK_S, "found after {} s", since(&finding) - BEGIN_S);
    let number = finding["id"].to_string();
    let order = said(house, &["work", "order", &number]);
    let at = |second: i64| (BEGIN_S + second) * 1_000_000;
    for step in [
        json!({ "step": "begin" }),
        json!({ "step": "finish", "worked": { "from": at(WORK_S), "to": at(DONE_S) }, "note": "strainer cleaned" }),
    ] {
        let (status, answer) = house.post(&format!("/api/v1/maintenance/orders/{}/step", order["id"]), &step).unwrap();
        assert_eq!(status, 200, "{answer}");
    }
    said(
        house,
        &[
            "work",
            "check",
            &number,
            "--outcome",
            "potential-failure",
            "--note",
            "strainer was clogged",
            "--failure-mode",
            "cavitation",
            "--resolved",
        ],
    )
}

#[test]
fn a_repair_that_helps_is_compared_by_itself_and_the_machine_called_healthy() {
    let mut house = house(true);
    let case = repaired(&house);
    assert_eq!((&case["state"], &case["validation"]["verdict"]), (&"validated".into(), &"improved".into()), "{case:#}");
    assert_eq!(
        (&case["validation"]["healthy"], &case["validation"]["signal"]),
        (&true.into(), &"monitor/score".into())
    );
    let (before, after) =
        (case["validation"]["before"].as_f64().unwrap(), case["validation"]["after"].as_f64().unwrap());
    assert!(before > 1.0 && after < 1.0, "{case:#}");
    told_by_the_command_line(&house);
    told_by_the_report(&house);
    assert!(house.stop());
}

/// What the report says of the machine: all of it from what is stored.
fn told_by_the_report(house: &House) {
    let (_, assets) = house.get("/api/v1/assets").unwrap();
    let pump = assets["items"].as_array().unwrap().iter().find(|a| a["path"] == PUMP).unwrap()["id"].clone();
    let report = || house.get(&format!("/api/v1/assets/{pump}/report")).unwrap().1;
    assert!(until(|| report()["learned"]["rows"].is_u64()), "{:#}", report());
    let told = report();
    let (learned, gauges) = (&told["learned"], gauges().len());
    let state = &learned["states"][0];
    assert_eq!((&learned["rows"], &state["learned"]), (&learned["rows_wanted"], &true.into()), "{told:#}");
    let at = |value: &Value| serde_json::from_value::<Moment>(value.clone()).unwrap().0.micros() / 1_000_000 - BEGIN_S;
    assert!(at(&state["from"]) < 5 && (595..640).contains(&at(&state["to"])), "{told:#}");
    assert_eq!(at(&told["to"]), at(&state["to"]), "what was learned is looked at, not the fault");
    let signals = told["signals"].as_array().unwrap();
    assert_eq!(signals.len(), gauges);
    for signal in signals {
        assert!(signal["samples"].as_u64().unwrap() > 590 && signal["on_time"].is_null(), "{signal:#}");
        assert_eq!((&signal["grade"], &signal["pace_s"]), (&"excellent".into(), &1.0.into()), "{signal:#}");
    }
    assert!(
        told["quality"].as_f64().unwrap() > 99.0 && told["peers_note"].as_str().unwrap().contains("pump"),
        "{told:#}"
    );
    assert!(!told["ungraded"].as_str().unwrap().is_empty() || told["vibration"].as_array().is_some(), "{told:#}");
}

/// What was concluded, from the command line.
fn told_by_the_command_line(house: &House) {
    let id = found(house)["id"].clone();
    let number = id.to_string();
    let of = |more: &[&str]| {
        let words = [&["finding", "list", "--state", "all", "--asset", "acme/north"], more].concat();
        said(house, &words)["items"].as_array().unwrap().clone()
    };
    let all = of(&[]);
    assert!(all.iter().any(|f| f["id"] == id), "{all:#?}");
    let bad = of(&["--severity", "50"]);
    assert!(bad.iter().all(|f| f["severity"].as_f64().unwrap() >= 0.5) && bad.len() <= all.len(), "{bad:#?}");
    let shown = text(&house.run(&["finding", "show", &number]).stdout);
    for words in ["Suction pressure is lower than normal", "what to do:", "× the limit of what was learned", PUMP] {
        assert!(shown.contains(words), "{words} in\n{shown}");
    }
}

#[test]
fn a_repair_that_does_not_help_is_told_as_such() {
    let mut house = house(false);
    let case = repaired(&house);
    assert_eq!((&case["state"], &case["validation"]["healthy"]), (&"validated".into(), &false.into()), "{case:#}");
    assert!(case["validation"]["after"].as_f64().unwrap() > 1.0, "{case:#}");
    assert!(house.stop());
}
