import { initContextCache } from '@pothos/core';
import { type ExecutionArgs, parse } from 'graphql';
import { Authenticator } from '../../src/auth/authenticator.js';
import type { Viewer } from '../../src/auth/viewer.js';
import { schema } from '../../src/schema/index.js';
import type { Request } from '../conformance/fuzz/documents.js';
import type { TestServer } from './server.js';

/** What an operation is executed with, by graphql-js or by its plan: in a context of its own. */
export function argsOf(server: TestServer, { query, variables }: Request, viewer: Viewer): ExecutionArgs {
  return {
    schema,
    document: parse(query),
    variableValues: variables,
    contextValue: { ...server.app.services, viewer, client: { address: '127.0.0.1' }, ...initContextCache() },
  };
}

/** Who is behind these tokens. */
export function viewersOf(server: TestServer, tokens: readonly string[]): Promise<Viewer[]> {
  const { accessTokens, revocations, db } = server.app.services;
  const authenticator = new Authenticator(db.pool, accessTokens, revocations);
  return Promise.all(tokens.map((token) => authenticator.authenticate(`Bearer ${token}`)));
}
