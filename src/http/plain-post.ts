import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExecutionResult, type GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import type { Authenticator } from '../auth/authenticator.js';
import type { Services } from '../context.js';
import { stringify } from '../json-text.js';
import { schema } from '../schema/index.js';
import { type GraphQLEngine, viewerBehind } from './graphql.js';
import { type ReadRequest, readBody } from './rest.js';
import type { SecurityHeaders } from './security-headers.js';

interface Operation {
  query: string;
  operationName: string | null | undefined;
  variables: Record<string, unknown> | null | undefined;
}

const LONG_CHARACTERS = 16_384;
const JSON_TYPE = 'application/json';
const RESPONSE_TYPE = 'application/graphql-response+json';

/**
 * Answers what nearly every request is: a query or mutation as JSON in a POST, from an app or a robot. It does what
 * Yoga does with it, without the objects of the Fetch API that Yoga makes of each request and response. False, with
 * nothing done, for anything out of the ordinary, which is Yoga's: other media types, browsers of other origins,
 * subscriptions, and whatever is wrong before it is executed.
 */
export function createPlainPost(
  { documents, executor, createContext }: GraphQLEngine,
  { limits, log }: Services,
  authenticator: Authenticator,
  securityHeaders: SecurityHeaders,
): (request: ReadRequest, response: ServerResponse) => Promise<boolean> {
  return async (request, response) => {
    const type = plainType(request);
    const operation = type && readOperation(await readBody(request));
    const document = operation && documents.find(operation.query);
    if (!document) return false;
    const kind = getOperationAST(document, operation.operationName)?.operation;
    if (kind === undefined || kind === OperationTypeNode.SUBSCRIPTION) return false;
    const client = limits.clientOf(request);
    let result: ExecutionResult;
    try {
      const viewer = await viewerBehind(request.headers.authorization, client, authenticator, limits);
      result = await executor.execute({
        schema,
        document,
        operationName: operation.operationName,
        variableValues: operation.variables,
        contextValue: createContext(viewer, client),
      });
    } catch (error) {
      result = { errors: [executor.mask(error)] };
    }
    if (response.destroyed) log.debug('a client went away before its answer');
    else send(response, type, result, securityHeaders.flat);
    return true;
  };
}

/** The media type of the answer, where the request is a plain one. */
function plainType({ method, url, headers }: IncomingMessage): string | undefined {
  if (method !== 'POST' || url !== '/graphql' || headers.origin !== undefined) return undefined;
  if (!/^application\/json(; ?charset=utf-8)?$/i.test(headers['content-type'] ?? '')) return undefined;
  const first = (headers.accept ?? JSON_TYPE).split(/[,;]/, 1)[0];
  return first === JSON_TYPE || first === RESPONSE_TYPE ? first : undefined;
}

function readOperation(body: Buffer): Operation | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const { query, operationName, variables, ...more } = parsed as Record<string, unknown>;
  const isPlain =
    typeof query === 'string' &&
    (typeof operationName === 'string' || operationName === null || operationName === undefined) &&
    (variables === undefined || (typeof variables === 'object' && !Array.isArray(variables))) &&
    Object.keys(more).length === 0;
  return isPlain ? (parsed as Operation) : undefined;
}

/** The greatest status that an error asks for, its headers, and neither in the body. The head is written in one go. */
function send(
  response: ServerResponse,
  type: string,
  result: ExecutionResult,
  headers: readonly string[],
): void {
  let status = 200;
  const all = [...headers, 'content-type', `${type}; charset=utf-8`];
  const more = new Map<string, string>();
  for (const { extensions } of result.errors ?? []) {
    const http = extensions.http as { status?: number; headers?: object; spec?: boolean } | undefined;
    for (const [name, value] of Object.entries(http?.headers ?? {})) more.set(name, String(value));
    if (http?.status && http.status > status && !(http.spec && type === JSON_TYPE)) status = http.status;
  }
  const text = stringify(result.errors ? { ...result, errors: result.errors.map(withoutHttp) } : result);
  // A short one leaves with the head in one piece; to encode a long one once is worth more.
  const body = text.length > LONG_CHARACTERS ? Buffer.from(text) : text;
  all.push(...[...more].flat(), 'content-length', String(Buffer.byteLength(body)));
  response.writeHead(status, all);
  response.end(body);
}

function withoutHttp(error: GraphQLError): object {
  const { http: _, ...extensions } = error.extensions;
  return { ...error.toJSON(), extensions };
}
