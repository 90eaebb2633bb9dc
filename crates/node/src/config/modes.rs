//! What a site writes of failure modes: its own ranks, what mending takes, modes of its own.

use std::collections::BTreeMap;

use gemba_act::work::Part;
use gemba_plant::{AssetPath, Template};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fault::{Fault, Source};
use super::near::nearest;
use super::plan::file_name;
use super::raw::{EntryFault, PlantFile};

/// What a site says of a failure mode. It goes before what the template says; of several entries that fit a machine the
/// one with the longest `asset` goes first, then one with a `template`. What is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ModeEntry {
    /// Its id: one of a template's, such as `bearing_outer_race`, or one of the site's own.
    pub id: String,
    /// What people call it; needed for one of the site's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// For machines that follow this template only. Default all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// For machines at or below this place only. Default all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetPath>,
    /// How bad it is (1–10): 10 a danger to people, 9 against a rule, 7 and 8 the line stops for long, 1 nothing is felt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<u8>,
    /// How often (1–10): 1 once in five years and less, 3 once a year, 6 once a month, 10 every hour (SAE J1739, machinery).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<u8>,
    /// How surely it is seen before (1–10): 1 always, 10 never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detection: Option<u8>,
    /// How long the machine stands still for the repair, hours. Above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<f64>,
    /// How many people it takes. At least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<u32>,
    /// Whose work it is: `mechanic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    /// What it needs: `[{ number = "6205-2RS", quantity = 2 }]`. An empty list says that it needs nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<Part>>,
    /// Labour and parts, in the site's currency. Default: out of hours, `hour_cost` and the prices of parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// What such a failure costs, lost production included, in the site's currency. Default: `failure_cost` of `[work]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_cost: Option<f64>,
    /// What to do, in order; needed for one of the site's own, else the template says it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prescription: Vec<String>,
}

/// Every failure mode that a template knows.
fn known() -> impl Iterator<Item = &'static str> {
    Template::all().iter().flat_map(|template| template.failure_modes).map(|mode| mode.id)
}

/// Whether a template knows the mode.
pub(crate) fn is_known(id: &str) -> bool {
    known().any(|known| known == id)
}

impl ModeEntry {
    /// What is wrong with it by itself.
    pub(crate) fn faults(&self) -> Vec<EntryFault> {
        let mut faults: Vec<EntryFault> = Vec::new();
        let mut tell = |field, what: String, cure: String| faults.push((field, what, cure));
        if self.id.is_empty() {
            tell("id", "failure mode without an id".into(), "write id = \"bearing_wear\"".into());
        } else if self.name.is_empty() && !is_known(&self.id) {
            let near = nearest(&self.id, known());
            let cure =
                near.map_or_else(|| "give it a name, if it is the site's own".into(), |near| format!("write {near}"));
            tell("id", format!("no template knows the failure mode \"{}\"", self.id), cure);
        }
        if let Some(template) = self.template.as_deref().filter(|name| Template::named(name).is_none()) {
            let near = nearest(template, Template::all().iter().map(|t| t.name));
            let cure =
                near.map_or_else(|| "`gemba schema templates` lists them".into(), |near| format!("write {near}"));
            tell("template", format!("there is no template \"{template}\""), cure);
        }
        let ranks = [("severity", self.severity), ("occurrence", self.occurrence), ("detection", self.detection)];
        for (field, rank) in ranks {
            if let Some(rank) = rank.filter(|rank| !(1..=10).contains(rank)) {
                tell(field, format!("{field} is {rank}"), "write 1 to 10".into());
            }
        }
        let amount = |value: Option<f64>| value.is_none_or(|v| v.is_finite() && v >= 0.0);
        if !amount(self.cost) || !amount(self.failure_cost) {
            let field = if amount(self.cost) { "failure_cost" } else { "cost" };
            tell(field, format!("{field} is below 0"), "write an amount of 0 or more".into());
        }
        if self.hours.is_some_and(|hours| !(hours.is_finite() && hours > 0.0)) || self.people == Some(0) {
            let field = if self.people == Some(0) { "people" } else { "hours" };
            tell(field, format!("{field} is not above 0"), "write a number above 0".into());
        }
        let part = |part: &Part| part.quantity > 0.0 && !(part.number.trim().is_empty() && part.name.trim().is_empty());
        if !self.parts.iter().flatten().all(part) {
            let cure = "write { number = \"6205-2RS\", quantity = 1 }";
            tell("parts", "a part has neither number nor name, or no quantity".into(), cure.into());
        }
        faults
    }
}

/// What is wrong with the failure modes of the plant files.
pub(super) fn check(sources: &[Source], plant: &BTreeMap<String, PlantFile>, faults: &mut Vec<Fault>) {
    for source in sources {
        let Some(entries) = plant.get(&file_name(&source.file)) else { continue };
        for (index, mode) in entries.failure_modes.iter().enumerate() {
            let at = index.to_string();
            let wrong = mode.faults().into_iter();
            faults.extend(wrong.map(|(field, what, cure)| source.fault(&["failure_mode", &at, field], what, cure)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let mut source = Source::new("pumps.toml", text);
        let (file, mut faults) = source.read::<PlantFile>();
        let plant = BTreeMap::from([("pumps.toml".to_owned(), file.unwrap_or_default())]);
        check(&[source], &plant, &mut faults);
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_site_writes_its_own_ranks_and_every_slip_has_its_line() {
        let fine = "[[failure_mode]]\nid = \"cavitation\"\ntemplate = \"pump\"\nseverity = 8\nhours = 3.5\n\
                    parts = [{ number = \"strainer-80\", quantity = 1 }]\n\
                    [[failure_mode]]\nid = \"scale\"\nname = \"Scale in the heater\"\nasset = \"acme/north\"\noccurrence = 6\n";
        assert_eq!(faults(fine), Vec::<String>::new());
        let wrong = "[[failure_mode]]\nid = \"cavitaton\"\n\n[[failure_mode]]\nid = \"cavitation\"\ntemplate = \"pmup\"\n\
                     severity = 11\nhours = 0.0\ncost = -1.0\nparts = [{ quantity = 1 }]\n";
        let found = faults(wrong);
        let places: Vec<&str> = found.iter().filter_map(|f| f.split(": ").next()).collect();
        let lines = [2, 6, 7, 9, 8, 10].map(|line| format!("pumps.toml:{line}"));
        assert_eq!(places, lines, "{found:#?}");
        assert!(found[0].contains("write cavitation") && found[1].contains("write pump"), "{found:#?}");
    }
}
