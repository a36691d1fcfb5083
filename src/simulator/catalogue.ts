import type { KitchenStage } from '../kitchen/stages.js';
import { type CloudRecipe, RECIPES, type RecipePage } from './documents.js';
import type { CookPlan } from './memory.js';

type Recipe = CookPlan['recipe'];
/** Asks the cloud, for as long as it takes. */
export type Ask = <T>(document: string, variables: object) => Promise<T>;

const FRESH_MS = 10 * 60 * 1000;
/** A guard against a cloud whose pages never end. */
const MAX_PAGES = 100;

/** A robot's copy of the published recipes. */
export class Catalogue {
  readonly #ask: Ask;
  #recipes: Recipe[] = [];
  #loadedAt = Number.NEGATIVE_INFINITY;
  #lastId: string | undefined;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Any dish but the last one, as far as there is a choice; `undefined` while nothing is published. */
  async pick(): Promise<Recipe | undefined> {
    if (performance.now() - this.#loadedAt > FRESH_MS) await this.#load();
    const others = this.#recipes.filter(({ id }) => id !== this.#lastId);
    const choice = others.length > 0 ? others : this.#recipes;
    const recipe = choice[Math.floor(Math.random() * choice.length)];
    this.#lastId = recipe?.id;
    return recipe;
  }

  /** The dish of this UUID; one that the copy does not know may be new. */
  async find(uuid: string): Promise<Recipe | undefined> {
    const known = this.#recipes.find((recipe) => recipe.uuid === uuid);
    if (known) return known;
    await this.#load();
    return this.#recipes.find((recipe) => recipe.uuid === uuid);
  }

  /** The copy turned out to be out of date. */
  forget(): void {
    this.#loadedAt = Number.NEGATIVE_INFINITY;
  }

  async #load(): Promise<void> {
    const recipes: Recipe[] = [];
    let after: string | null = null;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer: RecipePage = await this.#ask<RecipePage>(RECIPES, { after });
      for (const edge of answer.recipes?.edges ?? []) {
        if (edge?.node && edge.node.stages.length > 0) recipes.push(toRecipe(edge.node));
      }
      after = answer.recipes?.pageInfo.endCursor ?? null;
      if (!answer.recipes?.pageInfo.hasNextPage) break;
    }
    this.#recipes = recipes;
    this.#loadedAt = performance.now();
  }
}

function toRecipe({ id, uuid, name, stages }: CloudRecipe): Recipe {
  return { id, uuid, name, stages: stages.map(toStage) };
}

/** Back into the stored shape that the kitchen reads. */
function toStage(stage: CloudRecipe['stages'][number]): KitchenStage {
  return {
    name: stage.name,
    temp_target: stage.targetTemperature ?? undefined,
    duration_seconds: stage.durationSeconds ?? undefined,
    stir: stage.stir,
    stir_pattern: stage.stirPattern ?? undefined,
    cv_check: stage.cvCheck ?? undefined,
    ingredients: stage.ingredients.map((ingredient) => ({
      subsystem: ingredient.subsystem,
      id: ingredient.slot ?? undefined,
      channel: ingredient.channel ?? undefined,
      name: ingredient.name,
      amount_g: ingredient.amountGrams ?? undefined,
      mode: ingredient.mode ?? undefined,
    })),
  };
}
