//! Lines through the whole door: what is stored, what is told, and that rubbish costs only itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gemba_plant::port::{Clock, Directory, Found, Position, Source};
use gemba_plant::{Payload, Sample, SignalId, SignalKind, Timestamp};
use proptest::prelude::*;

use super::*;

/// Takes everything but what is called `unwanted`.
#[derive(Debug, Default)]
struct Names(Mutex<BTreeMap<String, (SignalId, SignalKind)>>);

impl Directory for Names {
    fn signal(&self, found: &Found) -> Option<SignalId> {
        if found.binding.address.contains("unwanted") {
            return None;
        }
        let mut names = self.0.lock().unwrap();
        let next = SignalId::new(u32::try_from(names.len()).unwrap() + 1);
        Some(names.entry(found.binding.address.clone()).or_insert((next, found.kind)).0)
    }

    fn registers(&self, _connection: &str) -> bool {
        true
    }

    fn state_code(&self, signal: SignalId, text: &str) -> Option<f64> {
        let states = self.0.lock().unwrap().values().any(|(id, kind)| *id == signal && *kind == SignalKind::State);
        states.then_some(text.len() as f64)
    }
}

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(43_200)
    }
}

fn open(names: &Arc<Names>) -> (Box<dyn Source>, Inlet, Door) {
    let door = Door::default();
    let setting = Setting {
        name: "plc".into(),
        bound: Vec::new(),
        directory: Arc::<Names>::clone(names),
        clock: Arc::new(Noon),
        position: Position::default(),
        pki: PathBuf::new(),
        bad_after: Duration::from_secs(1),
        memory: Memory::new(),
    };
    let source = super::open(setting, &door);
    let inlet = door.inlet("plc").unwrap();
    (source, inlet, door)
}

/// Writes a body while the source is read and everything committed at once.
async fn write(body: &str, precision: Precision) -> (Vec<(String, f64, i64)>, Written) {
    let names = Arc::new(Names::default());
    let (mut source, inlet, _door) = open(&names);
    let mut rows: Vec<Sample> = Vec::new();
    let mut writing = Box::pin(inlet.write(body.as_bytes(), precision));
    let written = loop {
        tokio::select! {
            written = &mut writing => break written.unwrap(),
            arrival = source.next() => {
                let arrival = arrival.unwrap().unwrap();
                for payload in &arrival.payloads {
                    let Payload::Samples(batch) = payload else { panic!("only samples") };
                    rows.extend(batch.rows());
                }
                source.commit(arrival.position).await.unwrap();
            }
        }
    };
    let names: BTreeMap<SignalId, String> =
        names.0.lock().unwrap().iter().map(|(name, (id, _))| (*id, name.clone())).collect();
    let row = |row: &Sample| (names[&row.signal].clone(), row.value, row.time.micros());
    (rows.iter().map(row).collect(), written)
}

fn faults(written: &Written) -> Vec<usize> {
    written.faults.iter().map(|fault| fault.line).collect()
}

#[tokio::test]
async fn values_of_every_kind_come_with_their_series_and_time() {
    let body = "# a comment\n\npump,site=b,id=1 temp=20.5,run=t,n=-3i,mode=\"auto, fast\" 1700000000000000000\r\n\
                pump,id=1,site=b temp=21 1700000001000000999\nbare v=1\n";
    let (rows, written) = write(body, Precision::Nanoseconds).await;
    let at = 1_700_000_000_000_000;
    let expected = [
        ("pump,id=1,site=b temp", 20.5, at),
        ("pump,id=1,site=b run", 1.0, at),
        ("pump,id=1,site=b n", -3.0, at),
        ("pump,id=1,site=b mode", 10.0, at),
        ("pump,id=1,site=b temp", 21.0, at + 1_000_000),
        ("bare v", 1.0, 43_200_000_000),
    ];
    assert_eq!(rows, expected.map(|(name, value, time)| (name.to_owned(), value, time)));
    assert_eq!((written.values, faults(&written)), (6, vec![]));
}

#[tokio::test]
async fn a_bad_line_costs_itself_and_is_told_with_its_number() {
    let body = "a v=1 1\nb\nc v= 3\nd v=1x 4\ne =1 5\nf v=1 soon\n,t=1 v=1\ng v=1 2 3\nh unwanted=1,v=2 9\na v=\"text\" 10\na v=2 11";
    let (rows, written) = write(body, Precision::Seconds).await;
    let values: Vec<(&str, f64)> = rows.iter().map(|(name, value, _)| (name.as_str(), *value)).collect();
    assert!(
        values.contains(&("a v", 1.0)) && values.contains(&("a v", 2.0)) && values.contains(&("h v", 2.0)),
        "{values:?}"
    );
    assert_eq!(values.len(), 3);
    let mut lines = faults(&written);
    lines.sort_unstable();
    assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

#[tokio::test]
async fn a_large_body_comes_in_pieces_and_a_text_may_hold_line_ends() {
    let mut body = "log text=\"two\nlines\" 1\nlog bad\n".to_owned();
    for i in 0..40_000 {
        writeln!(body, "m,d={} a={i},b={i}.5 {i}", i % 7).unwrap();
    }
    let (rows, written) = write(&body, Precision::Milliseconds).await;
    assert_eq!((rows.len(), written.values), (80_001, 80_001));
    assert_eq!(faults(&written), [3], "the line behind the text with a line end");
    let sum: f64 = rows.iter().filter(|(name, ..)| name.ends_with('a')).map(|(_, value, _)| value).sum();
    assert!((sum - 39_999.0 * 20_000.0).abs() < 0.5);
}

#[tokio::test]
async fn nobody_is_told_done_before_the_commit_and_a_stopped_connection_says_so() {
    let names = Arc::new(Names::default());
    let (mut source, inlet, door) = open(&names);
    let writing = tokio::spawn(async move { inlet.write(b"a v=1 1", Precision::Seconds).await });
    let arrival = source.next().await.unwrap().unwrap();
    assert_eq!(arrival.payloads.len(), 1);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!writing.is_finished(), "not durable yet");
    drop(source);
    assert_eq!(writing.await.unwrap(), Err(Stopped));
    assert!(door.inlet("plc").is_none());
}

/// Lines, mostly sound, with bytes changed here and there.
fn rubbish() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("pump,id=1 temp=20.5,flow=3i 17".to_owned()),
        Just("a\\ b,x\\,y=\\= c\\ d=\"q\\\"u\" 5".to_owned()),
        "[ -~]{0,40}",
    ];
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (prop::collection::vec(line, 0..20), changes).prop_map(|(lines, changes)| {
        let mut bytes = lines.join("\n").into_bytes();
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        bytes
    })
}

proptest! {
    #[test]
    fn rubbish_never_panics_and_every_line_is_stored_or_told(body in rubbish()) {
        let names = Names::default();
        let reader = decode::Reader { directory: &names, precision: Precision::Nanoseconds, now: 0 };
        let mut known = known::Known::default();
        let mut piece = decode::Piece::behind(0, body.len());
        let rest = reader.lines(&known, &body, &mut piece);
        prop_assert!(rest.is_empty());
        known.learn("plc", &std::mem::take(&mut piece.fresh), &names);
        reader.again(&known, &mut piece);
        prop_assert!(piece.again.is_empty() && piece.fresh.is_empty());
        prop_assert!(piece.faults.iter().all(|fault| fault.line <= body.split(|b| *b == b'\n').count()));
        piece.batch(0);
    }
}
