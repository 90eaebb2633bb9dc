// A short history of one signal for its sparkline: fixed memory, oldest falls out.

export class Ring {
  private readonly times: Float64Array;
  private readonly values: Float64Array;
  private start = 0;
  length = 0;

  constructor(readonly capacity: number) {
    this.times = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
  }

  /** Appends a point; one that is not newer than the last replaces it. */
  push(time: number, value: number): void {
    const last = this.length > 0 ? (this.start + this.length - 1) % this.capacity : -1;
    if (last >= 0 && time <= (this.times[last] ?? 0)) {
      this.values[last] = value;
      return;
    }
    const at = (this.start + this.length) % this.capacity;
    this.times[at] = time;
    this.values[at] = value;
    if (this.length < this.capacity) this.length += 1;
    else this.start = (this.start + 1) % this.capacity;
  }

  /** Puts older history in front of what is there; what does not fit is left out. */
  prepend(times: number[], values: number[]): void {
    const kept = this.points();
    const first = kept[0]?.[0] ?? Number.POSITIVE_INFINITY;
    this.start = 0;
    this.length = 0;
    times.forEach((time, i) => {
      if (time < first) this.push(time, values[i] ?? Number.NaN);
    });
    for (const [time, value] of kept) this.push(time, value);
  }

  points(): [number, number][] {
    const out: [number, number][] = [];
    for (let i = 0; i < this.length; i += 1) {
      const at = (this.start + i) % this.capacity;
      out.push([this.times[at] ?? 0, this.values[at] ?? Number.NaN]);
    }
    return out;
  }
}
