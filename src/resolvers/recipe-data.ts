import { z } from 'zod';

/** A recipe as it is stored in `recipe_data`; the one description of its shape, on the way in and on the way out. */

const ingredient = z.object({
  subsystem: z.enum(['ASD', 'CID', 'SLD']),
  id: z.number().int().optional(),
  channel: z.string().optional(),
  name: z.string(),
  amount_g: z.number().optional(),
  mode: z.string().optional(),
});

const stage = z.object({
  name: z.string(),
  temp_target: z.number().optional(),
  duration_seconds: z.number().optional(),
  stir: z.boolean().optional(),
  stir_pattern: z.string().optional(),
  cv_check: z.string().optional(),
  ingredients: z.array(ingredient).optional(),
});

const recipeData = z.looseObject({ stages: z.array(stage) });

export type RecipeIngredientData = z.output<typeof ingredient>;

/** A stage with its place in the recipe, from 0. */
export interface RecipeStageData extends z.output<typeof stage> {
  position: number;
}

/** The stages in `recipe_data`; none where an old row does not have the shape. */
export function readStages(data: unknown): RecipeStageData[] {
  const parsed = recipeData.safeParse(data);
  return parsed.success ? parsed.data.stages.map((value, position) => ({ ...value, position })) : [];
}
