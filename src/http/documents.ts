import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Documents that are kept parsed and validated; longer ones are worked through each time. */
const MAX_CACHED = 1_000;
const MAX_CACHED_CHARACTERS = 16_384;

interface Prepared {
  document: DocumentNode;
  errors: readonly GraphQLError[];
}

/**
 * Parses and validates documents, for every transport: the one place where the rules for documents are applied. What an
 * app sends again and again is worked through once; the least recently used gives way. The same text gives the same
 * `DocumentNode`, so that what is compiled from it can be kept beside it.
 */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #cache = new Map<string, Prepared>();
  readonly #errors = new WeakMap<DocumentNode, readonly GraphQLError[]>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** The document, and what is wrong with it. Throws the syntax error of a text that is not GraphQL. */
  prepare(text: string): Prepared {
    const cached = this.#cache.get(text);
    if (cached) {
      this.#cache.delete(text); // to the end, as the most recently used
      this.#cache.set(text, cached);
      return cached;
    }
    const document = parseText(text);
    const prepared = { document, errors: this.#validate(document) };
    this.#errors.set(document, prepared.errors);
    if (text.length <= MAX_CACHED_CHARACTERS) {
      this.#cache.set(text, prepared);
      if (this.#cache.size > MAX_CACHED) this.#cache.delete(this.#cache.keys().next().value as string);
    }
    return prepared;
  }

  #validate(document: DocumentNode): readonly GraphQLError[] {
    return validate(this.#schema, document).map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED'));
  }

  /** The same for HTTP, where Yoga asks in two steps. */
  readonly plugin: Plugin = {
    onParse: ({ params, setParsedDocument }) => {
      setParsedDocument(this.prepare(String(params.source)).document);
    },
    onValidate: ({ params, setResult }) => {
      setResult(this.#errors.get(params.documentAST) ?? this.#validate(params.documentAST));
    },
  };
}

function parseText(text: string): DocumentNode {
  try {
    return parse(text);
  } catch (error) {
    throw error instanceof GraphQLError ? coded(error, 'GRAPHQL_PARSE_FAILED') : error;
  }
}

/** `http` is for the transport: the answer's status by GraphQL over HTTP. */
function coded(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions, path } = error;
  const extensions = { code, http: { status: 400, spec: true } };
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}
