import { acknowledgeCommand, commandCook, sendCommand } from '../resolvers/commands.js';
import { ApplianceCommand } from './appliance-command.js';
import { builder } from './builder.js';
import { CommandKind } from './enums.js';

/** Giving commands, and answering them. */

const CommandPayload = builder.objectRef<{ commandId: string }>('CommandPayload').implement({
  description: 'A command that was given or answered.',
  fields: (t) => ({
    command: t.drizzleField({
      type: ApplianceCommand,
      nullable: false,
      description: 'As it is now.',
      resolve: async (query, { commandId }, _args, { db }) => {
        const found = await db.orm.query.applianceCommands.findFirst(query({ where: { id: commandId } }));
        return found as NonNullable<typeof found>;
      },
    }),
  }),
});

const CookingCommandInput = builder.inputType('CookingCommandInput', {
  description: 'Which cook it is about.',
  fields: (t) => ({ sessionId: t.id({ required: true, description: 'A global id or a UUID.' }) }),
});

const AcknowledgeCommandInput = builder.inputType('AcknowledgeCommandInput', {
  description: "A device's answer to a command.",
  fields: (t) => ({
    commandId: t.id({ required: true, description: 'A global id or a UUID.' }),
    accepted: t.boolean({ required: true, description: 'Whether it does as it is told.' }),
    message: t.string({ description: 'For people: why not, say.' }),
  }),
});

const SendApplianceCommandInput = builder.inputType('SendApplianceCommandInput', {
  description: 'What an administrator tells an appliance.',
  fields: (t) => ({
    applianceId: t.id({ required: true, description: 'A global id or a UUID.' }),
    kind: t.field({ type: CommandKind, required: true, description: 'RECIPE_SYNC, OTA or STOP.' }),
    firmwareReleaseId: t.id({ description: 'What to install; for OTA, and only then.' }),
  }),
});

const about = { description: 'Which cook.', required: true, type: CookingCommandInput } as const;

builder.mutationFields((t) => ({
  pauseCooking: t.withAuth({ user: true }).field({
    type: CommandPayload,
    description: 'Tells the appliance to hold a cook. CONFLICT unless it is COOKING.',
    args: { input: t.arg(about) },
    resolve: async (_root, { input }, context) => ({
      commandId: await commandCook(context, context.viewer, 'pause', input),
    }),
  }),
  resumeCooking: t.withAuth({ user: true }).field({
    type: CommandPayload,
    description: 'Tells the appliance to go on with a cook. CONFLICT unless it is PAUSED.',
    args: { input: t.arg(about) },
    resolve: async (_root, { input }, context) => ({
      commandId: await commandCook(context, context.viewer, 'resume', input),
    }),
  }),
  stopCooking: t.withAuth({ user: true }).field({
    type: CommandPayload,
    description:
      'Tells the appliance to end a cook. It overtakes all that was wanted of the cook before and is not answered yet: ' +
      'what has not begun never does. CONFLICT when the cook has ended.',
    args: { input: t.arg(about) },
    resolve: async (_root, { input }, context) => ({
      commandId: await commandCook(context, context.viewer, 'stop', input),
    }),
  }),
  acknowledgeCommand: t.withAuth({ device: true }).field({
    type: CommandPayload,
    description:
      'A device answers a command. The first answer in time stands, and the same again is told the same. Only what comes ' +
      'back as ACKNOWLEDGED may be done: a yes that was too late comes back as EXPIRED.',
    args: { input: t.arg({ type: AcknowledgeCommandInput, required: true, description: 'The answer.' }) },
    resolve: async (_root, { input }, context) => ({
      commandId: await acknowledgeCommand(context, context.viewer, input),
    }),
  }),
  sendApplianceCommand: t.withAuth({ admin: true }).field({
    type: CommandPayload,
    description: 'An administrator sends an appliance a command; STOP ends whatever it cooks.',
    args: {
      input: t.arg({ type: SendApplianceCommandInput, required: true, description: 'Which, and what.' }),
    },
    resolve: async (_root, { input }, context) => ({
      commandId: await sendCommand(context, context.viewer, input),
    }),
  }),
}));
