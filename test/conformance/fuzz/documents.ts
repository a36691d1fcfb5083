import fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  parse,
  validate,
} from 'graphql';
import { FITTING_TEXTS, ODD_NUMBERS, ODD_TEXTS } from './values.js';

/** A document with the variables that it is sent with. */
export interface Request {
  query: string;
  variables: Record<string, unknown>;
}

/** Whether a text is a document that may be executed. */
export function isValid(schema: GraphQLSchema, query: string): boolean {
  try {
    return validate(schema, parse(query)).length === 0;
  } catch {
    return false;
  }
}

/** Draws from fast-check's own generator, so that a seed repeats a run and a failure shrinks. */
export type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T;

const MAX_DEPTH = 5;

/** A random document over a schema, mostly valid: fields, arguments, aliases, fragments, directives and variables. */
export class DocumentWriter {
  readonly #schema: GraphQLSchema;
  readonly #draw: Draw;
  /** Global ids and cursors that exist, or did. */
  readonly #known: readonly string[];
  readonly #variables = new Map<string, { type: string; value: unknown }>();
  readonly #fragments: string[] = [];
  #fields = 0;

  constructor(schema: GraphQLSchema, draw: Draw, known: readonly string[]) {
    this.#schema = schema;
    this.#draw = draw;
    this.#known = known;
  }

  write(kind: 'query' | 'mutation' | 'subscription'): Request {
    const root = {
      query: this.#schema.getQueryType(),
      mutation: this.#schema.getMutationType(),
      subscription: this.#schema.getSubscriptionType(),
    }[kind] as GraphQLObjectType;
    const selection = this.#selection(root, 0, kind === 'query' ? 3 : 1);
    const definitions = [...this.#variables].map(([name, { type }]) => `$${name}: ${type}`).join(', ');
    const query = [
      `${kind} Fuzz${definitions ? `(${definitions})` : ''} ${selection}`,
      ...this.#fragments,
    ].join('\n');
    const variables = Object.fromEntries([...this.#variables].map(([name, { value }]) => [name, value]));
    return { query, variables };
  }

  #chance(percent: number): boolean {
    return this.#draw(fc.integer({ min: 1, max: 100 })) <= percent;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#draw(fc.nat(items.length - 1))] as T;
  }

  #selection(type: GraphQLNamedType, depth: number, most: number): string {
    const parts: string[] = [];
    if (isAbstractType(type)) {
      parts.push('__typename');
      for (const possible of this.#schema.getPossibleTypes(type)) {
        if (this.#chance(30))
          parts.push(`... on ${possible.name} ${this.#selection(possible, depth + 1, 2)}`);
      }
    }
    const fields = 'getFields' in type && !isInputObjectType(type) ? Object.values(type.getFields()) : [];
    const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)));
    const usable = depth >= MAX_DEPTH || this.#fields > 60 ? leaves : fields;
    for (let i = this.#draw(fc.integer({ min: 1, max: most })); i > 0 && usable.length > 0; i--) {
      const field = this.#pick(usable);
      this.#fields += 1;
      const alias = this.#chance(20) ? `a${this.#fields}: ` : this.#fields > 1 ? `f${this.#fields}: ` : '';
      const named = getNamedType(field.type);
      const below = isLeafType(named) ? '' : ` ${this.#selection(named, depth + 1, 4)}`;
      const text = `${alias}${field.name}${this.#arguments(field.args)}${this.#directive()}${below}`;
      parts.push(this.#chance(8) ? this.#wrap(type, text) : text);
    }
    if (parts.length === 0 || this.#chance(10)) parts.push('__typename');
    return `{ ${parts.join(' ')} }`;
  }

  #wrap(type: GraphQLNamedType, text: string): string {
    if (this.#chance(50)) return `... on ${type.name} { ${text} }`;
    const name = `F${this.#fragments.length}`;
    this.#fragments.push(`fragment ${name} on ${type.name} { ${text} }`);
    return `...${name}`;
  }

  #directive(): string {
    if (!this.#chance(6)) return '';
    const value = this.#chance(50) ? String(this.#chance(50)) : this.#variable('Boolean!', this.#chance(50));
    return ` @${this.#pick(['include', 'skip'])}(if: ${value})`;
  }

  #arguments(args: readonly GraphQLArgument[]): string {
    const given = args.filter((arg) => isRequiredArgument(arg) || this.#chance(35));
    if (given.length === 0) return '';
    return `(${given.map((arg) => `${arg.name}: ${this.#argument(arg)}`).join(', ')})`;
  }

  #argument({ type }: GraphQLArgument): string {
    const value = this.#value(type, 0);
    return this.#chance(30) ? literal(type, value) : this.#variable(String(type), value);
  }

  #variable(type: string, value: unknown): string {
    const name = `v${this.#variables.size}`;
    this.#variables.set(name, { type, value });
    return `$${name}`;
  }

  /** A value for a type, now and then one that it does not take. */
  #value(type: GraphQLInputType, depth: number): unknown {
    if (this.#chance(2)) return this.#pick<unknown>([null, [], {}, 'odd', 7, true, [[null]]]);
    if (!isNonNullType(type) && this.#chance(8)) return null;
    return this.#given(getNullableType(type), depth);
  }

  #given(type: GraphQLInputType, depth: number): unknown {
    if (isListType(type)) {
      const length = this.#chance(3) ? 300 : this.#draw(fc.integer({ min: 0, max: 3 }));
      return Array.from({ length }, () => this.#value(type.ofType, depth + 1));
    }
    if (isEnumType(type)) return this.#pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      const chosen = type.isOneOf
        ? [this.#pick(fields)]
        : fields.filter((field) => isNonNullType(field.type) || this.#chance(40));
      return Object.fromEntries(chosen.map((field) => [field.name, this.#value(field.type, depth + 1)]));
    }
    switch (type.name) {
      case 'Boolean':
        return this.#chance(50);
      case 'Int':
        return this.#chance(85) ? this.#draw(fc.integer({ min: -1, max: 30 })) : this.#pick(ODD_NUMBERS);
      case 'Float':
        return this.#chance(50) ? this.#draw(fc.integer({ min: 0, max: 250 })) / 2 : this.#pick(ODD_NUMBERS);
      case 'JSON':
        return this.#draw(fc.jsonValue({ maxDepth: 4 }));
      case 'DateTime':
        return this.#chance(60)
          ? new Date(Date.now() - this.#draw(fc.nat(1e10))).toISOString()
          : this.#text();
      default:
        return this.#text();
    }
  }

  #text(): string {
    if (this.#chance(50) && this.#known.length > 0) return this.#pick(this.#known);
    if (this.#chance(40)) return this.#pick(FITTING_TEXTS);
    if (this.#chance(60)) return this.#pick(ODD_TEXTS);
    return this.#draw(fc.string({ unit: 'binary', maxLength: 40 }));
  }
}

/** A value as it is written in a document: by the type where it fits, and as it looks where it does not. */
function literal(type: GraphQLInputType | undefined, value: unknown): string {
  const nullable = type && getNullableType(type);
  if (Array.isArray(value)) {
    const item = isListType(nullable) ? nullable.ofType : undefined;
    return `[${value.map((each) => literal(item, each)).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = isInputObjectType(nullable) ? nullable.getFields() : {};
    // The names of JSON may be anything; those of GraphQL may not.
    const named = Object.entries(value).filter(([name]) => /^[_A-Za-z]\w*$/.test(name));
    return `{${named.map(([name, each]) => `${name}: ${literal(fields[name]?.type, each)}`).join(', ')}}`;
  }
  if (typeof value === 'string' && isEnumType(nullable) && nullable.getValue(value)) return value;
  return JSON.stringify(value);
}

/** Breaks a document in some way: parts are cut, doubled or replaced. */
export function breakDocument({ query, variables }: Request, draw: Draw): Request {
  const tokens = query.match(/[\w$]+|\s+|./gu) ?? [];
  const odd = fc.constantFrom(
    '{',
    '}',
    '(',
    ')',
    '$x',
    '@skip',
    '...',
    '"',
    '"""',
    '\\u0000',
    '🍳',
    '',
    '!',
    '[',
    '__type',
  );
  const out = tokens.slice();
  for (let i = draw(fc.integer({ min: 1, max: 4 })); i > 0; i--) {
    const at = draw(fc.nat(Math.max(0, out.length - 1)));
    out.splice(at, draw(fc.integer({ min: 0, max: 2 })), draw(odd));
  }
  const lost = draw(fc.boolean()) ? Object.keys(variables)[0] : undefined;
  const { [lost ?? '']: _, ...rest } = variables;
  return { query: out.join(''), variables: rest };
}
