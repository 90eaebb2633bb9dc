//! SQL and ranges over hot and cold data; DataFusion lives here and only here.
