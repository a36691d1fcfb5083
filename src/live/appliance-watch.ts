import type pg from 'pg';

/** What can change about an appliance in the eyes of those who watch it; a bare heartbeat changes none of it. */
export async function readApplianceSignatures(
  pool: pg.Pool,
  ids: readonly string[],
): Promise<{ id: string; signature: string }[]> {
  const { rows } = await pool.query<{ id: string; signature: string }>({
    name: 'appliance-signatures',
    text: `SELECT a.id, concat_ws('|', a.user_id, a.unpaired_at, a.name, a.status, a.firmware_version_cm5,
                                  a.firmware_version_stm32, s.id, s.status, md5(s.progress::text)) AS signature
           FROM appliances a
           LEFT JOIN LATERAL (
             SELECT id, status, progress FROM cooking_sessions
             WHERE appliance_id = a.id AND status IN ('started', 'cooking', 'paused')
             ORDER BY started_at DESC LIMIT 1
           ) s ON true
           WHERE a.id = ANY($1::uuid[])`,
    values: [ids],
  });
  return rows;
}
