import {
  type DocumentNode,
  type GraphQLAbstractType,
  type GraphQLSchema,
  getNullableType,
  isAbstractType,
  type OperationDefinitionNode,
} from 'graphql';
import { type ByteString, toByteString } from './byte-string.js';
import { Collector, type Variables, Variants } from './collector.js';
import type { Plain } from './queries/plain.js';
import { planObject } from './queries/plan.js';

/**
 * How much of what was written is kept for viewers that come to the same entries a little later: more than one socket
 * takes at once, so that those who follow each other through a page of the journal share it.
 */
const MAX_KNOWN_BYTES = 128 * 1024;

/**
 * The selection of a subscription, compiled: writes the response to an entry of its stream without interpreting the
 * document again. Viewers whose documents and directive variables are the same share one, and with it the text of each
 * entry, which is written once however many take it at about the same time.
 */
export class CompiledSelection {
  readonly #typeOf: (entry: object) => string;
  readonly #opening: string;
  readonly #plains: ReadonlyMap<string, Plain | undefined>;
  /** Not a `WeakMap`: what hangs on entries lives as long as they do, which is long enough to become old garbage. */
  readonly #known = new Map<object, ByteString>();
  #knownBytes = 0;
  /** The entry that was rendered last: most viewers ask for the same one after another. */
  #lastEntry: object | null = null;
  #lastBody: ByteString = '';

  constructor(
    responseKey: string,
    typeOf: (entry: object) => string,
    plains: Map<string, Plain | undefined>,
  ) {
    this.#opening = `{"data":{${JSON.stringify(responseKey)}:`;
    this.#typeOf = typeOf;
    this.#plains = plains;
  }

  /**
   * The response to an entry as JSON in UTF-8, the same that graphql-js would give; `undefined` when it takes graphql-js:
   * the entry's type was selected with fields that look something up, or a value breaks the schema.
   */
  render(entry: object): ByteString | undefined {
    if (entry === this.#lastEntry) return this.#lastBody;
    const body = this.#known.get(entry) ?? this.#write(entry);
    if (body === undefined) return undefined;
    this.#lastEntry = entry;
    this.#lastBody = body;
    return body;
  }

  #write(entry: object): ByteString | undefined {
    let answer: unknown;
    try {
      answer = this.#plains.get(this.#typeOf(entry))?.(entry, NOBODY);
    } catch {
      return undefined; // graphql-js will find the same fault, and report it
    }
    if (answer === undefined) return undefined;
    const body = toByteString(`${this.#opening}${JSON.stringify(answer)}}}`);
    this.#knownBytes += body.length;
    if (this.#knownBytes > MAX_KNOWN_BYTES) {
      this.#known.clear();
      this.#knownBytes = body.length;
    }
    this.#known.set(entry, body);
    return body;
  }
}

/** What is written for everybody has no viewer: whatever asks for one throws, and is left to graphql-js. */
const NOBODY = undefined as never;

/**
 * Compiles the selection of a valid subscription whose field gives an abstract type. `variables` are coerced ones.
 * Types that are selected with more than what is read from their entries are left to graphql-js.
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
  const plains = schema
    .getPossibleTypes(entryType)
    .map((type) => [type.name, planObject(schema, collector, type, nodes)?.plain] as const);
  return new CompiledSelection(responseKey, typeResolver(entryType), new Map(plains));
}

function typeResolver(type: GraphQLAbstractType): (entry: object) => string {
  const resolve = type.resolveType as ((entry: object) => unknown) | undefined | null;
  return (entry) => String(resolve?.(entry));
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
