import { visibleRecipeEdits, visibleUsers } from '../auth/policies.js';
import { recipeEdits } from '../db/tables/index.js';
import { encodeGlobalId, parseId } from '../resolvers/ids.js';
import { builder } from './builder.js';
import { defineConnection } from './connections.js';
import { RecipeAction } from './enums.js';

const RecipeEdit = builder.drizzleObject('recipeEdits', {
  name: 'RecipeEdit',
  description: 'What somebody did with a recipe. For administrators.',
  select: { columns: { id: true, editedAt: true } },
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Tells edits apart, in a cache say.',
      resolve: ({ id }) => encodeGlobalId('RecipeEdit', id),
    }),
    recipeId: t.id({
      nullable: false,
      description: 'Of which recipe, even where there is none any more.',
      select: { columns: { recipeId: true } },
      resolve: ({ recipeId }) => encodeGlobalId('Recipe', recipeId),
    }),
    action: t.expose('action', { type: RecipeAction, nullable: false, description: 'What was done.' }),
    editedAt: t.expose('editedAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When: the `updatedAt` that the recipe got by it.',
    }),
    editor: t.relation('editor', {
      description: 'Who did it; null for a change by hand in the database.',
      query: (_args, { viewer }) => ({ where: visibleUsers(viewer) }),
    }),
    version: t.exposeInt('version', { nullable: false, description: 'The version that it made.' }),
    before: t.expose('before', {
      type: 'JSON',
      description:
        'What was changed, as it was, by the names of the columns; `recipe_data` without what they say. Null for a new recipe.',
    }),
    after: t.expose('after', {
      type: 'JSON',
      description: 'The same as it became; null for a recipe that was removed for good.',
    }),
  }),
});

interface HistoryArgs {
  recipeId?: string | null;
}

const { connection, edge } = defineConnection(RecipeEdit, {
  name: 'RecipeEdit',
  noun: 'recipe edit',
  table: 'recipeEdits',
  conditions: ({ viewer }, { recipeId }: HistoryArgs) => ({
    AND: [
      visibleRecipeEdits(viewer),
      ...(recipeId ? [{ recipeId: parseId('Recipe', recipeId, 'recipeId') }] : []),
    ],
  }),
  parents: { Recipe: recipeEdits.recipeId },
});

builder.drizzleObjectFields('recipes', (t) => ({
  history: t.relatedConnection(
    'edits',
    {
      type: RecipeEdit,
      nullable: true,
      description:
        'Who changed it, when and what, the newest first. For administrators; empty for everybody else.',
      query: (_args, { viewer }) => ({
        where: visibleRecipeEdits(viewer),
        orderBy: { editedAt: 'desc', id: 'desc' },
      }),
    },
    connection,
    edge,
  ),
}));

builder.queryField('recipeEdits', (t) =>
  t.drizzleConnection(
    {
      type: RecipeEdit,
      authScopes: { admin: true },
      description:
        'Who changed the catalogue, when and what, the newest first, deleted recipes among them. For administrators.',
      args: { recipeId: t.arg.id({ description: 'Only this recipe.' }) },
      resolve: (query, _root, { recipeId }, { db, viewer }) =>
        db.orm.query.recipeEdits.findMany(
          query({
            where: {
              AND: [
                visibleRecipeEdits(viewer),
                ...(recipeId ? [{ recipeId: parseId('Recipe', recipeId, 'recipeId') }] : []),
              ],
            },
            orderBy: { editedAt: 'desc', id: 'desc' },
          }),
        ),
    },
    connection,
    edge,
  ),
);
