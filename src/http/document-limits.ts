import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { DEFAULT_PAGE, MAX_PAGE } from '../schema/page-rules.js';

/** What one document may ask for at most. Fragments count where they are spread, as often as they are. */
export const DOCUMENT_LIMITS = {
  tokens: 1_000,
  aliases: 30,
  directives: 10,
  depth: 14,
  fields: 400,
  /** Rows that its pages could return: their sizes, multiplied along each path, added up. */
  rows: 10_000,
} as const;

type Variables = Readonly<Record<string, unknown>>;

/** How many rows a selection could return, once the variables are known. */
type Rows = (variables: Variables) => number;

interface Measure {
  aliases: number;
  directives: number;
  depth: number;
  fields: number;
  rows: Rows | null;
}

const NOTHING: Measure = { aliases: 0, directives: 0, depth: 0, fields: 0, rows: null };

/** What an operation asks for, measured once; only the rows depend on its variables. */
export class OperationMeasure {
  readonly #measure: Measure;

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  /** The limits that the operation breaks whatever its variables are. */
  staticErrors(): GraphQLError[] {
    return (['aliases', 'directives', 'depth', 'fields'] as const)
      .filter((what) => this.#measure[what] > DOCUMENT_LIMITS[what])
      .map((what) => tooComplex(`${this.#measure[what]} ${what}`, DOCUMENT_LIMITS[what]));
  }

  /** The error, if any, of the number of rows that its pages could return with these variables. */
  rowsError(variables: Variables): GraphQLError | undefined {
    const rows = this.#measure.rows?.(variables) ?? 0;
    return rows > DOCUMENT_LIMITS.rows ? tooComplex(`up to ${rows} rows`, DOCUMENT_LIMITS.rows) : undefined;
  }
}

export function tooComplex(found: string, most: number): GraphQLError {
  return new GraphQLError(`The operation asks for ${found}; at most ${most} are allowed.`, {
    extensions: { code: 'QUERY_TOO_COMPLEX', http: { status: 400, spec: true } },
  });
}

/**
 * Measures every operation of a document in time proportional to its length: each fragment is measured once, however
 * often it is spread. The document need not be valid. What is below `__schema` and `__type` is not counted: who may ask
 * for it is another rule's concern, and graphql-js limits its depth.
 */
export function measureDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
): Map<OperationDefinitionNode, OperationMeasure> {
  const meter = new Meter(schema, document);
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return new Map(
    (operations as OperationDefinitionNode[]).map((operation) => [operation, meter.measure(operation)]),
  );
}

class Meter {
  readonly #schema: GraphQLSchema;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #known = new Map<string, Measure>();

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.#schema = schema;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    }
  }

  measure(operation: OperationDefinitionNode): OperationMeasure {
    const root = this.#schema.getRootType(operation.operation);
    const measure = this.#selectionSet(root ?? undefined, operation.selectionSet);
    const directives = measure.directives + (operation.directives?.length ?? 0);
    return new OperationMeasure({ ...measure, directives });
  }

  #selectionSet(parent: GraphQLNamedType | undefined, { selections }: SelectionSetNode): Measure {
    const total = { ...NOTHING };
    const rows: Rows[] = [];
    for (const selection of selections) {
      const part =
        selection.kind === Kind.FIELD
          ? this.#field(parent, selection)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? this.#selectionSet(
                selection.typeCondition ? this.#schema.getType(selection.typeCondition.name.value) : parent,
                selection.selectionSet,
              )
            : this.#fragment(selection.name.value);
      total.aliases += part.aliases;
      total.directives += part.directives + (selection.directives?.length ?? 0);
      total.fields += part.fields;
      total.depth = Math.max(total.depth, part.depth);
      if (part.rows) rows.push(part.rows);
    }
    if (rows.length > 0) total.rows = (variables) => rows.reduce((sum, part) => sum + part(variables), 0);
    return total;
  }

  #fragment(name: string): Measure {
    const known = this.#known.get(name);
    if (known) return known;
    const fragment = this.#fragments.get(name);
    if (!fragment) return NOTHING;
    this.#known.set(name, NOTHING); // a circle ends here; validation reports it
    const type = this.#schema.getType(fragment.typeCondition.name.value);
    const measure = this.#selectionSet(type, fragment.selectionSet);
    this.#known.set(name, measure);
    return measure;
  }

  #field(parent: GraphQLNamedType | undefined, node: FieldNode): Measure {
    const name = node.name.value;
    const aliases = node.alias ? 1 : 0;
    if (name === '__schema' || name === '__type') return { ...NOTHING, aliases, fields: 1 };
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    const below = node.selectionSet
      ? this.#selectionSet(field && getNamedType(field.type), node.selectionSet)
      : NOTHING;
    const hasPages = field?.args.some((arg) => arg.name === 'first');
    const isList = field?.args.some((arg) => arg.name === 'ids');
    const fixed = field?.extensions.rows; // what a list without arguments for its size returns at most
    const size = hasPages
      ? pageSize(node)
      : isList
        ? listLength(node, 'ids')
        : typeof fixed === 'number'
          ? () => fixed
          : null;
    return {
      aliases: below.aliases + aliases,
      directives: below.directives,
      depth: below.depth + 1,
      fields: below.fields + 1,
      rows: size ? (variables) => size(variables) * (1 + (below.rows?.(variables) ?? 0)) : below.rows,
    };
  }
}

function argument(node: FieldNode, name: string): ValueNode | undefined {
  return node.arguments?.find((arg) => arg.name.value === name)?.value;
}

/** How large a page can be; a size that breaks the rules for pages is reported when the field is resolved. */
function pageSize(node: FieldNode): Rows {
  const sizes = ['first', 'last'].flatMap((name) => argument(node, name) ?? []);
  return (variables) => {
    const given = sizes
      .map((value) => Number(literal(value, variables)))
      .filter((size) => Number.isInteger(size) && size >= 0)
      .map((size) => Math.min(size, MAX_PAGE));
    return given.length > 0 ? Math.max(...given) : DEFAULT_PAGE;
  };
}

function listLength(node: FieldNode, name: string): Rows {
  const list = argument(node, name);
  return (variables) => {
    if (list?.kind === Kind.LIST) return list.values.length;
    const value = list && literal(list, variables);
    return Array.isArray(value) ? value.length : 1;
  };
}

function literal(value: ValueNode, variables: Variables): unknown {
  if (value.kind === Kind.VARIABLE) return variables[value.name.value] ?? Number.NaN;
  return value.kind === Kind.INT ? value.value : Number.NaN;
}
