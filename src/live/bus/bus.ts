import type { SessionChange } from '../append.js';

/** What one commit, or several, changed. */
export interface Changes {
  sessions: readonly SessionChange[];
  applianceIds: readonly string[];
}

/** News of a session: that its journal grew, with the new events where the bus carries them. */
export interface SessionNews {
  sessionId: string;
  change?: SessionChange;
}

/** `everything`: more changed than a message holds, or messages may have been lost; look at all that is watched. */
export type Wake = 'everything' | { sessions: readonly SessionNews[]; applianceIds: readonly string[] };

/**
 * How instances tell each other of their commits. A bus may lose, repeat and reorder messages: nothing but speed
 * depends on it, because receivers check what they get for holes and every instance polls what it watches behind it.
 */
export interface Bus {
  /** Connects, and calls `onWake` for the news of other instances, and with `everything` after each reconnect. */
  start(onWake: (wake: Wake) => void): Promise<void>;
  /** Tells the other instances. Never throws and never waits; calls within a few milliseconds become one message. */
  publish(changes: Changes): void;
  /**
   * This instance wants the news of a session, until `unwatch`. A bus that sends everything to everybody ignores both;
   * one that does not says `onWake` for the session once it listens, because of what went by before.
   */
  watch(sessionId: string): void;
  unwatch(sessionId: string): void;
  /** Whether messages of other instances arrive at present. */
  isConnected(): boolean;
  stop(): Promise<void>;
}
