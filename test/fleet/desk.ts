import { drawChance, type Random } from '../../src/kitchen/random.js';
import { pick } from '../faults/chance.js';
import type { History } from '../faults/history.js';
import { HttpTransport } from '../faults/transport.js';

const VERSION = 'recipe { uuid version }';
const CREATE = `mutation ($input: CreateRecipeInput!) { createRecipe(input: $input) { ${VERSION} } }`;
const UPDATE = `mutation ($input: UpdateRecipeInput!) { updateRecipe(input: $input) { ${VERSION} } }`;
const SET = (what: string) =>
  `mutation ($input: RecipeIdInput!) { ${what}Recipe(input: $input) { __typename } }`;

/** What an editor may be refused with: the recipe is another's by now, or gone; or the server is away. */
const EXPECTED = new Set(['CONFLICT', 'NOT_FOUND', 'SERVICE_UNAVAILABLE']);
const FEWEST = 20;

/** Editors at work on one catalogue, with versions that may be old by the time they save. */
export class Desk {
  readonly #random: Random;
  readonly #transport: HttpTransport;
  readonly #url: string;
  readonly #history: History;
  readonly #known: { uuid: string; version: number }[] = [];
  edits = 0;
  conflicts = 0;
  #count = 0;

  constructor(url: string, token: string, random: Random, history: History) {
    this.#url = url;
    this.#transport = new HttpTransport(token);
    this.#random = random;
    this.#history = history;
  }

  /** Some dishes to begin with. */
  async open(): Promise<void> {
    while (this.#known.length < FEWEST) await this.#create();
  }

  /** One of the things that editors do. */
  async work(): Promise<void> {
    const recipe = pick(this.#random, this.#known);
    if (drawChance(this.#random, 0.15)) return this.#create();
    if (drawChance(this.#random, 0.15)) {
      await this.#do(SET('unpublish'), { recipeId: recipe.uuid });
    } else if (drawChance(this.#random, 0.35)) {
      await this.#do(SET('publish'), { recipeId: recipe.uuid });
    } else if (drawChance(this.#random, 0.08) && this.#known.length > FEWEST) {
      await this.#do(SET('delete'), { recipeId: recipe.uuid });
    } else {
      // Two editors with the same version: one of them is told.
      const both = drawChance(this.#random, 0.3) ? [1, 2] : [1];
      await Promise.all(both.map(() => this.#rename(recipe)));
    }
  }

  async #rename(recipe: { uuid: string; version: number }): Promise<void> {
    const { uuid: recipeId, version } = recipe;
    this.#count += 1;
    type Updated = { updateRecipe: { recipe: { version: number } } };
    const data = await this.#do<Updated>(UPDATE, { recipeId, version, name: `Dish, edit ${this.#count}` });
    // After a conflict, and where nobody knows, whoever edits looks again.
    recipe.version = data?.updateRecipe.recipe.version ?? (await this.#versionOf(recipeId)) ?? version;
  }

  async #versionOf(id: string): Promise<number | undefined> {
    const { data } = await this.#transport.ask<{ recipe: { version: number } | null }>(
      this.#url,
      'query ($id: ID!) { recipe(id: $id) { version } }',
      { id },
    );
    return data?.recipe?.version;
  }

  async #create(): Promise<void> {
    this.#count += 1;
    const input = {
      ...{ name: `Dish ${this.#count}`, category: 'curry', difficulty: 'EASY', timeMinutes: 30 },
      recipeData: { stages: [{ name: 'Heat oil', temp_target: 180, duration_seconds: 60 }] },
    };
    type Created = { createRecipe: { recipe: { uuid: string; version: number } } };
    const created = (await this.#do<Created>(CREATE, input))?.createRecipe.recipe;
    if (!created) return;
    this.#known.push(created);
    await this.#do(SET('publish'), { recipeId: created.uuid });
  }

  async #do<T>(document: string, input: object): Promise<T | undefined> {
    const { data, codes } = await this.#transport.ask<T>(this.#url, document, { input });
    for (const code of codes)
      if (!EXPECTED.has(code)) this.#history.incident(`an editor was refused: ${code}`);
    if (codes.includes('CONFLICT')) this.conflicts += 1;
    if (codes.length > 0 || !data) return undefined;
    this.edits += 1;
    return data;
  }
}
