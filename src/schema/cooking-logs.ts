import {
  MAX_LOGS,
  type RejectedLog,
  type UploadResult,
  uploadCookingLogs,
} from '../resolvers/cooking-logs.js';
import { builder } from './builder.js';
import { CookingSession, CustomizationsInput } from './cooking-session.js';
import { SessionStatus } from './enums.js';

/** What a device that cooked on its own tells afterwards. */

const StageLogEntryInput = builder.inputType('StageLogEntryInput', {
  description: 'How a stage went.',
  fields: (t) => ({
    stage: t.string({ required: true, description: 'Its name.' }),
    durationSeconds: t.int({ description: 'How long it took.' }),
    result: t.string({ description: 'What ended it: camera, timer, temperature…' }),
    cvConfidence: t.float({ description: 'How sure the camera was, from 0 to 1.' }),
  }),
});

const CookingLogInput = builder.inputType('CookingLogInput', {
  description:
    'What a device logged of a cook. It replaces what the cloud held of it; what is absent stays. Rating and notes are ' +
    "the person's, and a cook that has ended does not go on again.",
  fields: (t) => ({
    sessionUuid: t.string({
      required: true,
      description:
        "The device's UUID for the cook: a log with the same or a higher `revision` replaces the earlier one.",
    }),
    revision: t.int({
      description:
        'Counts the versions of this log, from 0, which absent means; a lower one than was uploaded before changes nothing.',
    }),
    recipeId: t.id({
      required: true,
      description: 'A global id or a UUID; of a recipe that was deleted since, too.',
    }),
    status: t.field({ type: SessionStatus, required: true, description: 'Where the cook is in its life.' }),
    startedAt: t.field({
      type: 'DateTime',
      required: true,
      description: "When it began, by the device's clock.",
    }),
    completedAt: t.field({ type: 'DateTime', description: 'When it ended; not while it goes on.' }),
    stagesLog: t.field({ type: [StageLogEntryInput], description: 'The stages that are over, in order.' }),
    customizations: t.field({ type: CustomizationsInput, description: 'What it changed about the recipe.' }),
    peakTemperature: t.float({ description: 'The hottest reading, in °C.' }),
    totalDurationSeconds: t.int({
      description: 'From start to end; what lies between the two when nothing is said.',
    }),
  }),
});

const UploadCookingLogsInput = builder.inputType('UploadCookingLogsInput', {
  description: 'Logs of cooks.',
  fields: (t) => ({
    logs: t.field({ type: [CookingLogInput], required: true, description: `At most ${MAX_LOGS}.` }),
  }),
});

const RejectedLogType = builder.objectRef<RejectedLog>('RejectedLog').implement({
  description: 'A log that was not stored, and why. Sending it again as it is will not help.',
  fields: (t) => ({
    sessionUuid: t.exposeString('sessionUuid', { nullable: false, description: 'As it was sent.' }),
    code: t.exposeString('code', { nullable: false, description: 'NOT_FOUND or VALIDATION_ERROR.' }),
    message: t.exposeString('message', { nullable: false, description: 'What is wrong, naming the field.' }),
  }),
});

const UploadCookingLogsPayload = builder.objectRef<UploadResult>('UploadCookingLogsPayload').implement({
  description: 'What became of the logs: each is synced or rejected.',
  fields: (t) => ({
    synced: t.drizzleField({
      type: [CookingSession],
      nullable: false,
      description: 'The cooks whose logs need not be sent again, as they are now.',
      resolve: async (query, { synced }, _args, { db }) => {
        const ids = synced.map((id) => id.toLowerCase());
        const found = await db.orm.query.cookingSessions.findMany(
          query({ columns: { id: true }, where: { id: { in: ids } } }),
        );
        const byId = new Map(found.map((session) => [session.id, session]));
        return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
      },
    }),
    rejected: t.expose('rejected', {
      type: [RejectedLogType],
      nullable: false,
      description: 'The logs that were not stored.',
    }),
  }),
});

builder.mutationField('uploadCookingLogs', (t) =>
  t.withAuth({ device: true }).field({
    type: UploadCookingLogsPayload,
    description:
      'A device uploads what it logged of its cooks, those that the cloud saw live too. Each log is judged alone, and ' +
      'may be sent any number of times.',
    args: { input: t.arg({ type: UploadCookingLogsInput, required: true, description: 'The logs.' }) },
    resolve: (_root, { input }, context) => uploadCookingLogs(context, context.viewer, input.logs),
  }),
);
