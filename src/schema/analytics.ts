import type { SessionStatus as Status } from '../db/tables/cooking-sessions.js';
import {
  checkPeriod,
  type DailyCount,
  firmwareVersions,
  MAX_DAYS,
  newUsersPerDay,
  type Period,
  popularRecipes,
  type RecipePopularity,
  sessionOutcomes,
  sessionsPerDay,
} from '../resolvers/analytics.js';
import { builder } from './builder.js';
import { FirmwareTarget, SessionStatus } from './enums.js';
import { Recipe } from './recipe.js';

const count = { nullable: false, description: 'How many.' } as const;

const DailyCountType = builder.objectRef<DailyCount>('DailyCount').implement({
  description: 'What was counted on a day.',
  fields: (t) => ({
    day: t.expose('day', { type: 'Date', nullable: false, description: 'The day, in UTC.' }),
    count: t.exposeInt('count', count),
  }),
});

const SessionOutcome = builder.objectRef<{ status: Status; count: number }>('SessionOutcome').implement({
  description: 'How many cooks stand so.',
  fields: (t) => ({
    status: t.expose('status', { type: SessionStatus, nullable: false, description: 'Where they stand.' }),
    count: t.exposeInt('count', count),
  }),
});

const RecipePopularityType = builder.objectRef<RecipePopularity>('RecipePopularity').implement({
  description: 'How a recipe was taken up.',
  fields: (t) => ({
    recipe: t.field({
      type: Recipe,
      nullable: false,
      description: 'The recipe, as it is now.',
      resolve: ({ recipeId }) => ({ id: recipeId }) as never, // all of a list are read in one statement
    }),
    cookCount: t.exposeInt('cookCount', { nullable: false, description: 'How often it was begun.' }),
    averageRating: t.exposeFloat('averageRating', {
      description: 'Of the cooks that were rated, from 1 to 5; null when none was.',
    }),
    averageDurationSeconds: t.exposeFloat('averageDurationSeconds', {
      description: 'Of the cooks that were completed; null when none was.',
    }),
  }),
});

const VersionCount = builder.objectRef<{ version: string | null; count: number }>('VersionCount').implement({
  description: 'How many appliances run a version.',
  fields: (t) => ({
    version: t.exposeString('version', { description: 'Null for those that never told theirs.' }),
    count: t.exposeInt('count', count),
  }),
});

const Analytics = builder.objectRef<Period>('Analytics').implement({
  description: 'What all homes together did in some time. Each field is counted when it is asked for.',
  fields: (t) => ({
    sessionsPerDay: t.field({
      type: [DailyCountType],
      nullable: false,
      description: 'Cooks by the day of their start, in order; days without one are there with 0.',
      resolve: (period, _args, context) => sessionsPerDay(context, period),
    }),
    newUsersPerDay: t.field({
      type: [DailyCountType],
      nullable: false,
      description:
        'Accounts by the day on which they were opened, in order; days without one are there with 0.',
      resolve: (period, _args, context) => newUsersPerDay(context, period),
    }),
    sessionOutcomes: t.field({
      type: [SessionOutcome],
      nullable: false,
      description: 'How the cooks that began in this time stand now, the most frequent first.',
      resolve: (period, _args, context) => sessionOutcomes(context, period),
    }),
    popularRecipes: t.field({
      type: [RecipePopularityType],
      nullable: false,
      description: 'What was begun most often in this time, of what is in the catalogue.',
      args: { first: t.arg.int({ defaultValue: 10, description: 'The first so many, from 1 to 100.' }) },
      resolve: (period, { first }, context) => popularRecipes(context, period, first ?? 10),
    }),
    firmwareVersions: t.field({
      type: [VersionCount],
      nullable: false,
      description:
        'What all appliances that have a home run now, whatever the time; the most frequent first.',
      args: { target: t.arg({ type: FirmwareTarget, required: true, description: 'The part of it.' }) },
      resolve: (_period, { target }, context) => firmwareVersions(context, target),
    }),
  }),
});

builder.queryField('analytics', (t) =>
  t.withAuth({ admin: true }).field({
    type: Analytics,
    description: `What all homes together did in some time, at most ${MAX_DAYS} days; for administrators.`,
    args: {
      from: t.arg({ type: 'DateTime', required: true, description: 'Where it begins.' }),
      to: t.arg({ type: 'DateTime', required: true, description: 'Before which it ends.' }),
    },
    resolve: (_root, period) => checkPeriod(period),
  }),
);
