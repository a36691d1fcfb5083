import { defineRelations } from 'drizzle-orm';
import * as tables from './tables/index.js';

/** How the tables hang together; what `t.relation` in the schema can follow. */
export const relations = defineRelations(tables, (r) => ({
  users: {
    preferences: r.one.userPreferences({ from: r.users.id, to: r.userPreferences.userId }),
    appliances: r.many.appliances(),
    cookingSessions: r.many.cookingSessions(),
    pushTokens: r.many.pushTokens(),
  },
  appliances: {
    owner: r.one.users({ from: r.appliances.userId, to: r.users.id, optional: false }),
    ownerPreferences: r.one.userPreferences({ from: r.appliances.userId, to: r.userPreferences.userId }),
    cookingSessions: r.many.cookingSessions(),
    events: r.many.telemetryEvents(),
    /** The newest cook that still goes on; whoever follows it orders by the start. */
    currentSession: r.one.cookingSessions({
      from: r.appliances.id,
      to: r.cookingSessions.applianceId,
      where: { status: { in: ['started', 'cooking', 'paused'] } },
    }),
  },
  applianceCommands: {
    session: r.one.cookingSessions({ from: r.applianceCommands.sessionId, to: r.cookingSessions.id }),
  },
  recipes: {
    author: r.one.users({ from: r.recipes.createdBy, to: r.users.id }),
    stats: r.one.recipeStats({ from: r.recipes.id, to: r.recipeStats.recipeId }),
    edits: r.many.recipeEdits({ from: r.recipes.id, to: r.recipeEdits.recipeId }),
  },
  recipeEdits: {
    editor: r.one.users({ from: r.recipeEdits.editedBy, to: r.users.id }),
  },
  cookingSessions: {
    user: r.one.users({ from: r.cookingSessions.userId, to: r.users.id, optional: false }),
    appliance: r.one.appliances({
      from: r.cookingSessions.applianceId,
      to: r.appliances.id,
      optional: false,
    }),
    recipe: r.one.recipes({ from: r.cookingSessions.recipeId, to: r.recipes.id, optional: false }),
    commands: r.many.applianceCommands(),
  },
  telemetryEvents: {
    appliance: r.one.appliances({
      from: r.telemetryEvents.applianceId,
      to: r.appliances.id,
      optional: false,
    }),
    session: r.one.cookingSessions({ from: r.telemetryEvents.sessionId, to: r.cookingSessions.id }),
  },
  pushTokens: {
    user: r.one.users({ from: r.pushTokens.userId, to: r.users.id, optional: false }),
  },
}));
