import {
  type DocumentNode,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLObjectType,
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
 * How much is kept of what one selection has written, for viewers that come to the same entries a little later: twice what
 * a socket takes at once, so that those who follow each other through a page of the journal share it.
 */
const MAX_KEPT_BYTES = 256 * 1024;
/** How much all selections keep together; documents are as many as clients like. */
const MAX_KEPT_BYTES_OF_ALL = 8 * 1024 * 1024;
/** What an entry takes beside what is written of it. */
const ENTRY_BYTES = 600;

/** Adds up what selections keep. When it is too much, all of them forget: whoever still needs it writes it again. */
class Kept {
  readonly #selections = new Set<CompiledSelection>();
  #bytes = 0;

  add(selection: CompiledSelection, bytes: number): void {
    this.#selections.add(selection);
    this.#bytes += bytes;
    if (this.#bytes <= MAX_KEPT_BYTES_OF_ALL) return;
    for (const one of this.#selections) one.forget();
    this.#selections.clear();
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
  }
}

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
  #known = new Map<object, ByteString>();
  #keptBytes = 0;
  readonly #kept: Kept;
  /** The entry that was rendered last: most viewers ask for the same one after another. */
  #lastEntry: object | null = null;
  #lastBody: ByteString = '';

  constructor(
    responseKey: string,
    typeOf: (entry: object) => string,
    plains: Map<string, Plain | undefined>,
    kept: Kept,
  ) {
    this.#kept = kept;
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
    this.#keep(entry, body);
    return body;
  }

  #keep(entry: object, body: ByteString): void {
    const bytes = body.length + ENTRY_BYTES;
    if (this.#keptBytes + bytes > MAX_KEPT_BYTES) this.forget();
    this.#known.set(entry, body);
    this.#keptBytes += bytes;
    this.#kept.add(this, bytes);
  }

  /** Lets go of all that it has written. */
  forget(): void {
    this.#known = new Map();
    this.#lastEntry = null;
    this.#lastBody = '';
    this.#kept.remove(this.#keptBytes);
    this.#keptBytes = 0;
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
  kept = new Kept(),
): CompiledSelection | undefined {
  const collector = new Collector(schema, document, variables);
  const root = schema.getSubscriptionType();
  const [rootField] = root ? fieldsOf(root, operation, collector) : [];
  if (!root || !rootField) return undefined;
  const [responseKey, nodes] = rootField;
  const entryType = getNullableType(root.getFields()[nodes[0]?.name.value ?? '']?.type);
  if (!isAbstractType(entryType)) return undefined;
  const plains = schema
    .getPossibleTypes(entryType)
    .map((type) => [type.name, planObject(schema, collector, type, nodes)?.plain] as const);
  return new CompiledSelection(responseKey, typeResolver(entryType), new Map(plains), kept);
}

/** None where a directive is wrong, as graphql-js will say. */
function fieldsOf(root: GraphQLObjectType, { selectionSet }: OperationDefinitionNode, collector: Collector) {
  try {
    return collector.collect(root, [selectionSet]);
  } catch (error) {
    if (error instanceof GraphQLError) return [];
    throw error;
  }
}

function typeResolver(type: GraphQLAbstractType): (entry: object) => string {
  const resolve = type.resolveType as ((entry: object) => unknown) | undefined | null;
  return (entry) => String(resolve?.(entry));
}

/** Compiled selections of subscriptions. */
export class Selections {
  readonly #schema: GraphQLSchema;
  readonly #variants = new Variants<CompiledSelection | undefined>();
  readonly #kept = new Kept();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  get(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Variables,
  ): CompiledSelection | undefined {
    return this.#variants.get(document, operation, variables, () =>
      compileSelection(this.#schema, document, operation, variables, this.#kept),
    );
  }
}
