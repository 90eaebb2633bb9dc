//! The exit codes that `gemba help` promises.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::house::{House, plant, text, until};

pub(crate) fn code(output: &Output, want: i32) -> String {
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
    code(&gemba(&["check", "--config", "elsewhere.toml"]), 3);
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
    assert!(
        code(&house.run(&["finding", "list", "--asset", "acme/rig", "--severity", "50"]), 0).contains("no findings")
    );
    code(&house.run(&["finding", "list", "--asset", "acme/nobody"]), 3);
    code(&house.run(&["finding", "list", "--severity", "101"]), 2);
    code(&house.run(&["finding", "show", "99"]), 3);
    code(&house.run(&["finding", "mute", "99", "--reason", "known", "--minutes", "480"]), 3);
    code(&house.run(&["finding", "mute", "99"]), 2);
    code(&house.run(&["finding", "unmute", "99"]), 3);
    assert!(code(&house.run(&["query", "--csv", all]), 0).contains("600"), "asked while it runs");
    assert!(code(&house.run(&["alarm", "rates"]), 0).contains("TARGET"));
    std::fs::write(house.path().join("x.csv"), "before").unwrap();
    code(&house.run(&["export", "acme/nobody", "-o", "x.csv"]), 3);
    assert_eq!(std::fs::read_to_string(house.path().join("x.csv")).unwrap(), "before");
    code(&house.run(&["export", "acme/rig/x", "-o", "x.csv"]), 0);
    let running = std::fs::read_to_string(house.path().join("x.csv")).unwrap();
    let replayed = house.run(&["replay"]);
    code(&replayed, 1);
    assert!(text(&replayed.stderr).contains("gemba backtest"), "the cure is named");
    code(&house.run(&["alarm", "journal", "99"]), 3);
    assert!(house.stop());
    assert!(code(&house.run(&["query", "--csv", all]), 0).contains("600"), "asked of the folder");
    let answer: Value = serde_json::from_str(&code(&house.run(&["query", "--json", all]), 0)).unwrap();
    assert_eq!(answer["rows"][0][0], 600);
    code(&house.run(&["query", "select nothing from nowhere"]), 1);
    code(&house.run(&["export", "acme/rig/x", "-o", "x.csv"]), 0);
    let stopped = std::fs::read_to_string(house.path().join("x.csv")).unwrap();
    assert_eq!(stopped.lines().count(), 301, "a line each and the head");
    assert_eq!(running, stopped, "the running one writes the same file");
    code(&house.run(&["export", "acme/rig", "-o", "all.parquet"]), 0);
    assert!(std::fs::read(house.path().join("all.parquet")).unwrap().starts_with(b"PAR1"));
    code(&house.run(&["export", "acme/nobody", "-o", "n.csv"]), 3);
    code(&house.run(&["export", "acme/rig/x", "-o", "x.xlsx"]), 2);
    code(&house.run(&["export", "acme/rig/x", "-o", "x.csv", "--from", "yesterday"]), 2);
    let answer: Value = serde_json::from_str(&code(&house.run(&["replay", "--json"]), 0)).unwrap();
    assert_eq!(answer["samples"], 600);
    house.start();
    house.kill();
    assert!(code(&house.run(&["query", "--csv", all]), 0).contains("600"), "asked of the folder after a crash");
}

#[test]
fn a_reader_who_leaves_ends_nothing_with_a_panic() {
    let house = House::new("", &plant("", &[]));
    let ten = "(values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";
    let mut asked = house.command(&["query", &format!("select * from {ten} a, {ten} b, {ten} c")]);
    let mut child = asked.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    code(&output, 0);
    assert_eq!(text(&output.stderr), "");
    let mut help = house.command(&["completions", "bash"]);
    let mut child = help.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    code(&child.wait_with_output().unwrap(), 0);
}

#[test]
fn what_a_device_offers_is_imported_in_place_and_at_once() {
    let gemba = "[connections.recorder]\nprotocol = \"file\"\npaths = [\"FOLDER/rows.csv\"]\nspeed = 0.0\n";
    let written = "# by hand\n[[asset]]\npath = \"acme/rig\" # the old one\n";
    let mut house = House::new(gemba, written);
    let rows: Vec<String> = (0..20).map(|n| format!("{},{n},{}\n", 1_700_000_000 + n, n * n)).collect();
    std::fs::write(house.path().join("rows.csv"), format!("time,x,y\n{}", rows.concat())).unwrap();
    let import = ["connect", "import", "recorder", "--asset", "acme/rig", "--matching", "x"];
    let dry: Value =
        serde_json::from_str(&code(&house.run(&[&import[..], &["--dry-run", "--json"]].concat()), 0)).unwrap();
    assert_eq!(dry["signals"].as_array().map(Vec::len), Some(1), "{dry}");
    code(&house.run(&import), 0);
    let file = || std::fs::read_to_string(house.path().join("plant/rig.toml")).unwrap();
    assert!(file().starts_with(written.trim_end()) && file().contains("recorder"), "{}", file());
    assert!(code(&house.run(&["check"]), 0).contains("1 asset, 1 signal"));
    house.start();
    assert!(
        code(&house.run(&["connect", "import", "recorder", "--asset", "acme/rig"]), 0).starts_with("1 signal added")
    );
    let file = std::fs::read_to_string(house.path().join("plant/rig.toml")).unwrap();
    assert!(file.starts_with(written.trim_end()), "{file}");
    let known = "select count(*) from signals where asset = 'acme/rig' and name in ('recorder_x', 'recorder_y')";
    assert_eq!(house.number(known), 2, "a running Gemba takes them at once");
    assert!(house.stop());
}

#[test]
fn the_doctor_looks_and_changes_nothing() {
    let house = House::new("[store]\nreserve_mb = 1\n", &plant("", &[]));
    let told = code(&house.run(&["doctor"]), 0);
    for word in ["space", "port of the pages", "made at the first start"] {
        assert!(told.contains(word), "{word} in {told}");
    }
    assert!(!house.data().exists(), "the data folder is not made");
    let foreign = std::net::TcpListener::bind(("127.0.0.1", house.http())).unwrap();
    std::fs::create_dir(house.data()).unwrap();
    std::fs::write(house.data().join("local-token"), "of a run that was killed").unwrap();
    assert!(code(&house.run(&["doctor"]), 7).contains("FAIL port of the pages"));
    drop(foreign);
}

#[test]
fn the_demo_lists_its_faults_and_says_what_can_be_typed() {
    let house = House::new("", &plant("", &[]));
    assert!(code(&house.run(&["demo", "--list"]), 0).contains("fault:pump-1-cavitation"));
    let wrong = house.run(&["demo", "--scenario", "fault:cavitation"]);
    code(&wrong, 2);
    let said = text(&wrong.stderr);
    assert!(said.contains("fault:pump-1-cavitation") && said.contains("--list"), "{said}");
}

#[test]
fn a_connection_is_paused_in_the_file_or_in_the_gemba_that_runs_and_listed() {
    let mut house = House::with_broker(&["x"], "# ours");
    assert!(code(&house.run(&["connect", "pause", "line"]), 0).contains("is paused"));
    code(&house.run(&["connect", "pause", "nobody"]), 3);
    let written = || std::fs::read_to_string(house.path().join("gemba.toml")).unwrap();
    assert!(written().contains("paused = [\"line\"]") && written().contains("# ours"), "{}", written());
    assert!(code(&house.run(&["doctor", "--json"]), 0).contains("paused; `gemba connect resume`"));
    code(&house.run(&["connect", "list"]), 5);
    house.start();
    let list = |house: &House| -> Value {
        serde_json::from_str(&code(&house.run(&["connect", "list", "--json"]), 0)).unwrap()
    };
    assert_eq!(list(&house)["items"][0]["link"]["state"], "paused");
    assert!(code(&house.run(&["connect", "resume", "line"]), 0).contains("goes on"));
    assert!(until(|| list(&house)["items"][0]["link"]["state"] == "up"));
    let mut device = crate::device::Device::new("talker", house.broker);
    device.insist("rig/x", "neither; nor");
    assert!(until(|| list(&house)["items"][0]["rejected"] == 1), "{}", list(&house));
    let seen = code(&house.run(&["connect", "browse", "line", "--at", "rig"]), 0);
    assert!(seen.contains("rig/x") && seen.contains("neither; nor"), "what the link has heard: {seen}");
    let shown = code(&house.run(&["connect", "list"]), 0);
    assert!(shown.contains("rig/x") && shown.contains("→ "), "{shown}");
    code(&house.run(&["connect", "resume", "nobody"]), 3);
    assert!(house.stop());
}
