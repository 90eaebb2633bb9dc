//! The report as one HTML file that needs nothing beside it: styles and charts inside, no script.

use super::{Anomaly, Kind, Moment, Report, Series, SignalReport, Stretch};

use super::plot::{Mark, chart, put};
use super::{known, wear};

/// Anomalies that are shown in full.
const SHOWN_MAX: usize = 60;

/// The report as one page: styles and charts inside, no script, nothing from elsewhere.
pub fn page(report: &Report) -> String {
    let name = escape(&report.name);
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{name} – Gemba</title><style>{}</style></head><body><main>",
        include_str!("style.css")
    );
    head(&mut html, report);
    known::section(&mut html, report);
    anomalies(&mut html, report);
    wear::section(&mut html, report);
    changes(&mut html, report);
    drifts(&mut html, report);
    relations(&mut html, report);
    signals(&mut html, report);
    record(&mut html, report);
    html.push_str("</main></body></html>\n");
    html
}

fn head(html: &mut String, report: &Report) {
    put(html, format_args!("<h1>{}</h1><p class=\"dim\">{} rows, ", escape(&report.name), report.rows));
    let step = report.clock.step_s.map(|s| format!(", one each {}", duration(s))).unwrap_or_default();
    put(html, format_args!("{}{step}</p><section><ul>", between(&report.span)));
    for sentence in &report.summary {
        put(html, format_args!("<li>{}</li>", escape(sentence)));
    }
    html.push_str("</ul></section><section><h3>Deviation from normal, over its limit</h3>");
    let above = report.score.high.iter().flatten().copied().fold(0.0, f64::max);
    figure(html, report, &report.score, None, Some(1.0));
    put(
        html,
        format_args!(
            "<p class=\"dim key\">Above 1 (dashed) is an anomaly; the highest is {above:.1}.\
             <i style=\"background:var(--ok)\"></i>taken for healthy: {} ({}).\
             <i style=\"background:var(--badsoft)\"></i>anomaly</p></section>",
            between(&report.healthy),
            escape(&report.healthy_why)
        ),
    );
}

/// A chart with what lies under it; `signal` shows the changes of that signal.
pub(super) fn figure(html: &mut String, report: &Report, series: &Series, signal: Option<&str>, limit: Option<f64>) {
    let mut marks = vec![Mark::Healthy(report.healthy.from.row, report.healthy.to.row)];
    let about = |a: &&Anomaly| signal.is_none_or(|name| a.contributions.iter().any(|(n, s)| n == name && *s >= 0.2));
    let rows = |a: &Anomaly| Mark::Anomaly(a.stretch.from.row, a.stretch.to.row);
    marks.extend(report.anomalies.iter().filter(about).map(rows));
    let own = report.changes.iter().filter(|c| Some(c.signal.as_str()) == signal);
    marks.extend(own.map(|c| Mark::Change(c.at.row)));
    put(html, format_args!("<figure>{}<figcaption>", chart(series, report.rows, &marks, limit)));
    let (from, to) = (moment(&report.span.from), moment(&report.span.to));
    put(html, format_args!("<span>{from}</span><span>{to}</span></figcaption></figure>"));
}

fn anomalies(html: &mut String, report: &Report) {
    html.push_str("<h2>What is not normal</h2>");
    if report.anomalies.is_empty() {
        html.push_str("<section class=\"calm\">Nothing beyond chance.</section>");
    }
    for anomaly in report.anomalies.iter().take(SHOWN_MAX) {
        put(html, format_args!("<section class=\"finding\"><h3>{}</h3>", escape(&anomaly.title)));
        put(html, format_args!("<p class=\"dim\">{}</p>", between(&anomaly.stretch)));
        put(html, format_args!("<p>{}</p>", escape(&anomaly.explanation)));
        if let Some(p) = anomaly.p_value {
            put(html, format_args!("<p class=\"dim\">A healthy machine looks like this with {}.</p>", chance(p)));
        }
        html.push_str("<ul>");
        for step in &anomaly.prescription {
            put(html, format_args!("<li>{}</li>", escape(step)));
        }
        html.push_str("</ul></section>");
    }
    if report.anomalies.len() > SHOWN_MAX {
        let more = report.anomalies.len() - SHOWN_MAX;
        put(html, format_args!("<p class=\"dim\">{more} more are in the JSON.</p>"));
    }
}

/// A table with a head; cells that start with a tab are numbers.
pub(super) fn table(html: &mut String, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let cells = |html: &mut String, tag: &str, cells: &mut dyn Iterator<Item = &str>| {
        html.push_str("<tr>");
        for cell in cells {
            let class = if cell.starts_with('\t') { " class=\"n\"" } else { "" };
            put(html, format_args!("<{tag}{class}>{}</{tag}>", escape(cell.trim_start_matches('\t'))));
        }
        html.push_str("</tr>");
    };
    html.push_str("<section class=\"scroll\"><table>");
    cells(html, "th", &mut head.iter().copied());
    rows.for_each(|row| cells(html, "td", &mut row.iter().map(String::as_str)));
    html.push_str("</table></section>");
}

fn changes(html: &mut String, report: &Report) {
    if report.changes.is_empty() {
        return;
    }
    html.push_str("<h2>Changes of level</h2>");
    let head = ["Signal", "Since", "\tBefore", "\tAfter", "\tStep / spread"];
    let row = |c: &super::ChangePoint| {
        vec![
            c.signal.clone(),
            moment(&c.at),
            format!("\t{}", number(c.before)),
            format!("\t{}", number(c.after)),
            format!("\t{:.1}", c.spreads),
        ]
    };
    table(html, &head, report.changes.iter().map(row));
}

fn drifts(html: &mut String, report: &Report) {
    if report.drifts.is_empty() {
        html.push_str("<h2>Drifts</h2><section class=\"calm\">No signal drifts beyond chance: there is nothing to forecast.</section>");
        return;
    }
    let unit = if report.clock.timed { "h" } else { "rows" };
    put(
        html,
        format_args!(
            "<h2>Drifts</h2><p class=\"dim\">What goes on between changes of level; a step is no drift. Forecasts hold with \
             90 % probability if the drift goes on as it was.</p>"
        ),
    );
    let head = ["Signal", "\tChange so far", "\tp", "\tForecast", "Leaves the healthy band"];
    let row = |d: &super::Drift| {
        let [low, middle, high] = d.forecast.map(number);
        let leaves = match d.leaves_band {
            None => "outside now, or not in sight".to_owned(),
            Some((soon, None)) => format!("in {} {unit} at the soonest, perhaps never", number(soon)),
            Some((soon, Some(late))) => format!("in {} to {} {unit}", number(soon), number(late)),
        };
        vec![
            d.signal.clone(),
            format!("\t{}", number(d.change)),
            format!("\t{}", small(d.p_value)),
            format!("\t{middle} ({low} to {high}) in {} {unit}", number(d.ahead)),
            leaves,
        ]
    };
    table(html, &head, report.drifts.iter().map(row));
}

fn relations(html: &mut String, report: &Report) {
    if report.relations.is_empty() {
        return;
    }
    let rows = if report.related == report.healthy { "the healthy part".into() } else { between(&report.related) };
    put(
        html,
        format_args!(
            "<h2>What goes together</h2><p class=\"dim\">Rank correlation in {rows}, beyond chance; not cause and effect.</p>"
        ),
    );
    let row = |r: &super::SignalRelation| {
        let lag = match (r.lag_rows, r.lag_s) {
            (0, _) => "at once".to_owned(),
            (rows, None) => format!("{rows} rows later"),
            (_, Some(s)) => format!("{} later", duration(s)),
        };
        vec![
            r.first.clone(),
            r.second.clone(),
            format!("\t{:+.2}", r.correlation),
            format!("\t{}", small(r.p_value)),
            lag,
        ]
    };
    table(html, &["Signal", "With", "\tCorrelation", "\tp", "Follows"], report.relations.iter().map(row));
}

fn signals(html: &mut String, report: &Report) {
    html.push_str("<h2>Signals</h2>");
    for signal in report.signals.iter().filter(|s| !s.series.rows.is_empty()) {
        put(html, format_args!("<section><h3>{}</h3><p class=\"dim\">{}</p>", title(signal), escape(&facts(signal))));
        figure(html, report, &signal.series, Some(&signal.name), None);
        html.push_str("</section>");
    }
    let rest: Vec<&SignalReport> = report.signals.iter().filter(|s| s.series.rows.is_empty()).collect();
    if !rest.is_empty() {
        let row = |s: &&SignalReport| vec![s.name.clone(), kind(s.kind).to_owned(), facts(s)];
        table(html, &["Column", "Is", ""], rest.iter().map(row));
    }
}

fn title(signal: &SignalReport) -> String {
    let unit = if signal.unit.is_empty() { String::new() } else { format!(" [{}]", signal.unit) };
    escape(&format!("{}{unit}", signal.name))
}

fn facts(signal: &SignalReport) -> String {
    let mut facts: Vec<String> = Vec::new();
    if signal.kind != Kind::Gauge {
        facts.push(kind(signal.kind).to_owned());
    }
    if let Some([low, middle, high]) = signal.range {
        facts.push(format!("{} to {}, median {}", number(low), number(high), number(middle)));
    }
    if !signal.states.is_empty() {
        facts.push(signal.states.join(", "));
    }
    if signal.missing > 0.0 {
        facts.push(missing(signal.missing));
    }
    facts.join(" · ")
}

/// What is there or missing for but a few rows is not rounded to none.
fn missing(share: f64) -> String {
    match share {
        few if few < 0.0005 => "less than 0.1 % missing".into(),
        most if (0.9995..1.0).contains(&most) => "more than 99.9 % missing".into(),
        share => format!("{:.1} % missing", share * 100.0),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Gauge => "measured",
        Kind::State => "states",
        Kind::Counter => "only rises: shown, not judged",
        Kind::Constant => "always the same",
        Kind::Text => "texts",
        Kind::Truth => "says what was wrong: no signal",
        Kind::Empty => "empty",
    }
}

fn record(html: &mut String, report: &Report) {
    html.push_str("<h2>The record</h2><section><ul>");
    let clock = &report.clock;
    let mut facts = report.notes.clone();
    if !clock.timed && !facts.iter().any(|f| f.starts_with("Rows stand for time")) {
        facts.push("There is no column of times: rows stand for time.".into());
    }
    for gap in &clock.gaps {
        facts.push(format!("Nothing for {}: {}.", duration(gap.seconds), between(&gap.stretch)));
    }
    for (n, what) in [(clock.unreadable, "without a readable time"), (clock.backwards, "before the row above")] {
        if n > 0 {
            facts.push(format!("{n} rows {what}."));
        }
    }
    for fact in &facts {
        put(html, format_args!("<li>{}</li>", escape(fact)));
    }
    html.push_str("<li>Learned on the healthy part, judged everywhere else; one false alarm is expected in a whole table.</li></ul></section>");
}

fn between(stretch: &Stretch) -> String {
    format!("{} to {}", moment(&stretch.from), moment(&stretch.to))
}

pub(super) fn moment(moment: &Moment) -> String {
    match &moment.time {
        Some(time) => format!("{} (row {})", time.replace('T', " ").replace('Z', ""), moment.row),
        None => format!("row {}", moment.row),
    }
}

pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if s >= 172_800.0 => format!("{} days", number(s / 86_400.0)),
        s if s >= 7200.0 => format!("{} h", number(s / 3600.0)),
        s if s >= 120.0 => format!("{} min", number(s / 60.0)),
        s if s >= 1.0 => format!("{} s", number(s)),
        s => format!("{} ms", number(s * 1000.0)),
    }
}

/// Four figures.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0–9")]
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 1e7 || (size > 0.0 && size < 1e-4) {
        return format!("{value:.3e}");
    }
    let decimals = (3.0 - size.max(1e-9).log10().floor()).clamp(0.0, 9.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

pub(super) fn small(p: f64) -> String {
    if p < 1e-12 {
        "< 1e-12".into()
    } else if p < 0.001 {
        format!("{p:.0e}")
    } else {
        format!("{p:.3}")
    }
}

/// `p = 0.012`, or `p < 1e-12`.
pub(super) fn chance(p: f64) -> String {
    let text = small(p);
    escape(&if text.starts_with('<') { format!("p {text}") } else { format!("p = {text}") })
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        for (value, want) in
            [(0.0, "0"), (1234.5678, "1235"), (-0.012_34, "-0.01234"), (20.0, "20"), (2.5e9, "2.500e9"), (100.0, "100")]
        {
            assert_eq!(number(value), want);
        }
        assert_eq!(duration(0.02), "20 ms");
        let told = [0.0001, 0.0123, 0.99975, 1.0].map(missing);
        assert_eq!(told, ["less than 0.1 % missing", "1.2 % missing", "more than 99.9 % missing", "100.0 % missing"]);
        assert_eq!([chance(0.0), chance(0.0123)], ["p &lt; 1e-12", "p = 0.012"]);
        assert_eq!(duration(900.0), "15 min");
    }

    #[test]
    fn names_from_a_file_cannot_break_the_page() {
        assert_eq!(escape("<script>\"&"), "&lt;script&gt;&quot;&amp;");
    }
}
