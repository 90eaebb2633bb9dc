//! Every value comes back bit for bit; waveforms and pictures too; large appends; the real disk with its threads.

use std::sync::Arc;

use gemba_plant::port::Past;
use gemba_plant::{Batch, Frame, FrameFormat, Payload, Quality, Sample, SignalId, TimeRange, Timestamp, Waveform};
use gemba_store::fault::FaultDisk;
use gemba_store::{Config, Origin, Store, SystemDisk};
use proptest::prelude::*;

use crate::{DAY, Hand, append, open, read, sample};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_row_is_the_same_from_memory_log_and_lake(
        rows in prop::collection::vec((0_u32..3, any::<i64>(), any::<u64>(), 0_u8..4, any::<u32>(), any::<i64>()), 1..40)
    ) {
        let rows: Vec<_> = rows.into_iter().map(|(signal, time, bits, quality, status, ingest)| Sample {
            signal: SignalId::new(signal),
            // Few days: each is a file.
            time: Timestamp::from_micros(time % (3 * DAY * 1_000_000)),
            ingest: Timestamp::from_micros(ingest),
            value: f64::from_bits(bits),
            quality: Quality::from_code(quality),
            status,
        }).collect();
        let disk = FaultDisk::new();
        let store = open(&disk).unwrap();
        prop_assert!(append(&store, 1, &rows));
        let all = |store: &Store| {
            let snapshot = store.snapshot(None, TimeRange::ALL).unwrap();
            let cold = snapshot.files.iter().flat_map(|file| store.read_file(file, None, TimeRange::ALL).unwrap().map(Result::unwrap));
            let mut rows: Vec<_> = snapshot.hot.iter().cloned().chain(cold).flat_map(|batch| batch.rows().collect::<Vec<_>>()).collect();
            rows.sort_by_key(|row| (row.signal, row.time));
            Batch::from_rows(&rows)
        };
        let hot = all(&store);
        drop(store);
        let store = open(&disk).unwrap();
        prop_assert_eq!(&all(&store), &hot);
        store.flush().unwrap();
        prop_assert_eq!(&all(&store), &hot);
        prop_assert!(store.snapshot(None, TimeRange::ALL).unwrap().hot.is_empty());
    }
}

/// Rows that make pages of all kinds: constant and wild columns, numbers of every width, pages full, empty and mixed of what
/// is no decimal.
fn wild(rows: i64) -> Vec<Sample> {
    let mut dice = 1_u64;
    let mut throw = || {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        dice >> 11
    };
    let mut time = 0_i64;
    let row = |at: i64| {
        time += 1 + i64::try_from(throw() >> (throw() % 53)).unwrap() % 1_000_000;
        let (stretch, number) = (at / 3_000 % 5, throw());
        let mantissa = (number >> (at / 100 % 53)) as f64;
        let value = match stretch {
            0 => mantissa,
            1 => f64::from_bits(number << 11),
            2 if at % 3 == 0 => f64::NAN,
            3 => 7.25,
            _ => mantissa / 100.0,
        };
        let status = if stretch == 4 { u32::try_from(number >> 21).unwrap() } else { 0x808a_0000 };
        let ingest = Timestamp::from_micros(time + i64::try_from(throw() % 3_000_000_000).unwrap() - 1_000_000);
        let quality = Quality::from_code(u8::try_from(number % 4).unwrap() * u8::from(stretch == 2));
        Sample { signal: SignalId::new(0), time: Timestamp::from_micros(time), ingest, value, quality, status }
    };
    (0..rows).map(row).collect()
}

#[test]
fn pages_of_any_width_come_back_bit_for_bit() {
    let signals = [3, 0x8000_0001, u32::MAX, 7].map(SignalId::new);
    let rows: Vec<_> = wild(36_000)
        .chunks(9_000)
        .zip(signals)
        .flat_map(|(rows, signal)| rows.iter().map(move |row| Sample { signal, ..*row }))
        .collect();
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    assert!(append(&store, 1, &rows));
    let hot = read(&store);
    assert_eq!(hot.len(), rows.len());
    store.flush().unwrap();
    assert_eq!(read(&store), hot);
    let file = store.snapshot(None, TimeRange::ALL).unwrap().files.remove(0);
    assert_eq!((file.rows, file.signal_min, file.signal_max), (36_000, signals[0], signals[2]));
    let from = rows[10_000].time;
    for (signal, expected) in [(signals[0], 0), (signals[1], 8_000)] {
        let found = store.read_file(&file, Some(&[signal]), TimeRange::new(from, Timestamp::MAX)).unwrap();
        assert_eq!(found.map(|batch| batch.unwrap().len()).sum::<usize>(), expected, "{signal:?}");
    }
}

#[test]
fn what_is_no_ordinary_number_comes_back_bit_for_bit() {
    let odd = [f64::NAN, -f64::NAN, f64::from_bits(0x7ff8_dead_beef_0001), f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0];
    let odd = odd.into_iter().chain([f64::MIN_POSITIVE, f64::MAX, 5e-324, 0.1, 1e15 + 0.5, 9_007_199_254_740_994.0]);
    let rows: Vec<_> = odd.zip(0..).map(|(value, at)| sample(1, at, value)).collect();
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    assert!(append(&store, 1, &rows));
    store.flush().unwrap();
    let bits: Vec<_> = read(&store).into_values().map(|(bits, _, _)| bits).collect();
    assert_eq!(bits, rows.iter().map(|row| row.value.to_bits()).collect::<Vec<_>>());
}

#[test]
fn waveforms_and_pictures_come_back_from_memory_and_lake() {
    let disk = FaultDisk::new();
    let mut store = open(&disk).unwrap();
    let at = |second: i64| Timestamp::from_secs(20_000 * DAY + second);
    let wave = |second: i64| Waveform {
        signal: SignalId::new(1),
        start: at(second),
        ingest: at(second + 1),
        rate_hz: 25_600.0,
        samples: (0..2_560_u16).map(|i| (f32::from(i) * 0.1).sin()).collect(),
    };
    let frame = |second: i64| Frame {
        signal: SignalId::new(2),
        time: at(second),
        ingest: at(second),
        format: FrameFormat::Jpeg,
        bytes: vec![0xff, 0xd8, 7].into(),
    };
    for second in 0..9 {
        let both = vec![Payload::Waveform(wave(second)), Payload::Frame(frame(second))];
        store.append(Origin::default(), both.clone(), vec![]).unwrap().wait().unwrap();
        if second % 2 == 0 {
            store.flush().unwrap();
            store.append(Origin::default(), both, vec![]).unwrap().wait().unwrap();
        }
        store.maintain().unwrap();
        store = open(&disk).unwrap();
    }
    let range = TimeRange::new(at(2), at(8));
    assert_eq!(store.waveforms(SignalId::new(1), range, 99).unwrap(), (2..8).map(wave).collect::<Vec<_>>());
    assert_eq!(store.frames(SignalId::new(2), range, 3).unwrap(), (2..5).map(frame).collect::<Vec<_>>());
    assert_eq!(store.waveforms(SignalId::new(2), range, 99).unwrap(), []);
}

#[test]
fn the_past_gives_waveforms_in_order_of_their_last_sample() {
    let disk = FaultDisk::new();
    let store = open(&disk).unwrap();
    let at = |second: i64| Timestamp::from_secs(20_000 * DAY + second);
    let wave = |signal: u32, second: i64, length_s: u16| Waveform {
        signal: SignalId::new(signal),
        start: at(second),
        ingest: at(second + 60),
        rate_hz: 10.0,
        samples: (0..=length_s * 10).map(f32::from).collect(),
    };
    // the first lasts into the next hour and ends after one that begins there
    let waves = [wave(1, 3_590, 30), wave(2, 3_600, 1), wave(1, 3_700, 1), wave(3, 3_650, 1), wave(2, 40_000, 5)];
    for (number, one) in waves.iter().enumerate() {
        store.append(Origin::default(), vec![Payload::Waveform(one.clone())], vec![]).unwrap().wait().unwrap();
        if number % 2 == 0 {
            store.flush().unwrap();
        }
    }
    let ids = [SignalId::new(1), SignalId::new(2)];
    let read = |range: TimeRange| -> Vec<Waveform> {
        Past::waveforms(&store, &ids, range).unwrap().map(Result::unwrap).collect()
    };
    let [long, short, second, _, last] = waves.clone();
    assert_eq!(read(TimeRange::ALL), [short.clone(), long, second.clone(), last]);
    assert_eq!(read(TimeRange::new(at(3_600), at(40_000))), [short, second], "those that begin inside");
}

#[test]
fn a_million_samples_at_once_on_the_real_disk() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { flush_rows: 300_000, ..Config::at(dir.path().to_string_lossy()) };
    let open = || Store::open(config.clone(), Arc::new(SystemDisk), Hand::at(20_000 * DAY), Arc::new(|_| None));
    let store = open().unwrap();
    let rows: Vec<_> =
        (0..1_000_000_i64).map(|i| sample(u32::try_from(i % 100).unwrap(), i / 100, (i % 977) as f64 / 10.0)).collect();
    store.append(crate::origin(1), crate::samples(&rows), vec![]).unwrap().wait().unwrap();
    assert_eq!(store.stats().samples, 1_000_000);
    assert!(matches!(open(), Err(gemba_store::Error::Taken { .. })), "the folder is taken");
    store.close().unwrap();
    drop(store);
    let store = open().unwrap();
    store.flush().unwrap();
    let snapshot = store.snapshot(Some(&[SignalId::new(7)]), TimeRange::ALL).unwrap();
    let rows: usize = snapshot
        .files
        .iter()
        .map(|file| {
            let rows = store.read_file(file, Some(&[SignalId::new(7)]), TimeRange::ALL).unwrap();
            rows.map(|batch| batch.unwrap().len()).sum::<usize>()
        })
        .sum();
    assert_eq!(rows, 10_000);
    assert_eq!(store.last(SignalId::new(7)).unwrap().time, Timestamp::from_secs(9_999));
}

#[test]
fn appends_of_many_threads_share_syncs_and_all_are_there() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config::at(dir.path().to_string_lossy());
    let store = Store::open(config, Arc::new(SystemDisk), Hand::at(20_000 * DAY), Arc::new(|_| None)).unwrap();
    std::thread::scope(|scope| {
        for signal in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for second in 0..50 {
                    let rows = [sample(signal, second, 1.0)];
                    store.append(Origin::default(), crate::samples(&rows), vec![]).unwrap().wait().unwrap();
                }
            });
        }
    });
    let stats = store.stats();
    assert_eq!(stats.samples, 400);
    assert!(stats.syncs < 400, "{} syncs for 400 appends", stats.syncs);
    store.close().unwrap();
    let refused = store.append(Origin::default(), vec![], vec![]);
    assert!(matches!(refused, Err(gemba_store::Error::Closed)));
}
