//! Replays of files.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, RecordBatch, StringArray, TimestampMillisecondArray};
use gemba_connect::file::{Config, Long};
use gemba_connect::{Bound, ConnectionConfig, Setting};
use gemba_plant::port::{Link, Position, Source};
use gemba_plant::{GapReason, Quality, Sample, SignalId, SignalKind};
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::support::{Seen, WallClock, gauges, setting, until};

fn open(config: Config, setting: Setting) -> Box<dyn Source> {
    ConnectionConfig::File(config).open(setting).unwrap()
}

/// As fast as possible.
fn fast(path: &Path) -> Config {
    Config { speed: 0.0, ..Config::new([path.display().to_string()]) }
}

async fn all(config: Config, setting: Setting) -> Seen {
    let mut source = open(config, setting);
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |_| false).await;
    assert_eq!(source.link(), Link::Ended);
    seen
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// Signal, seconds, value: what stays the same from run to run.
fn facts(rows: &[Sample]) -> Vec<(u32, i64, u64, Quality)> {
    rows.iter().map(|r| (r.signal.get(), r.time.micros(), r.value.to_bits(), r.quality)).collect()
}

#[tokio::test]
async fn wide_files_in_many_dialects_say_the_same() {
    for text in [
        "time;a;b\n2020-01-01 00:00:00;1.5;-2\n2020-01-01 00:00:01;;3\n",
        "\u{feff}Zeit;a;b\r\n01.01.2020 00:00:00;1,5;-2\r\n01.01.2020 00:00:01;NaN;3\r\n",
        "a\tts\tb\n1.5\t1577836800\t-2\n\t1577836801\t3\n",
        "# a note\n\"time\",\"a\",\"b\"\n\"2020-01-01T00:00:00Z\",\"1.5\",-2\n2020-01-01T00:00:01Z,null,3\n",
        "time a b\n1577836800000 1.5 -2\n1577836801000 NA 3\n",
    ] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "x.csv", text);
        let seen = all(fast(folder.path()), setting(gauges(&["a", "b"]))).await;
        let t = 1_577_836_800_000_000;
        let want = [
            (1, t, 1.5, Quality::Good),
            (2, t, -2.0, Quality::Good),
            (1, t + 1_000_000, f64::NAN, Quality::Bad),
            (2, t + 1_000_000, 3.0, Quality::Good),
        ];
        let got = facts(&seen.rows);
        assert_eq!(got.len(), 4, "{text}");
        for (got, want) in got.iter().zip(want) {
            assert_eq!((got.0, got.1, got.3), (want.0, want.1, want.3), "{text}");
            assert!(f64::from_bits(got.2).total_cmp(&want.2).is_eq() || want.2.is_nan(), "{text}");
        }
        assert!(seen.gaps.is_empty());
    }
}

#[tokio::test]
async fn a_replay_goes_on_exactly_where_its_data_was_durable() {
    let folder = tempfile::tempdir().unwrap();
    for file in 0..3 {
        let rows: Vec<String> =
            (0..7_000).map(|i| format!("{},{i},{}", 1_600_000_000 + file * 7_000 + i, i * file)).collect();
        let rows = rows.join(
            "
",
        );
        write(folder.path(), &format!("part-{file}.csv"), &format!("time,a,b\n{rows}\n"));
    }
    let config = fast(&folder.path().join("part-*.csv"));
    let whole = all(config.clone(), setting(gauges(&["a", "b"]))).await;
    assert_eq!(whole.rows.len(), 42_000);
    // killed after every single arrival, begun again from its position each time
    let (mut rows, mut position) = (Vec::new(), Position::default());
    loop {
        let mut source = open(config.clone(), Setting { position: position.clone(), ..setting(gauges(&["a", "b"])) });
        let Some(arrival) = source.next().await.unwrap() else { break };
        let mut seen = Seen::default();
        seen.take(arrival);
        position = seen.position;
        rows.extend(seen.rows);
    }
    assert_eq!(facts(&rows), facts(&whole.rows));
    assert!(whole.arrivals >= 5, "bounded arrivals");
}

#[tokio::test]
async fn long_tables_and_texts_become_signals_and_states() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "x.csv", "ts,tag,value\n1,flow,5\n1,mode,run\n2,mode,stop\n2,flow,6\n3,mode,run\n");
    let long = Long { signal: "tag".into(), value: "value".into() };
    let mode = Bound { signal: SignalId::new(2), address: "mode".into(), kind: SignalKind::State };
    let bound = vec![gauges(&["flow"]).remove(0), mode];
    let seen = all(Config { long: Some(long), ..fast(folder.path()) }, setting(bound)).await;
    let of = |signal| seen.rows.iter().filter(|r| r.signal.get() == signal).map(|r| r.value).collect::<Vec<_>>();
    assert_eq!((of(1), of(2)), (vec![5.0, 6.0], vec![0.0, 1.0, 0.0]));
}

#[tokio::test]
async fn parquet_is_read_by_type() {
    use Quality::{Bad, Good};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("stamp", Arc::new(TimestampMillisecondArray::from(vec![1_000, 2_000, 3_000]))),
        ("a", Arc::new(Float32Array::from(vec![Some(0.5), None, Some(f32::NAN)]))),
        ("mode", Arc::new(StringArray::from(vec!["on", "off", "on"]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let seen = all(fast(&path), setting(gauges(&["a", "mode"]))).await;
    let got: Vec<_> = seen.rows.iter().map(|r| (r.signal.get(), r.time.millis(), r.quality)).collect();
    assert_eq!(
        got,
        [(1, 1000, Good), (2, 1000, Good), (1, 2000, Bad), (2, 2000, Good), (1, 3000, Bad), (2, 3000, Good)]
    );
    assert_eq!(seen.last(2).unwrap().value, 0.0);
}

#[tokio::test]
async fn parquet_of_the_usual_codecs_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (gzip, zstd) = (Compression::GZIP(GzipLevel::default()), Compression::ZSTD(ZstdLevel::default()));
    for codec in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::LZ4_RAW, Compression::LZ4, gzip, zstd] {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("stamp", Arc::new(TimestampMillisecondArray::from_iter_values((0..50).map(|i| 1000 * i)))),
            ("a", Arc::new(Float32Array::from(vec![0.5; 50]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let path = folder.path().join(format!("{codec}.parquet").replace(['(', ')'], "-"));
        let file = std::fs::File::create(&path).unwrap();
        let properties = WriterProperties::builder().set_compression(codec).build();
        let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let seen = all(fast(&path), setting(gauges(&["a"]))).await;
        assert_eq!(seen.rows.len(), 50, "{codec}: {:?}", seen.gaps);
    }
}

#[tokio::test]
async fn a_repeated_replay_moved_to_now_goes_on_rising() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "x.csv", "time,a\n10,1\n11,2\n12,3\n");
    let config = Config { repeat: true, shift_to_now: true, ..fast(folder.path()) };
    let before = gemba_plant::port::Clock::now(&WallClock);
    let mut source = open(config, setting(gauges(&["a"])));
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |seen| seen.rows.len() >= 9).await;
    let times: Vec<i64> = seen.rows.iter().map(|r| r.time.micros()).collect();
    assert!(times.windows(2).all(|w| w[1] - w[0] == 1_000_000), "{times:?}");
    assert!(seen.rows[0].time >= before);
    // and after a restart in the middle too
    let config = Config { repeat: true, shift_to_now: true, ..fast(folder.path()) };
    let mut source = open(config, Setting { position: seen.position.clone(), ..setting(gauges(&["a"])) });
    let mut more = Seen::default();
    until(&mut *source, &mut more, |seen| seen.rows.len() >= 3).await;
    assert_eq!(more.rows[0].time.micros() - times[times.len() - 1], 1_000_000);
}

#[tokio::test(start_paused = true)]
async fn speed_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "x.csv", "a\n1\n2\n3\n4\n5\n");
    let begun = tokio::time::Instant::now();
    let config = Config { speed: 2.0, start: Some("2026-01-01T00:00:00Z".into()), ..fast(folder.path()) };
    let seen = all(config, setting(gauges(&["a"]))).await;
    assert_eq!((seen.rows.len(), seen.arrivals), (5, 5));
    let took = begun.elapsed().as_secs_f64();
    assert!((1.9..2.6).contains(&took), "4 s of record at double speed took {took} s");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_costs_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.csv", "time,a\n2020-01-01 00:00:00,1\nyesterday,2\n2020-01-01 00:00:02\n");
    std::fs::write(folder.path().join("b.parquet"), b"PAR1 but not really").unwrap();
    std::fs::write(folder.path().join("c.csv"), b"\xD0\xCF\x11\xE0 a workbook").unwrap();
    write(folder.path(), "d.csv", "");
    write(folder.path(), "e.csv", "time,a\n2020-01-01 00:00:05,7\n");
    let seen = all(fast(folder.path()), setting(gauges(&["a"]))).await;
    let got: Vec<_> = seen.rows.iter().map(|r| r.quality).collect();
    assert_eq!(got, [Quality::Good, Quality::Bad, Quality::Good]);
    assert_eq!(seen.gaps.len(), 3, "{:?}", seen.gaps);
    assert!(seen.gaps.iter().all(|gap| gap.reason == GapReason::Malformed));
    assert_eq!(seen.gaps[0].lost, 1);
    let mut source = open(fast(&folder.path().join("none-*.csv")), setting(Vec::new()));
    let error = source.next().await.unwrap_err().to_string();
    assert!(error.contains("none-*"), "{error}");
}

#[tokio::test]
async fn the_probe_tells_what_it_found() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "x.csv", "datetime;Pressure;Mode\n2020-03-09 12:14:36;0.38;run\n");
    let probe = ConnectionConfig::File(fast(folder.path())).probe("/nonexistent".as_ref()).unwrap();
    let report = probe.test().await;
    assert!(report.ok && report.steps[2].detail.contains("2020-03-09T12:14:36Z"), "{report:?}");
    let nodes = probe.browse(None).await.unwrap();
    assert_eq!((nodes[0].address.as_str(), nodes[0].value.as_deref()), ("Pressure", Some("0.38")));
    assert_eq!(nodes[1].kind, SignalKind::State);
    assert_eq!(probe.read(&["Pressure".into()]).await.unwrap()[0].value, Some(0.38));
}
