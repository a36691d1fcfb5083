import { inspect } from 'node:util';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/logger.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';

const SECRET = 'secret-5a1f9c@epicura.example';

describe('the log of an error', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  function logged(line: object): string {
    let text = '';
    const write = (chunk: string) => {
      text += chunk;
    };
    createLogger('trace', { write }).error(line, 'a fault');
    return text;
  }

  const failureOf = (work: Promise<unknown>): Promise<Error> =>
    work.then(
      () => new Error('it did not fail'),
      (error: Error) => error,
    );

  it('of the query builder has the statement and its cause, but not its values', async () => {
    const error = await failureOf(database.orm.execute(sql`select from nowhere where email = ${SECRET}`));
    const log = logged({ err: error });
    expect(log).not.toContain(SECRET);
    expect(JSON.parse(log).err).toMatchObject({
      message: expect.stringContaining('select'),
      cause: { code: '42P01' },
    });
  });

  it('of PostgreSQL has its code, but not the row or the value', async () => {
    for (const statement of [
      `INSERT INTO users (email) VALUES ('${SECRET}')`,
      `SELECT * FROM users WHERE id = '${SECRET}'`,
    ]) {
      const error = await failureOf(database.pool.query(statement));
      expect(inspect(error)).toContain(SECRET);
      const log = logged({ err: error });
      expect(log).not.toContain(SECRET);
      expect(JSON.parse(log).err.code).toMatch(/^2/);
    }
  });

  it('leaves out what has the name of a secret', () => {
    const line = {
      password: SECRET,
      input: { refreshToken: SECRET, pairingCode: SECRET },
      headers: { authorization: SECRET },
    };
    expect(logged(line)).not.toContain(SECRET);
  });
});
