import { sql } from 'drizzle-orm';
import { isAdmin, visibleRecipes } from '../auth/policies.js';
import type { Context } from '../context.js';
import type { recipes } from '../db/tables/index.js';
import { forbidden, ValidationError } from '../errors.js';
import { isStorableText } from '../text.js';
import { unsuitableForViewer } from './suitability.js';

/** A search looks at so many characters and words; the rest of a longer one is passed over. */
const MAX_SEARCH_CHARACTERS = 200;
const MAX_SEARCH_WORDS = 16;
const MAX_TAGS = 20;

export type RecipeSort = 'relevance' | 'name' | 'timeMinutes' | 'createdAt' | 'rating' | 'popularity';

export interface RecipeFilter {
  category?: string | null;
  cuisine?: string | null;
  difficulty?: 'easy' | 'medium' | 'hard' | null;
  tags?: string[] | null;
  maxTimeMinutes?: number | null;
  maxCalories?: number | null;
  ingredient?: string | null;
  suitableForViewer?: boolean | null;
  isPublished?: boolean | null;
}

export interface RecipeListArgs {
  search?: string | null;
  filter?: RecipeFilter | null;
  orderBy?: { by: RecipeSort; direction: 'asc' | 'desc' } | null;
}

type RecipeTable = typeof recipes;

/** What a search text looks for: beginnings of words, and a name that sounds alike. */
interface Search {
  words: string;
  name: string;
}

/** Reads a search text; `undefined` when there is none. Punctuation of every kind is only what separates words. */
function readSearch(search: string | null | undefined): Search | undefined {
  if (search === null || search === undefined || search.trim() === '') return undefined;
  if (!isStorableText(search)) throw ValidationError.of('search', 'must not hold U+0000 or lone surrogates');
  const name = [...search].slice(0, MAX_SEARCH_CHARACTERS).join('').toLowerCase().trim();
  const words = name.match(/[\p{L}\p{N}\p{M}]+/gu)?.slice(0, MAX_SEARCH_WORDS) ?? [];
  return { words: words.map((word) => `'${word}':*`).join(' & '), name };
}

const tsquery = ({ words }: Search) => sql`to_tsquery('english', immutable_unaccent(${words}))`;
const plainName = ({ name }: Search) => sql`immutable_unaccent(${name})`;

/** Which recipes a list holds: those that the viewer may see, found by the search, let through by the filter. */
export async function recipeConditions(
  context: Context,
  { search, filter }: RecipeListArgs,
): Promise<object> {
  const wanted = readSearch(search);
  return {
    AND: [
      visibleRecipes(context.viewer),
      ...(wanted
        ? [
            {
              RAW: (t: RecipeTable) =>
                sql`${t.id} IN (SELECT search_recipe_ids(${plainName(wanted)}, ${tsquery(wanted)}))`,
            },
          ]
        : []),
      ...(filter ? await filterConditions(context, filter) : []),
    ],
  };
}

async function filterConditions(context: Context, filter: RecipeFilter): Promise<object[]> {
  requireStorable(filter);
  const { category, cuisine, difficulty, tags, maxTimeMinutes, maxCalories, ingredient } = filter;
  const conditions: object[] = [];
  if (category) conditions.push({ category: category.toLowerCase() });
  if (cuisine) conditions.push({ cuisine: cuisine.toLowerCase() });
  if (difficulty) conditions.push({ difficulty });
  if (tags && tags.length > 0)
    conditions.push({ tags: { arrayContains: tags.map((tag) => tag.toLowerCase()) } });
  if (typeof maxTimeMinutes === 'number') conditions.push({ timeMinutes: { lte: maxTimeMinutes } });
  if (typeof maxCalories === 'number') conditions.push({ calories: { lte: maxCalories } });
  if (ingredient) {
    conditions.push({
      ingredientNames: { arrayContains: [ingredient.trim().toLowerCase().replaceAll(/\s+/g, '_')] },
    });
  }
  if (filter.suitableForViewer) {
    const names = await unsuitableForViewer(context);
    if (names) {
      // An empty list overlaps with nothing, and a dish whose ingredients nobody listed suits nobody for sure.
      conditions.push({ RAW: (t: RecipeTable) => sql`cardinality(${t.ingredientNames}) > 0` });
      if (names.length > 0) conditions.push({ NOT: { ingredientNames: { arrayOverlaps: names } } });
    }
  }
  if (typeof filter.isPublished === 'boolean') {
    if (!isAdmin(context.viewer)) throw forbidden('Only administrators may filter by publication.');
    conditions.push({ isPublished: filter.isPublished });
  }
  return conditions;
}

function requireStorable({ category, cuisine, ingredient, tags }: RecipeFilter): void {
  for (const [field, value] of Object.entries({ category, cuisine, ingredient })) {
    if (value && !isStorableText(value)) {
      throw ValidationError.of(`filter.${field}`, 'must not hold U+0000 or lone surrogates');
    }
  }
  if (tags && tags.length > MAX_TAGS) throw ValidationError.of('filter.tags', `must be at most ${MAX_TAGS}`);
  if (tags?.some((tag) => !isStorableText(tag))) {
    throw ValidationError.of('filter.tags', 'must not hold U+0000 or lone surrogates');
  }
}

/**
 * The order of a list, with the id to tell ties apart, and the expressions that it orders by. Without a word about it:
 * the best match first when something is searched, else by name. Relevance counts places, so ASC is the best first.
 */
export function recipeOrder({ search, orderBy }: RecipeListArgs) {
  const wanted = readSearch(search);
  const { by, direction } = orderBy ?? {
    by: wanted ? ('relevance' as const) : ('name' as const),
    direction: 'asc' as const,
  };
  switch (by) {
    case 'relevance': {
      if (!wanted) return { orderBy: { name: direction, id: direction } };
      const relevance = (t: RecipeTable) =>
        sql<number>`(-100000 * (ts_rank(${t.searchDocument}, ${tsquery(wanted)})
                      + word_similarity(${plainName(wanted)}, ${t.searchName})))::int`;
      return { extras: { relevance }, orderBy: { relevance: direction, id: direction } };
    }
    case 'rating': {
      const rating = (t: RecipeTable) =>
        sql<number>`coalesce((SELECT 10000 * rating_sum / nullif(rating_count, 0) FROM recipe_stats
                              WHERE recipe_id = ${t.id}), 0)`;
      return { extras: { rating }, orderBy: { rating: direction, id: direction } };
    }
    case 'popularity': {
      const popularity = (t: RecipeTable) =>
        sql<number>`coalesce((SELECT cook_count FROM recipe_stats WHERE recipe_id = ${t.id}), 0)`;
      return { extras: { popularity }, orderBy: { popularity: direction, id: direction } };
    }
    default:
      return { orderBy: { [by]: direction, id: direction } };
  }
}
