import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoSeed, type DemoSeedTools, seedDemo } from '../../src/db/seed/demo.js';
import { seedRecipes } from '../../src/db/seed/recipes/index.js';
import { type EventType, type NewEvent, toPayload } from '../../src/live/events.js';
import { foldAll, foldTransitions, type Transition } from '../../src/live/fold.js';
import { isTransition, projectSession, type SessionHead } from '../../src/live/project.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';

const tools: DemoSeedTools = {
  hashPassword: async (password) => `hash of ${password}`,
  createDeviceToken: () => `epd_${randomBytes(32).toString('base64url')}`,
  hashDeviceToken: (token) => createHash('sha256').update(token).digest(),
};

interface StoredSession extends SessionHead {
  recipeId: string;
  recipeName: string;
  recipeVersion: number;
  userRating: number | null;
  notes: string | null;
}

interface StoredEvent extends NewEvent {
  deviceSequence: number;
  sequence: number;
  applianceId: string;
  receivedAt: string;
  clockOffsetMs: number | null;
}

let database: TestDatabase;
let seed: DemoSeed | undefined;
let elapsedMs: number;
let sessions: StoredSession[];
let events: StoredEvent[];

const rowsOf = async <T extends object>(text: string, values: unknown[] = []) =>
  (await database.pool.query<T>(text, values)).rows;

beforeAll(async () => {
  database = await createTestDatabase();
  const started = performance.now();
  seed = await seedDemo(database.pool, tools);
  elapsedMs = performance.now() - started;
  sessions = await rowsOf<StoredSession>(
    `SELECT id, appliance_id AS "applianceId", user_id AS "userId", status, started_at AS "startedAt", completed_at AS "completedAt",
            end_recorded_at AS "endRecordedAt", total_duration_s AS "totalDurationS", stages_log AS "stagesLog",
            peak_temperature AS "peakTemperature", last_sequence AS "lastSequence",
            first_recorded_at AS "firstRecordedAt", last_recorded_at AS "lastRecordedAt",
            last_received_at AS "lastReceivedAt", progress, ended_by_log AS "endedByLog", recipe_id AS "recipeId", recipe_name AS "recipeName",
            recipe_version AS "recipeVersion", user_rating AS "userRating", notes
     FROM cooking_sessions ORDER BY started_at`,
  );
  events = await rowsOf<StoredEvent>(
    `SELECT appliance_id AS "applianceId", session_id AS "sessionId", event_type AS type, payload, sequence,
            recorded_at AS "recordedAt", device_sequence AS "deviceSequence", received_at AS "receivedAt",
            clock_offset_ms AS "clockOffsetMs"
     FROM telemetry_events ORDER BY session_id, sequence`,
  );
});

afterAll(() => database.drop());

const journalOf = ({ id }: StoredSession) => events.filter(({ sessionId }) => sessionId === id);

describe('the demo seed', () => {
  test('takes no time worth mentioning', () => {
    expect(elapsedMs).toBeLessThan(5_000); // half a second, unless other tests want the processor too
  });

  test('changes nothing where it was seeded before, and says so', async () => {
    const count = () =>
      rowsOf(`SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM recipes) AS recipes,
                     (SELECT count(*) FROM telemetry_events) AS events, (SELECT count(*) FROM appliances) AS robots`);
    const before = await count();
    expect(await seedDemo(database.pool, tools)).toBeUndefined();
    expect(await count()).toEqual(before);
  });

  test('lets one of many instances seed', async () => {
    const fresh = await createTestDatabase();
    try {
      const seeds = await Promise.all([1, 2, 3].map(() => seedDemo(fresh.pool, tools)));
      expect(seeds.filter((one) => one !== undefined)).toHaveLength(1);
    } finally {
      await fresh.drop();
    }
  });

  test('makes the two accounts, each with preferences', async () => {
    const accounts = await rowsOf(
      `SELECT u.email, u.role, u.password_hash AS hash, p.diet FROM users u JOIN user_preferences p ON p.user_id = u.id
       ORDER BY u.email`,
    );
    expect(accounts).toEqual([
      {
        email: 'admin@epicura.example',
        role: 'admin',
        hash: 'hash of season-well-42',
        diet: expect.any(String),
      },
      {
        email: 'cook@epicura.example',
        role: 'user',
        hash: 'hash of cook-along-42',
        diet: expect.any(String),
      },
    ]);
  });

  test('publishes the whole catalogue, in order, each recipe with a time of change of its own', async () => {
    const recipes = await rowsOf<{
      id: string;
      data: { name: string; stages: unknown[] };
      updatedAt: string;
    }>(
      `SELECT r.id, recipe_data AS data, r.updated_at AS "updatedAt"
       FROM recipes r JOIN users u ON u.id = r.created_by AND u.role = 'admin'
       WHERE is_published ORDER BY r.updated_at`,
    );
    expect(recipes.map(({ id }) => id)).toEqual(seedRecipes.map(({ id }) => id));
    expect(new Set(recipes.map(({ updatedAt }) => updatedAt)).size).toBe(seedRecipes.length);
    expect(recipes[0]?.data).toEqual({
      name: 'Dal Tadka',
      servings: 4,
      total_time_minutes: 35,
      stages: seedRecipes[0]?.stages,
    });
  });

  test('pairs three robots with the cook and returns their tokens, of which it stores hashes alone', async () => {
    expect(seed?.robots.map(({ deviceId }) => deviceId)).toEqual(['EPIC-001', 'EPIC-002', 'EPIC-003']);
    for (const { deviceId, serialNumber, token } of seed?.robots ?? []) {
      const paired = await rowsOf(
        `SELECT a.device_id AS "deviceId", a.serial_number AS "serialNumber", u.email
         FROM device_registrations r JOIN appliances a ON a.id = r.appliance_id JOIN users u ON u.id = a.user_id
         WHERE r.token_hash = $1`,
        [tools.hashDeviceToken(token)],
      );
      expect(paired).toEqual([{ deviceId, serialNumber, email: 'cook@epicura.example' }]);
    }
  });

  test('offers firmware of both processors, stable and beta', async () => {
    const releases = await rowsOf<{ target: string; channel: string; checksum: string }>(
      'SELECT DISTINCT target, channel FROM firmware_releases ORDER BY target, channel',
    );
    expect(releases).toEqual([
      { target: 'cm5', channel: 'beta' },
      { target: 'cm5', channel: 'stable' },
      { target: 'stm32', channel: 'beta' },
      { target: 'stm32', channel: 'stable' },
    ]);
    const odd = await rowsOf(
      `SELECT 1 FROM firmware_releases WHERE checksum_sha256 !~ '^[0-9a-f]{64}$' OR binary_url !~ '^https://'`,
    );
    expect(odd).toEqual([]);
  });
});

describe('the seeded past', () => {
  test('is a dozen ended cooks of three weeks, none at the same time on the same appliance', () => {
    expect(sessions).toHaveLength(12);
    expect(new Set(sessions.map(({ status }) => status))).toEqual(new Set(['completed', 'aborted']));
    expect(sessions.filter(({ userRating }) => userRating !== null).length).toBeGreaterThan(5);
    expect(sessions.filter(({ notes }) => notes !== null).length).toBeGreaterThan(2);
    for (const [i, session] of sessions.entries()) {
      const days = (Date.now() - Date.parse(session.startedAt)) / 86_400_000;
      expect(days).toBeGreaterThan(0);
      expect(days).toBeLessThan(22.5);
      const next = sessions.slice(i + 1).find(({ applianceId }) => applianceId === session.applianceId);
      if (next) expect(next.startedAt > (session.completedAt ?? '')).toBe(true);
      expect((session.completedAt ?? '') < new Date().toISOString()).toBe(true);
    }
  });

  test('has journals without a hole, in the order of the device and of arrival', () => {
    for (const session of sessions) {
      const journal = journalOf(session);
      expect(journal.map(({ sequence }) => sequence)).toEqual(journal.map((_, i) => i + 1));
      for (const [i, event] of journal.entries()) {
        const before = journal[i - 1];
        expect(event.applianceId).toBe(session.applianceId);
        if (!before) continue;
        expect(event.recordedAt > before.recordedAt).toBe(true);
        expect(event.receivedAt > before.receivedAt).toBe(true);
        expect(event.deviceSequence).toBe(before.deviceSequence + 1);
      }
    }
    const keys = events.map(({ applianceId, deviceSequence }) => `${applianceId} ${deviceSequence}`);
    expect(new Set(keys).size).toBe(events.length);
    expect(new Set(events.map(({ type }) => type)).size).toBe(5);
  });

  test('holds only payloads that the API would have stored the same', () => {
    for (const { type, payload } of events) {
      const reading = Object.fromEntries(
        Object.entries(payload).map(([name, value]) => [
          name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
          value,
        ]),
      );
      expect(toPayload(type as EventType, reading, true, 'reading')).toEqual(payload);
    }
  });

  test('has sessions that are exactly what their journals project to', () => {
    for (const session of sessions) {
      const journal = journalOf(session);
      const empty: SessionHead = {
        id: session.id,
        applianceId: session.applianceId,
        userId: session.userId,
        status: 'started',
        startedAt: session.startedAt,
        completedAt: null,
        endRecordedAt: null,
        totalDurationS: null,
        stagesLog: null,
        peakTemperature: null,
        lastSequence: 0,
        firstRecordedAt: null,
        lastRecordedAt: null,
        lastReceivedAt: null,
        progress: null,
        endedByLog: false,
      };
      const fold = foldAll(journal.filter(isTransition), null);
      const { head } = projectSession(empty, journal, fold);
      const { recipeId, recipeName, recipeVersion, userRating, notes, ...stored } = session;
      expect(stored).toEqual({ ...head, lastReceivedAt: journal.at(-1)?.receivedAt });
      expect([recipeName, recipeVersion]).toEqual([seedRecipes.find(({ id }) => id === recipeId)?.name, 1]);

      const transitions = journal.filter(isTransition) satisfies Transition[];
      const { status, completedAt, endRecordedAt, stagesLog } = foldTransitions(transitions);
      expect({ status, completedAt, endRecordedAt, stagesLog }).toEqual({
        status: session.status,
        completedAt: session.completedAt,
        endRecordedAt: session.endRecordedAt,
        stagesLog: session.stagesLog,
      });
    }
  });

  test('is what the appliances were last heard of with', async () => {
    const appliances = await rowsOf<{
      id: string;
      reportedAt: string | null;
      reportedSequence: number | null;
    }>(`SELECT id, reported_at AS "reportedAt", reported_sequence AS "reportedSequence" FROM appliances`);
    for (const { id, reportedAt, reportedSequence } of appliances) {
      const newest = events
        .filter(({ applianceId }) => applianceId === id)
        .toSorted((a, b) => (a.recordedAt < b.recordedAt ? -1 : 1))
        .at(-1);
      expect([reportedAt, reportedSequence]).toEqual([
        newest?.recordedAt ?? null,
        newest?.deviceSequence ?? null,
      ]);
    }
  });
});
