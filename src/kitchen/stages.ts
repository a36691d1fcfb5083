/** A stage in the shape in which recipes store it (`recipe_data.stages`); a recipe may leave out all but the name. */
export interface KitchenStage {
  name: string;
  /** °C; without it the heat stays off. */
  temp_target?: number;
  duration_seconds?: number;
  stir?: boolean;
  stir_pattern?: string;
  /** What the camera looks for; seeing it ends the stage. */
  cv_check?: string;
  ingredients?: readonly KitchenIngredient[];
}

/** What a dispenser drops as the stage begins. */
export interface KitchenIngredient {
  subsystem: 'ASD' | 'CID' | 'SLD';
  id?: number;
  channel?: string;
  name: string;
  amount_g?: number;
  mode?: string;
}

const UNTIMED_STAGE_SECONDS = 120;

/** How long a stage lasts at most, at least a second. */
export function plannedSeconds(stage: KitchenStage): number {
  return Math.max(1, Math.round(stage.duration_seconds ?? UNTIMED_STAGE_SECONDS));
}

/** How long the whole recipe lasts at most. */
export function totalSeconds(stages: readonly KitchenStage[]): number {
  return stages.reduce((sum, stage) => sum + plannedSeconds(stage), 0);
}

/**
 * Whether the stage is about reaching its temperature and over when it is reached. The stored shape does not say so;
 * the name does.
 */
export function endsByTemperature(stage: KitchenStage): boolean {
  return (
    stage.cv_check === undefined &&
    stage.temp_target !== undefined &&
    /^(heat|preheat|warm|melt|bring)\b/i.test(stage.name)
  );
}

/** The stage that a cook is in, or was in last. */
export function currentStage(cook: { stages: readonly KitchenStage[]; stageIndex: number }): KitchenStage {
  return cook.stages[Math.min(cook.stageIndex, cook.stages.length - 1)] as KitchenStage;
}
