import { visibleAppliances, visibleRecipes, visibleSessions, visibleUsers } from '../auth/policies.js';
import type {
  Progress,
  StageLogEntry,
  Customizations as StoredCustomizations,
} from '../db/tables/cooking-sessions.js';
import { startCooking } from '../resolvers/cooking.js';
import { parseId } from '../resolvers/ids.js';
import { builder } from './builder.js';
import { SessionStatus } from './enums.js';

const StageLogEntryType = builder.objectRef<StageLogEntry>('StageLogEntry').implement({
  description: 'How a stage went.',
  fields: (t) => ({
    stage: t.exposeString('stage', { nullable: false, description: 'Its name.' }),
    durationSeconds: t.int({ description: 'How long it took.', resolve: (entry) => entry.duration_s }),
    result: t.exposeString('result', { description: 'What ended it: camera, timer, temperature…' }),
    cvConfidence: t.float({
      description: 'How sure the camera was, from 0 to 1.',
      resolve: (e) => e.cv_confidence,
    }),
  }),
});

const Substitution = builder.objectRef<{ from: string; to: string }>('Substitution').implement({
  description: 'One ingredient in place of another.',
  fields: (t) => ({
    from: t.exposeString('from', { nullable: false, description: 'What the recipe asks for.' }),
    to: t.exposeString('to', { nullable: false, description: 'What was taken instead.' }),
  }),
});

const Customizations = builder.objectRef<StoredCustomizations>('Customizations').implement({
  description: 'What a cook changed about the recipe.',
  fields: (t) => ({
    spiceLevel: t.int({ description: 'How hot, from 1 to 5.', resolve: (c) => c.spice_level }),
    saltLevel: t.int({ description: 'How salty, from 1 to 5.', resolve: (c) => c.salt_level }),
    oilLevel: t.int({ description: 'How much oil, from 1 to 5.', resolve: (c) => c.oil_level }),
    servings: t.exposeInt('servings', { description: 'How many it was cooked for.' }),
    substitutions: t.field({
      type: [Substitution],
      nullable: false,
      description: 'Ingredients that were replaced.',
      resolve: (c) => c.substitutions ?? [],
    }),
  }),
});

const SessionProgress = builder.objectRef<Progress>('SessionProgress').implement({
  description: "Where a cook stands: its newest stage and newest reading in the device's order.",
  fields: (t) => ({
    stageIndex: t.int({ description: 'The stage, from 0.', resolve: (p) => p.stage_index }),
    stageName: t.string({ description: 'The name of the stage.', resolve: (p) => p.stage_name }),
    totalStages: t.int({ description: 'How many stages there are.', resolve: (p) => p.total_stages }),
    progressPercent: t.float({
      description: 'How much of the whole cook is done.',
      resolve: (p) => p.progress_percent,
    }),
    temperature: t.exposeFloat('temperature', { description: 'The surface of the pot, in °C.' }),
    targetTemperature: t.float({
      description: 'Where it is heated to, in °C.',
      resolve: (p) => p.target_temperature,
    }),
    secondsRemaining: t.int({
      description: 'What is left of the whole cook.',
      resolve: (p) => (p.seconds_remaining === undefined ? null : Math.round(p.seconds_remaining)),
    }),
    stirActive: t.boolean({ description: 'Whether the arm stirs.', resolve: (p) => p.stir_active }),
    stirPattern: t.string({ description: 'How it stirs.', resolve: (p) => p.stir_pattern }),
    updatedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: "When the newest of it was recorded, by the device's clock.",
      resolve: (p) => p.updated_at,
    }),
  }),
});

export const CookingSession = builder.drizzleNode('cookingSessions', {
  name: 'CookingSession',
  id: { column: (session) => session.id, description: 'The global id.' },
  description: 'One cook: a recipe, on an appliance, from its start to its end.',
  select: { columns: { id: true } },
  fields: (t) => ({
    uuid: t.exposeString('id', { nullable: false, description: 'The id as devices know it.' }),
    status: t.expose('status', {
      type: SessionStatus,
      nullable: false,
      description: 'Where it is in its life.',
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: false, description: 'When it began.' }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      description: 'When it ended; null while it goes on.',
    }),
    user: t.relation('user', {
      nullable: true,
      description: 'Whose cook it is: who owned the appliance when it began.',
      query: (_args, { viewer }) => ({ where: visibleUsers(viewer) }),
    }),
    appliance: t.relation('appliance', {
      nullable: true,
      description: 'What it is cooked on; null when that is not the viewer’s any more.',
      query: (_args, { viewer }) => ({ where: visibleAppliances(viewer) }),
    }),
    recipe: t.relation('recipe', {
      nullable: true,
      description: 'What is cooked, as it is now; null when it is not in the catalogue any more.',
      query: (_args, { viewer }) => ({ where: visibleRecipes(viewer) }),
    }),
    recipeName: t.exposeString('recipeName', {
      nullable: false,
      description: "The recipe's name as it was when the cook began.",
    }),
    recipeVersion: t.exposeInt('recipeVersion', {
      description: "The recipe's version as it was when the cook began.",
    }),
    stagesLog: t.field({
      type: [StageLogEntryType],
      nullable: false,
      description: 'The stages that are over, in order.',
      select: { columns: { stagesLog: true } },
      resolve: ({ stagesLog }) => stagesLog ?? [],
    }),
    customizations: t.expose('customizations', {
      type: Customizations,
      nullable: true,
      description: 'What it changed about the recipe.',
    }),
    peakTemperature: t.exposeFloat('peakTemperature', { description: 'The hottest reading, in °C.' }),
    totalDurationSeconds: t.exposeInt('totalDurationS', {
      description: 'From start to end; null while it goes on.',
    }),
    userRating: t.exposeInt('userRating', { description: 'Stars from 1 to 5.' }),
    notes: t.exposeString('notes', { description: 'What the person noted about it.' }),
    progress: t.expose('progress', {
      type: SessionProgress,
      nullable: true,
      description: 'Where it stands now; null before the first event.',
    }),
  }),
});

builder.queryField('cookingSession', (t) =>
  t.drizzleField({
    type: CookingSession,
    authScopes: { anyone: true },
    description: 'A cook by its id; null when there is none that the viewer may see.',
    args: { id: t.arg.id({ required: true, description: 'A global id or a UUID.' }) },
    resolve: (query, _root, { id }, { db, viewer }) =>
      db.orm.query.cookingSessions.findFirst(
        query({ where: { AND: [{ id: parseId('CookingSession', id, 'id') }, visibleSessions(viewer)] } }),
      ),
  }),
);

const SubstitutionInput = builder.inputType('SubstitutionInput', {
  description: 'One ingredient in place of another.',
  fields: (t) => ({
    from: t.string({ required: true, description: 'What the recipe asks for.' }),
    to: t.string({ required: true, description: 'What is taken instead.' }),
  }),
});

export const CustomizationsInput = builder.inputType('CustomizationsInput', {
  description: 'What a cook changes about the recipe.',
  fields: (t) => ({
    spiceLevel: t.int({ description: 'How hot, from 1 to 5.' }),
    saltLevel: t.int({ description: 'How salty, from 1 to 5.' }),
    oilLevel: t.int({ description: 'How much oil, from 1 to 5.' }),
    servings: t.int({ description: 'How many to cook for, from 1 to 20.' }),
    substitutions: t.field({ type: [SubstitutionInput], description: 'Ingredients to replace.' }),
  }),
});

const StartCookingInput = builder.inputType('StartCookingInput', {
  description: 'What is cooked.',
  fields: (t) => ({
    applianceId: t.id({ description: 'Required of a person, refused of a device.' }),
    recipeId: t.id({ required: true, description: 'A global id or a UUID.' }),
    customizations: t.field({ type: CustomizationsInput, description: 'What to change about the recipe.' }),
    sessionUuid: t.string({
      description:
        "The caller's UUID for the cook, which becomes the session's: starting it again returns the same.",
    }),
    startedAt: t.field({
      type: 'DateTime',
      description: 'For a device that started on its own; now, when absent.',
    }),
  }),
});

export const CookingSessionPayload = builder
  .objectRef<{ sessionId: string }>('CookingSessionPayload')
  .implement({
    description: 'A cook that was begun or changed.',
    fields: (t) => ({
      session: t.drizzleField({
        type: CookingSession,
        nullable: false,
        description: 'As it is now.',
        resolve: async (query, { sessionId }, _args, { db }) => {
          const found = await db.orm.query.cookingSessions.findFirst(query({ where: { id: sessionId } }));
          return found as NonNullable<typeof found>;
        },
      }),
    }),
  });

builder.mutationField('startCooking', (t) =>
  t.withAuth({ $any: { user: true, device: true } }).field({
    type: CookingSessionPayload,
    description:
      'A person names the appliance, whose device gets a COOK command; until it begins, the cook is STARTED. ' +
      'A device starts a cook on itself.',
    args: { input: t.arg({ type: StartCookingInput, required: true, description: 'What is cooked.' }) },
    resolve: async (_root, { input }, context) => ({
      sessionId: await startCooking(context, context.viewer, input),
    }),
  }),
);
