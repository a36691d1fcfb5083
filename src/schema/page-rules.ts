import SchemaBuilderClass, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import { type FieldError, ValidationError } from '../errors.js';
import { MAX_PAGE } from './builder.js';

/**
 * Checks the page arguments of every connection, one rule for all: a number from 0 to `MAX_PAGE`, and one direction.
 * The libraries would clamp a large number in silence.
 */
export const pageRulesPlugin = 'pageRules' as const;

interface PageArguments {
  first?: number | null;
  last?: number | null;
}

class PageRulesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    { args }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (!('first' in args && 'last' in args)) return resolver;
    return (parent, given, context, info) => {
      checkPage(given as PageArguments);
      return resolver(parent, given, context, info);
    };
  }
}

function checkPage({ first, last }: PageArguments): void {
  const errors: FieldError[] = [];
  for (const [field, value] of Object.entries({ first, last })) {
    if (typeof value === 'number' && (value < 0 || value > MAX_PAGE)) {
      errors.push({ field, message: `must be from 0 to ${MAX_PAGE}` });
    }
  }
  if (typeof first === 'number' && typeof last === 'number') {
    errors.push({ field: 'last', message: 'must not be given together with first' });
  }
  if (errors.length > 0) throw new ValidationError(errors);
}

SchemaBuilderClass.registerPlugin(pageRulesPlugin, PageRulesPlugin);

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      pageRules: PageRulesPlugin<Types>;
    }
  }
}
