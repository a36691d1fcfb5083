const STORAGE_KEY = 'epicura:seen';

/**
 * What the tabs of the desk are about: the recipe that an answer showed last with its version, the one person whom a
 * search left, and the firmware that was announced or moved last. It outlives a reload but not the browser's tab.
 *
 * @param {import('./sign-in.js').Storage} storage `sessionStorage`
 *
 * @typedef {{ recipeId?: string, version?: number, userId?: string, releaseId?: string }} Things
 * @typedef {ReturnType<typeof rememberSeen>} Seen
 */
export function rememberSeen(storage) {
  /** @type {Things} */
  let things = JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}');

  return {
    /**
     * Takes note of what an answer is about. A recipe that is one of a list is none that somebody works on; a list of
     * people counts when it holds exactly one.
     *
     * @param {import('./sign-in.js').Answer} answer
     */
    learn({ data }) {
      const before = things;
      for (const [field, value] of Object.entries(data ?? {})) {
        const payload = /** @type {Payload} */ (value ?? {});
        const recipe = field === 'recipe' ? /** @type {Recipe} */ (payload) : payload.recipe;
        if (recipe?.id && recipe.version) {
          things = { ...things, recipeId: recipe.id, version: recipe.version };
        }
        if (payload.release?.id) things = { ...things, releaseId: payload.release.id };
        if (payload.deletedId && payload.deletedId === things.recipeId) {
          things = { ...things, recipeId: undefined, version: undefined };
        }
        if (field === 'users') {
          things = {
            ...things,
            userId: payload.totalCount === 1 ? payload.edges?.[0]?.node?.id : undefined,
          };
        }
      }
      if (things !== before) storage.setItem(STORAGE_KEY, JSON.stringify(things));
    },

    /**
     * The variables with the empty ids in them, and in an `input` among them, filled in. Throws an Error for people to
     * read when there is nothing to fill one in with.
     *
     * @param {Record<string, unknown>} variables
     * @returns {Record<string, unknown>}
     */
    fillIn(variables) {
      const filled = fillInEmpty(variables, things);
      const { input } = filled;
      return typeof input === 'object' && input !== null && !Array.isArray(input)
        ? { ...filled, input: fillInEmpty(/** @type {Record<string, unknown>} */ (input), things) }
        : filled;
    },
  };
}

const MISSING = {
  recipeId: 'There is no recipe yet. Run the tab CreateRecipe, or write the id of a recipe as `recipeId`.',
  userId:
    'There is no person yet. Run the tab FindPeople so that one is left, or write the id of one as `userId`.',
  releaseId: 'There is no release yet. Run the tab AnnounceFirmware, or write the id of one as `releaseId`.',
};

/**
 * @param {Record<string, unknown>} values
 * @param {Things} things
 */
function fillInEmpty(values, things) {
  const filled = { ...values };
  for (const name of /** @type {(keyof typeof MISSING)[]} */ (Object.keys(MISSING))) {
    if (filled[name] !== '') continue;
    if (things[name] === undefined) throw new Error(MISSING[name]);
    filled[name] = things[name];
  }
  if (filled.recipeId !== undefined && filled.version === 0) {
    if (filled.recipeId !== things.recipeId) {
      throw new Error('Write the version of the recipe that you have read as `version`.');
    }
    filled.version = things.version;
  }
  return filled;
}

/**
 * @typedef {{ id?: string, version?: number }} Recipe
 * @typedef {{
 *   recipe?: Recipe | null,
 *   release?: { id?: string } | null,
 *   deletedId?: string,
 *   totalCount?: number,
 *   edges?: ({ node?: { id?: string } | null } | null)[],
 * }} Payload
 */
