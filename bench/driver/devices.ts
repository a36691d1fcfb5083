import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { RECORD } from '../_util/documents.js';
import { DeviceClock } from '../_util/readings.js';
import { FrameSocket } from './socket.js';

export interface DeviceOptions {
  token: string;
  /** The global id of the cook that it reports. */
  sessionId: string;
}

interface Answer {
  data?: { recordTelemetry?: { accepted: number } | null };
  errors?: unknown;
}

/** A robot in the middle of a cook. */
export abstract class Device {
  readonly sessionId: string;
  readonly #clock = new DeviceClock();

  constructor({ sessionId }: DeviceOptions) {
    this.sessionId = sessionId;
  }

  /** Sends the next readings. Resolves when they are acknowledged, and throws unless all are accepted. */
  async record(count: number): Promise<void> {
    const events = Array.from({ length: count }, () => this.#clock.nextEvent(this.sessionId));
    const answer = await this.send({
      operationName: 'Record',
      query: RECORD,
      variables: { input: { events } },
    });
    if (answer.data?.recordTelemetry?.accepted !== count)
      throw new Error(`not accepted: ${JSON.stringify(answer)}`);
  }

  protected abstract send(operation: object): Promise<Answer>;
  abstract destroy(): void;
}

/** Reports over a WebSocket that stays open. */
export class SocketDevice extends Device {
  readonly #waiting = new Map<
    string,
    { resolve: (answer: Answer) => void; reject: (error: Error) => void }
  >();
  #socket: FrameSocket | undefined;
  #acknowledged: () => void = () => {};

  static async connect(url: string, options: DeviceOptions): Promise<SocketDevice> {
    const device = new SocketDevice(options);
    device.#socket = await FrameSocket.open({
      url,
      onText: (text) => device.#take(text),
      onSkipped: () => {},
      onClose: (reason) => device.#fail(reason),
    });
    const acknowledged = new Promise<void>((resolve) => {
      device.#acknowledged = resolve;
    });
    device.#socket.send(
      JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${options.token}` } }),
    );
    await acknowledged;
    return device;
  }

  protected send(operation: object): Promise<Answer> {
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket?.send(JSON.stringify({ id, type: 'subscribe', payload: operation }));
    });
  }

  destroy(): void {
    this.#socket?.destroy();
  }

  #take(text: string): void {
    const message = JSON.parse(text) as { id?: string; type: string; payload?: Answer };
    if (message.type === 'connection_ack') this.#acknowledged();
    const call = this.#waiting.get(message.id ?? '');
    if (!call) return; // the `complete` after the answer
    this.#waiting.delete(message.id ?? '');
    if (message.type === 'next' && message.payload) call.resolve(message.payload);
    else call.reject(new Error(text));
  }

  #fail(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }
}

/** Connections that the devices of a driver share, as behind a proxy. */
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Reports by HTTP requests. */
export class HttpDevice extends Device {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, options: DeviceOptions) {
    super(options);
    this.#url = url;
    this.#token = options.token;
  }

  protected send(operation: object): Promise<Answer> {
    const body = Buffer.from(JSON.stringify(operation));
    return new Promise((resolve, reject) => {
      const sent = request(
        this.#url,
        {
          method: 'POST',
          agent,
          headers: {
            'content-type': 'application/json',
            'content-length': body.length,
            accept: 'application/json',
            authorization: `Bearer ${this.#token}`,
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () => resolve(JSON.parse(text) as Answer));
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  destroy(): void {}
}
