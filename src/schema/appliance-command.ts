import { getSchemaConfig, queryFromInfo } from '@pothos/plugin-drizzle';
import { visibleCommands, visibleSessions } from '../auth/policies.js';
import { commandsFor, watchedCommand } from '../resolvers/command-watching.js';
import { builder } from './builder.js';
import { CommandKind, CommandState } from './enums.js';

/** Most commands of one cook that are shown, the newest. */
const MAX_COMMANDS = 50;

export const ApplianceCommand = builder.drizzleNode('applianceCommands', {
  name: 'ApplianceCommand',
  id: { column: (command) => command.id, description: 'The global id.' },
  description: 'What an appliance is told to do, and what became of it.',
  select: { columns: { id: true } },
  fields: (t) => ({
    kind: t.expose('kind', { type: CommandKind, nullable: false, description: 'What to do.' }),
    state: t.expose('state', { type: CommandState, nullable: false, description: 'What became of it.' }),
    session: t.relation('session', {
      description: 'The cook that it is about; null for what is about none.',
      query: (_args, { viewer }) => ({ where: visibleSessions(viewer) }),
    }),
    payload: t.expose('payload', {
      type: 'JSON',
      nullable: true,
      description:
        'COOK: session_uuid, recipe_id, recipe_version, customizations. ' +
        'OTA: release_id, target, version, binary_url, checksum_sha256. Others: none.',
    }),
    message: t.exposeString('message', { description: "The device's word on it." }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When it was given.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When its state last changed.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: false,
      description: "Until when the device must have answered, by the server's clock.",
    }),
  }),
});

builder.drizzleObjectFields('cookingSessions', (t) => ({
  commands: t.relation('commands', {
    nullable: false,
    description: `What the appliance was told about this cook, the newest first; at most ${MAX_COMMANDS}.`,
    query: (_args, { viewer }) => ({
      where: visibleCommands(viewer),
      orderBy: { createdAt: 'desc', id: 'desc' },
      limit: MAX_COMMANDS,
    }),
  }),
}));

builder.subscriptionFields((t) => ({
  applianceCommands: t.withAuth({ device: true }).field({
    type: ApplianceCommand,
    description:
      'Commands for the calling appliance: those that wait for its answer first, STOP before all, then each that comes. ' +
      'One may come more than once. Answer each with `acknowledgeCommand`, and do as it says only when that gives it ' +
      'back as ACKNOWLEDGED, within ten seconds. While it is open, the appliance counts as reachable.',
    subscribe: (_root, _args, context) => commandsFor(context, context.viewer),
    resolve: (id, _args, context, info) =>
      context.db.orm.query.applianceCommands.findFirst({
        ...queryFromInfo({ config: getSchemaConfig(builder), context, info, columns: { id: true } }),
        where: { AND: [{ id }, visibleCommands(context.viewer)] },
      }),
  }),
  commandUpdated: t.withAuth({ $any: { user: true, device: true } }).field({
    type: ApplianceCommand,
    description:
      'What became of a command: its state at once, then each change. Completes when the device has answered, or when it ' +
      'is too late for that.',
    args: { commandId: t.arg.id({ required: true, description: 'A global id or a UUID.' }) },
    subscribe: (_root, { commandId }, context) => watchedCommand(context, context.viewer, commandId),
    resolve: (id, _args, context, info) =>
      context.db.orm.query.applianceCommands.findFirst({
        ...queryFromInfo({ config: getSchemaConfig(builder), context, info, columns: { id: true } }),
        where: { AND: [{ id }, visibleCommands(context.viewer)] },
      }),
  }),
}));
