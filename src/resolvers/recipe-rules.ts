import type { FieldError } from '../errors.js';
import { isStorableText } from '../text.js';

/**
 * What a recipe that people write must be, stage by stage: the limits of the appliance, and the words that it knows. Keys
 * that are not named here are for others, and are kept.
 */

const MAX_STAGES = 50;
const MAX_INGREDIENTS = 50;
const MAX_NAME = 100;
const MAX_DURATION_SECONDS = 24 * 60 * 60;
/** More than the pot holds. */
const MAX_GRAMS = 5000;
/** What the surface can be heated to, in °C; the safety stop is at 260. */
const TEMPERATURES = { least: 20, most: 250 };
/** How many boxes and trays the dispensers have; they count from 1. */
const SLOTS: Record<string, number> = { ASD: 6, CID: 4 };
const SUBSYSTEMS = ['ASD', 'CID', 'SLD'];
const CHANNELS = ['OIL', 'WATER'];
const STIR_PATTERNS = ['continuous', 'intermittent', 'fold'];
const CAMERA_CHECKS = ['oil_shimmer', 'spice_crackle', 'golden_brown', 'thick_consistency'];
/** Deeper structures could not be stored, nor walked through. */
const MAX_DEPTH = 32;
const MAX_CHARACTERS = 256 * 1024;

type Fields = Record<string, unknown>;

/** Every rule that a `recipe_data` breaks, with the path to what breaks it (`stages.2.ingredients.0.id`). */
export function recipeDataErrors(data: unknown): FieldError[] {
  const unstorable = storageErrors(data, '', 0);
  if (unstorable.length > 0) return unstorable;
  if (JSON.stringify(data).length > MAX_CHARACTERS) {
    return [{ field: '', message: `must be at most ${MAX_CHARACTERS} characters of JSON` }];
  }
  if (!isObject(data)) return [{ field: '', message: 'must be an object' }];
  const errors = new Errors('');
  errors.list(data, 'stages', MAX_STAGES, checkStage);
  if (Array.isArray(data.stages) && data.stages.length === 0) errors.add('stages', 'must not be empty');
  if (data.stages === undefined) errors.add('stages', 'must be given');
  return errors.found;
}

function checkStage(stage: Fields, errors: Errors): void {
  errors.name(stage);
  errors.number(stage, 'temp_target', TEMPERATURES.least, TEMPERATURES.most);
  errors.number(stage, 'duration_seconds', 1, MAX_DURATION_SECONDS, true);
  if (stage.stir !== undefined && typeof stage.stir !== 'boolean')
    errors.add('stir', 'must be true or false');
  errors.oneOf(stage, 'stir_pattern', STIR_PATTERNS);
  errors.oneOf(stage, 'cv_check', CAMERA_CHECKS);
  errors.list(stage, 'ingredients', MAX_INGREDIENTS, checkIngredient);
}

function checkIngredient(ingredient: Fields, errors: Errors): void {
  const { subsystem } = ingredient;
  errors.name(ingredient);
  errors.required(ingredient, 'subsystem');
  errors.oneOf(ingredient, 'subsystem', SUBSYSTEMS);
  const slots = SLOTS[String(subsystem)];
  if (slots !== undefined) {
    errors.required(ingredient, 'id');
    errors.number(ingredient, 'id', 1, slots, true);
  }
  if (subsystem === 'SLD') errors.required(ingredient, 'channel');
  errors.oneOf(ingredient, 'channel', CHANNELS);
  errors.oneOf(ingredient, 'mode', ['FULL']);
  if (ingredient.mode !== undefined && subsystem !== 'CID')
    errors.add('mode', 'is for the trays of CID alone');
  if (ingredient.mode === undefined) errors.required(ingredient, 'amount_g');
  const amount = ingredient.amount_g;
  if (amount !== undefined && !(typeof amount === 'number' && amount > 0 && amount <= MAX_GRAMS)) {
    errors.add('amount_g', `must be above 0, at most ${MAX_GRAMS}`);
  }
}

/** Collects what is wrong with one object. */
class Errors {
  readonly found: FieldError[] = [];
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  add(field: string, message: string): void {
    this.found.push({ field: `${this.#path}${field}`, message });
  }

  required(of: Fields, field: string): void {
    if (of[field] === undefined) this.add(field, 'must be given');
  }

  name(of: Fields): void {
    const { name } = of;
    if (typeof name !== 'string' || name.trim() === '') this.add('name', 'must not be empty');
    else if (name.length > MAX_NAME) this.add('name', `must be at most ${MAX_NAME} characters`);
  }

  number(of: Fields, field: string, least: number, most: number, isWhole = false): void {
    const value = of[field];
    if (value === undefined) return;
    const isInRange = typeof value === 'number' && value >= least && value <= most;
    if (!isInRange || (isWhole && !Number.isInteger(value))) {
      this.add(field, `must be a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`);
    }
  }

  oneOf(of: Fields, field: string, values: readonly string[]): void {
    const value = of[field];
    if (value !== undefined && !values.some((known) => known === value)) {
      this.add(field, `must be one of ${values.join(', ')}`);
    }
  }

  list(of: Fields, field: string, most: number, check: (item: Fields, errors: Errors) => void): void {
    const items = of[field];
    if (items === undefined) return;
    if (!Array.isArray(items) || items.length > most) {
      this.add(field, `must be a list of at most ${most}`);
      return;
    }
    for (const [place, item] of items.entries()) {
      const path = `${field}.${place}`;
      if (isObject(item)) {
        const errors = new Errors(`${this.#path}${path}.`);
        check(item, errors);
        this.found.push(...errors.found);
      } else {
        this.add(path, 'must be an object');
      }
    }
  }
}

/** What PostgreSQL cannot store, wherever it is. */
function storageErrors(value: unknown, path: string, depth: number): FieldError[] {
  if (depth > MAX_DEPTH) return [{ field: path, message: `must not be nested deeper than ${MAX_DEPTH}` }];
  if (typeof value === 'string' && !isStorableText(value)) {
    return [{ field: path, message: 'must not hold U+0000 or lone surrogates' }];
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return [{ field: path, message: 'is too large' }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    if (!isStorableText(key)) {
      return [{ field: path, message: 'must not hold U+0000 or lone surrogates in its names' }];
    }
    return storageErrors(below, path === '' ? key : `${path}.${key}`, depth + 1);
  });
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
