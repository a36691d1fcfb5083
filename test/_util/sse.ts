/** A subscription over SSE, its bytes as they came. */
export interface EventStream {
  status: number;
  text(): string;
  /** Resolves when the connection ends, in whatever way. */
  ended: Promise<void>;
  stop(): void;
}

/** Opens a subscription over SSE and reads what comes. */
export async function openStream(
  url: string,
  query: string,
  variables: object,
  token?: string,
): Promise<EventStream> {
  const controller = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    signal: controller.signal,
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
  });
  let text = '';
  const read = async () => {
    if (!response.body) return;
    for await (const chunk of response.body) text += Buffer.from(chunk).toString();
  };
  return {
    status: response.status,
    text: () => text,
    ended: read().catch(() => {}), // a connection that breaks off ends it too
    stop: () => controller.abort(),
  };
}

/** The data of the events that came so far. */
export function eventsOf(stream: EventStream): unknown[] {
  return [...stream.text().matchAll(/^event: next\ndata: (.*)$/gm)].map(([, data]) =>
    JSON.parse(data ?? 'null'),
  );
}
