import type { KitchenIngredient, KitchenStage } from './stages.js';

/** Something on its way into the pot. */
export interface Dispensing {
  /** In seconds since the stage began. */
  startsAt: number;
  gramsPerSecond: number;
  gramsLeft: number;
  /** J/(g·K) */
  specificHeat: number;
  /** The part of the weight that is water and can boil off. */
  moisture: number;
  isLiquid: boolean;
}

/** What falls into the pot within one second. */
export type Portion = Pick<Dispensing, 'specificHeat' | 'moisture' | 'isLiquid'> & { grams: number };

type Substance = Pick<Dispensing, 'gramsPerSecond' | 'specificHeat' | 'moisture' | 'isLiquid'>;

const OIL: Substance = { gramsPerSecond: 10, specificHeat: 2, moisture: 0, isLiquid: false };
const WATER: Substance = { gramsPerSecond: 50, specificHeat: 4.18, moisture: 1, isLiquid: true };
const SEASONING: Substance = { gramsPerSecond: 4, specificHeat: 1.8, moisture: 0.2, isLiquid: false };
const COARSE: Substance = { gramsPerSecond: 60, specificHeat: 3.6, moisture: 0.75, isLiquid: false };

/** One dispenser works at a time, with a pause in which the next one gets ready. */
const CHANGEOVER_SECONDS = 2;

/** For a recipe that names no amount: a full coarse tray, a dose of a seasoning, a dash of a liquid. */
const USUAL_GRAMS = { CID: 150, ASD: 5, SLD: 50 } as const;

function substanceOf(ingredient: KitchenIngredient): Substance {
  if (ingredient.subsystem === 'ASD') return SEASONING;
  if (ingredient.subsystem === 'CID') return COARSE;
  return ingredient.channel === 'OIL' ? OIL : WATER;
}

/** The dispensers' work for a stage, one after another. */
export function planDispensing(stage: KitchenStage): Dispensing[] {
  let startsAt = 1;
  return (stage.ingredients ?? []).map((ingredient) => {
    const substance = substanceOf(ingredient);
    const gramsLeft = ingredient.amount_g ?? USUAL_GRAMS[ingredient.subsystem];
    const dispensing = { ...substance, startsAt, gramsLeft };
    startsAt += Math.ceil(gramsLeft / substance.gramsPerSecond) + CHANGEOVER_SECONDS;
    return dispensing;
  });
}

/** Takes what falls in the second that begins `stageSeconds` after the stage did out of `queue`, and returns it. */
export function dispense(queue: Dispensing[], stageSeconds: number): Portion[] {
  const portions: Portion[] = [];
  for (const { specificHeat, moisture, isLiquid, ...item } of queue) {
    if (item.startsAt > stageSeconds || item.gramsLeft <= 0) continue;
    const grams = Math.min(item.gramsPerSecond, item.gramsLeft);
    portions.push({ grams, specificHeat, moisture, isLiquid });
  }
  for (const item of queue) {
    if (item.startsAt <= stageSeconds) item.gramsLeft -= Math.min(item.gramsPerSecond, item.gramsLeft);
  }
  const left = queue.filter(({ gramsLeft }) => gramsLeft > 0);
  queue.splice(0, queue.length, ...left);
  return portions;
}
