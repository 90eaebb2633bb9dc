// One way in and out of /api/v1: JSON, problem+json turned into `ApiError`, the CSRF header on every change.

import { answered, fellSilent, isOwn } from '../reach.svelte';

export const BASE = '/api/v1';

/** What went wrong, what it means and what to do about it (RFC 9457 plus `cure`). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly code: string = '',
    readonly cure: string = '',
  ) {
    super(detail || title);
  }
}

type Query = Record<string, string | number | boolean | null | undefined>;

export function withQuery(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

let onSignedOut: () => void = () => {};

/** Called whenever the server says that nobody is signed in. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

async function problemOf(response: Response): Promise<ApiError> {
  const body: Record<string, unknown> = await response.json().catch(() => ({}));
  const text = (key: string) => (typeof body[key] === 'string' ? (body[key] as string) : '');
  const title = text('title') || response.statusText || `HTTP ${response.status}`;
  return new ApiError(response.status, title, text('detail'), text('code'), text('cure'));
}

const OFFLINE_CURE = 'Check that Gemba is running and that this computer can reach it; the page tries again by itself.';

/** Sends a request and hands back the raw response; throws `ApiError` for anything but success. A file goes as it is. */
export async function send(method: string, path: string, body?: unknown, accept = 'application/json', signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: accept };
  if (method !== 'GET') headers['X-Gemba-CSRF'] = '1';
  const file = body instanceof Blob;
  if (body !== undefined) headers['Content-Type'] = file ? 'application/octet-stream' : 'application/json';
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (body !== undefined) init.body = file ? body : JSON.stringify(body);
  if (signal) init.signal = signal;
  let response: Response;
  try {
    response = await fetch(BASE + path, init);
  } catch (error) {
    signal?.throwIfAborted();
    fellSilent();
    throw new ApiError(0, 'Gemba does not answer', error instanceof TypeError ? 'The program could not be reached.' : String(error), 'unreachable', OFFLINE_CURE);
  }
  if (isOwn(response.status)) answered();
  else fellSilent();
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.status === 401 && path !== '/session') onSignedOut();
  throw problem;
}

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body);
  const text = await response.text();
  return (text ? JSON.parse(text) : null) as T;
}

export const get = <T>(path: string, query?: Query): Promise<T> => json<T>('GET', withQuery(path, query));
export const post = <T>(path: string, body: unknown = {}): Promise<T> => json<T>('POST', path, body);
export const put = <T>(path: string, body: unknown): Promise<T> => json<T>('PUT', path, body);
export const del = <T>(path: string): Promise<T> => json<T>('DELETE', path);

/** The items of a list that is a page by itself. */
export const itemsOf = <T>(reply: { items: T[] }): T[] => reply.items;

/** Anything thrown, as an `ApiError` that a page can show. */
export function asProblem(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiError(0, 'The page ran into a fault', detail, 'page', 'Reload the page. If it comes back, report it with this text.');
}
