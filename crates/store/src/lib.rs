//! Durable time series: write-ahead log, hot buffer, Parquet lake, retention, gap ledger.
