//! Charts as inline SVG: pure text, no script.

use std::fmt::Write;

use super::Series;

/// Width and height of a chart in its own units; it is stretched to the page.
const SIZE: (f64, f64) = (1000.0, 120.0);

/// Something to be seen behind or across the values.
pub(super) enum Mark {
    /// Rows that were taken for healthy.
    Healthy(usize, usize),
    /// Rows of an anomaly.
    Anomaly(usize, usize),
    /// A change of level.
    Change(usize),
}

/// A chart of a series over `rows` rows. `limit` draws a line across and makes it visible.
pub(super) fn chart(series: &Series, rows: usize, marks: &[Mark], limit: Option<f64>) -> String {
    let present = || series.low.iter().chain(&series.high).flatten().copied();
    let low = present().chain(limit).fold(f64::INFINITY, f64::min);
    let high = present().chain(limit).fold(f64::NEG_INFINITY, f64::max);
    let (width, height) = SIZE;
    let mut svg = format!("<svg viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" role=\"img\">");
    for mark in marks {
        add_mark(&mut svg, mark, rows);
    }
    if low.is_finite() {
        let range = if high > low { high - low } else { 1.0 };
        let y = |v: f64| 4.0 + (height - 8.0) * (1.0 - (v - low) / range);
        svg.push_str("<path class=\"line\" d=\"");
        svg.push_str(&band(series, rows, &y));
        svg.push_str("\"/>");
        if let Some(limit) = limit {
            put(&mut svg, format_args!("<path class=\"limit\" d=\"M0 {0:.1}H{width}\"/>", y(limit)));
        }
    }
    svg.push_str("</svg>");
    svg
}

/// Formatting into a string cannot fail.
pub(super) fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).unwrap_or_default();
}

fn x(row: usize, rows: usize) -> f64 {
    SIZE.0 * row as f64 / rows.max(1) as f64
}

fn add_mark(svg: &mut String, mark: &Mark, rows: usize) {
    let height = SIZE.1;
    match mark {
        Mark::Healthy(from, to) | Mark::Anomaly(from, to) => {
            let class = if matches!(mark, Mark::Healthy(..)) { "healthy" } else { "anomaly" };
            let (left, right) = (x(from.saturating_sub(1), rows), x(*to, rows));
            let width = (right - left).max(2.0);
            put(
                svg,
                format_args!(
                    "<rect class=\"{class}\" x=\"{left:.1}\" y=\"0\" width=\"{width:.1}\" height=\"{height}\"/>"
                ),
            );
        }
        Mark::Change(row) => {
            put(svg, format_args!("<path class=\"change\" d=\"M{:.1} 0V{height}\"/>", x(*row, rows)));
        }
    }
}

/// A line from low to high of each point to the next, broken where there is no value.
fn band(series: &Series, rows: usize, y: &dyn Fn(f64) -> f64) -> String {
    let mut path = String::new();
    let mut pen = 'M';
    for ((row, low), high) in series.rows.iter().zip(&series.low).zip(&series.high) {
        let (Some(low), Some(high)) = (low, high) else {
            pen = 'M';
            continue;
        };
        put(&mut path, format_args!("{pen}{:.1} {:.1}", x(*row, rows), y(*low)));
        if high > low {
            put(&mut path, format_args!("V{:.1}", y(*high)));
        }
        pen = 'L';
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_breaks_the_line_and_marks_lie_where_they_belong() {
        let series = Series {
            rows: vec![1, 2, 3, 4],
            low: vec![Some(0.0), None, Some(1.0), Some(1.0)],
            high: vec![Some(0.0), None, Some(2.0), Some(1.0)],
        };
        let svg = chart(&series, 4, &[Mark::Anomaly(3, 4), Mark::Change(2)], Some(1.0));
        assert_eq!(svg.matches('M').count(), 4, "{svg}");
        assert!(svg.contains("class=\"anomaly\" x=\"500.0\"") && svg.contains("M500.0 0V120"), "{svg}");
        let empty = Series { rows: vec![1], low: vec![None], high: vec![None] };
        assert!(!chart(&empty, 1, &[], None).contains("path"));
    }
}
