//! Formulas over signals: a value for each time at which one of them has one, from the values that hold then.
//!
//! `"acme/pump-1/power" / flow`: names of signals, numbers, `+ - * /`, parentheses, `abs`, `sqrt`, `min`, `max`, `avg`.
//! The text is read by the SQL parser, then turned into a list of steps: nothing recurses while values are computed.

mod compile;
mod over;
mod read;
mod steps;
mod unit;

use gemba_plant::{Batch, Catalogue, Gap, SignalId, TimeRange, Unit};
use gemba_store::Store;

use self::over::Over;
use self::steps::Step;
use crate::m4::M4;
use crate::series::{WIDTH_MAX, bounded};
use crate::{Error, Query, Series};

/// What a person wrote, understood.
#[derive(Clone, Debug)]
pub struct Formula {
    /// As it was written.
    pub text: String,
    /// The signals in it, each once, in the order of their first place.
    pub signals: Vec<SignalId>,
    /// The unit of the outcome, where those of the signals say it.
    pub unit: Option<Unit>,
    steps: Vec<Step>,
}

impl Formula {
    /// Hands on its outcomes over a range, in order of time and many at once.
    pub(crate) fn batches(
        &self,
        (store, catalogue): (&Store, &Catalogue),
        range: TimeRange,
        take: impl FnMut(Batch) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let range = bounded(range, &store.snapshot(Some(&self.signals), range)?);
        Over::new(store, catalogue, self, range).batches(take)
    }
}

impl Query {
    /// A formula over time in at most `width` buckets, as [`Query::range`] gives signals. A value stands for each time at
    /// which one of its signals has one, from the newest of each; those from before the range count as far back as the range is
    /// long, an hour at most. Where one of them has a gap there is none. Its quality is the worst of those it is made of;
    /// what cannot be had (a division by zero) has no value and is bad.
    ///
    /// # Errors
    /// When the text is no formula, says what and where; when too much is asked for or the store cannot be read.
    pub async fn formula(&self, text: &str, range: TimeRange, width: usize) -> Result<(Formula, Series), Error> {
        if width > WIDTH_MAX {
            return Err(Error::TooMany { found: width, unit: "columns", limit: WIDTH_MAX });
        }
        let (store, names, text) = (self.store.clone(), self.names(), text.to_owned());
        self.blocking(move || {
            let formula = Formula::read(&text, &names.catalogue)?;
            let series = series(&store, &names.catalogue, &formula, (range, width))?;
            Ok((formula, series))
        })
        .await
    }
}

fn series(
    store: &Store,
    catalogue: &Catalogue,
    formula: &Formula,
    (range, width): (TimeRange, usize),
) -> Result<Series, Error> {
    let range = bounded(range, &store.snapshot(Some(&formula.signals), range)?);
    let mut chart = M4::new(range, width);
    Over::new(store, catalogue, formula, range).each(|sample| {
        chart.add(sample);
        Ok(())
    })?;
    Ok(chart.finish(gaps(store, catalogue, formula, range)))
}

/// The gaps of all signals of a formula that touch a range.
fn gaps(store: &Store, catalogue: &Catalogue, formula: &Formula, range: TimeRange) -> Vec<Gap> {
    let concerns = |gap: &Gap| {
        let binding = |signal: SignalId| catalogue.signal(signal).and_then(|s| s.binding.as_ref());
        formula.signals.iter().any(|signal| gap.concerns(*signal, binding(*signal)))
    };
    store.gaps(range).into_iter().filter(concerns).collect()
}
