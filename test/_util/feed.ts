import type { GraphQLFormattedError } from 'graphql';
import type { Client } from 'graphql-ws';

export const FEED = `subscription ($sessionId: ID!, $after: String, $interval: Int) {
  cookingSessionEvents(sessionId: $sessionId, after: $after, minTelemetryIntervalMs: $interval) {
    __typename id cursor sequence recordedAt
    ... on SessionSnapshot { reset session { id status progress { stageName temperature } recipe { name } } }
    ... on TemperatureEvent { receivedAt temperature targetTemperature }
    ... on StageChangeEvent { stageIndex stageName }
    ... on StatusEvent { sessionStatus }
    ... on AlertEvent { code severity message }
    ... on EventsSkipped { fromSequence toSequence skipReason }
  }
}`;

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever the entry holds
export type Entry = any;

export interface Watch {
  entries: Entry[];
  errors: GraphQLFormattedError[];
  /** Resolves when so many entries have come. */
  until(count: number): Promise<Entry[]>;
  /** Resolves at `complete`, rejects when the socket ends or an error comes instead. */
  done: Promise<void>;
  stop(): void;
}

/** Follows a subscription and keeps what comes. */
export function watch(client: Client, variables: Record<string, unknown>, query = FEED): Watch {
  const entries: Entry[] = [];
  const errors: Watch['errors'] = [];
  let waiting: { count: number; resolve: (entries: Entry[]) => void; reject: (error: unknown) => void }[] =
    [];
  let stop = () => {};
  let failure: { error: unknown } | undefined;
  const done = new Promise<void>((resolve, reject) => {
    const fail = (error: unknown) => {
      failure = { error };
      for (const waiter of waiting) waiter.reject(error);
      reject(error);
    };
    stop = client.subscribe<Record<string, Entry>>(
      { query, variables },
      {
        next(result) {
          for (const error of result.errors ?? []) errors.push(error);
          if (result.data) entries.push(Object.values(result.data)[0]);
          waiting = waiting.filter((waiter) => {
            if (entries.length < waiter.count) return true;
            waiter.resolve(entries);
            return false;
          });
        },
        error: fail,
        complete: () => {
          failure = { error: new Error(`completed after ${entries.length} entries`) };
          for (const waiter of waiting) waiter.reject(failure.error);
          resolve();
        },
      },
    );
  });
  done.catch(() => {}); // a test that does not await it does not care
  return {
    entries,
    errors,
    done,
    stop: () => stop(),
    until: (count) =>
      entries.length >= count
        ? Promise.resolve(entries)
        : failure
          ? Promise.reject(failure.error)
          : new Promise((resolve, reject) => waiting.push({ count, resolve, reject })),
  };
}
