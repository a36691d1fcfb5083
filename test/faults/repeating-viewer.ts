import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { drawInteger } from '../../src/kitchen/random.js';
import { FEED, type RawEntry } from './forms.js';
import type { Subscription } from './history.js';
import type { Refusal } from './socket.js';
import {
  judgeClose,
  judgeErrors,
  openStream,
  placeAtStart,
  takeEntry,
  type ViewerOptions,
} from './viewer.js';

/**
 * Follows a cook with a client library that connects again by itself and then repeats the subscription as it was, with
 * its old `after`. Until `complete` or the signal.
 */
export async function followRepeating(options: ViewerOptions): Promise<void> {
  const { random, urls, userToken, sessionId, history, signal } = options;
  const stream = openStream(options);
  const { cursor, sequence } = placeAtStart(options);
  let subscription: Subscription | undefined;
  let instance = 0;
  let socket: WebSocket | undefined;
  const client = createClient({
    // A frozen server accepts connections and says nothing: the library itself would wait for ever.
    webSocketImpl: class extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, { handshakeTimeout: 5_000 });
        this.on('error', () => {}); // `close` follows; the library does not listen any more to what it gave up
        socket = this;
      }
    },
    url: () => {
      instance = drawInteger(random, 0, urls.length - 1);
      return `${(urls[instance] as string).replace('http', 'ws')}/graphql`;
    },
    connectionParams: { authorization: `Bearer ${userToken}` },
    connectionAckWaitTimeout: 5_000,
    lazy: true,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => sleep(drawInteger(random, 20, 200)),
    shouldRetry: () => !signal.aborted,
    on: {
      connected() {
        subscription = history.subscribed(stream, sequence, instance);
      },
      closed(event) {
        judgeClose(options, (event as { code: number }).code);
      },
      // The library also completes what it gives up itself; only the server's word counts.
      message({ type }) {
        if (type === 'complete' && subscription) history.completed(stream, subscription);
      },
    },
  });
  const done = new AbortController();
  const cutting = (async () => {
    const ended = AbortSignal.any([signal, done.signal]);
    while (!ended.aborted) {
      await sleep(drawInteger(random, 1_000, 6_000), undefined, { signal: ended }).catch(() => {});
      socket?.terminate(); // `client.terminate()` would mix what still comes from the old socket into the new feed
    }
  })();
  while (!signal.aborted && !subscription?.completed) {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      client.subscribe<{ entry: RawEntry }>(
        { query: FEED, variables: { sessionId, after: cursor } },
        {
          next({ data, errors }) {
            if (data && subscription)
              takeEntry(history, stream, subscription, { cursor: null, sequence: null }, data.entry);
            else if (errors) judgeErrors(options, errors as unknown as Refusal[]);
          },
          error(error) {
            if (Array.isArray(error)) judgeErrors(options, error as Refusal[]);
            resolve();
          },
          complete: resolve,
        },
      );
    });
    if (!subscription?.completed) await sleep(drawInteger(random, 20, 200));
  }
  done.abort();
  await cutting;
  await client.dispose();
}
