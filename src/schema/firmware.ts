import { visibleFirmware } from '../auth/policies.js';
import {
  availableFirmware,
  createFirmwareRelease,
  findFirmwareUpdate,
  releaseConditions,
  updateFirmwareRelease,
} from '../resolvers/firmware.js';
import { builder } from './builder.js';
import { defineConnection } from './connections.js';
import { FirmwareChannel, FirmwareTarget } from './enums.js';

export const FirmwareRelease = builder.drizzleNode('firmwareReleases', {
  name: 'FirmwareRelease',
  id: { column: (release) => release.id, description: 'The global id.' },
  description: 'A firmware that devices may install.',
  select: { columns: { id: true } },
  fields: (t) => ({
    target: t.expose('target', { type: FirmwareTarget, nullable: false, description: 'What it runs on.' }),
    version: t.exposeString('version', {
      nullable: false,
      description: 'A semantic version; they come in the order of https://semver.org.',
    }),
    channel: t.expose('channel', { type: FirmwareChannel, nullable: false, description: 'Whom it is for.' }),
    binaryUrl: t.exposeString('binaryUrl', {
      nullable: false,
      description: 'Where it is fetched from, by HTTPS.',
    }),
    checksumSha256: t.exposeString('checksumSha256', {
      nullable: false,
      description: 'The SHA-256 of the file, 64 hexadecimal digits in lower case.',
    }),
    fileSizeBytes: t.exposeInt('fileSizeBytes', { nullable: false, description: 'How large the file is.' }),
    releaseNotes: t.exposeString('releaseNotes', { description: 'What is new, in Markdown.' }),
    isMandatory: t.exposeBoolean('isMandatory', {
      nullable: false,
      description: 'Whether no device may skip it on its way to something newer.',
    }),
    minVersion: t.exposeString('minVersion', {
      description: 'The oldest version that can be updated to it directly.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When it was announced.',
    }),
  }),
});

const { connection, edge } = defineConnection(FirmwareRelease, {
  name: 'FirmwareRelease',
  noun: 'firmware release',
  table: 'firmwareReleases',
  conditions: (_context, args: Parameters<typeof releaseConditions>[0]) => releaseConditions(args),
  parents: {},
});

builder.drizzleObjectField('appliances', 'availableFirmware', (t) =>
  t.field({
    type: [FirmwareRelease],
    description:
      'What it may install now, one at most for each target; nothing where it has not told its version.',
    select: { columns: { firmwareVersionCm5: true, firmwareVersionStm32: true } },
    resolve: (appliance, _args, context) => availableFirmware(context, appliance) as never,
  }),
);

builder.queryFields((t) => ({
  firmwareUpdate: t.withAuth({ $any: { user: true, device: true } }).drizzleField({
    type: FirmwareRelease,
    description:
      'The newest release that the device may install now; null when it is up to date. Where a release asks for a ' +
      'higher version, or a mandatory one lies between, it is the step on the way there: ask again after it.',
    args: {
      target: t.arg({ type: FirmwareTarget, required: true, description: 'What it runs on.' }),
      currentVersion: t.arg.string({ required: true, description: 'What runs there now.' }),
      channel: t.arg({
        type: FirmwareChannel,
        description:
          'The channel that the device follows, with the more stable ones; STABLE when nothing is said.',
      }),
    },
    resolve: async (query, _root, args, context) => {
      const id = await findFirmwareUpdate(context, args);
      if (id === null) return null;
      return context.db.orm.query.firmwareReleases.findFirst(
        query({ where: { AND: [{ id }, visibleFirmware(context.viewer)] } }),
      );
    },
  }),
  firmwareReleases: t.drizzleConnection(
    {
      authScopes: { admin: true },
      type: FirmwareRelease,
      nullable: true,
      description: 'All releases, by target, the newest version first; for administrators.',
      args: {
        target: t.arg({ type: FirmwareTarget, description: 'Only for this target.' }),
        channel: t.arg({ type: FirmwareChannel, description: 'Only of this channel.' }),
      },
      resolve: (query, _root, args, { db }) =>
        db.orm.query.firmwareReleases.findMany(
          query({
            where: releaseConditions(args),
            orderBy: { target: 'asc', versionKey: 'desc', id: 'desc' },
          }),
        ),
    },
    connection,
    edge,
  ),
}));

const CreateFirmwareReleaseInput = builder.inputType('CreateFirmwareReleaseInput', {
  description: 'A firmware to announce.',
  fields: (t) => ({
    target: t.field({ type: FirmwareTarget, required: true, description: 'What it runs on.' }),
    version: t.string({
      required: true,
      description: 'A semantic version without build metadata, at most 20 characters.',
    }),
    channel: t.field({ type: FirmwareChannel, description: 'Whom it is for; STABLE when nothing is said.' }),
    binaryUrl: t.string({ required: true, description: 'Where it is fetched from, by HTTPS.' }),
    checksumSha256: t.string({
      required: true,
      description: 'The SHA-256 of the file, 64 hexadecimal digits.',
    }),
    fileSizeBytes: t.int({ required: true, description: 'How large the file is.' }),
    releaseNotes: t.string({ description: 'What is new, in Markdown, at most 20000 characters.' }),
    isMandatory: t.boolean({
      description: 'Whether no device may skip it on its way to something newer; false when nothing is said.',
    }),
    minVersion: t.string({ description: 'The oldest version that can be updated to it directly.' }),
  }),
});

const UpdateFirmwareReleaseInput = builder.inputType('UpdateFirmwareReleaseInput', {
  description: 'What changes about a firmware; what is absent stays, null clears notes and minimum.',
  fields: (t) => ({
    releaseId: t.id({ required: true, description: 'A global id or a UUID.' }),
    channel: t.field({ type: FirmwareChannel, description: 'Whom it is for: its promotion.' }),
    isMandatory: t.boolean({ description: 'Whether no device may skip it.' }),
    releaseNotes: t.string({ description: 'What is new, in Markdown, at most 20000 characters.' }),
    minVersion: t.string({ description: 'The oldest version that can be updated to it directly.' }),
  }),
});

const FirmwareReleasePayload = builder.objectRef<{ releaseId: string }>('FirmwareReleasePayload').implement({
  description: 'A firmware that was announced or changed.',
  fields: (t) => ({
    release: t.drizzleField({
      type: FirmwareRelease,
      nullable: false,
      description: 'As it is now.',
      resolve: async (query, { releaseId }, _args, { db }) => {
        const found = await db.orm.query.firmwareReleases.findFirst(query({ where: { id: releaseId } }));
        return found as NonNullable<typeof found>;
      },
    }),
  }),
});

builder.mutationFields((t) => ({
  createFirmwareRelease: t.withAuth({ admin: true }).field({
    type: FirmwareReleasePayload,
    description: 'Announces a firmware.',
    args: {
      input: t.arg({ type: CreateFirmwareReleaseInput, required: true, description: 'The firmware.' }),
    },
    resolve: async (_root, { input }, context) => ({
      releaseId: await createFirmwareRelease(context, input),
    }),
  }),
  updateFirmwareRelease: t.withAuth({ admin: true }).field({
    type: FirmwareReleasePayload,
    description: 'Moves a firmware to another channel, or changes what is said of it.',
    args: {
      input: t.arg({ type: UpdateFirmwareReleaseInput, required: true, description: 'What changes.' }),
    },
    resolve: async (_root, { input }, context) => ({
      releaseId: await updateFirmwareRelease(context, input),
    }),
  }),
}));
