import type { OutgoingMessage } from 'node:http';

/** What an answer that is no page needs, and what a page that says nothing else is held to: nothing is loaded or framed. */
const HEADERS: [name: string, value: string][] = [
  [
    'content-security-policy',
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
];

/** For a year, browsers come back by HTTPS only. Other names of the same domain are not ours to decide on. */
const HTTPS_ONLY: [name: string, value: string] = ['strict-transport-security', 'max-age=31536000'];

/** What every response says to browsers; a page may then say another `content-security-policy`. */
export interface SecurityHeaders {
  set(response: OutgoingMessage): void;
  /** Name, value, name, value…: for who writes all of a head at once. */
  flat: readonly string[];
}

export function createSecurityHeaders({ isProduction }: { isProduction: boolean }): SecurityHeaders {
  const headers = isProduction ? [...HEADERS, HTTPS_ONLY] : HEADERS;
  return {
    set(response) {
      for (const [name, value] of headers) response.setHeader(name, value);
    },
    flat: headers.flat(),
  };
}
