// Reads what the spectrum page shows; each part has its own question, so that a change asks only for what it changes.

import * as api from '../api/endpoints';
import { asProblem, type ApiError } from '../api/client';
import type { CepstrumView, DiagnosisView, KurtogramView, SpectrumView, TurnView, WaterfallView, WaveDrawing, WaveView } from '../api/schema';
import type { List } from '../api/types';
import type { Span } from '../time/parse';

const LIST = 200;
const ROWS = 120;
const COLUMNS = 400;

/** One answer: the latest question's, with what went wrong. */
export class Answer<T> {
  data = $state.raw<T | null>(null);
  problem = $state<ApiError | null>(null);
  private turn = 0;

  /** Asks; `null` empties it. What was shown stays until the answer is there. */
  async ask(question: Promise<T> | null): Promise<void> {
    this.turn += 1;
    const mine = this.turn;
    try {
      const data = question ? await question : null;
      if (mine !== this.turn) return;
      this.data = data;
      this.problem = null;
    } catch (error) {
      if (mine !== this.turn) return;
      this.data = null;
      this.problem = asProblem(error);
    }
  }
}

export class WaveFeed {
  list = new Answer<List<WaveView>>();
  wave = new Answer<WaveDrawing>();
  spectrum = new Answer<SpectrumView>();
  reference = new Answer<SpectrumView>();
  cepstrum = new Answer<CepstrumView>();
  turn = new Answer<TurnView>();
  kurtogram = new Answer<KurtogramView>();
  diagnosis = new Answer<DiagnosisView>();
  fall = new Answer<WaterfallView>();

  readList(signal: number, span: Span): void {
    void this.list.ask(api.waveforms(signal, span.from, span.to, LIST));
  }

  readWave(signal: number, at: number, width: number): void {
    void this.wave.ask(api.waveform(signal, at, width));
    void this.kurtogram.ask(api.kurtogram(signal, at));
    void this.diagnosis.ask(api.diagnosis(signal, at));
  }

  readSpectrum(signal: number, at: number, how: api.SpectrumQuery): void {
    void this.spectrum.ask(api.spectrum(signal, at, how));
  }

  readReference(signal: number, at: number | null, how: api.SpectrumQuery | null): void {
    void this.reference.ask(at !== null && how ? api.spectrum(signal, at, how) : null);
  }

  readLook(signal: number, at: number, look: 'cepstrum' | 'turn', { width, shaft }: { width: number; shaft: number }): void {
    if (look === 'cepstrum') void this.cepstrum.ask(api.cepstrum(signal, at, width));
    else void this.turn.ask(api.turn(signal, at, shaft));
  }

  readFall(signal: number, span: Span, how: Omit<api.WaterfallQuery, 'rows' | 'columns'>): void {
    void this.fall.ask(api.waterfall(signal, span.from, span.to, { rows: ROWS, columns: COLUMNS, ...how }));
  }

  readParts(signal: number, at: number): void {
    void this.fall.ask(api.spectrogram(signal, at, ROWS, COLUMNS));
  }
}
