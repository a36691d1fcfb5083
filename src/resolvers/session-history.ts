import DataLoader from 'dataloader';
import type { Context } from '../context.js';
import { ValidationError } from '../errors.js';
import { toMicroseconds } from '../instant.js';
import { cursorPrefix, formatCursor, parseCursor } from '../live/cursor.js';
import type { EventType, JournalEvent } from '../live/events.js';
import {
  countEvents,
  type EventRange,
  readEvents,
  readTemperatures,
  type TemperaturePoint,
} from '../live/history.js';
import { downsample } from './downsample.js';
import { onceARequest } from './once-a-request.js';
import { shortList } from './rules.js';

const DEFAULT_EVENTS = 20;
const MAX_ALERTS = 500;
const MAX_POINTS = 2_000;
const MAX_SEQUENCE = 2_147_483_647;

/**
 * For each request one loader for each question about the journals of many sessions: whatever list of cooks asks it, it
 * takes one statement.
 */
const loadersOf = onceARequest(() => new Map<string, DataLoader<string, unknown>>());

function ask<T>(
  context: Context,
  question: string,
  sessionId: string,
  answer: Answer<T>,
  none: T,
): Promise<T> {
  const loaders = loadersOf(context);
  const loader =
    loaders.get(question) ??
    new DataLoader<string, unknown>(async (ids) => {
      const answers = await answer(ids);
      return ids.map((id) => answers.get(id) ?? none);
    });
  loaders.set(question, loader);
  return loader.load(sessionId) as Promise<T>;
}

type Answer<T> = (sessionIds: readonly string[]) => Promise<Map<string, T>>;

export interface EventPageArgs {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
  types?: EventType[] | null;
}

export interface EventPage {
  edges: { readonly node: JournalEvent; readonly cursor: string }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
  /** Asked only when it is selected. */
  totalCount: () => Promise<number>;
}

/** An event in its place. Who shows events alone needs no cursor, so each is written when it is asked for. */
class EventEdge {
  readonly node: JournalEvent;

  constructor(node: JournalEvent) {
    this.node = node;
  }

  get cursor(): string {
    const { sessionId, sequence, receivedAt } = this.node;
    return formatCursor(prefixOf(sessionId), sequence, receivedAt);
  }
}

/** The session that was asked for last: the events of a page are of one. */
let last = { sessionId: '', prefix: '' };

function prefixOf(sessionId: string): string {
  if (sessionId !== last.sessionId) last = { sessionId, prefix: cursorPrefix(sessionId) };
  return last.prefix;
}

/** A page of a session's stored journal, in order. Its cursors are those of the feed. */
export async function pageEvents(
  context: Context,
  sessionId: string,
  args: EventPageArgs,
): Promise<EventPage> {
  const newestFirst = typeof args.last === 'number';
  const size = args.last ?? args.first ?? DEFAULT_EVENTS;
  const types = shortList('types', args.types) ?? null;
  const range: EventRange = {
    after: args.after ? parseCursor(args.after, sessionId, 'after').sequence : 0,
    before: args.before ? parseCursor(args.before, sessionId, 'before').sequence : MAX_SEQUENCE,
    limit: size + 1, // one more tells whether there is more
    newestFirst,
    types,
  };
  const { pool } = context.db;
  const read = (ids: readonly string[]) => readEvents(pool, ids, range);
  const question = `events ${range.after} ${range.before} ${range.limit} ${newestFirst} ${types}`;
  const found = await ask(context, question, sessionId, read, []);
  const page = found.slice(0, size);
  if (newestFirst) page.reverse();
  const edges = page.map((node) => new EventEdge(node));
  const hasMore = found.length > size;
  return {
    edges,
    pageInfo: {
      hasNextPage: newestFirst ? Boolean(args.before) : hasMore,
      hasPreviousPage: newestFirst ? hasMore : Boolean(args.after),
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
    totalCount: () => ask(context, `count ${types}`, sessionId, (ids) => countEvents(pool, ids, types), 0),
  };
}

/** The alerts of a session, in the order of its journal. */
export function readAlerts(context: Context, sessionId: string): Promise<JournalEvent[]> {
  const range: EventRange = {
    after: 0,
    before: MAX_SEQUENCE,
    limit: MAX_ALERTS,
    newestFirst: false,
    types: ['alert'],
  };
  return ask(context, 'alerts', sessionId, (ids) => readEvents(context.db.pool, ids, range), []);
}

/** At most `points` points of a session's curve. Throws a `ValidationError` for a number that makes no curve. */
export async function temperatureSeries(
  context: Context,
  sessionId: string,
  points: number,
): Promise<TemperaturePoint[]> {
  if (points < 2 || points > MAX_POINTS)
    throw ValidationError.of('points', `must be from 2 to ${MAX_POINTS}`);
  const read = (ids: readonly string[]) => readTemperatures(context.db.pool, ids);
  const readings = await ask(context, 'temperatures', sessionId, read, []);
  return downsample(
    readings,
    points,
    ({ recordedAt }) => toMicroseconds(recordedAt),
    ({ temperature }) => temperature,
  );
}
