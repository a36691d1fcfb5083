import { visibleAppliances, visiblePreferences, visiblePushTokens } from '../auth/policies.js';
import { newestStartFirst, sessionConditions } from '../resolvers/session-list.js';
import { applianceConnection, applianceEdge } from './appliance.js';
import { builder } from './builder.js';
import {
  CookingSessionFilter,
  cookingSessionConnection,
  cookingSessionEdge,
} from './cooking-session-list.js';
import { Diet, PushPlatform, Theme, UserRole } from './enums.js';

export const UserPreferences = builder.drizzleNode('userPreferences', {
  name: 'UserPreferences',
  id: { column: (preferences) => preferences.id, description: 'The global id.' },
  description: 'How a person likes to cook and eat.',
  select: { columns: { id: true } },
  fields: (t) => ({
    language: t.string({
      nullable: false,
      description: 'The language of the screens, as a locale: en_IN.',
      select: { columns: { language: true } },
      resolve: ({ language }) => language ?? 'en_IN',
    }),
    spiceLevel: t.int({
      nullable: false,
      description: 'How hot, from 1 to 5.',
      select: { columns: { spiceLevel: true } },
      resolve: ({ spiceLevel }) => spiceLevel ?? 3,
    }),
    saltLevel: t.int({
      nullable: false,
      description: 'How salty, from 1 to 5.',
      select: { columns: { saltLevel: true } },
      resolve: ({ saltLevel }) => saltLevel ?? 3,
    }),
    oilLevel: t.int({
      nullable: false,
      description: 'How much oil, from 1 to 5.',
      select: { columns: { oilLevel: true } },
      resolve: ({ oilLevel }) => oilLevel ?? 3,
    }),
    diet: t.field({
      type: Diet,
      nullable: false,
      description: 'What the person eats.',
      select: { columns: { diet: true } },
      resolve: ({ diet }) => diet ?? 'no_restrictions',
    }),
    cuisines: t.stringList({
      nullable: false,
      description: 'The cuisines that the person likes best.',
      select: { columns: { cuisines: true } },
      resolve: ({ cuisines }) => cuisines ?? [],
    }),
    defaultServings: t.int({
      nullable: false,
      description: 'How many the person usually cooks for, from 1 to 4.',
      select: { columns: { defaultServings: true } },
      resolve: ({ defaultServings }) => defaultServings ?? 2,
    }),
    allergens: t.stringList({
      nullable: false,
      description: 'What the person must not eat.',
      select: { columns: { allergens: true } },
      resolve: ({ allergens }) => allergens ?? [],
    }),
    theme: t.field({
      type: Theme,
      nullable: false,
      description: 'How the screens look.',
      select: { columns: { theme: true } },
      resolve: ({ theme }) => theme ?? 'light',
    }),
    notificationsEnabled: t.boolean({
      nullable: false,
      description: 'Whether the phones may ring.',
      select: { columns: { notificationsEnabled: true } },
      resolve: ({ notificationsEnabled }) => notificationsEnabled ?? true,
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When it was last changed.',
    }),
  }),
});

export const PushToken = builder.drizzleNode('pushTokens', {
  name: 'PushToken',
  id: { column: (token) => token.id, description: 'The global id.' },
  description: 'Where the push notifications of a phone go.',
  select: { columns: { id: true } },
  fields: (t) => ({
    platform: t.expose('platform', { type: PushPlatform, nullable: false, description: 'The push service.' }),
    token: t.exposeString('token', { nullable: false, description: "The phone's token with that service." }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When it was registered.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When it was last refreshed.',
    }),
  }),
});

export const User = builder.drizzleNode('users', {
  name: 'User',
  id: { column: (user) => user.id, description: 'The global id.' },
  description: 'A person with an account. One account is one home.',
  select: { columns: { id: true } },
  fields: (t) => ({
    email: t.exposeString('email', {
      nullable: false,
      description: 'The address to sign in with, in lower case.',
    }),
    name: t.exposeString('name', { nullable: false, description: 'What the person is called.' }),
    role: t.expose('role', { type: UserRole, nullable: false, description: 'What kind of account it is.' }),
    isActive: t.exposeBoolean('isActive', {
      nullable: false,
      description: 'Whether the person may sign in.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When the account was opened.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When it was last changed.',
    }),
    preferences: t.relation('preferences', {
      description: 'How the person likes to cook and eat.',
      query: (_args, { viewer }) => ({ where: visiblePreferences(viewer) }),
    }),
    appliances: t.relatedConnection(
      'appliances',
      {
        nullable: true,
        description: 'The appliances of the home, the newest pairing first.',
        query: (_args, { viewer }) => ({
          where: visibleAppliances(viewer),
          orderBy: { pairedAt: 'desc', id: 'desc' },
        }),
      },
      applianceConnection,
      applianceEdge,
    ),
    cookingSessions: t.relatedConnection(
      'cookingSessions',
      {
        nullable: true,
        description: 'What was cooked in this home, the newest start first.',
        args: { filter: t.arg({ type: CookingSessionFilter, description: 'Which ones.' }) },
        query: (args, context) => ({ where: sessionConditions(context, args), orderBy: newestStartFirst }),
      },
      cookingSessionConnection,
      cookingSessionEdge,
    ),
    pushTokens: t.relation('pushTokens', {
      description: 'The phones that notifications go to.',
      query: (_args, { viewer }) => ({
        where: visiblePushTokens(viewer),
        orderBy: { createdAt: 'desc', id: 'desc' },
        limit: 100,
      }),
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.drizzleField({
    type: User,
    authScopes: { anyone: true },
    description: 'The person who is signed in; null for nobody, and for a device.',
    resolve: async (query, _root, _args, { db, viewer }) =>
      viewer.kind === 'user' ? db.orm.query.users.findFirst(query({ where: { id: viewer.id } })) : null,
  }),
);

/** What a mutation answers that changed an account; it passes on whose. */
export function userPayload(name: string) {
  return builder.objectRef<{ userId: string }>(name).implement({
    description: 'An account that was changed.',
    fields: (t) => ({
      user: t.drizzleField({
        type: User,
        nullable: false,
        description: 'As it is now.',
        resolve: async (query, { userId }, _args, { db }) => {
          const found = await db.orm.query.users.findFirst(query({ where: { id: userId } }));
          return found as NonNullable<typeof found>;
        },
      }),
    }),
  });
}
