import { serve } from '../_util/child.js';
import type { TemperatureReading } from '../_util/readings.js';
import { entryMessage } from './_entries.js';
import { listen } from './_protocol.js';
import { createPool, uuidOf } from './_store.js';

/** A bare SELECT of a journal, written to one `ws`: one message an event. */

interface Row {
  sequence: number;
  recorded_at: string;
  received_at: string;
  payload: string;
}

const methods = {
  /** `after` is the sequence from which everyone who subscribes resumes. */
  async start(databaseUrl: string, after: number): Promise<string> {
    const pool = createPool(databaseUrl);
    const { url } = await listen({
      onSubscribe(socket, { id, variables }) {
        const sessionId = String(variables.sessionId);
        pool
          .query<Row>({
            name: 'resume',
            text: `SELECT sequence, recorded_at, received_at, payload FROM telemetry_events
                   WHERE session_id = $1 AND sequence > $2 ORDER BY sequence`,
            values: [uuidOf(sessionId), after],
          })
          .then(
            ({ rows }) => {
              for (const row of rows) {
                const [head, tail] = entryMessage(
                  {
                    sequence: row.sequence,
                    recordedAt: row.recorded_at,
                    receivedAt: row.received_at,
                    reading: JSON.parse(row.payload) as TemperatureReading,
                  },
                  sessionId,
                );
                socket.send(head + id + tail);
              }
            },
            () => socket.close(),
          );
      },
    });
    return url;
  },
};

export type ResumeFloor = typeof methods;

serve(methods);
