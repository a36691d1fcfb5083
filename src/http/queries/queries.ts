import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  OperationTypeNode,
} from 'graphql';
import { Variants } from '../collector.js';
import { type ObjectPlan, planQuery } from './plan.js';
import { PlanBroken, runPlan } from './run.js';

/**
 * Executes queries by plans that are made once for each document; what has none, mutations among it, is graphql-js's. The
 * answers are the same.
 */
export class Queries {
  readonly #schema: GraphQLSchema;
  readonly #plans = new Variants<ObjectPlan | undefined>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** Never rejects. */
  execute(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
    const { document, operationName, variableValues } = args;
    const operation = getOperationAST(document, operationName);
    if (operation?.operation !== OperationTypeNode.QUERY) return execute(args);
    const { coerced } = getVariableValues(
      this.#schema,
      operation.variableDefinitions ?? [],
      variableValues ?? {},
      { maxErrors: 1 },
    );
    const plan =
      coerced &&
      this.#plans.get(document, operation, coerced, () =>
        planQuery(this.#schema, document, operation, coerced),
      );
    if (!plan) return execute(args);
    const again = (error: unknown) => {
      if (error instanceof PlanBroken) return execute(args);
      throw error;
    };
    try {
      const result = runPlan(plan, args, operation, coerced);
      return result instanceof Promise ? result.catch(again) : result;
    } catch (error) {
      return again(error);
    }
  }
}
