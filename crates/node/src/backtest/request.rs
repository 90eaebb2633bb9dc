//! What a backtest is asked for.

use gemba_act::LabelKind;
use gemba_plant::{Asset, AssetPath, Catalogue, TimeRange, Timestamp};
use gemba_solutions::maintenance;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Moment};

/// Configurations compared in one backtest.
const VARIANTS_MAX: usize = 4;
/// Patterns of assets.
const PATTERNS_MAX: usize = 100;
/// Faults given with the request; more belong into labels.
const EVENTS_MAX: usize = 10_000;
/// The longest horizon, s: a year.
const HORIZON_MAX_S: u64 = 366 * 86_400;

/// What to run and what to judge it by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BacktestRequest {
    /// What people call it.
    pub name: String,
    /// Asset paths; `*` stands for any part of a segment, as in `acme/*/pump-*`; what lies below is meant too. All when empty.
    pub assets: Vec<String>,
    /// From when; from the first sample when left out.
    pub from: Option<Moment>,
    /// Until when; to the last sample when left out.
    pub to: Option<Moment>,
    /// How long before a known fault a finding may be its warning, s, 0 to 31 622 400. Default 86 400: a day.
    pub horizon_s: u64,
    /// The configurations to compare, at most 4; when empty the one in service and, where another one waits, that beside it.
    pub variants: Vec<Variant>,
    /// Whether what is stored (labels, failures, work orders that were done) is what is known. Default true.
    pub labels: bool,
    /// What else is known, for this backtest only; at most 10 000.
    pub events: Vec<KnownFault>,
}

impl Default for BacktestRequest {
    fn default() -> Self {
        Self {
            name: String::new(),
            assets: Vec::new(),
            from: None,
            to: None,
            horizon_s: 86_400,
            variants: Vec::new(),
            labels: true,
            events: Vec::new(),
        }
    }
}

/// A configuration under test.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Variant {
    /// What people call it.
    pub name: String,
    /// The version to begin from, by its digest: in service, waiting, formerly in service, or of a report that is kept; what is in
    /// service when left out. Its settings run with the operators of this program.
    pub version: Option<String>,
    /// What differs from it, or from the settings in service, those of `[maintenance]` (a JSON merge patch, RFC 7396); nothing when left out.
    pub maintenance: Value,
}

/// Something known to have happened, given with the request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownFault {
    /// The asset's path; what lies below is meant too.
    pub asset: AssetPath,
    /// When it began.
    pub t_start: Moment,
    /// When it was over; when it began when left out.
    #[serde(default)]
    pub t_end: Option<Moment>,
    /// What it was. Default `fault`.
    #[serde(default)]
    pub label: LabelKind,
    /// The failure mode.
    #[serde(default)]
    pub failure_mode: Option<String>,
    /// The part concerned.
    #[serde(default)]
    pub component: Option<String>,
    /// In somebody's words: a work order's number.
    #[serde(default)]
    pub note: String,
}

impl BacktestRequest {
    /// Whether its numbers are within their bounds.
    pub(super) fn check(&self) -> Result<(), Error> {
        let bad = |what: &str, cure: &str| Err(Error::Refused { what: what.to_owned(), cure: cure.to_owned() });
        if self.variants.len() > VARIANTS_MAX {
            return bad("more than 4 configurations are given", "compare fewer at once");
        }
        if self.assets.len() > PATTERNS_MAX {
            return bad("more than 100 asset patterns are given", "use * or the path of what they stand below");
        }
        if self.events.len() > EVENTS_MAX {
            return bad("more than 10 000 events are given", "import them as labels");
        }
        if self.horizon_s > HORIZON_MAX_S {
            return bad("the horizon is longer than a year", "write at most 31622400 s");
        }
        if self.range().to <= self.range().from {
            return bad("the range ends before it begins", "give a `to` after `from`");
        }
        Ok(())
    }

    pub(super) fn range(&self) -> TimeRange {
        let or = |given: Option<Moment>, open: Timestamp| given.map_or(open, |moment| moment.0);
        TimeRange::new(or(self.from, Timestamp::MIN), or(self.to, Timestamp::MAX))
    }

    /// Whether an asset is meant.
    pub(super) fn means(&self, path: &AssetPath) -> bool {
        self.assets.is_empty() || self.assets.iter().any(|pattern| names(pattern, path.as_str()))
    }

    /// Every configuration with its name; when none is given the running one, and beside it the one that waits.
    pub(super) fn configurations(
        &self,
        running: &maintenance::Config,
        candidate: Option<maintenance::Config>,
        version: &dyn Fn(&str) -> Result<maintenance::Config, Error>,
    ) -> Result<Vec<(String, maintenance::Config)>, Error> {
        if self.variants.is_empty() {
            let waiting = candidate.map(|settings| ("candidate".to_owned(), settings));
            return Ok([("running".to_owned(), running.clone())].into_iter().chain(waiting).collect());
        }
        let named = |index: usize, v: &Variant| {
            let letter = char::from(b'A' + u8::try_from(index).unwrap_or_default());
            let own = Some(v.name.clone()).filter(|name| !name.is_empty()).or_else(|| v.version.clone());
            own.unwrap_or_else(|| letter.to_string())
        };
        let one = |(index, v): (usize, &Variant)| {
            let base = v.version.as_deref().map(version).transpose()?;
            Ok((named(index, v), patched(base.as_ref().unwrap_or(running), v)?))
        };
        self.variants.iter().enumerate().map(one).collect()
    }
}

fn patched(running: &maintenance::Config, variant: &Variant) -> Result<maintenance::Config, Error> {
    let mut value = serde_json::to_value(running).unwrap_or_default();
    if !variant.maintenance.is_null() {
        merge(&mut value, &variant.maintenance);
    }
    serde_json::from_value(value).map_err(|e| Error::Refused {
        what: format!("the configuration \"{}\" is none: {e}", variant.name),
        cure: "write what differs from [maintenance], as `gemba schema` describes it".into(),
    })
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Whether a path, or something above it, fits the pattern.
fn names(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    pattern.trim_matches('/').split('/').all(|part| segments.next().is_some_and(|segment| fits(part, segment)))
}

/// `*` stands for any characters of a segment, also none.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(tail) = text.strip_prefix(head) else { return false };
    // the shortest fit goes first; segments are short, so trying every place is cheap
    tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| tail.get(at..).is_some_and(|t| fits(rest, t)))
}

/// Those of the catalogue that a path covers: itself and what lies below.
pub(super) fn covered<'a>(catalogue: &'a Catalogue, path: &'a AssetPath) -> impl Iterator<Item = &'a Asset> {
    catalogue.assets().filter(move |asset| asset.path.within(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_assets_and_what_lies_below() {
        for (pattern, path, expected) in [
            ("acme/north", "acme/north/pump-1", true),
            ("acme/north", "acme/north-2/pump-1", false),
            ("acme/*/pump-*", "acme/north/pump-1", true),
            ("acme/*/pump-*", "acme/north/pump-1/motor", true),
            ("acme/*/pump-*", "acme/north/fan-1", false),
            ("*", "acme", true),
            ("acme/north/pump-1", "acme/north", false),
            ("a*c/b", "abc/b", true),
            ("a*c*", "ac", true),
            ("a**d", "abcd", true),
        ] {
            assert_eq!(names(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_variant_says_only_what_differs() {
        let running = maintenance::Config::default();
        let patch = |body: Value| Variant { name: "x".into(), maintenance: body, ..Variant::default() };
        let request = BacktestRequest {
            variants: vec![Variant::default(), patch(serde_json::json!({ "normal": { "learn_s": 600 } }))],
            ..BacktestRequest::default()
        };
        let former = |digest: &str| match digest {
            "0123456789ab" => Ok(maintenance::Config { watch: false, ..maintenance::Config::default() }),
            other => Err(Error::NotFound { what: "version", name: other.to_owned() }),
        };
        let all = request.configurations(&running, None, &former).unwrap();
        assert_eq!((all[0].0.as_str(), &all[0].1), ("A", &running));
        assert_eq!((all[1].1.normal.learn_s, all[1].1.normal.step_ms), (600, running.normal.step_ms));
        let other = maintenance::Config { watch: false, ..running.clone() };
        let named = |waits| BacktestRequest::default().configurations(&running, waits, &former).unwrap();
        assert_eq!(named(None), [("running".to_owned(), running.clone())]);
        assert_eq!(named(Some(other.clone()))[1], ("candidate".to_owned(), other));
        let bad = BacktestRequest {
            variants: vec![patch(serde_json::json!({ "normal": { "lern_s": 600 } }))],
            ..BacktestRequest::default()
        };
        assert!(bad.configurations(&running, None, &former).unwrap_err().to_string().contains("lern_s"));
        let of = |digest: &str| BacktestRequest {
            variants: vec![Variant {
                version: Some(digest.to_owned()),
                maintenance: serde_json::json!({ "normal": { "learn_s": 60 } }),
                ..Variant::default()
            }],
            ..BacktestRequest::default()
        };
        let told = of("0123456789ab").configurations(&running, None, &former).unwrap();
        assert_eq!((told[0].0.as_str(), told[0].1.watch, told[0].1.normal.learn_s), ("0123456789ab", false, 60));
        assert!(of("ffffffffffff").configurations(&running, None, &former).is_err());
    }
}
