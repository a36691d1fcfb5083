import { setTimeout as sleep } from 'node:timers/promises';
import { type GraphQLSocket, openSocket } from '../faults/socket.js';

export interface Command {
  id: string;
  kind: 'COOK' | 'PAUSE' | 'RESUME' | 'STOP' | 'OTA' | 'RECIPE_SYNC';
  payload: Record<string, unknown> | null;
  session: { uuid: string } | null;
}

const COMMANDS = 'subscription { applianceCommands { id kind payload session { uuid } } }';
const RETRY_MS = 500;

export interface CommandLineOptions {
  url: string;
  deviceToken: string;
  signal: AbortSignal;
  /** Whether the robot is where it can be reached. */
  isWanted: () => boolean;
  onCommand: (command: Command) => Promise<void>;
}

/** The socket over which a robot is told what to do, opened again whenever it is lost. */
export class CommandLine {
  readonly #options: CommandLineOptions;
  #socket: GraphQLSocket | undefined;
  #isClosed = false;

  constructor(options: CommandLineOptions) {
    this.#options = options;
  }

  /** Until `close`, or the signal. */
  async run(): Promise<void> {
    const { url, deviceToken, signal, isWanted, onCommand } = this.#options;
    while (!this.#isClosed && !signal.aborted) {
      if (isWanted()) {
        try {
          const socket = await openSocket(url, deviceToken);
          this.#socket = socket;
          if (this.#isClosed || !isWanted()) socket.terminate();
          socket.operate<{ applianceCommands: Command | null }>(
            COMMANDS,
            {},
            {
              next: ({ data }) => {
                if (data?.applianceCommands) void onCommand(data.applianceCommands);
              },
              error: () => socket.terminate(),
              complete: () => socket.terminate(),
            },
          );
          await Promise.race([socket.closed, aborted(signal)]);
          socket.terminate();
        } catch {
          // the server is away
        }
        this.#socket = undefined;
      }
      if (!this.#isClosed) await sleep(RETRY_MS);
    }
  }

  /** Without a goodbye. */
  drop(): void {
    this.#socket?.terminate();
  }

  close(): void {
    this.#isClosed = true;
    this.drop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
