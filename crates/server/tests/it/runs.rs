//! Lives learned from stored runs to failure in a running node: learned by itself, told of a machine left out, kept over a
//! restart, taken out of service and put back.

use std::fmt::Write as _;
use std::time::Duration;

use gemba_node::access::Role;
use serde_json::{Value, json};

use crate::client::Client;
use crate::house::House;

const DAY_US: i64 = 86_400_000_000;
/// Between two samples: longer than the ten minutes that are read of each step of a run.
const EVERY_US: i64 = DAY_US / 40;
/// Days that each of two runs of three pumps took.
const LIVES: [[i64; 2]; 3] = [[17, 22], [20, 25], [24, 18]];
/// The pump that is left out: days it has run, and days it would last yet.
const OLD: i64 = 15;
const LEFT: i64 = 5;

/// Four pumps that measure two things.
fn plant() -> String {
    let mut plant = String::new();
    for pump in 1..=4 {
        writeln!(plant, "[[asset]]\npath = \"acme/pump-{pump}\"\ntemplate = \"pump\"").unwrap();
        for (name, role, unit) in [("shake", "vibration", "mm/s"), ("power", "power", "kW")] {
            writeln!(
                plant,
                "[[asset.signal]]\nname = \"{name}\"\nrole = \"{role}\"\nunit = \"{unit}\"\nconnection = \"line\"\naddress = \"p{pump} {name}\""
            )
            .unwrap();
        }
    }
    plant
}

/// A number between −1 and 1 that looks drawn.
#[allow(clippy::cast_precision_loss, reason = "a small number")]
fn drawn(of: i64) -> f64 {
    let mixed = of.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0x2545_F491_4F6C_DD1D);
    ((mixed >> 40) & 0xFFFF) as f64 / 32_768.0 - 1.0
}

/// What a pump measured over a use of `life` days that began at `from`, until `to`: the shaking grows in the last days.
#[allow(clippy::cast_precision_loss, reason = "microseconds of some days")]
fn run(lines: &mut String, pump: usize, (from, life, to): (i64, i64, i64)) {
    let mut at = from;
    while at < to {
        let left = (life * DAY_US - (at - from)) as f64 / DAY_US as f64;
        let wear = (-left / 4.0).exp();
        let (shake, power) = (2.0 + 6.0 * wear + 0.2 * drawn(at), 15.0 + wear + 0.3 * drawn(at + 7));
        writeln!(lines, "p{pump} shake={shake:.3},power={power:.3} {at}000").unwrap();
        at += EVERY_US;
    }
}

/// The past of all pumps as lines, and what is recorded of it.
fn past(now: i64) -> (String, Vec<Value>) {
    let (mut lines, mut records) = (String::new(), Vec::new());
    for (place, lives) in LIVES.iter().enumerate() {
        let pump = place + 1;
        let mut from = now - (lives[0] + lives[1] + 1) * DAY_US;
        records.push(json!({ "asset_path": format!("acme/pump-{pump}"), "at": from, "kind": "replacement" }));
        for life in lives {
            let end = from + life * DAY_US;
            run(&mut lines, pump, (from, *life, end));
            records
                .push(json!({ "asset_path": format!("acme/pump-{pump}"), "at": end, "failure_mode": "bearing_wear" }));
            from = end;
        }
    }
    let from = now - OLD * DAY_US;
    run(&mut lines, 4, (from, OLD + LEFT, now));
    records.push(json!({ "asset_path": "acme/pump-4", "at": from, "kind": "replacement" }));
    (lines, records)
}

async fn life(client: &Client, asset: u32, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..1_200 {
        last = client.get(&format!("/api/v1/assets/{asset}/life")).await.json();
        if wanted(&last) {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it does not come to that: {last:#}");
}

/// The finding goes on from before a restart; what is told of the machine comes with the first look.
fn speaks(life: &Value) -> bool {
    life["speaks"] == "kind" && life["condition"]["title"].is_string() && life["learned"]["life"].is_object()
}

/// Findings of how long the machine lasts: number and state.
async fn found(client: &Client, asset: u32) -> Vec<(u64, String)> {
    let all = client.get(&format!("/api/v1/findings?asset={asset}&limit=100")).await.json();
    let all = all["items"].as_array().unwrap().iter().filter(|f| f["key"] == "life:health");
    all.map(|f| (f["id"].as_u64().unwrap(), f["state"].as_str().unwrap().to_owned())).collect()
}

/// The answers of both that are of the same moment are the same.
fn same_answers(one: &Value, other: &Value) {
    let told = |life: &Value| -> Vec<(i64, f64)> {
        let column = |key: &str| life["learned"]["life"][key].as_array().unwrap().clone();
        let pairs = column("times").into_iter().zip(column("values"));
        pairs.map(|(t, v)| (t.as_i64().unwrap(), v.as_f64().unwrap())).collect()
    };
    let (one, other) = (told(one), told(other));
    let shared = one.iter().filter(|(time, _)| other.iter().any(|(t, _)| t == time)).count();
    assert!(shared > 50, "{one:?} {other:?}");
    assert!(one.iter().filter(|(time, _)| other.iter().any(|(t, _)| t == time)).all(|told| other.contains(told)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_to_failure_are_learned_told_of_a_machine_left_out_kept_and_withdrawn() {
    let house = House::writing(&plant()).await;
    let program = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let pump = house.node.catalogue().assets().find(|a| a.path.as_str() == "acme/pump-4").unwrap().id.get();
    let before = program.get("/api/v1/models").await.json();
    assert_eq!((&before["learned"], &before["batteries"]), (&json!([]), &json!([])), "nothing is learned yet");
    let (lines, records) = past(house.node.now().micros());
    let written = program.clone().with("Content-Type", "text/plain").send("POST", "/write?db=line", Some(lines)).await;
    assert_eq!(written.status, 204, "{}", written.text());
    assert_eq!(program.post("/api/v1/failures", &json!({ "failures": records })).await.status, 200);

    let told = life(&program, pump, speaks).await;
    let proof = &told["learned"]["proof"];
    assert!(proof["runs"] == 6 && proof["machines"] == 3 && proof["speaks"] == true, "{proof}");
    assert!(proof["error_days"].as_f64() < proof["naive_days"].as_f64(), "{proof}");
    #[allow(clippy::cast_precision_loss, reason = "days")]
    let truth = LEFT as f64;
    let left = &told["learned"]["life"]["left"];
    assert!(left["lo"].as_f64().unwrap() <= truth && truth <= left["hi"].as_f64().unwrap(), "{left}");
    assert!(told["why"].as_str().unwrap().contains("machines of its kind"), "{}", told["why"]);
    let open = found(&program, pump).await;
    assert!(open.len() == 1 && open[0].1 == "active", "{open:?}");

    let house = house.again().await;
    let program = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let again = life(&program, pump, speaks).await;
    for key in ["version", "at", "proof", "state"] {
        assert_eq!(again["learned"][key], told["learned"][key], "{key}");
    }
    same_answers(&again, &told);
    assert_eq!(found(&program, pump).await, open, "the finding goes on as it was");
    let shown = program.get("/api/v1/models").await.json();
    let pumps = &shown["learned"][0];
    assert!(pumps["kind"] == "pump" && pumps["machines"] == 4 && pumps["lives_proof"] == *proof, "{pumps}");

    let withdrawal = json!({ "part": "lives", "note": "another grease since" });
    let answer = program.post("/api/v1/maintenance/learned/pump/withdraw", &withdrawal).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let silent = life(&program, pump, |life| !speaks(life)).await;
    assert_eq!(silent["learned"]["withdrawn"]["note"], "another grease since");
    assert_ne!(silent["speaks"], "kind");
    let over = found(&program, pump).await;
    assert!(over.contains(&(open[0].0, "cleared".to_owned())), "{over:?}");
    let house = house.again().await;
    let program = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let silent = life(&program, pump, |life| life["learned"]["version"].is_string()).await;
    assert!(silent["speaks"] != "kind" && silent["learned"]["withdrawn"].is_object(), "out of service over a restart");
    let answer = program.post("/api/v1/maintenance/learned/pump/restore", &json!({ "part": "lives" })).await;
    assert_eq!(answer.json()["learned"][0]["lives"]["withdrawn"], Value::Null);
    life(&program, pump, speaks).await;
    house.close().await;
}
