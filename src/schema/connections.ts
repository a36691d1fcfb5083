import { createContextCache } from '@pothos/core';
import DataLoader from 'dataloader';
import { and, count, inArray, relationsFilterToSQL, SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Viewer } from '../auth/viewer.js';
import type { Context } from '../context.js';
import { relations } from '../db/relations.js';
import { builder } from './builder.js';

/** Counting a whole list stops here: a client that needs a larger number needs another question. */
const MAX_COUNT = 10_000;

type AnyRef = Parameters<typeof builder.connectionObject>[0]['type'];
type TableName = keyof typeof relations;

/** What a connection lists, and how `totalCount` counts it. */
export interface ConnectionSource {
  name: string;
  noun: string;
  table: TableName;
  visible: (viewer: Viewer) => object;
  /** For each type that lists it as a relation: the column that leads back there. */
  parents: Record<string, PgColumn>;
}

/**
 * The connection and edge types of a node, shared by all fields that list it. `totalCount` runs only when it is asked
 * for: at the root as one bounded count, below other nodes as one statement for all of them. (The Drizzle plugin's own
 * count of related rows does not fit this version of Drizzle.)
 */
export function defineConnection<Ref extends AnyRef>(type: Ref, source: ConnectionSource) {
  const { name, noun } = source;
  const edge = builder.edgeObject({ type, name: `${name}Edge`, description: `A ${noun} in its place.` });
  const countByParent = Object.fromEntries(
    Object.entries(source.parents).map(([parent, column]) => [parent, countLoader(source, column)]),
  );
  const connection = builder.connectionObject(
    {
      type,
      name: `${name}Connection`,
      description: `A page of ${noun}s.`,
      fields: (t) => ({
        totalCount: t.int({
          description: `How many there are in all; a whole list is counted up to ${MAX_COUNT}.`,
          resolve: (page, _args, context, info) => {
            const { parent } = page as { parent?: { id?: string } };
            const loader = countByParent[info.path.prev?.typename ?? ''];
            return loader && parent?.id ? loader(context).load(parent.id) : countAll(source, context);
          },
        }),
      }),
    },
    edge,
  );
  return { connection, edge };
}

function condition({ table, visible }: ConnectionSource, viewer: Viewer): SQL | undefined {
  const { sql: chunks } = relationsFilterToSQL(relations[table].table, visible(viewer));
  return chunks && new SQL(chunks);
}

async function countAll(source: ConnectionSource, { db, viewer }: Context): Promise<number> {
  const counted = db.orm
    .select({ one: sql`1`.as('one') })
    .from(relations[source.table].table)
    .where(condition(source, viewer))
    .limit(MAX_COUNT)
    .as('counted');
  return db.orm.$count(counted);
}

function countLoader(source: ConnectionSource, column: PgColumn) {
  return createContextCache(
    ({ db, viewer }: Context) =>
      new DataLoader<string, number>(async (parentIds) => {
        const rows = await db.orm
          .select({ parentId: sql<string>`${column}`, rows: count() })
          .from(relations[source.table].table)
          .where(and(inArray(column, [...parentIds]), condition(source, viewer)))
          .groupBy(column);
        const counts = new Map(rows.map(({ parentId, rows }) => [parentId, Number(rows)]));
        return parentIds.map((id) => counts.get(id) ?? 0);
      }),
  );
}
