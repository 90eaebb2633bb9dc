//! Sparkplug against edge nodes: our own encoder, and libraries that are not ours.

use std::time::Duration;

use gemba_connect::ConnectionConfig;
use gemba_connect::sparkplug::{Config, encode, topic};
use gemba_plant::port::{Clock, Source};
use gemba_plant::{GapReason, Quality, Sample};
use mqtt5::{ConnectOptions, MqttClient, QoS, WillMessage};
use tokio::sync::mpsc;

use crate::mosquitto::Mosquitto;
use crate::support::{Seen, WallClock, python_peer, setting, until};

fn open(config: &Config) -> Box<dyn Source> {
    ConnectionConfig::Sparkplug(config.clone()).open(setting(Vec::new())).unwrap()
}

/// An edge node `g/e` with one metric `t`, and what hosts say.
struct Edge {
    client: MqttClient,
    heard: mpsc::Receiver<(String, Vec<u8>)>,
}

impl Edge {
    async fn connect(url: &str, bd_seq: u8) -> Self {
        let will =
            WillMessage::new(topic::write("NDEATH", "g", "e", None), encode::node_death(WallClock.now(), bd_seq));
        let options =
            ConnectOptions::new("edge").with_will(will.with_qos(QoS::AtLeastOnce)).with_automatic_reconnect(false);
        let client = MqttClient::with_options(options);
        client.connect(url).await.unwrap();
        let (sender, heard) = mpsc::channel(100);
        for filter in ["spBv1.0/STATE/#", "spBv1.0/g/NCMD/e"] {
            let sender = sender.clone();
            let say = move |message: mqtt5::Message| drop(sender.try_send((message.topic, message.payload)));
            client.subscribe(filter, say).await.unwrap();
        }
        Self { client, heard }
    }

    async fn birth(&self, bd_seq: u8) {
        let now = WallClock.now();
        let payload = encode::node_birth(now, bd_seq, vec![encode::double(Some("t"), Some(1), now, 20.0)]);
        self.client.publish_qos0(topic::write("NBIRTH", "g", "e", None), payload).await.unwrap();
    }

    async fn data(&self, seq: u8, value: f64) {
        let now = WallClock.now();
        let payload = encode::message(now, Some(seq), vec![encode::double(None, Some(1), now, value)]);
        self.client.publish_qos0(topic::write("NDATA", "g", "e", None), payload).await.unwrap();
    }

    async fn hear(&mut self, what: &str) -> Vec<u8> {
        let wait = async {
            while let Some((topic, payload)) = self.heard.recv().await {
                if topic.contains(what) {
                    return payload;
                }
            }
            panic!("the broker is gone");
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap_or_else(|_| panic!("no {what} in time"))
    }
}

fn values(seen: &Seen) -> Vec<(f64, Quality)> {
    seen.rows.iter().map(|row| (row.value, row.quality)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_of_an_edge_node_from_birth_to_death() {
    let Some(broker) = Mosquitto::start() else { return };
    let mut edge = Edge::connect(&broker.url(), 3).await;
    let (mut source, mut seen) = (open(&Config::new(broker.url())), Seen::default());
    let driver = async {
        let state = String::from_utf8(edge.hear("STATE/gemba").await).unwrap();
        assert!(state.starts_with(r#"{"online":true,"timestamp":"#), "{state}");
        edge.data(9, 1.0).await; // before its birth
        edge.hear("NCMD").await;
        edge.birth(3).await;
        edge.data(1, 21.0).await;
        edge
    };
    let listener = until(&mut *source, &mut seen, |seen| seen.rows.len() == 2);
    let (edge, ()) = tokio::join!(driver, listener);
    assert_eq!(values(&seen), [(20.0, Quality::Good), (21.0, Quality::Good)]);
    edge.client.disconnect_abnormally().await.unwrap();
    until(&mut *source, &mut seen, |seen| seen.rows.len() == 3).await;
    assert_eq!(values(&seen)[2], (21.0, Quality::Stale));
    assert_eq!(seen.rows[2].status, 500);
    assert_eq!((seen.gaps.len(), seen.gaps[0].part.as_str(), seen.gaps[0].is_open()), (1, "g/e", true));
    let edge = Edge::connect(&broker.url(), 4).await;
    tokio::join!(edge.birth(4), until(&mut *source, &mut seen, |seen| seen.rows.len() == 4));
    assert_eq!((seen.gaps.len(), seen.gaps[1].part.as_str(), seen.gaps[1].is_open()), (2, "g/e", false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_in_the_sequence_leads_to_a_rebirth_and_a_line_in_the_ledger() {
    let Some(broker) = Mosquitto::start() else { return };
    let mut edge = Edge::connect(&broker.url(), 0).await;
    let mut config = Config::new(broker.url());
    config.reorder_timeout_ms = 300;
    let (mut source, mut seen) = (open(&config), Seen::default());
    let driver = async {
        edge.hear("STATE/gemba").await;
        edge.birth(0).await;
        edge.data(5, 5.0).await;
        edge.hear("NCMD").await;
        edge.birth(0).await;
    };
    let listener = until(&mut *source, &mut seen, |seen| seen.rows.len() == 3);
    tokio::join!(driver, listener);
    assert_eq!(values(&seen), [(20.0, Quality::Good), (5.0, Quality::Uncertain), (20.0, Quality::Good)]);
    assert_eq!(seen.gaps.len(), 1);
    assert_eq!(seen.gaps[0].reason, GapReason::Dropped);
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_leave_are_offline_and_those_that_are_called_so_object() {
    let Some(broker) = Mosquitto::start() else { return };
    let mut edge = Edge::connect(&broker.url(), 0).await;
    let mut source = open(&Config::new(broker.url()));
    let driver = async {
        edge.hear("STATE/gemba").await;
        let lie = br#"{"online":false,"timestamp":1}"#.to_vec();
        edge.client.publish_qos1("spBv1.0/STATE/gemba", lie).await.unwrap();
        assert!(edge.hear("STATE/gemba").await.starts_with(br#"{"online":false"#));
        assert!(edge.hear("STATE/gemba").await.starts_with(br#"{"online":true"#));
    };
    tokio::select! {
        () = driver => {}
        ended = source.next() => panic!("{ended:?}"),
    }
    drop(source);
    assert!(edge.hear("STATE/gemba").await.starts_with(br#"{"online":false"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_dies_makes_everything_stale_and_nodes_are_born_again() {
    let Some(mut broker) = Mosquitto::start() else { return };
    let mut edge = Edge::connect(&broker.url(), 0).await;
    let (mut source, mut seen) = (open(&Config::new(broker.url())), Seen::default());
    let driver = async {
        edge.hear("STATE/gemba").await;
        edge.birth(0).await;
    };
    tokio::join!(driver, until(&mut *source, &mut seen, |seen| seen.rows.len() == 1));
    broker.kill();
    until(&mut *source, &mut seen, |seen| seen.rows.len() == 3).await;
    assert_eq!(values(&seen)[1..], [(20.0, Quality::Stale), (20.0, Quality::Bad)]);
    broker.again();
    let edge = Edge::connect(&broker.url(), 1).await;
    let back = async {
        loop {
            edge.birth(1).await; // at most once: lost while the host is not back
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    };
    tokio::select! {
        () = until(&mut *source, &mut seen, |seen| seen.rows.len() >= 4) => {}
        () = back => {}
    }
    assert_eq!(values(&seen)[3], (20.0, Quality::Good));
    let ends: Vec<bool> = seen.gaps.iter().map(gemba_plant::Gap::is_open).collect();
    assert_eq!(ends, [true, false], "{:?}", seen.gaps);
}

/// Twenty rows and more of an edge node of a library, and what a look finds of it while the link is open, as `address=value`;
/// `dies`: its death, told by the broker, is of the session of its birth.
async fn foreign(library: &str, dies: bool) -> Option<(Vec<Sample>, Vec<String>)> {
    let broker = Mosquitto::start()?;
    let (config, bound) = (ConnectionConfig::Sparkplug(Config::new(broker.url())), setting(Vec::new()));
    let memory = bound.memory.clone();
    let (mut source, mut seen) = (config.open(bound).unwrap(), Seen::default());
    let port = broker.port.to_string();
    let starting = tokio::task::spawn_blocking({
        let library = library.to_owned();
        move || python_peer("sparkplug_edge.py", &[&library, &port])
    });
    let mut peer = None;
    tokio::select! {
        started = starting => peer = started.unwrap(),
        () = until(&mut *source, &mut seen, |_| false) => {}
    }
    let peer = peer?;
    until(&mut *source, &mut seen, |seen| seen.rows.len() >= 20).await;
    let probe = config.probe_at(std::path::Path::new("/nonexistent"), (None, &memory)).unwrap();
    assert!(probe.test().await.ok);
    let mut found = Vec::new();
    for at in ["py/edge", "py/edge/pump", "py/edge/DATA"] {
        let nodes = probe.browse(Some(at)).await.unwrap();
        let signals = nodes.into_iter().filter(|node| node.is_signal);
        found.extend(signals.map(|node| format!("{}={}", node.address, node.value.unwrap_or_default())));
    }
    drop(peer); // killed: the broker says that it died
    if dies {
        until(&mut *source, &mut seen, |seen| seen.rows.iter().any(|row| row.quality == Quality::Stale)).await;
    }
    println!("{library}: {} rows", seen.rows.len());
    assert!(seen.gaps.iter().all(|gap| gap.is_open() && !gap.part.is_empty()), "only its death: {:?}", seen.gaps);
    Some((seen.rows, found))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_node_of_pysparkplug_is_understood() {
    let Some((rows, found)) = foreign("pysparkplug", true).await else { return };
    assert!(rows.iter().any(|row| row.value == -5.0), "negative integers");
    assert!(rows.iter().any(|row| row.value == 2.5), "the device");
    // told at its birth only, and it gives none when asked
    for told in ["py/edge/flow=1.5", "py/edge/mode=AUTO", "py/edge/on=true"] {
        assert!(found.iter().any(|found| found == told), "{told} is not among {found:?}");
    }
    assert!(found.iter().any(|found| found.starts_with("py/edge/pump/speed=")), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_node_of_mqtt_spb_wrapper_is_understood() {
    // Its will carries the bdSeq before that of its birth, and so is that of an earlier session.
    let Some((rows, found)) = foreign("mqtt_spb_wrapper", false).await else { return };
    assert!(found.iter().any(|found| found == "py/edge/DATA/mode=AUTO"), "{found:?}");
    assert!(rows.iter().any(|row| row.value == 6.5 && row.quality == Quality::Good));
}
