import {
  type ASTVisitor,
  GraphQLError,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

const CONDITIONS: readonly string[] = [GraphQLSkipDirective.name, GraphQLIncludeDirective.name];

/**
 * A subscription's root field may not be conditional: it has to be one, and `@skip` could leave none. The specification
 * says so since September 2025 (section 5.2.4.1); graphql-js 16 does not know it, and fails.
 */
export function unconditionalSubscription(context: ValidationContext): ASTVisitor {
  const check = ({ selections }: SelectionSetNode, seen: Set<string>): void => {
    for (const selection of selections) {
      const condition = selection.directives?.find(({ name }) => CONDITIONS.includes(name.value));
      if (condition) {
        const message = 'The root field of a subscription must not have @skip or @include.';
        context.reportError(new GraphQLError(message, { nodes: condition }));
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) check(selection.selectionSet, seen);
      if (selection.kind !== Kind.FRAGMENT_SPREAD || seen.has(selection.name.value)) continue;
      seen.add(selection.name.value);
      const fragment = context.getFragment(selection.name.value);
      if (fragment) check(fragment.selectionSet, seen);
    }
  };
  return {
    OperationDefinition({ operation, selectionSet }) {
      if (operation === OperationTypeNode.SUBSCRIPTION) check(selectionSet, new Set());
    },
  };
}
