//! The exit codes that `gemba help` promises.

use std::process::{Command, Output};

use serde_json::Value;

use crate::house::{House, plant, text, until};

fn code(output: &Output, want: i32) -> String {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(want), "{out}\n{err}");
    out
}

#[test]
fn a_configuration_with_mistakes_ends_with_4_and_all_of_them() {
    let house = House::new("nmae = \"x\"\nbad_after_s = \"soon\"\n", &plant("nobody", &[("a", "holding:1".into())]));
    let plain = code(&house.run(&["check"]), 4);
    for place in ["gemba.toml:1:", "gemba.toml:2:", "rig.toml:5:"] {
        assert!(plain.contains(place), "{place} in\n{plain}");
    }
    let answer: Value = serde_json::from_str(&code(&house.run(&["check", "--json"]), 4)).unwrap();
    assert_eq!((answer["ok"].as_bool(), answer["faults"].as_array().map(Vec::len)), (Some(false), Some(3)), "{answer}");
    assert!(
        answer["faults"]
            .as_array()
            .unwrap()
            .iter()
            .all(|fault| fault["line"].as_u64() > Some(0) && fault["file"].is_string())
    );
    code(&house.run(&["run"]), 4);
    code(&house.run(&["query", "select 1"]), 4);
}

#[test]
fn what_init_writes_is_well_and_written_once() {
    let dir = tempfile::tempdir().unwrap();
    let gemba = |words: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_gemba")).args(words).current_dir(dir.path()).output().unwrap()
    };
    code(&gemba(&["init"]), 0);
    assert!(code(&gemba(&["check"]), 0).contains("is well"));
    code(&gemba(&["init"]), 1);
    code(&gemba(&["init", "--force"]), 0);
    code(&gemba(&["no-such-command"]), 2);
    code(&gemba(&["check", "--config", "elsewhere.toml"]), 1);
}

#[test]
fn a_stored_folder_is_asked_written_out_and_replayed() {
    let gemba = "[connections.recorder]\nprotocol = \"file\"\npaths = [\"FOLDER/rows.csv\"]\nspeed = 0.0\n";
    let mut house = House::new(gemba, &plant("recorder", &[("x", "x".into()), ("y", "y".into())]));
    let rows: Vec<String> = (0..300).map(|n| format!("{},{n},{}\n", 1_700_000_000 + n, n * n)).collect();
    std::fs::write(house.path().join("rows.csv"), format!("time,x,y\n{}", rows.concat())).unwrap();
    code(&house.run(&["alarm", "list"]), 5);
    house.start();
    let all = "select count(*) from samples where asset = 'acme/rig' and signal in ('acme/rig/x', 'acme/rig/y')";
    assert!(until(|| house.number(all) == 600));
    assert!(code(&house.run(&["alarm", "list"]), 0).contains("no alarms"));
    assert!(code(&house.run(&["query", "--csv", all]), 0).contains("600"), "asked while it runs");
    code(&house.run(&["alarm", "journal", "99"]), 3);
    assert!(house.stop());
    assert!(code(&house.run(&["query", "--csv", all]), 0).contains("600"), "asked of the folder");
    let answer: Value = serde_json::from_str(&code(&house.run(&["query", "--json", all]), 0)).unwrap();
    assert_eq!(answer["rows"][0][0], 600);
    code(&house.run(&["query", "select nothing from nowhere"]), 1);
    code(&house.run(&["export", "acme/rig/x", "-o", "x.csv"]), 0);
    let lines = std::fs::read_to_string(house.path().join("x.csv")).unwrap().lines().count();
    assert_eq!(lines, 301, "a line each and the head");
    code(&house.run(&["export", "acme/rig", "-o", "all.parquet"]), 0);
    assert!(std::fs::read(house.path().join("all.parquet")).unwrap().starts_with(b"PAR1"));
    code(&house.run(&["export", "acme/nobody", "-o", "n.csv"]), 3);
    code(&house.run(&["export", "acme/rig/x", "-o", "x.xlsx"]), 1);
    let answer: Value = serde_json::from_str(&code(&house.run(&["replay", "--json"]), 0)).unwrap();
    assert_eq!(answer["samples"], 600);
    house.start();
    house.kill();
    assert!(code(&house.run(&["query", "--csv", all]), 0).contains("600"), "asked of the folder after a crash");
}
