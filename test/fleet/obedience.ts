import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from './command-line.js';
import type { Pot } from './pot.js';
import type { Obeyed, Store } from './store.js';
import type { Wire } from './wire.js';

const ACKNOWLEDGE = `mutation ($input: AcknowledgeCommandInput!) { acknowledgeCommand(input: $input) { command { state } } }`;
/** An accepted yes that took longer by the robot's own clock is void. */
const LONGEST_YES_MS = 10_000;
const RETRY_MS = 200;

type Acknowledged = { acknowledgeCommand: { command: { state: string } } };

/** Does what a robot is told, each once however often it comes, and nothing before the cloud has taken its yes. */
export class Obedience {
  readonly #store: Store;
  readonly #pot: Pot;
  readonly #wire: Wire;
  readonly #signal: AbortSignal;

  constructor(store: Store, pot: Pot, wire: Wire, signal: AbortSignal) {
    this.#store = store;
    this.#pot = pot;
    this.#wire = wire;
    this.#signal = signal;
  }

  /** Whether a dish was promised of which the cloud has not said yet whether it counts on it. */
  get isAsked(): boolean {
    return [...this.#store.obeyed.values()].some(({ verdict }) => verdict === 'asking');
  }

  async obey(command: Command, mayBegin: boolean): Promise<void> {
    const { obeyed } = this.#store;
    if (obeyed.has(command.id)) return;
    const accepted = this.#would(command, mayBegin);
    const own: Obeyed = { kind: command.kind, verdict: 'asking', effects: 0 };
    obeyed.set(command.id, own);
    const askedAt = performance.now();
    const input = { commandId: command.id, accepted, message: accepted ? null : 'not now' };
    let answer: Acknowledged | undefined;
    while (!answer && !this.#signal.aborted) {
      answer = await this.#wire.tell<Acknowledged>(ACKNOWLEDGE, { input });
      if (!answer) await sleep(RETRY_MS);
    }
    const wasTaken = answer?.acknowledgeCommand.command.state === 'ACKNOWLEDGED';
    const isLate = performance.now() - askedAt > LONGEST_YES_MS;
    own.verdict = !accepted ? 'refused' : wasTaken && !isLate ? 'effect' : 'too-late';
    const isCook = command.kind === 'COOK';
    if (own.verdict === 'effect' && (isCook || this.#isOf(command))) {
      own.effects += 1;
      this.#carryOut(command);
    } else if (own.verdict === 'too-late' && wasTaken && isCook) {
      // The cloud counts on it: it has to hear that nothing came of it.
      this.#carryOut(command, 'too late');
      this.#pot.end('aborted', 'too late');
    }
  }

  #would({ kind, ...command }: Command, mayBegin: boolean): boolean {
    const { cook, cooks } = this.#store;
    // One cook at a time: what the cloud has not heard of stands before what it orders.
    if (kind === 'COOK') return mayBegin && !cook && !this.isAsked && [...cooks.values()].every(isTold);
    if (kind === 'PAUSE') return this.#isOf(command) && cook?.isPaused === false;
    if (kind === 'RESUME') return this.#isOf(command) && cook?.isPaused === true;
    return this.#isOf(command);
  }

  #isOf({ session }: Pick<Command, 'session'>): boolean {
    return this.#store.cook !== undefined && this.#store.cook.sessionId === session?.uuid;
  }

  /** The status that it causes names the command, or says otherwise. */
  #carryOut({ id, kind, session, payload }: Command, reason = id): void {
    if (kind === 'COOK') this.#pot.begin(session?.uuid as string, true, reason, payload?.recipe_id as string);
    else if (kind === 'STOP') this.#pot.end('aborted', reason);
    else this.#pot.pause(kind === 'PAUSE', reason);
  }
}

/** Whether the cloud knows all of a cook. */
export function isTold({
  isKnown,
  log,
  uploaded,
}: {
  isKnown: boolean;
  log?: { revision: number };
  uploaded: number;
}): boolean {
  return isKnown && log?.revision === uploaded;
}
