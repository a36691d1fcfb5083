import type { GraphQLField, GraphQLFieldResolver, GraphQLObjectType } from 'graphql';
import { requireScope, SCOPES, type Scope } from '../../auth/policies.js';
import type { Context } from '../../context.js';
import { encodeGlobalId, isUuid } from '../../resolvers/ids.js';
import type { RowInfo, RowResolver } from '../../schema/rows.js';

/** What a reader gives when the parent does not hold what it reads: the field's resolver has to look it up. */
export const ABSENT = Symbol('absent');

/** Reads a field from its parent. */
export type Reader = (parent: never) => unknown;

/** What Pothos and its plugins left beside types and fields. */
export interface Hints {
  /** The property that the field shows. */
  pothosExposedField?: string;
  /** The resolver as it was written, before plugins wrapped it. */
  pothosOriginalResolve?: Reader & GraphQLFieldResolver<unknown, Context>;
  /** What becomes of arguments before the resolver sees them. */
  pothosArgMappers?: readonly unknown[] | null;
  /** The table that the rows of a type are of. */
  pothosDrizzleTable?: { name: string };
  /** What the Drizzle plugin reads from the database for it. */
  pothosDrizzleSelect?: unknown;
  /** What else is read of each row with these arguments, as `extras`, so that the field's resolver finds it there. */
  rowExtras?: (args: object) => Readonly<Record<string, unknown>> | undefined;
  /** The resolver of a field that reads rows, as it was written. */
  rowResolver?: RowResolver;
  /** Throws what is wrong with the page arguments of a connection. */
  pageCheck?: (args: object) => void;
  pothosOptions?: { authScopes?: unknown };
}

/**
 * How a field is read without its resolver, where that does the same: it is wrapped by no scope, takes no arguments, and
 * needs nothing but its parent. Around a field of a table the Drizzle plugin makes sure that the columns were read; where
 * they are there, they were.
 */
export function readerOf(type: GraphQLObjectType, field: GraphQLField<unknown, Context>): Reader | undefined {
  const { pothosDrizzleSelect: select } = field.extensions as Hints;
  const read = plainReaderOf(type, field);
  if (!read || select === undefined || isGlobalId(type, field)) return read;
  const columns = columnsOf(select);
  return (
    columns && ((parent) => (columns.every((column) => parent[column] !== undefined) ? read(parent) : ABSENT))
  );
}

/** The same of a parent that is known to have what the field needs. */
export function plainReaderOf(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, Context>,
): Reader | undefined {
  const hints = field.extensions as Hints;
  if (field.args.length > 0 || hints.pothosOptions?.authScopes) return undefined;
  if ((type.extensions as Hints).pothosOptions?.authScopes) return undefined;
  if (isGlobalId(type, field)) return (parent) => globalId(type.name, parent);
  return ownReader(field, hints);
}

function ownReader({ name, resolve }: GraphQLField<unknown, Context>, hints: Hints): Reader | undefined {
  const { pothosExposedField: property, pothosOriginalResolve: original } = hints;
  if (property !== undefined) return (parent) => parent[property];
  if (!resolve) return (parent) => parent[name];
  return original && original.length <= 1 ? original : undefined;
}

/**
 * The resolver of a field as it was written, behind its scope and the rules for pages, where nothing else is around it: to
 * ask the plugins who the viewer is costs more than the rest, and they remember it for as long as the request is remembered.
 */
export function scopedResolverOf(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, Context>,
): GraphQLFieldResolver<unknown, Context> | undefined {
  const {
    rowResolver,
    pothosOriginalResolve: original,
    pothosArgMappers,
    pageCheck,
  } = field.extensions as Hints;
  const scope = onlyScopeOf(type, field);
  const { resolve } = field;
  if (!scope || !resolve || pothosArgMappers?.length) return undefined;
  if (rowResolver) {
    return (parent, args, context, info) => {
      const { rowQuery } = info as RowInfo;
      if (!rowQuery) return resolve(parent, args, context, info);
      pageCheck?.(args);
      requireScope(context.viewer, scope);
      return rowResolver(rowQuery, parent, args, context, info);
    };
  }
  if (!original || pageCheck) return undefined;
  return (parent, args, context, info) => {
    requireScope(context.viewer, scope);
    return original(parent, args, context, info);
  };
}

/** `{ device: true }` is one; whatever else can be said of rights is left to the plugin. */
function onlyScopeOf(type: GraphQLObjectType, field: GraphQLField<unknown, Context>): Scope | undefined {
  if ([type, ...type.getInterfaces()].some((one) => rightsOf(one).length > 0)) return undefined;
  if (String(rightsOf(field)) !== 'authScopes') return undefined;
  const authScopes = (field.extensions as Hints).pothosOptions?.authScopes;
  const [[name, value] = [], ...more] = Object.entries(authScopes ?? {});
  return value === true && more.length === 0 ? SCOPES.find((scope) => scope === name) : undefined;
}

/** The options of types and fields that are about rights. */
const RIGHTS = [
  'authScopes',
  'grantScopes',
  'skipTypeScopes',
  'skipInterfaceScopes',
  'unauthorizedResolver',
  'unauthorizedError',
];

function rightsOf({ extensions }: { extensions: unknown }): string[] {
  const options: object = (extensions as Hints).pothosOptions ?? {};
  return RIGHTS.filter((name) => name in options);
}

/** Whether the objects of a type are rows of a table. */
export function isOfTable(type: GraphQLObjectType): boolean {
  return (type.extensions as Hints).pothosDrizzleTable !== undefined;
}

/** The columns of a selection that is of columns alone. */
function columnsOf(select: unknown): string[] | undefined {
  if (typeof select !== 'object' || select === null) return undefined;
  const { columns, ...more } = select as { columns?: object };
  return columns && Object.keys(more).length === 0 ? Object.keys(columns) : undefined;
}

function isGlobalId(type: GraphQLObjectType, { name }: GraphQLField<unknown, Context>): boolean {
  return name === 'id' && type.getInterfaces().some((one) => one.name === 'Node');
}

/** Rows with another key than a UUID make their ids themselves. */
function globalId(typename: string, parent: { id?: unknown }): unknown {
  const { id } = parent;
  return typeof id === 'string' && isUuid(id) ? encodeGlobalId(typename, id) : ABSENT;
}
