import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** How often an operation asks for each field of its root. */
export type RootFields = ReadonlyMap<string, number>;

/**
 * Counts the fields of the root of every operation of a document, aliases each, and fragments where they are spread. The
 * document need not be valid; each fragment is counted once, however often it is spread.
 */
export function countRootFields(document: DocumentNode): ReadonlyMap<OperationDefinitionNode, RootFields> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    else if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
  }
  const known = new Map<string, RootFields>();
  const countFragment = (name: string): RootFields => {
    const before = known.get(name);
    if (before) return before;
    known.set(name, new Map()); // a fragment in a circle ends here
    const fragment = fragments.get(name);
    const counted = fragment ? count(fragment.selectionSet) : new Map<string, number>();
    known.set(name, counted);
    return counted;
  };
  const count = ({ selections }: SelectionSetNode): RootFields => {
    const total = new Map<string, number>();
    const add = (name: string, times: number) => total.set(name, (total.get(name) ?? 0) + times);
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        add(selection.name.value, 1);
        continue;
      }
      const inner =
        selection.kind === Kind.INLINE_FRAGMENT
          ? count(selection.selectionSet)
          : countFragment(selection.name.value);
      for (const [name, times] of inner) add(name, times);
    }
    return total;
  };
  return new Map(operations.map((operation) => [operation, count(operation.selectionSet)]));
}

/** As how many requests an operation counts: each field of a mutation does something, and is one. */
export function countRequests({ operation }: OperationDefinitionNode, fields: RootFields): number {
  if (operation !== 'mutation') return 1;
  let total = 0;
  for (const times of fields.values()) total += times;
  return Math.max(1, total);
}
