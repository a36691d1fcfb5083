import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Cook } from '../kitchen/cook.js';
import type { Reading } from '../kitchen/readings.js';
import type { KitchenStage } from '../kitchen/stages.js';

/** An event as `recordTelemetry` takes it. Once made it never changes, so that every time it is sent it is the same. */
export interface OutgoingEvent {
  deviceSequence: number;
  sessionId?: string;
  recordedAt: string;
  reading: Reading;
}

/** A dish that the robot is about to cook: fixed before the cloud is asked, so that asking twice is one cook. */
export interface CookPlan {
  sessionUuid: string;
  recipe: { id: string; uuid: string; name: string; stages: KitchenStage[] };
}

/** What a robot must not forget when it is switched off. */
export interface Memory {
  /** The last number it gave to an event. */
  deviceSequence: number;
  /** The time of its last event, in microseconds since 1970. */
  lastRecordedAt: number;
  /** What the cloud has not acknowledged. */
  pending: OutgoingEvent[];
  plan: CookPlan | null;
  cooking: { sessionUuid: string; recipeName: string; cook: Cook } | null;
  /** What was installed since it left the factory. */
  firmware?: { firmwareVersionCm5?: string; firmwareVersionStm32?: string };
}

/** Above what a seeded past of the same device used, so that a reader of the journal can tell the two apart. */
const FIRST_DEVICE_SEQUENCE = 100_000;

/** The memory of a robot fresh from the factory. */
export function createMemory(): Memory {
  return { deviceSequence: FIRST_DEVICE_SEQUENCE, lastRecordedAt: 0, pending: [], plan: null, cooking: null };
}

/**
 * A robot's memory and token as files that only their owner reads. A write replaces the file as a whole, so that
 * whenever the process is killed, the old content or the new one is there.
 */
export class MemoryFiles {
  readonly #memoryFile: string;
  readonly #tokenFile: string;
  #last: Promise<void> = Promise.resolve();
  /** The write that is to begin when `#last` is done. */
  #next: Promise<void> | null = null;

  constructor(stateDir: string, deviceId: string) {
    this.#memoryFile = join(stateDir, `${deviceId}.json`);
    this.#tokenFile = join(stateDir, `${deviceId}.token`);
  }

  /** The token that was kept, or `undefined`. */
  async readToken(): Promise<string | undefined> {
    const text = await readIfThere(this.#tokenFile);
    return text?.trim() || undefined;
  }

  async writeToken(token: string): Promise<void> {
    await replaceFile(this.#tokenFile, `${token}\n`);
  }

  /** What was saved last; `undefined` where nothing was. Throws when the file cannot be read as a memory. */
  async readMemory(): Promise<Memory | undefined> {
    const text = await readIfThere(this.#memoryFile);
    if (text === undefined) return undefined;
    const value: unknown = JSON.parse(text);
    if (!isMemory(value)) throw new TypeError(`${this.#memoryFile} is not a robot's memory.`);
    return value;
  }

  /**
   * Saves `memory` as it is now or later: resolves when a write that began after this call is done. One write at a
   * time; calls during a write share the next one.
   */
  saveMemory(memory: Memory): Promise<void> {
    this.#next ??= this.#last
      .catch(() => {}) // its own callers are told
      .then(() => {
        this.#next = null;
        return replaceFile(this.#memoryFile, JSON.stringify(memory));
      });
    this.#last = this.#next;
    return this.#next;
  }
}

/** Enough to tell it from a file that something else wrote. */
function isMemory(value: unknown): value is Memory {
  const { deviceSequence, lastRecordedAt, pending } = (value ?? {}) as Partial<Memory>;
  return Number.isInteger(deviceSequence) && Number.isInteger(lastRecordedAt) && Array.isArray(pending);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Not synced to disk: it outlives the process, which is what a simulated robot may ask for. */
async function replaceFile(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.new`;
  await writeFile(temporary, content, { mode: 0o600 });
  await rename(temporary, file);
}
