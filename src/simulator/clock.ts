/** RFC 3339 in UTC with microseconds, of so many microseconds since 1970. */
export function formatMicroseconds(microseconds: number): string {
  const fraction = microseconds % 1_000_000;
  const seconds = new Date((microseconds - fraction) / 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(fraction).padStart(6, '0')}Z`;
}

/** Microseconds since 1970 by the wall clock, whose own grain is a millisecond. */
export function nowMicroseconds(): number {
  return Date.now() * 1000;
}
