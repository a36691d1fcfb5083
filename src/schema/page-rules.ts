import SchemaBuilderClass, {
  BasePlugin,
  decodeBase64,
  decodeCursorChunk,
  encodeBase64,
  encodeCursorChunk,
  encodeCursorTuple,
  type PothosOutputFieldConfig,
  type SchemaTypes,
} from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import { type FieldError, ValidationError } from '../errors.js';
import { isUuid } from '../resolvers/ids.js';
import { isStorableText } from '../text.js';

/** Rows of a page when the client names no number, and the most that it may name. */
export const DEFAULT_PAGE = 20;
export const MAX_PAGE = 100;

/**
 * Checks the page arguments of every connection, one rule for all, before any SQL runs: a number from 0 to `MAX_PAGE`,
 * one direction, and a cursor of the form that our lists give out. The libraries would clamp a large number in silence,
 * and take an empty cursor for none.
 */
export const pageRulesPlugin = 'pageRules' as const;

interface PageArguments {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
}

type Select = (args: object, ...rest: unknown[]) => unknown;

type Check = (cursor: string) => boolean;

/** The lists whose rows do not have a UUID for a key; the journal's reads its cursors itself. */
const CURSOR_FORMS: Record<string, Check> = {
  'Appliance.events': isRowCursor(Number.isSafeInteger),
  'CookingSession.events': (cursor) => cursor !== '',
};

class PageRulesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  /**
   * A list below another object is read with it, in one statement: its arguments are checked when that is planned. The
   * check stands beside the field, for who calls its resolver without what is around it.
   */
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    if (!isPaged(field)) return field;
    const check = pageCheck(field);
    const select = field.extensions?.pothosDrizzleSelect;
    if (typeof select !== 'function')
      return { ...field, extensions: { ...field.extensions, pageCheck: check } };
    const checked: Select = (args, ...rest) => {
      check(args);
      return (select as Select)(args, ...rest);
    };
    return { ...field, extensions: { ...field.extensions, pageCheck: check, pothosDrizzleSelect: checked } };
  }

  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    field: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (!isPaged(field)) return resolver;
    const check = pageCheck(field);
    return (parent, args, context, info) => {
      check(args);
      return resolver(parent, args, context, info);
    };
  }
}

function isPaged({ args }: { args: object }): boolean {
  return 'first' in args && 'last' in args;
}

function pageCheck({ parentType, name }: { parentType: string; name: string }) {
  const isCursor = CURSOR_FORMS[`${parentType}.${name}`] ?? isRowCursor((key) => isUuid(String(key)));
  return (page: PageArguments) => checkPage(page, isCursor);
}

function checkPage({ first, last, after, before }: PageArguments, isCursor: Check): void {
  const errors: FieldError[] = [];
  const require = (isRight: boolean, field: string, message: string) => {
    if (!isRight) errors.push({ field, message });
  };
  require(isSize(first), 'first', `must be from 0 to ${MAX_PAGE}`);
  require(isSize(last), 'last', `must be from 0 to ${MAX_PAGE}`);
  require(typeof first !== 'number' ||
    typeof last !== 'number', 'last', 'must not be given together with first');
  require(typeof after !== 'string' || isCursor(after), 'after', 'is not a cursor of this list');
  require(typeof before !== 'string' || isCursor(before), 'before', 'is not a cursor of this list');
  if (errors.length > 0) throw new ValidationError(errors);
}

function isSize(value: number | null | undefined): boolean {
  return typeof value !== 'number' || (value >= 0 && value <= MAX_PAGE);
}

/** The cursor of a row in a list that is ordered by these of its values, as the Drizzle plugin makes it. */
export function rowCursor(row: Readonly<Record<string, unknown>>, order: readonly string[]): string {
  const values = order.map((key) => row[key]);
  return encodeBase64(`DC:${values.length > 1 ? encodeCursorTuple(values) : encodeCursorChunk(values[0])}`);
}

/** The values in a cursor that the rules let through. */
export function cursorValues(cursor: string): readonly unknown[] {
  return decodeCursorChunk(decodeBase64(cursor).slice('DC:'.length)) as unknown[];
}

/** Whether a text has the form of the Drizzle plugin's cursors: plain values, the last of them the key of the row. */
function isRowCursor(isKey: (value: unknown) => boolean): Check {
  return (cursor) => {
    try {
      const decoded = decodeBase64(cursor);
      const values = decoded.startsWith('DC:T:') ? decodeCursorChunk(decoded.slice(3)) : undefined;
      return Array.isArray(values) && values.every(isPlain) && isKey(values.at(-1));
    } catch {
      return false;
    }
  };
}

function isPlain(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && isStorableText(String(value)));
}

SchemaBuilderClass.registerPlugin(pageRulesPlugin, PageRulesPlugin);

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      pageRules: PageRulesPlugin<Types>;
    }
  }
}
