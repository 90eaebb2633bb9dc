//! Lines to columns.

use gemba_plant::port::Directory;
use gemba_plant::{Batch, Quality, SignalKind};

use super::Precision;
use super::known::{Field, Fresh, Known, Series, unsound};
use super::scan::{self, Value, name_end, plain};

/// Rows after which a piece ends: one group commit's worth; the rest of a body makes more pieces.
const ROWS_MAX: usize = 16_384;
/// Bytes of a field's name or text that are told in a fault.
const TOLD_MAX: usize = 60;

/// A line that was not stored as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFault {
    /// The line of the body, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// What lines are read with.
pub(super) struct Reader<'a> {
    pub(super) directory: &'a dyn Directory,
    pub(super) precision: Precision,
    /// Now, µs since the epoch: the time of lines without one.
    pub(super) now: i64,
}

/// Rows and faults of some lines.
#[derive(Debug, Default)]
pub(super) struct Piece<'a> {
    signals: Vec<u32>,
    times: Vec<i64>,
    values: Vec<f64>,
    /// Lines begun so far, in the whole body.
    pub(super) line: usize,
    pub(super) faults: Vec<LineFault>,
    /// Lines with a field that is not known yet, to be read again once it is.
    pub(super) again: Vec<(usize, &'a [u8])>,
    pub(super) fresh: Vec<Fresh<'a>>,
    /// Unknown fields of the line at work.
    met: Vec<Fresh<'a>>,
}

impl Piece<'_> {
    /// An empty piece behind so many lines, with room for usual rows.
    pub(super) fn behind(line: usize, bytes: usize) -> Self {
        let rows = (bytes / 12).min(ROWS_MAX);
        let (signals, values) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        Self { signals, times: Vec::with_capacity(rows), values, line, ..Self::default() }
    }

    /// The rows; empty afterwards.
    pub(super) fn batch(&mut self, now: i64) -> Batch {
        let rows = self.values.len();
        let ids = (std::mem::take(&mut self.signals), std::mem::take(&mut self.times), vec![now; rows]);
        let facts = (std::mem::take(&mut self.values), vec![Quality::Good.code(); rows], vec![0; rows]);
        // the columns are filled together, line by line
        Batch::from_columns(ids, facts).unwrap_or_else(|_unequal| Batch::from_rows(&[]))
    }

    /// Takes back what the line at work has added.
    fn cut(&mut self, (rows, faults): (usize, usize)) {
        self.signals.truncate(rows);
        self.values.truncate(rows);
        self.times.truncate(rows);
        self.faults.truncate(faults);
    }

    fn fault(&mut self, line: usize, why: String) {
        self.faults.push(LineFault { line, why });
    }
}

impl Reader<'_> {
    /// Reads lines until enough rows are there; gives the rest.
    pub(super) fn lines<'a>(&self, known: &Known, body: &'a [u8], piece: &mut Piece<'a>) -> &'a [u8] {
        let mut rest = body;
        while !rest.is_empty() && piece.values.len() < ROWS_MAX {
            piece.line += 1;
            self.one(known, &mut rest, piece);
        }
        rest
    }

    /// Reads the lines again that had unknown fields; what is still unknown is told.
    pub(super) fn again(&self, known: &Known, piece: &mut Piece<'_>) {
        let after = piece.line;
        for (number, line) in std::mem::take(&mut piece.again) {
            piece.line = number;
            let mut rest = line;
            self.one(known, &mut rest, piece);
        }
        for (number, _) in std::mem::take(&mut piece.again) {
            piece.fault(number, "came while everything was forgotten; send it again".into());
        }
        piece.line = after;
    }

    fn one<'a>(&self, known: &Known, rest: &mut &'a [u8], piece: &mut Piece<'a>) {
        let (start, number) = (*rest, piece.line);
        let before = (piece.values.len(), piece.faults.len());
        match self.line(known, rest, piece) {
            Ok(()) if piece.met.is_empty() => {}
            Ok(()) => {
                piece.cut(before);
                piece.fresh.append(&mut piece.met);
                piece.again.push((number, start.get(..start.len() - rest.len()).unwrap_or(start)));
            }
            Err(why) => {
                piece.cut(before);
                piece.met.clear();
                piece.fault(number, why);
                let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
                *rest = rest.get(end..).unwrap_or(&[]);
            }
        }
    }

    /// `series field=value,… time`. On an error `rest` stands somewhere in the line.
    fn line<'a>(&self, known: &Known, rest: &mut &'a [u8], piece: &mut Piece<'a>) -> Result<(), String> {
        *rest = unspaced(rest);
        if let [] | [b'\n' | b'#', ..] = rest {
            let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
            *rest = rest.get(end..).unwrap_or(&[]);
            return Ok(());
        }
        let (text, behind) = split(rest, name_end(rest, |byte| byte == b' '));
        *rest = behind;
        if text.first() == Some(&b',') {
            return Err("has no measurement".into());
        }
        let series = known.series(text);
        if let (None, Some(why)) = (series, unsound(text)) {
            return Err(why);
        }
        *rest = unspaced(rest);
        self.fields((text, series), rest, piece)?;
        let time = self.time(rest)?;
        piece.times.resize(piece.values.len(), time);
        Ok(())
    }

    /// `field=value,…`
    fn fields<'a>(
        &self,
        (text, series): (&'a [u8], Option<&Series>),
        rest: &mut &'a [u8],
        piece: &mut Piece<'a>,
    ) -> Result<(), String> {
        let mut place = 0;
        loop {
            let named = *rest;
            let field = series.and_then(|series| series.field(&mut place, named));
            let at_value = match field {
                Some((_, behind)) => behind,
                None => value_of(named)?,
            };
            let Some((value, behind)) = scan::value(at_value) else {
                return Err(format!("field {}: \"{}\" is no value", told(named), told(at_value)));
            };
            *rest = behind;
            if let Some((field, _)) = field {
                self.row(field, value, named, piece)?;
            } else {
                let key = split(named, named.len() - at_value.len()).0;
                piece.met.push((text, key, kind_of(value)));
            }
            if let Value::Text(inner) = value {
                piece.line += inner.split(|byte| *byte == b'\n').count() - 1;
            }
            match rest {
                [b',', more @ ..] => *rest = more,
                _ => return Ok(()),
            }
        }
    }

    #[inline]
    fn row(&self, field: &Field, value: Value<'_>, named: &[u8], piece: &mut Piece<'_>) -> Result<(), String> {
        let Some(signal) = field.signal else {
            let why = format!("field {}: no signal takes it; bind one, or let the connection register", told(named));
            piece.faults.push(LineFault { line: piece.line, why });
            return Ok(());
        };
        let number = match value {
            Value::Number(number) => number,
            Value::Flag(flag) => f64::from(u8::from(flag)),
            Value::Text(text) => self.directory.state_code(signal, &plain(text)).ok_or_else(|| {
                format!("field {}: the text \"{}\" for a signal that takes numbers", told(named), told(text))
            })?,
        };
        piece.signals.push(signal.get());
        piece.values.push(number);
        Ok(())
    }

    /// The time behind the fields, or now; the line's end is taken too.
    #[inline]
    fn time(&self, rest: &mut &[u8]) -> Result<i64, String> {
        let given = unspaced(rest);
        let (time, behind) = match given {
            [] | [b'\n', ..] => (self.now, given),
            _ => {
                let (time, behind) = scan::integer(given).ok_or_else(|| format!("\"{}\" is no time", told(given)))?;
                let micros = self.precision.micros(time);
                (micros.ok_or_else(|| format!("the time {time} is beyond what can be counted"))?, behind)
            }
        };
        match unspaced(behind) {
            [] => *rest = &[],
            [b'\n', more @ ..] => *rest = more,
            more => return Err(format!("\"{}\" stands behind the time", told(more))),
        }
        Ok(time)
    }
}

fn split(bytes: &[u8], at: usize) -> (&[u8], &[u8]) {
    bytes.split_at_checked(at).unwrap_or((bytes, &[]))
}

/// What stands behind the name of an unknown field and its `=`.
fn value_of(named: &[u8]) -> Result<&[u8], String> {
    match split(named, name_end(named, |byte| matches!(byte, b'=' | b' ' | b','))) {
        ([], _) => Err("has no field".into()),
        (_, [b'=', value @ ..]) => Ok(value),
        _ => Err(format!("field {} has no value", told(named))),
    }
}

fn kind_of(value: Value<'_>) -> SignalKind {
    match value {
        Value::Number(_) => SignalKind::Gauge,
        Value::Flag(_) | Value::Text(_) => SignalKind::State,
    }
}

/// The beginning of some bytes, for people.
fn told(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| matches!(byte, b'=' | b'\n' | b' ')).unwrap_or(bytes.len()).min(TOLD_MAX);
    String::from_utf8_lossy(bytes.get(..end).unwrap_or(bytes)).into_owned()
}

/// Without the white space in front; a line's end is none.
#[inline]
fn unspaced(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [b' ' | b'\t' | b'\r', behind @ ..] = rest {
        rest = behind;
    }
    rest
}
