//! Everything that goes wrong is told as problem+json, with its code and number.

use gemba_node::access::Role;
use serde_json::json;

use crate::client::Answer;
use crate::house::House;

fn check(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let body = answer.json();
    for field in ["type", "title", "detail", "instance", "code", "cure"] {
        assert!(body[field].is_string(), "{field} in {body}");
    }
    assert_eq!(body["status"], status);
    let number = answer.header("x-request-id").unwrap();
    assert!(body["instance"].as_str().unwrap().ends_with(number));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mistake_has_its_own_answer() {
    let house = House::open().await;
    let admin = house.person(Role::Admin).await;
    let long = "x".repeat(2 << 20);
    check(&admin.get("/api/v1/nothing").await, 404, "not_found");
    check(&admin.get("/api/v1/assets/999").await, 404, "not_found");
    check(&admin.get("/api/v1/assets/one").await, 400, "bad_argument");
    check(&admin.send("PUT", "/api/v1/assets", Some("{}".into())).await, 405, "method_not_allowed");
    check(&admin.send("POST", "/", Some("{}".into())).await, 405, "method_not_allowed");
    check(&admin.send("POST", "/api/v1/users", Some(format!("{{\"name\":\"{long}\"}}"))).await, 413, "too_large");
    check(&admin.with("Content-Type", "text/plain").post("/api/v1/users", &json!({})).await, 415, "media_type");
    check(&admin.get("/api/v1/signals?no_such=1").await, 400, "bad_argument");
    check(&admin.get("/api/v1/range?signals=1&from=2&to=1").await, 400, "bad_argument");
    check(&admin.post("/api/v1/query", &json!({ "sql": "drop table samples" })).await, 422, "invalid");
    check(&admin.get("/api/v1/stream").await, 400, "bad_argument");
    check(&house.anybody().get("/api/v1/assets").await, 401, "not_signed_in");
    check(&admin.with("Host", "evil.example").get("/api/v1/assets").await, 421, "wrong_host");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_mistakes_are_told_with_line_and_column() {
    let house = House::open().await;
    let admin = house.person(Role::Admin).await;
    let broken =
        admin.send("POST", "/api/v1/users", Some("{\n  \"name\": \"carl\",\n  \"role\": \"king\"\n}".into())).await;
    check(&broken, 400, "bad_json");
    let detail = broken.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("line 3, column") && detail.contains("king"), "{detail}");
    let unknown = admin.send("POST", "/api/v1/users", Some("{\"nmae\":1}".into())).await;
    assert!(unknown.text().contains("nmae"), "{}", unknown.text());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_dressed() {
    let house = House::open().await;
    let admin = house.person(Role::Admin).await;
    for path in ["/", "/api/v1/assets", "/api/v1/nothing", "/healthz"] {
        let answer = admin.get(path).await;
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self';"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert_eq!(answer.header("strict-transport-security"), None, "{path}: only under TLS");
    }
    house.close().await;
}
