import { cookingSessions } from '../db/tables/index.js';
import { newestStartFirst, sessionConditions } from '../resolvers/session-list.js';
import { builder } from './builder.js';
import { defineConnection } from './connections.js';
import { CookingSession } from './cooking-session.js';
import { SessionStatus } from './enums.js';

export const CookingSessionFilter = builder.inputType('CookingSessionFilter', {
  description: 'Which cooks a list holds; everything that is given must hold.',
  fields: (t) => ({
    status: t.field({ type: [SessionStatus], description: 'Any of these.' }),
    applianceId: t.id({ description: 'Cooked on this appliance.' }),
    recipeId: t.id({ description: 'Of this recipe.' }),
    startedAfter: t.field({ type: 'DateTime', description: 'Begun later than this.' }),
    startedBefore: t.field({ type: 'DateTime', description: 'Begun earlier than this.' }),
  }),
});

export const { connection: cookingSessionConnection, edge: cookingSessionEdge } = defineConnection(
  CookingSession,
  {
    name: 'CookingSession',
    noun: 'cooking session',
    table: 'cookingSessions',
    conditions: sessionConditions,
    parents: { User: cookingSessions.userId, Appliance: cookingSessions.applianceId },
  },
);

builder.queryField('cookingSessions', (t) =>
  t.drizzleConnection(
    {
      authScopes: { admin: true },
      type: CookingSession,
      nullable: true,
      description: 'The cooks of all homes, the newest start first; for administrators.',
      args: { filter: t.arg({ type: CookingSessionFilter, description: 'Which ones.' }) },
      resolve: (query, _root, args, context) =>
        context.db.orm.query.cookingSessions.findMany(
          query({ where: sessionConditions(context, args), orderBy: newestStartFirst }),
        ),
    },
    cookingSessionConnection,
    cookingSessionEdge,
  ),
);
