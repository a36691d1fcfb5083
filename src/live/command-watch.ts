import type pg from 'pg';

/** What can change about a command in the eyes of those who watch it. */
export async function readCommandSignatures(
  pool: pg.Pool,
  ids: readonly string[],
): Promise<{ id: string; signature: string }[]> {
  const { rows } = await pool.query<{ id: string; signature: string }>({
    name: 'command-signatures',
    text: `SELECT id, concat_ws('|', state, updated_at) AS signature FROM appliance_commands WHERE id = ANY($1::uuid[])`,
    values: [ids],
  });
  return rows;
}
