import { updatePreferences } from '../resolvers/preferences.js';
import { builder } from './builder.js';
import { Diet, Theme } from './enums.js';
import { UserPreferences } from './user.js';

const UpdatePreferencesInput = builder.inputType('UpdatePreferencesInput', {
  description:
    'What changes about the preferences; what is absent stays. The change that was made last stands. Of changes of one ' +
    'time all apply, and where they say different things about the same, the greater value stands: the larger number, ' +
    'the later text or list by its bytes, true before false.',
  fields: (t) => ({
    updatedAt: t.field({
      type: 'DateTime',
      description:
        'When the person made the change; now, when absent or in the future. An older change than the stored one does ' +
        'not apply.',
    }),
    language: t.string({ description: 'The language of the screens, as a locale: en_IN.' }),
    spiceLevel: t.int({ description: 'How hot, from 1 to 5.' }),
    saltLevel: t.int({ description: 'How salty, from 1 to 5.' }),
    oilLevel: t.int({ description: 'How much oil, from 1 to 5.' }),
    diet: t.field({ type: Diet, description: 'What the person eats.' }),
    cuisines: t.stringList({ description: 'The cuisines that the person likes best, at most 50.' }),
    defaultServings: t.int({ description: 'How many the person usually cooks for, from 1 to 4.' }),
    allergens: t.stringList({ description: 'What the person must not eat, at most 50.' }),
    theme: t.field({ type: Theme, description: 'How the screens look.' }),
    notificationsEnabled: t.boolean({ description: 'Whether the phones may ring.' }),
  }),
});

const UpdatePreferencesPayload = builder
  .objectRef<{ preferencesId: string; applied: boolean }>('UpdatePreferencesPayload')
  .implement({
    description: 'What became of a change of preferences.',
    fields: (t) => ({
      preferences: t.drizzleField({
        type: UserPreferences,
        nullable: false,
        description: 'As they are now.',
        resolve: async (query, { preferencesId }, _args, { db }) => {
          const found = await db.orm.query.userPreferences.findFirst(query({ where: { id: preferencesId } }));
          return found as NonNullable<typeof found>;
        },
      }),
      applied: t.exposeBoolean('applied', {
        nullable: false,
        description: 'Whether the whole change stands; false when a newer one stands against it.',
      }),
    }),
  });

builder.mutationField('updatePreferences', (t) =>
  t.withAuth({ $any: { user: true, device: true } }).field({
    type: UpdatePreferencesPayload,
    description: 'Changes how a person likes to cook and eat. A device speaks for its owner.',
    args: { input: t.arg({ type: UpdatePreferencesInput, required: true, description: 'What changes.' }) },
    resolve: (_root, { input }, context) => updatePreferences(context, context.viewer, input),
  }),
);
