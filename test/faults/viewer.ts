import { setTimeout as sleep } from 'node:timers/promises';
import { drawBetween, drawChance, drawInteger, type Random } from '../../src/kitchen/random.js';
import { BULKY_FEED, cursorOfStart, FEED, type RawEntry, readEntry } from './forms.js';
import type { History, Stream, Subscription } from './history.js';
import { type GraphQLSocket, openSocket, type Refusal, SocketRefused } from './socket.js';
import { codesOf } from './transport.js';

/** What a feed may be refused with, or its socket closed with, while something is broken. */
const PASSING_CODES = new Set(['SERVICE_UNAVAILABLE', 'RATE_LIMITED']);
const PASSING_CLOSES = new Set([1000, 1001, 1005, 1006, 1013, 4408]);
const CLOSED_AS_SLOW = 4413;

export type ViewerKind =
  /** Begins with a snapshot, is cut, and resumes after its last entry. */
  | 'resuming'
  /** The same from the very first event. */
  | 'from-start'
  /** Asks for fewer readings. */
  | 'thinned'
  /** Stops reading now and then, while events flood. */
  | 'slow'
  /** A client library that repeats its old subscription by itself. */
  | 'repeating'
  /** Undisturbed, when everything has settled. */
  | 'audit';

export interface ViewerOptions {
  name: string;
  kind: ViewerKind;
  random: Random;
  sessionId: string;
  userToken: string;
  urls: readonly string[];
  history: History;
  signal: AbortSignal;
  /** Beyond some 15 seconds the server has to close the socket of a slow viewer. */
  longestPauseMs: number;
  /** Lets the cook's readings come thick and fast for so long. */
  flood: (durationMs: number) => void;
}

/** What a viewer keeps between its subscriptions. */
interface Place {
  cursor: string | null;
  sequence: number | null;
}

/** Opens the record of what a viewer will see. */
export function openStream({ name, kind, sessionId, history }: ViewerOptions): Stream {
  const minTelemetryIntervalMs = kind === 'thinned' ? 1_500 : 0;
  return history.follow({ viewer: name, sessionId, minTelemetryIntervalMs, isAudit: kind === 'audit' });
}

/** Where a viewer of this kind begins: at a snapshot, or before the first event. */
export function placeAtStart({ kind, sessionId }: ViewerOptions): Place {
  return kind === 'resuming' || kind === 'slow'
    ? { cursor: null, sequence: null }
    : { cursor: cursorOfStart(sessionId), sequence: 0 };
}

/** Follows a cook through cuts and faults, each time after the last entry it has, until `complete` or the signal. */
export async function follow(options: ViewerOptions): Promise<void> {
  const { random, urls, userToken, signal } = options;
  const stream = openStream(options);
  const place = placeAtStart(options);
  while (!signal.aborted) {
    const instance = drawInteger(random, 0, urls.length - 1);
    try {
      const socket = await openSocket(urls[instance] as string, userToken);
      const stop = () => socket.terminate();
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop(); // while it was being opened
      const completed = await subscribe(options, socket, stream, place, instance);
      signal.removeEventListener('abort', stop);
      if (completed) return;
    } catch (error) {
      if (!(error instanceof SocketRefused)) throw error;
      judgeClose(options, error.code);
    }
    await sleep(drawInteger(random, 20, 200));
  }
}

/** One subscription on its own socket, or several after each other. Returns whether the last was completed. */
async function subscribe(
  options: ViewerOptions,
  socket: GraphQLSocket,
  stream: Stream,
  place: Place,
  instance: number,
): Promise<boolean> {
  const { kind, history, random, sessionId } = options;
  const subscription = history.subscribed(stream, place.sequence, instance);
  const cut = new AbortController();
  const ended = new Promise<'completed' | 'closed'>((resolve) => {
    socket.operate<{ entry: RawEntry }>(
      kind === 'slow' ? BULKY_FEED : FEED,
      { sessionId, after: place.cursor, interval: stream.minTelemetryIntervalMs },
      {
        next({ data, errors }) {
          if (data && !errors) takeEntry(history, stream, subscription, place, data.entry);
          else refused(options, socket, errors ?? []);
        },
        error: (errors) => refused(options, socket, errors),
        complete() {
          history.completed(stream, subscription);
          resolve('completed');
        },
      },
    );
    void socket.closed.then(({ code }) => {
      if (!cut.signal.aborted) judgeClose(options, code);
      resolve('closed');
    });
  });
  const trouble = disturb(options, socket, cut);
  const end = await ended;
  cut.abort();
  await trouble;
  if (end === 'completed') {
    if (drawChance(random, 0.5)) socket.close();
    else socket.terminate();
  }
  return end === 'completed';
}

export function takeEntry(
  history: History,
  stream: Stream,
  subscription: Subscription,
  place: Place,
  raw: RawEntry,
): void {
  const entry = readEntry(raw);
  history.saw(stream, subscription, entry);
  place.cursor = raw.cursor;
  place.sequence = raw.sequence;
}

/** What happens to a viewer by itself: it stops reading for a while, or is cut. */
async function disturb(options: ViewerOptions, socket: GraphQLSocket, cut: AbortController): Promise<void> {
  const { kind, random, flood, longestPauseMs } = options;
  if (kind === 'audit') return;
  const wait = (least: number, most: number) =>
    sleep(drawBetween(random, least, most), undefined, { signal: cut.signal }).catch(() => {});
  if (kind === 'slow') {
    while (!cut.signal.aborted) {
      await wait(300, 1500);
      const pauseMs = drawChance(random, 0.15) ? longestPauseMs : drawBetween(random, 5000, 7000);
      flood(pauseMs);
      socket.pause();
      await wait(pauseMs, pauseMs + 500);
      socket.resume();
    }
    return;
  }
  await wait(200, 6000);
  if (cut.signal.aborted) return;
  cut.abort();
  if (drawChance(random, 0.5)) socket.terminate();
  else socket.close();
}

function refused(options: ViewerOptions, socket: GraphQLSocket, errors: readonly Refusal[]): void {
  judgeErrors(options, errors);
  socket.terminate();
}

export function judgeErrors({ name, history }: ViewerOptions, errors: readonly Refusal[]): void {
  const codes = codesOf(errors);
  history.note('refused', { viewer: name, codes });
  for (const code of codes.filter((code) => !PASSING_CODES.has(code)))
    history.incident(`${name} was refused its feed with ${code}`);
}

export function judgeClose({ name, kind, history }: ViewerOptions, code: number): void {
  history.note('closed', { viewer: name, code });
  if (PASSING_CLOSES.has(code) || (code === CLOSED_AS_SLOW && kind === 'slow')) return;
  history.incident(`${name} was closed with ${code}`);
}
