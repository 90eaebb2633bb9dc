import { gather, settle } from '$lib/loader.svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Calls every 10 ms for a second. */
async function flood(call: () => void): Promise<void> {
  for (let i = 0; i < 100; i += 1) {
    call();
    await vi.advanceTimersByTimeAsync(10);
  }
}

describe('news in a flood', () => {
  it('is read while it comes and once after it, never twice at a time', async () => {
    let [calls, running, most, seen] = [0, 0, 0, 0];
    const work = vi.fn(async () => {
      running += 1;
      most = Math.max(most, running);
      seen = calls;
      await new Promise((done) => setTimeout(done, 150));
      running -= 1;
    });
    const again = gather(50, work);
    await flood(() => {
      calls += 1;
      again();
    });
    const during = work.mock.calls.length;
    expect(during).toBeGreaterThan(3);
    expect(most).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(seen).toBe(100);
    expect(work.mock.calls.length).toBeLessThanOrEqual(during + 1);
    again();
    await vi.advanceTimersByTimeAsync(60);
    expect(work.mock.calls.length).toBe(during + 2);
  });
});

describe('typing', () => {
  it('is looked up once it rests', async () => {
    const work = vi.fn();
    await flood(settle(50, work));
    expect(work).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(60);
    expect(work).toHaveBeenCalledOnce();
  });
});
