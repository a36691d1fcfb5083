import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
const FINAL = 0x80;
const MASKED = 0x80;

export interface FrameSocketOptions {
  /** `http://…`. */
  url: string;
  /** A loopback address to connect from; many sockets need more ports than one has. */
  localAddress?: string | undefined;
  /** The text of each message; not called while `skipsPayloads`. */
  onText: (text: string) => void;
  /** Each message while `skipsPayloads`, when its last byte is there. */
  onSkipped: () => void;
  /** The connection ended. */
  onClose: (reason: string) => void;
}

/**
 * A WebSocket of the graphql-transport-ws protocol that can leave messages unread, which takes next to no time: the
 * driver of 1,000 viewers must not take the cores from the server that it measures. It knows what our servers send,
 * unfragmented text, and no more.
 */
export class FrameSocket {
  /** While true, messages are counted by their headers and their payloads are not looked at. */
  skipsPayloads = false;
  readonly #socket: Socket;
  readonly #options: FrameSocketOptions;
  #rest: Buffer | null = null;
  /** Bytes of a message that is being skipped which are still to come. */
  #skip = 0;

  private constructor(socket: Socket, options: FrameSocketOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Connects and shakes hands. Rejects when the server does not switch protocols. */
  static open(options: FrameSocketOptions): Promise<FrameSocket> {
    const { hostname, port, pathname, host } = new URL(options.url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), localAddress: options.localAddress });
      socket.setNoDelay(true);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.write(
          `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
            `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
            'Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
        );
      });
      let head = Buffer.alloc(0);
      const shakeHands = (chunk: Buffer) => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) return;
        if (!head.subarray(0, end).toString().startsWith('HTTP/1.1 101')) {
          reject(new Error(head.subarray(0, end).toString()));
          socket.destroy();
          return;
        }
        socket.off('data', shakeHands);
        const opened = new FrameSocket(socket, options);
        opened.#listen();
        resolve(opened);
        if (head.length > end + 4) opened.#read(head.subarray(end + 4));
      };
      socket.on('data', shakeHands);
    });
  }

  send(text: string): void {
    this.#write(TEXT, Buffer.from(text));
  }

  /** Cuts the connection without a word, as a phone does that loses its network. */
  destroy(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #listen(): void {
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', () => {}); // 'close' follows
    this.#socket.on('close', () => this.#options.onClose('the connection ended'));
  }

  /** A mask of zeros leaves the payload as it is, and costs the server what any mask does. */
  #write(opcode: number, payload: Buffer): void {
    const { length } = payload;
    const extra = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    const frame = Buffer.alloc(2 + extra + 4 + length);
    frame[0] = FINAL | opcode;
    frame[1] = MASKED | (extra === 0 ? length : extra === 2 ? 126 : 127);
    if (extra === 2) frame.writeUInt16BE(length, 2);
    if (extra === 8) frame.writeBigUInt64BE(BigInt(length), 2);
    payload.copy(frame, 2 + extra + 4);
    this.#socket.write(frame);
  }

  #read(chunk: Buffer): void {
    let at = 0;
    if (this.#skip > 0) {
      at = Math.min(this.#skip, chunk.length);
      this.#skip -= at;
      if (this.#skip > 0) return;
      this.#options.onSkipped();
    }
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk; // never while a message is skipped
    this.#rest = null;
    while (bytes.length - at >= 2) {
      const short = (bytes[at + 1] as number) & 0x7f;
      const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
      if (bytes.length < start) break;
      const length =
        short < 126
          ? short
          : short === 126
            ? bytes.readUInt16BE(at + 2)
            : Number(bytes.readBigUInt64BE(at + 2));
      const opcode = (bytes[at] as number) & 0x0f;
      const end = start + length;
      if (opcode === TEXT && this.skipsPayloads) {
        if (end > bytes.length) {
          this.#skip = end - bytes.length;
          return;
        }
        this.#options.onSkipped();
      } else {
        if (end > bytes.length) break;
        this.#take(opcode, bytes.subarray(start, end));
      }
      at = end;
    }
    if (at < bytes.length) this.#rest = bytes.subarray(at);
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === TEXT) this.#options.onText(payload.toString());
    else if (opcode === PING) this.#write(PONG, payload);
    else if (opcode === CLOSE) {
      this.#socket.removeAllListeners('close');
      this.#socket.destroy();
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.#options.onClose(`closed with ${code} ${payload.subarray(2).toString()}`);
    }
  }
}
