export type Diet = 'vegetarian' | 'vegan' | 'pescatarian' | 'no_restrictions';
export interface Suitability {
  suitable: boolean;
  conflicts: string[];
}
export function judge(
  _names: readonly string[],
  _person: { diet: Diet; allergens: readonly string[] },
): Suitability {
  return { suitable: true, conflicts: [] };
}
export function unsuitableNames(
  _diet: Diet,
  _allergens: readonly string[],
  _names: readonly string[],
): string[] {
  return [];
}
