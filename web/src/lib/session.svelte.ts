// Who is signed in, and what they may do.

import * as api from './api/endpoints';
import { ApiError } from './api/client';
import type { Role, Session } from './api/types';

const RANK: Record<Role, number> = { viewer: 0, operator: 1, engineer: 2, admin: 3 };

type Phase = 'starting' | 'setup' | 'signed-out' | 'signed-in' | 'unreachable';

export const session = $state<{ phase: Phase; current: Session | null; problem: ApiError | null }>({
  phase: 'starting',
  current: null,
  problem: null,
});

export function may(role: Role): boolean {
  const mine = session.current?.role;
  return mine !== undefined && RANK[mine] >= RANK[role];
}

/** Finds out where this browser stands: set-up wanted, signed out, or signed in. */
export async function refreshSession(): Promise<void> {
  try {
    session.current = await api.session();
    session.phase = 'signed-in';
  } catch (error) {
    session.current = null;
    await signedOutOrSetup(error);
  }
}

async function signedOutOrSetup(error: unknown): Promise<void> {
  if (!(error instanceof ApiError) || error.status !== 401) {
    session.problem = error instanceof ApiError ? error : null;
    session.phase = 'unreachable';
    return;
  }
  const setup = await api.setupNeeded().catch(() => ({ needed: false }));
  session.phase = setup.needed ? 'setup' : 'signed-out';
}

export async function leave(): Promise<void> {
  await api.signOut().catch(() => null); // the cookie may already be void
  session.current = null;
  session.phase = 'signed-out';
}
