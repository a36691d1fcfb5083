import { publishedRecipes } from '../auth/policies.js';
import { encodeGlobalId } from '../resolvers/ids.js';
import { type RecipeChanges as Changes, SYNC_PAGE, syncRecipes } from '../resolvers/recipe-sync.js';
import { builder } from './builder.js';
import { Recipe } from './recipe.js';

const RecipeChanges = builder.objectRef<Changes>('RecipeChanges').implement({
  description: `What a device must change in its copy of the catalogue: at most ${SYNC_PAGE} changes, the oldest first.`,
  fields: (t) => ({
    recipes: t.drizzleField({
      type: [Recipe],
      nullable: { list: false, items: false },
      extensions: { rows: SYNC_PAGE },
      description: 'To be put in place of those with the same ids, in the order of their last changes.',
      // One that changed in this very moment has a later stamp, and is in the next page.
      resolve: async (query, { firstStamp, lastStamp }, _args, { db }) => {
        if (firstStamp === null || lastStamp === null) return [];
        return db.orm.query.recipes.findMany(
          query({
            where: {
              AND: [
                { updatedAt: { gte: firstStamp, lte: lastStamp }, publishedAt: { isNotNull: true } },
                publishedRecipes(),
              ],
            },
            orderBy: { updatedAt: 'asc' },
            limit: SYNC_PAGE,
          }),
        );
      },
    }),
    deletedIds: t.idList({
      nullable: false,
      description: 'To be removed, where they are in the copy: deleted, or not published any more.',
      resolve: ({ deletedIds }) => deletedIds.map((id) => encodeGlobalId('Recipe', id)),
    }),
    serverTimestamp: t.expose('serverTimestamp', {
      type: 'DateTime',
      nullable: false,
      description: 'The `since` of the next request, exactly as it is here.',
    }),
    hasMore: t.exposeBoolean('hasMore', {
      nullable: false,
      description: 'Whether the next request should follow at once.',
    }),
    reset: t.exposeBoolean('reset', {
      nullable: false,
      description:
        'Whether the copy is to be emptied first, because `since` is from before the records of deletions or ahead of ' +
        'the server. Everything is listed then.',
    }),
  }),
});

builder.queryField('recipeChanges', (t) =>
  t.withAuth({ $any: { user: true, device: true } }).field({
    type: RecipeChanges,
    description: 'How the published catalogue changed. Without `since`, the whole catalogue.',
    args: {
      since: t.arg({ type: 'DateTime', description: 'The `serverTimestamp` of the last answer.' }),
    },
    resolve: (_root, { since }, context) => syncRecipes(context, context.viewer, since),
  }),
);
