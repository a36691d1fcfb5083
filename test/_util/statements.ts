import pg from 'pg';
import { vi } from 'vitest';

/**
 * What the server does by itself: it wakes other instances, feels whether they hear it, asks what was revoked, sets up
 * connections, and looks for commands that are late and appliances that are silent.
 */
const BACKGROUND =
  /pg_notify|^SELECT 1$|^SET statement_timeout|FROM pg_stat_activity|FROM revocations|^WITH (late|due|gone|slice) AS/;

export interface Statement {
  text: string;
  values: unknown[];
}

/** The text of every statement that this process sends to PostgreSQL during `work`; see `recordStatements`. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  return (await recordStatements(work)).map(({ text }) => text);
}

/** Every statement that this process sends to PostgreSQL during `work`, by whatever client; its own errands apart. */
export async function recordStatements(work: () => Promise<unknown>): Promise<Statement[]> {
  return (await recordAllStatements(work)).filter(({ text }) => !BACKGROUND.test(text));
}

/** The same with the server's own errands. */
export async function recordAllStatements(work: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = [];
  const original = pg.Client.prototype.query;
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    const [query, parameters] = args as [string | { text: string; values?: unknown[] }, unknown];
    const { text, values } = typeof query === 'string' ? { text: query, values: undefined } : query;
    const given = values ?? (Array.isArray(parameters) ? parameters : []);
    statements.push({ text, values: given });
    return Reflect.apply(original, this, args);
  } as never);
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
  return statements;
}
