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
import { Recent } from '../recent.js';
import { DOCUMENT_LIMITS, measureDocument, type OperationMeasure, tooComplex } from './document-limits.js';
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
  readonly #cache = new Recent<string, Prepared>(MAX_CACHED);
  readonly #examined = new WeakMap<DocumentNode, Examined>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** The document, and what is wrong with it. Throws the syntax error of a text that is not GraphQL. */
  prepare(text: string): Prepared {
    const cached = this.#cache.get(text);
    if (cached) return cached;
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

  /** How often a document asks for a field of the root, all operations together. */
  countField(document: DocumentNode, name: string): number {
    let total = 0;
    for (const fields of this.#examine(document).rootFields.values()) total += fields.get(name) ?? 0;
    return total;
  }

  /** The limits come first: they bound the work of validation too. */
  #examine(document: DocumentNode): Examined {
    let examined = this.#examined.get(document);
    if (!examined) {
      const measures = measureDocument(this.#schema, document);
      const tooMuch = [...measures.values()].flatMap((measure) => measure.staticErrors());
      const errors =
        tooMuch.length > 0
          ? tooMuch
          : validate(this.#schema, document, RULES).map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED'));
      const rootFields = countRootFields(document);
      const requests = new Map([...rootFields].map(([node, fields]) => [node, countRequests(node, fields)]));
      examined = { errors, measures, rootFields, requests };
      this.#examined.set(document, examined);
    }
    return examined;
  }

  /** The same for HTTP, where Yoga asks in two steps. */
  plugin(onRefused: OnRefused): Plugin {
    return {
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
