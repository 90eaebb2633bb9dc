//! A small plant with three days of data: two in the lake, one in memory.

use std::sync::Arc;

use gemba_plant::port::Clock;
use gemba_plant::{
    Alarm, AlarmClass, AlarmState, Asset, AssetId, AssetPath, Batch, Binding, Catalogue, Finding, FindingKind,
    FindingState, Gap, GapReason, Level, Nameplate, Payload, Priority, Quality, Role, Sample, Signal, SignalId,
    SignalKind, TimeRange, Timestamp, Unit,
};
use gemba_query::{Answer, Cell, Error, Limits, Query, Records};
use gemba_store::{Config, Origin, Store, SystemDisk};
use tempfile::TempDir;

pub(crate) const DAY: i64 = 86_400;
/// A signal that has data but stands in no catalogue.
pub(crate) const STRANGER: u32 = 99;

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(3 * DAY)
    }
}

pub(crate) struct Plant {
    pub(crate) query: Query,
    pub(crate) store: Store,
    /// Everything that was appended, ordered by signal then time.
    pub(crate) rows: Vec<Sample>,
    _dir: TempDir,
}

pub(crate) fn catalogue() -> Catalogue {
    let asset = |id: u32| Asset {
        id: AssetId::new(id),
        path: AssetPath::new(&format!("acme/pump-{id}")).unwrap(),
        level: Level::Asset,
        name: String::new(),
        template: Some("pump".into()),
        nameplate: Nameplate::default(),
        learning: None,
    };
    let signal = |id: u32, name: &str, role| Signal {
        id: SignalId::new(id),
        asset: AssetId::new(id.div_ceil(2)),
        name: name.into(),
        kind: SignalKind::Gauge,
        role,
        unit: Unit::new("m3/h"),
        range: None,
        decimals: None,
        states: Vec::new(),
        description: String::new(),
        limits: None,
        bands: Vec::new(),
        quiet_in: Vec::new(),
        computed: false,
        binding: Some(Binding { connection: format!("plc-{}", id.div_ceil(2)), address: name.into() }),
    };
    let signals = vec![
        signal(1, "flow", Role::Flow),
        signal(2, "pressure", Role::Pressure),
        signal(3, "flow", Role::Flow),
        signal(4, "pressure", Role::Pressure),
    ];
    Catalogue::new(vec![asset(1), asset(2)], signals).unwrap()
}

pub(crate) fn row(signal: u32, secs: i64, value: f64) -> Sample {
    Sample::good(SignalId::new(signal), Timestamp::from_secs(secs), value)
}

/// 288 rows a day and signal, of which every 17th is bad and has no value.
fn day(day: i64) -> Vec<Sample> {
    let one = |signal: u32, i: i64| {
        let value = f64::from(signal) * 100.0 + (i * 37 % 101) as f64 / 10.0;
        let good = row(signal, day * DAY + i * 300 + i64::from(signal), value);
        if i % 17 == 3 { Sample { value: f64::NAN, quality: Quality::Bad, status: 0x808A_0000, ..good } } else { good }
    };
    [1, 2, 3, 4, STRANGER].into_iter().flat_map(|signal| (0..288).map(move |i| one(signal, i))).collect()
}

struct Kept;

impl Records for Kept {
    fn findings(&self) -> Vec<(u64, Finding)> {
        let finding = Finding {
            asset: AssetId::new(1),
            key: "normal-behaviour".into(),
            kind: FindingKind::SensorFault,
            state: FindingState::Active,
            since: Timestamp::from_secs(5),
            until: Timestamp::from_secs(9),
            title: "flow is stuck".into(),
            explanation: String::new(),
            p_value: None,
            probability: 0.99,
            severity: 0.5,
            contributions: Vec::new(),
            evidence: Vec::new(),
            failure_mode: None,
            prescription: Vec::new(),
            rul: None,
            model: "normal-behaviour/1".into(),
        };
        vec![(7, finding)]
    }

    fn alarms(&self) -> Vec<Alarm> {
        vec![Alarm {
            id: 3,
            asset: AssetId::new(1),
            signal: Some(SignalId::new(1)),
            key: "normal-behaviour".into(),
            class: AlarmClass::Ai,
            priority: Priority::High,
            state: AlarmState::UnackActive,
            message: "flow is stuck".into(),
            cause: String::new(),
            consequence: String::new(),
            response: String::new(),
            since: Timestamp::from_secs(5),
            changed: Timestamp::from_secs(6),
            by: None,
            comment: None,
            shelved_until: None,
            finding: Some(7),
        }]
    }
}

/// A store without threads of its own, so that only the test moves data to the lake.
pub(crate) fn store(dir: &TempDir) -> Store {
    let path = dir.path().join("store").to_str().unwrap().to_owned();
    let config = Config { sync_interval_ms: 0, maintain_every_ms: 0, ..Config::at(path) };
    Store::open(config, Arc::new(SystemDisk), Arc::new(Noon), Arc::new(|_| Some(1))).unwrap()
}

pub(crate) fn append(store: &Store, rows: &[Sample], gaps: Vec<Gap>) {
    let payload = Payload::Samples(Batch::from_rows(rows));
    store.append(Origin::default(), vec![payload], gaps).unwrap().wait().unwrap();
}

pub(crate) fn query(store: &Store) -> Query {
    Query::start(store.clone(), Arc::new(catalogue()), Arc::new(Kept)).unwrap()
}

pub(crate) fn plant() -> Plant {
    let dir = TempDir::new().unwrap();
    let store = store(&dir);
    let mut rows = Vec::new();
    for number in 0..3 {
        let today = day(number);
        append(&store, &today, Vec::new());
        if number < 2 {
            store.flush().unwrap();
        }
        rows.extend(today);
    }
    let range = TimeRange::new(Timestamp::from_secs(100), Timestamp::MAX);
    let gap = Gap::new("plc-1", range, GapReason::ConnectionLost, "cable");
    append(&store, &[], vec![gap]);
    rows.sort_by_key(|r| (r.signal, r.time));
    Plant { query: query(&store), store, rows, _dir: dir }
}

/// Waits for a future on this thread.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Plant {
    pub(crate) fn try_sql(&self, text: &str, limits: &Limits) -> Result<Answer, Error> {
        wait(self.query.sql(text, limits))
    }

    pub(crate) fn sql(&self, text: &str) -> Answer {
        let limits = Limits { rows: 1_000_000, ..Limits::default() };
        self.try_sql(text, &limits).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// The rows of an answer as JSON.
    pub(crate) fn json(&self, text: &str) -> serde_json::Value {
        serde_json::to_value(self.sql(text).rows().unwrap()).unwrap()
    }

    /// The only number of an answer.
    pub(crate) fn number(&self, text: &str) -> f64 {
        match self.sql(text).rows().unwrap()[0][0] {
            Cell::Int(v) => v as f64,
            Cell::UInt(v) => v as f64,
            Cell::Float(v) => v,
            ref other => panic!("{text}: {other:?}"),
        }
    }
}
