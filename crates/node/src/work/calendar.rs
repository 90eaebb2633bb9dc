//! The production plan as a file becomes maintenance windows: a calendar (iCalendar) or a table (CSV). Shown before it is
//! written, written once however often it comes, and taken back as a whole.

use std::collections::{BTreeMap, BTreeSet};

use gemba_act::work::Window;
use gemba_connect::ical;
use gemba_plant::{AssetPath, Catalogue, TimeRange, Timestamp};
use jiff::tz::TimeZone;

use super::Work;
use super::table::rows;
use crate::Error;
use crate::state::{ImportStep, KeyedWindow, WindowImport};

/// Windows are taken so far ahead: nobody plans repairs further.
const AHEAD_DAYS: i64 = 400;
/// Microseconds in a day.
const DAY_US: i64 = 86_400_000_000;

/// A production plan to be taken over.
#[derive(Clone, Debug, Default)]
pub struct PlanFile {
    /// What people call the plan: its windows are told from those of other plans by it. The file's name, as a rule.
    pub source: String,
    /// What stands in it: a calendar or a table.
    pub text: String,
    /// What holds for windows of which it says nothing else.
    pub terms: WindowTerms,
    /// Whether windows of this plan that it does not name any more are taken away.
    pub replace: bool,
}

/// What holds for windows of which the plan says nothing else.
#[derive(Clone, Debug, Default)]
pub struct WindowTerms {
    /// Machines at or below this place; none for all.
    pub scope: Option<AssetPath>,
    /// Production lost for each hour that a machine stands still.
    pub loss_per_hour: f64,
    /// Hours of work there are, by skill.
    pub crew_hours: BTreeMap<String, f64>,
}

/// A row that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub cure: String,
}

/// What becomes of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowFate {
    /// It is new.
    Added,
    /// It was there and is another now.
    Changed,
    /// It is there already.
    Kept,
    /// The plan does not name it any more.
    Removed,
}

/// What taking a plan over does, or did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    /// The number to take it back by; none when nothing was written.
    pub import: Option<u64>,
    /// Every window that the plan names, and those that it does not name any more.
    pub windows: Vec<(WindowFate, Window)>,
    /// Windows that are over, or lie too far ahead.
    pub outside: usize,
    /// What could not be taken.
    pub refused: Vec<RefusedRow>,
}

/// A window that a file names: its key in the plan, and where it stands.
pub(super) struct Named {
    pub(super) key: String,
    pub(super) window: Window,
}

impl Work {
    /// Takes a production plan over: adds windows that are new, changes those that moved, leaves the others; with
    /// `dry_run` it only tells. What cannot be read is told and costs no other window.
    ///
    /// # Errors
    /// When the plan has no name, no window could be read, or the state cannot be read or written.
    pub fn import_plan(&self, plan: &PlanFile, dry_run: bool, by: &str) -> Result<Taken, Error> {
        let (source, now) = (plan.source.trim(), self.0.clock.now());
        let refuse = |what: &str, cure: &str| Err(Error::Refused { what: what.into(), cure: cure.into() });
        if source.is_empty() {
            return refuse("the production plan has no name", "give its name as source, such as night-shifts");
        }
        let costs = plan.terms.crew_hours.values().chain([&plan.terms.loss_per_hour]);
        if !costs.into_iter().all(|v| v.is_finite() && *v >= 0.0) {
            return refuse("lost production or hours of the crew are below 0", "give numbers of 0 or more");
        }
        let zone = TimeZone::get(&self.0.plan.file.site.time_zone).unwrap_or(TimeZone::UTC);
        let ahead = Timestamp::from_micros(now.micros().saturating_add(AHEAD_DAYS * DAY_US));
        let within = TimeRange::new(now, ahead);
        let catalogue = self.0.registry.catalogue();
        let (named, refused, outside) = if ical::is_calendar(&plan.text) {
            let (found, refused) = ical::read(&plan.text, &zone, within);
            let refused = refused.into_iter().map(|r| RefusedRow { line: r.line, what: r.what, cure: r.cure });
            let named = found.into_iter().map(|one| of_event(one, &plan.terms, &catalogue));
            (named.collect(), refused.collect::<Vec<_>>(), 0)
        } else {
            let (named, refused) = rows(&plan.text, &plan.terms, &catalogue, &zone);
            let before = named.len();
            let named: Vec<Named> = named.into_iter().filter(|one| one.window.range.overlaps(&within)).collect();
            let outside = before - named.len();
            (named, refused, outside)
        };
        let known = self.0.state.windows_of(source, now)?;
        let (windows, steps) = compare(named, &known, plan.replace);
        let import = if dry_run || steps.is_empty() {
            None
        } else {
            let import = WindowImport { at: now, by: by.to_owned(), source: source.to_owned() };
            Some(self.0.state.import_windows(&import, &steps)?)
        };
        Ok(Taken { import, windows, outside, refused })
    }

    /// Takes an import back: what it added goes, what it changed or took away is as it was before.
    ///
    /// # Errors
    /// When there is no such import, it was taken back already, or the state cannot be written.
    pub fn undo_import(&self, import: u64) -> Result<(), Error> {
        self.0.state.undo_import(import)
    }

    /// The last imports of production plans, newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn imports(&self) -> Result<Vec<(u64, WindowImport)>, Error> {
        self.0.state.window_imports()
    }
}

/// An event's window: for the machines that its location names, by path or by name, else for those of the terms.
fn of_event(event: ical::Occurrence, terms: &WindowTerms, catalogue: &Catalogue) -> Named {
    let name = if event.summary.is_empty() { "Window".to_owned() } else { event.summary };
    let window = Window {
        name,
        scope: place(&event.location, catalogue).or_else(|| terms.scope.clone()),
        range: event.range,
        loss_per_hour: terms.loss_per_hour,
        crew_hours: terms.crew_hours.clone(),
    };
    Named { key: event.key, window }
}

/// The place that a text names: a path, or what people call one place and no other.
pub(super) fn place(text: &str, catalogue: &Catalogue) -> Option<AssetPath> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let at = AssetPath::new(text).ok().and_then(|path| catalogue.asset_at(&path));
    let named = || {
        let mut found = catalogue.assets().filter(|asset| asset.title().eq_ignore_ascii_case(text));
        found.next().filter(|_| found.next().is_none())
    };
    at.or_else(named).map(|asset| asset.path.clone())
}

/// What becomes of each window, and the steps that make it so. `known` are those of the same plan that are not over.
fn compare(named: Vec<Named>, known: &[KeyedWindow], replace: bool) -> (Vec<(WindowFate, Window)>, Vec<ImportStep>) {
    let (mut fates, mut steps, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for Named { key, window } in named {
        if !seen.insert(key.clone()) {
            continue;
        }
        let fate = match known.iter().find(|(own, _)| *own == key) {
            None => {
                steps.push(ImportStep::Add { key, window: window.clone() });
                WindowFate::Added
            }
            Some((_, (_, before))) if *before == window => WindowFate::Kept,
            Some((_, (id, before))) => {
                steps.push(ImportStep::Change { id: *id, before: before.clone(), window: window.clone() });
                WindowFate::Changed
            }
        };
        fates.push((fate, window));
    }
    let gone = known.iter().filter(|(key, _)| replace && !seen.contains(key));
    for (key, (id, before)) in gone {
        steps.push(ImportStep::Remove { id: *id, key: key.clone(), before: before.clone() });
        fates.push((WindowFate::Removed, before.clone()));
    }
    (fates, steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(name: &str, from: i64) -> Window {
        let hour = |h: i64| Timestamp::from_secs(h * 3_600);
        let range = TimeRange::new(hour(from), hour(from + 8));
        Window { name: name.into(), scope: None, range, loss_per_hour: 0.0, crew_hours: BTreeMap::new() }
    }

    fn named(key: &str, window: Window) -> Named {
        Named { key: key.into(), window }
    }

    #[test]
    fn the_same_plan_twice_changes_nothing_and_a_moved_window_stays_the_same() {
        let known = [("a".to_owned(), (1, window("a", 10))), ("b".to_owned(), (2, window("b", 20)))];
        let again = vec![named("a", window("a", 10)), named("b", window("b", 21)), named("c", window("c", 30))];
        let (fates, steps) = compare(again, &known, false);
        let words: Vec<WindowFate> = fates.iter().map(|(fate, _)| *fate).collect();
        assert_eq!(words, [WindowFate::Kept, WindowFate::Changed, WindowFate::Added]);
        assert_eq!(steps.len(), 2);
        let (fates, steps) = compare(vec![named("a", window("a", 10)), named("a", window("a", 10))], &known, true);
        assert_eq!(fates.iter().map(|(fate, _)| *fate).collect::<Vec<_>>(), [WindowFate::Kept, WindowFate::Removed]);
        assert_eq!(steps, [ImportStep::Remove { id: 2, key: "b".into(), before: window("b", 20) }]);
        assert_eq!(compare(Vec::new(), &known, false), (Vec::new(), Vec::new()), "what a file leaves out stays");
    }
}
