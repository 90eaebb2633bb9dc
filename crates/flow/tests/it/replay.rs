//! The stored past gives what the present gave.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use gemba_flow::{Error, FlowConfig, LaneSpec, Pipeline, Replayed, in_order, read_on, replay};
use gemba_plant::port::{BoxFault, Past};
use gemba_plant::{AssetId, Batch, Sample, SignalId, TimeRange, Timestamp, Waveform};

use crate::support::{Sick, lane, payload, row, tale, tales, tellers};

struct Shelf {
    rows: Vec<Sample>,
    waves: Vec<Waveform>,
    broken: bool,
}

type Reading<'a, T> = Result<Box<dyn Iterator<Item = Result<T, BoxFault>> + Send + 'a>, BoxFault>;

impl Past for Shelf {
    fn samples(&self, signals: &[SignalId], range: TimeRange) -> Reading<'_, Batch> {
        let wanted = signals.to_vec();
        let rows: Vec<Sample> =
            self.rows.iter().filter(|r| wanted.contains(&r.signal) && range.contains(r.time)).copied().collect();
        let mut parts: Vec<Result<Batch, BoxFault>> = rows.chunks(7).map(|c| Ok(Batch::from_rows(c))).collect();
        if self.broken {
            parts.push(Err(Sick.into()));
        }
        Ok(Box::new(parts.into_iter()))
    }

    fn waveforms(&self, _signals: &[SignalId], range: TimeRange) -> Reading<'_, Waveform> {
        Ok(Box::new(self.waves.iter().filter(move |w| range.contains(w.start)).cloned().map(Ok)))
    }
}

fn shelf() -> Shelf {
    let rows = (0..100).map(|i| row(1 + i % 2, i64::from(i) * 130, f64::from(i) + 20.0)).collect();
    let wave = |ms: i64| Waveform {
        signal: SignalId::new(3),
        start: Timestamp::from_millis(ms),
        ingest: Timestamp::from_millis(ms + 100),
        rate_hz: 1000.0,
        samples: Arc::from(vec![1.0_f32; 100]),
    };
    Shelf { rows, waves: vec![wave(500), wave(7000), wave(12_950)], broken: false }
}

fn pipeline() -> Pipeline {
    let mut pipeline = Pipeline::new(FlowConfig::default());
    pipeline.set_lane(&lane(1, &[1, 2, 3])).unwrap();
    pipeline
}

#[test]
fn replay_equals_live() {
    let shelf = shelf();
    let signals: Vec<SignalId> = (1..=3).map(SignalId::new).collect();
    let (mut p, mut replayed) = (pipeline(), Vec::new());
    let done = replay(&shelf, &signals, TimeRange::ALL, &mut p, &mut |out| replayed.extend(out)).unwrap();
    assert_eq!(done, Replayed { rows: 100, waveforms: 3 });
    let (mut p, mut live) = (pipeline(), Vec::new());
    let mut waves = shelf.waves.iter().peekable();
    for r in &shelf.rows {
        while let Some(w) = waves.next_if(|w| w.ingest <= r.time) {
            live.extend(p.push(gemba_plant::Payload::Waveform(w.clone()), w.ingest));
        }
        live.extend(p.push(payload(&[*r]), r.time));
    }
    waves.for_each(|w| live.extend(p.push(gemba_plant::Payload::Waveform(w.clone()), w.ingest)));
    live.extend(p.finish());
    assert_eq!(p.counters().late, 0);
    assert_eq!(tales(&replayed), tales(&live));
}

#[test]
fn a_past_that_cannot_be_read_says_so_after_what_could() {
    let broken = Shelf { broken: true, ..shelf() };
    let mut got = 0;
    let error = replay(&broken, &[SignalId::new(1)], TimeRange::ALL, &mut pipeline(), &mut |out| got += out.len());
    assert!(matches!(&error, Err(Error::ReadPast { .. })), "{error:?}");
    assert_eq!(error.unwrap_err().to_string(), "replaying stored samples: feeling sick");
    assert!(got > 0);
}

#[test]
fn a_lane_that_joins_behind_the_others_gets_its_past_and_then_the_present_each_row_once() {
    let shelf = shelf();
    let signals: Vec<SignalId> = (1..=3).map(SignalId::new).collect();
    let (mut p, mut whole) = (pipeline(), Vec::new());
    replay(&shelf, &signals, TimeRange::ALL, &mut p, &mut |out| whole.extend(out)).unwrap();

    // beside those that run it reads what is stored by then …
    let middle = Timestamp::from_millis(7050);
    let (mut aside, told) = (pipeline(), RefCell::new(Vec::new()));
    let take = &mut |out| told.borrow_mut().extend(out);
    read_on(&shelf, &signals, TimeRange::new(Timestamp::MIN, middle), &mut aside, take).unwrap();
    // … and then, in its place, what has come since
    let mut running = pipeline();
    running.fill(&aside.checkpoint());
    let from = running.watermarks()[&AssetId::new(1)];
    assert!(from < middle, "what is not complete is still held back");
    let rest = TimeRange::new(Timestamp::from_millis(from.millis() - 500), Timestamp::MAX);
    in_order(&shelf, &signals, rest, &mut |together| {
        told.borrow_mut().extend(running.push_all(together, Timestamp::MIN));
        Ok(())
    })
    .unwrap();
    told.borrow_mut().extend(running.finish());
    assert_eq!(tales(&told.borrow()), tales(&whole));
}

#[test]
fn an_operator_that_begins_anew_in_a_running_lane_takes_what_it_has_learned_beside_it() {
    let rows: Vec<Sample> = (0..100).map(|i| row(1, i * 100, 1.0)).collect();
    let lane = |second: &'static str| LaneSpec {
        asset: AssetId::new(1),
        signals: vec![SignalId::new(1)],
        make: tellers(&[("keeps/1", 0), (second, 0)]),
    };
    let mut running = Pipeline::new(FlowConfig::default());
    running.set_lane(&lane("other/1")).unwrap();
    let mut told = running.push(payload(&rows[..60]), Timestamp::MIN);
    running.set_lane(&lane("other/2")).unwrap();
    // silence has completed what the one beside still holds back
    told.extend(running.deliver_to(&BTreeMap::from([(AssetId::new(1), rows[59].time)])));
    let mut beside = Pipeline::new(FlowConfig::default());
    beside.set_lane(&lane("other/2")).unwrap();
    beside.push(payload(&rows[..60]), Timestamp::MIN);
    beside.deliver_to(&running.watermarks());
    running.fill(&beside.checkpoint());
    told.clear();
    told.extend(running.push(payload(&rows[60..]), Timestamp::MIN));
    told.extend(running.finish());
    for name in ["keeps/1", "other/2"] {
        let sums: Vec<f64> = tale(&told, name).iter().map(|told| told.2).collect();
        assert_eq!(sums, (61..=100).map(f64::from).collect::<Vec<_>>(), "{name}");
    }
}
