/** Running PostgreSQL's command line tools, as an account that is not root. */
import { spawn } from 'node:child_process';

/** Who runs PostgreSQL, where that is somebody other than this process. */
export interface Account {
  uid: number;
  gid: number;
}

export interface ToolResult {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/**
 * Runs a tool to its end.
 *
 * @param cwd a folder that the account may enter: the current one may be closed to it
 * @throws an Error of one line when the tool cannot be run at all; that it failed is in the result
 */
export function runTool(
  path: string,
  args: readonly string[],
  options: { cwd: string; account: Account | undefined },
): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      cwd: options.cwd,
      ...(options.account ?? {}),
      // A session of its own: Ctrl-C in the terminal must not cut down a `pg_ctl stop` on which the shutdown waits.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Nothing of PGDATA, PGPORT, PGOPTIONS or LD_LIBRARY_PATH may leak in, and messages have to be English.
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', (error) =>
      reject(new Error(`Cannot run ${path}: ${error.message}`, { cause: error })),
    );
    child.once('close', (code) => resolve({ ok: code === 0, stdout, stderr }));
  });
}

/** The end of a tool's output on one line, for an error message. */
export function tailOf(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.slice(-6).join(' | ').slice(-700) || 'no output';
}

/**
 * The account that PostgreSQL has to run as: PostgreSQL refuses to be root.
 *
 * @returns nothing when this process is an ordinary user and PostgreSQL runs as the same one
 */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const account = await lookUp(name);
    if (account !== undefined) return account;
  }
  throw new Error(
    'PostgreSQL cannot run as root, and this system has neither an account "postgres" nor "nobody": ' +
      'start as an ordinary user, or set DATABASE_URL',
  );
}

/** By `id` and not from /etc/passwd: accounts may come from a directory service. */
async function lookUp(name: string): Promise<Account | undefined> {
  const options = { cwd: '/', account: undefined };
  const [user, group] = await Promise.all([
    runTool('id', ['-u', name], options),
    runTool('id', ['-g', name], options),
  ]);
  const uid = Number.parseInt(user.stdout, 10);
  const gid = Number.parseInt(group.stdout, 10);
  return user.ok && group.ok && uid > 0 && gid > 0 ? { uid, gid } : undefined;
}
