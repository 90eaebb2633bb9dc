//! Line protocol in, at the addresses that writers of InfluxDB 1, 2 and 3 know.

use std::io::Read as _;

use axum::body::Bytes;
use flate2::read::MultiGzDecoder;
use gemba_connect::influx::{LineFault, Precision, Written};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::app::Call;
use crate::input::{Args, Lines, too_large};
use crate::output::Done;
use crate::problem::{Kind, Problem};
use crate::table::{OPERATOR, Resource, Route};

/// Faults that an answer tells one by one.
const FAULTS_TOLD: usize = 10;
/// Bytes that one place for writes stands for.
const PLACE_BYTES: usize = 1 << 20;

pub(super) fn resource() -> Resource {
    let about = "Store lines of InfluxDB line protocol; done when they are durable";
    Resource {
        name: "write",
        about: "Measured values from programs that write line protocol.",
        routes: vec![
            Route::post("/write", OPERATOR, about, v1).measured(),
            Route::post("/api/v2/write", OPERATOR, about, v2).measured(),
            Route::post("/api/v3/write_lp", OPERATOR, about, v1).measured(),
        ],
    }
}

/// Where to, as InfluxDB 1 and 3 say it.
#[derive(Debug, Deserialize, JsonSchema)]
struct Database {
    /// The connection's name.
    db: String,
    /// What times count: `n`, `u`, `ms`, `s`, `m`, `h`, or a word of InfluxDB 3 such as `auto`; nanoseconds when left out.
    #[serde(default)]
    precision: String,
}

/// Where to, as InfluxDB 2 says it.
#[derive(Debug, Deserialize, JsonSchema)]
struct Bucket {
    /// The connection's name.
    bucket: String,
    /// What times count: `ns`, `us`, `ms`, `s`; nanoseconds when left out.
    #[serde(default)]
    precision: String,
}

async fn v1(call: Call, (Args(to), lines): (Args<Database>, Lines)) -> Result<Done, Problem> {
    write(&call, (&to.db, &to.precision), lines).await
}

async fn v2(call: Call, (Args(to), lines): (Args<Bucket>, Lines)) -> Result<Done, Problem> {
    write(&call, (&to.bucket, &to.precision), lines).await
}

async fn write(call: &Call, (connection, precision): (&str, &str), lines: Lines) -> Result<Done, Problem> {
    let inlet = call.node().writes().inlet(connection).ok_or_else(|| no_inlet(call, connection))?;
    let precision = Precision::from_word(precision)
        .ok_or_else(|| Problem::argument("precision: write ns, us, ms or s (InfluxDB 1 also n, u, m, h)"))?;
    let places = u32::try_from(lines.bytes_max().div_ceil(PLACE_BYTES)).unwrap_or(u32::MAX).max(1);
    let _place = call.app.writes.acquire_many(places).await.map_err(|closed| Problem::internal(closed.to_string()))?;
    let (packed, limit) = (lines.packed(), lines.limit());
    let mut body = lines.read().await?;
    if packed {
        let unpacking = tokio::task::spawn_blocking(move || unpack(&body, limit));
        body = unpacking.await.map_err(|panicked| Problem::internal(panicked.to_string()))??;
    }
    let written = inlet.write(&body, precision).await.map_err(|stopped| {
        Problem::new(Kind::BUSY, stopped.to_string(), "send it again; what is there already is not stored twice")
    })?;
    if written.faults.is_empty() { Ok(Done) } else { Err(partial(written)) }
}

/// Why lines are not taken. What is paused is taken later, so writers keep it and send it again.
fn no_inlet(call: &Call, name: &str) -> Problem {
    if call.node().connections().is_paused(name) {
        let detail = format!("connection \"{name:.80}\" is paused");
        return Problem::new(Kind::BUSY, detail, "resume it under Connections, and send it again then");
    }
    let detail = format!("no connection \"{name:.80}\" takes line protocol");
    Problem::new(Kind::NOT_FOUND, detail, "add a connection of this name with protocol = \"influx\"")
}

fn unpack(body: &[u8], limit: usize) -> Result<Bytes, Problem> {
    let mut plain = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body)
        .take(most)
        .read_to_end(&mut plain)
        .map_err(|error| Problem::argument(format!("the body is no gzip: {error}")))?;
    if plain.len() > limit { Err(too_large(limit)) } else { Ok(plain.into()) }
}

fn partial(Written { values, mut faults }: Written) -> Problem {
    faults.sort_by_key(|fault| fault.line);
    let told = |fault: &LineFault| format!("line {}: {}", fault.line, fault.why);
    let mut detail: Vec<String> = faults.iter().take(FAULTS_TOLD).map(told).collect();
    if faults.len() > FAULTS_TOLD {
        detail.push(format!("{} more", faults.len() - FAULTS_TOLD));
    }
    let detail = format!("{}; {values} values are stored", detail.join("; "));
    Problem::new(Kind::PARTIAL, detail, "mend these lines; to take what is unknown, name the connection in register")
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    #[test]
    fn a_packed_body_is_unpacked_and_no_larger_than_may_be() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&[b'x'; 10_000]).unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(unpack(&packed, 10_000).unwrap().len(), 10_000);
        assert_eq!(unpack(&packed, 9_999).unwrap_err().kind, Kind::TOO_LARGE);
        assert_eq!(unpack(b"no gzip", 10).unwrap_err().kind, Kind::BAD_ARGUMENT);
    }
}
