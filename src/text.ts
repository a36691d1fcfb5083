const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether PostgreSQL can store the text as it is: no U+0000, and no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !text.includes('\u0000') && !LONE_SURROGATE.test(text);
}
