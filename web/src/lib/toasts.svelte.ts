// Short messages in a corner, with undo where the change can be taken back.

import { asProblem } from './api/client';

export interface Toast {
  id: number;
  text: string;
  detail: string;
  tone: 'plain' | 'problem';
  undo: (() => void) | null;
}

const PLAIN_MS = 6_000;
const PROBLEM_MS = 15_000;
const MOST = 4;

export const toasts = $state<{ list: Toast[] }>({ list: [] });
let next = 1;

function add(toast: Omit<Toast, 'id'>, forMs: number): void {
  const id = next;
  next += 1;
  toasts.list = [...toasts.list, { ...toast, id }].slice(-MOST);
  setTimeout(() => dismiss(id), forMs);
}

export function dismiss(id: number): void {
  toasts.list = toasts.list.filter((toast) => toast.id !== id);
}

export function say(text: string, undo: (() => void) | null = null): void {
  add({ text, detail: '', tone: 'plain', undo }, PLAIN_MS);
}

export function complain(error: unknown): void {
  const problem = asProblem(error);
  const detail = [problem.detail, problem.cure && `What to do: ${problem.cure}`].filter(Boolean).map((text) => `${text.replace(/\.$/, '')}.`).join(' ');
  add({ text: problem.title, detail, tone: 'problem', undo: null }, PROBLEM_MS);
}

/** Does something, says that it was done, or shows why not. */
export async function attempt(what: () => Promise<unknown>, done: string, undo: (() => void) | null = null): Promise<boolean> {
  try {
    await what();
    say(done, undo);
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}
