import { parseInstant } from '../../src/instant.js';
import { drawChance, drawInteger, type Random } from '../../src/kitchen/random.js';
import type { SyncPage } from '../_util/sync.js';
import { pick } from '../faults/chance.js';
import type { Answer, History, SentEvent } from '../faults/history.js';
import type { CookingLog, Preferences, RobotCook, Store } from './store.js';
import type { Wire } from './wire.js';

const RECORD = `mutation ($input: RecordTelemetryInput!) {
  recordTelemetry(input: $input) { accepted duplicates rejected { deviceSequence recordedAt code } }
}`;
const START = `mutation ($input: StartCookingInput!) { startCooking(input: $input) { session { uuid } } }`;
const UPLOAD = `mutation ($logs: [CookingLogInput!]!) {
  uploadCookingLogs(input: { logs: $logs }) { synced { uuid } rejected { sessionUuid code } }
}`;
const PREFER = `mutation ($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { applied } }`;
const PREFERRED = '{ thisAppliance { ownerPreferences { spiceLevel saltLevel oilLevel } } }';

const BATCH = 100;

/** Brings the cloud up to date with what the robot's store holds, and the store with the catalogue. */
export class Reporter {
  readonly #name: string;
  readonly #store: Store;
  readonly #wire: Wire;
  readonly #random: Random;
  readonly #history: History;
  #syncing: Promise<boolean> | undefined;

  constructor(name: string, store: Store, wire: Wire, random: Random, history: History) {
    this.#name = name;
    this.#store = store;
    this.#wire = wire;
    this.#random = random;
    this.#history = history;
  }

  /** Some of everything that is untold; `skewMs` is what the robot knows its clock to be ahead. */
  async report(skewMs: number, isFinishing: boolean): Promise<void> {
    for (const cook of this.#store.cooks.values()) if (!cook.isKnown && !(await this.#announce(cook))) break;
    await this.#sendEvents(skewMs);
    if (isFinishing || drawChance(this.#random, 0.5)) await this.#uploadLogs();
    for (const change of this.#store.untold) {
      if (!(await this.#wire.tell(PREFER, { input: change }))) break;
      this.#store.untold.delete(change);
    }
    if (drawChance(this.#random, 0.1)) await this.sync();
  }

  /** Page by page, one copy at a time; what is broken off goes on the next time. True when there is no more. */
  sync(): Promise<boolean> {
    this.#syncing ??= this.#copyCatalogue().finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }

  async #copyCatalogue(): Promise<boolean> {
    const store = this.#store;
    for (;;) {
      const query = store.since === undefined ? '' : `?since=${encodeURIComponent(store.since)}`;
      const page = await this.#wire.fetch<SyncPage>(`/recipes/sync${query}`);
      if (!page) return false;
      if (page.reset) store.recipes.clear();
      for (const recipe of page.recipes) store.recipes.set(recipe.id, recipe);
      for (const id of page.deleted_ids) store.recipes.delete(id);
      store.since = page.server_timestamp;
      if (!page.has_more) return true;
    }
  }

  /** What stands of the owner's preferences. */
  async readPreferences(): Promise<boolean> {
    type Answered = { thisAppliance: { ownerPreferences: Preferences } };
    const answer = await this.#wire.tell<Answered>(PREFERRED, {});
    this.#store.preferences = answer?.thisAppliance.ownerPreferences;
    return answer !== undefined;
  }

  /** Tells of a cook that it began. False when nothing more can be told yet. */
  async #announce(cook: RobotCook): Promise<boolean> {
    const input = { recipeId: cook.recipeId, sessionUuid: cook.sessionId, startedAt: cook.startedAt };
    const { data, codes } = await this.#wire.ask<{ startCooking: object | null }>(START, { input });
    if (data?.startCooking) cook.isKnown = true;
    // A recipe that is gone: the log will tell. A cook that was ordered stands before this one: that one will end.
    else if (!codes.includes('NOT_FOUND') && !codes.includes('CONFLICT'))
      this.#wire.failed('startCooking', codes);
    return cook.isKnown || codes.includes('NOT_FOUND');
  }

  async #sendEvents(skewMs: number): Promise<void> {
    const random = this.#random;
    const { waiting, readings, cooks } = this.#store;
    const ready = [...waiting].filter(({ sessionId }) => sessionId === null || cooks.get(sessionId)?.isKnown);
    if (ready.length === 0) return;
    const events = ready.slice(0, drawInteger(random, 1, BATCH));
    // Some that were acknowledged before: an answer was lost, or so it seemed.
    const again = pick(random, [...readings.keys()]);
    if (drawChance(random, 0.1) && !waiting.has(again)) events.push(again);
    const attempt = this.#history.sent(this.#name, events);
    const input = {
      sentAt: skewMs === 0 ? null : new Date(Date.now() + skewMs).toISOString(),
      events: events.map((event) => this.#inputOf(event)),
    };
    const { data, codes } = await this.#wire.ask<{ recordTelemetry: Omit<Answer, 'order'> }>(RECORD, {
      input,
    });
    if (!data?.recordTelemetry) return this.#wire.failed('recordTelemetry', codes);
    const { rejected, ...counts } = data.recordTelemetry;
    this.#history.answered(attempt, {
      ...counts,
      rejected: rejected.map(({ recordedAt, ...one }) => ({
        ...one,
        recordedAt: parseInstant(recordedAt) ?? recordedAt,
      })),
    });
    for (const event of events) waiting.delete(event);
  }

  #inputOf(event: SentEvent) {
    const { deviceSequence, recordedAt, sessionId } = event;
    return { deviceSequence, recordedAt, sessionId, reading: this.#store.readings.get(event) };
  }

  /** The logs that the cloud has not taken; now and then an earlier version too, which must change nothing any more. */
  async #uploadLogs(): Promise<void> {
    const cooks = [...this.#store.cooks.values()];
    const logs = cooks.flatMap(({ log, uploaded }) => (log && log.revision !== uploaded ? [log] : []));
    const old = cooks.flatMap(({ log, uploaded, earlier }) => (log?.revision === uploaded ? earlier : []));
    if (old.length > 0 && drawChance(this.#random, 0.2)) logs.push(pick(this.#random, old));
    if (logs.length === 0) return;
    for (const id of drawChance(this.#random, 0.5) ? await this.#post(logs) : await this.#mutate(logs)) {
      const cook = this.#store.cooks.get(id);
      const log = logs.find((one) => one.id === id);
      if (!cook || !log) continue;
      cook.uploaded = Math.max(cook.uploaded, log.revision);
      cook.isKnown = true;
    }
  }

  async #post(logs: readonly CookingLog[]): Promise<string[]> {
    type Taken = { synced: string[]; rejected: { id: string; code: string }[] };
    const answer = await this.#wire.fetch<Taken>('/sessions', { method: 'POST', body: JSON.stringify(logs) });
    for (const { id, code } of answer?.rejected ?? []) this.#wire.failed(`log ${id}`, [code]);
    return answer?.synced ?? [];
  }

  async #mutate(logs: readonly CookingLog[]): Promise<string[]> {
    type Taken = { synced: { uuid: string }[]; rejected: { sessionUuid: string; code: string }[] };
    const answer = await this.#wire.tell<{ uploadCookingLogs: Taken }>(UPLOAD, {
      logs: logs.map(inputOfLog),
    });
    for (const { sessionUuid, code } of answer?.uploadCookingLogs.rejected ?? []) {
      this.#wire.failed(`log ${sessionUuid}`, [code]);
    }
    return answer?.uploadCookingLogs.synced.map(({ uuid }) => uuid) ?? [];
  }
}

function inputOfLog(log: CookingLog): object {
  return {
    sessionUuid: log.id,
    recipeId: log.recipe_id,
    status: log.status.toUpperCase(),
    startedAt: log.started_at,
    completedAt: log.completed_at,
    stagesLog: log.stages_log.map(({ stage, duration_s, result, cv_confidence }) => ({
      ...{ stage, result, durationSeconds: duration_s, cvConfidence: cv_confidence },
    })),
    peakTemperature: log.peak_temperature,
    totalDurationSeconds: log.total_duration_s,
    revision: log.revision,
  };
}
