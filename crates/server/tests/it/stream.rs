//! The live stream, as a page watches it.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use gemba_node::access::Role;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::{Client, PATIENCE};
use crate::house::House;

type Socket = WebSocketStream<TcpStream>;

async fn connect(client: &Client) -> Result<Socket, Error> {
    let address = client.address.unwrap();
    let mut request = format!("ws://{address}/api/v1/stream").into_client_request().unwrap();
    for (name, value) in &client.headers {
        request.headers_mut().insert(
            tokio_tungstenite::tungstenite::http::HeaderName::try_from(name.as_str()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    let socket = TcpStream::connect(address).await.unwrap();
    client_async(request, socket).await.map(|(socket, _)| socket)
}

async fn next(socket: &mut Socket) -> Message {
    loop {
        let message =
            timeout(PATIENCE, socket.next()).await.expect("nothing comes").expect("the stream ended").unwrap();
        if !matches!(message, Message::Ping(_) | Message::Pong(_)) {
            return message;
        }
    }
}

async fn text(socket: &mut Socket, value: serde_json::Value) {
    socket.send(Message::Text(value.to_string().into())).await.unwrap();
}

fn status(refused: Result<Socket, Error>) -> u16 {
    match refused {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_who_may_and_only_from_our_pages() {
    let house = House::open().await;
    let viewer = house.person(Role::Viewer).await;
    assert_eq!(status(connect(&house.anybody()).await), 401);
    assert_eq!(status(connect(&viewer.with("Origin", "http://evil.example")).await), 403);
    let ours = viewer.with("Origin", &format!("http://{}", house.served.address()));
    assert_eq!(status(connect(&ours).await), 101);
    let program = house.program(Role::Viewer, &["stream:read"]).await;
    assert_eq!(status(connect(&program).await), 101);
    assert_eq!(status(connect(&house.program(Role::Viewer, &["alarms:read"]).await).await), 403);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_of_a_source_reach_the_watcher() {
    let house = House::open().await;
    let engineer = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let rows: Vec<String> = (0..50).map(|i| format!("2024-01-01T00:00:{i:02}Z,{}.5", 40 + i % 10)).collect();
    let file = house.folder.path().join("rig.csv");
    std::fs::write(&file, format!("time,flow_rate\n{}\n", rows.join("\n"))).unwrap();
    let config = json!({ "protocol": "file", "paths": [file], "speed": 20.0, "repeat": true, "shift_to_now": true });
    let look = engineer.post("/api/v1/connections/browse", &json!({ "config": config })).await.json();
    let column =
        look["nodes"].as_array().unwrap().iter().find(|n| n["name"] == "flow_rate").expect("no column").clone();
    let added = engineer.post("/api/v1/connections", &json!({ "name": "rig", "config": config })).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let tick = json!({ "address": column["address"], "asset_path": "acme/south/rig", "name": "flow_rate", "unit": "L/min", "role": "flow", "kind": "gauge" });
    let imported = engineer.post("/api/v1/connections/rig/import", &json!({ "signals": [tick] })).await;
    assert_eq!(imported.json()["created"], 1, "{}", imported.text());
    let signal = house.node.catalogue().signal_named("acme/south/rig/flow_rate").unwrap().id;

    let mut socket = connect(&engineer).await.unwrap();
    text(&mut socket, json!({ "subscribe": { "signals": [signal.get()] } })).await;
    let frame = loop {
        match next(&mut socket).await {
            Message::Binary(frame) if frame[4..8] != [0; 4] => break frame,
            _ => {}
        }
    };
    assert_eq!(
        (&frame[..8], &frame[8..12]),
        ([1, 1, 0, 0, 1, 0, 0, 0].as_slice(), signal.get().to_le_bytes().as_slice())
    );
    let value = f64::from_le_bytes(frame[20..28].try_into().unwrap());
    assert!((40.5..=49.5).contains(&value), "{value}");
    assert_eq!(frame[28], 0, "good");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_the_plant_are_told_as_events() {
    let house = House::open().await;
    let engineer = house.program(Role::Engineer, &["*:read", "*:write"]).await;
    let mut socket = connect(&engineer).await.unwrap();
    text(&mut socket, json!({ "subscribe": { "signals": "all", "events": true } })).await;
    // the subscription is there once a sign of life or an event comes; ask until it does
    let told = async {
        loop {
            engineer.post("/api/v1/assets", &json!({ "path": "acme/north/fan-1", "name": "Fan" })).await;
            if let Ok(message) = timeout(Duration::from_secs(2), next(&mut socket)).await
                && let Message::Text(event) = message
            {
                return event;
            }
        }
    };
    let event: serde_json::Value = serde_json::from_str(&timeout(PATIENCE, told).await.unwrap()).unwrap();
    assert_eq!(event["event"], "catalogue");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_understood_ends_the_stream_and_nothing_else() {
    let house = House::open().await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let mut neighbour = connect(&viewer).await.unwrap();
    let long = format!("{{\"subscribe\":{{\"signals\":[{}]}}}}", vec!["1"; 100_000].join(","));
    for garbage in [
        Message::Text("not json".into()),
        Message::Text("{\"subscribe\":{\"signals\":\"none\"}}".into()),
        Message::Text("{\"subscribe\":{\"signals\":[-1]}}".into()),
        Message::Text(long.into()),
        Message::Binary(vec![0xff; 100].into()),
    ] {
        let mut socket = connect(&viewer).await.unwrap();
        // the server may close while the long one is still being sent
        drop(socket.send(garbage).await);
        let ended = timeout(PATIENCE, async {
            while let Some(Ok(message)) = socket.next().await {
                assert!(!message.is_binary());
            }
        })
        .await;
        assert!(ended.is_ok(), "the stream stays open");
    }
    text(&mut neighbour, json!({ "subscribe": { "signals": "all" } })).await;
    let Message::Binary(alive) = next(&mut neighbour).await else { panic!("no frame") };
    assert_eq!(alive[..2], [1, 1]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_are_bounded_and_given_back() {
    let house = House::open().await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let mut open = Vec::new();
    let refused = loop {
        match connect(&viewer).await {
            Ok(socket) => open.push(socket),
            refused => break status(refused),
        }
        assert!(open.len() <= 64);
    };
    assert_eq!((refused, open.len()), (429, 64));
    open.clear();
    let again = async {
        while connect(&viewer).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, again).await.expect("places are not given back");
    house.close().await;
}
