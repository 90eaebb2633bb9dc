// The words and letters that go with states: never colour alone.

import type { AlarmClass, AlarmState, Finding, FindingKind, Priority, QualityWord } from './api/types';
import { count, percent } from './time/format';

export const PRIORITIES: Priority[] = ['emergency', 'high', 'medium', 'low'];

export const PRIORITY: Record<Priority, { number: number; word: string }> = {
  emergency: { number: 1, word: 'Emergency' },
  high: { number: 2, word: 'High' },
  medium: { number: 3, word: 'Medium' },
  low: { number: 4, word: 'Low' },
};

export const ALARM_STATE: Record<AlarmState, { letter: string; word: string; hint: string }> = {
  normal: { letter: 'N', word: 'Normal', hint: 'no condition, nothing to acknowledge' },
  unack_active: { letter: 'U', word: 'Unacknowledged', hint: 'active, nobody has acknowledged it' },
  acked_active: { letter: 'A', word: 'Acknowledged', hint: 'active and acknowledged' },
  rtn_unack: { letter: 'R', word: 'Returned', hint: 'the condition is over, not acknowledged' },
  latched_unack: { letter: 'L', word: 'Latched', hint: 'over, latched until reset, not acknowledged' },
  latched_acked: { letter: 'K', word: 'Latched, acknowledged', hint: 'over and acknowledged, wants a reset' },
  shelved: { letter: 'S', word: 'Shelved', hint: 'set aside by an operator for a time' },
  suppressed_by_design: { letter: 'D', word: 'Suppressed', hint: 'set aside by logic' },
  out_of_service: { letter: 'O', word: 'Out of service', hint: 'set aside for maintenance' },
};

export const ALARM_CLASS: Record<AlarmClass, string> = {
  process: 'Process',
  ai: 'Learned model',
  instrument: 'Instrument',
  system: 'System',
};

export const FINDING_KIND: Record<FindingKind, string> = {
  anomaly: 'Unusual behaviour',
  limit: 'Limit exceeded',
  sensor_fault: 'Sensor fault',
  degradation: 'Degradation',
  data_quality: 'Data quality',
};

export const QUALITY: Record<QualityWord, { sign: string; word: string }> = {
  good: { sign: '', word: 'Good' },
  uncertain: { sign: '?', word: 'Uncertain' },
  stale: { sign: '…', word: 'Stale' },
  bad: { sign: '✕', word: 'Bad' },
  none: { sign: '–', word: 'No data yet' },
};

const CODES: QualityWord[] = ['good', 'uncertain', 'stale', 'bad'];
export const qualityOf = (code: number): QualityWord => CODES[code] ?? 'bad';

export const GAP_REASON: Record<string, string> = {
  connection_lost: 'Connection lost',
  not_running: 'Gemba was not running',
  disk_full: 'Disk full',
  dropped: 'Dropped, queue full',
  corrupt: 'Stored bytes corrupt',
  malformed: 'Unreadable data',
  retention: 'Removed by retention',
  paused: 'Paused by hand',
  silent: 'Nothing came for longer than usual',
};

const times = (many: number): string => `${many < 10 ? many.toFixed(1) : count(Math.round(many))} ×`;
/** How bad a finding is, and of what that is a figure: only a limit and a life have an end that something is on its way to. */
export function howBad(f: Pick<Finding, 'kind' | 'severity' | 'beyond' | 'rul'>): { figure: string; of: string } {
  const share = percent(f.severity);
  switch (f.kind) {
    case 'anomaly':
      return f.beyond
        ? { figure: times(f.beyond), of: 'the limit of what was learned, at most; how far that is from a stop is not known' }
        : { figure: share, of: 'unlike what was learned; how far that is from a stop is not known' };
    case 'limit':
      return { figure: share, of: 'of the way to the limit that stops the machine' };
    case 'degradation':
      return { figure: share, of: f.rul ? 'of the way to its end' : 'of severe damage' };
    case 'sensor_fault':
      return { figure: share, of: 'a sensor at fault stops no machine by itself' };
    case 'data_quality':
      return { figure: share, of: 'data at fault stop no machine by themselves' };
  }
}

const SURE_MOST = 0.999;
/** How often a finding came back soon after it was over; nothing when it never did. */
export const cameBack = (times: number): string => (times === 0 ? '' : times === 1 ? ', came back once' : `, came back ${times} times`);

/** A probability in per cent; never a certainty that no finite evidence gives. */
export function sure(probability: number): string {
  if (probability > SURE_MOST) return '> 99.9 %';
  return probability < 1 - SURE_MOST ? '< 0.1 %' : `${(probability * 100).toFixed(1)} %`;
}

/** A p-value as a reader wants it: `0.004`, `3e-8`. */
export const chance = (p: number): string => (p >= 0.001 ? String(Number(p.toPrecision(2))) : p < 1e-12 ? '< 1e-12' : p.toExponential(0));

const RARE = 1e-9;
/** The same in words: `1 time in 2,500`. */
export function byChance(p: number): string {
  if (p <= RARE) return 'less than 1 time in a billion';
  const times = 1 / p;
  const rounded = Number(times.toPrecision(times < 10 ? 1 : 2));
  return `1 time in ${rounded < 1e6 ? count(rounded) : `${count(rounded / 1e6)} million`}`;
}

/** The worst of some priorities; null when there is none. */
export function worst(list: (Priority | null)[]): Priority | null {
  return PRIORITIES.find((priority) => list.includes(priority)) ?? null;
}

const QUALITY_RANK: QualityWord[] = ['bad', 'stale', 'uncertain', 'good', 'none'];
export function worstQuality(list: QualityWord[]): QualityWord {
  return QUALITY_RANK.find((word) => list.includes(word)) ?? 'none';
}
