/** What may have changed: ids only, because the receiver reads the rest from the database. */
export interface Changes {
  sessionIds: readonly string[];
  applianceIds: readonly string[];
}

/** `everything`: more changed than a message holds, or messages may have been lost; look at all that is watched. */
export type Wake = Changes | 'everything';

/**
 * How instances wake each other after a commit. A bus may lose, repeat and reorder messages: nothing but speed depends
 * on it, because every instance polls what it watches behind it.
 */
export interface Bus {
  /** Connects, and calls `onWake` for the wakes of other instances, and with `everything` after each reconnect. */
  start(onWake: (wake: Wake) => void): Promise<void>;
  /** Tells the other instances. Never throws and never waits; calls within a few milliseconds become one message. */
  publish(changes: Changes): void;
  /** Whether messages of other instances arrive at present. */
  isConnected(): boolean;
  stop(): Promise<void>;
}
