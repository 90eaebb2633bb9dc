//! The broker inside, with devices of other makes and bad neighbours.

use std::time::Duration;

use gemba_connect::broker::{Acknowledge, Broker, Config, Tls, User};
use gemba_connect::influx::Door;
use gemba_connect::{ConnectionConfig, mqtt};
use gemba_plant::port::Source;
use mqtt5::{ConnectOptions, MqttClient};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::mosquitto::up;
use crate::support::{Seen, setting, until};

struct House {
    broker: Broker,
    folder: tempfile::TempDir,
}

impl House {
    async fn open(config: &Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let broker = Broker::bind(config, &folder.path().join("broker")).await.unwrap();
        Self { broker, folder }
    }

    fn source(&self, topics: &[&str]) -> Box<dyn Source> {
        let config = ConnectionConfig::Mqtt(mqtt::Config::new("embedded", topics));
        assert!(config.wants_broker());
        config.open_at(setting(Vec::new()), (Some(&self.broker.handle()), &Door::default())).unwrap()
    }

    fn url(&self) -> String {
        format!("mqtt://{}", self.broker.address())
    }
}

fn local() -> Config {
    Config { listen: "127.0.0.1:0".into(), ..Config::default() }
}

async fn device(url: &str, name: &str) -> MqttClient {
    let client = MqttClient::with_options(ConnectOptions::new(name).with_automatic_reconnect(false));
    client.connect(url).await.unwrap();
    client
}

async fn try_device(house: &House, options: ConnectOptions) -> Result<(), String> {
    let client = MqttClient::with_options(options.with_automatic_reconnect(false));
    client.connect(&house.url()).await.map(drop).map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_told_done_only_after_its_message_was_committed() {
    let mut house = House::open(&local()).await;
    let (mut source, mut seen) = (house.source(&["plant/#"]), Seen::default());
    house.broker.start();
    let device = device(&house.url(), "device").await;
    let mut told = tokio::spawn(async move {
        device.publish_qos1("plant/a", "4.5").await.unwrap();
        device
    });
    until(&mut *source, &mut seen, |seen| seen.rows.len() == 1).await;
    let early = tokio::time::timeout(Duration::from_millis(500), &mut told).await;
    assert!(early.is_err(), "the device was told before the data was durable");
    source.commit(seen.position.clone()).await.unwrap();
    let device = tokio::time::timeout(Duration::from_secs(5), told).await.unwrap().unwrap();
    // What nobody listens to is nobody's to wait for.
    tokio::time::timeout(Duration::from_secs(5), device.publish_qos1("other", "1")).await.unwrap().unwrap();
    house.broker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_of_qos_2_is_served_too_and_others_do_not_wait_for_it() {
    let mut house = House::open(&local()).await;
    let (mut source, mut seen) = (house.source(&["plant/#"]), Seen::default());
    house.broker.start();
    let (slow, quick) = (device(&house.url(), "slow").await, device(&house.url(), "quick").await);
    let told = tokio::spawn(async move { slow.publish_qos2("plant/slow", "1").await.map(drop) });
    until(&mut *source, &mut seen, |seen| seen.rows.len() == 1).await;
    quick.publish_qos0("plant/quick", "2").await.unwrap();
    until(&mut *source, &mut seen, |seen| seen.rows.len() == 2).await;
    source.commit(seen.position.clone()).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), told).await.unwrap().unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn received_is_faster_than_stored_when_that_is_wanted() {
    let config = Config { acknowledge: Acknowledge::Received, ..local() };
    let mut house = House::open(&config).await;
    let (mut source, mut seen) = (house.source(&["plant/#"]), Seen::default());
    house.broker.start();
    up(&mut *source, &mut seen).await;
    let device = device(&house.url(), "device").await;
    tokio::time::timeout(Duration::from_secs(5), device.publish_qos1("plant/a", "1")).await.unwrap().unwrap();
    until(&mut *source, &mut seen, |seen| seen.rows.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_neighbours_hurt_nobody() {
    let mut house = House::open(&Config { packet_bytes_max: 4096, ..local() }).await;
    let (mut source, mut seen) = (house.source(&["plant/#"]), Seen::default());
    house.broker.start();
    up(&mut *source, &mut seen).await;
    let good = device(&house.url(), "good").await;
    let address = house.broker.address();
    let connect = [&[0x10_u8, 13, 0, 4][..], b"MQTT", &[4, 2, 0, 60, 0, 1], b"x"].concat();
    let mut bad: Vec<Vec<u8>> = vec![
        vec![0xff; 300],
        vec![0; 300],
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        vec![0x10, 0xff, 0xff, 0xff, 0x7f],
        vec![0x10, 0xff, 0xff, 0xff, 0xff, 0x7f],
        connect[..7].to_vec(),
        [&connect[..], &[0x30, 0xff, 0xff, 0x03, 0, 9]].concat(),
        [&connect[..], &[0x36, 2, 0, 0]].concat(),
        [&connect[..], &[0x32, 3, 0, 50, b'a']].concat(),
    ];
    let mut state = 7_u64;
    for _ in 0..60 {
        let next = |state: &mut u64| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*state >> 56) as u8
        };
        let noise: Vec<u8> = (0..200).map(|_| next(&mut state)).collect();
        bad.push([&connect[..], &noise].concat());
    }
    let mut idle = Vec::new(); // half a header and never another byte
    for _ in 0..50 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&connect[..3]).await.unwrap();
        idle.push(stream);
    }
    for (i, bytes) in bad.iter().enumerate() {
        let mut stream = TcpStream::connect(address).await.unwrap();
        drop(stream.write_all(bytes).await);
        good.publish_qos0("plant/a", i.to_string()).await.unwrap();
        let mut answer = [0; 64];
        drop(tokio::time::timeout(Duration::from_millis(20), stream.read(&mut answer)).await);
    }
    until(&mut *source, &mut seen, |seen| seen.rows.iter().filter(|row| row.signal.get() == 1000).count() >= bad.len())
        .await;
    drop(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_known_users_come_in_and_only_to_their_topics() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::io::Write::write_all(&mut std::fs::File::create(&secret).unwrap(), b"swordfish\n").unwrap();
    let password = serde_json::from_value(format!("file:{}", secret.display()).into()).unwrap();
    let user = User { name: "pump".into(), password, publish: vec!["plant/pump/#".into()], subscribe: vec![] };
    let mut house = House::open(&Config { users: vec![user], ..local() }).await;
    let (mut source, mut seen) = (house.source(&["plant/#"]), Seen::default());
    house.broker.start();
    up(&mut *source, &mut seen).await;
    let options = |password: &str| ConnectOptions::new("pump-1").with_credentials("pump", password);
    assert!(try_device(&house, ConnectOptions::new("nobody")).await.is_err());
    assert!(try_device(&house, options("wrong")).await.is_err());
    assert!(try_device(&house, ConnectOptions::new("x").with_credentials("$gemba", "guess")).await.is_err());
    let taken = ConnectOptions::new("gemba-plc").with_credentials("pump", "swordfish");
    assert!(try_device(&house, taken).await.is_err(), "nobody takes our own session over");
    let pump = MqttClient::with_options(options("swordfish").with_automatic_reconnect(false));
    pump.connect(&house.url()).await.unwrap();
    pump.publish_qos0("plant/other", "1").await.unwrap();
    pump.publish_qos0("plant/pump/a", "2").await.unwrap();
    until(&mut *source, &mut seen, |seen| !seen.rows.is_empty()).await;
    assert_eq!(seen.rows.iter().map(|row| row.value).collect::<Vec<_>>(), [2.0]);
    let listens = pump.subscribe("plant/#", |_| {}).await;
    assert!(listens.is_err(), "{listens:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_spoken_and_certificates_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
        path
    };
    let cert_file = write("cert.pem", made.cert.pem());
    let key_file = write("key.pem", made.signing_key.serialize_pem());
    let tls = Tls { cert_file: cert_file.clone(), key_file, client_ca_file: None };
    let mut house = House::open(&Config { tls: Some(tls), ..local() }).await;
    house.broker.start();
    let records: [&[u8]; 5] = [
        &[0x16],
        &[0x16, 3, 1, 0xff, 0xff],
        &[0x16, 3, 1, 0, 4, 1, 0, 0, 0, 9, 9],
        &[0x10, 13, 0, 4, b'M'],
        &[0; 4_000],
    ];
    for broken in records {
        let mut stream = TcpStream::connect(house.broker.address()).await.unwrap();
        drop(stream.write_all(broken).await);
        drop(tokio::time::timeout(Duration::from_millis(20), stream.read(&mut [0; 64])).await);
    }
    // devices that never finish their handshake keep nobody out
    let mut stuck = Vec::new();
    for begun in records.iter().take(3).cycle().take(60) {
        let mut stream = TcpStream::connect(house.broker.address()).await.unwrap();
        drop(stream.write_all(&begun[..begun.len().min(5)]).await);
        stuck.push(stream);
    }
    let url = format!("mqtts://localhost:{}", house.broker.address().port());
    let mut config = mqtt::Config::new(url, &["plant/#"]);
    config.access.ca_file = Some(cert_file);
    let probe = ConnectionConfig::Mqtt(config.clone()).probe(folder.path()).unwrap();
    let report = probe.test().await;
    assert!(report.ok, "{report:?}");
    config.access.ca_file =
        Some(write("other.pem", rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.pem()));
    let report = ConnectionConfig::Mqtt(config).probe(folder.path()).unwrap().test().await;
    let last = report.steps.last().unwrap();
    assert_eq!((last.name.as_str(), last.ok), ("secure channel", false), "{report:?}");
    drop(stuck);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_committed_survives_a_restart_of_everything() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("broker");
    let config = ConnectionConfig::Mqtt(mqtt::Config::new("embedded", &["plant/#"]));
    let mut broker = Broker::bind(&local(), &place).await.unwrap();
    let mut source = config.open_at(setting(Vec::new()), (Some(&broker.handle()), &Door::default())).unwrap();
    broker.start();
    let mut seen = Seen::default();
    let device = device(&format!("mqtt://{}", broker.address()), "device").await;
    let told = tokio::spawn(async move { device.publish_qos1("plant/a", "4.5").await.map(drop) });
    until(&mut *source, &mut seen, |seen| seen.rows.len() == 1).await;
    broker.stop().await;
    drop(source);
    drop(told.await);
    let mut broker = Broker::bind(&local(), &place).await.unwrap();
    let mut source = config.open_at(setting(Vec::new()), (Some(&broker.handle()), &Door::default())).unwrap();
    broker.start();
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |seen| seen.rows.len() == 1).await;
    assert_eq!(seen.rows[0].value, 4.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_it_keeps_lies_in_its_folder() {
    let before: Vec<_> = std::fs::read_dir(".").unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let mut house = House::open(&local()).await;
    house.broker.start();
    let device = device(&house.url(), "device").await;
    device.publish_qos1("a", "1").await.unwrap();
    let after: Vec<_> = std::fs::read_dir(".").unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(before, after);
    assert!(house.folder.path().join("broker").is_dir());
}
