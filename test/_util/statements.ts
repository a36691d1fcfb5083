import pg from 'pg';
import { vi } from 'vitest';

/** What the server does by itself: it wakes other instances, and feels whether its LISTEN connection lives. */
const BACKGROUND = /pg_notify|^SELECT 1$/;

/**
 * The text of every statement that this process sends to PostgreSQL during `work`, by whatever client; what the server
 * does by itself apart.
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
    if (!BACKGROUND.test(text)) statements.push(text);
    return Reflect.apply(original, this, args);
  } as never);
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
  return statements;
}
