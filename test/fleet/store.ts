import type { SyncedRecipe } from '../_util/sync.js';
import type { Reading } from '../faults/forms.js';
import type { SentEvent } from '../faults/history.js';

/** A log as `POST /sessions` takes it. */
export interface CookingLog {
  id: string;
  recipe_id: string;
  status: 'completed' | 'aborted' | 'error';
  started_at: string;
  completed_at: string;
  stages_log: { stage: string; duration_s: number; result: string; cv_confidence: number }[];
  peak_temperature: number;
  total_duration_s: number;
  revision: number;
}

/** A cook as its robot knows it. */
export interface RobotCook {
  sessionId: string;
  recipeId: string;
  startedAt: string;
  stages: CookingLog['stages_log'];
  peak: number;
  isPaused: boolean;
  /** Whether the cloud knows it, so that it takes events of it. */
  isKnown: boolean;
  /** When it ends by itself, by `Date.now()`. */
  endsAt: number;
  log?: CookingLog;
  /** What its log said before it was corrected. */
  earlier: CookingLog[];
  /** The revision that the cloud has taken. */
  uploaded: number;
}

/** What a robot said to a command, and what came of it; `asking` until the cloud has answered. */
export interface Obeyed {
  kind: string;
  verdict: 'asking' | 'effect' | 'refused' | 'too-late';
  effects: number;
}

/** How a person likes to eat, as far as robots set it. */
export interface Preferences {
  spiceLevel: number;
  saltLevel: number;
  oilLevel: number;
}

/** A change of them, and when it was made. */
export type PreferencesChange = Preferences & { updatedAt: string };

/** What a robot keeps when its power is cut. */
export class Store {
  deviceSequence = 0;
  lastRecordedAt = 0;
  /** All events that it ever made, in the form in which each is sent. */
  readonly readings = new Map<SentEvent, Reading>();
  /** Those that are not acknowledged. */
  readonly waiting = new Set<SentEvent>();
  readonly cooks = new Map<string, RobotCook>();
  /** The one that goes on. */
  cook: RobotCook | undefined;
  readonly obeyed = new Map<string, Obeyed>();
  /** All changes of preferences that were made on it, and those that the cloud has not heard of. */
  readonly changes: PreferencesChange[] = [];
  readonly untold = new Set<PreferencesChange>();
  /** What stands, as the cloud said at the end. */
  preferences: Preferences | undefined;
  /** Its copy of the catalogue, and where that stands. */
  readonly recipes = new Map<string, SyncedRecipe>();
  since: string | undefined;
}
