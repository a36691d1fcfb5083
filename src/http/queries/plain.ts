import { type GraphQLLeafType, isEnumType } from 'graphql';
import type { Context } from '../../context.js';
import type { FieldPlan, ValuePlan } from './plan.js';
import { ABSENT, type Reader } from './readers.js';

/** Makes the answer to a selection of an object that only reads. Throws for whatever takes a closer look. */
export type Plain = (source: unknown, context: Context) => unknown;

/** What is thrown, once for all: nobody looks at it. */
const CLOSER_LOOK = new Error('takes a closer look');

/**
 * How objects are answered whose fields, and those of all objects below them, are only read: without resolvers, promises,
 * places for errors, or a look at the plan. `undefined` where a field is more than that.
 */
export function plainOf(fields: readonly FieldPlan[]): Plain | undefined {
  const steps: Plain[] = [];
  for (const { read, value } of fields) {
    const own = read && plainValueOf(value);
    if (!own) return undefined;
    steps.push(step(read, own));
  }
  return literalOf(
    fields.map(({ key }) => key),
    steps,
  );
}

function step(read: Reader, own: Plain): Plain {
  return (source, context) => own(read(source as never), context);
}

/** A function that makes such an object in one go, so that all it makes are of one shape: `(s, c) => ({ "name": step0(s, c), … })`. */
function literalOf(keys: readonly string[], steps: readonly Plain[]): Plain {
  const names = steps.map((_, place) => `step${place}`);
  const members = keys.map((key, place) => `${JSON.stringify(key)}: step${place}(source, context)`);
  const create = new Function(...names, `return (source, context) => ({ ${members.join(', ')} })`);
  return create(...steps) as Plain;
}

/** Whether a value is answered by reading alone. */
export function isPlain(value: ValuePlan): boolean {
  return plainValueOf(value) !== undefined;
}

function plainValueOf(value: ValuePlan): Plain | undefined {
  const own = plainOrNull(value);
  if (!own) return undefined;
  const { isRequired } = value;
  return (found, context) => {
    if (found !== null && found !== undefined) return own(found, context);
    if (isRequired) throw CLOSER_LOOK;
    return null;
  };
}

/** For what is there. */
function plainOrNull(value: ValuePlan): Plain | undefined {
  switch (value.kind) {
    case 'leaf':
      return plainLeaf(value.type);
    case 'object':
      return value.plan.plain && onlyOfObjects(value.plan.plain);
    case 'list': {
      const item = plainValueOf(value.item);
      if (!item) return undefined;
      return (found, context) => {
        if (!Array.isArray(found)) throw CLOSER_LOOK;
        return found.map((one) => item(one, context));
      };
    }
    case 'abstract': {
      const { type, plans } = value;
      if ([...plans.values()].some(({ plain }) => !plain)) return undefined;
      return onlyOfObjects((found, context) => {
        const typename = type.resolveType?.(found, context, undefined as never, type);
        const plain = typeof typename === 'string' ? plans.get(typename)?.plain : undefined;
        if (!plain) throw CLOSER_LOOK;
        return plain(found, context);
      });
    }
  }
}

function onlyOfObjects(plain: Plain): Plain {
  return (found, context) => {
    if (typeof found !== 'object' || found instanceof Error || 'then' in (found as object)) throw CLOSER_LOOK;
    return plain(found, context);
  };
}

/** Values that are answered as they are, and how to tell. */
const AS_THEY_ARE: Record<string, (value: unknown) => boolean> = {
  String: (value) => typeof value === 'string',
  ID: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  Int: (value) => typeof value === 'number' && (value | 0) === value,
  Float: (value) => typeof value === 'number' && Number.isFinite(value),
};

function plainLeaf(type: GraphQLLeafType): Plain {
  const isAnswer = isEnumType(type) ? undefined : AS_THEY_ARE[type.name];
  return (value) => {
    if (isAnswer?.(value)) return value;
    if (value === ABSENT || typeof value === 'function') throw CLOSER_LOOK;
    if (typeof value === 'object' && (value instanceof Error || 'then' in (value as object)))
      throw CLOSER_LOOK;
    const leaf = type.serialize(value);
    if (leaf === undefined || leaf === null) throw CLOSER_LOOK;
    return leaf;
  };
}
