//! Brings the files of a folder together as the specification means them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};

use super::spec::{Spec, Split};
use crate::files;
use crate::report::say;
use crate::supervised::sheet::{Sheet, number};
use crate::supervised::{TRAIN_ONLY, stretches};

/// All rows of all files.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) names: Vec<String>,
    /// A column a signal; NaN is missing.
    pub(super) columns: Vec<Vec<f64>>,
    /// Columns that tell the regime.
    pub(super) settings: Vec<Vec<f64>>,
    pub(super) labels: Vec<String>,
    /// Which unit each row belongs to: 0, 1 …
    pub(super) units: Vec<usize>,
    /// Which fold judges it; [`TRAIN_ONLY`] when none.
    pub(super) folds: Vec<usize>,
    pub(super) files: usize,
    pub(super) skipped: usize,
}

/// A row's place in time: by number where it is one, else by text.
#[derive(PartialEq, PartialOrd)]
struct Moment<'a>(f64, &'a str);

impl Rows {
    /// Reads what the specification means of a folder.
    pub(super) fn read(data: &Path, spec: &Spec) -> anyhow::Result<Self> {
        let mut rows = Self::default();
        let (mut times, mut known): (Vec<String>, BTreeMap<String, usize>) = (Vec::new(), BTreeMap::new());
        let mut first = None;
        for path in files::nearest(data, "table", |name| spec.means(name))? {
            let sheet = Sheet::read(&path);
            let file = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            match sheet.and_then(|s| rows.add(&s, spec, (&file, &mut known)).map(|()| s)) {
                Ok(sheet) => {
                    rows.files += 1;
                    let none = vec![String::new(); sheet.rows()];
                    times.extend(spec.time.as_ref().and_then(|t| sheet.text(t)).map_or(none, <[String]>::to_vec));
                }
                Err(error) => {
                    say(format!("{} is skipped: {error:#}", path.display()));
                    rows.skipped += 1;
                    first.get_or_insert(error.context(format!("using {}", path.display())));
                }
            }
        }
        if let Some(error) = first.filter(|_| rows.files == 0) {
            return Err(error);
        }
        ensure!(rows.files > 0, "no file \"{}\" was found below {}", spec.files, data.display());
        if spec.time.is_some() {
            rows.sort(&times, matches!(spec.split, Split::Time { .. }));
        }
        rows.folds = rows.split(spec.split);
        Ok(rows)
    }

    fn add(
        &mut self,
        sheet: &Sheet,
        spec: &Spec,
        (file, known): (&str, &mut BTreeMap<String, usize>),
    ) -> anyhow::Result<()> {
        let mut names = self.names.clone();
        if names.is_empty() {
            names = signals(sheet, spec);
            ensure!(!names.is_empty(), "no column of numbers is left to tell anything from");
        }
        let column = |name: &String| sheet.numbers(name).with_context(|| format!("there is no column \"{name}\""));
        let columns = names.iter().map(column).collect::<anyhow::Result<Vec<_>>>()?;
        let settings = spec.settings.iter().map(column).collect::<anyhow::Result<Vec<_>>>()?;
        let text = |name: &Option<String>| match name {
            Some(name) => sheet.text(name).map(Some).with_context(|| format!("there is no column \"{name}\"")),
            None => Ok(None),
        };
        let (labels, units) = (text(&spec.label)?, text(&spec.unit)?);
        text(&spec.time)?;
        if self.names.is_empty() {
            self.columns = vec![Vec::new(); names.len()];
            self.settings = vec![Vec::new(); spec.settings.len()];
            self.names = names;
        }
        self.columns.iter_mut().zip(columns).for_each(|(all, own)| all.extend(own));
        self.settings.iter_mut().zip(settings).for_each(|(all, own)| all.extend(own));
        self.labels.extend(labels.map_or_else(|| vec![String::new(); sheet.rows()], <[String]>::to_vec));
        for row in 0..sheet.rows() {
            let name = units.and_then(|u| u.get(row)).map_or(file, String::as_str);
            let next = known.len();
            self.units.push(*known.entry(name.to_owned()).or_insert(next));
        }
        Ok(())
    }

    /// Sorts by time: within units, or all of them together.
    fn sort(&mut self, times: &[String], together: bool) {
        let mut order: Vec<usize> = (0..self.units.len()).collect();
        let moment = |i: &usize| {
            let text = times.get(*i).map(String::as_str).unwrap_or_default();
            let value = number(text);
            Moment(if value.is_nan() { 0.0 } else { value }, if value.is_nan() { text } else { "" })
        };
        let unit = |i: &usize| if together { 0 } else { self.units.get(*i).copied().unwrap_or_default() };
        let by_time = |a: &usize, b: &usize| moment(a).partial_cmp(&moment(b)).unwrap_or(std::cmp::Ordering::Equal);
        order.sort_by(|a, b| unit(a).cmp(&unit(b)).then(by_time(a, b)));
        let pick = |column: &Vec<f64>| order.iter().filter_map(|i| column.get(*i).copied()).collect::<Vec<f64>>();
        self.columns = self.columns.iter().map(pick).collect();
        self.settings = self.settings.iter().map(pick).collect();
        self.labels = order.iter().filter_map(|i| self.labels.get(*i).cloned()).collect();
        self.units = order.iter().filter_map(|i| self.units.get(*i).copied()).collect();
    }

    fn split(&self, split: Split) -> Vec<usize> {
        let n = self.units.len();
        let units = self.units.iter().max().map_or(0, |last| last + 1);
        let head = |rank: usize, of: usize, train: f64| if (rank as f64) < train * of as f64 { TRAIN_ONLY } else { 0 };
        match split {
            Split::Time { train } => (0..n).map(|i| head(i, n, train)).collect(),
            Split::Blocks { folds } => stretches(n, folds),
            Split::Groups { folds } => self.units.iter().map(|u| u % folds.min(units)).collect(),
            Split::Rows { train } => {
                let count = |unit: &usize| self.units.iter().filter(|u| *u == unit).count();
                let counts: Vec<usize> = (0..units).map(|u| count(&u)).collect();
                let mut seen = vec![0; units];
                let fold = |unit: &usize| {
                    let (Some(rank), Some(of)) = (seen.get_mut(*unit), counts.get(*unit)) else { return 0 };
                    *rank += 1;
                    head(*rank - 1, *of, train)
                };
                self.units.iter().map(fold).collect()
            }
        }
    }

    /// The signals at these places, column by column.
    pub(super) fn picked(&self, places: &[usize]) -> Vec<Vec<f64>> {
        self.columns.iter().map(|c| places.iter().filter_map(|i| c.get(*i).copied()).collect()).collect()
    }

    /// The row of signals at a place.
    pub(super) fn row(&self, place: usize) -> impl Iterator<Item = f64> {
        self.columns.iter().map(move |c| c.get(place).copied().unwrap_or(f64::NAN))
    }
}

/// The columns to tell from: as named, or every column with more numbers than anything else.
fn signals(sheet: &Sheet, spec: &Spec) -> Vec<String> {
    if !spec.signals.is_empty() {
        return spec.signals.clone();
    }
    let named =
        [&spec.label, &spec.unit, &spec.time].into_iter().flatten().chain(&spec.leave_out).chain(&spec.settings);
    let named: Vec<&String> = named.collect();
    let of_numbers = |name: &&String| {
        let numbers = sheet.numbers(name).unwrap_or_default();
        2 * numbers.iter().filter(|v| v.is_finite()).count() > numbers.len()
    };
    let free = |name: &&String| !named.iter().any(|n| n.eq_ignore_ascii_case(name));
    sheet.names.iter().filter(free).filter(of_numbers).cloned().collect()
}
