import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** Coerced ones. */
export type Variables = Readonly<Record<string, unknown>>;

/** Gathers the fields that a selection asks of an object type, by response key, as the specification's CollectFields. */
export class Collector {
  readonly #schema: GraphQLSchema;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #variables: Variables;

  constructor(schema: GraphQLSchema, document: DocumentNode, variables: Variables) {
    this.#schema = schema;
    this.#variables = variables;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    }
  }

  collect(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): Map<string, FieldNode[]> {
    const fields = new Map<string, FieldNode[]>();
    const visited = new Set<string>();
    for (const selectionSet of selectionSets) this.#gather(type, selectionSet, fields, visited);
    return fields;
  }

  #gather(
    type: GraphQLObjectType,
    { selections }: SelectionSetNode,
    fields: Map<string, FieldNode[]>,
    visited: Set<string>,
  ): void {
    for (const selection of selections) {
      if (!this.#isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = fields.get(key);
        if (nodes) nodes.push(selection);
        else fields.set(key, [selection]);
        continue;
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#visit(selection.name.value, visited);
      if (fragment && this.#applies(fragment.typeCondition?.name.value, type)) {
        this.#gather(type, fragment.selectionSet, fields, visited);
      }
    }
  }

  #visit(name: string, visited: Set<string>): FragmentDefinitionNode | undefined {
    if (visited.has(name)) return undefined;
    visited.add(name);
    return this.#fragments.get(name);
  }

  #applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const conditional = this.#schema.getType(condition);
    return isAbstractType(conditional) && this.#schema.isSubType(conditional, type);
  }

  #isIncluded(node: SelectionNode): boolean {
    if (!node.directives?.length) return true;
    const skip = getDirectiveValues(GraphQLSkipDirective, node, this.#variables);
    const include = getDirectiveValues(GraphQLIncludeDirective, node, this.#variables);
    return skip?.if !== true && include?.if !== false;
  }
}

/** Most outcomes of its directives that are kept for one document. */
const MAX_VARIANTS = 16;

/** What is compiled from operations, kept beside their documents: one for each operation and each outcome of its directives. */
export class Variants<T> {
  readonly #known = new WeakMap<DocumentNode, Map<string, T>>();

  get(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables, compile: () => T): T {
    let variants = this.#known.get(document);
    if (!variants) {
      variants = new Map();
      this.#known.set(document, variants);
    }
    // Directives take booleans only; no other variable has a say in what is selected.
    const switches = Object.entries(variables).filter(([, value]) => typeof value === 'boolean');
    const key = JSON.stringify([operation.name?.value ?? '', ...switches.flat()]);
    const known = variants.get(key);
    if (known !== undefined || variants.has(key)) return known as T;
    if (variants.size >= MAX_VARIANTS) variants.clear();
    const compiled = compile();
    variants.set(key, compiled);
    return compiled;
  }
}
