/**
 * Instants are text from end to end, because JavaScript's `Date` cuts the microseconds that PostgreSQL keeps and that
 * are part of an event's key. An `Instant` is RFC 3339 in UTC with exactly six fractional digits, so that instants
 * compare and sort as strings.
 */
export type Instant = string;

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:([Zz])|([+-])(\d{2})(?::?(\d{2}))?)$/;

/**
 * Reads RFC 3339, and PostgreSQL's own text and JSON forms of a `timestamptz`. Digits beyond the microsecond are cut.
 * Returns `undefined` for anything else: a missing zone, a day that does not exist, a year outside 1 to 9999.
 */
export function parseInstant(text: string): Instant | undefined {
  const match = RFC_3339.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', , sign, zoneHour = '0', zoneMinute = '0'] =
    match as unknown as [string, string, string, string, string, string, string, ...(string | undefined)[]];
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(zoneHour) > 23 || Number(zoneMinute) > 59) return undefined;
  if (Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) return undefined;
  const offsetMinutes = (sign === '-' ? -1 : 1) * (Number(zoneHour) * 60 + Number(zoneMinute));
  const micros = fraction.slice(0, 6).padEnd(6, '0');
  if (offsetMinutes === 0)
    return year === '0000' ? undefined : `${year}-${month}-${day}T${hour}:${minute}:${second}.${micros}Z`;
  const wall = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const utc = new Date(wall - offsetMinutes * 60_000);
  const utcYear = utc.getUTCFullYear();
  if (utcYear < 1 || utcYear > 9999) return undefined;
  return `${utc.toISOString().slice(0, 19)}.${micros}Z`;
}

/** Days in a month of the Gregorian calendar; 0 where there is no such month. */
function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month] ?? 0;
}

/** The form that clients see: milliseconds, and microseconds only where there are any. */
export function formatInstant(instant: Instant): string {
  return instant.endsWith('000Z') ? `${instant.slice(0, 23)}Z` : instant;
}

/**
 * Turns what PostgreSQL prints for a `timestamptz` (`2026-11-22 20:06:52.12+00`, in JSON with `T` and `+00:00`) into an
 * `Instant`. Throws on anything else, because the database never prints it.
 */
export function instantFromDatabase(text: string): Instant {
  // Nearly all that it prints is in UTC, and needs no closer look: a page of a journal holds 200 of them.
  const end = text.endsWith('+00') ? text.length - 3 : text.endsWith('+00:00') ? text.length - 6 : 0;
  if (end >= 19 && end <= 26 && text[4] === '-') {
    const fraction = end === 26 ? text.slice(20, 26) : text.slice(20, end).padEnd(6, '0');
    return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
  }
  const instant = parseInstant(text);
  if (instant === undefined) throw new TypeError(`Not a timestamp: ${text}`);
  return instant;
}

/** Microseconds since 1970. Exact from 1685 to 2255, within 2^53 microseconds; beyond, to a few dozen of them. */
export function toMicroseconds(instant: Instant): number {
  const seconds = twoDigits(instant, 11) * 3600 + twoDigits(instant, 14) * 60 + twoDigits(instant, 17);
  const fraction = (twoDigits(instant, 20) * 100 + twoDigits(instant, 22)) * 100 + twoDigits(instant, 24);
  return (millisecondsOfDay(instant.slice(0, 10)) + seconds * 1000) * 1000 + fraction;
}

/** The day that was asked for last: events that are read or sent together are of one, and `Date.parse` is slow. */
let lastDay = { date: '', milliseconds: 0 };

function millisecondsOfDay(date: string): number {
  if (date !== lastDay.date) lastDay = { date, milliseconds: Date.parse(`${date}T00:00:00Z`) };
  return lastDay.milliseconds;
}

function twoDigits(text: string, at: number): number {
  return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 48 * 11;
}

/** The instant of so many microseconds since 1970. */
export function fromMicroseconds(microseconds: number): Instant {
  const fraction = ((microseconds % 1_000_000) + 1_000_000) % 1_000_000;
  const seconds = (microseconds - fraction) / 1_000_000;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(fraction).padStart(6, '0')}Z`;
}

/** Seconds from one instant to a later one; negative when it is earlier. */
export function secondsBetween(from: Instant, to: Instant): number {
  return (toMicroseconds(to) - toMicroseconds(from)) / 1_000_000;
}
