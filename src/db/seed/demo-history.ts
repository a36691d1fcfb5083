import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { fromMicroseconds, type Instant } from '../../instant.js';
import type { Mishap } from '../../kitchen/mishaps.js';
import { createRandom, drawInteger } from '../../kitchen/random.js';
import type { Customizations } from '../tables/cooking-sessions.js';
import { recordCook, type SessionFigures, type StoredEvent, summarize } from './demo-journal.js';
import { type SeedRecipe, seedRecipes } from './recipes/index.js';

/** A cook of the past three weeks. */
interface PastCook {
  dish: string;
  /** Which of the home's appliances. */
  appliance: 0 | 1;
  daysAgo: number;
  meal: keyof typeof MEALS;
  rating?: number;
  notes?: string;
  customizations?: Customizations;
  mishaps?: readonly Mishap[];
}

/** When the home eats, in minutes of a UTC day: it keeps Indian time. */
const MEALS = { breakfast: 2 * 60 + 20, lunch: 6 * 60 + 50, dinner: 13 * 60 + 40 } as const;

/** From the oldest to the newest; no two of an appliance overlap, and the last ended yesterday. */
const PAST_COOKS: readonly PastCook[] = [
  { dish: 'Kanda Poha', appliance: 0, daysAgo: 21, meal: 'breakfast', rating: 4 },
  {
    dish: 'Dal Tadka',
    appliance: 0,
    daysAgo: 19,
    meal: 'dinner',
    rating: 5,
    notes: 'Just like at home. A squeeze of lime at the end.',
    customizations: { spice_level: 4, servings: 2 },
  },
  { dish: 'Tom Yum Goong', appliance: 1, daysAgo: 17, meal: 'dinner', rating: 4 },
  {
    dish: 'Rava Upma',
    appliance: 0,
    daysAgo: 15,
    meal: 'breakfast',
    mishaps: [{ kind: 'PAUSE', atSeconds: 400, durationSeconds: 95 }],
  },
  {
    dish: 'Spaghetti Aglio e Olio',
    appliance: 1,
    daysAgo: 13,
    meal: 'lunch',
    rating: 3,
    notes: 'A little too much garlic for the children.',
    customizations: { spice_level: 2, substitutions: [{ from: 'chili_flakes', to: 'sweet_paprika' }] },
  },
  {
    dish: 'Butter Chicken',
    appliance: 0,
    daysAgo: 11,
    meal: 'dinner',
    rating: 5,
    mishaps: [{ kind: 'POT_REMOVED', atSeconds: 900, durationSeconds: 40 }],
  },
  {
    dish: 'Masala Makhana',
    appliance: 1,
    daysAgo: 10,
    meal: 'lunch',
    notes: 'Stopped it, guests came early.',
    mishaps: [{ kind: 'STOP', atSeconds: 310, durationSeconds: 0 }],
  },
  { dish: 'Palak Paneer', appliance: 0, daysAgo: 8, meal: 'dinner', rating: 4 },
  {
    dish: 'Mushroom Risotto',
    appliance: 1,
    daysAgo: 6,
    meal: 'dinner',
    rating: 5,
    mishaps: [{ kind: 'CV_FAILURE', atSeconds: 700, durationSeconds: 0 }],
  },
  {
    dish: 'Vegetable Biryani',
    appliance: 0,
    daysAgo: 4,
    meal: 'lunch',
    rating: 4,
    notes: 'The bottom crust is the best part.',
    mishaps: [{ kind: 'MOTOR_STALL', atSeconds: 620, durationSeconds: 15 }],
  },
  { dish: 'Shakshuka', appliance: 1, daysAgo: 2, meal: 'breakfast', rating: 4 },
  { dish: 'Dal Tadka', appliance: 0, daysAgo: 1, meal: 'dinner' },
];

const DAY_MS = 24 * 60 * 60 * 1000;
/** Which random numbers the past was cooked with; another seed is another, equally plausible past. */
const SEED = 20_260;

interface SeededSession extends SessionFigures {
  id: string;
  applianceId: string;
  recipe: SeedRecipe;
  startedAt: Instant;
  events: StoredEvent[];
  cook: PastCook;
}

/**
 * Inserts the cooks of the past three weeks with every event of their journals, each row in the state to which its
 * journal adds up, and tells the appliances when they were last heard of.
 */
export async function insertHistory(
  client: pg.ClientBase,
  ownerId: string,
  appliances: readonly string[],
  nowMs: number,
): Promise<void> {
  const sessions = cookThePast(appliances, nowMs);
  await insertSessions(client, ownerId, sessions);
  await insertEvents(client, sessions);
  await client.query(
    `UPDATE appliances a
     SET reported_at = e.recorded_at, reported_sequence = e.device_sequence, last_seen_at = e.received_at
     FROM (SELECT DISTINCT ON (appliance_id) appliance_id, recorded_at, device_sequence, received_at
           FROM telemetry_events WHERE appliance_id = ANY($1::uuid[])
           ORDER BY appliance_id, recorded_at DESC) e
     WHERE a.id = e.appliance_id`,
    [appliances],
  );
}

function cookThePast(appliances: readonly string[], nowMs: number): SeededSession[] {
  const random = createRandom(SEED);
  const nextDeviceSequence = appliances.map(() => 1);
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  return PAST_COOKS.map((cook) => {
    const recipe = seedRecipes.find(({ name }) => name === cook.dish);
    if (!recipe) throw new Error(`The catalogue has no ${cook.dish}.`);
    const startedMs = today - cook.daysAgo * DAY_MS + MEALS[cook.meal] * 60_000;
    const started = startedMs * 1000 + drawInteger(random, 0, 900_000_000);
    const firstSequence = nextDeviceSequence[cook.appliance] as number;
    const events = recordCook(recipe, started, firstSequence, { ...random }, cook.mishaps ?? []);
    nextDeviceSequence[cook.appliance] = firstSequence + events.length;
    const startedAt = fromMicroseconds(started);
    const applianceId = appliances[cook.appliance] as string;
    return {
      id: randomUUID(),
      applianceId,
      recipe,
      startedAt,
      events,
      cook,
      ...summarize(events, startedAt),
    };
  });
}

async function insertSessions(
  client: pg.ClientBase,
  ownerId: string,
  sessions: readonly SeededSession[],
): Promise<void> {
  const rows = sessions.map((session) => ({
    id: session.id,
    appliance_id: session.applianceId,
    recipe_id: session.recipe.id,
    status: session.status,
    started_at: session.startedAt,
    completed_at: session.completedAt,
    stages_log: session.stagesLog,
    customizations: session.cook.customizations ?? null,
    peak_temperature: session.peakTemperature,
    total_duration_s: session.totalDurationS,
    user_rating: session.cook.rating ?? null,
    notes: session.cook.notes ?? null,
    recipe_name: session.recipe.name,
    last_sequence: session.events.length,
    first_recorded_at: session.events[0]?.recordedAt,
    last_recorded_at: session.events.at(-1)?.recordedAt,
    last_received_at: session.events.at(-1)?.receivedAt,
    end_recorded_at: session.events.at(-1)?.recordedAt,
    progress: session.progress,
  }));
  await client.query(
    `INSERT INTO cooking_sessions (user_id, recipe_version, id, appliance_id, recipe_id, status, started_at, completed_at,
                                   stages_log, customizations, peak_temperature, total_duration_s, user_rating, notes,
                                   recipe_name, last_sequence, first_recorded_at, last_recorded_at, last_received_at,
                                   end_recorded_at, progress)
     SELECT $1, 1, s.*
     FROM jsonb_to_recordset($2::jsonb) AS s(
       id uuid, appliance_id uuid, recipe_id uuid, status text, started_at timestamptz, completed_at timestamptz,
       stages_log jsonb, customizations jsonb, peak_temperature real, total_duration_s int, user_rating int, notes text,
       recipe_name text, last_sequence int, first_recorded_at timestamptz, last_recorded_at timestamptz,
       last_received_at timestamptz, end_recorded_at timestamptz, progress jsonb)`,
    [ownerId, JSON.stringify(rows)],
  );
}

async function insertEvents(client: pg.ClientBase, sessions: readonly SeededSession[]): Promise<void> {
  const rows = sessions.flatMap(({ id, applianceId, events }) =>
    events.map((event) => ({ ...event, sessionId: id, applianceId })),
  );
  await client.query(
    `INSERT INTO telemetry_events (appliance_id, session_id, event_type, payload, recorded_at, sequence,
                                   device_sequence, received_at)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::timestamptz[], $6::int[], $7::int[],
                          $8::timestamptz[])`,
    [
      rows.map(({ applianceId }) => applianceId),
      rows.map(({ sessionId }) => sessionId),
      rows.map(({ type }) => type),
      rows.map(({ payload }) => JSON.stringify(payload)),
      rows.map(({ recordedAt }) => recordedAt),
      rows.map(({ sequence }) => sequence),
      rows.map(({ deviceSequence }) => deviceSequence),
      rows.map(({ receivedAt }) => receivedAt),
    ],
  );
}
