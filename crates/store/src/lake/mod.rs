//! Parquet files: how samples, waveforms and pictures stand in the lake.

mod group;
pub(crate) mod media;
mod packed;
mod page;
mod read;
mod write;

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

pub use read::FileRows;
pub(crate) use read::{open_rows, reader_of};
pub(crate) use write::{Finished, Pipe, Writer, write_samples};

/// Columns of a file of samples.
const COLUMNS: usize = 8;
/// Rows of a page: what a reader of one signal decodes at least.
const PAGE_ROWS: usize = 8_192;
/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 20;
/// Compression level: higher ones gain nothing on delta-packed columns.
const ZSTD_LEVEL: i32 = 3;

/// Source times in the lake.
fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The columns of a file of samples.
///
/// The value is `coalesce(value, mantissa / 10^decimals)`, bit for bit; both null: no value (NaN).
pub(crate) fn sample_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("signal", DataType::UInt32, false),
        Field::new("time", time_type(), false),
        Field::new("lag_ms", DataType::Int64, false),
        Field::new("mantissa", DataType::Int64, true),
        Field::new("decimals", DataType::Int8, false),
        Field::new("value", DataType::Float64, true),
        Field::new("quality", DataType::UInt8, false),
        Field::new("status", DataType::UInt32, false),
    ]))
}

/// What stands beside the files, for people with other tools.
pub(crate) const README: &str = "\
# The lake

Parquet, one folder per day (UTC, of the source time), one row per signal and source time. Read it with anything; never
change or add files here while Gemba runs: `../manifest.json` says which files count.

| column | meaning |
|---|---|
| signal | the signal's number in the catalogue |
| time | source time, microseconds, UTC |
| lag_ms | ingest time minus source time in whole milliseconds, rounded down |
| mantissa, decimals | the value is mantissa / 10^decimals, exactly, where value is null |
| value | the value where no such decimal is exact; both null: no value |
| quality | 0 good, 1 uncertain, 2 stale, 3 bad |
| status | the protocol's own status code |

DuckDB:

    create view samples as select signal, time, time + to_milliseconds(lag_ms) as ingest,
      coalesce(value, mantissa / pow(10, decimals)) as value, quality, status
      from read_parquet('samples/*/*.parquet', hive_partitioning = true);

pandas:

    df = pandas.read_parquet('samples'); df['value'] = df['value'].fillna(df['mantissa'] / 10.0 ** df['decimals'])

Waveforms (`waveforms/`: signal, time of the first sample, lag_ms, rate_hz, samples) and pictures (`frames/`: signal, time,
lag_ms, format, bytes) lie beside. There a row that was delivered twice may stand twice: the file with the higher number counts.
";
