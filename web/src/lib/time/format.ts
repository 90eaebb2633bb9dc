// Numbers, ages, sizes and clocks for people.

export function age(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 1) return 'now';
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

/** A length of time with the precision a reader wants: `250 ms`, `8 h`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60e3) return `${trimmed(ms / 1000)} s`;
  return age(ms).replace(' 0 min', '').replace(' 0 h', '');
}

const trimmed = (value: number) => String(Number(value.toPrecision(3)));

const plain = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const byDecimals = new Map<number, Intl.NumberFormat>();

/** A measured value: the signal's own decimals, else four significant digits, but every digit of a counter that ran long. */
export function number(value: number | null | undefined, decimals?: number | null): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (decimals === null || decimals === undefined) {
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-4 || size >= 1e12)) return value.toExponential(2);
    return (size >= 1e4 ? whole : plain).format(value);
  }
  let format = byDecimals.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat(undefined, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    byDecimals.set(decimals, format);
  }
  return format.format(value);
}

/** A rate that more digits would make no truer. */
export const rough = (value: number | null | undefined): string => number(value === null || value === undefined ? null : Number(value.toPrecision(2)));

const counts = new Intl.NumberFormat();
export const count = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : counts.format(value));

export function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)} %`;
}

export function bytes(size: number | null | undefined): string {
  if (size === null || size === undefined) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = size;
  let step = 0;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  return `${step === 0 ? value : value.toPrecision(3)} ${units[step]}`;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clock(zone: string, kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${kind}`;
  let format = clocks.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(undefined, { timeZone: zone, hourCycle: 'h23', ...options });
    clocks.set(key, format);
  }
  return format;
}

const TIME: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', second: '2-digit' };
const DATE: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'short', day: '2-digit' };

export function timeOfDay(ms: number | null, zone: string): string {
  return ms === null ? '–' : clock(zone, 'time', TIME).format(ms);
}

export function dateTime(ms: number | null, zone: string): string {
  return ms === null ? '–' : clock(zone, 'full', { ...DATE, ...TIME }).format(ms);
}

export function toTheMinute(ms: number | null, zone: string): string {
  return ms === null ? '–' : clock(zone, 'to the minute', { ...DATE, hour: '2-digit', minute: '2-digit' }).format(ms);
}

export function date(ms: number | null, zone: string): string {
  return ms === null ? '–' : clock(zone, 'date', DATE).format(ms);
}

/** What a zone is away from UTC, as `GMT+2`. */
const offset = (ms: number, zone: string): string =>
  clock(zone, 'offset', { hour: '2-digit', timeZoneName: 'shortOffset' }).formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? '';

const HOUR_MS = 3_600_000;

/** Whether the wall clock shows this time twice, because it was put back an hour. */
function isTwice(ms: number, zone: string): boolean {
  const shown = (at: number) => clock(zone, 'wall', { day: '2-digit', hour: '2-digit', minute: '2-digit' }).format(at);
  const now = shown(ms);
  return now === shown(ms - HOUR_MS) || now === shown(ms + HOUR_MS);
}

/**
 * Labels of a time axis with `step` s between ticks: the date stands where the day begins, the year where it changes, and what the
 * clock is away from UTC where it was put forward or back, and wherever it shows the same time twice.
 */
export function timeLabels(seconds: number[], step: number, zone: string): string[] {
  let [day, year, away] = ['', '', ''];
  return seconds.map((s) => {
    const ms = s * 1000;
    const today = clock(zone, 'day', { month: 'short', day: '2-digit' }).format(ms);
    const fresh = today !== day;
    day = today;
    if (step >= 86_400) {
      const before = year;
      year = clock(zone, 'year', { year: 'numeric' }).format(ms);
      return before && year !== before ? `${today}, ${year}` : today;
    }
    const was = away;
    away = offset(ms, zone);
    if ((was && away !== was) || isTwice(ms, zone)) return `${clock(zone, 'minute', { hour: '2-digit', minute: '2-digit' }).format(ms)} ${away}`;
    const kind = step < 1 ? 'ms' : step < 60 ? 'time' : 'minute';
    const options = { hour: '2-digit', minute: '2-digit', ...(step < 60 ? { second: '2-digit' } : {}), ...(step < 1 ? { fractionalSecondDigits: 3 } : {}) };
    const text = clock(zone, kind, options as Intl.DateTimeFormatOptions).format(ms);
    return fresh && (text.startsWith('00:00') || step >= 3600) ? `${today} ${text}` : text;
  });
}

/** The clock alone for today, with the date otherwise. */
export function shortTime(ms: number | null, zone: string, now: number): string {
  if (ms === null) return '–';
  return date(ms, zone) === date(now, zone) ? timeOfDay(ms, zone) : dateTime(ms, zone);
}

/** What a zone is called at a time: `CET`, or `GMT+1` where it has no name here. */
const zoneName = (ms: number, zone: string): string =>
  clock(zone, 'zone', { hour: '2-digit', timeZoneName: 'short' }).formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? zone;

const STAMP = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** Sentences tell times in UTC, in one form: here they are told in the time of the site. */
export const inZone = (text: string, zone: string): string =>
  text.replace(STAMP, (utc) => {
    const ms = Date.parse(utc);
    return Number.isNaN(ms) ? utc : `${dateTime(ms, zone)} ${zoneName(ms, zone)}`;
  });

/** Text as a sentence begins. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Running text in which no line ends between a number and its unit. */
export const unbroken = (text: string): string => text.replace(/(\d) (?=%|°|(?:[kMm]?[WVA]|k?Hz|m?bar|dB|mm|m\/s|m³|kN|N·m|kWh|A?h|s|min|r\/min)(?![a-z]))/g, '$1\u00a0');

/** `bearing_temperature` → `Bearing temperature`. */
export function words(slug: string): string {
  const text = slug.replaceAll('_', ' ').replaceAll('-', ' ').trim();
  const shown = text.replace(/\b(ca|cnc|opc|ua|tcp|url|tls|id|sql)\b/gi, (word) => word.toUpperCase());
  return sentence(shown);
}
