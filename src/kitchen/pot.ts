import type { Portion } from './dispensing.js';

/**
 * The pot as three bodies in a row: the induction coil's disc heats the surface, the surface heats the food, and the
 * air cools all of it. Temperatures in °C, heat capacities in J/K, conductances in W/K.
 */
export interface Pot {
  coil: number;
  surface: number;
  /** What the sensor under the surface says: the surface, a moment ago. */
  sensed: number;
  food: number;
  foodCapacity: number;
  grams: number;
  /** The water in the food that can still boil off; nothing exceeds 100 °C while there is some. */
  moistureGrams: number;
  liquidGrams: number;
  powerPercent: number;
}

export const ROOM_CELSIUS = 24;

const MAX_WATTS = 2200;
/** The part of the electric power that arrives in the pot: induction's usual efficiency. */
const EFFICIENCY = 0.86;
const COIL_CAPACITY = 110;
const SURFACE_CAPACITY = 400;
const COIL_TO_SURFACE = 30;
const SURFACE_TO_AIR = 1.2;
const SENSOR_SECONDS = 2;
/** Watts for each degree that the heat already in coil and surface falls short of the target. */
const GAIN = 80;
/** The part of a portion that touches the hot surface before it mixes with the food. */
const CONTACT = 0.12;
const BOILING_CELSIUS = 100;
const EVAPORATION_JOULES_PER_GRAM = 2257;
const SUBSTEP_SECONDS = 0.5;

/** An empty pot at room temperature. */
export function createPot(): Pot {
  return {
    coil: ROOM_CELSIUS,
    surface: ROOM_CELSIUS,
    sensed: ROOM_CELSIUS,
    food: ROOM_CELSIUS,
    foodCapacity: 0,
    grams: 0,
    moistureGrams: 0,
    liquidGrams: 0,
    powerPercent: 0,
  };
}

/** Drops a portion at room temperature into the pot: it cools the surface it touches, then the food it mixes with. */
export function addPortion(pot: Pot, portion: Portion): void {
  const capacity = portion.grams * portion.specificHeat;
  const drawn = CONTACT * capacity * Math.max(0, pot.surface - ROOM_CELSIUS);
  pot.surface = Math.max(ROOM_CELSIUS, pot.surface - drawn / SURFACE_CAPACITY);
  const heat = pot.food * pot.foodCapacity + ROOM_CELSIUS * capacity + drawn;
  pot.foodCapacity += capacity;
  if (pot.foodCapacity > 0) pot.food = heat / pot.foodCapacity;
  pot.grams += portion.grams;
  pot.moistureGrams += portion.grams * portion.moisture;
  if (portion.isLiquid) pot.liquidGrams += portion.grams;
}

/** One second at the stove. Without a target, or with the heat cut off, the pot only cools. */
export function heatPot(pot: Pot, targetCelsius: number | undefined, isStirring: boolean): void {
  let watts = 0;
  for (let passed = 0; passed < 1; passed += SUBSTEP_SECONDS) {
    const toFood = conductanceToFood(pot, isStirring);
    const power = targetCelsius === undefined ? 0 : controlPower(pot, targetCelsius, toFood);
    flowHeat(pot, power * EFFICIENCY, toFood, SUBSTEP_SECONDS);
    watts += power * SUBSTEP_SECONDS;
  }
  pot.powerPercent = (watts / MAX_WATTS) * 100;
}

/** Of pieces only the lowest layer touches the surface, a liquid does everywhere; stirring renews what touches it. */
function conductanceToFood(pot: Pot, isStirring: boolean): number {
  if (pot.foodCapacity === 0) return 0;
  const pieces = Math.min(6, 0.02 * (pot.grams - pot.liquidGrams));
  const resting = 2 + pieces + 0.1 * pot.liquidGrams;
  return Math.min(110, resting * (isStirring ? 1.15 : 1));
}

/**
 * Electric power for the next moment: what keeps the surface where it is, and more or less by the heat that is missing.
 * Counting the heat on its way from the coil is what makes the surface approach its target without overshooting.
 */
function controlPower(pot: Pot, target: number, toFood: number): number {
  const holding =
    Math.max(0, SURFACE_TO_AIR * (pot.surface - ROOM_CELSIUS)) + toFood * (pot.surface - pot.food);
  const surplus =
    (COIL_CAPACITY * (pot.coil - pot.surface - holding / COIL_TO_SURFACE)) /
    (COIL_CAPACITY + SURFACE_CAPACITY);
  const watts = (holding + GAIN * (target - pot.surface - surplus)) / EFFICIENCY;
  return Math.min(MAX_WATTS, Math.max(0, watts));
}

function flowHeat(pot: Pot, watts: number, toFood: number, seconds: number): void {
  const coilToSurface = COIL_TO_SURFACE * (pot.coil - pot.surface);
  const surfaceToFood = toFood * (pot.surface - pot.food);
  const surfaceToAir = SURFACE_TO_AIR * (pot.surface - ROOM_CELSIUS);
  pot.coil += ((watts - coilToSurface) * seconds) / COIL_CAPACITY;
  pot.surface += ((coilToSurface - surfaceToFood - surfaceToAir) * seconds) / SURFACE_CAPACITY;
  if (pot.foodCapacity > 0) {
    pot.food += (surfaceToFood * seconds) / pot.foodCapacity;
    evaporate(pot, seconds);
  }
  pot.sensed += ((pot.surface - pot.sensed) * seconds) / SENSOR_SECONDS;
}

/** Steam takes weight and heat away: a little from 70 °C on, and at 100 °C all the heat that comes in. */
function evaporate(pot: Pot, seconds: number): void {
  if (pot.moistureGrams <= 0) return;
  const simmering = 0.02 * Math.max(0, (pot.food - 70) / 30) ** 2 * seconds;
  const boiling = (Math.max(0, pot.food - BOILING_CELSIUS) * pot.foodCapacity) / EVAPORATION_JOULES_PER_GRAM;
  const grams = Math.min(pot.moistureGrams, simmering + boiling);
  pot.food -= (grams * EVAPORATION_JOULES_PER_GRAM) / pot.foodCapacity;
  pot.moistureGrams -= grams;
  pot.grams -= grams;
  pot.liquidGrams = Math.max(0, pot.liquidGrams - grams);
}
