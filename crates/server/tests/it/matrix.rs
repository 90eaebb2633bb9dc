//! Every route for every role and for nobody, from the same table that the router is made from.

use gemba_node::access::Role;
use gemba_server::{RouteInfo, routes};

use crate::client::Client;
use crate::house::House;

/// Something that stands for each `{parameter}` and exists nowhere.
fn path_of(route: &RouteInfo) -> String {
    route
        .path
        .replace("{id}", "999999")
        .replace("{name}", "nobody-there")
        .replace("{fingerprint}", "00ff")
        .replace("{finding}", "999999")
        .replace("{number}", "none")
        .replace("{digest}", "0123456789ab")
        .replace("{kind}", "nothing")
}

async fn status(client: &Client, route: &RouteInfo) -> (u16, String) {
    // a body that no handler accepts: passing the gate must not change anything
    let body = (route.method != "GET").then(|| "{\"no_such_field\":1}".to_owned());
    let answer = client.send(&route.method, &path_of(route), body).await;
    let code = if answer.status >= 400 { answer.code() } else { String::new() };
    (answer.status, code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_passes_without_a_role_and_every_role_passes_where_it_may() {
    let house = House::open().await;
    let mut clients = Vec::new();
    for role in Role::ALL {
        clients.push((Some(role), house.program(role, &["*:read", "*:write"]).await));
    }
    clients.push((None, house.anybody()));
    let mut wrong = Vec::new();
    for route in routes() {
        for (role, client) in &clients {
            let (status, code) = status(client, &route).await;
            let expected = match (route.role, role) {
                // on this machine the figures are everybody's
                (Some(_), None) if route.path != "/metrics" => "not_signed_in",
                (Some(needed), Some(own)) if *own < needed => "forbidden",
                _ => "passes",
            };
            let told = if status == 401 && code == "not_signed_in" || status == 403 { code.as_str() } else { "passes" };
            // making tokens is for people even when the role suffices
            if told != expected && !(route.path == "/api/v1/tokens" && route.method == "POST") {
                wrong
                    .push(format!("{} {} as {role:?}: {status} {code}, expected {expected}", route.method, route.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_held_to_its_scopes() {
    let house = House::open().await;
    let reader = house.program(Role::Admin, &["signals:read"]).await;
    let mut wrong = Vec::new();
    for route in routes().into_iter().filter(|route| route.role.is_some() && route.path != "/metrics") {
        let (status, code) = status(&reader, &route).await;
        let may = route.resource == "signals" && route.method == "GET";
        if (status == 403) == may {
            wrong.push(format!("{} {}: {status} {code}", route.method, route.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_and_what_was_done_is_in_the_audit_log() {
    let house = House::open().await;
    let viewer = house.person(Role::Viewer).await;
    let refused = viewer.send("DELETE", "/api/v1/connections/plc", None).await;
    assert_eq!(refused.status, 403);
    let admin = house.person(Role::Admin).await;
    let made = admin
        .post(
            "/api/v1/users",
            &serde_json::json!({ "name": "carl", "role": "viewer", "password": crate::house::PASSWORD }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let audit = admin.get("/api/v1/audit?limit=50").await.json();
    let lines: Vec<String> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| format!("{} {} {} {}", l["user"], l["action"], l["target"], l["outcome"]))
        .collect();
    let has = |words: [&str; 3]| lines.iter().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(has(["person-viewer", "DELETE /api/v1/connections/{name}", "refused"]), "{lines:#?}");
    assert!(has(["person-admin", "POST /api/v1/users", "done"]), "{lines:#?}");
    assert!(has(["person-admin", "sign-in", "done"]), "{lines:#?}");
    assert!(!audit.to_string().contains(crate::house::PASSWORD), "a password stands in the audit log");
    assert_eq!(admin.get("/api/v1/audit/check").await.json()["ok"], true);
    house.close().await;
}

#[test]
fn every_route_has_a_role_or_is_one_of_the_public_ones() {
    let mut public: Vec<String> =
        routes().iter().filter(|r| r.role.is_none()).map(|r| format!("{} {}", r.method, r.path)).collect();
    public.sort();
    let expected = [
        "GET /api/v1/openapi.json",
        "GET /api/v1/setup",
        "GET /auth/once",
        "GET /healthz",
        "GET /readyz",
        "POST /api/v1/session",
        "POST /api/v1/setup",
    ];
    assert_eq!(public, expected);
    let twice =
        |route: &RouteInfo| routes().iter().filter(|r| r.method == route.method && r.path == route.path).count() > 1;
    assert!(!routes().iter().any(twice));
}
