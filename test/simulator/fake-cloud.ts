import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OutgoingEvent } from '../../src/simulator/memory.js';

export interface Request {
  operation: string;
  token: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the variables of any document
  variables: any;
  atMs: number;
}

/**
 * What a request meets instead of an answer: an error of the cloud, an HTTP status, a line that is cut before the cloud
 * read the request, one that is cut after it did what was asked, or silence.
 */
export type Fate =
  | { error: string; retryAfterSeconds?: number }
  | { status: number }
  | 'cut before'
  | 'cut after'
  | 'hang'
  | undefined;

/** A cloud of a few lines, in which anything can be made to go wrong. */
export interface FakeCloud {
  url: string;
  requests: Request[];
  /** By their key, as they were first stored. */
  events: Map<string, OutgoingEvent>;
  sessions: Set<string>;
  pairingCode: string;
  isPaired: boolean;
  /** What `thisAppliance.currentSession` says. */
  currentSession: string | undefined;
  /** The commands of that session. */
  orders: { kind: string; state: string }[];
  validToken: string;
  stages: object[];
  /** Says this on every line that is open for commands, and on those that are opened until it is answered. */
  command: (command: SentCommand) => void;
  /** Breaks these lines off. */
  cutLines: () => void;
  /** What becomes of a command by its answer; as the answer says where nothing else is said. */
  acknowledged: (input: { commandId: string; accepted: boolean }) => string | Promise<string>;
  /** Asked before each request. */
  fate: (request: Request) => Fate;
  /** Verdicts on single events; accepted where there is none. */
  verdict: (event: OutgoingEvent) => string | undefined;
  of(operation: string): Request[];
  close(): Promise<void>;
}

export interface SentCommand {
  id: string;
  kind: string;
  payload?: object;
  session?: { uuid: string };
}

export const STAGE = {
  ...{ name: 'Heat Oil', targetTemperature: 180, durationSeconds: 120, stir: false, stirPattern: null },
  cvCheck: 'oil_shimmer',
  ingredients: [
    { subsystem: 'SLD', channel: 'OIL', slot: null, name: 'sunflower_oil', amountGrams: 30, mode: null },
  ],
};

export async function startFakeCloud(): Promise<FakeCloud> {
  const lines = new Set<ServerResponse>();
  const open = new Map<string, SentCommand>();
  const say = (line: ServerResponse, command: SentCommand) => {
    const entry = { payload: null, session: null, state: 'DELIVERED', ...command };
    line.write(`event: next\ndata: ${JSON.stringify({ data: { applianceCommands: entry } })}\n\n`);
  };
  const cloud: FakeCloud = {
    url: '',
    requests: [],
    events: new Map(),
    sessions: new Set(),
    pairingCode: '123456',
    isPaired: true,
    currentSession: undefined,
    orders: [],
    validToken: 'epd_valid',
    stages: [STAGE, { ...STAGE, name: 'Saute Onions', durationSeconds: 3_000, cvCheck: null }],
    command: (command) => {
      open.set(command.id, command);
      for (const line of lines) say(line, command);
    },
    cutLines: () => {
      for (const line of lines) line.destroy();
    },
    acknowledged: ({ accepted }) => (accepted ? 'ACKNOWLEDGED' : 'REJECTED'),
    fate: () => undefined,
    verdict: () => undefined,
    of: (operation) => cloud.requests.filter((request) => request.operation === operation),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const server = createServer((request, response) => {
    const listen = () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
      lines.add(response);
      response.on('close', () => lines.delete(response));
      for (const command of open.values()) say(response, command);
    };
    const settle = (id: string) => open.delete(id);
    handle(cloud, request, response, { listen, settle }).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cloud.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return cloud;
}

async function handle(
  cloud: FakeCloud,
  message: IncomingMessage,
  response: ServerResponse,
  { listen, settle }: { listen: () => void; settle: (commandId: string) => void },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const { query, variables } = JSON.parse(Buffer.concat(chunks).toString()) as {
    query: string;
    variables: unknown;
  };
  const request: Request = {
    operation: /(?:query|mutation|subscription) (\w+)/.exec(query)?.[1] ?? '',
    token: message.headers.authorization?.replace('Bearer ', ''),
    variables,
    atMs: performance.now(),
  };
  cloud.requests.push(request);
  const fate = cloud.fate(request);
  const send = (status: number, body: object) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const refuse = (code: string, retryAfterSeconds?: number) =>
    send(200, { data: null, errors: [{ message: `no: ${code}`, extensions: { code, retryAfterSeconds } }] });
  if (fate === 'hang') return;
  if (fate === 'cut before') response.destroy();
  else if (typeof fate === 'object' && 'status' in fate)
    response.writeHead(fate.status).end('<html>oops</html>');
  else if (typeof fate === 'object') refuse(fate.error, fate.retryAfterSeconds);
  else if (request.operation !== 'Register' && request.token !== cloud.validToken) refuse('UNAUTHENTICATED');
  else if (request.operation === 'ApplianceCommands') {
    if (cloud.isPaired) listen();
    else refuse('FORBIDDEN');
  } else if (request.operation === 'AcknowledgeCommand') {
    const { input } = request.variables;
    const state = await cloud.acknowledged(input);
    settle(input.commandId);
    if (fate === 'cut after') response.destroy();
    else send(200, { data: { acknowledgeCommand: { command: { state } } } });
  } else {
    const data = answer(cloud, request);
    if (fate === 'cut after') response.destroy();
    else if (typeof data === 'string') refuse(data);
    else send(200, { data });
  }
}

/** The data, or the code of an error. */
function answer(cloud: FakeCloud, { operation, variables }: Request): object | string {
  const soon = new Date(Date.now() + 600_000).toISOString();
  const code = { pairingCode: cloud.pairingCode, pairingCodeExpiresAt: soon };
  switch (operation) {
    case 'Register':
      return { registerAppliance: { deviceToken: cloud.validToken, ...code } };
    case 'RotatePairingCode':
      return { rotatePairingCode: code };
    case 'ThisAppliance': {
      const { currentSession: uuid, orders } = cloud;
      const currentSession = uuid === undefined ? null : { uuid, commands: orders };
      return { thisAppliance: cloud.isPaired ? { id: 'appliance', currentSession } : null };
    }
    case 'Recipes': {
      // Two pages of one dish each.
      const page = variables.after === null ? 1 : 2;
      return {
        recipes: {
          pageInfo: { hasNextPage: page === 1, endCursor: `page-${page}` },
          edges: [
            {
              node: {
                id: `recipe-${page}`,
                uuid: `uuid-${page}`,
                name: `Dish ${page}`,
                stages: cloud.stages,
              },
            },
          ],
        },
      };
    }
    case 'StartCooking': {
      const { sessionUuid } = variables.input;
      if (cloud.currentSession !== undefined && cloud.currentSession !== sessionUuid) return 'CONFLICT';
      cloud.sessions.add(sessionUuid);
      return { startCooking: { session: { uuid: sessionUuid } } };
    }
    case 'RecordTelemetry':
      return cloud.isPaired ? { recordTelemetry: record(cloud, variables.input.events) } : 'FORBIDDEN';
    default:
      return 'BAD_USER_INPUT';
  }
}

function record(cloud: FakeCloud, events: OutgoingEvent[]) {
  const result = { accepted: 0, duplicates: 0, rejected: [] as object[] };
  for (const event of events) {
    const key = `${event.deviceSequence} ${event.recordedAt}`;
    const stored = cloud.events.get(key);
    const code = cloud.verdict(event);
    const isOther = stored !== undefined && JSON.stringify(stored) !== JSON.stringify(event);
    if (code !== undefined || isOther) {
      const { deviceSequence, recordedAt } = event;
      result.rejected.push({ deviceSequence, recordedAt, code: code ?? 'CONFLICT', message: 'no' });
    } else if (stored) {
      result.duplicates += 1;
    } else {
      cloud.events.set(key, event);
      result.accepted += 1;
      const isEnd = 'status' in event.reading && event.reading.status.sessionStatus === 'ABORTED';
      if (isEnd && event.sessionId === cloud.currentSession) cloud.currentSession = undefined;
    }
  }
  return result;
}
