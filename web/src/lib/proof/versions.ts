// Versions that a backtest can put side by side: what is in service, what waits, what was in service, a change of one's own.

import type { ModelsView, Variant } from '../api/schema';
import { dateTime } from '../time/format';
import { toMs } from '../time/parse';

/** As many as the server compares at once. */
export const SIDES_MOST = 4;
/** The key of a change of one's own. */
export const CHANGED = 'changed';

export interface Side {
  key: string;
  title: string;
  /** The version's name; empty for a change of one's own. */
  digest: string;
  note: string;
  /** Whether it is compared when nobody chooses. */
  first: boolean;
}

/** Each version once, the newest first, and a change of one's own. */
export function sidesOf(models: ModelsView, zone: string): Side[] {
  const own = models.in_service.version.digest;
  const sides: Side[] = [{ key: own, title: 'In service', digest: own, note: `since ${dateTime(toMs(models.in_service.at), zone)}`, first: true }];
  if (models.candidate) {
    const { digest } = models.candidate.version;
    const differs = models.candidate.changes.map((c) => c.key).join(', ');
    sides.push({ key: digest, title: 'Waiting in gemba.toml', digest, note: differs ? `differs in ${differs}` : '', first: true });
  }
  for (const release of models.history) {
    const { digest } = release.version;
    if (!sides.some((side) => side.key === digest)) sides.push({ key: digest, title: 'Formerly in service', digest, note: `from ${dateTime(toMs(release.at), zone)}${release.by ? `, by ${release.by}` : ''}`, first: false });
  }
  return [...sides, { key: CHANGED, title: 'What is in service, with a change', digest: '', note: 'learning time and budget of false alarms', first: false }];
}

export const chosenAtFirst = (sides: Side[]): string[] => sides.filter((side) => side.first).map((side) => side.key);

/** What to ask the server for; nothing when it is what the server compares by itself. */
export function variantsOf(sides: Side[], chosen: string[], changed: unknown): Variant[] {
  const wanted = sides.filter((side) => chosen.includes(side.key));
  if (wanted.every((side) => side.first) && wanted.length === chosenAtFirst(sides).length) return [];
  const short = (digest: string) => digest.slice(0, 6);
  const name = (side: Side) => (side.title === 'In service' ? 'running' : side.title === 'Waiting in gemba.toml' ? 'candidate' : `former ${short(side.digest)}`);
  return wanted.map((side) => (side.key === CHANGED ? { name: CHANGED, maintenance: changed } : { name: name(side), version: side.digest }));
}
