import { getSchemaConfig, queryFromInfo } from '@pothos/plugin-drizzle';
import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../context.js';
import { notFound } from '../errors.js';
import type { Instant } from '../instant.js';
import { formatCursor } from '../live/cursor.js';
import type { FeedEntry, SkippedEvents, SnapshotRequest } from '../live/entries.js';
import type { JournalEvent } from '../live/events.js';
import { isRunning } from '../live/fold.js';
import { encodeGlobalId } from '../resolvers/ids.js';
import { openSessionFeed } from '../resolvers/session-feed.js';
import { builder } from './builder.js';
import { CookingSession } from './cooking-session.js';
import { AlertSeverity, ApplianceStatus, SessionStatus, SkipReason } from './enums.js';

/** A snapshot that was taken: the row of the session holds what the client selected of it. */
interface Snapshot {
  kind: 'snapshot';
  sessionId: string;
  sequence: number;
  recordedAt: Instant;
  receivedAt: Instant | null;
  reset: boolean;
  session: { id: string };
}

type Entry = Snapshot | SkippedEvents | JournalEvent;

const TYPE_NAMES: Record<JournalEvent['type'], string> = {
  temperature: 'TemperatureEvent',
  status: 'StatusEvent',
  stage_change: 'StageChangeEvent',
  alert: 'AlertEvent',
  heartbeat: 'HeartbeatEvent',
};

function typeNameOf(entry: Entry): string {
  if (entry.kind === 'snapshot') return 'SessionSnapshot';
  return entry.kind === 'skipped' ? 'EventsSkipped' : TYPE_NAMES[entry.type];
}

function sequenceOf(entry: Entry): number {
  return entry.kind === 'skipped' ? entry.toSequence : entry.sequence;
}

function cursorOf(entry: Entry): string {
  const { sessionId, receivedAt } = entry;
  return formatCursor({ sessionId, sequence: sequenceOf(entry), receivedAt });
}

export const SessionEvent = builder.interfaceRef<Entry>('SessionEvent').implement({
  description: "One entry of a session's feed. `sequence` counts the journal's events from 1, without a gap.",
  resolveType: typeNameOf,
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Tells entries apart, in a cache say.',
      resolve: (entry) => encodeGlobalId(typeNameOf(entry), `${entry.sessionId}:${sequenceOf(entry)}`),
    }),
    cursor: t.string({
      nullable: false,
      description: 'Resumes right after this entry, as `after`.',
      resolve: cursorOf,
    }),
    sequence: t.int({
      nullable: false,
      description: 'Its place in the journal; for skipped events that of the last one.',
      resolve: sequenceOf,
    }),
    recordedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: "When it happened, by the device's clock.",
      resolve: ({ recordedAt }) => recordedAt,
    }),
  }),
});

builder.objectRef<Snapshot>('SessionSnapshot').implement({
  description:
    'First entry of a feed opened without `after`: the session as of `sequence` (0: nothing reported yet).',
  interfaces: [SessionEvent],
  fields: (t) => ({
    reset: t.exposeBoolean('reset', {
      nullable: false,
      description:
        'The cursor that was given belongs to a journal from before a restore; start over from here.',
    }),
    session: t.field({
      type: CookingSession,
      nullable: false,
      description: 'The session as of `sequence`, read in one statement with it.',
      resolve: ({ session }) => session as never,
    }),
  }),
});

builder.objectRef<SkippedEvents>('EventsSkipped').implement({
  description:
    'The events `fromSequence` to `toSequence`, every one of them, will not come. What the viewer itself asked to thin ' +
    '(`minTelemetryIntervalMs`) is not reported.',
  interfaces: [SessionEvent],
  fields: (t) => ({
    fromSequence: t.exposeInt('fromSequence', {
      nullable: false,
      description: 'The first that is left out.',
    }),
    toSequence: t.exposeInt('toSequence', { nullable: false, description: 'The last that is left out.' }),
    skipReason: t.expose('skipReason', { type: SkipReason, nullable: false, description: 'Why.' }),
  }),
});

const receivedAt = {
  type: 'DateTime',
  nullable: false,
  description: "When the server received it, by the database's clock.",
  resolve: (event: JournalEvent) => event.receivedAt,
} as const;

/** A value of the event's payload; which type it has, `live/events.ts` has checked when it came in. */
function value(name: string) {
  return ({ payload }: JournalEvent) => payload[name] as never;
}

function whole(name: string) {
  return ({ payload }: JournalEvent) =>
    payload[name] === undefined ? null : Math.round(payload[name] as number);
}

builder.objectRef<JournalEvent>('TemperatureEvent').implement({
  description: 'A reading of the pot.',
  interfaces: [SessionEvent],
  fields: (t) => ({
    receivedAt: t.field(receivedAt),
    temperature: t.float({
      nullable: false,
      description: 'The surface, in °C.',
      resolve: value('temperature'),
    }),
    targetTemperature: t.float({
      description: 'Where it is heated to, in °C.',
      resolve: value('target_temperature'),
    }),
    coilTemperature: t.float({
      description: 'The induction coil, in °C.',
      resolve: value('coil_temperature'),
    }),
    powerPercent: t.float({ description: 'Heating power, from 0 to 100.', resolve: value('power_percent') }),
    weightGrams: t.float({ description: 'What is in the pot.', resolve: value('weight_grams') }),
    stirActive: t.boolean({ description: 'Whether the arm stirs.', resolve: value('stir_active') }),
    stirPattern: t.string({ description: 'How it stirs.', resolve: value('stir_pattern') }),
    progressPercent: t.float({
      description: 'How much of the whole cook is done.',
      resolve: value('progress_percent'),
    }),
    secondsRemaining: t.int({
      description: 'What is left of the whole cook.',
      resolve: whole('seconds_remaining'),
    }),
    cvClass: t.string({ description: 'What the camera sees.', resolve: value('cv_class') }),
    cvConfidence: t.float({ description: 'How sure it is, from 0 to 1.', resolve: value('cv_confidence') }),
  }),
});

builder.objectRef<JournalEvent>('StageChangeEvent').implement({
  description: 'A stage begins; the one before it is over.',
  interfaces: [SessionEvent],
  fields: (t) => ({
    receivedAt: t.field(receivedAt),
    stageIndex: t.int({ nullable: false, description: 'The stage, from 0.', resolve: value('stage_index') }),
    stageName: t.string({ nullable: false, description: 'Its name.', resolve: value('stage_name') }),
    totalStages: t.int({ description: 'How many there are.', resolve: value('total_stages') }),
    previousDurationSeconds: t.int({
      description: 'How long the stage before it took.',
      resolve: whole('previous_duration_seconds'),
    }),
    previousResult: t.string({
      description: 'What ended the stage before it.',
      resolve: value('previous_result'),
    }),
    cvConfidence: t.float({
      description: 'How sure the camera was of that.',
      resolve: value('cv_confidence'),
    }),
  }),
});

builder.objectRef<JournalEvent>('StatusEvent').implement({
  description:
    'From the device, or from the server when a log, a silence or an administrator changed the session (`reason` tells).',
  interfaces: [SessionEvent],
  fields: (t) => ({
    receivedAt: t.field(receivedAt),
    sessionStatus: t.field({
      type: SessionStatus,
      description: 'Of the cook.',
      resolve: value('session_status'),
    }),
    applianceStatus: t.field({
      type: ApplianceStatus,
      description: 'Of the appliance.',
      resolve: value('appliance_status'),
    }),
    reason: t.string({ description: 'Why it changed.', resolve: value('reason') }),
  }),
});

export const AlertEvent = builder.objectRef<JournalEvent>('AlertEvent').implement({
  description: 'Something that somebody should know at once.',
  interfaces: [SessionEvent],
  fields: (t) => ({
    receivedAt: t.field(receivedAt),
    code: t.string({
      nullable: false,
      description: 'Its kind: POT_REMOVED, OVER_TEMPERATURE… New ones will come.',
      resolve: value('code'),
    }),
    severity: t.field({
      type: AlertSeverity,
      nullable: false,
      description: 'How serious it is.',
      resolve: value('severity'),
    }),
    message: t.string({ nullable: false, description: 'For people.', resolve: value('message') }),
  }),
});

builder.objectRef<JournalEvent>('HeartbeatEvent').implement({
  description: 'The appliance is alive.',
  interfaces: [SessionEvent],
  fields: (t) => ({
    receivedAt: t.field(receivedAt),
    uptimeSeconds: t.int({ description: 'Since it was switched on.', resolve: whole('uptime_seconds') }),
    wifiRssi: t.int({ description: 'Signal strength in dBm.', resolve: whole('wifi_rssi') }),
    freeMemoryMegabytes: t.int({
      description: 'Of its Linux module.',
      resolve: whole('free_memory_megabytes'),
    }),
    cpuTemperature: t.float({
      description: 'Of its Linux module, in °C.',
      resolve: value('cpu_temperature'),
    }),
  }),
});

/**
 * Takes the snapshot that a feed asks for: one statement reads what the client selected of the session together with
 * the sequence at which it is true, and the feed goes on from there.
 */
async function takeSnapshot(
  request: SnapshotRequest,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<Snapshot> {
  try {
    const session = await context.db.orm.query.cookingSessions.findFirst({
      ...queryFromInfo({
        config: getSchemaConfig(builder),
        context,
        info,
        paths: [['session']],
        columns: { id: true, status: true, startedAt: true, lastSequence: true, lastReceivedAt: true },
      }),
      where: { id: request.sessionId },
    });
    if (!session) throw notFound('cooking session');
    const { lastSequence, lastReceivedAt, startedAt, status } = session;
    request.take({ sequence: lastSequence, ended: !isRunning(status) });
    return {
      kind: 'snapshot',
      sessionId: request.sessionId,
      sequence: lastSequence,
      recordedAt: lastReceivedAt ?? startedAt,
      receivedAt: lastReceivedAt,
      reset: request.reset,
      session,
    };
  } catch (error) {
    request.fail(error);
    throw error;
  }
}

builder.subscriptionField('cookingSessionEvents', (t) =>
  t.withAuth({ $any: { user: true, device: true } }).field({
    type: SessionEvent,
    nullable: false,
    description:
      "A session's journal, live: from a snapshot, or without loss or repeat from the cursor `after`. Completes when " +
      'the cook has ended, and only then.',
    args: {
      sessionId: t.arg.id({ required: true, description: 'A global id or a UUID.' }),
      after: t.arg.string({ description: 'The cursor of the last entry that the viewer has.' }),
      minTelemetryIntervalMs: t.arg.int({
        description: 'Leave out readings and heartbeats that follow the last one sooner than this.',
      }),
    },
    subscribe: (_root, args, context) => openSessionFeed(context, context.viewer, args),
    resolve: (entry: FeedEntry, _args, context, info): Entry | Promise<Entry> =>
      entry.kind === 'snapshot' ? takeSnapshot(entry, context, info) : entry,
  }),
);
