import { z } from 'zod';
import { ValidationError } from '../errors.js';
import { isStorableText } from '../text.js';
import { type NodeType, readId } from './ids.js';

/** A text that people typed: between `least` and `most` characters after trimming, and storable. */
export function personText(least: number, most: number) {
  return z
    .string()
    .trim()
    .min(least, least === 1 ? 'must not be empty' : `must be at least ${least} characters`)
    .max(most, `must be at most ${most} characters`)
    .refine(isStorableText, 'must not hold U+0000 or lone surrogates');
}

/** What hardware is called: a device's id, its serial number. */
export const hardwareId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/, 'must be 1 to 50 letters, digits, dots, dashes or underscores');

/** An id argument, a global id of the type or a raw UUID; the UUID comes out. */
export function idOf(type: NodeType) {
  return z.string().transform((value, context) => {
    const id = readId(type, value);
    if (id === undefined) context.addIssue(`must be the id of a ${type}`);
    return id ?? z.NEVER;
  });
}

/** Most entries of a list in the arguments of a field that has no rule of its own. */
const MAX_LIST = 250;

/** The same list. Throws when it is so long that no app would send it. */
export function shortList<T extends readonly unknown[] | null | undefined>(field: string, list: T): T {
  if (list && list.length > MAX_LIST) throw ValidationError.of(field, `must be at most ${MAX_LIST}`);
  return list;
}

/** Checks an input as a whole, so that the `ValidationError` names every field that breaks a rule. */
export function check<T extends z.ZodType>(rules: T, input: unknown, path = 'input'): z.output<T> {
  const parsed = rules.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ValidationError(
    parsed.error.issues.map((issue) => ({ field: [path, ...issue.path].join('.'), message: issue.message })),
  );
}
