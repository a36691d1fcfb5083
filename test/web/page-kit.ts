import { parse } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { createFetcher } from '../../src/web/graphiql/fetcher.js';
import { rememberSeen } from '../../src/web/graphiql/seen.js';
import { type Answer, rememberSignIn } from '../../src/web/graphiql/sign-in.js';

export const TOKEN_KEY = 'epicura:accessToken';

/** What GraphiQL's page does with an operation, without a browser; `kept` is what it has in its `sessionStorage`. */
export function createPage(serverUrl: string, token?: string) {
  const kept = new Map(token ? [[TOKEN_KEY, token]] : []);
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const memory = { signIn: rememberSignIn(storage), seen: rememberSeen(storage) };
  const fetcher = createFetcher(new URL('/graphql', serverUrl), memory, (options) =>
    createClient({ ...options, webSocketImpl: WebSocket }),
  );
  /** The answer, or the first one of a subscription. */
  const run = async (query: string, variables = {}, headers = {}): Promise<Answer> => {
    const answer = await fetcher({ query, variables }, { headers, documentAST: parse(query) });
    if (!('subscribe' in answer)) return answer;
    return new Promise((resolve) => {
      const { unsubscribe } = answer.subscribe({
        next: (value) => queueMicrotask(() => [resolve(value), unsubscribe()]),
        complete: () => {},
      });
    });
  };
  return { kept, run };
}
