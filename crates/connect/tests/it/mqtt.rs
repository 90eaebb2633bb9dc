//! Plain MQTT against Mosquitto.

use std::time::Duration;

use gemba_connect::ConnectionConfig;
use gemba_connect::mqtt::{Config, Retained, Version};
use gemba_plant::port::{Clock, Link, Source};
use gemba_plant::{GapReason, Quality, SignalId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::mosquitto::{Mosquitto, linger, up};
use crate::support::{Seen, WallClock, free_port, setting, until};

fn open(config: &Config) -> Box<dyn Source> {
    ConnectionConfig::Mqtt(config.clone()).open(setting(Vec::new())).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn values_arrive_in_both_versions_of_the_protocol() {
    let Some(broker) = Mosquitto::start() else { return };
    for version in [Version::V5, Version::V311, Version::Auto] {
        let mut config = Config::new(broker.url(), &["plant/#"]);
        config.version = version;
        let (mut source, mut seen) = (open(&config), Seen::default());
        up(&mut *source, &mut seen).await;
        broker.publish("plant/a", r#"{"timestamp_ms":1700000000123,"value":4.5,"quality":"uncertain"}"#, &[]);
        broker.publish("plant/b", "RUNNING", &[]);
        broker.publish("plant/w", r#"{"timestamp_ms":1700000000123,"rate_hz":1000,"samples":[1,2,3]}"#, &[]);
        until(&mut *source, &mut seen, |seen| seen.rows.len() == 2 && seen.waves.len() == 1).await;
        assert_eq!((seen.rows[0].time.millis(), seen.rows[0].value), (1_700_000_000_123, 4.5));
        assert_eq!(seen.rows[0].quality, Quality::Uncertain);
        assert_eq!(seen.waves[0].samples.as_ref(), [1.0, 2.0, 3.0]);
        source.commit(seen.position.clone()).await.unwrap();
        linger(&mut *source, &mut seen, Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_committed_comes_again_and_what_was_does_not() {
    let Some(broker) = Mosquitto::start() else { return };
    for version in [Version::V5, Version::V311] {
        let mut config = Config::new(broker.url(), &["plant/#"]);
        config.version = version;
        let (mut source, mut seen) = (open(&config), Seen::default());
        up(&mut *source, &mut seen).await;
        broker.publish("plant/a", "1", &[]);
        until(&mut *source, &mut seen, |seen| seen.rows.len() == 1).await;
        drop(source); // as when the process is killed before its data is durable

        let (mut source, mut seen) = (open(&config), Seen::default());
        until(&mut *source, &mut seen, |seen| seen.rows.len() == 1).await;
        source.commit(seen.position.clone()).await.unwrap();
        linger(&mut *source, &mut seen, Duration::from_millis(500)).await;
        drop(source);
        broker.publish("plant/a", "2", &[]); // while nobody is there

        let (mut source, mut seen) = (open(&config), Seen::default());
        until(&mut *source, &mut seen, |seen| !seen.rows.is_empty()).await;
        let values: Vec<f64> = seen.rows.iter().map(|row| row.value).collect();
        assert_eq!(values, [2.0], "{version:?}");
        source.commit(seen.position.clone()).await.unwrap();
        linger(&mut *source, &mut seen, Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_dies_and_comes_back_leaves_marks_and_a_gap() {
    let Some(mut broker) = Mosquitto::start() else { return };
    let (mut source, mut seen) = (open(&Config::new(broker.url(), &["plant/#"])), Seen::default());
    up(&mut *source, &mut seen).await;
    broker.publish("plant/a", "1", &[]);
    until(&mut *source, &mut seen, |seen| seen.rows.len() == 1).await;
    source.commit(seen.position.clone()).await.unwrap();
    broker.kill();
    until(&mut *source, &mut seen, |seen| seen.rows.len() == 3).await;
    let qualities: Vec<Quality> = seen.rows.iter().map(|row| row.quality).collect();
    assert_eq!(qualities, [Quality::Good, Quality::Stale, Quality::Bad]);
    assert!(matches!(source.link(), Link::Down { .. }));
    assert_eq!(seen.gaps.len(), 1, "told at once, not only when it is over");
    assert!(seen.gaps[0].is_open() && seen.gaps[0].range.from <= seen.rows[1].time, "from the last sign of life");
    broker.again();
    up(&mut *source, &mut seen).await;
    until(&mut *source, &mut seen, |seen| seen.gaps.len() == 2).await;
    linger(&mut *source, &mut seen, Duration::from_millis(1500)).await; // nothing of before can still be on its way
    broker.publish("plant/a", "2", &[]);
    until(&mut *source, &mut seen, |seen| seen.rows.len() == 4).await;
    let [open, closed] = &seen.gaps[..] else { panic!("{:?}", seen.gaps) };
    assert_eq!((closed.reason, closed.range.from), (GapReason::ConnectionLost, open.range.from), "the same, closed");
    assert!(closed.range.to <= seen.rows[3].time, "to the return");
    assert_eq!((seen.rows[3].value, seen.rows[3].quality), (2.0, Quality::Good));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_was_never_there_is_a_gap_from_the_start_on() {
    let config = Config::new(format!("mqtt://127.0.0.1:{}", free_port()), &["plant/#"]);
    let (mut source, mut seen) = (open(&config), Seen::default());
    let before = WallClock.now();
    until(&mut *source, &mut seen, |seen| !seen.gaps.is_empty()).await;
    linger(&mut *source, &mut seen, Duration::from_secs(2)).await;
    assert_eq!(seen.gaps.len(), 1, "one, however often it is tried");
    assert!(seen.gaps[0].is_open() && seen.gaps[0].range.from >= before);
    assert!(seen.gaps[0].note.contains("refused"), "{}", seen.gaps[0].note);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_held_while_we_were_away_has_its_own_times_or_is_uncertain() {
    let Some(broker) = Mosquitto::start() else { return };
    for version in [Version::V5, Version::V311] {
        let mut config = Config::new(broker.url(), &["plant/#"]);
        (config.version, config.access.client_id) = (version, Some(format!("held-{version:?}")));
        let (mut source, mut seen) = (open(&config), Seen::default());
        up(&mut *source, &mut seen).await;
        drop(source); // our process is away; the broker keeps the session
        broker.publish("plant/a", r#"{"timestamp_ms":1700000000123,"value":1}"#, &[]);
        broker.publish("plant/a", r#"{"value":2}"#, &[]);
        let (mut source, mut seen) = (open(&config), Seen::default());
        until(&mut *source, &mut seen, |seen| seen.rows.len() == 2).await;
        source.commit(seen.position.clone()).await.unwrap();
        linger(&mut *source, &mut seen, Duration::from_millis(1500)).await;
        broker.publish("plant/a", r#"{"value":3}"#, &[]);
        until(&mut *source, &mut seen, |seen| seen.rows.len() == 3).await;
        let rows: Vec<(f64, Quality)> = seen.rows.iter().map(|row| (row.value, row.quality)).collect();
        assert_eq!(rows, [(1.0, Quality::Good), (2.0, Quality::Uncertain), (3.0, Quality::Good)]);
        assert_eq!(seen.rows[0].time.millis(), 1_700_000_000_123);
        source.commit(seen.position.clone()).await.unwrap();
        linger(&mut *source, &mut seen, Duration::from_millis(300)).await;
    }
}

/// CONNACK of 3.1.1, then an answer to every ping, and nothing else.
async fn answer_pings_only(mut stream: tokio::net::TcpStream) {
    drop(stream.write_all(&[0x20, 2, 0, 0]).await);
    let mut buffer = [0; 256];
    while let Ok(1..) = stream.read(&mut buffer).await {
        drop(stream.write_all(&[0xd0, 0]).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_does_not_answer_the_subscription_is_told_so() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = Config::new(format!("mqtt://{}", listener.local_addr().unwrap()), &["plant/#"]);
    config.version = Version::V311;
    let broker = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer_pings_only(stream));
        }
    });
    let (mut source, mut seen) = (open(&config), Seen::default());
    until(&mut *source, &mut seen, |seen| !seen.gaps.is_empty()).await;
    assert!(seen.gaps[0].note.contains("did not answer SUBSCRIBE"), "{}", seen.gaps[0].note);
    broker.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn retained_messages_without_a_time_are_uncertain_or_left() {
    let Some(broker) = Mosquitto::start() else { return };
    broker.publish("plant/old", "7", &["-r"]);
    let mut config = Config::new(broker.url(), &["plant/#"]);
    config.access.client_id = Some("takes".into());
    let (mut source, mut seen) = (open(&config), Seen::default());
    until(&mut *source, &mut seen, |seen| seen.rows.len() == 1).await;
    assert_eq!((seen.rows[0].value, seen.rows[0].quality), (7.0, Quality::Uncertain));
    config.access.client_id = Some("leaves".into());
    config.retained = Retained::Skip;
    let (mut source, mut seen) = (open(&config), Seen::default());
    up(&mut *source, &mut seen).await;
    broker.publish("plant/new", "8", &[]);
    until(&mut *source, &mut seen, |seen| !seen.rows.is_empty()).await;
    assert_eq!(seen.rows[0].value, 8.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_make_no_sense_or_are_too_large_cost_themselves_only() {
    let Some(broker) = Mosquitto::start() else { return };
    for version in [Version::V5, Version::V311] {
        let mut config = Config::new(broker.url(), &["plant/#"]);
        (config.version, config.packet_bytes_max) = (version, 2000);
        config.access.client_id = Some(format!("{version:?}"));
        let (mut source, mut seen) = (open(&config), Seen::default());
        up(&mut *source, &mut seen).await;
        broker.publish("plant/a", "{broken", &[]);
        broker.publish("plant/a", &"x".repeat(5000), &[]);
        broker.publish("plant/a", "5", &[]);
        until(&mut *source, &mut seen, |seen| !seen.rows.is_empty()).await;
        assert_eq!(seen.rows[0].value, 5.0);
        assert_eq!(source.link(), Link::Up);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_slow_slows_the_broker_and_not_memory() {
    let Some(broker) = Mosquitto::start() else { return };
    let mut config = Config::new(broker.url(), &["plant/#"]);
    config.in_flight_max = 10;
    let (mut source, mut seen) = (open(&config), Seen::default());
    up(&mut *source, &mut seen).await;
    for i in 0..50 {
        broker.publish("plant/a", &i.to_string(), &[]);
    }
    linger(&mut *source, &mut seen, Duration::from_millis(500)).await;
    assert_eq!(seen.rows.len(), 10, "nothing was committed, so the window is shut");
    for _ in 0..50 {
        source.commit(seen.position.clone()).await.unwrap();
        linger(&mut *source, &mut seen, Duration::from_millis(100)).await;
        if seen.rows.len() == 50 {
            break;
        }
    }
    let values: Vec<f64> = seen.rows.iter().map(|row| row.value).collect();
    assert_eq!(values, (0..50).map(f64::from).collect::<Vec<_>>(), "all, once, in order");
    assert!(seen.rows.iter().all(|row| row.signal == SignalId::new(1000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_tests_browses_and_reads() {
    let Some(mut broker) = Mosquitto::start() else { return };
    broker.publish("acme/pump/state", r#"{"flow":3.5,"mode":"AUTO"}"#, &["-r"]);
    let config = ConnectionConfig::Mqtt(Config::new(broker.url(), &["acme/#"]));
    let probe = config.probe(std::path::Path::new("/nonexistent")).unwrap();
    let report = probe.test().await;
    assert!(report.ok, "{report:?}");
    let names: Vec<&str> = report.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["resolve host", "connect", "secure channel", "sign in", "subscribe", "first message"]);
    let values = probe.read(&["acme/pump/state#flow".into()]).await.unwrap();
    assert_eq!(values[0].value, Some(3.5));
    let top = probe.browse(None).await.unwrap();
    assert_eq!(top.iter().map(|node| node.address.as_str()).collect::<Vec<_>>(), ["acme"]);
    let fields = probe.browse(Some("acme/pump/state")).await.unwrap();
    assert_eq!(fields[0].path, "acme/pump/state/flow");
    broker.kill();
    let report = probe.test().await;
    assert!(!report.ok);
    assert!(report.steps.last().unwrap().cure.contains("broker runs"), "{report:?}");
}
