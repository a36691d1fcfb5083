import type pg from 'pg';

/**
 * A name of the database behind the pool, the same for all who connect to it by whatever address, and another for every
 * other database: what keeps their instances apart on servers that they share. A copy of the files keeps the name.
 */
export async function readIdentity(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ identity: string }>(
    `SELECT system_identifier || '.' || (SELECT oid FROM pg_database WHERE datname = current_database()) AS identity
     FROM pg_control_system()`,
  );
  return (rows[0] as { identity: string }).identity;
}
