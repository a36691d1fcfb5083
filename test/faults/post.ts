import type { Refusal } from './socket.js';

/** Posts an operation. Throws when no whole answer comes within the time. */
export async function postGraphQL<T>(
  url: string,
  query: string,
  variables: object,
  token: string | undefined,
  timeoutMs: number,
): Promise<{ data?: T | null; errors?: Refusal[] }> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return (await response.json()) as { data?: T | null; errors?: Refusal[] };
}
