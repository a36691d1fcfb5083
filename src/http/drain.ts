/** How the server lets go of its clients, all of it within the ten seconds that a process has after SIGTERM. */

/** Sockets are closed so many milliseconds apart, so that their clients do not all come to the next instance at once… */
const SOCKET_EVERY_MS = 25;
/** …but all of them within this time. */
const MOST_SPREAD_MS = 4_000;
/** How long a client may take to answer the close of its socket. */
export const CLOSE_GRACE_MS = 1_500;
/** In production `/ready` says 503 at least so long before connections are refused: load balancers ask now and then. */
export const NOTICE_MS = 3_000;
/** What waits for the database until then is told that it cannot be had, in time to answer. */
export const GIVE_UP_MS = 6_000;
/** Requests that are still not answered then are cut off. */
export const LAST_CALL_MS = 7_000;

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Does `work` to each of `items`, evenly over a time that grows with their number. */
export async function spreadOut<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
  const startedAt = performance.now();
  const everyMs = Math.min(SOCKET_EVERY_MS, MOST_SPREAD_MS / items.length);
  for (const [index, item] of items.entries()) {
    const early = startedAt + index * everyMs - performance.now();
    if (early > 0) await wait(early);
    work(item);
  }
}

/** Resolves as the promise does, or when the time is over. */
export async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
