import type { SessionChange } from '../append.js';

/** What one commit, or several, changed. */
export interface Changes {
  sessions: readonly SessionChange[];
  /** Appliances that may have changed, and what else is watched by a name of its own: commands, and `commandsTopic`. */
  applianceIds: readonly string[];
}

/** News of a session: that its journal grew, with the new events where the bus carries them. */
export interface SessionNews {
  sessionId: string;
  change?: SessionChange;
}

/** `everything`: more changed than a message holds, or messages may have been lost; look at all that is watched. */
export type Wake = 'everything' | { sessions: readonly SessionNews[]; applianceIds: readonly string[] };

/** Counters since the bus was made. */
export interface BusStats {
  /** Messages that the server took. */
  sent: number;
  /** Messages of other instances. */
  received: number;
  /** Connections made after the first. */
  reconnects: number;
  /** Calls of `publish` while there was no connection, and messages that were under way when it was lost. */
  dropped: number;
}

/**
 * How instances tell each other of their commits. A bus may lose, repeat and reorder messages: nothing but speed
 * depends on it, because receivers check what they get for holes and every instance polls what it watches behind it.
 * So a bus that cannot be reached stops nobody: it says so by `isConnected` and goes on trying.
 */
export interface Bus {
  readonly stats: Readonly<BusStats>;
  /**
   * Connects, and calls `onWake` for the news of other instances, and with `everything` after each time it connected.
   * Resolves when the first attempt succeeded or failed, within seconds; never rejects.
   */
  start(onWake: (wake: Wake) => void): Promise<void>;
  /**
   * Tells the other instances, and never this one. Never throws and never waits; what is published while a message is
   * under way goes into the next one. Without a connection it is dropped, not queued.
   */
  publish(changes: Changes): void;
  /**
   * This instance wants the news of a session, until `unwatch`. A bus that sends everything to everybody ignores both;
   * one that does not says `onWake` for the session once it listens, because of what went by before.
   */
  watch(sessionId: string): void;
  unwatch(sessionId: string): void;
  /** Whether messages of other instances arrive at present; a connection that is silently cut is found within 4 s. */
  isConnected(): boolean;
  /** Sends what still waits, then leaves neither timer nor socket behind, whatever state the connection is in. */
  stop(): Promise<void>;
}
