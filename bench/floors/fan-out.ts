import { serve } from '../_util/child.js';
import { type Pace, pace } from '../_util/pace.js';
import { Feeds } from './_feeds.js';
import { listen } from './_protocol.js';

/** Bare `ws` that writes the bytes of a feed to its viewers: no database, no journal, nothing executed. */

const feeds = new Feeds();
let head = '';
let tail = '';

const methods = {
  /** Entries look like `frame`, a message as the product sent it, whose operation had this id. */
  async start(frame: string, operationId: string): Promise<string> {
    [head = '', tail = ''] = frame.split(operationId);
    const { url } = await listen({
      onSubscribe(socket, { id, variables }) {
        feeds.add(String(variables.sessionId), { socket, id });
        socket.send(head + id + tail); // in place of the snapshot
      },
      onComplete: (socket, id) => feeds.remove(socket, id),
    });
    return url;
  },

  /** Each act writes one entry to the viewers of one cook, the cooks taking turns. Returns the acts. */
  broadcast(options: Pace, sessionIds: readonly string[]): Promise<number> {
    return pace(options, (i) => {
      feeds.send(sessionIds[i % sessionIds.length] as string, head, tail);
    });
  },

  /** Collects garbage; resolves when it is done. */
  async collect(): Promise<void> {
    for (let i = 0; i < 4; i++) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  },
};

export type FanOutFloor = typeof methods;

serve(methods);
