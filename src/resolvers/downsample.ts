/**
 * Largest triangle three buckets (Steinarsson, "Downsampling Time Series for Visual Representation", 2013): at most
 * `points` of the items, the first and the last among them, chosen so that the curve keeps its shape and its peaks.
 * `points` is 2 or more; items are in the order of `x`.
 */
export function downsample<T>(
  items: readonly T[],
  points: number,
  x: (item: T) => number,
  y: (item: T) => number,
): T[] {
  if (items.length <= points) return [...items];
  const first = items[0] as T;
  const last = items.at(-1) as T;
  const chosen = [first];
  const bucketSize = (items.length - 2) / (points - 2);
  let previous = first;
  for (let bucket = 0; bucket < points - 2; bucket++) {
    const start = 1 + Math.floor(bucket * bucketSize);
    const end = 1 + Math.floor((bucket + 1) * bucketSize);
    const next = items.slice(
      end,
      Math.max(end + 1, Math.min(items.length, 1 + Math.floor((bucket + 2) * bucketSize))),
    );
    const nextX = average(next, x);
    const nextY = average(next, y);
    let best = items[start] as T;
    let bestArea = -1;
    for (const item of items.slice(start, end)) {
      const area = Math.abs(
        (x(previous) - nextX) * (y(item) - y(previous)) - (x(previous) - x(item)) * (nextY - y(previous)),
      );
      if (area > bestArea) {
        bestArea = area;
        best = item;
      }
    }
    chosen.push(best);
    previous = best;
  }
  chosen.push(last);
  return chosen;
}

function average<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0) / items.length;
}
