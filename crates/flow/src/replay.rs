//! The same operators over the stored past.

use gemba_plant::port::Past;
use gemba_plant::{Payload, SignalId, TimeRange, Timestamp, Waveform};

use crate::lane::end_of;
use crate::{Error, Pipeline, Produced};

/// How much was replayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Samples.
    pub rows: u64,
    /// Waveforms.
    pub waveforms: u64,
}

/// Sends what is stored for `signals` in `range` through a pipeline, in order of time, to the end; `take` gets what
/// the operators hand on. Reads in bounded batches, so any range will do.
///
/// # Errors
/// When the store cannot be read; what was handed on before then stands.
pub fn replay(
    past: &dyn Past,
    signals: &[SignalId],
    range: TimeRange,
    pipeline: &mut Pipeline,
    take: &mut dyn FnMut(Vec<Produced>),
) -> Result<Replayed, Error> {
    let done = read_on(past, signals, range, pipeline, take)?;
    take(pipeline.finish());
    Ok(done)
}

/// As [`replay`], for a pipeline that goes on: rows that are not complete yet stay held back, as they do live.
///
/// # Errors
/// As [`replay`].
pub fn read_on(
    past: &dyn Past,
    signals: &[SignalId],
    range: TimeRange,
    pipeline: &mut Pipeline,
    take: &mut dyn FnMut(Vec<Produced>),
) -> Result<Replayed, Error> {
    in_order(past, signals, range, &mut |together| {
        take(pipeline.push_all(together, Timestamp::MIN));
        Ok(())
    })
}

/// Hands `give` what is stored for `signals` in `range`, in order of time: samples in bounded batches, each with the
/// waveforms that end within it, to be offered together.
///
/// # Errors
/// When the store cannot be read, and what `give` says.
pub fn in_order(
    past: &dyn Past,
    signals: &[SignalId],
    range: TimeRange,
    give: &mut dyn FnMut(Vec<Payload>) -> Result<(), Error>,
) -> Result<Replayed, Error> {
    let fail = |cause| Error::ReadPast { cause };
    let mut done = Replayed::default();
    let mut waves = past.waveforms(signals, range).map_err(fail)?.peekable();
    for batch in past.samples(signals, range).map_err(fail)? {
        let batch = batch.map_err(fail)?;
        let Some(span) = batch.time_range() else { continue };
        let mut together = Vec::new();
        while waves.peek().is_some_and(|wave| wave.as_ref().map_or(true, |w| end_of(w) < span.to)) {
            together.extend(waves.next().transpose().map_err(fail)?.map(Payload::Waveform));
        }
        done.waveforms += together.len() as u64;
        done.rows += batch.len() as u64;
        together.push(Payload::Samples(batch));
        give(together)?;
    }
    for wave in waves {
        let wave: Waveform = wave.map_err(fail)?;
        done.waveforms += 1;
        give(vec![Payload::Waveform(wave)])?;
    }
    Ok(done)
}
