//! The stored past gives what the present gave.

use std::sync::Arc;

use gemba_flow::{Error, FlowConfig, Pipeline, Replayed, replay};
use gemba_plant::port::{BoxFault, Past};
use gemba_plant::{Batch, Sample, SignalId, TimeRange, Timestamp, Waveform};

use crate::support::{Sick, lane, payload, row, tales};

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
