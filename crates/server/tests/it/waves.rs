//! Waveforms in, spectra and health out.

use std::f64::consts::TAU;

use gemba_node::access::Role;
use gemba_plant::port::Position;
use gemba_plant::{Batch, Payload, Sample, SignalId, Timestamp, Waveform};
use gemba_store::Origin;
use serde_json::Value;

use crate::client::Client;
use crate::house::House;

const PLANT: &str = r#"
[[asset]]
path = "acme/north/fan-1"
template = "fan"
nameplate = { power_kw = 90.0, speed_rpm = 1797.0, support = "rigid", bearing = "6205-2RS", blades = 6, mains_hz = 60.0, gears = [{ driving = 20, driven = 40 }] }

[[asset.signal]]
name = "wave"
kind = "waveform"
unit = "m/s2"
role = "vibration_waveform"

[[asset.signal.band]]
name = "tone"
from = 90.0
to = 110.0
limits = { high = 2.0, high_high = 4.0 }

[[asset.signal.band]]
name = "fourth"
from = 3.6
to = 4.4
unit = "orders"
of = "velocity"

[[asset.signal.band]]
name = "beyond"
from = 5000.0
to = 6000.0

[[asset.signal]]
name = "speed"
unit = "/min"
role = "speed"

[[asset.signal]]
name = "velocity"
unit = "mm/s"
role = "vibration"
"#;

const RATE_HZ: f64 = 12_800.0;
/// A sine of 3 m/s² that fits the block exactly.
const TONE_HZ: f64 = 100.0;
const WAVES: i64 = 4;

/// Waveforms ten seconds apart, the last 10 s ago, with the speed and a velocity before each.
async fn fill(house: &House) -> (SignalId, Vec<Timestamp>) {
    let named = |name: &str| house.node.catalogue().signal_named(&format!("acme/north/fan-1/{name}")).unwrap().id;
    let (wave, speed, velocity) = (named("wave"), named("speed"), named("velocity"));
    let now = house.node.now();
    let starts: Vec<Timestamp> =
        (0..WAVES).map(|i| Timestamp::from_micros(now.micros() - (WAVES - i) * 10_000_000 + 123)).collect();
    #[allow(clippy::cast_possible_truncation, reason = "samples are single precision")]
    let samples: std::sync::Arc<[f32]> =
        (0..12_800).map(|i| (3.0 * (TAU * TONE_HZ * f64::from(i) / RATE_HZ).sin()) as f32).collect();
    let mut payloads: Vec<Payload> = starts
        .iter()
        .map(|start| {
            Payload::Waveform(Waveform {
                signal: wave,
                start: *start,
                ingest: *start,
                rate_hz: RATE_HZ,
                samples: std::sync::Arc::clone(&samples),
            })
        })
        .collect();
    let before = |at: &Timestamp| Timestamp::from_micros(at.micros() - 1_000_000);
    let rows: Vec<Sample> = starts
        .iter()
        .flat_map(|at| [Sample::good(speed, before(at), 1500.0), Sample::good(velocity, before(at), 3.1)])
        .collect();
    payloads.push(Payload::Samples(Batch::from_rows(&rows)));
    let store = house.node.store().clone();
    let ticket = tokio::task::spawn_blocking(move || {
        let origin = Origin { connection: String::new(), position: Position::default() };
        store.append(origin, payloads, Vec::new()).unwrap()
    });
    ticket.await.unwrap().await.unwrap();
    (wave, starts)
}

async fn get(viewer: &Client, path: &str) -> Value {
    let answer = viewer.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waveforms_are_listed_drawn_and_transformed() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let (wave, starts) = fill(&house).await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let (first, last) = (starts[0].micros(), starts[3].micros());
    let id = wave.get();
    let listed = get(&viewer, &format!("/api/v1/waveforms?signal={id}&from={first}&to={}&limit=3", last + 1)).await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    // newest first; its beginning to the microsecond is its name
    let newest: jiff::Timestamp = listed["items"][0]["start"].as_str().unwrap().parse().unwrap();
    assert_eq!(newest.as_microsecond(), last);
    assert!((listed["items"][0]["rms"].as_f64().unwrap() - 3.0 / 2.0_f64.sqrt()).abs() < 1e-3);
    let rest =
        get(&viewer, &format!("/api/v1/waveforms?signal={id}&from={first}&to={}", listed["next"].as_str().unwrap()))
            .await;
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);

    let drawn = get(&viewer, &format!("/api/v1/waveforms/one?signal={id}&at={last}&width=100")).await;
    assert!(drawn["min"].as_array().unwrap().len() <= 100 && drawn["unit"] == "m/s²", "{drawn}");
    let spectrum = get(&viewer, &format!("/api/v1/spectra?signal={id}&at={last}")).await;
    assert_eq!(spectrum["peaks"][0]["hz"], TONE_HZ);
    assert!((spectrum["peaks"][0]["amplitude"].as_f64().unwrap() - 3.0).abs() < 1e-2);
    // 1500 r/min were measured, the nameplate's 1797 do not count
    assert_eq!((&spectrum["machine"]["shaft_hz"], &spectrum["peaks"][0]["name"]), (&25.0.into(), &"4 · 1×".into()));
    let line = |name: &str| {
        let lines = spectrum["machine"]["lines"].as_array().unwrap();
        lines.iter().find(|l| l["name"] == name).map(|l| l["hz"].as_f64().unwrap())
    };
    assert_eq!((line("GMF"), line("Shaft 2"), line("Blades")), (Some(500.0), Some(12.5), Some(150.0)));
    assert!(line("BPFO").is_some() && line("2×mains") == Some(120.0), "{spectrum}");
    let band = |place: usize| spectrum["marked"][place].clone();
    assert!((band(0)["rms"].as_f64().unwrap() - 3.0 / 2.0_f64.sqrt()).abs() < 1e-3, "{}", band(0));
    assert_eq!(
        (&band(0)["unit"], &band(0)["high_high"], &band(0)["missing"]),
        (&"m/s²".into(), &4.0.into(), &Value::Null)
    );
    let edge = |name: &str| band(1)[name].as_f64().unwrap();
    assert!((edge("from_hz") - 90.0).abs() < 1e-9 && (edge("to_hz") - 110.0).abs() < 1e-9, "four turns of 25 Hz");
    assert!((band(1)["rms"].as_f64().unwrap() - 3_000.0 / (TAU * TONE_HZ) / 2.0_f64.sqrt()).abs() < 1e-2);
    assert!(band(2)["rms"].is_null() && band(2)["missing"].as_str().unwrap().contains("up to 5000.0 Hz"));
    let trend = house.node.catalogue().signal_named("acme/north/fan-1/wave/band_tone").cloned().unwrap();
    assert_eq!((&band(0)["signal"], trend.unit.ucum()), (&trend.id.get().into(), "m/s2"));
    let lines = get(&viewer, &format!("/api/v1/signals/{}", trend.id.get())).await;
    assert_eq!((&lines["limit_lines"][0]["at"], &lines["limit_lines"][1]["at"]), (&2.0.into(), &4.0.into()));
    let near = get(&viewer, &format!("/api/v1/spectra?signal={id}&at={last}&from_hz=90&to_hz=110&of=velocity")).await;
    assert_eq!((near["hz"].as_array().unwrap().len(), &near["unit"]), (21, &"mm/s".into()));
    // v = a / ω
    assert!((near["peaks"][0]["amplitude"].as_f64().unwrap() - 3_000.0 / (TAU * TONE_HZ)).abs() < 1e-2, "{near}");
    let envelope =
        get(&viewer, &format!("/api/v1/spectra?signal={id}&at={last}&of=envelope&band_from=2000&band_to=3000")).await;
    assert_eq!(envelope["band_hz"], serde_json::json!([2000.0, 3000.0]));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_averages_orders_cepstrum_and_turns() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let (wave, starts) = fill(&house).await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    // the second has a reading of the speed before and after it
    let (at, id) = (starts[1].micros(), wave.get());
    let block = format!("signal={id}&at={at}");
    let flat = get(&viewer, &format!("/api/v1/spectra?{block}&window=flat_top&averages=3")).await;
    assert_eq!((&flat["window"], &flat["averages"], &flat["step_hz"]), (&"flat_top".into(), &3.into(), &2.0.into()));
    assert!((flat["peaks"][0]["amplitude"].as_f64().unwrap() - 3.0).abs() < 1e-2, "{flat}");
    let tracked = get(&viewer, &format!("/api/v1/spectra?{block}&tracked=true")).await;
    assert!(tracked["tracked"].as_str().unwrap().starts_with("by the measured speed, 1500 to 1500"), "{tracked}");
    assert!((tracked["peaks"][0]["order"].as_f64().unwrap() - 4.0).abs() < 0.05, "{tracked}");
    let said = get(&viewer, &format!("/api/v1/spectra?{block}&tracked=true&of=velocity")).await;
    assert!(said["tracked"].as_str().unwrap().starts_with("no:"), "{said}");
    let cepstrum = get(&viewer, &format!("/api/v1/spectra/cepstrum?{block}&width=500")).await;
    assert!(cepstrum["values"].as_array().unwrap().len() <= 500 && cepstrum["step_s"].as_f64().unwrap() > 0.0);
    let turn = get(&viewer, &format!("/api/v1/spectra/turn?{block}")).await;
    // 100 Hz is four times the shaft: all of it is in the mean turn
    assert!((turn["rms"].as_f64().unwrap() - 3.0 / 2.0_f64.sqrt()).abs() < 0.05, "{turn}");
    assert!(turn["rest_rms"].as_f64().unwrap() < 0.1 && turn["measured"] == true && turn["shafts"] == 2, "{turn}");
    let second = get(&viewer, &format!("/api/v1/spectra/turn?{block}&shaft=2")).await;
    assert!(second["turns"].as_u64().unwrap() >= 11, "{second}");
    assert_eq!(viewer.get(&format!("/api/v1/spectra/turn?{block}&shaft=3")).await.code(), "not_found");
    let parts = get(&viewer, &format!("/api/v1/spectra/spectrogram?{block}&columns=64")).await;
    assert!(parts["rows"].as_array().unwrap().len() > 20, "{parts}");
    let facts = get(&viewer, &format!("/api/v1/waveforms/one?{block}&width=10")).await;
    assert!((facts["shape"].as_f64().unwrap() - 1.11).abs() < 0.01 && facts["clearance"].is_number(), "{facts}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waterfall_kurtogram_and_diagnosis() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let (wave, starts) = fill(&house).await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let (first, last, id) = (starts[0].micros(), starts[3].micros(), wave.get());
    let range = format!("signal={id}&from={first}&to={}", last + 1);
    let fall = get(&viewer, &format!("/api/v1/spectra/waterfall?{range}&columns=64&top_hz=640")).await;
    assert_eq!((fall["times"].as_array().unwrap().len(), &fall["left_out"]), (4, &0.into()));
    assert_eq!((&fall["step_hz"], fall["rows"][0].as_array().unwrap().len()), (&10.0.into(), 65));
    // 3 m/s² over 1 µm/s²
    assert_eq!(fall["rows"][0][10], 129.5);
    let thin = get(&viewer, &format!("/api/v1/spectra/waterfall?{range}&rows=2")).await;
    assert_eq!((thin["rows"].as_array().unwrap().len(), &thin["left_out"]), (2, &2.into()));
    let velocity = get(&viewer, &format!("/api/v1/spectra/waterfall?{range}&of=velocity")).await;
    assert_eq!((&velocity["unit"], velocity["rows"].as_array().unwrap().len()), (&"mm/s".into(), 4));
    let envelope =
        get(&viewer, &format!("/api/v1/spectra/waterfall?{range}&of=envelope&band_from=2000&band_to=3000")).await;
    assert_eq!(envelope["rows"].as_array().unwrap().len(), 4);
    let kurtogram = get(&viewer, &format!("/api/v1/spectra/kurtogram?signal={id}&at={last}")).await;
    assert!(kurtogram["bands"].as_array().unwrap().len() > 3 && kurtogram["best"].is_object(), "{kurtogram}");
    let said = get(&viewer, &format!("/api/v1/spectra/diagnosis?signal={id}&at={last}")).await;
    assert_eq!(said["bearing"].as_array().unwrap().len(), 4, "{said}");
    assert!((said["velocity_rms"].as_f64().unwrap() - 3.376).abs() < 1e-2, "{said}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_or_cannot_be_told_is_refused() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let (wave, starts) = fill(&house).await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let (last, id) = (starts[3].micros(), wave.get());
    let code = async |path: String| viewer.get(&path).await.code();
    assert_eq!(code(format!("/api/v1/spectra?signal={}&at={last}", id + 1)).await, "not_found");
    assert_eq!(code(format!("/api/v1/spectra?signal={id}&at={}", last + 1)).await, "not_found");
    assert_eq!(code(format!("/api/v1/spectra?signal={id}&at={last}&band_from=9&of=envelope")).await, "bad_argument");
    assert_eq!(code(format!("/api/v1/waveforms?signal={id}&from={last}&to={last}")).await, "bad_argument");
    let beyond = format!("/api/v1/spectra?signal={id}&at={last}&of=envelope&band_from=90000&band_to=91000");
    assert_eq!(code(beyond).await, "invalid");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_pending_until_something_judges() {
    let house = House::with(PLANT, "127.0.0.1:0").await;
    let viewer = house.program(Role::Viewer, &["*:read"]).await;
    let assets = get(&viewer, "/api/v1/assets").await;
    let fan =
        assets["items"].as_array().unwrap().iter().find(|a| a["path"] == "acme/north/fan-1").unwrap()["id"].clone();
    let before = get(&viewer, &format!("/api/v1/assets/{fan}/health")).await;
    assert_eq!(before["health"], Value::Null);
    let modes = before["modes"].as_array().unwrap();
    assert!(modes.iter().any(|m| m["state"] == "watched") && modes.iter().all(|m| m["state"] != "found"), "{before}");
    fill(&house).await;
    let after = get(&viewer, &format!("/api/v1/assets/{fan}/health")).await;
    // 3.1 mm/s on a rigid machine of group 2
    assert_eq!((&after["health"], &after["vibration"][0]["zone"]), (&100.0.into(), &"C".into()), "{after}");
    assert!(after["vibration"][0]["source"].as_str().unwrap().contains("ISO 10816-3:2009 group 2 rigid"));
    assert_eq!(viewer.get("/api/v1/assets/99999/health").await.status, 404);
    house.close().await;
}
