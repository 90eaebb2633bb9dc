//! Numbers with a range, in one table: what the fields' documentation says is what is held.

use serde_json::Value;

use super::fault::{Fault, Source};
use super::raw::GembaFile;

/// A field by its path, the least and the most it can be; the ends can be meant.
type Range = (&'static str, f64, f64);

/// Fields whose range says nothing about other fields.
const RANGES: [Range; 29] = [
    ("checkpoint_s", 1.0, 86_400.0),
    ("bad_after_s", 1.0, 86_400.0),
    ("store.maintain_every_ms", 1.0, 3_600_000.0),
    ("maintenance.normal.step_ms", 10.0, 3_600_000.0),
    ("maintenance.normal.hold_ms", 10.0, f64::MAX),
    ("maintenance.normal.learn_s", 10.0, 31_536_000.0),
    ("maintenance.normal.false_alarms_per_month", f64::MIN_POSITIVE, f64::MAX),
    ("maintenance.normal.score_every_ms", 10.0, f64::MAX),
    ("maintenance.day_zero.bearing_warn_c", 40.0, 150.0),
    ("maintenance.day_zero.winding_warn_c", 60.0, 200.0),
    ("maintenance.sensors.learn_values", 100.0, 1_000_000.0),
    ("maintenance.sensors.clear_after", 1.0, 100_000.0),
    ("maintenance.life.point_s", 1.0, 86_400.0),
    ("maintenance.life.horizon_days", 1.0, 3_650.0),
    ("maintenance.life.level", 0.5, 0.99),
    ("flow.lateness_ms", 0.0, 600_000.0),
    ("flow.lag_max_ms", 0.0, 600_000.0),
    ("flow.idle_after_ms", 1_000.0, 3_600_000.0),
    ("flow.ahead_max_ms", 0.0, 86_400_000.0),
    ("flow.quiet_max_ms", 1_000.0, 86_400_000.0),
    ("flow.held_rows_max", 1_000.0, 10_000_000.0),
    ("flow.queue_max", 1.0, 100_000.0),
    ("flow.workers", 0.0, 64.0),
    ("work.hours", f64::MIN_POSITIVE, f64::MAX),
    ("work.people", 1.0, f64::MAX),
    ("work.hour_cost", 0.0, f64::MAX),
    ("work.failure_cost", 0.0, f64::MAX),
    ("work.due_severe_days", f64::MIN_POSITIVE, f64::MAX),
    ("work.due_days", f64::MIN_POSITIVE, f64::MAX),
];

/// Fields of which the first is at least, or above, the second.
const ORDERS: [(&str, &str, bool); 4] = [
    ("maintenance.normal.hold_ms", "maintenance.normal.step_ms", false),
    ("maintenance.normal.score_every_ms", "maintenance.normal.step_ms", false),
    ("maintenance.day_zero.bearing_danger_c", "maintenance.day_zero.bearing_warn_c", true),
    ("maintenance.day_zero.winding_danger_c", "maintenance.day_zero.winding_warn_c", true),
];

/// Every number outside its range.
pub(super) fn faults(source: &Source, file: &GembaFile) -> Vec<Fault> {
    let Ok(all) = serde_json::to_value(file) else { return Vec::new() };
    let number = |path: &str| all.pointer(&format!("/{}", path.replace('.', "/"))).and_then(Value::as_f64);
    let tell = |path: &str, value: f64, cure: String| {
        let place: Vec<&str> = path.split('.').collect();
        source.fault(&place, format!("{path} is {value}"), cure)
    };
    let mut faults = Vec::new();
    for (path, low, high) in RANGES {
        if let Some(value) = number(path).filter(|value| !(low..=high).contains(value)) {
            faults.push(tell(path, value, said(low, high)));
        }
    }
    // a share, the ends of which cannot be meant
    if let Some(risk) = number("work.risk_max").filter(|risk| *risk <= 0.0 || *risk >= 1.0) {
        faults.push(tell("work.risk_max", risk, "write a share between 0 and 1, such as 0.1".into()));
    }
    for (path, than, above) in ORDERS {
        let Some((value, least)) = number(path).zip(number(than)) else { continue };
        if value < least || (above && value <= least) {
            let word = if above { "above" } else { "at least" };
            faults.push(tell(path, value, format!("write {word} {least}, which is {than}")));
        }
    }
    faults
}

fn said(low: f64, high: f64) -> String {
    match (low, high) {
        (f64::MIN_POSITIVE, _) => "write a number above 0".into(),
        (low, f64::MAX) => format!("write at least {low}"),
        (low, high) => format!("write {low} to {high}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::{Schema, schema};
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let mut source = Source::new("gemba.toml", text);
        let (file, read) = source.read::<GembaFile>();
        assert!(read.is_empty(), "{read:?}");
        faults(&source, &file.unwrap()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_number_outside_its_range_is_told_with_line_and_cure() {
        assert_eq!(told(""), Vec::<String>::new(), "the defaults are well");
        let text = "bad_after_s = 0\n[flow]\nworkers = 65\n[maintenance.life]\nlevel = 1.0\n[work]\nrisk_max = 1.0\nhours = 0.0\n\
                    [maintenance.normal]\nstep_ms = 2000\nscore_every_ms = 1000\n[maintenance.day_zero]\nbearing_danger_c = 90.0\n";
        let told = told(text).join("\n");
        for line in [
            "gemba.toml:1: bad_after_s is 0 (write 1 to 86400)",
            "gemba.toml:3: flow.workers is 65 (write 0 to 64)",
            "gemba.toml:5: maintenance.life.level is 1 (write 0.5 to 0.99)",
            "gemba.toml:7: work.risk_max is 1 (write a share",
            "gemba.toml:8: work.hours is 0 (write a number above 0)",
            "gemba.toml:11: maintenance.normal.score_every_ms is 1000 (write at least 2000",
            "gemba.toml:13: maintenance.day_zero.bearing_danger_c is 90 (write above 90",
        ] {
            assert!(told.contains(line), "{line} in\n{told}");
        }
    }

    /// Every field of the table is there; and every number of these sections whose documentation names a range is in it.
    #[test]
    fn the_table_is_whole() {
        let all = serde_json::to_value(GembaFile::default()).unwrap();
        let known = |path: &str| RANGES.iter().any(|(known, ..)| *known == path) || path == "work.risk_max";
        for (path, ..) in RANGES {
            assert!(all.pointer(&format!("/{}", path.replace('.', "/"))).is_some(), "{path} is no field");
        }
        let schema = schema(Schema::Gemba);
        for (name, section) in [
            ("NormalBehaviourConfig", "maintenance.normal"),
            ("DayZeroConfig", "maintenance.day_zero"),
            ("SensorHealthConfig", "maintenance.sensors"),
            ("RemainingLifeConfig", "maintenance.life"),
            ("FlowConfig", "flow"),
            ("WorkTerms", "work"),
        ] {
            for (field, about) in schema["$defs"][name]["properties"].as_object().unwrap() {
                let path = format!("{section}.{field}");
                let ordered = ORDERS.iter().any(|(known, ..)| *known == path);
                let number = about.to_string().contains("\"integer\"") || about.to_string().contains("\"number\"");
                assert!(!number || known(&path) || ordered, "{path} has no range here");
            }
        }
    }
}
