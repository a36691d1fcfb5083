import DataLoader from 'dataloader';
import { and, count, inArray, relationsFilterToSQL, SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Context } from '../context.js';
import { relations } from '../db/relations.js';
import { onceARequest } from '../resolvers/once-a-request.js';
import { builder } from './builder.js';

/** Counting a whole list stops here: a client that needs a larger number needs another question. */
const MAX_COUNT = 10_000;

type AnyRef = Parameters<typeof builder.connectionObject>[0]['type'];

/** What a connection lists, and how `totalCount` counts it. */
export interface ConnectionSource<Args> {
  name: string;
  noun: string;
  table: keyof typeof relations;
  /** Which rows a field with these arguments lists, the viewer's policy included; the same that its pages use. */
  conditions: (context: Context, args: Args) => object | Promise<object>;
  /** For each type that lists it as a relation: the column that leads back there. */
  parents: Record<string, PgColumn>;
}

interface Page<Args> {
  args: Args;
  parent?: { id?: string };
}

/**
 * The connection and edge types of a node, shared by all fields that list it. `totalCount` runs only when it is asked
 * for: at the root as one bounded count, below other nodes as one statement for all of them. (The Drizzle plugin's own
 * count of related rows does not fit this version of Drizzle.)
 */
export function defineConnection<Ref extends AnyRef, Args extends object>(
  type: Ref,
  source: ConnectionSource<Args>,
) {
  const { name, noun } = source;
  const edge = builder.edgeObject({ type, name: `${name}Edge`, description: `A ${noun} in its place.` });
  const countByParent = Object.fromEntries(
    Object.entries(source.parents).map(([parent, column]) => [parent, countLoaders(source, column)]),
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
            const { parent, args } = page as unknown as Page<Args>;
            const loaders = countByParent[info.path.prev?.typename ?? ''];
            return loaders && parent?.id
              ? loaders(context)(args).load(parent.id)
              : countAll(source, context, args);
          },
        }),
      }),
    },
    edge,
  );
  return { connection, edge };
}

async function condition<Args>(
  { table, conditions }: ConnectionSource<Args>,
  context: Context,
  args: Args,
): Promise<SQL | undefined> {
  const { sql: chunks } = relationsFilterToSQL(relations[table].table, await conditions(context, args));
  return chunks && new SQL(chunks);
}

async function countAll<Args>(source: ConnectionSource<Args>, context: Context, args: Args): Promise<number> {
  const counted = context.db.orm
    .select({ one: sql`1`.as('one') })
    .from(relations[source.table].table)
    .where(await condition(source, context, args))
    .limit(MAX_COUNT)
    .as('counted');
  return context.db.orm.$count(counted);
}

/** For each request, and in it for each set of arguments, a loader that counts below many parents at once. */
function countLoaders<Args extends object>(source: ConnectionSource<Args>, column: PgColumn) {
  return onceARequest((context: Context) => {
    const loaders = new Map<string, DataLoader<string, number>>();
    return (args: Args): DataLoader<string, number> => {
      const key = JSON.stringify(args);
      const loader =
        loaders.get(key) ??
        new DataLoader((parentIds) => countBelow(source, context, args, column, parentIds));
      loaders.set(key, loader);
      return loader;
    };
  });
}

async function countBelow<Args>(
  source: ConnectionSource<Args>,
  context: Context,
  args: Args,
  column: PgColumn,
  parentIds: readonly string[],
): Promise<number[]> {
  const rows = await context.db.orm
    .select({ parentId: sql<string>`${column}`, rows: count() })
    .from(relations[source.table].table)
    .where(and(inArray(column, [...parentIds]), await condition(source, context, args)))
    .groupBy(column);
  const counts = new Map(rows.map(({ parentId, rows }) => [parentId, Number(rows)]));
  return parentIds.map((id) => counts.get(id) ?? 0);
}
