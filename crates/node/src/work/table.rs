//! The production plan as a table: a row a window.

use std::collections::BTreeMap;

use gemba_act::work::Window;
use gemba_connect::file::datetime;
use gemba_plant::{Catalogue, TimeRange, Timestamp};
use jiff::tz::TimeZone;

use super::calendar::{Named, RefusedRow, WindowTerms, place};

/// Rows that are read at most: ten windows a day for three years.
const ROWS_MAX: usize = 10_000;

/// What is wrong, and the cure.
type Wrong = (String, String);

fn wrong(what: impl Into<String>, cure: impl Into<String>) -> Wrong {
    (what.into(), cure.into())
}

/// Where each column stands.
struct Columns {
    from: usize,
    to: usize,
    name: Option<usize>,
    scope: Option<usize>,
    loss: Option<usize>,
    crew: Option<usize>,
    id: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, Wrong> {
        let place = |names: &[&str]| {
            let same = |title: &str| names.iter().any(|name| title.trim().eq_ignore_ascii_case(name));
            header.iter().position(same)
        };
        let cure = "name the columns from, to, name and, as far as known, scope, loss_per_hour, crew, id";
        let needed = |names: &[&str], what: &str| {
            place(names).ok_or_else(|| wrong(format!("the table has no column {what}"), cure))
        };
        Ok(Self {
            from: needed(&["from", "start", "begin", "dtstart"], "from")?,
            to: needed(&["to", "until", "end", "dtend"], "to")?,
            name: place(&["name", "title", "summary", "subject"]),
            scope: place(&["scope", "asset", "location"]),
            loss: place(&["loss_per_hour", "loss"]),
            crew: place(&["crew", "crew_hours"]),
            id: place(&["id", "uid", "key"]),
        })
    }
}

/// The windows of a table, and the rows that could not be taken. Times without a zone are in `zone`.
pub(super) fn rows(
    text: &str,
    terms: &WindowTerms,
    catalogue: &Catalogue,
    zone: &TimeZone,
) -> (Vec<Named>, Vec<RefusedRow>) {
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().next().unwrap_or_default();
    let delimiter = if header.matches(';').count() > header.matches(',').count() { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let refuse =
        |line: u64, (what, cure): Wrong| RefusedRow { line: usize::try_from(line).unwrap_or(usize::MAX), what, cure };
    let unread =
        |error: csv::Error| wrong(format!("the row cannot be read: {error}"), "save the table as CSV in UTF-8");
    let columns = match reader.headers().map_err(unread).and_then(Columns::of) {
        Ok(columns) => columns,
        Err(why) => return (Vec::new(), vec![refuse(1, why)]),
    };
    let (mut named, mut refused) = (Vec::new(), Vec::new());
    for row in reader.records() {
        let line = row.as_ref().map_or_else(
            |error| error.position().map_or(0, csv::Position::line),
            |row| row.position().map_or(0, csv::Position::line),
        );
        if named.len() + refused.len() >= ROWS_MAX {
            let why = wrong(format!("there are more than {ROWS_MAX} rows"), "take a shorter time over");
            refused.push(refuse(line, why));
            break;
        }
        match row.map_err(unread).and_then(|row| one(&row, &columns, terms, catalogue, zone)) {
            Ok(window) => named.push(window),
            Err(why) => refused.push(refuse(line, why)),
        }
    }
    (named, refused)
}

fn one(
    row: &csv::StringRecord,
    columns: &Columns,
    terms: &WindowTerms,
    catalogue: &Catalogue,
    zone: &TimeZone,
) -> Result<Named, Wrong> {
    let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or_default();
    let moment = |at: usize, what: &str| moment(cell(Some(at)), what, zone);
    let range = TimeRange::new(moment(columns.from, "from")?, moment(columns.to, "to")?);
    if range.to <= range.from {
        return Err(wrong("the window ends before it begins", "exchange from and to"));
    }
    let name = if cell(columns.name).is_empty() { "Window" } else { cell(columns.name) };
    let scope = match cell(columns.scope) {
        "" => terms.scope.clone(),
        text => Some(place(text, catalogue).ok_or_else(|| {
            let what = format!("there is no place \"{text:.80}\"");
            wrong(what, "write an asset's path, such as acme/north, or leave it empty for all machines")
        })?),
    };
    let loss_per_hour = match cell(columns.loss) {
        "" => terms.loss_per_hour,
        text => amount(text).ok_or_else(|| {
            wrong(format!("loss_per_hour \"{text:.40}\" is no amount"), "write a number of 0 or more")
        })?,
    };
    let crew_hours = match cell(columns.crew) {
        "" => terms.crew_hours.clone(),
        text => crew(text)?,
    };
    let key = match cell(columns.id) {
        "" => format!("{name}@{}@{}", scope.as_ref().map_or("", |s| s.as_str()), range.from.micros()),
        id => id.to_owned(),
    };
    Ok(Named { key, window: Window { name: name.to_owned(), scope, range, loss_per_hour, crew_hours } })
}

fn moment(text: &str, what: &str, zone: &TimeZone) -> Result<Timestamp, Wrong> {
    datetime(text, zone).ok_or_else(|| {
        let cure = "write 2026-12-03 22:00 in the site's time zone, or 2026-12-03T22:00:00+01:00";
        wrong(format!("{what} \"{text:.40}\" is no time"), cure)
    })
}

/// An amount of 0 or more; a comma may stand before its decimals.
fn amount(text: &str) -> Option<f64> {
    text.replace(',', ".").parse().ok().filter(|v: &f64| v.is_finite() && *v >= 0.0)
}

/// `mechanic=16; electrician=8`.
fn crew(text: &str) -> Result<BTreeMap<String, f64>, Wrong> {
    let one = |part: &str| {
        let (skill, hours) = part.split_once(['=', ':'])?;
        Some((skill.trim().to_owned(), amount(hours.trim())?)).filter(|(skill, _)| !skill.is_empty())
    };
    let parts = text.split([';', '|']).map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            one(part).ok_or_else(|| {
                wrong(format!("crew \"{part:.40}\" is no skill with hours"), "write mechanic=16; electrician=8")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_plant::{Asset, AssetId, AssetPath, Level, Nameplate};

    fn plant() -> Catalogue {
        let asset = |id: u32, path: &str, name: &str| Asset {
            id: AssetId::new(id),
            path: AssetPath::new(path).unwrap(),
            level: Level::Area,
            name: name.into(),
            template: None,
            nameplate: Nameplate::default(),
            learning: None,
        };
        Catalogue::new(vec![asset(1, "acme", ""), asset(2, "acme/north", "North Hall")], Vec::new()).unwrap()
    }

    fn read(text: &str) -> (Vec<Named>, Vec<RefusedRow>) {
        let terms = WindowTerms { loss_per_hour: 7.0, ..WindowTerms::default() };
        rows(text, &terms, &plant(), &TimeZone::get("Europe/Berlin").unwrap())
    }

    #[test]
    fn a_table_is_read_with_its_zone_scope_and_crew() {
        let (named, refused) = read(
            "Name,From,To,Scope,Loss_per_hour,Crew,Id\n\
             Night,2026-12-03 22:00,2026-12-04 06:00,north hall,0,mechanic=16; electrician=8.5,n1\n\
             Stop,2026-12-24T00:00:00Z,2026-12-27T00:00:00Z,,,,\n",
        );
        assert_eq!(refused, []);
        let night = &named[0].window;
        assert_eq!((night.range.from, night.loss_per_hour), (Timestamp::from_secs(1_796_331_600), 0.0));
        assert_eq!(night.scope.as_ref().map(AssetPath::as_str), Some("acme/north"));
        assert_eq!(
            (night.crew_hours["mechanic"], night.crew_hours["electrician"], named[0].key.as_str()),
            (16.0, 8.5, "n1")
        );
        assert_eq!((named[1].window.scope.clone(), named[1].window.loss_per_hour), (None, 7.0), "what holds for all");
    }

    #[test]
    fn every_bad_row_is_told_with_its_line_and_cure() {
        let (named, refused) = read(
            "from;to;name;scope;crew;loss\n\
             2026-12-03 22:00;2026-12-04 06:00;fine;;;1,5\n\
             yesterday;2026-12-04 06:00;a;;;\n\
             2026-12-04 06:00;2026-12-03 22:00;b;;;\n\
             2026-12-03 22:00;2026-12-04 06:00;c;acme/nowhere;;\n\
             2026-12-03 22:00;2026-12-04 06:00;d;;mechanic;\n\
             2026-12-03 22:00;2026-12-04 06:00;e;;;free\n",
        );
        assert_eq!((named.len(), named[0].window.loss_per_hour), (1, 1.5));
        assert_eq!(refused.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 4, 5, 6, 7], "{refused:#?}");
        assert!(
            refused.iter().all(|row| !row.cure.is_empty()) && refused[2].what.contains("acme/nowhere"),
            "{refused:#?}"
        );
        let (_, refused) = read("when,what\n1,2\n");
        assert_eq!((refused[0].line, refused[0].what.as_str()), (1, "the table has no column from"));
        assert_eq!(read("").1.len(), 1, "an empty file");
    }
}
