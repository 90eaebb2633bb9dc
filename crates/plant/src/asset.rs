//! The machines of a plant and where they stand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssetId, Nameplate, Timestamp};

/// An ISA-95 equipment level, or a plant's own word for one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The company.
    Enterprise,
    /// A geographical site.
    Site,
    /// An area of a site.
    Area,
    /// A production line, process cell or production unit.
    Line,
    /// A work cell or unit.
    Cell,
    /// A machine or part of one.
    #[default]
    Asset,
    /// A level with the plant's own name (KKS, functional location …).
    Other(String),
}

/// A place in the namespace: lower-case slugs joined by `/`, from the enterprise down.
///
/// Segments are `[a-z0-9_-]+`; a leading `_` is reserved for data contracts (`_raw`, `_ai`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct AssetPath(String);

/// Why a text is not an [`AssetPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("asset path \"{text}\": {why}; write it like acme/north/water/pump-1 (lower case, digits, _ and -)")]
pub struct PathError {
    text: String,
    why: &'static str,
}

impl AssetPath {
    /// The deepest tree that is accepted: every level of ISA-95 twice over.
    pub const DEPTH_MAX: usize = 16;
    /// The longest path, in bytes: fits any MQTT topic with room for a signal name.
    pub const LEN_MAX: usize = 512;

    /// Checks and wraps a path.
    ///
    /// # Errors
    /// When a segment is empty, reserved or holds a character outside `[a-z0-9_-]`, or when the path
    /// is too long or too deep.
    pub fn new(text: &str) -> Result<Self, PathError> {
        let fail = |why| Err(PathError { text: text.chars().take(80).collect(), why });
        if text.len() > Self::LEN_MAX {
            return fail("longer than 512 bytes");
        }
        if text.split('/').count() > Self::DEPTH_MAX {
            return fail("deeper than 16 levels");
        }
        for segment in text.split('/') {
            if segment.is_empty() {
                return fail("has an empty segment");
            }
            if segment.starts_with('_') {
                return fail("a segment that begins with _ is reserved");
            }
            if !segment.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-') {
                return fail("has a character outside a-z, 0-9, _ and -");
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The nearest legal path to what somebody wrote: `ACME/North Hall/Pump 1` → `acme/north-hall/pump-1`.
    pub fn slug(text: &str) -> Option<Self> {
        let segments: Vec<String> =
            text.split('/').map(slug_segment).filter(|s| !s.is_empty()).take(Self::DEPTH_MAX).collect();
        Self::new(&segments.join("/")).ok()
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The path one level up; none at the root.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(up, _)| Self(up.to_owned()))
    }

    /// Whether `self` is `other` or lies below it.
    pub fn within(&self, other: &Self) -> bool {
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

fn slug_segment(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' => slug.push(c),
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_start_matches(['_', '-']).trim_end_matches('-').to_owned()
}

impl TryFrom<String> for AssetPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        Self::new(&text)
    }
}

impl From<AssetPath> for String {
    fn from(path: AssetPath) -> Self {
        path.0
    }
}

impl std::fmt::Display for AssetPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A node of the asset tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Asset {
    /// Its small integer inside the house.
    pub id: AssetId,
    /// Where it stands.
    pub path: AssetPath,
    /// Its level in the hierarchy.
    pub level: Level,
    /// What people call it; the last path segment when empty.
    pub name: String,
    /// The machine template it follows (`pump`, `motor` …), if any.
    pub template: Option<String>,
    /// Rated values.
    pub nameplate: Nameplate,
    /// What its normal behaviour is learned from, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning: Option<Learning>,
}

/// What is normal for an asset is learned from this time of healthy operation, instead of the first that is seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Learning {
    /// From when on; what was before is forgotten. What is stored since then is learned from at once.
    pub from: Timestamp,
    /// How much healthy operation in each operating state, hours, above 0 and at most 168. Default: as `maintenance.normal.learn_s` has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<f64>,
}

impl Learning {
    /// The most that is learned from, h: a week.
    pub const HOURS_MAX: f64 = 168.0;

    /// Why it cannot be; none where it can.
    pub fn fault(&self) -> Option<&'static str> {
        let fits = |hours: f64| hours > 0.0 && hours <= Self::HOURS_MAX;
        (!self.hours.is_none_or(fits)).then_some("the hours to learn from lie above 0 and at 168 at most, a week")
    }
}

impl Asset {
    /// What people call it.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { self.path.name() } else { &self.name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_checked() {
        assert!(AssetPath::new("acme/north/pump-1").is_ok());
        for bad in ["", "acme//pump", "Acme", "acme/_raw", "acme/pump 1", "a/../b", &"a".repeat(600)] {
            assert!(AssetPath::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn slugs_are_legal_paths() {
        assert_eq!(AssetPath::slug("ACME/North Hall/Pump #1!").unwrap().as_str(), "acme/north-hall/pump-1");
        assert_eq!(AssetPath::slug("///"), None);
    }

    #[test]
    fn a_neighbour_with_a_longer_name_is_not_within() {
        let pump = AssetPath::new("a/pump").unwrap();
        assert!(AssetPath::new("a/pump/motor").unwrap().within(&pump));
        assert!(!AssetPath::new("a/pump-2").unwrap().within(&pump));
    }
}
