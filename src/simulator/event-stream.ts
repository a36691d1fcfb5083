/**
 * Reads server-sent events as GraphQL over SSE uses them: yields the data of each `next`, and ends with `complete` or the
 * stream. `onBytes` is called whenever something came, comments that only say that the line is there included.
 */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of body) {
    onBytes();
    text += decoder.decode(bytes, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const { event, data } = readBlock(block);
      if (event === 'complete') return;
      if (event === 'next') yield data;
    }
  }
}

function readBlock(block: string): { event: string; data: string } {
  const read = { event: '', data: '' };
  for (const line of block.split('\n')) {
    const [, name, value] = /^(event|data): ?(.*)$/.exec(line) ?? [];
    if (name === 'event') read.event = value ?? '';
    else if (name === 'data') read.data += value ?? '';
  }
  return read;
}
