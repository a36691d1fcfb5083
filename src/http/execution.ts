import { initContextCache } from '@pothos/core';
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type SubscriptionArgs,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from '../context.js';

/**
 * graphql-js's `subscribe`, but each event is executed in a context of its own: loaders and plans that remember rows
 * must not live as long as a subscription does.
 */
async function subscribe(
  args: SubscriptionArgs,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const events = source[Symbol.asyncIterator]();
  const results: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      const event = await events.next();
      if (event.done) return { done: true, value: undefined };
      const contextValue = freshContext(args.contextValue as Context);
      return { done: false, value: await execute({ ...args, rootValue: event.value, contextValue }) };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    async throw(error) {
      await events.return?.();
      throw error;
    },
    [Symbol.asyncIterator]: () => results,
  };
  return results;
}

function freshContext(context: Context): Context {
  return { ...context, ...initContextCache() };
}

/** Executes with graphql-js over every transport. */
export const executionPlugin: Plugin = {
  onExecute: ({ setExecuteFn }) => setExecuteFn(execute as (args: ExecutionArgs) => unknown),
  onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe as (args: SubscriptionArgs) => unknown),
};
