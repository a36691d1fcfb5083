import { fork } from 'node:child_process';

/** What a child process can be asked to do, by name. */
// biome-ignore lint/suspicious/noExplicitAny: the parameters are those of each method, which `Child` repeats
export type Methods = Record<string, (...args: any[]) => unknown>;

interface Request {
  id: number;
  name: string;
  args: unknown[];
}
type Answer = { id: number; value: unknown } | { id: number; error: string };

/** A process of ours: a floor's server, or a driver. */
export interface Child<M extends Methods> {
  pid: number;
  /** Calls a method there. Throws what it throws, and when the process ends before it answers. */
  call<K extends keyof M & string>(name: K, ...args: Parameters<M[K]>): Promise<Awaited<ReturnType<M[K]>>>;
  stop(): Promise<void>;
}

/** Starts `file`, which calls `serve()`. It ends with this process, and a Ctrl-C of the terminal does not reach it. */
export async function startChild<M extends Methods>(
  file: URL,
  nodeOptions: string[] = [],
  node = process.execPath,
): Promise<Child<M>> {
  const child = fork(file, {
    execPath: node,
    execArgv: ['--import', 'tsx', ...nodeOptions],
    serialization: 'advanced',
    detached: true,
  });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let calls = 0;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      for (const { reject } of waiting.values()) reject(new Error(`${file.pathname} ended with ${code}`));
      waiting.clear();
      resolve();
    });
  });
  child.on('message', (answer: Answer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) call?.reject(new Error(answer.error));
    else call?.resolve(answer.value);
  });
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return {
    pid: child.pid as number,
    call: (name, ...values) =>
      new Promise((resolve, reject) => {
        if (!child.connected) {
          reject(new Error(`${file.pathname} has ended`));
          return;
        }
        const id = ++calls;
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        child.send({ id, name, args: values } satisfies Request);
      }),
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** Answers the parent's calls; ends the process with the parent. */
export function serve(methods: Methods): void {
  process.once('disconnect', () => process.exit());
  process.on('message', ({ id, name, args }: Request) => {
    const reply = (answer: Answer) => process.send?.(answer);
    Promise.resolve()
      .then(() => methods[name]?.(...args))
      .then(
        (value) => reply({ id, value }),
        (error: unknown) =>
          reply({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
  });
}
