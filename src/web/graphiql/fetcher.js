/** @import { DocumentNode } from 'graphql' */
/** @import { createClient as CreateClient } from 'graphql-ws' */
/** @import { Seen } from './seen.js' */
/** @import { Answer, SignIn } from './sign-in.js' */

import { findOperation, findRunningCook, lacksSessionId } from './running-cook.js';

const UNAUTHORIZED = 401;
const FORBIDDEN = 4403;

/**
 * How GraphiQL runs operations: subscriptions over a WebSocket, all others by POST, both with the access token of the
 * last sign-in, unless the headers editor has an `Authorization` of its own.
 *
 * @typedef {{ query: string, variables?: Record<string, unknown> | null, operationName?: string | null }} Request
 * @typedef {{ next(answer: Answer): void, complete(): void }} Sink
 *
 * @param {URL} endpoint
 * @param {{ signIn: SignIn, seen: Seen }} memory
 * @param {typeof CreateClient} createClient
 */
export function createFetcher(endpoint, { signIn, seen }, createClient) {
  const socketUrl = endpoint.href.replace(/^http/, 'ws');

  /**
   * @param {Request} request
   * @param {Headers} headers from the editor
   * @returns {Promise<Answer>}
   */
  async function post(request, headers) {
    const sent = new Headers(headers);
    sent.set('accept', 'application/graphql-response+json, application/json');
    sent.set('content-type', 'application/json');
    const remembered = headers.has('authorization') ? undefined : signIn.authorization;
    if (remembered) sent.set('authorization', remembered);
    const response = await fetch(endpoint, { method: 'POST', headers: sent, body: JSON.stringify(request) });
    if (response.status === UNAUTHORIZED && remembered) {
      // The remembered token has ended; the server refuses it before it executes anything, even a new sign-in.
      signIn.forget(remembered);
      return post(request, headers);
    }
    const answer = /** @type {Answer} */ (await response.json());
    signIn.learn(answer);
    seen.learn(answer);
    return answer;
  }

  /**
   * @param {Request} request
   * @param {Headers} headers from the editor
   */
  function subscribe(request, headers) {
    return {
      /** @param {Sink} sink */
      subscribe(sink) {
        /** @type {string | undefined} */
        let remembered;
        // A socket for each subscription: a socket has the viewer of its first message for good, and the next
        // subscription may be after another sign-in.
        const client = createClient({
          url: socketUrl,
          connectionParams: () => {
            remembered = headers.has('authorization') ? undefined : signIn.authorization;
            const authorization = headers.get('authorization') ?? remembered;
            return authorization ? { authorization } : {};
          },
          shouldRetry: (reason) => closeCodeOf(reason) !== undefined && closeCodeOf(reason) !== FORBIDDEN,
        });
        const unsubscribe = client.subscribe(request, {
          next: (answer) => sink.next(/** @type {Answer} */ (answer)),
          error(reason) {
            if (remembered && closeCodeOf(reason) === FORBIDDEN) signIn.forget(remembered);
            sink.next(explain(reason));
            sink.complete();
          },
          complete: () => sink.complete(),
        });
        return { unsubscribe };
      },
    };
  }

  /**
   * @param {Request} request
   * @param {{ headers?: Record<string, string>, documentAST?: DocumentNode | null }} [options]
   */
  return async function fetcher(request, { headers: edited = {}, documentAST } = {}) {
    try {
      const headers = new Headers(edited);
      const operation = findOperation(documentAST, request.operationName);
      const variables = seen.fillIn(request.variables ?? {});
      if (lacksSessionId(operation, variables)) {
        variables.sessionId = await findRunningCook((lookup) => post(lookup, headers));
      }
      const run = operation?.operation === 'subscription' ? subscribe : post;
      return run({ ...request, variables }, headers);
    } catch (error) {
      return explain(error);
    }
  };
}

/** @param {unknown} reason why a socket is closed */
function closeCodeOf(reason) {
  const { code } = /** @type {{ code?: unknown }} */ (reason ?? {});
  return typeof code === 'number' ? code : undefined;
}

/**
 * A failure as an answer: GraphiQL would show an Error with its stack, and a closed socket as an empty object.
 *
 * @param {unknown} reason errors of the operation, an Error, or the event of a closed socket
 * @returns {Answer}
 */
function explain(reason) {
  if (Array.isArray(reason)) return { errors: reason };
  if (reason instanceof Error) return { errors: [{ message: reason.message }] };
  const code = closeCodeOf(reason);
  if (code === FORBIDDEN) {
    return { errors: [{ message: 'The sign-in has ended. Run the tab SignIn, then this one again.' }] };
  }
  return { errors: [{ message: `The connection was lost${code === undefined ? '' : ` (${code})`}.` }] };
}
