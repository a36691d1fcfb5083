import SchemaBuilderClass, {
  BasePlugin,
  type PothosOutputFieldConfig,
  RootFieldBuilder,
  type SchemaTypes,
} from '@pothos/core';
import '@pothos/plugin-drizzle';
import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';

export const rowsPlugin = 'rows' as const;

/** Makes the query of a field that reads rows: what its resolver says of them, and what its selection needs. */
export type RowQuery = (select?: object) => object;

/** The resolver of a `drizzleField` or `drizzleConnection`, as it was written. */
export type RowResolver = (
  query: RowQuery,
  parent: unknown,
  args: object,
  context: unknown,
  info: GraphQLResolveInfo,
) => unknown;

/** What a field is resolved with by who knows already what its selection needs of its rows. */
export interface RowInfo extends GraphQLResolveInfo {
  rowQuery?: RowQuery;
}

/**
 * Lets who executes a query by a plan (`http/queries`) call the resolver of a field that reads rows with a query of its own,
 * below all that checks rights and arguments; of a `drizzleConnection` it then gets the rows, not the page. Everybody
 * else gets what the Drizzle plugin makes of the field.
 */
class RowsPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    { extensions }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    const resolveRows = extensions?.rowResolver as RowResolver | undefined;
    if (!resolveRows) return resolver;
    return (parent, args, context, info) => {
      const { rowQuery } = info as RowInfo;
      return rowQuery
        ? resolveRows(rowQuery, parent, args, context, info)
        : resolver(parent, args, context, info);
    };
  }
}

type Define = (options: { resolve: RowResolver; extensions?: object }, ...more: unknown[]) => unknown;

const fieldBuilder = RootFieldBuilder.prototype as unknown as Record<
  'drizzleField' | 'drizzleConnection',
  Define
>;

/** The Drizzle plugin keeps the resolver to itself; here it also stays beside the field. */
function keepsResolver(define: Define): Define {
  return function (this: unknown, options, ...more) {
    const extensions = { ...options.extensions, rowResolver: options.resolve };
    return define.call(this, { ...options, extensions }, ...more);
  };
}

fieldBuilder.drizzleField = keepsResolver(fieldBuilder.drizzleField);
fieldBuilder.drizzleConnection = keepsResolver(fieldBuilder.drizzleConnection);
SchemaBuilderClass.registerPlugin(rowsPlugin, RowsPlugin);

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      rows: RowsPlugin<Types>;
    }
  }
}
