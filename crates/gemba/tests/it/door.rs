//! The command line reaches a Gemba whose door leads off the machine, and no other.

use serde_json::Value;

use crate::commands::code;
use crate::house::{House, plant, text, until};

#[test]
fn a_door_off_the_loopback_is_reached_and_only_its_own_certificate_trusted() {
    let mut house = House::new("", &plant("", &[]));
    house.listen("0.0.0.0:0");
    house.start_anywhere(&["run", "--json"]);
    let first = || house.log().lines().find_map(|line| serde_json::from_str::<Value>(line).ok());
    assert!(until(|| first().is_some()), "one line of JSON says where it is");
    let told = first().unwrap();
    let url = told["url"].as_str().unwrap().trim_end_matches('/').to_owned();
    assert!(url.starts_with("https://127.0.0.1:") && !url.ends_with(":0"), "{told}");
    assert_eq!(told["certificate_sha256"].as_str().map(str::len), Some(95));
    for words in [&["alarm", "list"][..], &["work", "list"], &["label", "list"], &["model", "list"]] {
        code(&house.run(words), 0);
    }
    assert!(code(&house.run(&["query", "--csv", "select 41 + 1"]), 0).contains("42"));

    // from elsewhere: by address, token and the certificate's file
    let token = std::fs::read_to_string(house.data().join("local-token")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let ask = |ca: Option<&str>| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gemba"));
        command.args(["query", "--csv", "select 41 + 1"]).current_dir(elsewhere.path());
        command.env("GEMBA_URL", &url).env("GEMBA_TOKEN", &token);
        command.envs(ca.map(|ca| ("GEMBA_CA", house.data().join(ca)))).output().unwrap()
    };
    assert!(code(&ask(Some("tls/self-signed.crt")), 0).contains("42"), "without any configuration here");
    let refused = ask(None);
    code(&refused, 5);
    assert!(text(&refused.stderr).contains("GEMBA_CA"), "{}", text(&refused.stderr));
    code(&ask(Some("local-token")), 1);

    // another certificate at the same address is another program
    let door = house.data().join("local-door.json");
    let left = std::fs::read_to_string(&door).unwrap();
    std::fs::write(&door, left.replace(told["certificate_sha256"].as_str().unwrap(), &["AB"; 32].join(":"))).unwrap();
    let refused = house.run(&["alarm", "list"]);
    code(&refused, 5);
    assert!(text(&refused.stderr).contains("another certificate"), "{}", text(&refused.stderr));
    std::fs::write(&door, left).unwrap();
    assert!(house.stop());
    assert!(!door.exists() && !house.data().join("local-token").exists());
    code(&house.run(&["alarm", "list"]), 5);
}
