/** The same iterator, which releases what is held for it when it ends: by itself, at the wish of its reader, or by failing. */
export function holding<T>(
  source: AsyncIterableIterator<T, void>,
  release: () => void,
): AsyncIterableIterator<T, void> {
  const iterator: AsyncIterableIterator<T, void> = {
    async next() {
      try {
        const result = await source.next();
        if (result.done) release();
        return result;
      } catch (error) {
        release();
        throw error;
      }
    },
    async return() {
      release();
      await source.return?.();
      return { done: true, value: undefined };
    },
    async throw(error) {
      release();
      await source.throw?.(error);
      throw error;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

/** The same promise; what is held for its outcome is released when it rejects. */
export async function releasing<T>(release: () => void, outcome: Promise<T>): Promise<T> {
  try {
    return await outcome;
  } catch (error) {
    release();
    throw error;
  }
}
