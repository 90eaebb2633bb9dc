//! The small tables: made when they are asked for.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use arrow_array::{
    ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array, UInt64Array,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::TableType;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use gemba_plant::{Alarm, AssetId, Catalogue, Finding, Gap, SignalId, TimeRange, Timestamp};
use gemba_store::Store;
use serde::Serialize;

use crate::columns::time_type;

/// Who keeps findings and alarms. Called once for each query that asks for them; the answer should be bounded.
pub trait Records: Send + Sync {
    /// Findings with their numbers.
    fn findings(&self) -> Vec<(u64, Finding)>;
    /// Alarms, open and past as far as kept.
    fn alarms(&self) -> Vec<Alarm>;
}

/// The small tables by name.
pub(crate) const SMALL: [&str; 5] = ["signals", "assets", "findings", "alarms", "gaps"];

/// Where the rows of small tables come from.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) store: Store,
    pub(crate) records: Arc<dyn Records>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

/// A small table.
#[derive(Debug)]
pub(crate) struct Small {
    pub(crate) name: &'static str,
    pub(crate) sources: Sources,
}

#[async_trait]
impl TableProvider for Small {
    fn schema(&self) -> SchemaRef {
        schema(self.name)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let rows = rows(self.name, &self.sources)?;
        Ok(MemorySourceConfig::try_new_exec(&[vec![rows]], self.schema(), projection.cloned())?)
    }
}

/// The columns of a small table.
pub(crate) fn schema(name: &str) -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let number = |name: &str| Field::new(name, DataType::Float64, true);
    let time = |name: &str| Field::new(name, time_type(), true);
    let id = |name: &str| Field::new(name, DataType::UInt32, true);
    let count = |name: &str| Field::new(name, DataType::UInt64, true);
    let texts = |names: &[&str]| names.iter().map(|name| text(name)).collect::<Vec<_>>();
    let fields = match name {
        "signals" => [
            vec![id("signal_id")],
            texts(&["signal", "asset", "name", "kind", "role", "unit"]),
            vec![number("low"), number("high")],
            texts(&["description", "connection", "address"]),
        ]
        .concat(),
        "assets" => [vec![id("asset_id")], texts(&["asset", "name", "level", "template"])].concat(),
        "findings" => [
            vec![count("finding")],
            texts(&["asset", "key", "kind", "state"]),
            vec![time("since"), time("until")],
            texts(&["title", "explanation"]),
            vec![number("probability"), number("severity")],
            texts(&["failure_mode", "model"]),
        ]
        .concat(),
        "alarms" => [
            vec![count("alarm")],
            texts(&["asset", "signal", "key", "class", "priority", "state", "message"]),
            vec![time("since"), time("changed")],
            texts(&["acted_by", "comment"]),
            vec![count("finding")],
        ]
        .concat(),
        _ => [
            texts(&["connection", "part", "signal"]),
            vec![time("from_time"), time("to_time")],
            texts(&["reason"]),
            vec![count("lost"), count("filled")],
            texts(&["note"]),
        ]
        .concat(),
    };
    Arc::new(Schema::new(fields))
}

fn rows(name: &str, from: &Sources) -> Result<RecordBatch, ArrowError> {
    let columns = match name {
        "signals" => signals(&from.catalogue),
        "assets" => assets(&from.catalogue),
        "findings" => findings(&from.records.findings(), &from.catalogue),
        "alarms" => alarms(&from.records.alarms(), &from.catalogue),
        _ => gaps(&from.store.gaps(TimeRange::ALL), &from.catalogue),
    };
    RecordBatch::try_new(schema(name), columns)
}

fn text<T>(rows: &[T], of: impl Fn(&T) -> Option<String>) -> ArrayRef {
    Arc::new(rows.iter().map(of).collect::<StringArray>())
}

fn number<T>(rows: &[T], of: impl Fn(&T) -> Option<f64>) -> ArrayRef {
    Arc::new(rows.iter().map(of).collect::<Float64Array>())
}

fn count<T>(rows: &[T], of: impl Fn(&T) -> Option<u64>) -> ArrayRef {
    Arc::new(rows.iter().map(of).collect::<UInt64Array>())
}

fn id<T>(rows: &[T], of: impl Fn(&T) -> u32) -> ArrayRef {
    Arc::new(rows.iter().map(|row| Some(of(row))).collect::<UInt32Array>())
}

/// The ends of time stand for "not known" and are null.
fn time<T>(rows: &[T], of: impl Fn(&T) -> Timestamp) -> ArrayRef {
    let known = |at: Timestamp| (at != Timestamp::MAX && at != Timestamp::MIN).then(|| at.micros());
    Arc::new(rows.iter().map(|row| known(of(row))).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

/// The word that a value of an enumeration has in JSON, so that SQL and API speak alike.
fn word(value: &impl Serialize) -> Option<String> {
    let mut text = String::new();
    write!(text, "{}", Word(value)).ok()?;
    Some(text)
}

/// A unit variant as serde writes it.
struct Word<'a, T>(&'a T);

impl<T: Serialize> fmt::Display for Word<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

fn path(catalogue: &Catalogue, asset: AssetId) -> Option<String> {
    catalogue.asset(asset).map(|asset| asset.path.to_string())
}

fn full_name(catalogue: &Catalogue, signal: Option<SignalId>) -> Option<String> {
    catalogue.full_name(signal?)
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn signals(catalogue: &Catalogue) -> Vec<ArrayRef> {
    let rows: Vec<_> = catalogue.signals().collect();
    vec![
        id(&rows, |s| s.id.get()),
        text(&rows, |s| catalogue.full_name(s.id)),
        text(&rows, |s| path(catalogue, s.asset)),
        text(&rows, |s| Some(s.name.clone())),
        text(&rows, |s| word(&s.kind)),
        text(&rows, |s| word(&s.role)),
        text(&rows, |s| some(s.unit.ucum())),
        number(&rows, |s| s.range.map(|range| range.low)),
        number(&rows, |s| s.range.map(|range| range.high)),
        text(&rows, |s| some(&s.description)),
        text(&rows, |s| s.binding.as_ref().map(|b| b.connection.clone())),
        text(&rows, |s| s.binding.as_ref().map(|b| b.address.clone())),
    ]
}

fn assets(catalogue: &Catalogue) -> Vec<ArrayRef> {
    let rows: Vec<_> = catalogue.assets().collect();
    let level = |asset: &&gemba_plant::Asset| match &asset.level {
        gemba_plant::Level::Other(own) => Some(own.clone()),
        level => word(level),
    };
    vec![
        id(&rows, |a| a.id.get()),
        text(&rows, |a| Some(a.path.to_string())),
        text(&rows, |a| Some(a.title().to_owned())),
        text(&rows, level),
        text(&rows, |a| a.template.clone()),
    ]
}

fn findings(rows: &[(u64, Finding)], catalogue: &Catalogue) -> Vec<ArrayRef> {
    vec![
        count(rows, |(number, _)| Some(*number)),
        text(rows, |(_, f)| path(catalogue, f.asset)),
        text(rows, |(_, f)| Some(f.key.clone())),
        text(rows, |(_, f)| word(&f.kind)),
        text(rows, |(_, f)| word(&f.state)),
        time(rows, |(_, f)| f.since),
        time(rows, |(_, f)| f.until),
        text(rows, |(_, f)| Some(f.title.clone())),
        text(rows, |(_, f)| some(&f.explanation)),
        number(rows, |(_, f)| Some(f.probability)),
        number(rows, |(_, f)| Some(f.severity)),
        text(rows, |(_, f)| f.failure_mode.clone()),
        text(rows, |(_, f)| Some(f.model.clone())),
    ]
}

fn alarms(rows: &[Alarm], catalogue: &Catalogue) -> Vec<ArrayRef> {
    vec![
        count(rows, |a| Some(a.id)),
        text(rows, |a| path(catalogue, a.asset)),
        text(rows, |a| full_name(catalogue, a.signal)),
        text(rows, |a| Some(a.key.clone())),
        text(rows, |a| word(&a.class)),
        text(rows, |a| word(&a.priority)),
        text(rows, |a| word(&a.state)),
        text(rows, |a| Some(a.message.clone())),
        time(rows, |a| a.since),
        time(rows, |a| a.changed),
        text(rows, |a| a.by.clone()),
        text(rows, |a| a.comment.clone()),
        count(rows, |a| a.finding),
    ]
}

fn gaps(rows: &[Gap], catalogue: &Catalogue) -> Vec<ArrayRef> {
    vec![
        text(rows, |g| some(&g.connection)),
        text(rows, |g| some(&g.part)),
        text(rows, |g| full_name(catalogue, g.signal)),
        time(rows, |g| g.range.from),
        time(rows, |g| g.range.to),
        text(rows, |g| Some(g.reason.as_str().to_owned())),
        count(rows, |g| Some(g.lost)),
        count(rows, |g| Some(g.filled)),
        text(rows, |g| some(&g.note)),
    ]
}
