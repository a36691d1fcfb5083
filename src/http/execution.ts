import type { ServerResponse } from 'node:http';
import { initContextCache } from '@pothos/core';
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute as executeWithGraphQL,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isAdmin } from '../auth/policies.js';
import type { Context, Services } from '../context.js';
import type { FeedEntry } from '../live/entries.js';
import { Feed } from '../live/feed.js';
import { fromByteString, toByteString } from './byte-string.js';
import { Deadlines } from './deadlines.js';
import type { Documents } from './documents.js';
import { introspectionRefused, toGraphQLError, tookTooLong, withoutStatus } from './errors.js';
import { Queries } from './queries/queries.js';
import { Selections } from './selection.js';
import type { Renderer } from './socket/delivery.js';
import { Streams } from './streams.js';

/** An iterator of responses that waits for longer than this to be asked for the next has a slow reader. */
const SLOW_MS = 2_000;

/**
 * Executes operations, the same over every transport: queries and simple mutations by their plans, all else with
 * graphql-js. What subscriptions to a cook's journal send is written by compiled selections; what these cannot write, the
 * snapshot above all, is executed.
 */
export class Executor {
  readonly #services: Services;
  readonly #documents: Documents;
  readonly #selections: Selections;
  readonly #queries: Queries;
  readonly #deadlines: Deadlines;
  /** What `subscribe` has opened. */
  readonly streams = new Streams();

  constructor(schema: GraphQLSchema, documents: Documents, services: Services) {
    this.#services = services;
    this.#documents = documents;
    this.#selections = new Selections(schema);
    this.#queries = new Queries(schema);
    this.#deadlines = new Deadlines(services.config.operationTimeoutMs);
  }

  /**
   * The response to a query or mutation, its errors made fit for clients; to one that takes too long, that it does. Never
   * rejects.
   */
  async execute(args: ExecutionArgs): Promise<ExecutionResult> {
    args.hideSuggestions = this.#services.config.isProduction;
    const verdict = this.#refuse(args);
    const refused = verdict instanceof Promise ? await verdict : verdict;
    if (refused) return { errors: [refused] };
    const result = this.#queries.execute(args);
    return this.#masked(
      result instanceof Promise
        ? await this.#deadlines.limit(result, () => ({ errors: [tookTooLong()] }))
        : (result as ExecutionResult),
    );
  }

  /** The stream that a subscription opens, before its entries become responses; or why there is none. */
  async open(args: ExecutionArgs): Promise<AsyncIterable<unknown> | ExecutionResult> {
    args.hideSuggestions = this.#services.config.isProduction;
    const refused = await this.#refuse(args);
    if (refused) return { errors: [refused] };
    const source = await createSourceEventStream(args);
    return Symbol.asyncIterator in source ? source : this.#masked(source);
  }

  /** How the entries of a feed that `open` returned become responses. */
  renderer(args: ExecutionArgs): Renderer {
    const operation = getOperationAST(args.document, args.operationName);
    const { coerced } = operation
      ? getVariableValues(args.schema, operation.variableDefinitions ?? [], args.variableValues ?? {})
      : {};
    const selection = operation && coerced && this.#selections.get(args.document, operation, coerced);
    return {
      render: (entry) => (entry.kind === 'snapshot' ? undefined : selection?.render(entry)),
      execute: async (entry) => toByteString(JSON.stringify(await this.#executeEntry(args, entry))),
    };
  }

  /**
   * A subscription as an iterator of responses, for transports that send one when they can. Each entry is executed in a
   * context of its own: loaders and plans that remember rows must not live as long as a subscription does.
   */
  async subscribe(args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const { viewer, client, res } = args.contextValue as Context & { res: ServerResponse };
    try {
      const release = this.#services.limits.takeStream(viewer, client);
      if (res.closed) release();
      else res.once('close', release); // whatever becomes of the iterator
    } catch (error) {
      return { errors: [toGraphQLError(error, this.#services.log)] };
    }
    const source = await this.open(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const feed = source instanceof Feed ? source : undefined;
    const responses = this.streams.guard(viewer, this.responses(args, source, feed && this.renderer(args)), {
      disconnect: () => res.destroy(),
      shrink: () => feed?.dropPage(),
    });
    // Nobody reads, or ends, the body of a response whose client went away while the stream was opened.
    const end = () => void responses.return?.();
    if (res.closed) end();
    else res.once('close', end);
    return responses;
  }

  /** For Yoga. */
  readonly plugin: Plugin = {
    onExecute: ({ setExecuteFn }) => setExecuteFn((args) => this.execute(args as ExecutionArgs)),
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn((args) => this.subscribe(args as ExecutionArgs)),
  };

  /** The responses to the entries of a stream that `open` returned. */
  responses(
    args: ExecutionArgs,
    source: AsyncIterable<unknown>,
    renderer?: Renderer,
  ): AsyncIterableIterator<ExecutionResult> {
    const entries = source[Symbol.asyncIterator]();
    let sentAt = Number.POSITIVE_INFINITY;
    const responses: AsyncIterableIterator<ExecutionResult> = {
      next: async () => {
        if (source instanceof Feed && performance.now() - sentAt > SLOW_MS) source.coalesce();
        const entry = await entries.next();
        if (entry.done) return { done: true, value: undefined };
        const body = renderer?.render(entry.value as FeedEntry);
        const value = body
          ? ({ stringify: () => fromByteString(body) } as ExecutionResult) // for Yoga
          : await this.#executeEntry(args, entry.value);
        sentAt = performance.now();
        return { done: false, value };
      },
      return: async () => {
        await entries.return?.();
        return { done: true, value: undefined };
      },
      throw: async (error) => {
        await entries.return?.();
        throw error;
      },
      [Symbol.asyncIterator]: () => responses,
    };
    return responses;
  }

  async #executeEntry(args: ExecutionArgs, rootValue: unknown): Promise<ExecutionResult> {
    const contextValue = { ...(args.contextValue as Context), ...initContextCache() };
    return this.#masked(await executeWithGraphQL({ ...args, rootValue, contextValue }));
  }

  /** Counts the operation, and says why it may not run; a promise only where counting takes one. */
  #refuse(args: ExecutionArgs): GraphQLError | undefined | Promise<GraphQLError | undefined> {
    const { document, operationName, variableValues, contextValue } = args;
    const operation = getOperationAST(document, operationName);
    if (!operation) return undefined;
    const { viewer, client } = contextValue as Context;
    const { limits, log, config } = this.#services;
    const error =
      config.isProduction && this.#documents.isIntrospection(document, operation) && !isAdmin(viewer)
        ? introspectionRefused()
        : this.#documents.rowsError(document, operation, variableValues ?? {});
    try {
      const counted = limits.countRequest(viewer, client, this.#documents.requestsOf(document, operation));
      if (!counted) return error;
      return counted.then(
        () => error,
        (excess: unknown) => toGraphQLError(excess, log),
      );
    } catch (excess) {
      return toGraphQLError(excess, log);
    }
  }

  /** What clients are told of something that was thrown around an operation. */
  mask(error: unknown): GraphQLError {
    return toGraphQLError(error, this.#services.log);
  }

  #masked(result: ExecutionResult): ExecutionResult {
    if (!result.errors) return result;
    const errors = result.errors.map((error) => toGraphQLError(error, this.#services.log));
    const isPartial = Object.values(result.data ?? {}).some((value) => value !== null);
    return { ...result, errors: isPartial ? withoutStatus(errors) : errors };
  }
}
