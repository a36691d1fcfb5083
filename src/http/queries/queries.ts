import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import { Variants } from '../collector.js';
import { coerceVariables } from './inputs.js';
import { type ObjectPlan, planOperation } from './plan.js';
import { PlanBroken, runPlan } from './run.js';

/**
 * Executes queries and mutations by plans that are made once for each document; what has none is graphql-js's. The answers
 * are the same, but for the words about a mutation's result that breaks the schema.
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
    if (!operation || operation.operation === OperationTypeNode.SUBSCRIPTION) return execute(args);
    const coerced = coerceVariables(this.#schema, operation, variableValues ?? {});
    const plan =
      coerced &&
      this.#plans.get(document, operation, coerced, () =>
        planOperation(this.#schema, document, operation, coerced),
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
