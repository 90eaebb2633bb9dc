// Findings set aside: for how long, and how that is told.

import * as api from '../api/endpoints';
import type { MuteView } from '../api/schema';
import { dateTime } from '../time/format';
import { toMs } from '../time/parse';
import { attempt } from '../toasts.svelte';

/** Minutes, null for as long as it goes on. */
export const MUTE_PRESETS: [number | null, string][] = [[480, '8 h'], [1440, '1 day'], [10_080, '1 week'], [null, 'Until it ends']];

/** `until 1 Mar 2026, 09:00:00`, or `until it ends`. */
export const mutedUntil = (mute: MuteView, zone: string): string => (mute.until ? `until ${dateTime(toMs(mute.until), zone)}` : 'until it ends');

export const unmute = (id: number) => attempt(() => api.unmuteFinding(id), 'Finding is heard again');

export const mute = (id: number, minutes: number | null, reason: string) =>
  attempt(() => api.muteFinding(id, minutes, reason), 'Finding muted', () => void unmute(id));
