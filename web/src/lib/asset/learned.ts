// Words for how far the learning of a kind is.

import { percent } from '../time/format';

interface Learned {
  state: 'missing' | 'learning' | 'learned' | 'failed';
  share: number;
  why: string;
  withdrawn?: { by: string; note: string } | null;
}

/** One sentence; empty only when there is nothing to add. */
export function learning({ state, share, why, withdrawn }: Learned): string {
  if (withdrawn) return `${withdrawn.by} has taken it out of service${withdrawn.note ? `: ${withdrawn.note}` : ''}.`;
  if (state === 'learning') return `It is being learned: ${percent(share)} done.`;
  if (state === 'failed') return `It could not be learned: ${why}.`;
  if (state === 'learned') return 'Nothing of this machine is recorded yet.';
  return why || 'From recorded failures of machines of one template it is learned by itself; none is recorded of this kind.';
}
