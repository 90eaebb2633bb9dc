//! Signing in, as a browser does it.

use std::time::Duration;

use gemba_node::access::Role;
use gemba_node::config::Site;
use serde_json::json;

use crate::house::{House, PASSWORD};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_set_up_makes_the_administrator_and_names_the_site() {
    let house = House::open().await;
    let anybody = house.anybody();
    let first = anybody.get("/api/v1/setup").await.json();
    assert_eq!((&first["needed"], &first["site"]), (&json!(true), &json!(null)), "gemba.toml names no site");
    let named = Site { name: "East works".into(), ..Site::default() };
    house.node.set_site(named).await.unwrap();
    let site = json!({ "name": "East works", "time_zone": null, "currency": "EUR" });
    assert_eq!(anybody.get("/api/v1/setup").await.json()["site"], site);
    let wanted = json!({ "user": "anna", "password": PASSWORD, "site": "North", "time_zone": "Europe/Berlin", "currency": "CHF" });
    for (field, bad) in [
        ("password", "short"),
        ("time_zone", "Mars/Base"),
        ("currency", "francs"),
        ("user", "Anna Meyer"),
        ("site", ""),
    ] {
        let mut wrong = wanted.clone();
        wrong[field] = bad.into();
        assert_eq!(anybody.post("/api/v1/setup", &wrong).await.status, 422, "{field}");
    }
    let done = anybody.post("/api/v1/setup", &wanted).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let cookie = done.header("set-cookie").unwrap();
    for word in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(word), "{cookie}");
    }
    let me = anybody.with("Cookie", cookie.split(';').next().unwrap()).get("/api/v1/session").await.json();
    assert_eq!(
        (&me["user"], &me["role"], &me["site"], &me["currency"]),
        (&"anna".into(), &"admin".into(), &"North".into(), &"CHF".into())
    );
    let over = anybody.get("/api/v1/setup").await.json();
    assert_eq!((&over["needed"], &over["site"]), (&json!(false), &json!(null)));
    assert_eq!(anybody.post("/api/v1/setup", &wanted).await.code(), "conflict");
    let written = std::fs::read_to_string(house.folder.path().join("gemba.toml")).unwrap();
    assert!(written.contains("North") && !written.contains(PASSWORD), "{written}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_begins_and_ends() {
    let house = House::open().await;
    let person = house.person(Role::Viewer).await;
    assert_eq!(person.get("/api/v1/session").await.json()["user"], "person-viewer");
    assert_eq!(person.send("DELETE", "/api/v1/session", None).await.status, 204);
    assert_eq!(person.get("/api/v1/session").await.code(), "not_signed_in");
    let wrong = house.anybody().post("/api/v1/session", &json!({ "user": "person-viewer", "password": "wrong" })).await;
    let unknown = house.anybody().post("/api/v1/session", &json!({ "user": "nobody", "password": "wrong" })).await;
    assert_eq!(
        (wrong.status, wrong.json()["detail"].clone()),
        (401, unknown.json()["detail"].clone()),
        "who exists is not told"
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_is_slowed_down() {
    let house = House::open().await;
    house.person(Role::Viewer).await;
    let guess = json!({ "user": "person-viewer", "password": "wrong" });
    for _ in 0..5 {
        assert_eq!(house.anybody().post("/api/v1/session", &guess).await.status, 401);
    }
    let refused =
        house.anybody().post("/api/v1/session", &json!({ "user": "person-viewer", "password": PASSWORD })).await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "locked_out"));
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_signs_in_once() {
    let house = House::open().await;
    house.node.access().ensure_user("demo", Role::Admin).await.unwrap();
    let key = house.node.access().one_time_link("demo", Duration::from_mins(10)).unwrap();
    let link = house.served.link(&key);
    let path = link.strip_prefix(house.served.url().trim_end_matches('/')).unwrap();
    let first = house.anybody().get(path).await;
    assert_eq!((first.status, first.header("location")), (303, Some("/")), "{}", first.text());
    let cookie = first.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(house.anybody().with("Cookie", &cookie).get("/api/v1/session").await.json()["user"], "demo");
    assert_eq!(house.anybody().get(path).await.code(), "bad_login");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_other_sites_can_do_nothing_with_the_cookie() {
    let house = House::open().await;
    let admin = house.person(Role::Admin).await;
    let new = json!({ "name": "carl", "role": "viewer", "password": PASSWORD });
    let host = house.served.address().to_string();
    let mut bare = admin.clone();
    bare.headers.retain(|(name, _)| name != "X-Gemba-CSRF");
    assert_eq!(bare.post("/api/v1/users", &new).await.code(), "cross_site");
    assert_eq!(admin.with("Origin", "http://evil.example").post("/api/v1/users", &new).await.code(), "cross_site");
    assert_eq!(admin.with("Sec-Fetch-Site", "cross-site").post("/api/v1/users", &new).await.code(), "cross_site");
    let login = json!({ "user": "person-admin", "password": PASSWORD });
    assert_eq!(house.anybody().with("Origin", "null").post("/api/v1/session", &login).await.code(), "cross_site");
    let ours = admin.with("Origin", &format!("http://{host}")).with("Sec-Fetch-Site", "same-origin");
    assert_eq!(ours.post("/api/v1/users", &new).await.status, 201);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_made_by_people_shown_once_and_end() {
    let house = House::open().await;
    let admin = house.person(Role::Admin).await;
    let wanted = json!({ "name": "bi", "role": "viewer", "scopes": ["*:read"], "expires": null });
    let made = admin.post("/api/v1/tokens", &wanted).await.json();
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("gmb_"));
    let listed = admin.get("/api/v1/tokens").await.text();
    assert!(listed.contains("\"bi\"") && !listed.contains(secret), "{listed}");
    let program = house.anybody().with("Authorization", &format!("Bearer {secret}"));
    assert_eq!(program.get("/api/v1/session").await.json()["user"], "token:bi");
    let maker = house.program(Role::Admin, &["*:write"]).await;
    assert_eq!(maker.post("/api/v1/tokens", &wanted).await.code(), "forbidden");
    assert_eq!(admin.send("DELETE", &format!("/api/v1/tokens/{}", made["id"]), None).await.status, 204);
    assert_eq!(program.get("/api/v1/session").await.code(), "not_signed_in");
    house.close().await;
}
