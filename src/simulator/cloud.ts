import { readEvents } from './event-stream.js';

/** A request that failed. `code` is the cloud's, or `NETWORK` where no answer of the cloud's arrived. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, retryAfterMs?: number, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

interface GraphqlAnswer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: { code?: string; retryAfterSeconds?: number } }[];
}

/** A device's line to the cloud: GraphQL documents over `fetch`, subscriptions as server-sent events, nothing else. */
export class Cloud {
  readonly #endpoint: string;
  readonly #timeoutMs: number;
  /** The device's token; anonymous while it has none. */
  token: string | undefined;

  constructor(url: string, timeoutMs: number) {
    this.#endpoint = new URL('graphql', url.endsWith('/') ? url : `${url}/`).href;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Sends a document and returns its data. Throws a `CloudError` when the cloud answers with an error or not at all,
   * in time or before `signal` aborts; whether it did what was asked is then unknown.
   */
  async request<T>(query: string, variables: object, signal: AbortSignal): Promise<T> {
    // Not AbortSignal.any: it would hang a listener for each request on the long-lived signal.
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, this.#timeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      const accept = 'application/graphql-response+json, application/json';
      const response = await this.#post({ query, variables }, accept, controller.signal);
      return readAnswer<T>(response, await response.text());
    } catch (error) {
      if (error instanceof CloudError) throw error;
      throw new CloudError('NETWORK', describe(error), undefined, error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /**
   * Opens a subscription and yields its entries until the cloud ends it. Throws a `CloudError` when there is none, or none
   * any more: the line is lost, or nothing came over it for `silenceMs`, not even that it is there.
   */
  async *stream<T>(query: string, silenceMs: number, signal: AbortSignal): AsyncGenerator<T, void> {
    const controller = new AbortController();
    const abort = () => controller.abort();
    let timer = setTimeout(abort, this.#timeoutMs);
    const onBytes = () => {
      clearTimeout(timer);
      timer = setTimeout(abort, silenceMs);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      const response = await this.#post({ query }, 'text/event-stream', controller.signal);
      if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
        readAnswer(response, await response.text());
        throw new CloudError('NETWORK', 'The answer was no stream.');
      }
      onBytes();
      for await (const data of readEvents(response.body, onBytes)) yield readAnswer<T>(response, data);
    } catch (error) {
      if (error instanceof CloudError) throw error;
      throw new CloudError('NETWORK', describe(error), undefined, error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      abort();
    }
  }

  #post(body: object, accept: string, signal: AbortSignal): Promise<Response> {
    return fetch(this.#endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept,
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
      },
      body: JSON.stringify(body),
      signal,
    });
  }
}

function readAnswer<T>(response: Response, text: string): T {
  const answer = parse(text);
  const error = answer?.errors?.[0];
  const headerSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const seconds = error?.extensions?.retryAfterSeconds ?? headerSeconds;
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  if (error) {
    throw new CloudError(error.extensions?.code ?? 'INTERNAL_ERROR', error.message, retryAfterMs);
  }
  if (!response.ok || !answer?.data) {
    const code = response.status === 429 ? 'RATE_LIMITED' : 'NETWORK';
    throw new CloudError(code, `The answer was HTTP ${response.status} without data.`, retryAfterMs);
  }
  return answer.data as T;
}

function parse(text: string): GraphqlAnswer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // a proxy's error page
  }
}

/** `fetch failed` alone helps nobody: the cause says why. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
