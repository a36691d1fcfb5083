import { createHash, createHmac, hkdfSync } from 'node:crypto';

/** One secret of the server, and the name by which what it signed is recognized. */
export interface Key {
  id: string;
  bytes: Uint8Array;
}

/**
 * The server's secrets: the first signs, all of them verify. To rotate, put a new one in front and drop the old one when
 * everything that it signed has expired.
 */
export class Keys {
  readonly #keys: readonly [Key, ...Key[]];

  constructor(secret: string, previous: readonly string[] = []) {
    this.#keys = [keyOf(secret), ...previous.map(keyOf)];
  }

  get signing(): Key {
    return this.#keys[0];
  }

  byId(id: string | undefined): Key | undefined {
    return this.#keys.find((key) => key.id === id);
  }

  /** What each secret makes of `input` for `purpose`, the signing one's first. Nobody can tell it without the secret. */
  derive(purpose: string, input: string): string[] {
    return this.#keys.map(({ bytes }) => {
      const key = Buffer.from(hkdfSync('sha256', bytes, '', `epicura ${purpose}`, 32));
      return createHmac('sha256', key).update(input).digest('base64url');
    });
  }
}

function keyOf(secret: string): Key {
  const id = createHash('sha256').update(`key id ${secret}`).digest('base64url').slice(0, 8);
  return { id, bytes: new TextEncoder().encode(secret) };
}
