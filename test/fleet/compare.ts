import { isDeepStrictEqual } from 'node:util';
import { parseInstant } from '../../src/instant.js';
import type { SyncedRecipe } from '../_util/sync.js';
import { checkAcknowledged, checkAnswers } from '../faults/check-answers.js';
import { checkStored } from '../faults/check-stored.js';
import { checkStreams } from '../faults/check-streams.js';
import { type Journals, journalsOf } from '../faults/checker.js';
import type { Evidence } from '../faults/history.js';
import type { Household } from './household.js';
import type { Robot } from './robot.js';
import type { CookingLog, Preferences, PreferencesChange } from './store.js';

/** What the cloud holds, read by SQL: the server has no say in it. */
export interface Cloud extends Evidence {
  recipes: SyncedRecipe[];
  logs: (Omit<CookingLog, 'id' | 'revision'> & { id: string; log_revision: number; appliance_id: string })[];
  preferences: { appliance_id: string; spice_level: number; salt_level: number; oil_level: number }[];
  commands: { id: string; kind: string; state: string; appliance_id: string }[];
}

/** One line of the comparison. */
export interface Compared {
  what: string;
  robots: number;
  cloud: number;
  differences: string[];
}

/** Robots and cloud side by side: catalogue, logs, preferences, journals, feeds, commands. */
export function compare(households: readonly Household[], cloud: Cloud): Compared[] {
  const robots = households.flatMap((household) => household.robots);
  return [
    catalogues(robots, cloud),
    logs(robots, cloud),
    preferences(households, cloud),
    journals(robots, cloud),
    feeds(cloud),
    commands(robots, cloud),
  ];
}

function catalogues(robots: readonly Robot[], { recipes }: Cloud): Compared {
  const differences: string[] = [];
  const expected = new Map(recipes.map((recipe) => [recipe.id, recipe]));
  let held = 0;
  for (const { name, store } of robots) {
    held += store.recipes.size;
    for (const id of new Set([...expected.keys(), ...store.recipes.keys()])) {
      const [copy, row] = [store.recipes.get(id), expected.get(id)];
      if (!copy || !row) differences.push(`${name}: recipe ${id} is only ${copy ? 'there' : 'in the cloud'}`);
      else if (!isCopyOf(copy, row))
        differences.push(`${name}: recipe ${id}: ${JSON.stringify(copy)} beside ${JSON.stringify(row)}`);
    }
  }
  return { what: 'recipes', robots: held, cloud: recipes.length * robots.length, differences };
}

/** Robots get all columns but those that only searches need, and are not told who wrote it. */
function isCopyOf(copy: SyncedRecipe, row: SyncedRecipe): boolean {
  const cells = Object.entries(row);
  return Object.entries(copy).every(([name, value]) => {
    if (name === 'created_by') return value === null;
    const [, stored] = cells.find(([column]) => column === name) ?? [];
    const isInstant = name.endsWith('_at') && typeof value === 'string' && typeof stored === 'string';
    return isInstant ? parseInstant(value) === parseInstant(stored) : isDeepStrictEqual(value, stored);
  });
}

function logs(robots: readonly Robot[], { logs: rows }: Cloud): Compared {
  const differences: string[] = [];
  const stored = new Map(rows.map((row) => [row.id, row]));
  let held = 0;
  for (const { name, store, applianceId } of robots) {
    for (const { sessionId, log } of store.cooks.values()) {
      held += 1;
      const row = stored.get(sessionId);
      stored.delete(sessionId);
      if (!log || !row) {
        differences.push(`${name}: cook ${sessionId} is ${row ? 'not over' : 'not in the cloud'}`);
        continue;
      }
      const { id, revision, started_at, completed_at, ...rest } = log;
      const told = { ...rest, id, appliance_id: applianceId, log_revision: revision };
      const { started_at: began, completed_at: ended, ...others } = row;
      const same =
        isDeepStrictEqual(told, others) &&
        parseInstant(started_at) === began &&
        parseInstant(completed_at) === ended;
      if (!same) differences.push(`${name}: log ${id}: ${JSON.stringify(log)} beside ${JSON.stringify(row)}`);
    }
  }
  // What a person ordered and no robot began must have come to nothing.
  for (const { id, status } of stored.values()) {
    if (status !== 'aborted') differences.push(`cook ${id} of the cloud is ${status}, and no robot knows it`);
  }
  return { what: 'cooking logs', robots: held, cloud: rows.length - stored.size, differences };
}

/** Of all changes in a home, whoever made them, the one that was made last stands, for the cloud and for each robot. */
function preferences(households: readonly Household[], { preferences: rows }: Cloud): Compared {
  const differences: string[] = [];
  let robots = 0;
  for (const { robots: own, changes } of households) {
    const all = [...changes, ...own.flatMap(({ store }) => store.changes)];
    const last = all.reduce<PreferencesChange | undefined>(
      (latest, one) => (!latest || one.updatedAt > latest.updatedAt ? one : latest),
      undefined,
    );
    for (const { name, applianceId, store } of own) {
      robots += 1;
      const row = rows.find(({ appliance_id }) => appliance_id === applianceId);
      const held = store.preferences && levelsOf(store.preferences);
      const stored = row && [row.spice_level, row.salt_level, row.oil_level];
      const expected = last ? levelsOf(last) : stored;
      if (isDeepStrictEqual(held, expected) && isDeepStrictEqual(stored, expected)) continue;
      differences.push(
        `${name} has the preferences ${held}, the cloud ${stored}, and ${expected} were set last`,
      );
    }
  }
  return { what: 'preferences', robots, cloud: rows.length, differences };
}

const levelsOf = ({ spiceLevel, saltLevel, oilLevel }: Preferences) => [spiceLevel, saltLevel, oilLevel];

function journals(robots: readonly Robot[], cloud: Cloud): Compared {
  const differences: string[] = [];
  const report = (kind: string, message: string) => differences.push(`${kind}: ${message}`);
  const { attempts, stored } = cloud;
  checkAnswers(attempts, report);
  checkAcknowledged(attempts, stored, report);
  checkStored(attempts, stored, journalsOf(stored), report);
  const fromDevices = stored.filter(({ deviceSequence }) => deviceSequence !== null);
  const keys = new Set(
    fromDevices.map((event) => `${event.applianceId} ${event.deviceSequence} ${event.recordedAt}`),
  );
  let made = 0;
  for (const { name, store } of robots) {
    made += store.readings.size;
    for (const event of store.readings.keys()) {
      if (!keys.has(`${event.applianceId} ${event.deviceSequence} ${parseInstant(event.recordedAt)}`))
        differences.push(`${name}: event ${event.deviceSequence} of ${event.recordedAt} is not stored`);
    }
  }
  return { what: 'events', robots: made, cloud: fromDevices.length, differences };
}

/** What watchers saw of some cooks, live and afterwards, beside the journals; those afterwards are counted. */
function feeds({ streams, sessions, stored }: Cloud): Compared {
  const differences: string[] = [];
  const all: Journals = journalsOf(stored);
  checkStreams(streams, sessions, all, (kind, message) => differences.push(`${kind}: ${message}`));
  const audits = streams.filter(({ isAudit }) => isAudit);
  const seen = audits.map(({ sessionId }) => sessionId);
  const events = seen.reduce((sum, id) => sum + (all.get(id)?.length ?? 0), 0);
  const distinct = audits.reduce((sum, { subscriptions }) => {
    const sequences = subscriptions.flatMap(({ entries }) =>
      entries.flatMap((entry) => (entry.kind === 'event' ? [entry.sequence] : [])),
    );
    return sum + new Set(sequences).size;
  }, 0);
  return { what: 'events of watched cooks', robots: distinct, cloud: events, differences };
}

/** Each command came to what its robot says, and no robot did anything twice: the status that one causes names it. */
function commands(robots: readonly Robot[], { commands: rows, stored }: Cloud): Compared {
  const differences: string[] = [];
  const caused = new Map<string, number>();
  for (const { payload } of stored) {
    if (typeof payload.reason === 'string') caused.set(payload.reason, (caused.get(payload.reason) ?? 0) + 1);
  }
  let answered = 0;
  for (const { id, kind, state, appliance_id } of rows) {
    const robot = robots.find(({ applianceId }) => applianceId === appliance_id);
    const obeyed = robot?.store.obeyed.get(globalId(id));
    if (obeyed) answered += 1;
    const effects = caused.get(globalId(id)) ?? 0;
    const isFine =
      effects === (obeyed?.effects ?? 0) &&
      effects <= 1 &&
      (state === 'acknowledged'
        ? obeyed?.verdict === 'effect' || obeyed?.verdict === 'too-late'
        : state === 'rejected'
          ? obeyed?.verdict === 'refused'
          : state === 'expired' && effects === 0);
    if (isFine) continue;
    differences.push(
      `${robot?.name}: ${kind} ${id} is ${state}, the robot says ${obeyed?.verdict ?? 'nothing'}, ${effects} effects`,
    );
  }
  const known = robots.reduce((sum, { store }) => sum + store.obeyed.size, 0);
  return { what: 'commands that were answered', robots: known, cloud: answered, differences };
}

function globalId(uuid: string): string {
  return Buffer.from(`ApplianceCommand:${uuid}`).toString('base64');
}
