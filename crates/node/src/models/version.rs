//! What watches the plant, named: settings with the operators that read them.

use gemba_solutions::maintenance;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Bytes of a digest that are told: 12 hex digits.
const DIGEST_BYTES: usize = 6;

/// Settings with the operators that read them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    /// Its name: the first 12 hex digits of the SHA-256 of settings and operators.
    pub digest: String,
    /// `[maintenance]` of `gemba.toml`. Whether anything is watched at all is no part of a version: `watch` is true here.
    pub settings: maintenance::Config,
    /// The operators with their numbers.
    pub operators: Vec<String>,
}

impl Version {
    /// These settings with the operators of this program.
    pub fn of(settings: &maintenance::Config) -> Self {
        Self::with(settings, maintenance::models().map(str::to_owned).to_vec())
    }

    /// These settings with operators that may be another program's.
    pub(crate) fn with(settings: &maintenance::Config, operators: Vec<String>) -> Self {
        let settings = maintenance::Config { watch: true, ..settings.clone() };
        let text = serde_json::to_string(&(&settings, &operators)).unwrap_or_default();
        Self { digest: digest(&text), settings, operators }
    }
}

/// The name of what a text describes: the first 12 hex digits of its SHA-256.
pub(crate) fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let number = hash.iter().take(DIGEST_BYTES).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:012x}")
}

/// A setting that differs between two versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingChange {
    /// Where it stands below `[maintenance]`: `normal.learn_s`.
    pub key: String,
    /// Its value in service.
    pub in_service: Value,
    /// Its value in the other version.
    pub asked: Value,
}

/// What differs, in order of the keys.
pub fn changes(in_service: &maintenance::Config, asked: &maintenance::Config) -> Vec<SettingChange> {
    let value =
        |settings: &maintenance::Config| serde_json::to_value(Version::of(settings).settings).unwrap_or_default();
    let mut all = Vec::new();
    differ("", &value(in_service), &value(asked), &mut all);
    all
}

fn differ(at: &str, own: &Value, other: &Value, all: &mut Vec<SettingChange>) {
    match (own, other) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let below = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                differ(&below, a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null), all);
            }
        }
        _ if own == other => {}
        _ => all.push(SettingChange { key: at.to_owned(), in_service: own.clone(), asked: other.clone() }),
    }
}

/// Settings that another version of the program wrote: what this one does not know is left out, what it adds has its default.
/// The second is false when anything had to be left out or could not be read.
pub(crate) fn settings_of(text: &str) -> (maintenance::Config, bool) {
    if let Ok(settings) = serde_json::from_str(text) {
        return (settings, true);
    }
    let mut known = serde_json::to_value(maintenance::Config::default()).unwrap_or_default();
    overlay(&mut known, &serde_json::from_str(text).unwrap_or_default());
    (serde_json::from_value(known).unwrap_or_default(), false)
}

fn overlay(known: &mut Value, with: &Value) {
    match (known, with) {
        (Value::Object(known), Value::Object(with)) => {
            for (key, value) in known.iter_mut() {
                if let Some(other) = with.get(key) {
                    overlay(value, other);
                }
            }
        }
        (known, with) if std::mem::discriminant(known) == std::mem::discriminant(with) => *known = with.clone(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learning(learn_s: u64) -> maintenance::Config {
        let mut settings = maintenance::Config::default();
        settings.normal.learn_s = learn_s;
        settings
    }

    #[test]
    fn a_version_is_named_by_settings_and_operators_and_not_by_whether_it_watches() {
        let version = Version::of(&learning(600));
        assert_eq!((version.digest.len(), &Version::of(&learning(600))), (12, &version));
        assert_ne!(Version::of(&learning(601)).digest, version.digest);
        assert_ne!(Version::with(&learning(600), vec!["normal-behaviour/1".into()]).digest, version.digest);
        assert_eq!(Version::of(&maintenance::Config { watch: false, ..learning(600) }), version);
    }

    #[test]
    fn what_differs_is_told_by_its_place() {
        let told = changes(&learning(600), &learning(7_200));
        let told: Vec<_> = told.iter().map(|c| (c.key.as_str(), c.in_service.as_u64(), c.asked.as_u64())).collect();
        assert_eq!(told, [("normal.learn_s", Some(600), Some(7_200))]);
        assert!(changes(&learning(600), &maintenance::Config { watch: false, ..learning(600) }).is_empty());
    }

    #[test]
    fn settings_of_another_program_are_read_as_far_as_they_are_known() {
        let text = serde_json::to_string(&learning(600)).unwrap();
        assert_eq!(settings_of(&text), (learning(600), true));
        let other = text.replacen('{', "{\"no_such_part\":{\"x\":1},", 1);
        assert_eq!(settings_of(&other), (learning(600), false));
        assert_eq!(settings_of("rubbish"), (maintenance::Config::default(), false));
    }
}
