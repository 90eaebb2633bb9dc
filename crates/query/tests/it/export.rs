//! Files hold every sample once, in order.

use std::io::{self, Write};

use gemba_plant::{SignalId, TimeRange};
use gemba_query::{Error, Format};

use crate::plant::{plant, wait};

#[test]
fn csv_holds_every_row_in_order_of_time() {
    let plant = plant();
    let signals = [SignalId::new(1), SignalId::new(2)];
    let (rows, bytes) = wait(plant.query.export(&signals, TimeRange::ALL, Format::Csv, Vec::new())).unwrap();
    assert_eq!(rows, 2 * 864);
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2 * 864 + 1);
    assert_eq!(lines[0], "signal,signal_id,asset,time,ingest,value,quality,status");
    assert_eq!(lines[1], "acme/pump-1/flow,1,acme/pump-1,1970-01-01T00:00:01Z,1970-01-01T00:00:01Z,100.0,good,0");
    assert!(lines[1..].windows(2).all(|w| w[0].split(',').nth(3) <= w[1].split(',').nth(3)));
}

#[test]
fn parquet_is_read_back_by_the_parquet_crate() {
    let plant = plant();
    let (rows, bytes) =
        wait(plant.query.export(&[SignalId::new(4)], TimeRange::ALL, Format::Parquet, Vec::new())).unwrap();
    assert_eq!((rows, &bytes[..4]), (864, b"PAR1".as_slice()));
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("out.parquet");
    std::fs::write(&path, bytes).unwrap();
    let file = std::fs::File::open(&path).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(file, 1024).unwrap();
    assert_eq!(reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 864);
}

#[test]
fn an_answer_goes_out_as_csv_and_arrow() {
    let plant = plant();
    let answer = plant.sql("select 'a,\"b' as x, cast(null as int) as y union all select 'c', 2 order by x");
    let mut csv = Vec::new();
    answer.write_csv(&mut csv).unwrap();
    assert_eq!(String::from_utf8(csv).unwrap(), "x,y\r\n\"a,\"\"b\",\r\nc,2\r\n");
    let mut arrow = Vec::new();
    answer.write_arrow(&mut arrow).unwrap();
    let reader = arrow_ipc::reader::StreamReader::try_new(arrow.as_slice(), None).unwrap();
    assert_eq!(reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 2);
}

/// A disk that is full from the first byte.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told() {
    let plant = plant();
    for format in [Format::Csv, Format::Parquet] {
        let done = wait(plant.query.export(&[SignalId::new(4)], TimeRange::ALL, format, Full));
        assert!(matches!(done, Err(Error::Write { .. })));
    }
    drop(plant.store);
}
