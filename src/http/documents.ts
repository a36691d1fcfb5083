import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
  valueFromASTUntyped,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { ConfigError } from '../config.js';
import { ERROR_STATUS } from '../errors.js';
import { Recent } from '../recent.js';
import { DOCUMENT_LIMITS, measureDocument, type OperationMeasure, tooComplex } from './document-limits.js';
import type { PersistedOperations } from './persisted.js';
import { countRequests, countRootFields, type RootFields } from './root-fields.js';
import { unconditionalSubscription } from './subscription-rule.js';

const RULES = [...specifiedRules, unconditionalSubscription];

/** Documents that are kept parsed and validated; longer ones are worked through each time. */
const MAX_CACHED = 1_000;
const MAX_CACHED_CHARACTERS = 16_384;

interface Prepared {
  /** The same string for everybody who sends it, where it is kept. */
  text: string;
  document: DocumentNode;
  errors: readonly GraphQLError[];
}

interface Examined {
  errors: readonly GraphQLError[];
  measures: ReadonlyMap<OperationDefinitionNode, OperationMeasure>;
  rootFields: ReadonlyMap<OperationDefinitionNode, RootFields>;
  /** As how many requests each operation counts. */
  requests: ReadonlyMap<OperationDefinitionNode, number>;
  /** Those that ask what the schema is. */
  introspections: ReadonlySet<OperationDefinitionNode>;
}

export interface DocumentRules {
  /** No error proposes a name that the sender does not know. */
  hideSuggestions: boolean;
  /** Documents that the server was given: no limit is for them. */
  trusted: Iterable<string>;
  /** Whether there are no others. */
  onlyTrusted: boolean;
}

/** Hears of texts and documents that are refused, before anybody else: what it throws is the answer. */
export type OnRefused = (context: object, document?: DocumentNode) => void;

/**
 * Parses and validates documents, for every transport: the one place where the rules for documents are applied. What an
 * app sends again and again is worked through once; the least recently used gives way. The same text gives the same
 * `DocumentNode`, so that what is compiled from it can be kept beside it.
 */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #rules: DocumentRules;
  /** By their texts; all are kept. */
  readonly #trusted = new Map<string, Prepared>();
  readonly #trustedDocuments = new WeakSet<DocumentNode>();
  readonly #cache = new Recent<string, Prepared>(MAX_CACHED);
  readonly #examined = new WeakMap<DocumentNode, Examined>();

  /** Throws a `ConfigError` for a trusted document that is not right. */
  constructor(schema: GraphQLSchema, rules: DocumentRules) {
    this.#schema = schema;
    this.#rules = rules;
    for (const text of rules.trusted) this.#trusted.set(text, this.#trust(text));
  }

  /** The document, and what is wrong with it. Throws the syntax error of a text that is not GraphQL. */
  prepare(text: string): Prepared {
    const cached = this.#trusted.get(text) ?? this.#cache.get(text);
    if (cached) return cached;
    if (this.#rules.onlyTrusted) throw notPersisted();
    const document = parseText(text);
    const prepared = { text, document, errors: this.#examine(document).errors };
    if (text.length <= MAX_CACHED_CHARACTERS) this.#cache.set(text, prepared);
    return prepared;
  }

  /** The document of a text that holds nothing wrong. */
  find(text: string): DocumentNode | undefined {
    try {
      const { document, errors } = this.prepare(text);
      return errors.length === 0 ? document : undefined;
    } catch {
      return undefined;
    }
  }

  /** Why an operation may not run with these variables: its pages could return too many rows. */
  rowsError(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ): GraphQLError | undefined {
    if (this.#trustedDocuments.has(document)) return undefined;
    return this.#examine(document)
      .measures.get(operation)
      ?.rowsError({
        ...defaultsOf(operation),
        ...variables,
      });
  }

  /** As how many requests an operation counts. */
  requestsOf(document: DocumentNode, operation: OperationDefinitionNode): number {
    return this.#examine(document).requests.get(operation) ?? 1;
  }

  /** Whether an operation asks for `__schema` or `__type`, through fragments too. Who may is for the executor to know. */
  isIntrospection(document: DocumentNode, operation: OperationDefinitionNode): boolean {
    return this.#examine(document).introspections.has(operation);
  }

  /** How often a document asks for a field of the root, all operations together. */
  countField(document: DocumentNode, name: string): number {
    let total = 0;
    for (const fields of this.#examine(document).rootFields.values()) total += fields.get(name) ?? 0;
    return total;
  }

  #trust(text: string): Prepared {
    try {
      const document = parse(text);
      this.#trustedDocuments.add(document);
      const { errors } = this.#examine(document);
      if (errors[0]) throw errors[0];
      return { text, document, errors };
    } catch (error) {
      const start = text.replace(/\s+/g, ' ').slice(0, 40);
      throw new ConfigError(`PERSISTED_OPERATIONS: "${start}": ${(error as Error).message}`);
    }
  }

  /** The limits come first: they bound the work of validation too. */
  #examine(document: DocumentNode): Examined {
    let examined = this.#examined.get(document);
    if (!examined) {
      const measures = measureDocument(this.#schema, document);
      const tooMuch = this.#trustedDocuments.has(document)
        ? []
        : [...measures.values()].flatMap((measure) => measure.staticErrors());
      const errors =
        tooMuch.length > 0
          ? tooMuch
          : validate(this.#schema, document, RULES, { hideSuggestions: this.#rules.hideSuggestions }).map(
              (error) => coded(error, 'GRAPHQL_VALIDATION_FAILED'),
            );
      const rootFields = countRootFields(document);
      const requests = new Map([...rootFields].map(([node, fields]) => [node, countRequests(node, fields)]));
      const introspections = new Set(
        [...rootFields].flatMap(([node, fields]) =>
          fields.has('__schema') || fields.has('__type') ? [node] : [],
        ),
      );
      examined = { errors, measures, rootFields, requests, introspections };
      this.#examined.set(document, examined);
    }
    return examined;
  }

  /** The same for HTTP, where Yoga asks in three steps: which text, which document, and whether it may run. */
  plugin(persisted: PersistedOperations, onRefused: OnRefused): Plugin {
    return {
      onParams: ({ params, setParams }) => {
        if (params.extensions) setParams({ ...params, query: persisted.textOf(params) || undefined });
      },
      onParse: ({ context, params, setParsedDocument }) => {
        try {
          setParsedDocument(this.prepare(String(params.source)).document);
        } catch (error) {
          onRefused(context);
          throw error;
        }
      },
      onValidate: ({ context, params, setResult }) => {
        const { errors } = this.#examine(params.documentAST);
        if (errors.length > 0) onRefused(context, params.documentAST);
        setResult(errors);
      },
    };
  }
}

function parseText(text: string): DocumentNode {
  try {
    return parse(text, { maxTokens: DOCUMENT_LIMITS.tokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    if (/more that \d+ tokens/.test(error.message)) throw tooComplex('more tokens', DOCUMENT_LIMITS.tokens);
    throw coded(error, 'GRAPHQL_PARSE_FAILED');
  }
}

function notPersisted(): GraphQLError {
  return new GraphQLError('This server runs persisted operations only, and this is none of them.', {
    extensions: { code: 'FORBIDDEN', http: { status: ERROR_STATUS.FORBIDDEN, spec: true } },
  });
}

/** `http` is for the transport: the answer's status by GraphQL over HTTP. */
function coded(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions, path } = error;
  const extensions = { code, http: { status: 400, spec: true } };
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
}
