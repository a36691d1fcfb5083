import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Inbox } from '../../src/http/socket/inbox.js';
import { type LivePair, openLivePair } from '../_util/live-socket.js';

describe('a socket that is being closed', () => {
  let pair: LivePair;
  let handled: string[];
  let inbox: Inbox;
  /** Ends the operation that was begun first. */
  let settle: () => void;

  beforeEach(async () => {
    pair = await openLivePair({ address: '127.0.0.1' });
    handled = [];
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    // graphql-ws, as far as an inbox sees of it: the client has taken back whatever was begun.
    const context = { connectionInitReceived: true, acknowledged: true, subscriptions: {}, extra: {} };
    const handle = (text: string) => {
      handled.push(text);
      inbox.begin('1', context);
      return settled;
    };
    inbox = new Inbox(pair.socket, handle, () => {});
  });
  afterEach(() => pair.stop());

  const subscribe = (query: string) => JSON.stringify({ id: '1', type: 'subscribe', payload: { query } });

  it('is not listened to: its viewer may have lost the right to anything', async () => {
    pair.socket.close(4403, 'Token revoked');
    inbox.receive(subscribe('{ late }'));
    expect(handled).toEqual([]);
  });

  it('hands on nothing that waited for an operation to let go of its id', async () => {
    inbox.receive(subscribe('{ first }'));
    inbox.receive(subscribe('{ held }'));
    expect(handled).toEqual([subscribe('{ first }')]);
    pair.socket.close(4403, 'Token revoked');
    settle();
    await new Promise((resolve) => setImmediate(resolve)); // after every reaction to the settled operation
    expect(handled).toEqual([subscribe('{ first }')]);
  });
});
