//! What a filter says about time, so that files outside are never opened.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use gemba_plant::{TimeRange, Timestamp};

/// What a filter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// Only whose a row is: can be decided for each signal before any row is read.
    Who,
    /// Only when.
    When,
    /// Anything else.
    Other,
}

/// Sorts a filter.
pub(crate) fn about(filter: &Expr) -> About {
    let columns = filter.column_refs();
    let all =
        |names: &[&str]| !columns.is_empty() && columns.iter().all(|column| names.contains(&column.name.as_str()));
    if filter.is_volatile() {
        return About::Other;
    }
    if all(&["signal", "signal_id", "asset"]) {
        return About::Who;
    }
    if all(&["time"]) { About::When } else { About::Other }
}

/// A range outside which no row passes the filters. May be wider than what passes, never narrower.
pub(crate) fn range(filters: &[Expr]) -> TimeRange {
    filters.iter().fold(TimeRange::ALL, |range, filter| both(range, range_of(filter)))
}

fn both(a: TimeRange, b: TimeRange) -> TimeRange {
    TimeRange::new(a.from.max(b.from), a.to.min(b.to))
}

fn either(a: TimeRange, b: TimeRange) -> TimeRange {
    TimeRange::new(a.from.min(b.from), a.to.max(b.to))
}

fn range_of(filter: &Expr) -> TimeRange {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => both(range_of(left), range_of(right)),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => either(range_of(left), range_of(right)),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            if let (true, Some(at)) = (is_time(left), instant(right)) {
                return compared(*op, at);
            }
            match (instant(left), op.swap()) {
                (Some(at), Some(op)) if is_time(right) => compared(op, at),
                _ => TimeRange::ALL,
            }
        }
        Expr::Between(between) if !between.negated && is_time(&between.expr) => {
            let from = instant(&between.low).map_or(TimeRange::ALL, |at| compared(Operator::GtEq, at));
            both(from, instant(&between.high).map_or(TimeRange::ALL, |at| compared(Operator::LtEq, at)))
        }
        _ => TimeRange::ALL,
    }
}

fn is_time(expr: &Expr) -> bool {
    matches!(expr, Expr::Column(column) if column.name == "time")
}

/// A constant point in time as the microseconds around it.
fn instant(expr: &Expr) -> Option<(i64, i64)> {
    let Expr::Literal(value, _) = expr else { return None };
    match value {
        ScalarValue::TimestampSecond(Some(v), _) => v.checked_mul(1_000_000).map(|v| (v, v)),
        ScalarValue::TimestampMillisecond(Some(v), _) => v.checked_mul(1_000).map(|v| (v, v)),
        ScalarValue::TimestampMicrosecond(Some(v), _) => Some((*v, *v)),
        ScalarValue::TimestampNanosecond(Some(v), _) => {
            Some((v.div_euclid(1_000), v.div_euclid(1_000).saturating_add(1)))
        }
        _ => None,
    }
}

fn compared(op: Operator, (low, high): (i64, i64)) -> TimeRange {
    let from = Timestamp::from_micros(low);
    let after = Timestamp::from_micros(high.saturating_add(1));
    match op {
        Operator::Eq => TimeRange::new(from, after),
        Operator::Gt | Operator::GtEq => TimeRange::new(from, Timestamp::MAX),
        Operator::Lt | Operator::LtEq => TimeRange::new(Timestamp::MIN, after),
        _ => TimeRange::ALL,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{col, lit};

    use super::*;

    fn at(v: i64) -> Expr {
        lit(ScalarValue::TimestampMicrosecond(Some(v), Some("UTC".into())))
    }

    fn span(filter: &Expr) -> (i64, i64) {
        let range = range(std::slice::from_ref(filter));
        (range.from.micros(), range.to.micros())
    }

    #[test]
    fn bounds_follow_the_logic_and_are_never_too_narrow() {
        let time = || col("time");
        for (filter, expected) in [
            (time().gt(at(10)), (10, i64::MAX)),
            (at(10).gt_eq(time()), (i64::MIN, 11)),
            (time().eq(at(10)), (10, 11)),
            (time().not_eq(at(10)), (i64::MIN, i64::MAX)),
            (time().gt(at(10)).and(time().lt(at(20))), (10, 21)),
            (time().lt(at(10)).or(time().gt(at(20))), (i64::MIN, i64::MAX)),
            (time().between(at(10), at(20)).or(time().eq(at(40))), (10, 41)),
            (time().between(at(10), at(20)).and(col("value").gt(lit(1.0))), (10, 21)),
            (time().lt(lit(ScalarValue::TimestampNanosecond(Some(1_500), None))), (i64::MIN, 3)),
            (time().not_between(at(10), at(20)), (i64::MIN, i64::MAX)),
        ] {
            assert_eq!(span(&filter), expected, "{filter}");
        }
    }

    #[test]
    fn filters_are_sorted_by_what_they_look_at() {
        assert_eq!(about(&col("signal").like(lit("a/%"))), About::Who);
        assert_eq!(about(&col("signal_id").eq(col("asset"))), About::Who);
        assert_eq!(about(&col("time").gt(at(1))), About::When);
        assert_eq!(about(&col("time").gt(at(1)).or(col("signal").eq(lit("x")))), About::Other);
        assert_eq!(about(&lit(true)), About::Other);
    }
}
