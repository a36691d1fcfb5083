import type { WebSocket } from 'ws';

interface Watching {
  socket: WebSocket;
  id: string;
}

/** Who watches which cook: the bare form of a feed. */
export class Feeds {
  readonly #bySession = new Map<string, Watching[]>();

  add(sessionId: string, watching: Watching): void {
    const there = this.#bySession.get(sessionId);
    if (there) there.push(watching);
    else this.#bySession.set(sessionId, [watching]);
  }

  remove(socket: WebSocket, id: string): void {
    for (const [sessionId, there] of this.#bySession) {
      const left = there.filter((watching) => watching.socket !== socket || watching.id !== id);
      if (left.length !== there.length) this.#bySession.set(sessionId, left);
    }
  }

  /** Writes the same entry to everyone who watches the cook, under each one's operation id. */
  send(sessionId: string, head: string, tail: string): void {
    for (const { socket, id } of this.#bySession.get(sessionId) ?? []) socket.send(head + id + tail);
  }

  has(sessionId: string): boolean {
    return this.#bySession.has(sessionId);
  }
}
