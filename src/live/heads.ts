import { ACCEPTED_MONTHS_BACK } from '../db/partitions.js';
import { Recent } from '../recent.js';
import type { Fold } from './fold.js';
import type { ApplianceHead, SessionHead } from './project.js';

/** Most sessions, and most appliances, that a process remembers: some kilobytes each. */
const MAX_REMEMBERED = 10_000;

/** What this process knows of a row, and the version of the row of which that is true (its `xmin`). */
export interface KnownAppliance {
  head: ApplianceHead;
  version: string;
}

export interface KnownSession {
  head: SessionHead;
  version: string;
  /** The fold of its transitions; null where nothing asked for it yet. */
  fold: Fold | null;
}

/**
 * The rows that this process wrote recently, as it left them. Nothing depends on their being current: an append holds
 * only if the rows still have these versions when they are locked.
 */
export class Heads {
  readonly appliances = new Recent<string, KnownAppliance>(MAX_REMEMBERED);
  readonly sessions = new Recent<string, KnownSession>(MAX_REMEMBERED);
  /** How old an event may be, in months. */
  readonly monthsBack: number;
  #database = '';

  constructor(monthsBack = ACCEPTED_MONTHS_BACK) {
    this.monthsBack = monthsBack;
  }

  /** The run of PostgreSQL to which the versions belong: after a restore the same number may name another version. */
  get database(): string {
    return this.#database;
  }

  /** Forgets everything if it was learnt from another run of PostgreSQL. */
  belongTo(database: string): void {
    if (database === this.#database) return;
    this.#database = database;
    this.appliances.clear();
    this.sessions.clear();
  }
}
