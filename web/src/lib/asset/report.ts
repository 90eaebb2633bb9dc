// Words of the report on a machine.

import type { AssetReport, Grade, PeerSignal } from '../api/schema';
import { count, number, percent } from '../time/format';

export const GRADE: Record<Grade, string> = { excellent: 'Excellent', good: 'Good', medium: 'Medium', poor: 'Poor' };

/** How far it is: what the page says before there is anything to report. */
export function stage(report: AssetReport): string {
  if (report.monitor === 'learning') return `It is still learning: ${percent(report.progress)} of the rows are gathered. The report fills up as it goes on; what is not known yet says pending.`;
  if (report.monitor === 'off') return 'Nothing is learned of this machine: no gauge of it is judged.';
  return '';
}

/** Where a median lies beside the others. */
export function beside(peer: PeerSignal): string {
  if (peer.own === null) return 'no good value of its own';
  if (peer.own < peer.low) return `below ${peer.others === 1 ? 'the other' : 'all others'}`;
  if (peer.own > peer.high) return `above ${peer.others === 1 ? 'the other' : 'all others'}`;
  return 'within the others';
}

export const range = (peer: PeerSignal): string => (peer.others === 1 ? number(peer.low) : `${number(peer.low)} to ${number(peer.high)}`);

/** `3,600 rows`, or that this was not kept. */
export const rows = (n: number | null): string => (n === null ? 'pending' : `${count(n)} rows`);
