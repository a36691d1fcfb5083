import {
  type DocumentNode,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isNonNullType,
  type OperationDefinitionNode,
} from 'graphql';
import { Collector, type Variables, Variants } from './collector.js';

/**
 * How much of what was written is kept for viewers that come to the same entries a little later: more than one socket
 * takes at once, so that those who follow each other through a page of the journal share it.
 */
const MAX_KNOWN_BYTES = 128 * 1024;

/** Writes one value of an entry as JSON text; `undefined` when only graphql-js can tell what is to be answered. */
type Writer = (entry: object) => string | undefined;

/**
 * The selection of a subscription, compiled: writes the response to an entry of its stream without interpreting the
 * document again. Viewers whose documents and directive variables are the same share one, and with it the text of each
 * entry, which is written once however many take it at about the same time.
 */
export class CompiledSelection {
  readonly #typeOf: (entry: object) => string;
  readonly #opening: string;
  readonly #writers: ReadonlyMap<string, Writer | undefined>;
  /** Not a `WeakMap`: what hangs on entries lives as long as they do, which is long enough to become old garbage. */
  readonly #known = new Map<object, Buffer>();
  #knownBytes = 0;
  /** The entry that was rendered last: most viewers ask for the same one after another. */
  #lastEntry: object | null = null;
  #lastBody: Buffer = Buffer.alloc(0);

  constructor(
    responseKey: string,
    typeOf: (entry: object) => string,
    writers: Map<string, Writer | undefined>,
  ) {
    this.#opening = `{"data":{${JSON.stringify(responseKey)}:`;
    this.#typeOf = typeOf;
    this.#writers = writers;
  }

  /**
   * The response to an entry as JSON in UTF-8, the same that graphql-js would give; `undefined` when it takes graphql-js:
   * the entry's type was selected with fields that look something up, or a value breaks the schema.
   */
  render(entry: object): Buffer | undefined {
    if (entry === this.#lastEntry) return this.#lastBody;
    const body = this.#known.get(entry) ?? this.#write(entry);
    if (body === undefined) return undefined;
    this.#lastEntry = entry;
    this.#lastBody = body;
    return body;
  }

  #write(entry: object): Buffer | undefined {
    let value: string | undefined;
    try {
      value = this.#writers.get(this.#typeOf(entry))?.(entry);
    } catch {
      return undefined; // graphql-js will find the same fault, and report it
    }
    if (value === undefined) return undefined;
    const body = Buffer.from(`${this.#opening}${value}}}`);
    this.#knownBytes += body.length;
    if (this.#knownBytes > MAX_KNOWN_BYTES) {
      this.#known.clear();
      this.#knownBytes = body.length;
    }
    this.#known.set(entry, body);
    return body;
  }
}

/**
 * Compiles the selection of a valid subscription whose field gives an abstract type. `variables` are coerced ones.
 * Resolvers that take nothing but their parent are called as they are; types with any other field are left to graphql-js.
 */
export function compileSelection(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): CompiledSelection | undefined {
  const collector = new Collector(schema, document, variables);
  const root = schema.getSubscriptionType();
  const [rootField] = root ? collector.collect(root, [operation.selectionSet]) : [];
  if (!root || !rootField) return undefined;
  const [responseKey, nodes] = rootField;
  const entryType = getNullableType(root.getFields()[nodes[0]?.name.value ?? '']?.type);
  if (!isAbstractType(entryType)) return undefined;
  const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const writers = schema
    .getPossibleTypes(entryType)
    .map((object) => [object.name, compileObject(object, collector.collect(object, selectionSets))] as const);
  return new CompiledSelection(responseKey, typeResolver(entryType), new Map(writers));
}

function typeResolver(type: GraphQLAbstractType): (entry: object) => string {
  const resolve = type.resolveType as ((entry: object) => unknown) | undefined | null;
  return (entry) => String(resolve?.(entry));
}

function compileObject(
  type: GraphQLObjectType,
  fields: ReadonlyMap<string, readonly FieldNode[]>,
): Writer | undefined {
  const parts: { opening: string; write: Writer }[] = [];
  for (const [key, [node]] of fields) {
    const name = node?.name.value ?? '';
    const write =
      name === '__typename' ? () => JSON.stringify(type.name) : compileLeaf(type.getFields()[name]);
    if (!write) return undefined;
    parts.push({ opening: `${parts.length === 0 ? '{' : ','}${JSON.stringify(key)}:`, write });
  }
  return (entry) => {
    let text = '';
    for (const { opening, write } of parts) {
      const value = write(entry);
      if (value === undefined) return undefined;
      text += opening + value;
    }
    return `${text}}`;
  };
}

function compileLeaf(field: GraphQLField<unknown, unknown> | undefined): Writer | undefined {
  if (!field || field.args.length > 0 || (field.resolve && field.resolve.length > 1)) return undefined;
  const { name } = field;
  const resolve =
    (field.resolve as ((entry: object) => unknown) | undefined) ??
    ((entry) => (entry as Record<string, unknown>)[name]);
  const leaf = leafOf(field.type);
  if (!leaf) return undefined;
  const isRequired = isNonNullType(field.type);
  return (entry) => {
    const value = resolve(entry);
    if (value === null || value === undefined) return isRequired ? undefined : 'null';
    const serialized = leaf.serialize(value);
    return serialized === undefined || serialized === null ? undefined : JSON.stringify(serialized);
  };
}

/** The leaf type behind a type that is no list. */
function leafOf(type: GraphQLOutputType) {
  const nullable = getNullableType(type);
  return isLeafType(nullable) && nullable === getNamedType(type) ? nullable : undefined;
}

/** Compiled selections of subscriptions. */
export class Selections {
  readonly #schema: GraphQLSchema;
  readonly #variants = new Variants<CompiledSelection | undefined>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  get(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Variables,
  ): CompiledSelection | undefined {
    return this.#variants.get(document, operation, variables, () =>
      compileSelection(this.#schema, document, operation, variables),
    );
  }
}
