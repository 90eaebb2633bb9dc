// The words of an FMEA (IEC 60812, AIAG & VDA 2019; occurrence after SAE J1739 for machinery).

import type { ActionPriority } from '../api/schema';

export type RankKey = 'severity' | 'occurrence' | 'detection';

export const RANK: { key: RankKey; letter: string; name: string; hint: string }[] = [
  { key: 'severity', letter: 'S', name: 'severity', hint: 'Severity, 1 to 10: how bad the failure is' },
  { key: 'occurrence', letter: 'O', name: 'occurrence', hint: 'Occurrence, 1 to 10: how often a machine fails so' },
  { key: 'detection', letter: 'D', name: 'detection', hint: 'Detection, 1 to 10: how surely it is seen before; 10 never' },
];

export const PRIORITY: Record<ActionPriority, { word: string; hint: string }> = {
  high: { word: 'High', hint: 'something has to be done: make it rarer, or see it sooner' },
  medium: { word: 'Medium', hint: 'something should be done' },
  low: { word: 'Low', hint: 'something can be done' },
};

/** From which rank on a word holds, the worst first. */
const WORDS: Record<RankKey, [number, string][]> = {
  severity: [[10, 'a danger to people'], [9, 'against a rule'], [8, 'the line stops for more than a shift'], [7, 'the line stops for more than an hour'], [4, 'the line stops for less, or makes waste'], [2, 'a nuisance'], [1, 'nothing is felt']],
  occurrence: [[10, 'every hour'], [9, 'every shift'], [8, 'every day'], [7, 'every week'], [6, 'every month'], [5, 'every three months'], [4, 'twice a year'], [3, 'once a year'], [2, 'once in two years'], [1, 'once in five years or less']],
  detection: [[10, 'nothing shows it before'], [7, 'people on their rounds may see it'], [5, 'a monitor shows that something is wrong'], [2, 'a monitor names it'], [1, 'always']],
};

export const rankWord = (key: RankKey, rank: number): string => `${key} ${rank}: ${WORDS[key].find(([from]) => rank >= from)?.[1] ?? ''}`;
