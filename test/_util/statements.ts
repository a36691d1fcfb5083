import pg from 'pg';
import { vi } from 'vitest';

/** Wakes other instances, some time after the event that it tells of. */
const NOTIFICATION = /pg_notify/;

/**
 * The text of every statement that this process sends to PostgreSQL during `work`, by whatever client; notifications of
 * earlier events apart.
 */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const original = pg.Client.prototype.query;
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    const [query] = args as [string | { text: string }];
    const text = typeof query === 'string' ? query : query.text;
    if (!NOTIFICATION.test(text)) statements.push(text);
    return Reflect.apply(original, this, args);
  } as never);
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
  return statements;
}
