/**
 * Bytes as a string, with a character for each (WebIDL's `ByteString`, 'latin1' to Node.js). Sockets take it without a
 * `Buffer` being made, and it is joined to others like any string.
 */
export type ByteString = string;

/** A text in UTF-8. */
export function toByteString(text: string): ByteString {
  // In UTF-8 nothing but ASCII takes as many bytes as characters.
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');
}

/** The text that is in UTF-8 there. */
export function fromByteString(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString();
}
