import { relationsFilterToSQL, SQL, sql } from 'drizzle-orm';
import type { Database } from '../db/client.js';
import { relations } from '../db/relations.js';
import { builder } from './builder.js';

/** Counting stops here: a client that needs a larger number needs another question. */
const MAX_COUNT = 10_000;

type AnyRef = Parameters<typeof builder.connectionObject>[0]['type'];

/** The connection and edge types of a node, shared by all fields that list it. */
export function defineConnection<Ref extends AnyRef>(type: Ref, name: string, noun: string) {
  const edge = builder.edgeObject({ type, name: `${name}Edge`, description: `A ${noun} in its place.` });
  const connection = builder.connectionObject(
    {
      type,
      name: `${name}Connection`,
      description: `A page of ${noun}s.`,
      fields: (t) => ({
        totalCount: t.int({
          description: `How many there are in all; counted only when asked for, and no further than ${MAX_COUNT}.`,
          resolve: (page) => countOf(page),
        }),
      }),
    },
    edge,
  );
  return { connection, edge };
}

/** The Drizzle plugin leaves a number (related rows) or a function (a field of the root) on the page. */
function countOf(page: object): number | Promise<number> | null {
  const { totalCount } = page as { totalCount?: number | (() => number | Promise<number>) };
  return typeof totalCount === 'function' ? totalCount() : (totalCount ?? null);
}

/** How many rows of a table a filter lets through, up to `MAX_COUNT`. */
export async function countRows(
  db: Database,
  table: keyof typeof relations,
  filter: object,
): Promise<number> {
  const source = relations[table].table;
  const { sql: chunks } = relationsFilterToSQL(source, filter);
  const counted = db.orm
    .select({ one: sql`1` })
    .from(source)
    .where(chunks && new SQL(chunks))
    .limit(MAX_COUNT)
    .as('counted');
  return db.orm.$count(counted);
}
