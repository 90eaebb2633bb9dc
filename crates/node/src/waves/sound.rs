//! A waveform to be heard: an ear finds a knock or a whistle before an eye does.

use std::io::Cursor;

use gemba_learn::stats;
use gemba_plant::{SignalId, Timestamp, Waveform};
use hound::{SampleFormat, WavSpec, WavWriter};

use super::{Waves, refuse, wave_at};
use crate::Error;

/// The loudest sample, as a share of the loudest there can be.
const LOUDEST: f64 = 0.9;
/// Sampling rates that players take, Hz.
const RATES: std::ops::RangeInclusive<f64> = 3_000.0..=384_000.0;

impl Waves {
    /// The waveform of `signal` that begins at `at` as a WAV file of 16 bits: about its mean, as loud as it may be, at its own
    /// pace.
    ///
    /// # Errors
    /// When there is none, or it is sampled more slowly or faster than players take.
    pub async fn sound(&self, signal: SignalId, at: Timestamp) -> Result<Vec<u8>, Error> {
        self.with(signal, move |core, signal| sound(&wave_at(core, signal, at)?)).await
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate in range, and samples within one")]
fn sound(wave: &Waveform) -> Result<Vec<u8>, Error> {
    if !RATES.contains(&wave.rate_hz) {
        let what = format!("a waveform of {} samples a second cannot be heard", wave.rate_hz);
        return Err(refuse(&what, "listen to one of 3 000 to 384 000 samples a second"));
    }
    let values: Vec<f64> = wave.samples.iter().map(|v| f64::from(*v)).collect();
    let mean = stats::mean(&stats::finite(&values));
    let loudest = values.iter().map(|v| (v - mean).abs()).filter(|v| v.is_finite()).fold(f64::MIN_POSITIVE, f64::max);
    let (channels, sample_rate) = (1, wave.rate_hz.round() as u32);
    let spec = WavSpec { channels, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let failed =
        |e: hound::Error| refuse(&format!("the waveform cannot be written as sound: {e}"), "take a shorter one");
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec).map_err(failed)?;
    for value in values {
        let part = (value - mean) / loudest * LOUDEST;
        let sample = if part.is_finite() { part * f64::from(i16::MAX) } else { 0.0 };
        writer.write_sample(sample.round() as i16).map_err(failed)?;
    }
    writer.finalize().map_err(failed)?;
    Ok(file.into_inner())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn wave(rate_hz: f64, samples: &[f32]) -> Waveform {
        let (start, ingest) = (Timestamp::from_secs(0), Timestamp::from_secs(1));
        Waveform { signal: SignalId::new(1), start, ingest, rate_hz, samples: Arc::from(samples) }
    }

    #[test]
    fn a_waveform_is_heard_about_its_mean_as_loud_as_it_may_be() {
        let bytes = sound(&wave(12_800.0, &[3.0, 5.0, 1.0, f32::NAN])).unwrap();
        let mut read = hound::WavReader::new(bytes.as_slice()).unwrap();
        assert_eq!((read.spec().sample_rate, read.spec().channels), (12_800, 1));
        let samples: Vec<i16> = read.samples().map(Result::unwrap).collect();
        assert_eq!(samples, [0, 29_490, -29_490, 0]);
    }

    #[test]
    fn silence_is_silent_and_a_slow_one_is_refused() {
        let bytes = sound(&wave(8_000.0, &[2.0; 10])).unwrap();
        assert!(hound::WavReader::new(bytes.as_slice()).unwrap().samples::<i16>().all(|s| s.unwrap() == 0));
        assert!(sound(&wave(100.0, &[1.0])).unwrap_err().to_string().contains("100 samples a second"));
    }
}
