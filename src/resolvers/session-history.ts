import DataLoader from 'dataloader';
import { getTableName, type SQL, sql, type Table } from 'drizzle-orm';
import type { Context } from '../context.js';
import { ValidationError } from '../errors.js';
import { toMicroseconds } from '../instant.js';
import { formatCursor, parseCursor, sequenceOf } from '../live/cursor.js';
import type { EventType, JournalEvent } from '../live/events.js';
import {
  countEvents,
  type EventRange,
  eventsSql,
  readEvents,
  readTemperatures,
  readWritten,
  type TemperaturePoint,
  type WrittenEvent,
} from '../live/history.js';
import { downsample } from './downsample.js';
import { onceARequest } from './once-a-request.js';
import { PageInfo } from './page-info.js';
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
  pageInfo: PageInfo;
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
    return formatCursor(this.node);
  }
}

/** A row of a session, with what was read along with it: each list of events beside the question that it answers. */
export interface SessionRow {
  id: string;
  journal?: Brought;
  journalAlerts?: Brought;
}

type Brought = [question: string, events: WrittenEvent[] | null];

/** A page of a session's stored journal, in order. Its cursors are those of the feed. */
export function pageEvents(
  context: Context,
  { id, journal }: SessionRow,
  args: EventPageArgs,
): EventPage | Promise<EventPage> {
  const range = rangeOf(args, (cursor, field) => parseCursor(cursor, id, field).sequence);
  const found = findEvents(context, id, range, journal);
  return found instanceof Promise
    ? found.then((events) => pageOf(context, id, args, range, events))
    : pageOf(context, id, args, range, found);
}

/** Where the sessions themselves are read: what to read along with each, so that the page of its events is there. */
export function eventColumns(args: EventPageArgs): Record<string, Column> | undefined {
  try {
    return { journal: eventColumn(rangeOf(args, (cursor) => sequenceOf(cursor) ?? 0)) };
  } catch {
    return undefined; // `pageEvents` says what is wrong
  }
}

function rangeOf(
  { first, last, after, before, types }: EventPageArgs,
  sequenceAt: (cursor: string, field: string) => number,
): EventRange {
  return {
    after: after ? sequenceAt(after, 'after') : 0,
    before: before ? sequenceAt(before, 'before') : MAX_SEQUENCE,
    limit: (last ?? first ?? DEFAULT_EVENTS) + 1, // one more tells whether there is more
    newestFirst: typeof last === 'number',
    types: shortList('types', types) ?? null,
  };
}

function pageOf(
  context: Context,
  sessionId: string,
  { after, before }: EventPageArgs,
  { limit, newestFirst, types }: EventRange,
  found: readonly JournalEvent[],
): EventPage {
  const page = found.slice(0, limit - 1);
  if (newestFirst) page.reverse();
  const edges = page.map((node) => new EventEdge(node));
  const hasMore = found.length === limit;
  return {
    edges,
    pageInfo: new PageInfo(
      edges,
      newestFirst ? Boolean(before) : hasMore,
      newestFirst ? hasMore : Boolean(after),
    ),
    totalCount: () =>
      ask(context, `count ${types}`, sessionId, (ids) => countEvents(context.db.pool, ids, types), 0),
  };
}

const ALERTS: EventRange = {
  after: 0,
  before: MAX_SEQUENCE,
  limit: MAX_ALERTS,
  newestFirst: false,
  types: ['alert'],
};

/** The alerts of a session, in the order of its journal. */
export function readAlerts(
  context: Context,
  { id, journalAlerts }: SessionRow,
): JournalEvent[] | Promise<JournalEvent[]> {
  return findEvents(context, id, ALERTS, journalAlerts);
}

/** The same for alerts. */
export function alertColumns(): Record<string, Column> {
  return { journalAlerts: eventColumn(ALERTS) };
}

/** The events that were read along with the session; asked for where none were, or others. */
function findEvents(
  context: Context,
  sessionId: string,
  range: EventRange,
  brought: Brought | undefined,
): JournalEvent[] | Promise<JournalEvent[]> {
  const question = questionOf(range);
  if (brought?.[0] === question) return readWritten(sessionId, brought[1]);
  return ask(context, question, sessionId, (ids) => readEvents(context.db.pool, ids, range), []);
}

type Column = (session: Table) => SQL;

function eventColumn(range: EventRange): Column {
  return (session) => {
    const events = eventsSql(`"${getTableName(session)}"`, range).map((piece) =>
      typeof piece === 'string' ? sql.raw(piece) : sql`${sql.param(piece.value)}`,
    );
    return sql`json_build_array(${questionOf(range)}::text, ${sql.join(events)})`;
  };
}

function questionOf({ after, before, limit, newestFirst, types }: EventRange): string {
  return `events ${after} ${before} ${limit} ${newestFirst} ${types}`;
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
