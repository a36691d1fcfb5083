/** Most tasks under way at once, each on a connection of its own, and most that wait for their turn. */
const MAX_UNDER_WAY = 4;
const MAX_WAITING = 256;
/** A task that waited longer than this for its turn is refused: its sender has better things to do. */
const MAX_WAIT_MS = 5_000;

interface Task {
  run: () => Promise<void>;
  refuse: () => void;
  since: number;
}

/** What cannot go with the others goes here, a few at a time, so that nothing else waits for it. Bounded. */
export class Aside {
  readonly #waiting: Task[] = [];
  #underWay = 0;

  /** Runs `run`, which must not reject, when it is its turn; or calls `refuse` when there is too much to do. */
  add(run: () => Promise<void>, refuse: () => void): void {
    if (this.#waiting.length >= MAX_WAITING) {
      refuse();
      return;
    }
    this.#waiting.push({ run, refuse, since: performance.now() });
    this.#next();
  }

  #next(): void {
    while (this.#underWay < MAX_UNDER_WAY) {
      const task = this.#waiting.shift();
      if (!task) return;
      if (performance.now() - task.since > MAX_WAIT_MS) {
        task.refuse();
        continue;
      }
      this.#underWay += 1;
      void task.run().finally(() => {
        this.#underWay -= 1;
        this.#next();
      });
    }
  }
}
